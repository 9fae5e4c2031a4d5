"""Whether an event sounds as if it went on from what came before: distances of renders to the true continuation.

Held-out narratives of the builder are conditioned in several ways, from captions alone to captions and residual tokens;
see `pipeline.evaluation.ways`. For every event after the first, the acoustics of its render are held against those of
the event as the narrative really goes on; the share of sounds heard as they should be is measured beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.errors import SettingsError
from pipeline.evaluation.acoustics import Acoustics, acoustics, distances, scales
from pipeline.settings import RenderSettings
from pipeline.soundlab.narratives import Narrative
from pipeline.soundlab.registry import RATE_HZ, auditioned

DRAWS = 2_000
SEED = 5

Way = Callable[[Narrative, int], Sequence[np.ndarray]]
"""(narrative, seed) -> mono samples [T] of each of its events at RATE_HZ."""
Recognises = Callable[[np.ndarray, str], bool]
"""(mono samples at RATE_HZ, name of a concept) -> whether a listener hears that concept."""


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
    """Per way: the mean distance over all measures, per measure, and (way, other) -> its gain over the other.

    heard: per way, the share of all events that are heard as what they are, and, as "truth", of the true ones.
    """

    narratives: int
    events: int
    overall: Mapping[str, Figure]
    measures: Mapping[str, Mapping[str, float]]
    gains: Mapping[tuple[str, str], Figure]
    heard: Mapping[str, Figure]


def measure(
    narratives: Sequence[Narrative],
    ways: Mapping[str, Way],
    *,
    seeds: Sequence[int] = (1,),
    recognises: Recognises | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Coherence:
    """Render every narrative in every way and seed, and compare; `told` hears how many are done.

    ValueError for fewer than two narratives.
    """
    true = [[acoustics(event.samples, RATE_HZ) for event in narrative.events] for narrative in narratives]
    unit = scales(true)
    found: dict[str, list[list[dict[str, float]]]] = {name: [] for name in ways}
    heard: dict[str, list[float]] = {name: [] for name in ("truth", *ways)} if recognises else {}
    for number, (narrative, truth) in enumerate(zip(narratives, true, strict=True), 1):
        if recognises:
            heard["truth"].append(_share(narrative, [event.samples for event in narrative.events], recognises))
        for name, way in ways.items():
            made = [way(narrative, seed) for seed in seeds]
            found[name].append([row for sounds in made for row in _rows(narrative, truth, sounds, unit)])
            if recognises:
                heard[name].append(float(np.mean([_share(narrative, sounds, recognises) for sounds in made])))
        told(number)
    means = {name: np.array([np.mean([_mean(r) for r in rows]) for rows in all_]) for name, all_ in found.items()}
    names = list(ways)
    return Coherence(
        narratives=len(narratives),
        events=sum(len(n.events) - 1 for n in narratives),
        overall={name: resampled(values) for name, values in means.items()},
        measures={name: _by_measure(all_) for name, all_ in found.items()},
        gains={(b, a): resampled(means[a] - means[b]) for i, a in enumerate(names) for b in names[i + 1 :]},
        heard={name: resampled(np.array(values)) for name, values in heard.items()},
    )


def _share(narrative: Narrative, sounds: Sequence[np.ndarray], recognises: Recognises) -> float:
    """The share of a narrative's events that are heard as their concept."""
    known = [(s, e.context.concept) for s, e in zip(sounds, narrative.events, strict=True) if e.context]
    return float(np.mean([recognises(sound, concept) for sound, concept in known]))


def evaluate(
    folder: Path, *, count: int, seeds: int = 1, save: Path | None = None, names: Sequence[str] = ()
) -> Coherence:
    """Measure a stage's model on the first `count` held-out narratives, in the named ways or in all.

    SettingsError for a way that there is not.
    """
    from pipeline.evaluation.judge import Judge
    from pipeline.evaluation.ways import NAMES, ways
    from pipeline.renderer.nano_story import load_stage
    from pipeline.soundlab.narratives import narrative

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise SettingsError(f"there is no way {unknown[0]!r}; there are: {', '.join(NAMES)}")
    judge, table = Judge(), auditioned()
    pipe = load_stage(folder)

    def recognises(samples: np.ndarray, concept: str) -> bool:
        return bool(judge.recognises(judge.hear(samples, RATE_HZ), table[concept]))

    def told(number: int) -> None:
        print(f"{number} of {count} narratives", flush=True)

    held_out = [narrative("test", index) for index in range(count)]
    report = measure(
        held_out,
        ways(pipe, held_out, settings=RenderSettings(), names=names or NAMES),
        seeds=range(1, seeds + 1),
        recognises=recognises,
        told=told,
    )
    if save:
        gains = {" over ".join(pair): asdict(figure) for pair, figure in report.gains.items()}
        save.write_text(json.dumps({**asdict(replace(report, gains={})), "gains": gains}, indent=1), encoding="utf-8")
    return report


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
    lines += [f"{name}: heard as what it is {figure}" for name, figure in report.heard.items()]
    return "\n".join(lines)
