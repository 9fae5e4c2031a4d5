"""Sample peaks of a whole track, and the one gain that keeps them below full scale. Knows nothing of true peaks."""

from __future__ import annotations

import numpy as np

from pipeline.audio import Audio

CEILING_DB = -1.0


def peak_db(audio: Audio) -> float:
    """The highest sample in dBFS; -inf for silence."""
    peak = float(np.abs(audio.samples).max(initial=0.0))
    return 20.0 * float(np.log10(peak)) if peak else -np.inf


def peak_safe(audio: Audio, *, ceiling_db: float = CEILING_DB) -> tuple[Audio, float]:
    """The audio with its peak at `ceiling_db` dBFS or below, and the gain in dB that was needed (0.0 if none).

    One linear gain over the whole track: no limiting, no clipping.
    """
    gain_db = ceiling_db - peak_db(audio)
    if gain_db >= 0.0:
        return audio, 0.0
    return Audio(audio.samples * np.float32(10.0 ** (gain_db / 20.0)), audio.rate_hz), gain_db
