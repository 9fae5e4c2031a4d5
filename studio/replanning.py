"""A new plan fitted around events that stay: which of its events they replace, and how long the rest is. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.errors import PlanError
from pipeline.planner import fitting
from pipeline.timeline import MIN_EVENT_S, Event, Timeline
from studio import editing
from studio.project import Project

_WORD = re.compile(r"\w+")
_NEARNESS = 0.5  # how much the place in the story counts against the words of a caption


def fitted_events(events: Sequence[Event], *, total_s: float) -> tuple[Event, ...]:
    """Events whose durations are scaled so as to sum to `total_s`."""
    lengths = fitting.fitted([event.duration_s for event in events], total_s=total_s, least_s=MIN_EVENT_S)
    return tuple(replace(event, duration_s=length) for event, length in zip(events, lengths, strict=True))


def around_locked(written: Timeline, locked: Sequence[Event], project: Project) -> Timeline:
    """The new plan with every locked event in place of the event that it resembles most; the total stays.

    Locked events keep their order, durations, ids and the seam after them where their successor stays too. PlanError
    when they leave no time for anything else.
    """
    total_s = written.story.duration_s
    left_s = total_s - math.fsum(event.duration_s for event in locked)
    places = _places(written.events, locked)
    others = [event for at, event in enumerate(written.events) if at not in set(places)]
    if others and left_s < MIN_EVENT_S * len(others):
        raise PlanError(
            f"the locked events last {total_s - left_s:g} s of {total_s:g} s, which leaves no time for the "
            f"{len(others)} others; unlock some, or ask for a longer story"
        )
    fitted = iter(fitted_events(others, total_s=left_s) if others else ())
    by_place = dict(zip(places, locked, strict=False))
    events = [by_place[at] if at in by_place else next(fitted) for at in range(len(written.events))]
    events += locked[len(places) :]
    return replace(written, events=tuple(events), boundaries=editing.kept_seams(project.timeline, events))


def _places(written: Sequence[Event], locked: Sequence[Event]) -> list[int]:
    """For each locked event the one that it replaces, rising; the choice that fits best altogether.

    Locked events beyond the number of written ones get none: they come after all others.
    """
    count = min(len(locked), len(written))
    scores = [[_likeness(a, b, i / len(locked), j / len(written)) for j, b in enumerate(written)]
              for i, a in enumerate(locked[:count])]  # fmt: skip
    best: list[tuple[float, list[int]]] = [(0.0, []), *((-math.inf, []) for _ in range(count))]
    for j in range(len(written)):
        for i in range(count, 0, -1):
            taken = best[i - 1][0] + scores[i - 1][j]
            if taken > best[i][0]:
                best[i] = (taken, [*best[i - 1][1], j])
    return best[count][1]


def _likeness(one: Event, other: Event, place: float, other_place: float) -> float:
    a, b = ({word.casefold() for word in _WORD.findall(event.caption)} for event in (one, other))
    return len(a & b) / max(len(a | b), 1) - _NEARNESS * abs(place - other_place)
