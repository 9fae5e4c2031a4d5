"""The trash of whole projects: how long they stay, and how they go for good."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import Mock

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import FormatError, ProjectError
from studio import thrown
from studio.service import StudioService
from studio.store import Store
from studio.web import build_web
from tests.studio.conftest import FakeBackend, Studio, wait_until

GUARD = {"X-Studio": "1"}


def binned(studio: Studio) -> str:
    """A rendered project in the trash; its id."""
    project = studio.rendered()
    wait_until(lambda: not studio.service.remixer.busy(project.id))
    studio.service.delete(project.id)
    return project.id


def test_the_list_says_until_when_a_project_is_kept(studio: Studio) -> None:
    project = binned(studio)
    [entry] = studio.service.library.thrown()
    left = datetime.fromisoformat(entry["until"]) - datetime.now(timezone.utc)
    assert entry["id"] == project
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


def test_after_thirty_days_a_project_goes_when_the_studio_starts(studio: Studio) -> None:
    old, young = binned(studio), binned(studio)
    trash = studio.service.store.root / ".trash"
    thrown.noted(trash / old, at=datetime.now(timezone.utc) - timedelta(days=30, seconds=1))
    thrown.noted(trash / young, at=datetime.now(timezone.utc) - timedelta(days=29))
    again = StudioService(Store(studio.service.store.root), lambda: FakeBackend(None, studio.renderer))  # type: ignore[arg-type]
    again.start()
    again.close()
    assert not (trash / old).exists() and (trash / young).is_dir()


def test_the_time_of_what_has_no_note_begins_when_it_is_seen(studio: Studio) -> None:
    project = binned(studio)
    folder = studio.service.store.root / ".trash" / project
    for text in ("", "the day before yesterday"):
        (folder / thrown.NOTE).write_text(text)
        assert studio.service.library.clear_trash(due=datetime.now(timezone.utc)) == 0
        assert datetime.now(timezone.utc) - thrown.thrown_at(folder) < timedelta(minutes=1)
    assert folder.is_dir()


def test_a_restored_project_carries_no_note_and_starts_anew(studio: Studio) -> None:
    project = binned(studio)
    folder = studio.service.store.root / ".trash" / project
    thrown.noted(folder, at=datetime.now(timezone.utc) - timedelta(days=29))
    studio.service.library.restore(project)
    assert not (studio.service.store.root / project / thrown.NOTE).exists()
    studio.service.delete(project)
    assert datetime.now(timezone.utc) - thrown.thrown_at(folder) < timedelta(minutes=1)


def test_only_what_is_in_the_trash_is_removed_for_good(studio: Studio) -> None:
    kept, one, two = studio.planned().id, binned(studio), binned(studio)
    root = studio.service.store.root
    with TestClient(build_web(studio.service)) as browser:

        def do(doing: str, **asked: object) -> dict:
            return browser.post(f"/studio/library/{doing}", json=asked, headers=GUARD).json()

        for wrong in (kept, "..", "0" * 32, "../" + kept):
            assert not do("purge", project=wrong)["ok"]
        assert do("purge", project=one)["ok"] and not (root / ".trash" / one).exists()
        three = binned(studio)  # thrown away elsewhere, after the list was shown
        assert not do("empty_trash")["ok"] and not do("empty_trash", ids=[two, "../" + kept])["ok"]
        assert do("empty_trash", ids=[one, two])["ok"]
        assert [path.name for path in (root / ".trash").iterdir()] == [three]
        assert [entry["id"] for entry in browser.get("/studio/library.json").json()["projects"]] == [kept]
    with pytest.raises(ProjectError, match="no such project"):
        studio.service.library.restore(one)


def test_other_things_in_the_trash_folder_stay(studio: Studio) -> None:
    binned(studio)
    stranger = studio.service.store.root / ".trash" / "notes"
    stranger.mkdir()
    assert studio.service.library.clear_trash(due=datetime.now(timezone.utc) + timedelta(days=31)) == 1
    assert stranger.is_dir()


def unwritable(folder: Path) -> None:
    """Where the note would lie lies a folder: writing and removing it fail, as on a full or read-only disk."""
    (folder / thrown.NOTE).unlink(missing_ok=True)
    (folder / thrown.NOTE).mkdir()


def test_a_disk_that_takes_no_note_stops_neither_throwing_away_nor_the_list(studio: Studio) -> None:
    project = studio.rendered()
    wait_until(lambda: not studio.service.remixer.busy(project.id))
    unwritable(studio.service.store.root / project.id)
    studio.service.delete(project.id)
    with TestClient(build_web(studio.service)) as browser:
        [entry] = browser.get("/studio/library.json").json()["trash"]
    assert entry["id"] == project.id and entry["until"]
    assert studio.service.library.clear_trash(due=datetime.now(timezone.utc)) == 0


def test_a_note_that_stays_is_a_sentence_without_a_path(studio: Studio) -> None:
    project = binned(studio)
    unwritable(studio.service.store.root / ".trash" / project)
    with pytest.raises(ProjectError, match="can't be moved") as told:
        studio.service.library.restore(project)
    assert str(studio.service.store.root) not in str(told.value)


def test_the_studio_starts_with_a_trash_that_can_not_be_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    binned(studio)
    trash = studio.service.store.root / ".trash"
    inside = Path.iterdir

    def refused(path: Path) -> Iterator[Path]:
        if path == trash:
            raise PermissionError(13, "Permission denied", str(path))
        return inside(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(ProjectError, match="the trash can't be read") as told:
        studio.service.library.clear_trash(due=datetime.now(timezone.utc))
    assert str(trash) not in str(told.value)
    for error in (None, FormatError("can't write it: the disk is full")):
        again = StudioService(Store(studio.service.store.root), lambda: FakeBackend(None, studio.renderer))  # type: ignore[arg-type]
        if error:
            monkeypatch.setattr(again.library, "clear_trash", Mock(side_effect=error))
        again.start()
        again.close()


def test_one_that_can_not_be_removed_keeps_none_of_the_others_and_goes_later(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = sorted((binned(studio), binned(studio)))
    trash = studio.service.store.root / ".trash"
    removed = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", Mock(side_effect=[OSError(30, "Read-only file system"), None]))
    with pytest.raises(ProjectError, match="the disk is read-only"):
        studio.service.library.empty_trash([one, two])
    assert studio.service.library.thrown() == [] and len(list(trash.iterdir())) == 2
    monkeypatch.setattr(shutil, "rmtree", removed)
    studio.service.library.clear_trash(due=datetime.now(timezone.utc))
    assert list(trash.iterdir()) == []


def test_while_the_trash_is_emptied_other_projects_are_worked_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, kept = binned(studio), studio.planned()
    removed, worked = shutil.rmtree, []

    def slowly(path: Path) -> None:
        work = threading.Thread(target=lambda: worked.append(studio.service.library.rename(kept.id, "Meanwhile")))
        work.start()
        work.join(10)
        removed(path)

    monkeypatch.setattr("studio.library.shutil.rmtree", slowly)
    assert studio.service.library.empty_trash([project]) == 1
    assert [one.title for one in worked] == ["Meanwhile"]
