"""Any AudioStory checkpoint as a renderer: events are rendered from their conditions, which the whole timeline gives.

A job without its timeline is rendered from its caption alone. Knows nothing of stories on the way in, mixing or files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.audio import Audio
from pipeline.errors import PlanError
from pipeline.progress import CancelToken, OnStep
from pipeline.renderer import Job, Take, fitted_latents, recipe_of, within_full_scale
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline

if TYPE_CHECKING:
    import numpy as np
    import torch

    from pipeline.model.audiostory import AudioStoryPipeline
    from pipeline.model.batches import Variation


class SharedModel:
    """One pipeline for a planner and a renderer in several threads: loaded when first used, one user at a time."""

    def __init__(self, load: Callable[[], AudioStoryPipeline]) -> None:
        self._load = load
        self.lock = threading.RLock()

    @cached_property
    def pipe(self) -> AudioStoryPipeline:
        """The pipeline; WeightsMissing says what is absent and how to get it."""
        with self.lock:
            return self._load()


class AudioStoryRenderer:
    """Conditions to sound. name: what takes and messages call the checkpoint; version: its fingerprint."""

    contextual, takes_negative = True, True

    def __init__(self, model: SharedModel, *, name: str, version: str) -> None:
        self._model, self.name, self.version = model, name, version

    @property
    def identity(self) -> str:
        """Name and checkpoint."""
        return f"{self.name}-{self.version}"

    @cached_property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._model.pipe.rate_hz

    @cached_property
    def max_samples(self) -> int:
        """The longest job."""
        return self._model.pipe.max_samples

    def render(
        self, jobs: Sequence[Job], *, settings: RenderSettings, cancel: CancelToken, on_step: OnStep | None = None
    ) -> list[Take]:
        """Render jobs, those of equal latent length together; see `Renderer.render`."""
        if not jobs:
            return []
        with self._model.lock:
            cancel.raise_if_cancelled()
            conditions = self._conditions(jobs, cancel)
            rendered = self._model.pipe.render(
                conditions, [job.samples for job in jobs], [job.seed for job in jobs], settings=settings,
                variations=[self._variation(job) for job in jobs], negatives=[job.negative for job in jobs],
                batch=len(jobs), cancel=cancel, on_step=on_step,
            )  # fmt: skip
        parts = zip(jobs, rendered.audios, rendered.latents, strict=True)
        return [self._take(job, audio, latents.numpy(), settings) for job, audio, latents in parts]

    def _variation(self, job: Job) -> Variation | None:
        """What a job varies; PlanError for latents of another model."""
        import torch

        from pipeline.model.batches import Variation

        if not job.varies or job.start is None:
            return None
        frames, channels = self._model.pipe.latent_shape(job.samples)
        return Variation(torch.from_numpy(fitted_latents(job.start, frames=frames, channels=channels)), job.strength)

    def _take(self, job: Job, audio: Audio, latents: np.ndarray, settings: RenderSettings) -> Take:
        samples, gain_db = within_full_scale(audio.samples)
        recipe = {**recipe_of(self, job, settings), "gain_db": gain_db}
        return Take(event_id=job.event_id, audio=Audio(samples, audio.rate_hz), latents=latents, recipe=recipe)

    def _conditions(self, jobs: Sequence[Job], cancel: CancelToken) -> torch.Tensor:
        """One condition per job; jobs of one timeline share one reading of it."""
        import torch

        pipe = self._model.pipe
        return torch.stack([pipe.condition(_read(job, pipe.rate_hz), cancel=cancel)[-1] for job in jobs])


def _read(job: Job, rate_hz: int) -> Timeline:
    """What the language model reads for a job: the timeline up to its event, or the caption as a story of its own.

    What comes after an event does not change its condition, so reading stops there.
    """
    if job.timeline is not None:
        end = job.timeline.index_of(job.event_id) + 1
        if job.timeline.events[end - 1].caption != job.caption:
            raise PlanError(f"“{job.caption[:60]}” is not what the timeline says of that event")
        seams = job.timeline.boundaries[: end - 1]
        return replace(job.timeline, events=job.timeline.events[:end], boundaries=seams)
    seconds = max(job.samples / rate_hz, 1.0)
    event = Event(caption=job.caption, duration_s=seconds, seed=job.seed)
    return Timeline(story=Story(text=job.caption, duration_s=seconds), events=(event,))
