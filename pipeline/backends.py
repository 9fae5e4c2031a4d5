"""Names to concrete classes: the only file that knows which planner and which renderer a backend is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from pipeline.errors import SettingsError
from pipeline.renderer import Renderer
from pipeline.settings import Settings
from pipeline.story import Planner


@dataclass
class Backend:
    """A planner and a renderer, each loaded when it is first asked for."""

    name: str
    make_planner: Callable[[], Planner]
    make_renderer: Callable[[], Renderer]

    @cached_property
    def planner(self) -> Planner:
        """The language model; WeightsMissing when its files are not there."""
        return self.make_planner()

    @cached_property
    def renderer(self) -> Renderer:
        """The diffusion backend; WeightsMissing when its files are not there."""
        return self.make_renderer()


def _nano(settings: Settings) -> Backend:
    def planner() -> Planner:
        from pipeline.planner.llm import SmolPlanner

        return SmolPlanner(cache=settings.cache)

    def renderer() -> Renderer:
        from pipeline.renderer.nano import NanoRenderer

        return NanoRenderer(device=settings.device)

    return Backend("nano", planner, renderer)


_BACKENDS: dict[str, Callable[[Settings], Backend]] = {"nano": _nano}


def names() -> tuple[str, ...]:
    """The backends there are."""
    return tuple(_BACKENDS)


def load(name: str, settings: Settings) -> Backend:
    """The backend of a name; SettingsError lists the known ones."""
    if name not in _BACKENDS:
        raise SettingsError(f"there is no backend {name!r}; there is: {', '.join(_BACKENDS)}")
    return _BACKENDS[name](settings)
