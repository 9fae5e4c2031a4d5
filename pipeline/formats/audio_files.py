"""Audio to a file of any of our formats, block by block, whole or not at all.

WAV is written by us (so that broadcast fields, markers and RF64 come out right), FLAC, MP3, Ogg and Opus by libsndfile,
M4A by ffmpeg where there is one. Refuses what would clip; knows nothing of mixing.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.errors import FormatError
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.broadcast import Broadcast, LoudnessFigures, coding_history
from pipeline.formats.ffmpeg import feeding, file_argument, find_ffmpeg
from pipeline.formats.files import replacing
from pipeline.formats.id3 import id3_tag
from pipeline.formats.marks import Mark, mark_chunks
from pipeline.formats.metadata import Metadata, info_chunk, ixml_chunk, tags
from pipeline.formats.riff import RIFF_LIMIT, Chunk, SampleLayout, WavStream
from pipeline.formats.stream import Gate, OnBlock, Quantiser, Stream, pumped
from pipeline.progress import CancelToken

AAC_BITS_PER_S = 256_000
_COPY_BYTES = 1 << 20
_SNDFILE = {
    Codec.FLAC: ("FLAC", ""),
    Codec.MP3: ("MP3", "MPEG_LAYER_III"),
    Codec.VORBIS: ("OGG", "VORBIS"),
    Codec.OPUS: ("OGG", "OPUS"),
}
_LEVELS = {Codec.MP3: 0.1, Codec.VORBIS: 0.2, Codec.OPUS: 0.2}  # libsndfile: 0 is the best quality, 1 the smallest file
_TROUBLE = (soundfile.LibsndfileError, AssertionError)  # the library asserts that all was written
Write = Callable[[np.ndarray], None]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What goes into a file beside its sound. marks in samples at the file's rate; WAV only, as is `broadcast`.

    measured: asked once all samples are written, for the figures that only then are known; None where they are not.
    """

    metadata: Metadata | None = None
    marks: Sequence[Mark] = ()
    broadcast: Broadcast | None = None
    measured: Callable[[], LoudnessFigures] | None = None


@contextlib.contextmanager
def audio_writer(
    path: Path,
    audio_format: AudioFormat,
    *,
    channels: int,
    labels: Labels | None = None,
    limit: int = RIFF_LIMIT,
) -> Iterator[Write]:
    """Give a function that takes blocks float32 [C, n]; when the context ends well, the whole file is at `path`.

    limit: bytes above which a WAV file becomes RF64. Raises FormatError for audio above full scale (32 bit float holds
    it) and all that the disk refuses; MissingDependency where M4A is asked for and there is no ffmpeg. Whatever is
    raised inside, nothing is left at `path` that was not there before.
    """
    labels = labels or Labels()
    gate = Gate(rate_hz=audio_format.rate_hz, channels=channels, may_exceed=audio_format.floating)
    binary = find_ffmpeg(need="an M4A file") if audio_format.codec is Codec.M4A else ""
    with replacing(path) as part:
        if audio_format.codec is Codec.WAV:
            encoder = _wav(part, audio_format, channels, labels, limit)
        elif binary:
            encoder = _m4a(part, audio_format, channels, labels, binary)
        elif audio_format.codec is Codec.MP3:
            encoder = _mp3(part, audio_format, channels, labels)
        else:
            encoder = _sndfile(part, audio_format, channels, tags(labels.metadata) if labels.metadata else {})
        with encoder as encode:
            yield lambda block: _each(gate(block), encode)


def write_audio(
    path: Path,
    stream: Stream,
    audio_format: AudioFormat,
    *,
    labels: Labels | None = None,
    cancel: CancelToken | None = None,
    on_block: OnBlock | None = None,
    limit: int = RIFF_LIMIT,
) -> None:
    """Write a whole stream at `path`; what `audio_writer` promises and raises.

    Raises FormatError also for a stream at another rate than the format's or of another length than it promised, and
    Cancelled between two blocks.
    """
    if stream.rate_hz != audio_format.rate_hz:
        raise FormatError(f"the audio is at {stream.rate_hz} Hz; the file is to be at {audio_format.rate_hz} Hz")
    with audio_writer(path, audio_format, channels=stream.channels, labels=labels, limit=limit) as write:
        pumped(stream, write, cancel=cancel, on_block=on_block)


def _each(parts: Iterator[np.ndarray], encode: Write) -> None:
    for part in parts:
        encode(part)


@contextlib.contextmanager
def _wav(path: Path, wanted: AudioFormat, channels: int, labels: Labels, limit: int) -> Iterator[Write]:
    bits = wanted.bits or 24
    layout = SampleLayout(rate_hz=wanted.rate_hz, channels=channels, bits=bits)
    broadcast = _with_history(labels, layout)
    as_bytes = _wav_bytes(bits)
    with path.open("wb") as file:
        wav = WavStream(file, layout, head=[broadcast.chunk()] if broadcast else [], limit=limit)
        yield lambda block: wav.write(as_bytes(block))
        replaced: list[Chunk] = []
        if broadcast and labels.measured:
            replaced = [replace(broadcast, loudness=labels.measured()).chunk()]
        wav.finish(tail=_tail(labels, broadcast, layout), replaced=replaced)


