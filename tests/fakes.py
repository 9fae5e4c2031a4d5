"""Small real implementations for tests: a renderer of noise bursts and a planner that splits at semicolons.

Both obey the contracts of the library (determinism, progress, cancelling). They know nothing of models or text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np

from pipeline.audio import Audio
from pipeline.progress import CancelToken, OnStep
from pipeline.renderer import Job, Take
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline

HOP = 64


def _burst(job: Job, *, channels: int) -> np.ndarray:
    """Noise [channels, samples] with a slow decay, within [-0.5, 0.5]: a function of captions, seed and length only."""
    away = f"/not {job.negative}" if job.negative else ""
    digest = sha256(f"{job.caption}/{job.seed}{away}".encode()).digest()
    noise = np.random.default_rng(int.from_bytes(digest[:8], "big")).uniform(-0.5, 0.5, (channels, job.samples))
    decay = np.exp(-np.arange(job.samples) / max(job.samples, 1))
    return (noise * decay).astype(np.float32)


class SketchRenderer:
    """Deterministic noise bursts by the Renderer protocol: the audio depends on captions, seed and length.

    before_step: called before every step with the number of steps done in this call (0-based), so that a test
    can block, cancel or raise there. `rendered` holds every job, in the order in which renders began. It claims to hear
    events in their context, unless told otherwise, and a negative caption makes other noise where it takes one.
    """

    name = identity = "sketch"

    def __init__(
        self,
        *,
        rate_hz: int = 8_000,
        channels: int = 1,
        max_s: float = 60.0,
        before_step: Callable[[int], None] | None = None,
        contextual: bool = True,
        takes_negative: bool = False,
    ) -> None:
        self.rate_hz = rate_hz
        self.channels = channels
        self.max_samples = round(max_s * rate_hz)
        self.before_step = before_step
        self.contextual = contextual
        self.takes_negative = takes_negative
        self.rendered: list[Job] = []
        self.calls: list[int] = []
        self.threads: set[threading.Thread] = set()

    def render(
        self, jobs: Sequence[Job], *, settings: RenderSettings, cancel: CancelToken, on_step: OnStep | None = None
    ) -> list[Take]:
        """One take per job, in order; `settings.steps` steps for the whole call, each of which may be cancelled."""
        self.threads.add(threading.current_thread())
        self.calls.append(len(jobs))
        self.rendered.extend(jobs)
        for step in range(settings.steps):
            if self.before_step:
                self.before_step(step)
            cancel.raise_if_cancelled()
            if on_step:
                on_step(step + 1, settings.steps)
        cancel.raise_if_cancelled()
        return [self._take(job, settings) for job in jobs]

    def _take(self, job: Job, settings: RenderSettings) -> Take:
        audio = Audio(_burst(job, channels=self.channels), self.rate_hz)
        recipe: dict[str, str | int | float] = {
            "renderer": self.name,
            "caption": job.caption,
            "seed": job.seed,
            "samples": job.samples,
            "steps": settings.steps,
            "guidance": settings.guidance,
        }
        frames = -(-job.samples // HOP)
        latents = np.random.default_rng(job.seed).standard_normal((frames, 4), dtype=np.float32)
        return Take(event_id=job.event_id, audio=audio, latents=latents, recipe=recipe)


class ListPlanner:
    """Turns the story "a; b; c" into the events a, b, c of equal duration; ids "e1", "e2", … and seed 0."""

    name = "list"

    def plan(self, story: Story, *, seed: int, cancel: CancelToken) -> Timeline:
        """One event per part between semicolons."""
        cancel.raise_if_cancelled()
        captions = [part.strip() for part in story.text.split(";") if part.strip()]
        share = story.duration_s / len(captions)
        events = tuple(Event(caption=c, duration_s=share, id=f"e{i + 1}") for i, c in enumerate(captions))
        return Timeline(story=story, events=events, reasoning=f"{len(events)} parts, seed {seed}")
