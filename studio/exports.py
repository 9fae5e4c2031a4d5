"""The finished exports of projects on disk: one folder each, that is there whole or not at all.

    ID/exports/EXPORT/bundle.zip    ID/exports/EXPORT/export.json        EXPORT is an id, as all names on disk

Readable names are inside the archive and in what the browser is told. Knows nothing of how an export is made.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import FormatError, ProjectError
from pipeline.formats.files import reason, replacing
from pipeline.formats.names import file_name
from studio.store import Store

log = logging.getLogger(__name__)

SCHEMA = "audiostory.export/1"
KEPT = 20  # exports of a project; the oldest goes when another is finished
BUNDLE, NOTE = "bundle.zip", "export.json"
_FOLDER = "exports"
_ID = re.compile(r"[0-9a-f]{24}")
_PART = re.compile(r"\.[0-9a-f]{24}\.part")
_PIECE = 1 << 18
_NONE = "this project has no such export; it may have been deleted"


@dataclass(frozen=True)
class Piece:
    """One file of an export: its name for a person, how long it is in bytes, and its content in pieces."""

    name: str
    size: int
    content: Callable[[], Iterator[bytes]]


class Exports:
    """Lists, opens, keeps and deletes. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recent(self, project_id: str) -> list[dict[str, Any]]:
        """What is known of the project's exports, the newest first."""
        self._store.get(project_id)
        notes = (self._note(path) for path in self._folders(project_id))
        return sorted((note for note in notes if note), key=lambda note: (note["made_at"], note["id"]), reverse=True)

    def bundle(self, project_id: str, export_id: str) -> tuple[Path, str]:
        """The archive of an export, and the name it is downloaded under."""
        folder, note = self._found(project_id, export_id)
        return folder / BUNDLE, f"{file_name(str(note['title']))}.zip"

    def piece(self, project_id: str, export_id: str, index: int) -> Piece:
        """One file of an export by its place in the list of files."""
        folder, _ = self._found(project_id, export_id)
        try:
            with zipfile.ZipFile(folder / BUNDLE) as packed:
                members = packed.infolist()
        except (OSError, zipfile.BadZipFile) as error:
            raise FormatError("this export is damaged; export again") from error
        if not 0 <= index < len(members):
            raise ProjectError("this export has no such file")
        member = members[index]

        def content() -> Iterator[bytes]:
            with zipfile.ZipFile(folder / BUNDLE) as packed, packed.open(member.filename) as source:
                while piece := source.read(_PIECE):
                    yield piece

        name = Path(member.filename)
        return Piece(f"{file_name(name.stem)}{name.suffix}", member.file_size, content)

    def delete(self, project_id: str, export_id: str) -> None:
        """An export away for good."""
        folder, _ = self._found(project_id, export_id)
        _remove(folder)

    @contextlib.contextmanager
    def making(self, project_id: str) -> Iterator[Path]:
        """A hidden folder to put an archive (`keep` says of which name) into; nothing of it stays afterwards."""
        home = self._store.folder(project_id, _FOLDER)
        for left in home.iterdir():
            if _PART.fullmatch(left.name):  # of a process that ended in the middle; one export is made at a time
                shutil.rmtree(left, ignore_errors=True)
        part = home / f".{secrets.token_hex(12)}.part"
        try:
            part.mkdir()
            yield part
        except OSError as error:
            raise FormatError(f"the export can't be written: {reason(error)}") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def keep(self, part: Path, archive: Path, note: dict[str, Any]) -> str:
        """What was made inside of `part` becomes an export in one move; gives its id."""
        export_id = part.name.strip(".").removesuffix(".part")
        files, size = _listed(archive)
        told = {"schema": SCHEMA, "id": export_id, **note, "files": files, "bytes": size}
        archive.replace(part / BUNDLE)
        with replacing(part / NOTE) as text:
            text.write_text(json.dumps(told, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        part.replace(part.parent / export_id)
        return export_id

    def thin(self, project_id: str) -> None:
        """Only the newest are kept."""
        for note in self.recent(project_id)[KEPT:]:
            with contextlib.suppress(ProjectError):
                self.delete(project_id, note["id"])

    # --- inside

    def _folders(self, project_id: str) -> list[Path]:
        try:
            return [path for path in (self._store.path(project_id) / _FOLDER).iterdir() if _ID.fullmatch(path.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _found(self, project_id: str, export_id: str) -> tuple[Path, dict[str, Any]]:
        self._store.get(project_id)
        if not isinstance(export_id, str) or not _ID.fullmatch(export_id):
            raise ProjectError(_NONE)
        folder = self._store.path(project_id) / _FOLDER / export_id
        note = self._note(folder)
        if note is None:
            raise ProjectError(_NONE)
        return folder, note

    def _note(self, folder: Path) -> dict[str, Any] | None:
        """What is known of one export; None for what is damaged or just being deleted."""
        try:
            note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
            known = note["schema"] == SCHEMA and note["id"] == folder.name and isinstance(note["made_at"], str)
            return note if known and (folder / BUNDLE).is_file() else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the export %s is left out: %s", folder.name, error)
            return None


def _listed(archive: Path) -> tuple[list[dict[str, Any]], int]:
    """Names and lengths of an archive's files, without its one folder; and how long the archive is."""
    with zipfile.ZipFile(archive) as packed:
        files = [{"name": member.filename.partition("/")[2], "bytes": member.file_size} for member in packed.infolist()]
    return files, archive.stat().st_size


def _remove(folder: Path) -> None:
    """First out of sight in one move, then away."""
    gone = folder.with_name(f".{folder.name}.part")
    try:
        folder.rename(gone)
    except OSError as error:
        raise ProjectError(f"the export can't be deleted: {reason(error)}") from error
    shutil.rmtree(gone, ignore_errors=True)
