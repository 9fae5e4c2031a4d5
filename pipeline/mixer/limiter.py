"""A look-ahead limiter for true peaks: what is below the ceiling passes untouched. Knows nothing of loudness.

The attenuation in dB that each sample needs (4 times oversampled, all channels linked) falls off by RELEASE_DB_S after
it; of that the highest within LOOK_AHEAD_S on either side is taken and averaged over the same window. The average at a
peak is then never less than the peak needs, and the gain moves in straight lines in dB: it never jumps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.mixer.true_peak import CONTEXT, MOST, between

LOOK_AHEAD_S = 0.0015
RELEASE_DB_S = 60.0
MARGIN_DB = 0.1  # kept below the ceiling: a peak between samples is not quite scaled by the gain at one of them
FRAME = 1 << 15
_HEARD_DB = 0.05


class Limiter:
    """Limits blocks of any length; it works in frames of its own, so that block lengths never change a sample.

    ceiling_dbtp: no true peak of the result is above it. After `process` has run out: reduction_db, the most that a
    sample was lowered, and share, how much of the time anything was lowered audibly (by 0.05 dB or more).
    """

    def __init__(self, *, rate_hz: int, channels: int, ceiling_dbtp: float) -> None:
        self._channels = channels
        self._ceiling = 10.0 ** ((ceiling_dbtp - MARGIN_DB) / 20.0)
        self._half = max(round(LOOK_AHEAD_S * rate_hz), 1)
        self._slope = RELEASE_DB_S / rate_hz
        self._falling = 0.0  # the attenuation that the last sample seen leaves behind
        self.reduction_db = 0.0
        self._limited = self._samples = 0

    @property
    def share(self) -> float:
        """0 to 1."""
        return self._limited / max(self._samples, 1)

    def process(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """float32 blocks [C, n] of the same samples, limited, as many as came in."""
        ahead = CONTEXT + 1
        reach = 2 * self._half
        sound = np.zeros((self._channels, ahead), "f4")  # from `ahead` before the first sample whose need is unknown
        needs = np.zeros(reach)  # from `reach` before the first sample not yet given out
        held = np.zeros((self._channels, 0), "f4")  # the samples not yet given out
        left, given = 0, 0
        for frame, last in _frames(blocks, self._channels):
            left += frame.shape[1]
            tail = np.zeros((self._channels, ahead if last else 0), "f4")
            sound = np.concatenate([sound, frame, tail], axis=1)
            held = np.concatenate([held, frame], axis=1)
            count = sound.shape[1] - 2 * ahead
            if count > 0:
                needs = np.concatenate([needs, self._needed(sound)])
                sound = sound[:, count:]
            if last:
                needs = np.concatenate([needs, np.zeros(reach)])
            ready = min(len(needs) - 2 * reach, left - given)
            if ready > 0:
                yield self._lowered(held[:, :ready], needs[: ready + 2 * reach])
                held, needs, given = held[:, ready:], needs[ready:], given + ready

    def _needed(self, sound: np.ndarray) -> np.ndarray:
        """Attenuation in dB [n - 2 (CONTEXT + 1)] with its release, of a stretch with CONTEXT + 1 more on each side."""
        count = sound.shape[1] - 2 * (CONTEXT + 1)
        needed = np.zeros(count)
        if float(np.abs(sound).max()) * MOST > self._ceiling:
            after = between(sound[:, :-1])  # from the sample before the first on
            peaks = np.maximum(after[:-1], after[1:])
            needed = np.maximum(20.0 * np.log10(np.maximum(peaks / self._ceiling, 1.0)), 0.0)
        elif not self._falling:
            return needed
        ramp = self._slope * np.arange(1, count + 1)
        released = np.maximum(np.maximum.accumulate(needed + ramp), self._falling) - ramp
        needed = np.maximum(released, 0.0)
        self._falling = float(needed[-1])
        return needed

    def _lowered(self, sound: np.ndarray, needs: np.ndarray) -> np.ndarray:
        """sound [C, n] with the attenuation that needs [n + 4 half] ask for."""
        self._samples += sound.shape[1]
        if not needs.any():
            return sound
        from scipy.ndimage import maximum_filter1d, uniform_filter1d

        half, size = self._half, 2 * self._half + 1
        highest = maximum_filter1d(needs, size, mode="constant")[half:-half]
        lower = np.maximum(uniform_filter1d(highest, size, mode="constant")[half:-half], 0.0)
        self.reduction_db = max(self.reduction_db, float(lower.max()))
        self._limited += int((lower >= _HEARD_DB).sum())
        return (sound * 10.0 ** (lower / -20.0)).astype(np.float32)


def _frames(blocks: Iterable[np.ndarray], channels: int) -> Iterator[tuple[np.ndarray, bool]]:
    """The blocks as frames [C, FRAME] and whether it is the last one, which may be shorter or empty."""
    waiting, count = [np.zeros((channels, 0), "f4")], 0
    for block in blocks:
        waiting.append(np.array(block))
        count += block.shape[1]
        while count >= FRAME:
            joined = np.concatenate(waiting, axis=1)
            yield joined[:, :FRAME], False
            waiting, count = [joined[:, FRAME:]], count - FRAME
    yield np.concatenate(waiting, axis=1), True
