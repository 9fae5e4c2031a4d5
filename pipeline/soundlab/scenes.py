"""Captioned clips: single sounds near and far, in rooms, fading, and layers of two.

A clip is a function of (split, index): the same number is the same sound for ever. The training split
uses the captions that are trained on, the held-out split other draws and other wordings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.recordings import Recording, load
from pipeline.soundlab.recordings_variation import variation
from pipeline.soundlab.registry import Concept, auditioned

SPLITS = {"train": 1, "valid": 2, "test": 3}
DURATIONS_S = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0, 28.0)
DURATION_WEIGHTS = (0.16, 0.24, 0.24, 0.16, 0.07, 0.05, 0.04, 0.02, 0.01, 0.01)
LAYERED_SHARE, TREATED_SHARE = 0.1, 0.2
_ALREADY_PLACED = re.compile(r"distan|far|fad|echo|reverb|hall|approach|away|close|near|room|cave|loud|quiet|soft")
JOINS = ("{a} while {b}", "{a} with {b} in the background", "{a} and {b}", "{a} over {b}", "{a} as {b}", "{b}, {a}")


@dataclass(frozen=True, eq=False)
class Clip:
    """Mono samples [T] at `RATE_HZ`, several captions that all fit, and the concepts that are heard."""

    samples: np.ndarray
    captions: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class Treatment:
    """Something done to a sound that a listener hears and a caption may say."""

    wordings: tuple[str, ...]
    apply: Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _far(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dsp.distant(x, rng, amount=rng.uniform(0.6, 0.95)) * 0.6


def _room(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dsp.reverb(x, rng, seconds=rng.uniform(1.2, 3.5), wet=rng.uniform(0.3, 0.6))


def _fade_in(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x * np.minimum(np.linspace(0, rng.uniform(1.2, 2.2), len(x)), 1.0) ** 2


def _fade_out(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _fade_in(x[::-1], rng)[::-1]


def _muffled(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dsp.lowpass(x, rng.uniform(350, 900))


TREATMENTS = (
    Treatment(("{c} in the distance", "distant {c}", "{c} far away", "faint {c}", "{c}, far off"), _far),
    Treatment(("{c} echoing in a large hall", "{c} with a long echo", "reverberant {c}", "{c} in a big space"), _room),
    Treatment(("{c} fading in", "{c}, slowly getting louder", "{c} approaching", "{c} drawing nearer"), _fade_in),
    Treatment(
        ("{c} fading away", "{c}, slowly fading out", "{c} receding into the distance", "{c} dying down"), _fade_out
    ),
    Treatment(("{c} heard through a wall", "muffled {c}", "{c} from behind a closed door"), _muffled),
)


def treated(clip: Clip, rng: np.random.Generator) -> Clip:
    """The clip near or far, in a room, fading or muffled, with captions that say so; sometimes left as it is."""
    if rng.random() >= TREATED_SHARE or any(_ALREADY_PLACED.search(c) for c in clip.captions):
        return clip
    treatment = TREATMENTS[rng.integers(len(TREATMENTS))]
    samples = treatment.apply(clip.samples.astype(float), rng).astype(np.float32)
    return Clip(samples, tuple(str(rng.choice(treatment.wordings)).format(c=c) for c in clip.captions), clip.concepts)


def single(concept: Concept, rng: np.random.Generator, duration_s: float, *, held_out: bool, count: int = 4) -> Clip:
    """One concept with `count` captions."""
    draw = concept.draw(rng, duration_s)
    captions = [concept.caption(rng, draw.words, held_out=held_out) for _ in range(count)]
    samples = dsp.faded(np.asarray(draw.samples, dtype=float))
    return Clip(samples.astype(np.float32), tuple(captions), (concept.name,))


def layered(pair: Sequence[Concept], rng: np.random.Generator, duration_s: float, *, held_out: bool) -> Clip:
    """Two concepts at once, the second one as the softer background."""
    a, b = (single(c, rng, duration_s, held_out=held_out) for c in pair)
    samples = a.samples + b.samples * rng.uniform(0.35, 0.75)
    captions = [str(rng.choice(JOINS)).format(a=x, b=y) for x, y in zip(a.captions, b.captions, strict=True)]
    return Clip(
        (samples / max(1.0, float(np.abs(samples).max()))).astype(np.float32), tuple(captions), a.concepts + b.concepts
    )


class RecordingBank:
    """The openly licensed recordings below a folder, by subject, each clip a new variation of one."""

    def __init__(self, folder: Path) -> None:
        self._subjects: dict[str, list[tuple[Recording, np.ndarray]]] = {}
        for recording, samples in load(folder):
            self._subjects.setdefault(recording.subject, []).append((recording, samples))

    def clip(self, index: int, rng: np.random.Generator, duration_s: float) -> Clip:
        """Clip `index`: subjects in turn, a random recording of the subject."""
        takes = self._subjects[sorted(self._subjects)[index % len(self._subjects)]]
        chosen = int(rng.integers(len(takes)))
        recording, samples = takes[chosen]
        siblings = [s for i, (_, s) in enumerate(takes) if i != chosen]
        varied = variation(recording, samples, rng, duration_s, siblings=siblings)
        return Clip(varied.astype(np.float32), tuple(map(str, rng.choice(recording.captions, 4))), (recording.concept,))


def clip(split: str, index: int, *, bank: RecordingBank | None = None) -> Clip:
    """Clip number `index` of a split: concepts in turn, so that every one is heard equally often.

    With a bank of recordings every fourth clip is one of those.
    """
    table = auditioned()
    names, held_out = sorted(table), split == "test"
    rng = np.random.default_rng([SPLITS[split], index])
    duration_s = float(rng.choice(DURATIONS_S, p=DURATION_WEIGHTS))
    if bank is not None and index % 4 == 3:
        return treated(bank.clip(index // 4, rng, duration_s), rng)
    turn = index if bank is None else index - (index + 1) // 4
    concept = table[names[turn % len(names)]]
    if rng.random() < LAYERED_SHARE:
        return layered((concept, table[names[rng.integers(len(names))]]), rng, duration_s, held_out=held_out)
    return treated(single(concept, rng, duration_s, held_out=held_out), rng)
