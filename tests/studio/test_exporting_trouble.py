"""What stands in the way of an export, and takes that go while one is made."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from pipeline.delivery.presets import PRESETS
from pipeline.errors import MixError, StaleRevision
from studio import editing
from studio.exporting import Exporting
from studio.jobs import Job, Status
from studio.project import Project
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import EBU, begun, exported, held_up, left, wish


def throw(studio: Studio, project_id: str, event: str, take: str) -> None:
    """A take into the trash, as the page does it."""
    revision = studio.service.store.get(project_id).revision
    studio.service.edit(project_id, revision, lambda p: editing.trashed_take(p, event, take))


def _no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_what_stands_in_the_way_is_told_at_once(studio: Studio, exporting: Exporting) -> None:
    def refused(project: Project, words: str) -> None:
        assert words in exporting.state(project.id)["trouble"]
        assert words in exporting.measuring.before(project.id, PRESETS[EBU])["trouble"]
        with pytest.raises(MixError, match=words):
            begun(studio, project)

    refused(studio.service.open(None), "nothing to export yet")
    planned = studio.planned()
    refused(planned, "is not rendered yet")
    project = studio.rendered()
    studio.service.store.take_path(project.id, project.takes["e2"][0].file).unlink()
    refused(project, "is gone from the disk")
    with pytest.raises(StaleRevision):
        exporting.start(planned.id, wish(), revision=planned.revision + 1)


def test_a_take_that_goes_while_it_is_exported_is_told(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    real = exporting.exports.making

    def making(project_id: str):  # type: ignore[no-untyped-def]
        studio.service.store.take_path(project.id, project.takes["e2"][0].file).unlink()
        return real(project_id)

    monkeypatch.setattr(exporting.exports, "making", making)
    job = begun(studio, project)
    wait_until(lambda: job.status.over)
    assert job.status is Status.FAILED and left(studio, project) == []
    assert "a passing car" in job.message and "\n" not in job.message and "the disk" not in job.message


@pytest.mark.parametrize("linked", [True, False])
def test_takes_may_be_thrown_away_while_they_are_exported(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if not linked:
        monkeypatch.setattr(os, "link", _no_links)
    project = studio.rendered()
    studio.service.regenerate(project.id, "e1")
    project = studio.settled(project.id)
    versions = project.takes["e1"]
    assert len(versions) == 2
    real = exporting.exports.making

    def making(project_id: str):  # type: ignore[no-untyped-def]
        throw(studio, project_id, "e1", versions[0].id)  # before a waiting export has begun
        return real(project_id)

    monkeypatch.setattr(exporting.exports, "making", making)
    reached, go = held_up(monkeypatch)
    job = begun(studio, project, wish("game-stems-rpp"))
    assert reached.wait(60)
    throw(studio, project.id, "e1", versions[1].id)
    throw(studio, project.id, "e2", project.takes["e2"][0].id)
    go.set()
    wait_until(lambda: job.status.over)
    assert job.status is Status.DONE, job.message
    [made] = exporting.state(project.id)["exports"]
    media = [file["name"] for file in made["files"] if file["name"].startswith("media/")]
    assert len(media) == 4  # both takes of the first event, one of each of the others
    folder = studio.service.store.path(project.id) / "exports" / made["id"]
    assert sorted(path.name for path in folder.iterdir()) == ["bundle.zip", "export.json"]


def test_no_poll_sees_a_new_export_with_what_is_told_of_the_last(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    exported(studio, project)
    edited = studio.service.edit(project.id, project.revision, lambda p: editing.mastered(p, gain_db=-3.0))
    seen: list[dict] = []
    poll = threading.Thread(target=lambda: seen.append(exporting.state(project.id)["job"]))
    real = exporting.queue.submit

    def submit(*args: object, **rest: object) -> Job:
        job = real(*args, **rest)  # type: ignore[arg-type]
        poll.start()
        poll.join(0.3)
        return job

    monkeypatch.setattr(exporting.queue, "submit", submit)
    job = begun(studio, edited)
    poll.join(60)
    assert [(one["number"], one["revision"]) for one in seen] == [(job.number, edited.revision)]
    wait_until(lambda: job.status.over)
