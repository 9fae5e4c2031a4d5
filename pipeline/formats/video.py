"""The mix under a given video: the picture copied as it is, the sound encoded, by ffmpeg. Knows nothing of mixing."""

from __future__ import annotations

import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.ffmpeg import file_argument, find_ffmpeg, run_ffmpeg
from pipeline.formats.files import is_file, read_reason, replacing
from pipeline.progress import CancelToken

SOUND = {".mp4": ("aac", "mp4"), ".m4v": ("aac", "mp4"), ".mov": ("pcm_s24le", "mov"), ".mkv": ("flac", "matroska")}
_BITS_PER_S = "320k"
_MOV, _MATROSKA = "mov", "matroska"
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # what an MP4 or QuickTime file may begin with
_EBML = b"\x1a\x45\xdf\xa3"
_NEED = "laying sound under a video"


def container_of(video: Path) -> str:
    """What a file is by its first bytes: "mov" (MP4 and QuickTime), "matroska" (WebM too), or nothing known."""
    try:
        with video.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise FormatError(f"can't read {video}: {read_reason(error)}") from error
    return _MOV if head[4:8] in _ATOMS else _MATROSKA if head[:4] == _EBML else ""


def has_picture(video: Path) -> bool:
    """Whether a single frame can be copied out of a file.

    FormatError where it is no kind of video that is read, MissingDependency where there is no ffmpeg.
    """
    binary = find_ffmpeg(need=_NEED)
    arguments = ["-v", "error", "-nostdin", *_read(video), "-map", "0:v:0", "-frames:v", "1", "-c", "copy"]
    done = subprocess.run([binary, *arguments, "-f", "null", "-"], capture_output=True, check=False)
    return done.returncode == 0


def picture_length_s(video: Path, *, cancel: CancelToken | None = None) -> float:
    """How many seconds the first picture of a video lasts. All its frames are read and none is decoded.

    FormatError: no such file, no kind of video that is read, no picture in it. MissingDependency without ffmpeg,
    Cancelled.
    """
    if not is_file(video):
        raise FormatError(f"there is no file {video}")
    binary, source = find_ffmpeg(need=_NEED), _read(video)
    with tempfile.TemporaryDirectory() as folder:
        frames = Path(folder) / "frames"
        arguments = [*source, "-map", "0:v:0", "-c", "copy", "-f", "framecrc", file_argument(frames)]
        try:
            run_ffmpeg(arguments, binary=binary, cancel=cancel)
            return _length_of(frames)
        except FormatError as error:
            raise FormatError(f"{video} holds no picture") from error


def _length_of(frames: Path) -> float:
    """From a list that has a frame a line: stream, decoded at, shown at, for how long, and what doesn't matter here."""
    unit, first, end = Fraction(1), 0, 0
    with frames.open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("#tb 0:"):
                unit = Fraction(line.partition(":")[2].strip())
            elif not line.startswith("#"):
                at, lasting = map(int, line.split(",")[2:4])
                first, end = min(first, at), max(end, at + lasting)
    if end <= first:
        raise FormatError("there is no frame in it")
    return float((end - first) * unit)


def _read(video: Path) -> list[str]:
    """The arguments that read a file: as what it is, so that what is in it can name no other file.

    FormatError where it is nothing known: ffmpeg would take a list of other files for a video.
    """
    kind = container_of(video)
    if not kind:
        raise FormatError(f"{video} is not a video that can be read: choose MP4, MOV, MKV or WebM")
    return ["-protocol_whitelist", "file", "-f", kind, "-i", file_argument(video)]


def lay_under(video: Path, sound: Path, target: Path, *, cancel: CancelToken | None = None) -> None:
    """Write `target`: the first picture of `video`, copied, and the sound file, from the beginning of both.

    The sound is AAC in .mp4 and .m4v, 24 bit PCM in .mov, FLAC in .mkv. The longer of the two decides the length.
    Raises FormatError (no such file, no picture in it, a kind of file that is not read or made here),
    MissingDependency where there is no ffmpeg, Cancelled. The originals are only read; `target` appears when it is
    whole.
    """
    codec, container = _kind(target)
    for path in (video, sound):
        if not is_file(path):
            raise FormatError(f"there is no file {path}")
    if target.exists() and any(target.samefile(path) for path in (video, sound)):
        raise FormatError(f"{target} is what is to be read; choose another name for the result")
    binary = find_ffmpeg(need=_NEED)
    if not has_picture(video):
        raise FormatError(f"{video} holds no picture")
    rate = ["-b:a", _BITS_PER_S] if codec == "aac" else []
    fast = ["-movflags", "+faststart"] if container in ("mp4", "mov") else []
    with replacing(target) as part:
        run_ffmpeg(
            [
                *_read(video), "-i", file_argument(sound), "-map", "0:v:0", "-map", "1:a:0",
                "-c:v", "copy", "-c:a", codec, *rate, *fast, "-map_metadata", "0", "-f", container,
                file_argument(part),
            ],
            binary=binary,
            cancel=cancel,
        )  # fmt: skip


def _kind(target: Path) -> tuple[str, str]:
    suffix = target.suffix.lower()
    if suffix not in SOUND:
        raise FormatError(f"a video is written as {', '.join(SOUND)}, not {suffix or 'a name without a suffix'!r}")
    return SOUND[suffix]
