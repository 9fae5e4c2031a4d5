"""WAV metadata as the independent reader wavinfo finds it, with one fault of its version 4.0.1 mended."""

from __future__ import annotations

import struct
from pathlib import Path
from unittest import mock

import wavinfo
from wavinfo.wave_cues_reader import RangeLabel


def _range(data: bytes, **_: object) -> RangeLabel:
    """A region; wavinfo 4.0.1 takes byte 6, which belongs to the length, for the code page and fails above 65,535."""
    fields = struct.unpack("<II4sHHHH", data[:20])
    assert fields[-1] == 65001
    return RangeLabel(
        name=fields[0], length=fields[1], purpose=fields[2].decode("ascii"), country=fields[3], language=fields[4],
        dialect=fields[5], codepage=fields[6], text=data[20:].decode("utf-8"),
    )  # fmt: skip


def read_wav(path: Path) -> wavinfo.WavInfoReader:
    """Everything that wavinfo knows of a file."""
    with mock.patch.object(RangeLabel, "read", staticmethod(_range)):
        return wavinfo.WavInfoReader(path, info_encoding="utf-8")
