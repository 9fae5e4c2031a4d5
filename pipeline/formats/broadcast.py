"""The broadcast extension of a WAV file: the bext chunk of EBU Tech 3285, version 2 (with loudness, EBU R 128).

Its text is ASCII by the standard: other letters lose their accents or become a question mark here, and stand in full
in the file's other metadata. Knows nothing of how loudness is measured.
"""

from __future__ import annotations

import math
import struct
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import FormatError
from pipeline.formats.riff import Chunk

_UNUSED = 0x7FFF  # what the standard writes for a loudness figure that is not known
_MOST = 9_999  # hundredths, the largest figure the standard allows
_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class LoudnessFigures:
    """Loudness of a finished track by EBU R 128; a figure that is not known, or is -inf (silence), is None or -inf.

    integrated, momentary and short-term (both maxima) in LUFS, range in LU, true peak in dBTP.
    """

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    max_momentary_lufs: float | None = None
    max_short_term_lufs: float | None = None


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """What a bext chunk says. time_reference: samples from midnight (here: from the start of the mix) to the file.

    description, originator and reference are cut at 256, 32 and 32 bytes, as the standard gives them room.
    """

    description: str = ""
    originator: str = ""
    reference: str = ""
    made: datetime | None = None
    time_reference: int = 0
    coding_history: str = ""
    loudness: LoudnessFigures = LoudnessFigures()

    def __post_init__(self) -> None:
        if not 0 <= self.time_reference < 2**64:
            raise FormatError(f"a time reference is a number of samples from 0 on, not {self.time_reference}")

    def chunk(self) -> Chunk:
        """The bext chunk; its size depends on the coding history alone."""
        date = self.made.strftime("%Y-%m-%d") if self.made else ""
        time = self.made.strftime("%H:%M:%S") if self.made else ""
        loud = self.loudness
        figures = (
            loud.integrated_lufs,
            loud.range_lu,
            loud.true_peak_dbtp,
            loud.max_momentary_lufs,
            loud.max_short_term_lufs,
        )
        fixed = struct.pack(
            "<256s32s32s10s8sQH64s5h180s",
            ascii_text(self.description, most=256),
            ascii_text(self.originator, most=32),
            ascii_text(self.reference, most=32),
            date.encode(),
            time.encode(),
            self.time_reference,
            _VERSION,
            b"",
            *(_hundredths(figure) for figure in figures),
            b"",
        )
        return Chunk(b"bext", fixed + ascii_text(self.coding_history))


def coding_history(*, rate_hz: int, bits: int, channels: int, software: str) -> str:
    """One line of coding history by EBU R 98: linear PCM at this rate and word length."""
    mode = "mono" if channels == 1 else "stereo"
    return f"A=PCM,F={rate_hz},W={bits},M={mode},T={software.replace(',', ' ')}\r\n"


def ascii_text(text: str, *, most: int | None = None) -> bytes:
    """Text in ASCII: accents dropped, other letters a question mark, no control characters but line ends."""
    plain = unicodedata.normalize("NFKD", text.translate(_PUNCTUATION))
    kept = "".join(c for c in plain if not unicodedata.combining(c) and (c.isprintable() or c in "\r\n"))
    return kept.encode("ascii", "replace")[:most]


_PUNCTUATION = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "ß": "ss"})


def _hundredths(figure: float | None) -> int:
    if figure is None or not math.isfinite(figure) or abs(round(100 * figure)) > _MOST:
        return _UNUSED
    return round(100 * figure)
