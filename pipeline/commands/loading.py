"""The name of a backend to its parts, which come when they are first asked for. Knows no concrete backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pipeline.renderer import Renderer
from pipeline.settings import Settings
from pipeline.story import Planner


class Backend(Protocol):
    """What a command needs of a backend; each part is loaded when it is first asked for."""

    @property
    def planner(self) -> Planner:
        """Story to timeline."""

    @property
    def renderer(self) -> Renderer:
        """Jobs to takes."""


Load = Callable[[str, Settings], Backend]


def load_backend(name: str, settings: Settings) -> Backend:
    """The backend of that name; SettingsError where there is none."""
    import pipeline.backends as known

    return known.load(name, settings)
