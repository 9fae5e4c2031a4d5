"""Settings as frozen values. The environment is read here and nowhere else."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from pipeline.errors import SettingsError

APP = "audiostory-studio"
ASSETS = Path(__file__).resolve().parent.parent / "assets"
MAX_STEPS = 200
MAX_GUIDANCE = 20.0
MAX_SEED = 2**53 - 1


def cache_dir() -> Path:
    """Where converted models are kept: AUDIOSTORY_CACHE, or the user's cache folder."""
    override = os.environ.get("AUDIOSTORY_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir(APP))


def projects_dir() -> Path:
    """Where projects are kept: AUDIOSTORY_PROJECTS, or the user's data folder."""
    override = os.environ.get("AUDIOSTORY_PROJECTS")
    return Path(override) if override else Path(platformdirs.user_data_dir(APP)) / "projects"


def offline(*, backend: str = "nano") -> None:
    """Tell the libraries below us to leave the network alone. Call before importing them.

    Only a backend with a checkpoint of its own may ask the model hub, and only for that.
    """
    if backend.partition(":")[0] == "nano":
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


@dataclass(frozen=True, kw_only=True)
class RenderSettings:
    """How the diffusion sampler runs: Euler steps and the scale of classifier-free guidance."""

    steps: int = 25
    guidance: float = 3.0

    def __post_init__(self) -> None:
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or not 1 <= self.steps <= MAX_STEPS:
            raise SettingsError(f"steps must be a whole number from 1 to {MAX_STEPS}, not {self.steps!r}")
        good = isinstance(self.guidance, (int, float)) and math.isfinite(self.guidance)
        if not (good and 0.0 <= self.guidance <= MAX_GUIDANCE):
            raise SettingsError(f"guidance must be a number from 0 to {MAX_GUIDANCE:g}, not {self.guidance!r}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where things are and what runs: read once, passed down."""

    backend: str = "nano"
    device: str = "auto"
    cache: Path = field(default_factory=cache_dir)
    projects: Path = field(default_factory=projects_dir)
    render: RenderSettings = RenderSettings()
