"""Exports beside renders and edits: nobody waits for one, and each is there whole or not at all."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path

import pytest

from pipeline.errors import ProjectError
from pipeline.formats import files as disk
from pipeline.timeline import Story
from studio import editing, exports
from studio.exporting import Exporting
from studio.jobs import Status
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import begun, content, exported, held_up, left, wish


def test_an_export_keeps_nobody_from_rendering_or_editing(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    reached, go = held_up(monkeypatch)
    job = begun(studio, project)
    assert reached.wait(60)
    studio.service.regenerate(project.id, "e1")
    edited = studio.service.edit(
        project.id, project.revision, lambda p: editing.material_with(p, "e2", caption="a train"), label="edit"
    )  # fmt: skip
    wait_until(lambda: len(studio.service.store.get(project.id).takes_of("e1")) == 2)
    assert job.status is Status.RUNNING
    assert exporting.state(project.id)["job"]["revision"] == project.revision < edited.revision
    go.set()
    wait_until(lambda: job.status.over)
    [made] = exporting.state(project.id)["exports"]
    assert (made["revision"], made["changed"]) == (project.revision, True)
    settings = json.loads(content(studio, project, made, ".json"))
    assert [event["caption"] for event in settings["timeline"]["events"]] == ["rain", "a passing car", "thunder"]


def test_an_edit_that_is_taken_back_is_no_change_since(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered()
    exported(studio, project)
    changed = studio.service.edit(project.id, project.revision, lambda p: editing.mastered(p, gain_db=-3.0))
    assert exporting.state(project.id)["exports"][0]["changed"]
    studio.service.undo(project.id, changed.revision)
    assert not exporting.state(project.id)["exports"][0]["changed"]


def test_a_cancelled_export_leaves_nothing(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    reached, go = held_up(monkeypatch)
    job = begun(studio, project)
    assert reached.wait(60)
    assert [name for name in left(studio, project) if name.endswith(".part")]
    with pytest.raises(ProjectError, match="under way"):
        begun(studio, project)
    assert exporting.cancel(project.id, number=job.number) == 1
    go.set()
    wait_until(lambda: job.status.over)
    assert job.status is Status.CANCELLED
    state = exporting.state(project.id)
    assert (state["exports"], state["job"]["text"]) == ([], "cancelled; nothing was written")
    assert left(studio, project) == []
    exported(studio, project)  # and the next one is not kept from anything


def test_cancelling_while_the_archive_is_packed_leaves_nothing(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    real = disk._pack

    def pack(folder: Path, archive: Path, **rest: object) -> None:
        exporting.cancel(project.id)
        real(folder, archive, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(disk, "_pack", pack)
    job = begun(studio, project)
    wait_until(lambda: job.status.over)
    assert job.status is Status.CANCELLED and left(studio, project) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    project = studio.rendered()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "_sync", full)
    job = begun(studio, project)
    wait_until(lambda: job.status.over)
    assert (job.status, job.message) == (Status.FAILED, "the export can't be written: the disk is full")
    assert left(studio, project) == []


def test_what_a_process_left_that_ended_in_the_middle_is_cleared_away(studio: Studio) -> None:
    project = studio.rendered()
    stale = studio.service.store.folder(project.id, "exports") / f".{'a' * 24}.part"
    stale.mkdir()
    (stale / "x.wav").write_bytes(b"x")
    made = exported(studio, project)
    assert left(studio, project) == [made["id"]]


def test_deleting_the_project_stops_its_export(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    project = studio.rendered()
    reached, go = held_up(monkeypatch)
    job = begun(studio, project)
    assert reached.wait(60)
    threading.Timer(0.2, go.set).start()
    studio.service.delete(project.id)
    assert job.status is Status.CANCELLED
    assert not studio.service.store.path(project.id).exists()


def test_only_the_newest_exports_are_kept(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "KEPT", 2)
    project = studio.rendered(Story(text="a; b", duration_s=1.0))
    made = [exported(studio, project, wish("podcast", format="flac"))["id"] for _ in range(3)]
    assert [one["id"] for one in exporting.state(project.id)["exports"]] == made[:0:-1]
    exporting.exports.delete(project.id, made[2])
    assert left(studio, project) == [made[1]]
