"""Engines and passes shared by vehicles and machines: firing pulses, exhaust bodies, Doppler.

Knows nothing of particular vehicles. Signals are mono float [T] at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    convolve,
    decay,
    lowpass,
    normalised,
    place,
    resonance,
    samples_of,
    soft_clip,
    struck,
    white,
)
from pipeline.soundlab.registry import RATE_HZ

SOUND_SPEED_M_S = 343.0


def graded(rng: np.random.Generator, options: Mapping[str, tuple[float, float]]) -> tuple[str, float]:
    """A word and a number drawn from the range which that word names."""
    word = str(rng.choice(list(options)))
    return word, float(rng.uniform(*options[word]))


def between(n: int, points: Sequence[tuple[float, float]]) -> np.ndarray:
    """A curve [n] through (seconds, value) points, straight between them."""
    times, values = zip(*points, strict=True)
    return np.interp(np.arange(n) / RATE_HZ, times, values)


def firing(
    rng: np.random.Generator, rate_hz: np.ndarray, *, jitter: float = 0.05, cylinders: int = 4, uneven: float = 0.3
) -> np.ndarray:
    """Impulses [T] at a varying rate; each cylinder has its own strength, so the cycle repeats unevenly."""
    n = len(rate_hz)
    at = np.flatnonzero(np.diff(np.floor(np.cumsum(rate_hz) / RATE_HZ)) > 0)
    period = RATE_HZ / np.maximum(rate_hz[at], 0.5)
    moved = np.clip(at + (period * jitter * rng.standard_normal(len(at))).astype(int), 0, n - 1)
    strength = 1 + uneven * rng.uniform(-1, 1, cylinders)
    out = np.zeros(n)
    np.add.at(out, moved, strength[np.arange(len(at)) % cylinders] * rng.normal(1, 0.1, len(at)))
    return out


def exhaust(rng: np.random.Generator, *, body_hz: float, bright_hz: float, tau_s: float) -> np.ndarray:
    """What one firing sounds like: a thump of the pipe, its overtones, and a puff of gas."""
    n = samples_of(tau_s * 6)
    ratios = (1.0, 2.1, 3.2, 4.9, 7.3)
    pipe = struck([body_hz * r for r in ratios], (1, 0.7, 0.5, 0.3, 0.2), [2 * tau_s / r**0.5 for r in ratios], n, rng)
    puff = lowpass(white(rng, n), bright_hz, order=1) * decay(n, tau_s=tau_s, attack_s=tau_s * 0.3)
    return pipe * np.minimum(np.arange(n) / (0.15 * tau_s * RATE_HZ), 1.0) + 0.5 * normalised(puff)


def engine(  # noqa: PLR0913  (each is a physical property)
    rng: np.random.Generator,
    rate_hz: np.ndarray,
    *,
    body_hz: float = 90.0,
    bright_hz: float = 1800.0,
    tau_s: float = 0.012,
    hiss: float = 0.15,
    jitter: float = 0.03,
    cylinders: int = 4,
    uneven: float = 0.3,
    drive: float = 1.5,
) -> np.ndarray:
    """A combustion engine firing `rate_hz` [T] times a second, peak 0.8; `hiss` is breathing intake noise."""
    pulses = firing(rng, rate_hz, jitter=jitter, cylinders=cylinders, uneven=uneven)
    fired = normalised(convolve(pulses, exhaust(rng, body_hz=body_hz, bright_hz=bright_hz, tau_s=tau_s)), 1.0)
    breath = lowpass(np.abs(fired), 60.0)
    noise = bandpass(white(rng, len(fired)), 200, 4000, order=1) * (0.5 + breath / (breath.max() + 1e-9))
    rumble = lowpass(white(rng, len(fired)), 160.0) * (0.6 + breath / (breath.max() + 1e-9))
    clatter = resonance(fired, float(rng.uniform(500, 1100)), q=1.5)
    mixed = fired + 0.4 * clatter + hiss * noise + 0.2 * normalised(rumble, 1.0)
    return normalised(soft_clip(mixed, drive))


def passing(x: np.ndarray, *, at_s: float, speed_m_s: float, nearest_m: float) -> np.ndarray:
    """The source `x` driving past a listener, nearest at `at_s`: Doppler shift, loudness and air's dulling."""
    t = np.arange(len(x)) / RATE_HZ
    metres = np.sqrt(nearest_m**2 + (speed_m_s * (t - at_s)) ** 2)
    heard = np.interp((t - (metres - nearest_m) / SOUND_SPEED_M_S) % t[-1], t, x)
    near = nearest_m / metres
    return near**0.9 * (near * heard + (1 - near) * lowpass(heard, 2500, order=1))


def passes(
    source: np.ndarray,
    rng: np.random.Generator,
    *,
    every_s: tuple[float, float],
    speed_m_s: tuple[float, float],
    nearest_m: tuple[float, float],
) -> np.ndarray:
    """`source` passing again and again, first in the middle of a short clip, each time rolled to another stretch."""
    duration_s = len(source) / RATE_HZ
    at_s = float(rng.uniform(0.3, 0.6)) * min(duration_s, every_s[1])
    out = np.zeros(len(source))
    while at_s < duration_s + 0.5:
        speed, nearest = float(rng.uniform(*speed_m_s)), float(rng.uniform(*nearest_m))
        rolled = np.roll(source, int(rng.integers(len(source))))
        out += passing(rolled, at_s=at_s, speed_m_s=speed, nearest_m=nearest)
        at_s += float(rng.uniform(*every_s))
    return out


def repeated(
    rng: np.random.Generator, n: int, grain: np.ndarray, rate_hz: np.ndarray, *, spread: float = 0.2
) -> np.ndarray:
    """`grain` placed at a varying rate with varying strength: clacks, strokes, clicks."""
    out = np.zeros(n)
    for at in np.flatnonzero(np.diff(np.floor(np.cumsum(rate_hz) / RATE_HZ), prepend=-1.0) > 0):
        place(out, grain, int(at), float(np.exp(spread * rng.standard_normal())))
    return out
