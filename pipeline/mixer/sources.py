"""What the mixer reads takes from: memory, a file, a file at another rate. Knows nothing of clips or lanes.

A take at another rate is resampled once, whole, block by block, into a temporary file, and read from there. A
resampler that streams can't be entered in the middle, which loops, offsets and the re-mixing of a part all ask for;
this way it is also the same samples that are read, whatever the order.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import uuid
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pipeline.audio import MAX_CHANNELS, RATES_HZ, Audio, resampled
from pipeline.errors import MixError

MAX_OPEN_FILES = 64
BLOCK = 1 << 16


class Source(Protocol):
    """Sound that is read in pieces, in any order."""

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def length(self) -> int:
        """Samples per channel."""
        ...

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [C, count] from sample `start`, not to be written to; 0 <= start, start + count <= length.

        Raises MixError when it can't be read.
        """
        ...


Opener = Callable[[str], Source]  # the source of a take's id; raises MixError when there is none


class AudioSource:
    """An `Audio` in memory."""

    def __init__(self, audio: Audio) -> None:
        self.audio = audio
        self.rate_hz, self.channels, self.length = audio.rate_hz, audio.channels, audio.length

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [C, count], a view of the audio."""
        return self.audio.samples[:, start : start + count]


class OpenFiles:
    """Sound files kept open for reading, at most MAX_OPEN_FILES: the one read longest ago is closed first."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Any] = OrderedDict()

    def get(self, path: Path) -> Any:
        """The open soundfile.SoundFile of a path; MixError when it can't be opened."""
        import soundfile

        if path not in self._open:
            while len(self._open) >= MAX_OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            try:
                self._open[path] = soundfile.SoundFile(path)
            except (OSError, soundfile.SoundFileError) as error:
                why = "is damaged or no sound file" if _is_there(path) else "is missing"
                raise MixError(f"the sound file {path.name} {why}") from error
        self._open.move_to_end(path)
        return self._open[path]

    def close(self) -> None:
        """Close all of them; they open again when they are read."""
        while self._open:
            self._open.popitem()[1].close()


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder on the way to it can't be looked into
        return False


class FileSource:
    """A sound file that soundfile reads (WAV, RF64, FLAC, …), in bounded memory."""

    def __init__(self, path: Path, files: OpenFiles | None = None) -> None:
        self.path, self._files = path, files or OpenFiles()
        opened = self._files.get(path)
        self.rate_hz, self.channels, self.length = opened.samplerate, opened.channels, opened.frames
        if self.channels > MAX_CHANNELS:
            raise MixError(f"the sound file {path.name} has {self.channels} channels; at most {MAX_CHANNELS} are mixed")
        if self.rate_hz not in RATES_HZ:
            raise MixError(f"the sound file {path.name} is at {self.rate_hz} Hz, which is not mixed")

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [C, count]; MixError when the file is gone, shorter than it says or holds no finite numbers."""
        import soundfile

        opened = self._files.get(self.path)
        try:
            opened.seek(start)
            samples = opened.read(count, dtype="float32", always_2d=True)
        except (OSError, soundfile.SoundFileError) as error:
            raise MixError(f"the sound file {self.path.name} can't be read") from error
        if len(samples) != count:
            raise MixError(f"the sound file {self.path.name} ends before its time")
        if not math.isfinite(float(samples.sum(dtype=np.float64))):
            raise MixError(f"the sound file {self.path.name} holds samples that are not finite numbers")
        return np.ascontiguousarray(samples.T)


def audio_sources(audios: Mapping[str, Audio]) -> Opener:
    """Takes in memory, by id."""

    def opened(key: str) -> Source:
        if key not in audios:
            raise MixError("its take is missing; render it again or choose another")
        return AudioSource(audios[key])

    return opened


def file_sources(paths: Mapping[str, Path] | Callable[[str], Path]) -> Opener:
    """Takes in files, by id; few of them are open at a time."""
    files, path_of = OpenFiles(), paths if callable(paths) else paths.get

    def opened(key: str) -> Source:
        path = path_of(key)
        if path is None:
            raise MixError("its take is missing; render it again or choose another")
        return FileSource(Path(path), files)

    return opened


def pieces(source: Source, *, start: int = 0, stop: int | None = None, block: int = BLOCK) -> Iterator[np.ndarray]:
    """A source from `start` to `stop`, in blocks [C, n]."""
    end = source.length if stop is None else stop
    for at in range(start, end, block):
        yield source.read(at, min(block, end - at))


class Scratch:
    """Takes made over for one mix (resampled, stretched), in a temporary folder that goes when this does."""

    def __init__(self) -> None:
        self._files = OpenFiles()
        self._folder: Path | None = None
        self._kept: dict[object, Source] = {}
        self._bin: Callable[[], object] | None = None

    def kept(self, key: object, make: Callable[[], Iterator[np.ndarray]], *, rate_hz: int, channels: int) -> Source:
        """The take of this key, made on the first call from blocks float32 [channels, n]. MixError: no room for it."""
        import soundfile

        if key not in self._kept:
            path = self._new_path()
            try:
                with soundfile.SoundFile(path, "w", rate_hz, channels, subtype="FLOAT", format="RF64") as file:
                    for piece in make():
                        file.write(piece.T)
            except (OSError, soundfile.SoundFileError) as error:
                raise MixError(f"there is no room for temporary files in {tempfile.gettempdir()}") from error
            self._kept[key] = FileSource(path, self._files)
        return self._kept[key]

    def remembered(self, key: object, make: Callable[[], Audio]) -> Source:
        """The take of this key, made on the first call and kept in memory."""
        if key not in self._kept:
            self._kept[key] = AudioSource(make())
        return self._kept[key]

    def _new_path(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="audiostory-mix-"))
            self._bin = weakref.finalize(self, _removed, self._files, self._folder)
        return self._folder / f"{uuid.uuid4().hex}.rf64"

    def close(self) -> None:
        """Delete everything; what is asked for again is made again."""
        if self._bin:
            self._bin()
        self._folder, self._bin = None, None
        self._kept.clear()


def _removed(files: OpenFiles, folder: Path) -> None:
    files.close()
    shutil.rmtree(folder, ignore_errors=True)


def at_rate(source: Source, key: str, *, rate_hz: int, scratch: Scratch) -> Source:
    """The source at another rate (soxr, very high quality), of round(length * ratio) samples."""
    if source.rate_hz == rate_hz:
        return source
    if isinstance(source, AudioSource):
        audio = source.audio  # in memory already; there it stays
        return scratch.remembered(("rate", key, rate_hz), lambda: resampled(audio, rate_hz))
    length = round(source.length * rate_hz / source.rate_hz)
    return scratch.kept(
        ("rate", key, rate_hz),
        lambda: _resampled_pieces(source, rate_hz=rate_hz, length=length),
        rate_hz=rate_hz,
        channels=source.channels,
    )


def _resampled_pieces(source: Source, *, rate_hz: int, length: int) -> Iterator[np.ndarray]:
    import soxr

    stream = soxr.ResampleStream(source.rate_hz, rate_hz, source.channels, dtype="float32", quality="VHQ")
    left = length
    for block in pieces(source):
        made = stream.resample_chunk(np.ascontiguousarray(block.T)).T[:, :left]
        left -= made.shape[1]
        yield made
    made = stream.resample_chunk(np.zeros((0, source.channels), "f4"), last=True).T[:, :left]
    yield np.pad(made, ((0, 0), (0, left - made.shape[1])))
