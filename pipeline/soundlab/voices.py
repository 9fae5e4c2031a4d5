"""A source and filter model of animal voices: pulses through a throat, and calls set out in time and space.

Knows nothing of particular animals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.soundlab.dsp import (
    coloured,
    distant,
    highpass,
    lowpass,
    normalised,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    slow,
    white,
)
from pipeline.soundlab.registry import RATE_HZ

Formant = tuple[float, float, float]  # centre in hertz, quality, gain
WHERE_SOUNDED = ("nearby", "nearby", "outdoors", "in the distance", "in a large hall")


def contour(n: int, *values: float) -> np.ndarray:
    """A smooth curve [n] through equally spaced values: the melody or the loudness of a call."""
    at = np.linspace(0, len(values) - 1, n)
    left = np.minimum(at.astype(int), len(values) - 2)
    mix = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    points = np.asarray(values, dtype=float)
    return points[left] * (1 - mix) + points[left + 1] * mix


def swell(n: int, *, attack: float = 0.1, release: float = 0.3) -> np.ndarray:
    """An envelope [n] that rises and falls within the given shares of its length."""
    t = np.linspace(0, 1, n)
    return np.sin(np.pi / 2 * np.clip(np.minimum(t / attack, (1 - t) / release), 0, 1)) ** 1.5


def pulses(rng: np.random.Generator, f0_hz: np.ndarray, *, bright_hz: float, jitter: float = 0.01) -> np.ndarray:
    """Glottal pulses of unit variance whose harmonics reach to about `bright_hz`."""
    n = len(f0_hz)
    wander = lowpass(white(rng, n), 60.0, order=1)
    f0 = f0_hz * (1 + jitter * wander / (wander.std() + 1e-9))
    tension = 0.5 * (bright_hz / np.maximum(f0_hz, 20.0)) ** 2 + 0.5
    wave = np.exp(tension * (np.cos(2 * np.pi * np.cumsum(f0) / RATE_HZ) - 1))
    wave = highpass(wave, 30.0, order=1)
    return wave / (wave.std() + 1e-9)


def throat(x: np.ndarray, formants: Sequence[Formant]) -> np.ndarray:
    """The sum of formant bands."""
    return sum((gain * resonance(x, hz, q=q) for hz, q, gain in formants), np.zeros(len(x)))


def roughness(rng: np.random.Generator, n: int, *, rate_hz: float, depth: float) -> np.ndarray:
    """An irregular tremor [n] about 1 - depth / 2, as of vocal folds that beat against each other."""
    rate = rate_hz * slow(rng, n, rate_hz=rate_hz / 2, low=0.6, high=1.4)
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * np.cumsum(rate) / RATE_HZ)
    return 1 - depth * wave * slow(rng, n, rate_hz=rate_hz / 3, low=0.4, high=1.0)


def voiced(  # noqa: PLR0913  (each is a property of a voice)
    rng: np.random.Generator,
    f0_hz: np.ndarray,
    *shapes: Sequence[Formant],
    bright_hz: float = 4000.0,
    breath: float = 0.1,
    rough: float = 0.0,
    rough_hz: float = 35.0,
    jitter: float = 0.01,
    tilted: bool = True,
) -> np.ndarray:
    """A voice along a melody; several formant tables are passed through in turn, as a mouth opens and closes."""
    n = len(f0_hz)
    source = pulses(rng, f0_hz, bright_hz=1.8 * bright_hz, jitter=jitter)
    if tilted:
        source = lowpass(source, 2.0 * float(f0_hz.mean()), order=1)
        source = source / (source.std() + 1e-9)
    source = source + breath * white(rng, n) * (0.5 + np.clip(source, 0, 2))
    if rough > 0:
        source = source * roughness(rng, n, rate_hz=rough_hz, depth=rough)
    if len(shapes) == 1:
        return throat(source, shapes[0])
    at = np.linspace(0, len(shapes) - 1, n)
    return sum(
        (throat(source, table) * np.clip(1 - np.abs(at - k), 0, 1) for k, table in enumerate(shapes)), np.zeros(n)
    )


def scaled(formants: Sequence[Formant], factor: float) -> list[Formant]:
    """The same throat, longer or shorter."""
    return [(hz * factor, q, gain) for hz, q, gain in formants]


def calls(
    rng: np.random.Generator,
    duration_s: float,
    make: Callable[[], np.ndarray],
    *,
    gap_s: tuple[float, float],
    group: tuple[int, int] = (1, 1),
    between_s: tuple[float, float] = (0.05, 0.2),
) -> np.ndarray:
    """Calls in groups over the whole duration: short rests between the calls, longer gaps between the groups."""
    out = np.zeros(samples_of(duration_s))
    at = samples_of(rng.uniform(0.0, 0.2))
    while at < len(out) - samples_of(0.05):
        for _ in range(int(rng.integers(group[0], group[1] + 1))):
            grain = make()
            place(out, grain, at, float(rng.uniform(0.7, 1.0)))
            at += len(grain) + samples_of(rng.uniform(*between_s))
        at += samples_of(rng.uniform(*gap_s))
    return out


def staged(rng: np.random.Generator, x: np.ndarray, *, noise_db: float = -42.0) -> tuple[np.ndarray, str]:
    """The calls put somewhere, with a faint bed of air, and the words that say where."""
    where = pick(rng, *WHERE_SOUNDED)
    dry = normalised(x)
    if where == "in the distance":
        dry = distant(dry, rng, amount=float(rng.uniform(0.25, 0.45)))
    elif where == "in a large hall":
        dry = reverb(dry, rng, seconds=rng.uniform(1.2, 2.2), wet=rng.uniform(0.3, 0.45))
    else:
        dry = reverb(dry, rng, seconds=rng.uniform(0.2, 0.6), wet=rng.uniform(0.06, 0.18))
    bed = coloured(rng, len(x), slope_db=-4.0) * 10 ** ((noise_db + rng.uniform(-8, 4)) / 20)
    return np.clip(dry + bed, -1, 1), where
