"""A lane that gives way to the story lane: the story's level to a gain, in steps of 5 ms. Knows nothing of clips.

The level is the story lane's peak over the last 20 ms (after its strip, before the master gain). From -60 dBFS up to
-40 dBFS the wanted attenuation grows from none to `amount_db`; above it stays there. The gain in dB approaches what is
wanted exponentially: after `attack_s` (down) or `release_s` (up) it has gone 63 % of the way (1 - 1/e). Between steps
the linear gain moves in a straight line, so that it never jumps, at any time constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pipeline.arrangement import Ducking

HOP_S = 0.005
HOLD_HOPS = 4
NONE_DB, FULL_DB = -60.0, -40.0
_NEAR_DB = 1e-3  # so close to what is wanted that it is there
_FIRST_SPAN_S = 30.0


def hop_samples(rate_hz: int) -> int:
    """Samples in a step of the gain."""
    return max(round(HOP_S * rate_hz), 1)


def hop_peaks(samples: np.ndarray | None, *, hops: int, hop: int) -> np.ndarray:
    """The highest |sample| [hops] in each step of a signal [C, n]; None is silence, as is what `n` lacks."""
    if samples is None:
        return np.zeros(hops)
    highest = np.abs(samples).max(axis=0)
    return np.pad(highest, (0, hops * hop - len(highest))).reshape(hops, hop).max(axis=1)


def wanted_db(peaks: np.ndarray, *, amount_db: float) -> np.ndarray:
    """The gain in dB [hops - HOLD_HOPS + 1] that each step asks for; the first HOLD_HOPS - 1 peaks are history."""
    held = np.lib.stride_tricks.sliding_window_view(peaks, HOLD_HOPS).max(axis=1)
    with np.errstate(divide="ignore"):
        level_db = 20.0 * np.log10(held)
    return -amount_db * np.clip((level_db - NONE_DB) / (FULL_DB - NONE_DB), 0.0, 1.0)


class Follower:
    """The gain of one ducking lane, step after step."""

    def __init__(self, ducking: Ducking) -> None:
        self.amount_db = ducking.amount_db
        self._attack, self._release = (_share(t) for t in (ducking.attack_s, ducking.release_s))
        self.gain_db = 0.0
        self._history = np.zeros(HOLD_HOPS - 1)

    def steps_db(self, peaks: np.ndarray) -> list[float]:
        """The gain in dB at the end of each step, from the story's peaks [hops] in it. Moves on."""
        wanted = wanted_db(np.concatenate([self._history, peaks]), amount_db=self.amount_db)
        self._history = np.concatenate([self._history, peaks])[-(HOLD_HOPS - 1) :]
        gains, gain = [], self.gain_db
        for target in wanted.tolist():
            gain += (target - gain) * (self._attack if target < gain else self._release)
            if abs(target - gain) < _NEAR_DB:
                gain = target
            gains.append(gain)
        self.gain_db = gain
        return gains

    def gains(self, peaks: np.ndarray, *, hop: int) -> np.ndarray:
        """Linear gains [hops * hop] in float64 of the samples of these steps. Moves on."""
        before = self.gain_db
        edges = 10.0 ** (np.array([before, *self.steps_db(peaks)]) / 20.0)
        ramp = np.arange(1, hop + 1) / hop
        return (edges[:-1, None] + np.diff(edges)[:, None] * ramp).reshape(-1)

    def settle(self, peaks: np.ndarray, *, from_start: bool) -> bool:
        """Take on the state after the story's last peaks [hops]; False when they don't determine it.

        from_start: whether the first of them is the mix's first. If not, the state before them is unknown, but it lies
        between no attenuation and all of it; the gain is monotone in it, so where both ends come to the same gain,
        every state does.
        """
        unknown = 0 if from_start else HOLD_HOPS - 1
        ends = []
        for start_db in (0.0,) if from_start else (0.0, -self.amount_db):
            self.gain_db = start_db
            self._history = np.zeros(HOLD_HOPS - 1) if from_start else peaks[:unknown]
            self.steps_db(peaks[unknown:])
            ends.append(self.gain_db)
        return len(set(ends)) == 1


def settled(followers: list[Follower], peaks_of: Callable[[int, int], np.ndarray], *, hop_index: int) -> None:
    """Bring the followers to where they are at step `hop_index` of the mix: exactly as if they had begun at 0.

    peaks_of(first, stop): the story's peaks in these steps. Looks back only as far as it has to.
    """
    span = math.ceil(_FIRST_SPAN_S / HOP_S)
    while followers and hop_index:
        first = max(hop_index - span, 0)
        peaks = peaks_of(first, hop_index)
        if all([follower.settle(peaks, from_start=first == 0) for follower in followers]):
            return
        span *= 4


def _share(time_constant_s: float) -> float:
    """How much of the way is gone in one step."""
    return 1.0 - math.exp(-HOP_S / time_constant_s) if time_constant_s else 1.0
