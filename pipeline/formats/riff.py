"""The WAV container, streamed: chunks before and after samples whose number is not known when writing begins.

RIFF/WAVE as in the Multimedia Programming Interface and Data Specifications 1.0 (1991); a file that outgrows 32 bit
sizes becomes RF64 as in EBU Tech 3306: a JUNK chunk is kept at the front and turned into ds64 at the end. Knows
nothing of what the chunks say or of how samples became bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

RIFF_LIMIT = 2**32 - 1  # the largest size that a plain RIFF file can state
_PCM, _FLOAT = 1, 3
_UNKNOWN = 0xFFFFFFFF  # in RF64: the true size stands in ds64
_DS64_BYTES = 28


@dataclass(frozen=True)
class Chunk:
    """A chunk of a RIFF file: four characters and what it holds, without header and padding."""

    name: bytes
    data: bytes

    def packed(self) -> bytes:
        """The chunk as it lies in the file: name, size, data and a zero byte if the data is odd."""
        return self.name + struct.pack("<I", len(self.data)) + self.data + bytes(len(self.data) % 2)


def list_chunk(kind: bytes, chunks: Sequence[Chunk]) -> Chunk:
    """A LIST chunk of this kind around others."""
    return Chunk(b"LIST", kind + b"".join(chunk.packed() for chunk in chunks))


@dataclass(frozen=True, kw_only=True)
class SampleLayout:
    """How samples lie in the data chunk: `bits` per sample (16 or 24: whole numbers, 32: float), interleaved."""

    rate_hz: int
    channels: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits // 8

    def chunks(self, frames: int) -> list[Chunk]:
        """The fmt chunk and, for float, the fact chunk that the format asks for."""
        tag = _FLOAT if self.bits == 32 else _PCM
        rate, frame = self.rate_hz, self.frame_bytes
        fmt = struct.pack("<HHIIHH", tag, self.channels, rate, rate * frame, frame, self.bits)
        if tag == _PCM:
            return [Chunk(b"fmt ", fmt)]
        return [Chunk(b"fmt ", fmt + b"\0\0"), Chunk(b"fact", struct.pack("<I", min(frames, _UNKNOWN)))]


class WavStream:
    """A WAV file being written: the head at once, then samples, then `finish`, which makes all sizes true.

    file: open for writing and seekable, at its beginning. head: chunks that come before the samples, among them
    those that `finish` may replace by others of the same name and size. limit: bytes above which the file is RF64.
    """

    def __init__(
        self, file: BinaryIO, layout: SampleLayout, *, head: Sequence[Chunk] = (), limit: int = RIFF_LIMIT
    ) -> None:
        self._file, self._layout, self._head, self._limit = file, layout, list(head), limit
        self.data_bytes = 0
        self._write_head(riff=b"RIFF", size=0, ds64=Chunk(b"JUNK", bytes(_DS64_BYTES)), data_size=0)

    def write(self, data: bytes) -> None:
        """Append samples in the layout's form: whole frames."""
        self._file.write(data)
        self.data_bytes += len(data)

    @property
    def frames(self) -> int:
        """Samples per channel written so far."""
        return self.data_bytes // self._layout.frame_bytes

    def finish(self, *, tail: Sequence[Chunk] = (), replaced: Sequence[Chunk] = ()) -> None:
        """Pad the samples, append `tail`, put `replaced` in the place of their namesakes, and state the sizes."""
        self._file.write(bytes(self.data_bytes % 2))
        for chunk in tail:
            self._file.write(chunk.packed())
        for chunk in replaced:
            self._replace(chunk)
        size = self._file.tell() - 8
        self._file.seek(0)
        if max(size, self.data_bytes) > self._limit:
            ds64 = Chunk(b"ds64", struct.pack("<QQQI", size, self.data_bytes, self.frames, 0))
            self._write_head(riff=b"RF64", size=_UNKNOWN, ds64=ds64, data_size=_UNKNOWN)
        else:
            junk = Chunk(b"JUNK", bytes(_DS64_BYTES))
            self._write_head(riff=b"RIFF", size=size, ds64=junk, data_size=self.data_bytes)

    def _replace(self, new: Chunk) -> None:
        for index, old in enumerate(self._head):
            if old.name == new.name:
                if len(old.data) != len(new.data):
                    raise ValueError(f"{new.name!r} has {len(new.data)} bytes; {len(old.data)} were kept for it")
                self._head[index] = new
                return
        raise ValueError(f"there is no chunk {new.name!r} to replace")

    def _write_head(self, *, riff: bytes, size: int, ds64: Chunk, data_size: int) -> None:
        chunks = [ds64, *self._head, *self._layout.chunks(self.frames)]
        body = b"".join(chunk.packed() for chunk in chunks)
        self._file.write(riff + struct.pack("<I", size) + b"WAVE" + body + b"data" + struct.pack("<I", data_size))
