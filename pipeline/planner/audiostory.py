"""An AudioStory checkpoint's own planning behind the planners' contract: the total exact, no event too long.

A story longer than the model was made for is planned in stretches. Knows no network: the pipeline is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from pipeline.errors import PlanError
from pipeline.planner import fitting
from pipeline.planner.windows import windows
from pipeline.progress import CancelToken
from pipeline.timeline import MIN_TOTAL_S, Event, Story, Timeline, new_id

LONGEST_S = 150.0  # the longest narratives of the paper
STRETCH_CHARS = 1_600
FADE_ROOM_S = 3.0  # what a longest event leaves for the tail under the next one


class PlansStories(Protocol):
    """What is needed of the pipeline: see `AudioStoryPipeline`."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def max_samples(self) -> int: ...

    def plan(self, story: Story, *, seed: int, cancel: CancelToken) -> Timeline: ...

    def plan_in_stretches(
        self, story: Story, stretches: Sequence[Story], *, seed: int, cancel: CancelToken
    ) -> Timeline: ...


class AudioStoryPlanner:
    """Plans greedily; the seed is that of the events' noise. `pipe` loads the model when first called."""

    def __init__(self, pipe: Callable[[], PlansStories], lock: AbstractContextManager[object]) -> None:
        self._pipe, self._lock = pipe, lock

    def load(self) -> None:
        """Load the model now; WeightsMissing says in one sentence what is absent."""
        self._pipe()

    def plan(self, story: Story, *, seed: int = 0, cancel: CancelToken | None = None) -> Timeline:
        """Plan the story: events in its order whose durations sum to its total. PlanError for a story without words."""
        if not any(char.isalpha() for char in story.text):
            raise PlanError("the story has no words: tell in a sentence what is heard")
        token = cancel or CancelToken()
        with self._lock:
            pipe = self._pipe()
            drafted = _drafted(pipe, story, seed=seed, cancel=token)
            most = pipe.max_samples / pipe.rate_hz - FADE_ROOM_S
        if not drafted.events:
            raise PlanError("the planner found no events in this story")
        lengths = fitting.fitted([event.duration_s for event in drafted.events], total_s=story.duration_s)
        if max(lengths) <= most:  # the model's own events, with their ids: what it read of them stays read
            pairs = zip(drafted.events, lengths, strict=True)
            return replace(drafted, story=story, events=tuple(replace(e, duration_s=s) for e, s in pairs))
        captions = [event.caption for event in drafted.events]
        parts = fitting.split_long(list(zip(captions, lengths, strict=True)), max_event_s=most)
        events = tuple(Event(id=new_id(), caption=c, duration_s=s, tone=story.tone) for c, s in parts)
        return Timeline(story=story, reasoning=drafted.reasoning, events=events)


def _drafted(pipe: PlansStories, story: Story, *, seed: int, cancel: CancelToken) -> Timeline:
    count = math.ceil(story.duration_s / LONGEST_S)
    chars = max(1, min(STRETCH_CHARS, math.ceil(len(story.text) / count)))
    stretches = windows(story.text, total_s=story.duration_s, chars=chars)
    if len(stretches) == 1:
        return pipe.plan(story, seed=seed, cancel=cancel)
    stories = [replace(story, text=s.text, duration_s=max(s.duration_s, MIN_TOTAL_S)) for s in stretches]
    return pipe.plan_in_stretches(story, stories, seed=seed, cancel=cancel)
