"""Whether an event sounds as if it went on from what came before: distances of renders to the true continuation.

Held-out narratives of the builder are conditioned in three ways: from each caption alone, from bridging tokens only,
from bridging and residual tokens. For every event after the first, the acoustics of its render are held against those
of the event as the narrative really goes on; the share of sounds heard as they should be is measured beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.acoustics import Acoustics, acoustics, distances, scales
from pipeline.soundlab.narratives import Narrative
from pipeline.soundlab.registry import RATE_HZ

DRAWS = 2_000
SEED = 5

Way = Callable[[Narrative, int], Sequence[np.ndarray]]
"""(narrative, seed) -> mono samples [T] of each of its events at RATE_HZ."""


@dataclass(frozen=True)
class Figure:
    """A mean with the bounds of its 95 % confidence interval, from resampling narratives."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Coherence:
    """Per way: the mean distance over all measures, per measure, and (way, other) -> its gain over the other."""

    narratives: int
    events: int
    overall: Mapping[str, Figure]
    measures: Mapping[str, Mapping[str, float]]
    gains: Mapping[tuple[str, str], Figure]


def measure(narratives: Sequence[Narrative], ways: Mapping[str, Way], *, seeds: Sequence[int] = (1,)) -> Coherence:
    """Render every narrative in every way and seed, and compare. ValueError for fewer than two narratives."""
    true = [[acoustics(event.samples, RATE_HZ) for event in narrative.events] for narrative in narratives]
    unit = scales(true)
    found: dict[str, list[list[dict[str, float]]]] = {name: [] for name in ways}
    for narrative, truth in zip(narratives, true, strict=True):
        for name, way in ways.items():
            rows = [row for seed in seeds for row in _rows(narrative, truth, way(narrative, seed), unit)]
            found[name].append(rows)
    means = {name: np.array([np.mean([_mean(r) for r in rows]) for rows in all_]) for name, all_ in found.items()}
    names = list(ways)
    return Coherence(
        narratives=len(narratives),
        events=sum(len(n.events) - 1 for n in narratives),
        overall={name: resampled(values) for name, values in means.items()},
        measures={name: _by_measure(all_) for name, all_ in found.items()},
        gains={(b, a): resampled(means[a] - means[b]) for i, a in enumerate(names) for b in names[i + 1 :]},
    )


def _rows(
    narrative: Narrative, truth: Sequence[Acoustics], sounds: Sequence[np.ndarray], unit: Mapping[str, float]
) -> list[dict[str, float]]:
    rows, heard = [], set()
    for index, (event, true, sound) in enumerate(zip(narrative.events, truth, sounds, strict=True)):
        source = event.context.recurring if event.context else None
        if index:
            rows.append(
                distances(acoustics(sound, RATE_HZ), true, unit, pitched=source in heard and source is not None)
            )
        heard.add(source)
    return rows


def _mean(row: Mapping[str, float]) -> float:
    return float(np.mean(list(row.values())))


def _by_measure(narratives: Sequence[Sequence[Mapping[str, float]]]) -> dict[str, float]:
    rows = [row for rows in narratives for row in rows]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def resampled(values: np.ndarray) -> Figure:
    """Mean of values [N] with a bootstrap interval (percentiles 2.5 and 97.5 of `DRAWS` resamplings)."""
    rng = np.random.default_rng(SEED)
    draws = rng.choice(values, (DRAWS, len(values))).mean(1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return Figure(float(values.mean()), float(low), float(high))


def summary(report: Coherence) -> str:
    """The figures in words."""
    lines = [f"{report.narratives} held-out narratives, {report.events} events with something before them"]
    for name, figure in report.overall.items():
        parts = ", ".join(f"{measure} {value:.2f}" for measure, value in report.measures[name].items())
        lines.append(f"{name}: distance to the true continuation {figure} (1: unrelated scenes); {parts}")
    for (better, other), figure in report.gains.items():
        lines.append(f"{better} nearer than {other} by {figure}")
    return "\n".join(lines)
