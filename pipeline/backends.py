"""Names to concrete classes: the only file that knows which planner and which renderer a backend is made of.

A name may have a checkpoint after a colon: `audiostory:FOLDER` or `audiostory:TencentARC/AudioStory-3B`, and
`nano:FOLDER` for what a stage of AudioStory's training made of nano; nano alone renders an event from its caption.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SettingsError
from pipeline.renderer import Renderer
from pipeline.settings import Settings
from pipeline.story import Planner

if TYPE_CHECKING:
    from pipeline.model.audiostory import AudioStoryPipeline

PUBLIC = "TencentARC/AudioStory-3B"


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


def _device(settings: Settings) -> str:
    """The torch device: as set, or the best one that is there."""
    import torch

    if settings.device != "auto":
        try:
            torch.empty(1, device=settings.device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise SettingsError(f"there is no device {settings.device!r} here; try cpu") from error
        return settings.device
    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"


def _nano(settings: Settings, checkpoint: str) -> Backend:
    def planner() -> Planner:
        from pipeline.planner.llm import SmolPlanner

        return SmolPlanner(cache=settings.cache)

    def renderer() -> Renderer:
        from pipeline.renderer.nano import NanoRenderer

        return NanoRenderer(device=_device(settings))

    def in_context() -> Renderer:
        from pipeline.renderer.nano_story import NanoStoryRenderer

        return NanoStoryRenderer(Path(checkpoint), device=_device(settings), cache=settings.cache)

    if checkpoint:
        return Backend(f"nano:{checkpoint}", planner, in_context)
    return Backend("nano", planner, renderer)


def _audiostory(settings: Settings, checkpoint: str) -> Backend:
    from pipeline.renderer.audiostory import AudioStoryRenderer, SharedModel

    chosen = checkpoint or PUBLIC

    def pipe() -> AudioStoryPipeline:
        import torch

        from pipeline.model.audiostory import AudioStoryPipeline

        device = _device(settings)
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        return AudioStoryPipeline.from_pretrained(chosen, device=device, dtype=dtype, cache=settings.cache)

    model = SharedModel(pipe)

    def planner() -> Planner:
        from pipeline.planner.audiostory import AudioStoryPlanner

        return AudioStoryPlanner(lambda: model.pipe, model.lock)

    def renderer() -> Renderer:
        return AudioStoryRenderer(model, name="audiostory", version=_version(chosen))

    return Backend(f"audiostory:{chosen}", planner, renderer)


def _version(checkpoint: str) -> str:
    """Twelve hex digits of a checkpoint: its configurations and the sizes of its weights, or its public name."""
    folder, digest = Path(checkpoint), sha256()
    if not folder.is_dir():
        return sha256(checkpoint.encode()).hexdigest()[:12]
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors"}:
            held = path.read_bytes() if path.suffix == ".json" else str(path.stat().st_size).encode()
            digest.update(path.relative_to(folder).as_posix().encode() + held)
    return digest.hexdigest()[:12]


_BACKENDS: dict[str, Callable[[Settings, str], Backend]] = {"nano": _nano, "audiostory": _audiostory}


def names() -> tuple[str, ...]:
    """The backends there are."""
    return tuple(_BACKENDS)


def load(name: str, settings: Settings) -> Backend:
    """The backend of a name, with a checkpoint after a colon if need be; SettingsError lists the known ones."""
    kind, _, checkpoint = name.partition(":")
    if kind not in _BACKENDS:
        raise SettingsError(f"there is no backend {name!r}; there is: {', '.join(_BACKENDS)}")
    return _BACKENDS[kind](settings, checkpoint)
