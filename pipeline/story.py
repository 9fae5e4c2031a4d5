"""The whole flow as one generator of typed events: plan, render batch by batch, mix. Data moves one way.

Rendering runs in a thread of its own, so that steps stream out while it works; closing the generator early cancels
the token and waits for that thread. Knows the contracts of planners and renderers, no particular one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Protocol

from pipeline.audio import Audio
from pipeline.errors import AudioStoryError, PlanError, SettingsError
from pipeline.mixer import mix
from pipeline.progress import CancelToken, OnStep
from pipeline.renderer import Job, Renderer, Take, jobs_of
from pipeline.settings import RenderSettings
from pipeline.timeline import Story, Timeline, event_seed

DEFAULT_BATCH = 2
_SIMILAR = 1.5


class Planner(Protocol):
    """Story text to timeline. The same story and seed give the same captions and durations."""

    def plan(self, story: Story, *, seed: int, cancel: CancelToken) -> Timeline:
        """Plan the story; raises PlanError, or Cancelled when asked to stop."""
        ...


@dataclass(frozen=True)
class Planned:
    """The plan, with ids and seeds."""

    timeline: Timeline


@dataclass(frozen=True)
class StepDone:
    """`done` of `total` sampler steps of the whole rendering; never goes back."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class EventRendered:
    """The take of event `index` is there, ready to be played."""

    index: int
    take: Take


@dataclass(frozen=True, eq=False)
class Mixed:
    """The track, at the renderer's rate; its samples may exceed 1 (`mixer.peak_safe` sees to that on the way out)."""

    audio: Audio
    timeline: Timeline


RenderProgress = StepDone | EventRendered | Mixed
Progress = Planned | RenderProgress


def seeded(timeline: Timeline, *, seed: int) -> Timeline:
    """A copy in which every event has the seed that follows from `seed` and its id."""
    return replace(timeline, events=tuple(replace(e, seed=event_seed(seed, e.id)) for e in timeline.events))


def plan(story: Story, *, seed: int, planner: Planner, cancel: CancelToken) -> Timeline:
    """Plan the story; events are called e1, e2, … and get their seeds, so that `seed` decides everything."""
    cancel.raise_if_cancelled()
    timeline = planner.plan(story, seed=seed, cancel=cancel)
    if not timeline.events:
        raise PlanError("the planner found no events in this story")
    named = tuple(replace(event, id=f"e{i + 1}") for i, event in enumerate(timeline.events))
    return seeded(replace(timeline, events=named), seed=seed)


def tell(
    story: Story,
    *,
    seed: int,
    planner: Planner,
    renderer: Renderer,
    settings: RenderSettings,
    cancel: CancelToken,
    batch: int = DEFAULT_BATCH,
) -> Iterator[Progress]:
    """Planned, then StepDone and EventRendered as they happen, then Mixed. Problems are AudioStoryErrors."""
    timeline = plan(story, seed=seed, planner=planner, cancel=cancel)
    yield Planned(timeline)
    yield from render_timeline(timeline, renderer=renderer, settings=settings, cancel=cancel, batch=batch)


def render_timeline(
    timeline: Timeline,
    *,
    renderer: Renderer,
    settings: RenderSettings,
    cancel: CancelToken,
    batch: int = DEFAULT_BATCH,
) -> Iterator[RenderProgress]:
    """Render every event of a timeline, with the seeds it carries, and mix."""
    yield from rerender(timeline, {}, renderer=renderer, settings=settings, cancel=cancel, batch=batch)


def rerender(
    timeline: Timeline,
    takes: Mapping[str, Take],
    *,
    renderer: Renderer,
    settings: RenderSettings,
    cancel: CancelToken,
    batch: int = DEFAULT_BATCH,
) -> Iterator[RenderProgress]:
    """Render the events that `takes` (by event id) lacks, then mix all of them.

    The first event to render is a batch of its own, so that there is something to hear soon; after it come
    batches of at most `batch` events of similar length.
    """
    if batch < 1:
        raise SettingsError(f"a batch holds at least one event, not {batch}")
    jobs = jobs_of(timeline, rate_hz=renderer.rate_hz, max_samples=renderer.max_samples)
    missing = [job for job in jobs if job.event_id not in takes]
    done = dict(takes)
    for progress in _rendered(batches(missing, size=batch), renderer=renderer, settings=settings, cancel=cancel):
        if isinstance(progress, Take):
            done[progress.event_id] = progress
            yield EventRendered(timeline.index_of(progress.event_id), progress)
        else:
            yield progress
    cancel.raise_if_cancelled()
    yield Mixed(mix([done[job.event_id].audio for job in jobs], timeline, rate_hz=renderer.rate_hz), timeline)


def batches(jobs: Sequence[Job], *, size: int) -> list[list[Job]]:
    """Jobs in groups: the first alone, then at most `size` of similar length, those of the earliest event first."""
    left, groups = list(jobs[1:]), [list(jobs[:1])] if jobs else []
    while left:
        first = left[0].samples
        alike = [job for job in left if max(job.samples, first) <= _SIMILAR * min(job.samples, first)]
        groups.append(alike[:size])
        left = [job for job in left if job not in groups[-1]]
    return groups


def _rendered(
    groups: Sequence[Sequence[Job]], *, renderer: Renderer, settings: RenderSettings, cancel: CancelToken
) -> Iterator[StepDone | Take]:
    """The steps and takes of all groups, as they happen in the rendering thread."""

    def work(put: Callable[[StepDone | Take], None]) -> None:
        steps = _Steps(len(groups), settings.steps, put)
        for number, group in enumerate(groups):
            cancel.raise_if_cancelled()
            on_step = steps.of_group(number)
            made = renderer.render(group, settings=settings, cancel=cancel, on_step=on_step)
            if [take.event_id for take in made] != [job.event_id for job in group]:
                raise AudioStoryError(f"the renderer returned {len(made)} takes for {len(group)} events")
            on_step(done=1, total=1)
            for take in made:
                put(take)

    return _streamed(work, cancel) if groups else iter(())


class _Steps:
    """Turns the steps of each render call into steps of the whole, `per_group` for every call, never going back."""

    def __init__(self, groups: int, per_group: int, put: Callable[[StepDone | Take], None]) -> None:
        self._total, self._per_group, self._put, self._last = groups * per_group, per_group, put, 0

    def of_group(self, number: int) -> OnStep:
        """The `on_step` of one render call."""

        def on_step(done: int, total: int) -> None:
            share = min(done, total) * self._per_group // total if total else self._per_group
            whole = number * self._per_group + share
            if whole > self._last:
                self._last = whole
                self._put(StepDone(whole, self._total))

        return on_step


def _streamed(
    work: Callable[[Callable[[StepDone | Take], None]], None], cancel: CancelToken
) -> Iterator[StepDone | Take]:
    """Run `work(put)` in a thread and yield what it puts; its error is raised here.

    When the generator is closed or left by an error, the token is cancelled and the thread waited for.
    """
    messages: SimpleQueue[StepDone | Take | None] = SimpleQueue()

    def run() -> None:
        try:
            work(messages.put)
        finally:
            messages.put(None)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="render") as pool:
        future = pool.submit(run)
        finished = False
        try:
            while (message := messages.get()) is not None:
                yield message
            finished = True
        finally:
            if not finished:
                cancel.cancel()
        future.result()
