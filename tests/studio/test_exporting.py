"""Exports of projects: real files beside renders and edits, whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.delivery.presets import PRESETS
from pipeline.errors import MixError, ProjectError, StaleRevision
from pipeline.formats import files as disk
from pipeline.timeline import Story
from studio import editing, exports
from studio.exporting import Exporting
from studio.jobs import Job, Status
from studio.project import Project
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import EBU, begun, content, exported, held_up, left, wish


@pytest.fixture
def exporting(studio: Studio) -> Exporting:
    """The studio's, with categories that need no text model."""
    studio.service.exporting._suggest = lambda caption: "RAINMetl" if "rain" in caption else "THUN"
    return studio.service.exporting


def throw(studio: Studio, project_id: str, event: str, take: str) -> None:
    """A take into the trash, as the page does it."""
    revision = studio.service.store.get(project_id).revision
    studio.service.edit(project_id, revision, lambda p: editing.trashed_take(p, event, take))


def _no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


# ---------------------------------------------------------------- what is written


def test_an_export_is_a_file_of_the_mix_at_the_loudness_it_tells(studio: Studio) -> None:
    project = studio.rendered()
    made = exported(studio, project)
    samples, rate_hz = soundfile.read(io.BytesIO(content(studio, project, made, ".wav")), always_2d=True)
    assert (rate_hz, samples.shape) == (48_000, (288_000, 2))
    assert made["after"]["integrated_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert made["gain_db"] == pytest.approx(-23.0 - made["before"]["integrated_lufs"], abs=1e-6)
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(made["after"]["sample_peak_dbfs"], abs=0.01)
    assert made["revision"] == project.revision and not made["changed"] and made["gave_way"] is None


def test_names_on_disk_are_ids_and_names_told_are_readable(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered(Story(text="rain; ../../a <car>; thunder", duration_s=3.0))
    made = exported(studio, project)
    [folder] = left(studio, project)
    assert folder == made["id"] and not set(folder) - set("0123456789abcdef")
    inside = [path.name for path in (studio.service.store.path(project.id) / "exports" / folder).iterdir()]
    assert sorted(inside) == ["bundle.zip", "export.json"]
    path, name = exporting.exports.bundle(project.id, made["id"])
    assert name == "rain; .. .. a car ; thunder.zip"
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        assert [f["name"] for f in made["files"]] == [n.partition("/")[2] for n in packed.namelist()]
    assert exporting.exports.piece(project.id, made["id"], 0).name.startswith("rain; .. .. a car ; thunder")


@pytest.mark.parametrize(
    ("fields", "suffix", "expected"),
    [
        ({"format": "flac", "rate": 44_100, "bits": 16}, ".flac", (44_100, "PCM_16")),
        ({"rate": "96000", "bits": "32"}, ".wav", (96_000, "FLOAT")),
        ({"format": "opus"}, ".opus", (48_000, "OPUS")),
    ],
)
def test_format_rate_and_depth_go_before_the_preset(
    studio: Studio, fields: dict, suffix: str, expected: tuple[int, str]
) -> None:
    project = studio.rendered(Story(text="rain; wind", duration_s=2.0))
    made = exported(studio, project, wish(**fields))
    info = soundfile.info(io.BytesIO(content(studio, project, made, suffix)))
    assert (info.samplerate, info.subtype) == expected
    assert info.duration == pytest.approx(2.0, abs=0.001)


def test_loudness_may_be_off_or_ones_own(studio: Studio) -> None:
    project = studio.rendered()
    as_mixed = exported(studio, project, wish(loudness="off"))
    assert (as_mixed["gain_db"], as_mixed["before"]) == (0.0, as_mixed["after"])
    own = exported(studio, project, wish(loudness="own", lufs="-30,5", ceiling=""))
    assert own["after"]["integrated_lufs"] == pytest.approx(-30.5, abs=0.1)


def test_what_gave_way_is_told(studio: Studio) -> None:
    made = exported(studio, studio.rendered(), wish(loudness="own", lufs=-5, ceiling=-12))
    assert made["gave_way"] == "loudness"
    assert made["after"]["true_peak_dbtp"] <= -11.9
    assert any("The loudness gave way" in sentence for sentence in made["sentences"])


def test_a_silent_mix_is_told_in_a_sentence(studio: Studio) -> None:
    project = studio.rendered()
    studio.service.edit(project.id, project.revision, lambda p: editing.strips_set(p, ["e1", "e2", "e3"], mute=True))
    made = exported(studio, project)
    assert made["sentences"][0].startswith("The mix is silent")
    assert made["after"]["integrated_lufs"] is None


def test_ucs_names_take_the_suggested_category_or_the_chosen_one(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered()
    offered = exporting.categories(project.id)
    assert [(one["n"], one["caption"], one["category"]) for one in offered] == [
        (1, "rain", "RAINMetl"), (2, "a passing car", "THUN"), (3, "thunder", "THUN"),
    ]  # fmt: skip
    asked = wish("game-stems-rpp", categories={"e2": "VEHCar"}, creator="Anna K", source="Night")
    names = [file["name"] for file in exported(studio, project, asked)["files"]]
    for name in ("RAINMetl_rain", "VEHCar_a passing car", "THUN_thunder"):
        assert f"events/{name}_Anna K_Night.wav" in names
    assert [name for name in names if name.endswith(".rpp")]
    plain = [file["name"] for file in exported(studio, project, wish("game-stems-rpp", naming="plain"))["files"]]
    assert "events/02 a passing car.wav" in plain


# ---------------------------------------------------------------- beside other work


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


# ---------------------------------------------------------------- what is in the way


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
