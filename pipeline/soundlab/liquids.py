"""Grains of water and air that several families share: bubbles, drops, scattered crackle, moving noise bands.

Knows nothing of captions or concepts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.registry import RATE_HZ


def unit(x: np.ndarray) -> np.ndarray:
    """Scaled to unit power, so that layers can be mixed by ear."""
    return x / (float(np.std(x)) + 1e-9)


def bubble(hz: float, *, rise: float = 0.1, ring: float = 1.0) -> np.ndarray:
    """One air bubble: a damped sine rising as it nears the surface.

    The radius follows from Minnaert's 3 m/s over the frequency; the damping is thermal plus viscous,
    0.13 / r + 0.0072 r**-1.5 per second. `ring` stretches the decay.
    """
    radius_m = 3.0 / hz
    tau_s = ring / (0.13 / radius_m + 0.0072 * radius_m**-1.5)
    n = dsp.samples_of(min(6 * tau_s, 0.4)) + 32
    pitch = hz * (1 + rise * np.minimum(dsp.timebase(n) / tau_s, 6.0))
    return dsp.faded(dsp.tone(pitch, n) * dsp.decay(n, tau_s=tau_s, attack_s=0.1 * tau_s), 0.0005)


def bubbles(
    rng: np.random.Generator, low_hz: float, high_hz: float, *, count: int = 40, rise: float = 0.1, ring: float = 1.0
) -> list[np.ndarray]:
    """A bank of bubbles spread evenly over log frequency; the larger ones are louder."""
    pitches = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), count))
    return [bubble(float(hz), rise=float(rng.uniform(0, 2 * rise)), ring=ring) * (low_hz / hz) ** 0.4 for hz in pitches]


def patters(
    rng: np.random.Generator, low_hz: float, high_hz: float, *, tau_s: float, count: int = 24
) -> list[np.ndarray]:
    """A bank of short noise bursts: drops on a hard ground, crackles, grains of ice."""
    n = dsp.samples_of(6 * tau_s) + 64
    bank: list[np.ndarray] = []
    for _ in range(3):  # three filters, each for a third of the grains: designing one costs more than using it
        decays = np.stack([dsp.decay(n, tau_s=tau_s * float(f)) for f in rng.uniform(0.5, 1.5, max(count // 3, 1))])
        noise = dsp.white(rng, decays.size).reshape(decays.shape) * decays
        bank += [dsp.normalised(x, 1.0) for x in dsp.bandpass(noise, low_hz * float(rng.uniform(0.7, 1.4)), high_hz)]
    return bank


def struck(
    rng: np.random.Generator, low_hz: float, high_hz: float, *, tau_s: float, partials: int = 5, count: int = 24
) -> list[np.ndarray]:
    """A bank of short modal hits on one body: its modes are fixed, each hit weighs them anew."""
    freqs = np.sort(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), partials * 2)))
    taus = tau_s * (low_hz / freqs) ** 0.4
    n = dsp.samples_of(5 * tau_s) + 64
    hits = (dsp.modes(list(freqs), list(rng.lognormal(0, 1, len(freqs))), list(taus), n, rng) for _ in range(count))
    return [dsp.normalised(dsp.faded(hit, 0.0007), 1.0) for hit in hits]


def scatter(
    rng: np.random.Generator,
    n: int,
    bank: Sequence[np.ndarray],
    *,
    rate_hz: float,
    spread: float = 0.7,
    density: np.ndarray | None = None,
) -> np.ndarray:
    """Grains of `bank` strewn over [n] as a Poisson process of log-normal strengths.

    `density` [n] in 0 to 1, where given, thins the grains over time. At least one grain sounds.
    """
    out = np.zeros(n)
    starts = rng.integers(0, n, max(int(rng.poisson(rate_hz * n / RATE_HZ)), 1))
    if density is not None:
        kept = starts[rng.uniform(0, 1, len(starts)) < density[starts]]
        starts = kept if len(kept) else np.array([int(np.argmax(density))])
    gains = rng.lognormal(0, spread, len(starts))
    for at, gain, which in zip(starts, gains, rng.integers(0, len(bank), len(starts)), strict=True):
        dsp.place(out, bank[which], int(at), float(gain))
    return out


def moving_band(rng: np.random.Generator, centre_hz: np.ndarray, *, width_hz: float) -> np.ndarray:
    """Noise of `width_hz` around a centre that moves: a whistle of wind, a squeal of steam. Unit power."""
    n = len(centre_hz)
    phase = 2 * np.pi * np.cumsum(centre_hz) / RATE_HZ
    inphase = dsp.lowpass(dsp.white(rng, n), width_hz / 2, order=1)
    quadrature = dsp.lowpass(dsp.white(rng, n), width_hz / 2, order=1)
    return unit(inphase * np.cos(phase) - quadrature * np.sin(phase))


def finished(x: np.ndarray, level: float = 0.7) -> np.ndarray:
    """Rare peaks rounded off, the rest brought to `level`, ends faded."""
    rounded = np.tanh(x / (5 * np.std(x) + 1e-9))
    return dsp.faded(dsp.normalised(rounded, level), 0.01)
