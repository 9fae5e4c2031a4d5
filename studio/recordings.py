"""Own recordings: a file of unknown origin becomes audio, or one sentence. Its header is read before its sound.

WAV, FLAC, MP3, OGG and what else libsndfile reads; M4A through ffmpeg where there is one. Knows no project.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import soundfile

from pipeline.audio import MAX_CHANNELS, RATES_HZ, Audio, resampled
from pipeline.errors import AudioError, FormatError
from pipeline.formats.ffmpeg import find_ffmpeg, run_ffmpeg
from pipeline.timeline import MAX_EVENT_S, new_id
from studio.takes import RECORDING, TakeRecord, now

MAX_BYTES = 300_000_000
MAX_SECONDS = MAX_EVENT_S
MIN_SECONDS = 0.05
MAX_NAME_CHARS = 80
_MP4 = b"ftyp"
_TOLD = "this is not a sound file that can be read: bring WAV, FLAC, MP3, OGG or M4A"


@dataclass(frozen=True)
class Recording:
    """Audio that somebody brought in, and what it is called."""

    audio: Audio
    name: str


def check_size(length: int | None) -> None:
    """Refuse an upload by the length that it announces, or that has come so far; FormatError in one sentence."""
    if length is not None and length > MAX_BYTES:
        raise FormatError(f"this file has {length / 1e6:,.0f} MB; a recording has at most {MAX_BYTES / 1e6:,.0f} MB")


def read_recording(path: Path, *, name: str, rate_hz: int) -> Recording:
    """The sound of a file, at `rate_hz`; FormatError when it is none, too long, or has too many channels."""
    if path.stat().st_size == 0:
        raise FormatError("this file is empty")
    check_size(path.stat().st_size)
    with path.open("rb") as file:
        head = file.read(12)
    audio = _through_ffmpeg(path) if head[4:8] == _MP4 else _read(path)
    return Recording(resampled(audio, rate_hz), shown_name(name))


def shown_name(name: str, *, nameless: str = "recording") -> str:
    """A file's name as it is shown: without its folder and ending, short; text, never a path. `nameless`: for none."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    clean = " ".join("".join(char if char.isprintable() else " " for char in stem).split())
    return clean[:MAX_NAME_CHARS] or nameless


def _read(path: Path) -> Audio:
    try:
        with soundfile.SoundFile(path) as file:
            _check_header(frames=file.frames, rate_hz=file.samplerate, channels=file.channels)
            samples = file.read(frames=round(MAX_SECONDS * file.samplerate), dtype="float32", always_2d=True)
            audio = Audio(samples.T, file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise FormatError(_TOLD) from error
    except AudioError as error:
        raise FormatError(f"this recording can't be used: {error}") from error
    if audio.duration_s < MIN_SECONDS:
        raise FormatError("this recording is cut off: hardly any sound could be read from it")
    return audio


def _check_header(*, frames: int, rate_hz: int, channels: int) -> None:
    if rate_hz not in RATES_HZ:
        raise FormatError(f"this recording is at {rate_hz:,} Hz, which is not read")
    if not 1 <= channels <= MAX_CHANNELS:
        raise FormatError(f"this recording has {channels} channels; bring it as mono or stereo")
    if frames > MAX_SECONDS * rate_hz:
        raise FormatError(f"this recording lasts {frames / rate_hz:,.0f} s; at most {MAX_SECONDS:,.0f} s fit")
    if frames < MIN_SECONDS * rate_hz:
        raise FormatError(f"this recording is shorter than {MIN_SECONDS:g} s")


def _through_ffmpeg(path: Path) -> Audio:
    """An M4A: converted beside itself with a forced format, so that the file can name no other."""
    binary = find_ffmpeg(need="reading M4A")
    target = path.with_suffix(f".{new_id()}.wav")
    source = ["-protocol_whitelist", "file", "-f", "mov", "-i", str(path)]
    kept = ["-vn", "-t", f"{MAX_SECONDS + 1:g}", "-c:a", "pcm_f32le", "-f", "wav", str(target)]
    try:
        run_ffmpeg([*source, *kept], binary=binary)
        return _read(target)
    except FormatError as error:
        raise FormatError(f"this M4A can't be read ({error})" if "ffmpeg" in str(error) else str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)


def record_of(recording: Recording, *, owner: str, caption: str, duration_s: float, seed: int) -> TakeRecord:
    """The record of a recording as a take of material."""
    take_id = new_id()
    return TakeRecord(
        id=take_id, event_id=owner, file=take_id, caption=caption, duration_s=duration_s, seed=seed, steps=0,
        guidance=0.0, renderer=RECORDING, context="", samples=recording.audio.length,
        rate_hz=recording.audio.rate_hz, made_at=now(), source=RECORDING, name=recording.name,
    )  # fmt: skip
