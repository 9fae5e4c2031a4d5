"""A project's folder as the studio writes it, read for delivery; and what is said of folders that are none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.delivery.material import UNTITLED, title_of
from pipeline.delivery.project_file import read_project
from pipeline.errors import FormatError
from pipeline.timeline import Story
from studio import codec
from studio.project import Project
from studio.takes import TakeRecord
from tests.delivery.materials import material, noise, take


def record(one, event_id, **fields) -> TakeRecord:
    usual = {
        "id": one.id, "event_id": event_id, "file": one.path.stem, "caption": one.caption, "duration_s": 1.0,
        "seed": one.seed, "steps": 5, "guidance": 2.0, "renderer": one.model, "context": "", "samples": one.samples,
        "rate_hz": one.rate_hz, "made_at": one.made_at,
    }  # fmt: skip
    return TakeRecord(**{**usual, **fields})


@pytest.fixture
def written(tmp_path):
    """A project of the studio on disk, and the material that it holds. The bed's source is called s1 there."""
    told = material(tmp_path / "takes")
    lane = told.arrangement.lanes[0]
    shown = replace(lane, clips=tuple(replace(clip, source="s1") for clip in lane.clips))
    takes = {
        "e1": (record(told.takes["t1b"], "e1"), record(told.takes["t1"], "e1")),
        "e2": (record(told.takes["t2"], "e2"),),
        "e3": (record(told.takes["t3"], "e3"),),
        "s1": (record(told.takes["bed"], "s1"),),
    }
    project = Project(
        id="a" * 32,
        title="Night <train>",
        seed=3,
        arrangement=replace(told.arrangement, lanes=(shown,)),
        takes=takes,
        chosen={"e1": "t1", "e2": "t2", "e3": "t3", "s1": "bed"},
    )
    (tmp_path / "project.json").write_text(codec.dumps(project), encoding="utf-8")
    return tmp_path, told, project


def test_what_the_studio_writes_is_what_is_delivered(written):
    folder, told, _ = written
    for path in (folder, folder / "project.json"):
        read = read_project(path)
        assert read.arrangement == told.arrangement
        assert read.takes == told.takes
        assert {k: read.chosen[k] for k in told.chosen} == dict(told.chosen)
        assert {k: read.versions[k] for k in told.versions} == dict(told.versions)
        assert (read.title, read.settings["seed"], read.settings["steps"]) == ("Night <train>", 3, 25)
        assert read.session(rate_hz=48_000) == told.session(rate_hz=48_000)


def test_trashed_takes_are_left_out_and_missing_ones_are_no_versions(written):
    folder, told, project = written
    (folder / "project.json").write_text(codec.dumps(replace(project, trashed=frozenset({"t1b"}))), encoding="utf-8")
    assert read_project(folder).versions["e1"] == ("t1",)
    (folder / "project.json").write_text(codec.dumps(project), encoding="utf-8")
    told.takes["t1b"].path.unlink()
    assert read_project(folder).versions["e1"] == ("t1",)


def test_a_project_of_the_first_schema_is_read(written):
    folder, told, project = written
    data = json.loads(codec.dumps(project))
    for name in ("arrangement", "clip_sources", "title", "sources", "options", "favourites", "trashed", "journal"):
        data.pop(name, None)
    data["schema"] = "audiostory.project/1"
    (folder / "project.json").write_text(json.dumps(data))
    read = read_project(folder)
    assert read.arrangement.timeline == told.arrangement.timeline
    assert (read.arrangement.lanes, read.title) == ((), "Rain, a train, wind")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": "other/1"}, "the schema 'other/1' is unknown"),
        ({"timeline": None}, "no timeline yet"),
        ({"takes": []}, "is damaged"),
        ({"takes": {"e1": [{"id": 1}]}}, "is damaged"),
        ({"arrangement": {"lanes": [{"name": "x", "clips": [{"source": "../x"}]}]}}, "lane 1: clip 1"),
        ({"arrangement": {"schema": "other"}}, "schema 'other' is unknown"),
        ({"arrangement": {"master_db": "loud"}}, "master gain"),
        ({"arrangement": {"story": {"volume": 3}}}, "the story lane's strip has a field"),
        ({"arrangement": {"lanes": {}}}, "lanes must be a list"),
    ],
)
def test_a_damaged_project_is_told_in_one_sentence(written, change, words):
    folder, _, project = written
    (folder / "project.json").write_text(json.dumps({**json.loads(codec.dumps(project)), **change}))
    with pytest.raises(FormatError, match=words) as caught:
        read_project(folder)
    assert "\n" not in str(caught.value)


def test_a_take_is_never_looked_for_outside_of_the_project(written):
    folder, _, project = written
    data = json.loads(codec.dumps(project))
    data["takes"]["e1"][0]["file"] = "../../secret"
    (folder / "project.json").write_text(json.dumps(data))
    with pytest.raises(FormatError, match="no name of one"):
        read_project(folder)


def test_what_is_no_project_is_told(tmp_path):
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "project.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "project.json").write_text("[" * 100_000)
    for name, words in (
        ("none", "no project at"),
        ("binary", "not text in UTF-8"),
        ("text", "is damaged"),
        ("text/project.json/x", "no project at"),
    ):
        with pytest.raises(FormatError, match=words):
            read_project(tmp_path / name)


def test_a_project_is_called_by_its_name_or_its_story(tmp_path):
    told = material(tmp_path / "t").arrangement
    assert title_of(" My  film ", told) == "My film"
    assert title_of("", told) == "Rain, a train, wind"
    long = replace(told.timeline, story=Story(text="Rain on the old roof, then a train.", duration_s=9.0))
    assert title_of("", replace(told, timeline=long)) == "Rain on the old roof"
    assert title_of("", None) == UNTITLED
    assert take(tmp_path, "x", noise(0.1, 44_100), 44_100).samples_at(48_000) == 4_800
