"""The files of a project that the browser may have: audio of takes and mixes, and what is drawn of them.

A file is given only as part of a project whose id the caller knows; names from an address never become paths unchecked.
"""

from __future__ import annotations

from pathlib import Path

import soundfile

from pipeline.audio import Audio
from pipeline.errors import FormatError, ProjectError
from studio import drawing
from studio.mixing import meters
from studio.store import Store
from studio.takes import TakeRecord


class Files:
    """Answers with paths of files that are there, made where they are derived; ProjectError when there is no such."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, project_id: str, file: str) -> Path:
        """The audio of a take."""
        path = self._store.take_path(project_id, self._record(project_id, file).file)
        if not path.is_file():
            raise ProjectError("the audio file of this take is gone; render the event again")
        return path

    def take_audio(self, project_id: str, file: str) -> Audio:
        """The audio of a take, in memory."""
        return self._store.read_take(project_id, self._record(project_id, file))

    def take_wave(self, project_id: str, file: str) -> Path:
        """A take's waveform as JSON: the path of an SVG, and its length."""

        def make() -> dict[str, object]:
            audio = self.take_audio(project_id, file)
            return {"d": drawing.wave_path(audio), "length_s": audio.duration_s}

        return drawing.cached_json(self._drawn(project_id, file, ".json"), make)

    def take_peaks(self, project_id: str, file: str) -> Path:
        """A take's peaks at two zoom levels as JSON."""
        path = self._drawn(project_id, file, ".peaks")
        return drawing.cached_json(path, lambda: drawing.peaks(self.take_audio(project_id, file)))

    def take_picture(self, project_id: str, file: str) -> Path:
        """A take's spectrogram."""
        return drawing.cached_picture(
            self._drawn(project_id, file, ".png"), lambda: self.take_audio(project_id, file)
        )  # fmt: skip

    def mix(self, project_id: str, file: str) -> Path:
        """Where a mix lies, without a suffix."""
        path = self._store.mix_path(project_id, file) if self._store.saved(project_id) else None
        if path is None or not path.with_suffix(".wav").is_file():
            raise ProjectError("this project has no such mix")
        return path

    def mix_wave(self, project_id: str, file: str) -> Path:
        """A mix's waveform as JSON."""
        path = self.mix(project_id, file)
        columns = 2 * drawing.PEAK_COLUMNS
        return drawing.cached_json(
            path.with_suffix(".json"), lambda: {"d": drawing.wave_path(_read(path), columns=columns)}
        )

    def mix_peaks(self, project_id: str, file: str) -> Path:
        """A mix's peaks at two zoom levels as JSON."""
        path = self.mix(project_id, file)
        return drawing.cached_json(path.with_suffix(".peaks"), lambda: drawing.peaks(_read(path)))

    def mix_meters(self, project_id: str, file: str) -> Path:
        """What the meters read of a mix, as JSON."""
        path = self.mix(project_id, file)
        meters(path)
        return path.with_suffix(".meters")

    def mix_picture(self, project_id: str, file: str) -> Path:
        """A mix's spectrogram."""
        path = self.mix(project_id, file)
        return drawing.cached_picture(path.with_suffix(".png"), lambda: _read(path))

    def _drawn(self, project_id: str, file: str, kind: str) -> Path:
        return self._store.peaks_path(project_id, self._record(project_id, file).file).with_suffix(kind)

    def _record(self, project_id: str, file: str) -> TakeRecord:
        for of_event in self._store.get(project_id).takes.values():
            for take in of_event:
                if take.file == file:
                    return take
        raise ProjectError("this project has no such take")


def _read(path: Path) -> Audio:
    try:
        samples, rate_hz = soundfile.read(path.with_suffix(".wav"), dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise FormatError("this mix can't be read; mix again") from error
    return Audio(samples.T, rate_hz)