def _with_history(labels: Labels, layout: SampleLayout) -> Broadcast | None:
    given = labels.broadcast
    if given is None or given.coding_history:
        return given
    software = given.originator
    line = coding_history(rate_hz=layout.rate_hz, bits=layout.bits, channels=layout.channels, software=software)
    return replace(given, coding_history=line)


def _tail(labels: Labels, broadcast: Broadcast | None, layout: SampleLayout) -> list[Chunk]:
    chunks = mark_chunks(labels.marks)
    if labels.metadata:
        reference = broadcast.time_reference if broadcast else 0
        chunks.append(info_chunk(labels.metadata))
        chunks.append(ixml_chunk(labels.metadata, time_reference=reference, rate_hz=layout.rate_hz, bits=layout.bits))
    return chunks


def _wav_bytes(bits: int) -> Callable[[np.ndarray], bytes]:
    """Blocks [C, n] as the bytes of interleaved little-endian samples."""
    if bits == 32:
        return lambda block: np.ascontiguousarray(block.T, dtype="<f4").tobytes()
    quantised = Quantiser(bits=bits)
    if bits == 16:
        return lambda block: quantised(block).astype("<i2").tobytes()
    return lambda block: quantised(block).astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()


@contextlib.contextmanager
def _mp3(path: Path, wanted: AudioFormat, channels: int, labels: Labels) -> Iterator[Write]:
    """The frames first, then tag and frames together: the library can't leave room before what it writes."""
    frames = path.with_suffix(".frames")
    try:
        with _sndfile(frames, wanted, channels, {}) as write:
            yield write
        with path.open("wb") as file, frames.open("rb") as written:
            file.write(id3_tag(tags(labels.metadata) if labels.metadata else {}))
            shutil.copyfileobj(written, file, _COPY_BYTES)
    finally:
        with contextlib.suppress(OSError):
            frames.unlink(missing_ok=True)


@contextlib.contextmanager
def _sndfile(path: Path, wanted: AudioFormat, channels: int, told: Mapping[str, str]) -> Iterator[Write]:
    kind, subtype = _SNDFILE[wanted.codec]
    quantised = Quantiser(bits=wanted.bits) if wanted.bits else None
    level = {"compression_level": _LEVELS[wanted.codec]} if wanted.codec in _LEVELS else {}
    written = 0
    try:
        with soundfile.SoundFile(
            path, "w", wanted.rate_hz, channels, subtype or f"PCM_{wanted.bits}", format=kind, **level
        ) as file:
            for name, text in told.items():
                setattr(file, name, text)

            def write(block: np.ndarray) -> None:
                nonlocal written
                file.write(_left_justified(quantised, block) if quantised else np.ascontiguousarray(block.T))
                written += block.shape[1]

            yield write
    except _TROUBLE as error:
        _raise_system_error(path)
        raise FormatError("the audio library refused to write the file") from error
    if _frames_in(path) < written:
        _raise_system_error(path)
        raise FormatError("only a part of the file reached the disk")


def _left_justified(quantised: Quantiser, block: np.ndarray) -> np.ndarray:
    """int32 [n, C] whose upper bits are the value, as libsndfile takes them."""
    return quantised(block) << (32 - quantised.bits)


def _frames_in(path: Path) -> int:
    try:
        return int(soundfile.info(path).frames)
    except soundfile.LibsndfileError:  # what a full disk leaves may be no audio file at all
        return -1


def _raise_system_error(path: Path) -> None:
    """Raise the system's own OSError (a full disk, a folder that is gone), which the library does not pass on."""
    with path.open("ab") as file:
        file.write(bytes(1 << 16))
        file.flush()


@contextlib.contextmanager
def _m4a(path: Path, wanted: AudioFormat, channels: int, labels: Labels, binary: str) -> Iterator[Write]:
    told = tags(labels.metadata) if labels.metadata else {}
    names = {"software": "encoder"}
    metadata = [word for name, text in told.items() for word in ("-metadata", f"{names.get(name, name)}={text}")]
    arguments = [
        "-f", "f32le", "-ar", str(wanted.rate_hz), "-ac", str(channels), "-i", "pipe:0",
        "-c:a", "aac", "-b:a", str(AAC_BITS_PER_S), *metadata, "-movflags", "+faststart", "-f", "ipod",
        file_argument(path),
    ]  # fmt: skip
    with feeding(arguments, binary=binary) as feed:
        yield lambda block: feed(np.ascontiguousarray(block.T, dtype="<f4").tobytes())
