"""All projects of a store: the recent ones, new ones, copies, the trash, and projects as one file."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline.errors import FormatError, ProjectError
from pipeline.formats.files import reason, replacing
from pipeline.progress import CancelToken
from studio import archive, codec, editing, thrown
from studio.exportable import second_name
from studio.project import MAX_TITLE_CHARS, Project, shown_title
from studio.store import FILE, Store
from studio.takefiles import TAKES
from studio.takefiles import TRASH as TRASHED
from studio.videos import FOLDER as VIDEO

log = logging.getLogger(__name__)
TRASH = ".trash"
MAX_LISTED = 300
_ID = re.compile(r"[0-9a-f]{32}")
_GOING = re.compile(r"\.gone-[0-9a-f]{16}")


@dataclass(frozen=True)
class _Known:
    """What was read of a project's file when it had this time and size."""

    stamp: tuple[int, int]
    entry: dict[str, Any]


class Library:
    """Lists and moves whole projects. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Path, _Known] = {}

    def recent(self) -> list[dict[str, Any]]:
        """The projects, the one changed last first: id, title, story, length_s, events, changed_at, picture."""
        return self._listed(self._store.root)

    def thrown(self) -> list[dict[str, Any]]:
        """The projects in the trash, each with `until`: the moment from which it may be removed for good."""
        root = self._store.root / TRASH
        return [
            {**entry, "until": thrown.until(root / entry["id"]).isoformat(timespec="seconds")}
            for entry in self._listed(root)
        ]

    def rename(self, project_id: str, title: str) -> Project:
        """A project named; a step that can be undone."""
        project = self._store.get(project_id)
        return self._store.edit(
            project_id, lambda p: editing.titled(p, title), revision=project.revision, label="title"
        )  # fmt: skip

    def duplicate(self, project_id: str) -> str:
        """A copy with all takes and the video, and no history; returns its id."""
        project = self._saved(project_id)
        title = f"{shown_title(project)[: MAX_TITLE_CHARS - 7]} (copy)"
        with self._store.held():
            source = self._store.path(project_id)
            kept = {FILE, TAKES, TRASHED, VIDEO}

            def left_out(at: str, names: list[str]) -> list[str]:
                return _others(at, names, source, kept)

            return self._adopted(
                lambda folder: shutil.copytree(
                    source, folder, dirs_exist_ok=True, ignore=left_out, copy_function=_copied
                ),
                title=title,
            )

    def delete(self, project_id: str) -> None:
        """A project into the trash, from which it can be restored."""
        self._saved(project_id)
        target = self._store.root / TRASH / project_id
        self._move(self._store.path(project_id), target)
        thrown.noted(target)

    def restore(self, project_id: str) -> None:
        """A project back from the trash."""
        source = self._thrown(project_id)
        try:
            (source / thrown.NOTE).unlink(missing_ok=True)
        except OSError as error:
            raise ProjectError(f"the project can't be moved: {reason(error)}") from error
        self._move(source, self._store.path(project_id))

    def purge(self, project_id: str) -> None:
        """A project of the trash removed for good."""
        self._remove(self._thrown(project_id))

    def empty_trash(self, ids: Sequence[str]) -> int:
        """Remove these projects of the trash for good; returns how many went. One that is not there any more is none.

        One that can't be removed keeps none of the others; afterwards it is a ProjectError.
        """
        root = self._store.root / TRASH
        return self._removed([root / _checked(one) for one in ids])

    def clear_trash(self, *, due: datetime) -> int:
        """Remove for good what may go by the moment `due`, and what an earlier removal left half done."""
        root = self._store.root / TRASH
        try:
            inside = sorted(root.iterdir()) if root.is_dir() else []
        except OSError as error:
            raise ProjectError(f"the trash can't be read: {reason(error)}") from error
        for folder in inside:
            if _GOING.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
        return self._removed([one for one in inside if _ID.fullmatch(one.name) and thrown.until(one) <= due])

    def export(self, project_id: str) -> Path:
        """The project as one file, in its folder of exports."""
        self._saved(project_id)
        target = self._store.folder(project_id, "exports") / "project.zip"
        with self._store.held():
            archive.write(target, self._store.path(project_id))
        return target

    def bring_in(self, path: Path) -> str:
        """A project from one file, as a new one; returns its id. FormatError when a member is not as it should be."""
        return self._adopted(lambda folder: archive.unpack(path, folder), title=None)

    # --- inside

    def _thrown(self, project_id: str) -> Path:
        folder = self._store.root / TRASH / _checked(project_id)
        if not folder.is_dir():
            raise ProjectError("there is no such project in the trash")
        return folder

    def _removed(self, folders: Sequence[Path]) -> int:
        """How many of these went; the first that could not is told when all the others have gone."""
        gone, trouble = 0, None
        for folder in folders:
            try:
                gone += self._remove(folder)
            except ProjectError as error:
                trouble = trouble or error
        if trouble:
            raise trouble
        return gone

    def _remove(self, folder: Path) -> bool:
        """Out of the trash in one move, then off the disk, for which no project waits; False when it was not there."""
        aside = folder.with_name(f".gone-{secrets.token_hex(8)}")
        try:
            with self._store.held():
                folder.rename(aside)
            shutil.rmtree(aside)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ProjectError(f"the trash can't be emptied: {reason(error)}") from error
        return True

    def _saved(self, project_id: str) -> Project:
        project = self._store.get(project_id)
        if not self._store.saved(project_id):
            raise ProjectError("this project is still empty")
        return project

    def _move(self, source: Path, target: Path) -> None:
        with self._store.held():
            self._store.forget(source.name)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.rename(target)
            except OSError as error:
                raise ProjectError(f"the project can't be moved: {reason(error)}") from error

    def _adopted(self, fill: Any, *, title: str | None) -> str:
        """A folder filled, checked, given a new id and put among the projects; nothing is left of one that fails."""
        project_id = secrets.token_hex(16)
        folder = self._store.root / f".new-{project_id}"
        try:
            folder.mkdir(parents=True)
            fill(folder)
            project, length = codec.read((folder / FILE).read_text(encoding="utf-8"))
            project = replace(project, id=project_id, title=project.title if title is None else title)
            with replacing(folder / FILE) as part:
                part.write_text(codec.dumps(project, journal=length if title is None else 0), encoding="utf-8")
            folder.rename(self._store.path(project_id))
        except (OSError, UnicodeDecodeError) as error:
            why = reason(error) if isinstance(error, OSError) else "its file is not text"
            raise FormatError(f"the project can't be copied: {why}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return project_id

    def _listed(self, root: Path) -> list[dict[str, Any]]:
        try:
            files = [path / FILE for path in root.iterdir() if _ID.fullmatch(path.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ProjectError(f"the projects folder can't be read: {reason(error)}") from error
        stamped = sorted(((stamp, path) for path in files if (stamp := _stamp(path))), reverse=True)
        found = (self._entry(path, stamp) for stamp, path in stamped[:MAX_LISTED])
        return [entry for entry in found if entry is not None]

    def _entry(self, path: Path, stamp: tuple[int, int]) -> dict[str, Any] | None:
        known = self._known.get(path)
        if known is None or known.stamp != stamp:
            entry = _read_entry(path, stamp)
            if entry is None:
                return None
            known = self._known[path] = _Known(stamp, entry)
        return {**known.entry, "picture": _picture(path.parent)}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read_entry(path: Path, stamp: tuple[int, int]) -> dict[str, Any] | None:
    """What the list shows of a project, or None for one that is damaged (which opening it would tell)."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        timeline = data["timeline"] or {"story": {"text": ""}, "events": []}
        story = str(timeline["story"]["text"])
        length_s = sum(float(event["duration_s"]) for event in timeline["events"])
        short = story if len(story) <= 60 else f"{story[:59].rstrip()}…"
        return {
            "id": path.parent.name,
            "title": str(data.get("title") or short or "Untitled"),
            "story": story[:300],
            "length_s": round(length_s, 3),
            "events": len(timeline["events"]),
            "changed_at": datetime.fromtimestamp(stamp[0] / 1e9, timezone.utc).isoformat(timespec="seconds"),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the project %s is left out of the list: %s", path.parent.name, error)
        return None


def _picture(folder: Path) -> str | None:
    """Address of a picture of the newest mix."""
    tracks = [(stamp, path) for path in (folder / "mixes").glob("*.wav") if (stamp := _stamp(path))]
    return f"studio/{folder.name}/mixes/{max(tracks)[1].stem}.png" if tracks else None


def _others(at: str, names: list[str], source: Path, kept: set[str]) -> list[str]:
    """What of the project's own folder is not copied: mixes, peaks, exports."""
    return [name for name in names if name not in kept] if Path(at) == source else []


def _copied(source: str, target: str) -> None:
    """A video, which may be large and is never written to, gets a second name where the disk has those."""
    if Path(source).parent.name == VIDEO:
        second_name(Path(source), Path(target), CancelToken())
    else:
        shutil.copy2(source, target)


def _checked(project_id: object) -> str:
    if not isinstance(project_id, str) or not _ID.fullmatch(project_id):
        raise ProjectError("there is no project under this address")
    return project_id
