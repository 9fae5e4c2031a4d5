"""Durations made to fit: they sum to the story's total exactly, none is too short, none longer than one take can be.

Works in whole milliseconds, so that a sum is a sum. Pure; knows nothing about models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.errors import PlanError

MIN_EVENT_S = 0.5
MS = 1_000
CONTINUING = ", continuing"


def fitted(durations_s: Sequence[float], *, total_s: float, least_s: float = MIN_EVENT_S) -> list[float]:
    """Scale durations in proportion so that they sum to `total_s`, none below `least_s`, in whole milliseconds.

    Where the total is too short for that, the least is an equal share. `PlanError` without durations.
    """
    if not durations_s:
        raise PlanError("a timeline without events has no durations to fit")
    total_ms = round(total_s * MS)
    least_ms = min(round(least_s * MS), total_ms // len(durations_s))
    weights = [value if math.isfinite(value) and value > 0 else 1e-6 for value in durations_s]
    return [ms / MS for ms in _shared(weights, total_ms=total_ms, least_ms=least_ms)]


def _shared(weights: Sequence[float], *, total_ms: int, least_ms: int) -> list[int]:
    """Whole milliseconds in proportion to the weights; what would fall below the least gets it."""
    small: set[int] = set()
    while True:
        rest = total_ms - least_ms * len(small)
        whole = sum(weight for index, weight in enumerate(weights) if index not in small)
        below = {i for i, weight in enumerate(weights) if i not in small and weight * rest < least_ms * whole}
        if not below or len(small | below) == len(weights):
            break
        small |= below
    return _rounded(weights, small=small, rest=rest, least_ms=least_ms)


def _rounded(weights: Sequence[float], *, small: set[int], rest: int, least_ms: int) -> list[int]:
    """Round cumulative edges, not parts: the parts then sum to the whole whatever the rounding."""
    whole = sum(weight for index, weight in enumerate(weights) if index not in small)
    result, run, edge = [], 0.0, 0
    for index, weight in enumerate(weights):
        if index in small:
            result.append(least_ms)
            continue
        run += weight
        new_edge = min(rest, round(run / whole * rest))
        result.append(new_edge - edge)
        edge = new_edge
    return _repaired(result, least_ms=least_ms)


def _repaired(parts: list[int], *, least_ms: int) -> list[int]:
    """Rounding may take one millisecond too many from a part at the least: give it back from the longest."""
    for index, part in enumerate(parts):
        if part < least_ms:
            longest = max(range(len(parts)), key=parts.__getitem__)
            parts[longest] -= least_ms - part
            parts[index] = least_ms
    return parts


def split_long(events: Sequence[tuple[str, float]], *, max_event_s: float) -> list[tuple[str, float]]:
    """Cut what is longer than `max_event_s` into equal parts; later ones are marked so that captions differ."""
    return [part for caption, duration_s in events for part in _parts(caption, duration_s, max_event_s=max_event_s)]


def _parts(caption: str, duration_s: float, *, max_event_s: float) -> list[tuple[str, float]]:
    total_ms = round(duration_s * MS)
    count = max(1, math.ceil(total_ms / math.floor(max_event_s * MS)))
    edges = [total_ms * n // count for n in range(count + 1)]
    names = [caption] + [caption + CONTINUING + (f" {n}" if n > 1 else "") for n in range(1, count)]
    return [(name, (b - a) / MS) for name, a, b in zip(names, edges[:-1], edges[1:], strict=True)]
