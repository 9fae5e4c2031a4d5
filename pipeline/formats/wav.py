"""Audio to WAV: 16 or 24 bit PCM at 44.1 or 48 kHz. Refuses what would clip; knows nothing of mixing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.files import replacing

RATES_HZ = (44_100, 48_000)
BITS = (16, 24)
_BLOCK = 1 << 16
_DITHER_SEED = 0


def write_wav(path: Path, audio: Audio, *, bits: int) -> None:
    """Write `audio` as PCM of `bits` (16 or 24) at its own rate; whole or not at all.

    16 bit is dithered (TPDF, +-1 step, always the same noise, so that equal audio gives equal files). Audio above
    full scale is refused with FormatError, as is everything the disk refuses: make it `peak_safe` first.
    """
    if bits not in BITS:
        raise FormatError(f"WAV is written with 16 or 24 bits, not {bits}")
    peak = float(np.abs(audio.samples).max(initial=0.0))
    if peak > 1.0:
        over_db = 20 * np.log10(peak)
        raise FormatError(f"the audio peaks {over_db:.1f} dB above full scale and would clip; lower it first")
    with replacing(path) as part:
        try:
            _write(part, audio, bits=bits)
        except (soundfile.LibsndfileError, AssertionError) as error:  # the library asserts that all was written
            _raise_system_error(part)
            raise FormatError(f"can't write {path}: the audio library refused it") from error
        if part.stat().st_size < audio.length * audio.channels * bits // 8:
            _raise_system_error(part)
            raise FormatError(f"can't write {path}: only a part of it reached the disk")


def _raise_system_error(part: Path) -> None:
    """Raise the system's own OSError (a full disk, a folder that is gone), which the library does not pass on."""
    with part.open("ab") as file:
        file.write(bytes(_BLOCK))
        file.flush()


def _write(path: Path, audio: Audio, *, bits: int) -> None:
    noise = np.random.default_rng(_DITHER_SEED)
    with soundfile.SoundFile(path, "w", audio.rate_hz, audio.channels, f"PCM_{bits}", format="WAV") as file:
        for start in range(0, audio.length, _BLOCK):
            block = _quantised(audio.samples[:, start : start + _BLOCK].T, bits=bits, noise=noise)
            file.write(np.ascontiguousarray(block))


def _quantised(frames: np.ndarray, *, bits: int, noise: np.random.Generator) -> np.ndarray:
    """Frames [T, C] in [-1, 1] as int32 whose upper `bits` are the PCM value, rounded, dithered at 16 bit."""
    steps = 2.0 ** (bits - 1)
    scaled = frames.astype(np.float64) * steps
    if bits == 16:
        scaled += noise.random(frames.shape) - noise.random(frames.shape)
    pcm = np.clip(np.rint(scaled), -steps, steps - 1).astype(np.int32)
    return pcm << (32 - bits)
