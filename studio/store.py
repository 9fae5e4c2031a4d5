"""Projects on disk: one folder each, written whole or not at all, edited under a lock with a revision.

    ID/project.json    ID/takes/FILE.wav (32-bit float), FILE.json (what made it), FILE.npz (latents)    ID/mixes/

Names on disk are ids, never anything a user typed. A project that was only opened leaves no trace. Knows nothing
of models, jobs or the page.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio import Audio
from pipeline.errors import FormatError, ProjectError, StaleRevision
from pipeline.formats.files import reason, replacing
from pipeline.renderer import Take
from studio import codec
from studio.project import Project, TakeRecord

log = logging.getLogger(__name__)

MAX_UNSAVED = 200
CHANGED_ELSEWHERE = "this project was changed in another window; here is its newest state, please retry"
_PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_FILE_ID = re.compile(r"[0-9a-f]{12,32}")


class Store:
    """All projects below one folder. Safe to use from any thread; one process at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.RLock()
        self._open: OrderedDict[str, Project] = OrderedDict()

    def create(self) -> Project:
        """A new project with an id that cannot be guessed; nothing is written before its first edit."""
        project = Project(id=secrets.token_hex(16), seed=secrets.randbelow(2**31))
        with self._lock:
            self._open[project.id] = project
            self._forget_unsaved()
        return project

    def get(self, project_id: str) -> Project:
        """The project as it is now; ProjectError when there is none of that id."""
        with self._lock:
            if project_id not in self._open:
                self._open[project_id] = self._read(project_id)
            return self._open[project_id]

    def edit(self, project_id: str, edit: Callable[[Project], Project], *, revision: int) -> Project:
        """Apply an edit that was made against `revision`; StaleRevision when the project has moved on."""
        with self._lock:
            old = self.get(project_id)
            if old.revision != revision:
                raise StaleRevision(CHANGED_ELSEWHERE)
            new = edit(old)
            return self._keep(replace(new, revision=old.revision + 1, changes=old.changes + 1))

    def absorb(self, project_id: str, change: Callable[[Project], Project]) -> Project:
        """Apply a change that commutes with every edit (an arriving take): no revision needed, none used up."""
        with self._lock:
            old = self.get(project_id)
            return self._keep(replace(change(old), revision=old.revision, changes=old.changes + 1))

    def write_take(self, project_id: str, take: Take, record: TakeRecord) -> None:
        """Put a take's audio, its latents and what made it on the disk; the audio last, so it stands for all."""
        stem = self._folder(project_id, "takes") / record.file
        note = {"record": asdict(record), "recipe": dict(take.recipe)}
        with replacing(stem.with_suffix(".json")) as part:
            part.write_text(json.dumps(note, ensure_ascii=False, indent=1), encoding="utf-8")
        if take.latents is not None:
            with replacing(stem.with_suffix(".npz")) as part, part.open("wb") as file:
                np.savez(file, latents=take.latents)
        with replacing(stem.with_suffix(".wav")) as part:
            _write_float(part, take.audio)

    def read_take(self, project_id: str, record: TakeRecord) -> Audio:
        """The audio of a take; FormatError when its file is gone or damaged."""
        path = self.take_path(project_id, record.file)
        try:
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        except (OSError, soundfile.SoundFileError) as error:
            raise FormatError(f"the audio of “{record.caption[:60]}” can't be read; render it again") from error
        return Audio(samples.T, rate_hz)

    def take_path(self, project_id: str, file: str) -> Path:
        """Where a take's audio lies."""
        return self._path(project_id) / "takes" / f"{_checked(file, _FILE_ID)}.wav"

    def mix_path(self, project_id: str, file: str) -> Path:
        """Where a mix lies; its folder is made."""
        return self._folder(project_id, "mixes") / _checked(file, _FILE_ID)

    def saved(self, project_id: str) -> bool:
        """Whether the project is on disk."""
        return (self._path(project_id) / "project.json").is_file()

    def _path(self, project_id: str) -> Path:
        return self.root / _checked(project_id, _PROJECT_ID)

    def _folder(self, project_id: str, name: str) -> Path:
        folder = self._path(project_id) / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"the projects folder {self.root} can't be written: {reason(error)}") from error
        return folder

    def _read(self, project_id: str) -> Project:
        path = self._path(project_id) / "project.json"
        try:
            return codec.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ProjectError("there is no project under this address") from error
        except OSError as error:
            raise ProjectError(f"the project can't be read: {reason(error)}") from error

    def _keep(self, project: Project) -> Project:
        """Write first, then remember: what failed to reach the disk did not happen."""
        folder = self._folder(project.id, "takes").parent
        with replacing(folder / "project.json") as part:
            part.write_text(codec.dumps(project), encoding="utf-8")
        self._open[project.id] = project
        self._open.move_to_end(project.id)
        return project

    def _forget_unsaved(self) -> None:
        unsaved = [i for i, p in self._open.items() if p.changes == 0]
        for project_id in unsaved[:-MAX_UNSAVED]:
            del self._open[project_id]


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise ProjectError("there is no project under this address")
    return name


def _write_float(path: Path, audio: Audio) -> None:
    try:
        with path.open("wb") as file:
            soundfile.write(file, audio.samples.T, audio.rate_hz, format="WAV", subtype="FLOAT")
        if path.stat().st_size < audio.samples.nbytes:
            raise OSError("only a part of it reached the disk")
    except (soundfile.SoundFileError, AssertionError) as error:
        raise FormatError("the audio of a take can't be written: is the disk full?") from error
