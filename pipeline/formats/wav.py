"""A whole `Audio` to a plain WAV file: 16 or 24 bit PCM. The short way into `audio_files`; knows nothing of mixing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.audio_files import write_audio
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.stream import stream_of, too_loud

RATES_HZ = (44_100, 48_000)
BITS = (16, 24)


def write_wav(path: Path, audio: Audio, *, bits: int) -> None:
    """Write `audio` as PCM of `bits` (16 or 24) at its own rate (44.1, 48 or 96 kHz); whole or not at all.

    16 bit is dithered (TPDF, +-1 step, always the same noise, so that equal audio gives equal files). Audio above
    full scale is refused with FormatError, as is everything the disk refuses: make it `peak_safe` first.
    """
    if bits not in BITS:
        raise FormatError(f"WAV is written with 16 or 24 bits, not {bits}")
    peak = float(np.abs(audio.samples).max(initial=0.0))
    if peak > 1.0:
        raise FormatError(too_loud(peak))
    write_audio(path, stream_of(audio), AudioFormat(codec=Codec.WAV, rate_hz=audio.rate_hz, bits=bits))
