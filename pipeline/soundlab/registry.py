"""The table of sound concepts: what each is called, how it is described, and how it is made.

Knows nothing of how a concept is synthesised, and nothing of training.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from pipeline.settings import ASSETS

RATE_HZ = 44_100
AUDITION = ASSETS / "soundlab" / "audition.json"
PHRASES = ASSETS / "soundlab" / "phrases.json"  # more ways to say each concept, without slots
PASS = 0.6
FAMILY_MODULES = (
    "weather", "water", "fire", "animals", "birds", "insects",
    "people", "footsteps", "doors", "household", "tools",
    "vehicles", "alarms", "impacts", "explosions", "machines", "scifi", "music",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Draw:
    """One synthesised sound: mono samples [T] at `RATE_HZ`, and the words its captions may use."""

    samples: np.ndarray
    words: Mapping[str, str] = field(default_factory=dict)


Synth = Callable[[np.random.Generator, float], Draw]


@dataclass(frozen=True, eq=False)
class Concept:
    """A kind of sound. `heard_as` lists the AudioSet display names that count as recognising it."""

    name: str
    family: str
    heard_as: tuple[str, ...]
    captions: tuple[str, ...]
    held_out: tuple[str, ...]
    synth: Synth

    def draw(self, rng: np.random.Generator, duration_s: float) -> Draw:
        """Synthesise one sound of exactly round(duration_s * RATE_HZ) samples, peak at most 1.

        Raises ValueError when the synthesiser breaks its contract: that is a bug in soundlab.
        """
        draw = self.synth(rng, duration_s)
        samples = np.asarray(draw.samples, dtype=np.float32)
        length = round(duration_s * RATE_HZ)
        if samples.shape != (length,) or not np.isfinite(samples).all():
            raise ValueError(f"{self.name}: samples {samples.shape}, expected ({length},) finite numbers")
        peak = float(np.abs(samples).max(initial=0.0))
        if peak < 1e-3:
            raise ValueError(f"{self.name}: silence")
        return Draw(samples / max(peak, 1.0), draw.words)

    def caption(self, rng: np.random.Generator, words: Mapping[str, str], *, held_out: bool = False) -> str:
        """One wording for a sound that was drawn with `words`; `held_out` picks one never trained on."""
        template = str(rng.choice(self.held_out if held_out else self.captions))
        return " ".join(template.format_map(dict(words)).split())


_CONCEPTS: dict[str, Concept] = {}


def concept(
    name: str, *, family: str, heard_as: tuple[str, ...], captions: tuple[str, ...], held_out: tuple[str, ...]
) -> Callable[[Synth], Synth]:
    """Register the decorated synthesiser; a second registration of a name is refused and names the first."""

    def register(synth: Synth) -> Synth:
        if name in _CONCEPTS:
            raise ValueError(f"{name} is already registered by {_CONCEPTS[name].synth.__module__}")
        _CONCEPTS[name] = Concept(name, family, heard_as, captions, held_out, synth)
        return synth

    return register


@lru_cache(maxsize=1)
def phrases() -> dict[str, tuple[str, ...]]:
    """Wordings by concept beside those that stand with its synthesiser; each is true of all its sounds."""
    return {name: tuple(told) for name, told in json.loads(PHRASES.read_text(encoding="utf-8")).items()}


def concepts() -> dict[str, Concept]:
    """All concepts by name, in the order of the family modules."""
    for module in FAMILY_MODULES:
        importlib.import_module(f"pipeline.soundlab.{module}")
    more = phrases()
    return {name: replace(c, captions=(*c.captions, *more.get(name, ()))) for name, c in _CONCEPTS.items()}


def auditioned() -> dict[str, Concept]:
    """The concepts that an independent judge recognised in at least `PASS` of their clips: fit to train on."""
    shares = json.loads(AUDITION.read_text())["shares"]
    return {name: c for name, c in concepts().items() if shares.get(name, 0.0) >= PASS}
