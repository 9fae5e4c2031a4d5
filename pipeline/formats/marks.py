"""Markers inside a WAV file: the cue chunk, with names and region lengths in a LIST/adtl chunk.

As in the Multimedia Programming Interface and Data Specifications 1.0 (1991): cue points count samples from the
beginning of the file; `labl` names one, `ltxt` gives it a length. Knows nothing of events or lanes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import FormatError
from pipeline.formats.riff import Chunk, list_chunk

_UTF8 = 65001  # as a Windows code page
_MOST = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A named point `at` this sample of a file, or a region of `length` samples from there."""

    at: int
    name: str
    length: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.at <= _MOST and 0 <= self.length <= _MOST):
            raise FormatError(f"the marker “{self.name[:60]}” lies outside of what a WAV file can mark")


def mark_chunks(marks: Sequence[Mark]) -> list[Chunk]:
    """The cue chunk and its LIST/adtl chunk, in the order of time; none for no marks."""
    ordered = sorted(marks, key=lambda mark: mark.at)
    if not ordered:
        return []
    points = [struct.pack("<II4sIII", i, m.at, b"data", 0, 0, m.at) for i, m in enumerate(ordered, 1)]
    notes = [Chunk(b"labl", struct.pack("<I", i) + _text(m.name)) for i, m in enumerate(ordered, 1)]
    notes += [_region(i, m) for i, m in enumerate(ordered, 1) if m.length]
    cue = Chunk(b"cue ", struct.pack("<I", len(points)) + b"".join(points))
    return [cue, list_chunk(b"adtl", notes)]


def _region(number: int, mark: Mark) -> Chunk:
    head = struct.pack("<II4sHHHH", number, mark.length, b"rgn ", 0, 0, 0, _UTF8)
    return Chunk(b"ltxt", head + _text(mark.name))


def _text(text: str) -> bytes:
    return text.replace("\0", "").encode("utf-8") + b"\0"
