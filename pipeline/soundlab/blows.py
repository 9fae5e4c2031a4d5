"""What impacts share: hits of bodies of many materials, and shards that fall after them."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import bandpass, decay, hann_pulse, highpass, lowpass, modes, place, samples_of, white
from pipeline.soundlab.voices import contour


def thump(rng: np.random.Generator, *, hz: float, tau_s: float, click: float = 0.3) -> np.ndarray:
    """A dull blow: a falling low tone, low noise and a little contact click."""
    n = samples_of(min(tau_s * 7, 1.2))
    low = 4 * bandpass(white(rng, n), hz * 0.5, hz * 2) * decay(n, tau_s=tau_s, attack_s=0.003)
    body = lowpass(white(rng, n), hz * 6, order=1) * decay(n, tau_s=tau_s * 0.5, attack_s=0.001)
    snap = bandpass(white(rng, n), 700, 4000) * decay(n, tau_s=0.008, attack_s=0.0005)
    return low + 1.5 * body + click * snap


def glass(rng: np.random.Generator, *, hz: float, tau_s: float) -> np.ndarray:
    """One small piece of glass or china that rings."""
    n = samples_of(tau_s * 6)
    ratios = np.array((1.0, 1.51, 2.27, 2.93, 3.8)) * rng.uniform(0.96, 1.04, 5)
    x = modes(list(hz * ratios), list(rng.uniform(0.2, 1.0, 5)), list(tau_s / np.sqrt(ratios)), n, rng)
    return x + 1.5 * highpass(white(rng, n), 3000) * decay(n, tau_s=0.006)


def shards(
    rng: np.random.Generator, *, seconds: float, count: int, low_hz: float, high_hz: float, tau_s: float
) -> np.ndarray:
    """Pieces that scatter and ring, dense at first."""
    out = np.zeros(samples_of(seconds + 0.3))
    for _ in range(count):
        hz = float(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz))))
        when = seconds * rng.beta(0.7, 2.5)
        place(out, glass(rng, hz=hz, tau_s=tau_s * rng.uniform(0.4, 1.4)), samples_of(when), rng.lognormal(-1, 0.8))
    return out


def swish(rng: np.random.Generator, *, seconds: float, low_hz: float, high_hz: float) -> np.ndarray:
    """Air cut by something that passes: noise whose band rises and falls with its speed."""
    n = samples_of(seconds)
    noise = white(rng, n)
    bands = np.geomspace(low_hz, high_hz, 5)
    sweep = contour(n, 0.0, 3.6, rng.uniform(0.5, 2.0))
    x = sum((bandpass(noise, hz * 0.7, hz * 1.5, order=1) * np.exp(-((sweep - k) ** 2)) for k, hz in enumerate(bands)),
            np.zeros(n))  # fmt: skip
    return x * hann_pulse(n) ** 2


def rush(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Something thrown or swung: air that rises to the moment of the blow, of which the caller places the rest."""
    n = samples_of(seconds)
    air = bandpass(white(rng, n), 500, 5000, order=1) * np.linspace(0, 1, n) ** 2
    return 0.106 * air / (air.std() + 1e-9)
