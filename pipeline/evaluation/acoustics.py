"""What tells that two sounds belong to one scene: background bed, level, space and pitch, measured in the signal.

Every measure is a distance that is 0 for a sound with itself. `scales` are the mean distances between sounds of
different scenes, so that a distance over its scale is 1 where nothing is shared. Knows no models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import stft

BANDS, LOWEST_HZ, HIGHEST_HZ = 32, 60.0, 16_000.0
WINDOW, HOP = 2048, 1024
FLOOR_DB = -100.0
BED_PERCENTILE, FALL_SHARE, FALL_GROUP, FALL_SPAN = 10, 0.02, 4, 2
PITCH_HZ = (80.0, 4_000.0)


@dataclass(frozen=True, eq=False)
class Acoustics:
    """Of one mono sound.

    bed_db: [BANDS], the level that each band never goes below for long (its 10th percentile over time): what lies
    under the event. level_db: RMS. fall_db_s: how fast wide bands fall over `FALL_SPAN` frames where they fall fastest
    (the steepest `FALL_SHARE` of frames): slow in a reverberant room. centre: the spectrum's centre of gravity, in
    octaves above 1 Hz. pitch: the strongest partial, likewise.
    """

    bed_db: np.ndarray
    level_db: float
    fall_db_s: float
    centre: float
    pitch: float


def acoustics(samples: np.ndarray, rate_hz: int) -> Acoustics:
    """Measure mono samples [T]; shorter than a window is padded."""
    x = np.asarray(samples, dtype=np.float64)
    x = np.pad(x, (0, max(0, 2 * WINDOW - len(x))))
    frequencies, _, spectrum = stft(x, rate_hz, nperseg=WINDOW, noverlap=WINDOW - HOP, boundary=None)
    power = np.abs(spectrum) ** 2
    edges = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, rate_hz / 2), BANDS + 1)
    rows = np.searchsorted(frequencies, edges)
    bands = np.stack([power[a : max(b, a + 1)].sum(0) for a, b in zip(rows[:-1], rows[1:], strict=True)])
    levels = np.maximum(10 * np.log10(bands + 1e-20), FLOOR_DB)
    mean = power.mean(1)
    inside = (frequencies >= PITCH_HZ[0]) & (frequencies <= PITCH_HZ[1])
    centre = float((mean * frequencies).sum() / (mean.sum() + 1e-20))
    return Acoustics(
        bed_db=np.percentile(levels, BED_PERCENTILE, axis=1),
        level_db=max(float(10 * np.log10((x**2).mean() + 1e-20)), FLOOR_DB),
        fall_db_s=_fall(bands, rate_hz),
        centre=float(np.log2(max(centre, 1.0))),
        pitch=float(np.log2(frequencies[inside][mean[inside].argmax()])),
    )


def _fall(bands: np.ndarray, rate_hz: int) -> float:
    """The steepest falls in dB/s of band powers [BANDS, frames]: their mean per wide band, the median of those."""
    wide = bands.reshape(BANDS // FALL_GROUP, FALL_GROUP, -1).sum(1)
    levels = np.maximum(10 * np.log10(wide + 1e-20), FLOOR_DB)
    falls = np.maximum(levels[:, :-FALL_SPAN] - levels[:, FALL_SPAN:], 0.0) * rate_hz / (HOP * FALL_SPAN)
    steepest = np.sort(falls, axis=1)[:, -max(2, round(FALL_SHARE * falls.shape[1])) :]
    return float(np.median(steepest.mean(1)))


DISTANCES: Mapping[str, Callable[[Acoustics, Acoustics], float]] = {
    "bed": lambda a, b: float(np.abs(a.bed_db - b.bed_db).mean()),
    "level": lambda a, b: abs(a.level_db - b.level_db),
    "space": lambda a, b: abs(float(np.log2((a.fall_db_s + 10) / (b.fall_db_s + 10)))),
    "centre": lambda a, b: abs(a.centre - b.centre),
    "pitch": lambda a, b: abs(a.pitch - b.pitch),
}


def scales(scenes: Sequence[Sequence[Acoustics]]) -> dict[str, float]:
    """Mean distance, per measure, between sounds of neighbouring scenes in the list (which is in no order)."""
    pairs = [(a, b) for one, other in zip(scenes[:-1], scenes[1:], strict=True) for a in one for b in other]
    if not pairs:
        raise ValueError("scales need at least two scenes")
    return {name: max(float(np.mean([d(a, b) for a, b in pairs])), 1e-9) for name, d in DISTANCES.items()}


def distances(found: Acoustics, true: Acoustics, unit: Mapping[str, float], *, pitched: bool) -> dict[str, float]:
    """Distance over its scale, per measure; pitch only where the sound is one that was heard before."""
    return {n: d(found, true) / unit[n] for n, d in DISTANCES.items() if pitched or n != "pitch"}
