"""Event, condition, seed and length to a take: what every diffusion backend promises.

Knows nothing of any particular model; imports no torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import PlanError
from pipeline.progress import CancelToken, OnStep
from pipeline.settings import RenderSettings
from pipeline.timeline import Timeline, placements

FULL_SCALE = 0.98


@dataclass(frozen=True, kw_only=True)
class Job:
    """One event to render: `samples` long at the renderer's rate (its planned length and the tail of its fade).

    negative: what it is guided away from; "" for nothing in particular. It works by guidance, so not at a scale of 1.
    timeline: what a model that hears events in their context reads, or None: from the caption alone.
    A variation begins from `start`, the latents [frames, channels] of an earlier take, at the noise level `strength`
    (above 0, at most 1; 1 is noise alone). Latents of another length are cut, or repeated there and back, to fit.
    """

    event_id: str
    caption: str
    seed: int
    samples: int
    negative: str = ""
    timeline: Timeline | None = None
    start: np.ndarray | None = field(default=None, compare=False)
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise PlanError(f"the strength of a variation is above 0 and at most 1, not {self.strength!r:.40}")

    @property
    def varies(self) -> bool:
        """Whether it begins from the latents of a take, not from noise alone."""
        return self.start is not None and self.strength < 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Take:
    """One rendered audio of one event, immutable. `recipe` is everything that made it, fit for JSON.

    audio: at the renderer's rate, exactly `Job.samples` long. latents: float32 [frames, channels], or None.
    """

    event_id: str
    audio: Audio
    latents: np.ndarray | None
    recipe: Mapping[str, str | int | float]


class Renderer(Protocol):
    """A diffusion backend."""

    @property
    def name(self) -> str:
        """What takes and messages call it."""
        ...

    @property
    def identity(self) -> str:
        """Its name and the fingerprint of its weights: a take made by another one is stale."""
        ...

    @property
    def contextual(self) -> bool:
        """Whether it hears an event in its story, and so may also be asked for it from its caption alone."""
        ...

    @property
    def takes_negative(self) -> bool:
        """Whether it takes a negative caption."""
        ...

    @property
    def rate_hz(self) -> int:
        """Samples a second of its takes."""
        ...

    @property
    def max_samples(self) -> int:
        """The longest job it can make."""
        ...

    def render(
        self, jobs: Sequence[Job], *, settings: RenderSettings, cancel: CancelToken, on_step: OnStep | None = None
    ) -> list[Take]:
        """Render all jobs, in order; `on_step` counts the sampler steps of the whole call.

        The same job and settings give the same audio, whatever else is in the batch. Raises Cancelled
        when asked to stop (checked at every step).
        """
        ...


@runtime_checkable
class Worded(Protocol):
    """A renderer that knows other ways to say a caption."""

    def wordings(self, caption: str, *, count: int, seed: int) -> list[str]:
        """At most `count` captions that mean about the same and that it knows well; none where it knows no better."""
        ...


def jobs_of(timeline: Timeline, *, rate_hz: int, max_samples: int) -> list[Job]:
    """One job per event, with the tail that its crossfade needs; PlanError names an event that is too long."""
    jobs = []
    for event, place in zip(timeline.events, placements(timeline, rate_hz=rate_hz), strict=True):
        if place.render > max_samples:
            raise PlanError(
                f"“{event.caption[:60]}” needs {place.render / rate_hz:.1f} s with its crossfade; "
                f"this model makes at most {max_samples / rate_hz:.1f} s, so split the event"
            )
        job = Job(
            event_id=event.id, caption=event.caption, seed=event.seed, samples=place.render, negative=event.negative,
            timeline=timeline,
        )  # fmt: skip
        jobs.append(job)
    return jobs


def fitted_latents(latents: np.ndarray, *, frames: int, channels: int) -> np.ndarray:
    """Latents of a take [any, channels] cut, or repeated there and back, to `frames`; PlanError for other latents."""
    if latents.ndim != 2 or latents.shape[1] != channels or not len(latents):
        raise PlanError("this take was made by another model and can't be varied by this one")
    if len(latents) < frames:
        there_and_back = np.concatenate([latents, latents[::-1]])
        latents = np.tile(there_and_back, (-(-frames // len(there_and_back)), 1))
    return np.ascontiguousarray(latents[:frames], dtype=np.float32)


def within_full_scale(samples: np.ndarray) -> tuple[np.ndarray, float]:
    """Samples [C, T] lowered where guidance overshot full scale, as no training sound did, and the gain in dB."""
    gain = min(1.0, FULL_SCALE / (float(np.abs(samples).max(initial=0.0)) + 1e-9))
    return np.ascontiguousarray(samples * np.float32(gain)), round(20 * math.log10(gain), 2)


class Versioned(Protocol):
    """What a recipe tells of a renderer."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def rate_hz(self) -> int: ...


def recipe_of(renderer: Versioned, job: Job, settings: RenderSettings) -> dict[str, str | int | float]:
    """Everything that made a take, fit for JSON."""
    varied = {"strength": job.strength} if job.varies else {}
    negative = {"negative": job.negative} if job.negative else {}
    return {
        **varied,
        "backend": renderer.name,
        "model": renderer.version,
        "caption": job.caption,
        **negative,
        "seed": job.seed,
        "samples": job.samples,
        "rate_hz": renderer.rate_hz,
        "steps": settings.steps,
        "guidance": settings.guidance,
    }
