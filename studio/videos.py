"""The video of a project, under whose picture its exports may lay the mix: one, kept beside the takes.

    ID/video/VIDEO.mp4    ID/video/video.json        VIDEO is an id, as all names on disk

Only what is a film by its first bytes is taken in. Knows nothing of exports or of sound.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

from pipeline.errors import FormatError, ProjectError
from pipeline.formats.files import reason, replacing
from pipeline.formats.video import container_of, picture_length_s
from studio.recordings import shown_name
from studio.store import Store

MAX_BYTES = 8_000_000_000
FOLDER = "video"
_NOTE = "video.json"
_SUFFIXES = {"mov": (".mp4", ".m4v", ".mov"), "matroska": (".mkv",)}
_FILE = re.compile(r"[0-9a-f]{24}\.(mp4|m4v|mov|mkv)")
_NONE = "there is no video to lay the mix under; choose one first"


def check_size(length: int | None) -> None:
    """Refuse an upload by the length that it announces, or that has come so far."""
    if length is not None and length > MAX_BYTES:
        raise FormatError(f"this file has {length / 1e9:,.1f} GB; a video has at most {MAX_BYTES / 1e9:g} GB")


class Videos:
    """Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def shown(self, project_id: str) -> dict[str, Any] | None:
        """Name, bytes and seconds (None: not known) of the project's video, for the page; None where there is none."""
        note = self._note(project_id)
        return {name: note[name] for name in ("name", "bytes", "length_s")} if note else None

    def path(self, project_id: str) -> Path:
        """The project's video; ProjectError where there is none."""
        note = self._note(project_id)
        if note is None:
            raise ProjectError(_NONE)
        return self._store.path(project_id) / FOLDER / note["file"]

    def bring(self, project_id: str, upload: Path, *, name: str) -> None:
        """Take an uploaded file in, in place of another; it is moved. FormatError where it is no film that is read."""
        kind = container_of(upload)
        if not kind:
            raise FormatError("this is not a video that can be read: bring MP4, MOV or MKV")
        try:
            length_s = picture_length_s(upload)
        except FormatError as error:
            raise FormatError("this video holds no picture that could be kept") from error
        suffix = Path(name).suffix.lower()
        file = f"{secrets.token_hex(12)}{suffix if suffix in _SUFFIXES[kind] else _SUFFIXES[kind][0]}"
        shown = {"name": shown_name(name, nameless="video"), "bytes": upload.stat().st_size, "length_s": length_s}
        with self._store.held():  # one at a time: of two, neither clears the other's file before its note is there
            folder = self._store.folder(project_id, FOLDER)
            try:
                shutil.move(upload, folder / file)
            except OSError as error:
                raise FormatError(f"the video can't be kept: {reason(error)}") from error
            with replacing(folder / _NOTE) as part:
                part.write_text(json.dumps({"file": file, **shown}, ensure_ascii=False), encoding="utf-8")
            self._clear(folder, but=file)

    def remove(self, project_id: str) -> None:
        """The project's video away for good."""
        with self._store.held():
            self._store.get(project_id)
            folder = self._store.path(project_id) / FOLDER
            with contextlib.suppress(OSError):
                (folder / _NOTE).unlink(missing_ok=True)
            self._clear(folder, but="")

    def _note(self, project_id: str) -> dict[str, Any] | None:
        self._store.get(project_id)
        folder = self._store.path(project_id) / FOLDER
        try:
            note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
            there = _FILE.fullmatch(note["file"]) and (folder / note["file"]).is_file()
            length_s = float(note["length_s"]) if "length_s" in note else None  # notes of earlier versions lack it
            shown = {"name": str(note["name"]), "bytes": int(note["bytes"]), "length_s": length_s}
            return {"file": note["file"], **shown} if there else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def _clear(folder: Path, *, but: str) -> None:
        """Other videos go; one that is just being read stays readable where the system allows it."""
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if _FILE.fullmatch(path.name) and path.name != but:
                    path.unlink(missing_ok=True)
