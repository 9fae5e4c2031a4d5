"""Projects on disk: one folder each, written whole or not at all, edited under a lock with a revision.

    ID/project.json    ID/history.jsonl (undo)    ID/takes/    ID/trash/    ID/mixes/    ID/peaks/ (derived)

Names on disk are ids, never anything a user typed. A project that was only opened leaves no trace. Knows nothing
of models, jobs or the page.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import FormatError, ProjectError, StaleRevision
from pipeline.formats.files import reason, replacing
from pipeline.renderer import Take
from studio import codec, history, journal, takefiles
from studio.history import History
from studio.project import Project
from studio.takes import TakeRecord

log = logging.getLogger(__name__)

MAX_UNSAVED = 200
MAX_OPEN = 64
FILE = "project.json"
CHANGED_ELSEWHERE = "this project was changed in another window; here is its newest state, please retry"
_PROJECT_ID = re.compile(r"[0-9a-f]{32}")
_FILE_ID = re.compile(r"[0-9a-f]{12,32}")

Edit = Callable[[Project], Project]


@dataclass
class _Open:
    """A project in memory, its history, and how many bytes of the journal tell it."""

    project: Project
    history: History
    journal: int = 0


class Store:
    """All projects below one folder. Safe to use from any thread; one process at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.RLock()
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, told: Callable[[str], None]) -> None:
        """Call `told` with the id of a project after each change of it."""
        self._watchers.append(told)

    def create(self) -> Project:
        """A new project with an id that cannot be guessed; nothing is written before its first edit."""
        project = Project(id=secrets.token_hex(16), seed=secrets.randbelow(2**31))
        with self._lock:
            self._open[project.id] = _Open(project, History([history.state_of(project)]))
            self._forget()
        return project

    def get(self, project_id: str) -> Project:
        """The project as it is now; ProjectError when there is none of that id."""
        return self._opened(project_id).project

    def edit(self, project_id: str, edit: Edit, *, revision: int, label: str = "edit") -> Project:
        """Apply an edit that was made against `revision`; StaleRevision when the project has moved on.

        It is one step that can be undone, called `label`.
        """
        with self._lock:
            held = self._checked(project_id, revision)
            new = edit(held.project)
            return self._keep(held, new, lambda past: past.step(history.state_of(new), label), revisions=1)

    def absorb(self, project_id: str, change: Edit, *, label: str = "render", tag: str = "") -> Project:
        """Apply a change that commutes with every edit (an arriving take): no revision needed, none used up.

        What arrives under one `tag` without an edit between is one step.
        """
        with self._lock:
            held = self._opened(project_id)
            new = change(held.project)
            return self._keep(held, new, lambda past: past.arrived(history.state_of(new), label, tag=tag), revisions=0)

    def undo(self, project_id: str, *, revision: int) -> Project:
        """One step back; ProjectError when there is none."""
        return self._travel(project_id, revision, History.undo)

    def redo(self, project_id: str, *, revision: int) -> Project:
        """One step forward again; ProjectError when there is none."""
        return self._travel(project_id, revision, History.redo)

    def steps(self, project_id: str) -> tuple[str | None, str | None, int, int]:
        """What undo and redo would do, and how many of each there are."""
        with self._lock:
            past = self._opened(project_id).history
            return past.undo_label, past.redo_label, past.at, len(past.labels) - past.at

    # --- takes

    def write_take(self, project_id: str, take: Take, record: TakeRecord) -> None:
        """Put a take's audio, its latents and what made it on the disk."""
        takefiles.write_take(self.folder(project_id, takefiles.TAKES), take, record)

    def read_take(self, project_id: str, record: TakeRecord) -> Audio:
        """The audio of a take; FormatError when its file is gone or damaged."""
        _checked(record.file, _FILE_ID)
        return takefiles.read_audio(self.path(project_id), record)

    def read_latents(self, project_id: str, record: TakeRecord) -> np.ndarray:
        """The latents [frames, channels] of a take; FormatError when it has none."""
        _checked(record.file, _FILE_ID)
        return takefiles.read_latents(self.path(project_id), record)

    def take_path(self, project_id: str, file: str) -> Path:
        """Where a take's audio lies."""
        return takefiles.path_of(self.path(project_id), _checked(file, _FILE_ID))

    def take_files(self, project_id: str) -> frozenset[str]:
        """Names of the takes whose audio is there."""
        return takefiles.present(self.path(project_id))

    def mix_path(self, project_id: str, file: str) -> Path:
        """Where a mix lies; its folder is made."""
        return self.folder(project_id, "mixes") / _checked(file, _FILE_ID)

    def peaks_path(self, project_id: str, file: str) -> Path:
        """Where what is drawn of an audio file is kept; its folder is made."""
        return self.folder(project_id, "peaks") / _checked(file, _FILE_ID)

    # --- folders

    def saved(self, project_id: str) -> bool:
        """Whether the project is on disk."""
        return (self.path(project_id) / FILE).is_file()

    def path(self, project_id: str) -> Path:
        """The project's folder."""
        return self.root / _checked(project_id, _PROJECT_ID)

    def folder(self, project_id: str, name: str) -> Path:
        """A folder inside the project's, made if it is not there."""
        self.get(project_id)  # nothing is made for a project that is gone
        folder = self.path(project_id) / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"the projects folder {self.root} can't be written: {reason(error)}") from error
        return folder

    def inbox(self) -> Path:
        """Where uploads lie until they have been looked at."""
        folder = self.root / ".inbox"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"the projects folder {self.root} can't be written: {reason(error)}") from error
        return folder

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts no project changes."""
        with self._lock:
            yield

    def forget(self, project_id: str) -> None:
        """Let go of a project whose folder is about to move away."""
        with self._lock:
            self._open.pop(project_id, None)

    # --- inside

    def _opened(self, project_id: str) -> _Open:
        with self._lock:
            if project_id not in self._open:
                self._open[project_id] = self._read(project_id)
                self._forget()
            return self._open[project_id]

    def _checked(self, project_id: str, revision: int) -> _Open:
        held = self._opened(project_id)
        if held.project.revision != revision:
            raise StaleRevision(CHANGED_ELSEWHERE)
        return held

    def _travel(self, project_id: str, revision: int, move: Callable[[History], history.Line]) -> Project:
        with self._lock:
            held = self._checked(project_id, revision)
            ahead = replace(held.history, states=list(held.history.states))
            move(ahead)
            new = history.restored(held.project, ahead.present)
            return self._keep(held, new, move, revisions=1)

    def _keep(
        self, held: _Open, new: Project, move: Callable[[History], history.Line | None], *, revisions: int
    ) -> Project:
        """Write first, then remember: what failed to reach the disk did not happen."""
        old, past = held.project, held.history
        new = replace(new, revision=old.revision + revisions, changes=old.changes + 1)
        folder = self.folder(new.id, takefiles.TAKES).parent
        ahead = replace(past, states=list(past.states), labels=list(past.labels), tags=list(past.tags))
        line = move(ahead)
        written = held.journal
        if line is not None:
            begun = [] if written else list(past.lines())
            written = journal.append(folder, [*begun, line], length=written)
        with replacing(folder / FILE) as part:
            part.write_text(codec.dumps(new, journal=written), encoding="utf-8")
        self._open[new.id] = _Open(new, ahead, written)
        self._open.move_to_end(new.id)
        if old.trashed != new.trashed:
            self._sort_out(new)
        for told in self._watchers:
            told(new.id)
        return new

    def _sort_out(self, project: Project) -> None:
        """The files of thrown takes go to the trash; a file that another take shares stays."""
        records = [take for takes in project.takes.values() for take in takes]
        kept = {take.file for take in records if take.id not in project.trashed}
        thrown = {take.file for take in records} - kept
        takefiles.sort_out(self.path(project.id), thrown=thrown, kept=kept)

    def _read(self, project_id: str) -> _Open:
        folder = self.path(project_id)
        try:
            project, length = codec.read((folder / FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ProjectError("there is no project under this address") from error
        except UnicodeDecodeError as error:
            raise FormatError("this project is damaged: its file is not text") from error
        except OSError as error:
            raise ProjectError(f"the project can't be read: {reason(error)}") from error
        past, length = journal.read(folder, length=length, present=history.state_of(project))
        shorter = journal.compacted(folder, past, length=length)
        if shorter != length:
            with replacing(folder / FILE) as part:
                part.write_text(codec.dumps(project, journal=shorter), encoding="utf-8")
        return _Open(project, past, shorter)

    def _forget(self) -> None:
        unsaved = [i for i, held in self._open.items() if held.project.changes == 0]
        saved = [i for i, held in self._open.items() if held.project.changes]
        for project_id in (*unsaved[:-MAX_UNSAVED], *saved[:-MAX_OPEN]):
            del self._open[project_id]


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise ProjectError("there is no project under this address")
    return name
