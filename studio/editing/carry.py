"""What moves along: free clips and markers stay with the event under which they begin, when the story lane shifts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate

from pipeline.arrangement import Arrangement
from pipeline.timeline import Timeline
from studio.project import Project


def carrying(old: Project, new: Project) -> Project:
    """The project `new`, its clips and markers shifted by what their events moved since `old`.

    What lies after the last event moves with the story's end. What began under an event that is gone begins where
    the next one that is left now does. Nothing begins before 0.
    """
    if old.arrangement is None or new.arrangement is None or not old.plan.events:
        return new
    starts = _starts(old.plan)
    places = _places(old.plan, new.plan)

    def moved(at_s: float) -> float:
        index = max(bisect_right(starts, at_s) - 1, 0)
        place, stays = places[index]
        return max(round(place + (at_s - starts[index] if stays else 0.0), 6), 0.0)

    return replace(new, arrangement=_moved(new.arrangement, old.arrangement, moved))


def _starts(timeline: Timeline) -> list[float]:
    """Where each event begins, and where the last one ends, in seconds."""
    return [0.0, *accumulate(event.duration_s for event in timeline.events)]


def _places(old: Timeline, new: Timeline) -> list[tuple[float, bool]]:
    """Where each event of `old`, and its end, is in `new`, and whether it is there; else where the next one is."""
    after = {event.id: at for event, at in zip(new.events, _starts(new)[:-1], strict=True)}
    places = [(new.duration_s, True)]
    for event in reversed(old.events):
        places.append((after[event.id], True) if event.id in after else (places[-1][0], False))
    return places[::-1]


def _moved(desk: Arrangement, before: Arrangement, moved: Callable[[float], float]) -> Arrangement:
    """Only what was there before the edit is carried: what the edit itself placed stays where it was put."""
    known = {clip.id for lane in before.lanes for clip in lane.clips} | {marker.id for marker in before.markers}
    lanes = tuple(
        replace(
            lane,
            clips=tuple(replace(c, start_s=moved(c.start_s)) if c.id in known else c for c in lane.clips),
        )
        for lane in desk.lanes
    )
    markers = tuple(replace(m, at_s=moved(m.at_s)) if m.id in known else m for m in desk.markers)
    return replace(desk, lanes=lanes, markers=markers)
