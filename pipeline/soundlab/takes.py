"""How small indoor sounds are struck and recorded: blows of noise in bands, and a room with a floor of noise."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp

Band = tuple[float, float, float, float]


def take(
    x: np.ndarray, rng: np.random.Generator, *, seconds: float, wet: float, peak: tuple[float, float]
) -> np.ndarray:
    """`x` in a room of about `seconds` of reverberation, over the soft noise that every recording has."""
    length = seconds * rng.uniform(0.7, 1.3)
    y = dsp.normalised(dsp.reverb(x, rng, seconds=length, wet=wet), rng.uniform(*peak))
    return y + rng.uniform(0.0015, 0.005) * dsp.coloured(rng, len(y), slope_db=-3.5)


def blow(rng: np.random.Generator, bands: tuple[Band, ...], *, seconds: float = 0.25) -> np.ndarray:
    """One blow on a damped body; each band is (low Hz, high Hz, decay in seconds, gain), drawn afresh every time."""
    n = dsp.samples_of(seconds)
    out = np.zeros(n)
    for low, high, tau_s, gain in bands:
        burst = dsp.white(rng, n) * dsp.decay(n, tau_s=tau_s * rng.uniform(0.8, 1.25), attack_s=0.0006)
        out += gain * dsp.normalised(dsp.bandpass(burst, low, high, order=1), 1.0)
    return dsp.normalised(out)
