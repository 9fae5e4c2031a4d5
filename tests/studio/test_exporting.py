"""Exports of projects, what is written: real files, at the loudness and by the names that are told."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from pipeline.timeline import Story
from studio import editing
from studio.asking import GUARD
from studio.exporting import Exporting
from studio.web import build_web
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import content, exported, left, wish


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


def test_clips_of_free_lanes_have_categories_too(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered()
    take = project.chosen_take("e1")
    studio.service.edit(
        project.id, project.revision, lambda p: editing.clip_of_take(p, "", take, start_s=1.0)
    )  # fmt: skip
    project = studio.service.store.get(project.id)
    [lane] = project.desk.lanes
    [clip] = lane.clips
    shown = exporting.categories(project.id)[-1]
    assert shown == {"id": clip.id, "n": 1, "lane": lane.name, "caption": clip.name, "category": "RAINMetl"}
    client = TestClient(build_web(studio.service), headers={GUARD: "1"})
    start = f"/studio/{project.id}/exports/start"
    asked = {"preset": "game-stems-rpp", "creator": "Anna", "source": "Night", "revision": project.revision}
    refused = client.post(start, json={**asked, "categories": {"c9": "VEHCar"}}).json()
    assert not refused["ok"] and "no event or clip 'c9'" in refused["error"]
    assert client.post(start, json={**asked, "categories": {clip.id: "VEHCar"}}).json()["ok"]
    wait_until(lambda: not exporting.state(project.id)["job"]["active"])
    names = [file["name"] for file in exporting.state(project.id)["exports"][0]["files"]]
    assert "clips/VEHCar_rain_Anna_Night.wav" in names and "events/RAINMetl_rain_Anna_Night.wav" in names
