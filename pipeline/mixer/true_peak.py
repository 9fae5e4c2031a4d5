"""The peak of a signal between its samples (ITU-R BS.1770-4, Annex 2): 4 times oversampled. Knows nothing of loudness.

The interpolator is a sinc of 97 taps under a Hann window in four phases: the sample itself, and three of 24 taps, twice
as many as the standard's example, for what lies near the Nyquist frequency.
"""

from __future__ import annotations

import numpy as np

FACTOR, TAPS = 4, 97
CONTEXT = (TAPS - 1) // FACTOR // 2  # samples that a value needs on either side of it


def _kernel() -> np.ndarray:
    at = np.arange(TAPS) - (TAPS - 1) / 2
    return np.sinc(at / FACTOR) * np.hanning(TAPS)


_PHASES = np.stack([_kernel()[phase::FACTOR][: TAPS // FACTOR] for phase in range(1, FACTOR)])[:, ::-1]
MOST = float(np.abs(_PHASES).sum(axis=1).max())  # a true peak is at most this many times the sample peak


def between(samples: np.ndarray) -> np.ndarray:
    """float64 [n - 2 * CONTEXT]: the highest |value| over all channels in the quarters from a sample to the next.

    samples: [C, n], with CONTEXT samples more at either end than are asked about.
    """
    count = samples.shape[1] - 2 * CONTEXT
    highest = np.abs(samples[:, CONTEXT : CONTEXT + count]).max(axis=0).astype(np.float64)
    for channel in samples[:, 1:].astype(np.float64):  # the sample itself is quarter 0; the others have 24 taps
        taps = np.lib.stride_tricks.sliding_window_view(channel, TAPS // FACTOR)
        for quarter in np.abs(_PHASES @ taps.T)[:, :count]:
            np.maximum(highest, quarter, out=highest)
    return highest
