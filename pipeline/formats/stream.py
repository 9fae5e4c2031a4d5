"""Audio as it arrives: blocks [C, n] at a rate, checked one by one, and as the whole numbers that a file holds.

Knows nothing of files. What a mixer yields and what an `Audio` holds are the same thing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.audio_format import MAX_CHANNELS
from pipeline.progress import CancelToken

BLOCK = 1 << 16
_DITHER_SEED = 0
OnBlock = Callable[[int, "int | None"], None]  # samples done, samples in all (None: not known)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Blocks of float32 [C, n] of any length, at `rate_hz`; `length` samples in all, or None where not known."""

    blocks: Iterable[np.ndarray]
    rate_hz: int
    channels: int
    length: int | None = None

    def __post_init__(self) -> None:
        if self.channels not in range(1, MAX_CHANNELS + 1):
            raise FormatError(f"a file is written with 1 or 2 channels, not {self.channels!r:.60}")


def stream_of(audio: Audio, *, block: int = BLOCK) -> Stream:
    """An audio as a stream of blocks."""
    blocks = (audio.samples[:, start : start + block] for start in range(0, audio.length, block))
    return Stream(blocks=blocks, rate_hz=audio.rate_hz, channels=audio.channels, length=audio.length)


def with_channels(stream: Stream, channels: int) -> Stream:
    """The stream as mono (the mean of both sides) or stereo (the same on both sides)."""
    if channels == stream.channels:
        return stream
    return replace(stream, blocks=(to_channels(block, channels) for block in stream.blocks), channels=channels)


def to_channels(block: np.ndarray, channels: int) -> np.ndarray:
    """A block [1 or 2, n] as mono (the mean of both sides) or stereo (the same on both sides)."""
    if channels == block.shape[0]:
        return block
    return block.mean(axis=0, keepdims=True) if channels == 1 else np.repeat(block, channels, axis=0)


class Gate:
    """Lets blocks through in pieces of at most `BLOCK` samples, once they are known to be good.

    Raises FormatError for a block of another shape and for samples that are not finite or, unless `may_exceed`, above
    full scale; the message says where.
    """

    def __init__(self, *, rate_hz: int, channels: int, may_exceed: bool) -> None:
        self._rate_hz, self._channels, self._may_exceed = rate_hz, channels, may_exceed
        self.passed = 0

    def __call__(self, block: np.ndarray) -> Iterator[np.ndarray]:
        """float32 [C, n] pieces of a block [C, n]."""
        if block.ndim != 2 or block.shape[0] != self._channels:
            raise FormatError(f"a block of audio has the shape {list(block.shape)}, not [{self._channels}, samples]")
        for start in range(0, block.shape[1], BLOCK):
            part = np.asarray(block[:, start : start + BLOCK], dtype=np.float32)
            self._check(part)
            self.passed += part.shape[1]
            yield part

    def _check(self, part: np.ndarray) -> None:
        peak, at_s = float(np.abs(part).max(initial=0.0)), self.passed / self._rate_hz
        if not np.isfinite(peak):
            raise FormatError(f"the audio holds samples that are not finite numbers, near {at_s:.1f} s")
        if peak > 1.0 and not self._may_exceed:
            raise FormatError(too_loud(peak, where=f" near {at_s:.1f} s"))


def pumped(
    stream: Stream, write: Callable[[np.ndarray], None], *, cancel: CancelToken | None, on_block: OnBlock | None
) -> None:
    """Give every block to `write`; Cancelled between blocks, FormatError where the stream ends early or late."""
    done = 0
    for block in stream.blocks:
        if cancel:
            cancel.raise_if_cancelled()
        write(block)
        done += block.shape[-1]
        if on_block:
            on_block(done, stream.length)
    if stream.length is not None and done != stream.length:
        raise FormatError(f"the audio has {done:,} samples where {stream.length:,} were promised")


def too_loud(peak: float, *, where: str = "") -> str:
    """The sentence for audio whose peak is above 1."""
    return f"the audio peaks {20 * np.log10(peak):.1f} dB above full scale{where} and would clip; lower it first"


class Quantiser:
    """Float blocks to whole numbers of `bits` (16 or 24), rounded; at 16 bit with TPDF dither of +-1 step.

    The dither is always the same noise, whatever the block lengths: equal audio gives equal files.
    """

    def __init__(self, *, bits: int) -> None:
        self.bits = bits
        self._noise = np.random.default_rng(_DITHER_SEED)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """float [C, n] in [-1, 1] -> int32 [n, C], interleaved, in -2^(bits-1) to 2^(bits-1) - 1."""
        steps = 2.0 ** (self.bits - 1)
        scaled = np.ascontiguousarray(block.T, dtype=np.float64) * steps
        if self.bits == 16:
            pair = self._noise.random((*scaled.shape, 2))
            scaled += pair[..., 0] - pair[..., 1]
        return np.clip(np.rint(scaled), -steps, steps - 1).astype(np.int32)
