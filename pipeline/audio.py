"""Audio as a value: samples [C, T] in float32 at a rate, validated once. Knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.errors import AudioError

MAX_CHANNELS = 2
RATES_HZ = range(1_000, 384_001)


@dataclass(frozen=True, eq=False)
class Audio:
    """Samples of shape [C, T] (C is 1 or 2), float32, finite, nominally in [-1, 1], at `rate_hz`."""

    samples: np.ndarray
    rate_hz: int

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.float32)
        if samples.ndim != 2 or not 1 <= samples.shape[0] <= MAX_CHANNELS:
            raise AudioError(f"audio must have the shape [1 or 2 channels, samples], not {list(samples.shape)}")
        if self.rate_hz not in RATES_HZ:
            raise AudioError(f"a rate of {self.rate_hz} Hz is outside {RATES_HZ.start} to {RATES_HZ.stop - 1} Hz")
        if not np.isfinite(samples).all():
            raise AudioError("audio holds samples that are not finite numbers")
        object.__setattr__(self, "samples", samples)

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[-1])

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.length / self.rate_hz

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return int(self.samples.shape[0])

    def fitted(self, length: int) -> Audio:
        """The same audio cut, or padded at the end with silence, to `length` samples."""
        if length <= self.length:
            return Audio(self.samples[:, :length], self.rate_hz)
        return Audio(np.pad(self.samples, ((0, 0), (0, length - self.length))), self.rate_hz)

    def as_stereo(self) -> Audio:
        """Two channels; a mono source goes to both, unchanged in level."""
        return self if self.channels == 2 else Audio(np.repeat(self.samples, 2, axis=0), self.rate_hz)


def resampled(audio: Audio, rate_hz: int) -> Audio:
    """The audio at another rate (soxr, very high quality), of round(length * ratio) samples."""
    if audio.rate_hz == rate_hz:
        return audio
    import soxr

    length = round(audio.length * rate_hz / audio.rate_hz)
    out = soxr.resample(audio.samples.T, audio.rate_hz, rate_hz, quality="VHQ").T
    return Audio(np.ascontiguousarray(out), rate_hz).fitted(length)
