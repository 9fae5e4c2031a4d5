"""Whole projects: listed, copied, thrown away and brought back; and as one file that is trusted in nothing."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import AudioStoryError, FormatError, ProjectError
from studio import archive, editing
from studio.web import build_web
from tests.studio.conftest import Studio, wait_until

GUARD = {"X-Studio": "1"}


def test_recent_projects_are_listed_the_newest_first(studio: Studio) -> None:
    one, two = studio.rendered(), studio.planned()
    studio.service.library.rename(one.id, "A <b>title</b>")
    listed = studio.service.library.recent()
    assert [entry["id"] for entry in listed] == [one.id, two.id]
    assert listed[0]["title"] == "A <b>title</b>" and listed[1]["title"] == "rain; a passing car; thunder"
    assert (listed[0]["length_s"], listed[0]["events"]) == (6.0, 3)
    wait_until(lambda: not studio.service.remixer.busy(one.id))
    picture = studio.service.library.recent()[0]["picture"]
    with TestClient(build_web(studio.service)) as browser:
        assert browser.get(f"/{picture}").content[:4] == b"\x89PNG"


def test_a_project_that_was_only_opened_is_not_listed(studio: Studio) -> None:
    studio.service.open(None)
    assert studio.service.library.recent() == []


def test_a_damaged_project_is_left_out_and_left_alone(studio: Studio) -> None:
    project, other = studio.planned(), studio.planned()
    path = studio.service.store.root / project.id / "project.json"
    path.write_text("{}")
    assert [entry["id"] for entry in studio.service.library.recent()] == [other.id] and path.read_text() == "{}"


def test_a_copy_has_its_own_takes_and_goes_its_own_way(studio: Studio) -> None:
    project = studio.rendered()
    copy = studio.service.store.get(studio.service.library.duplicate(project.id))
    assert copy.plan == project.plan and copy.takes == project.takes and copy.title.endswith("(copy)")
    first = project.plan.events[0].id
    studio.service.edit(copy.id, copy.revision, lambda p: editing.edited_event(p, first, caption="hail"))
    assert studio.service.store.get(project.id) == project
    assert studio.service.take_file(copy.id, project.chosen_take(first).file).is_file()


def test_a_thrown_project_is_gone_and_comes_back_whole(studio: Studio) -> None:
    project = studio.rendered()
    wait_until(lambda: not studio.service.remixer.busy(project.id))
    studio.service.delete(project.id)
    with pytest.raises(ProjectError, match="no project"):
        studio.service.store.get(project.id)
    assert studio.service.library.recent() == [] and studio.service.library.thrown()[0]["id"] == project.id
    studio.service.library.restore(project.id)
    assert studio.service.store.get(project.id) == project and studio.service.library.thrown() == []
    for wrong in ("..", "0" * 32, "../" + project.id):
        with pytest.raises(ProjectError):
            studio.service.library.restore(wrong)


def test_a_project_deleted_while_it_renders_stays_deleted(studio: Studio) -> None:
    from tests.studio.test_races import hold_at_step

    project = studio.planned()
    there, go_on = hold_at_step(studio, 3)
    studio.service.render(project.id)
    assert there.wait(20)
    studio.service.delete(project.id)
    go_on.set()
    wait_until(lambda: not studio.service.queue.active(project.id))
    assert not (studio.service.store.root / project.id).exists()


def test_a_project_as_one_file_comes_back_with_takes_latents_and_history(studio: Studio) -> None:
    project = studio.rendered()
    first = project.plan.events[0].id
    project = studio.service.edit(
        project.id, project.revision, lambda p: editing.edited_event(p, first, caption="hail")
    )
    path = studio.service.library.export(project.id)
    back = studio.service.store.get(studio.service.library.bring_in(path))
    assert back.id != project.id and back.plan == project.plan and back.takes == project.takes
    take = back.chosen_take(first)
    assert studio.service.store.read_latents(back.id, take) is not None
    assert studio.service.undo(back.id, back.revision).event(first).caption == "rain"


def packed(path: Path, project: str, members: dict[str, bytes] | None = None) -> Path:
    """An archive with a good project.json and these members."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project.json", project)
        for name, data in (members or {}).items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name",
    ["../evil.wav", "/etc/evil", "takes/../../evil.wav", "takes\\..\\evil.wav", "takes/evil.sh", "takes/UPPER.wav",
     "takes/0123456789ab/x.wav", "C:/x.wav", "mixes/0123456789ab.wav", "project.json.exe"],
)  # fmt: skip
def test_a_member_that_does_not_belong_is_named_and_nothing_is_left(studio: Studio, tmp_path: Path, name: str) -> None:
    project = studio.planned()
    text = (studio.service.store.root / project.id / "project.json").read_text()
    before = set(studio.service.store.root.iterdir())
    with pytest.raises(FormatError, match="does not belong"):
        studio.service.library.bring_in(packed(tmp_path / "x.zip", text, {name: b"x"}))
    assert set(studio.service.store.root.iterdir()) == before


def _linked(path: Path) -> None:
    info = zipfile.ZipInfo("takes/0123456789ab.wav")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(info, "/etc/passwd")


def _twice(path: Path) -> None:
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as file:
        file.writestr("project.json", "{}")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (_linked, "no file"),
        (_twice, "same name"),
        (lambda path: path.write_bytes(b"PK not a zip"), "not a project"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "not a project"),
        (lambda path: packed(path, "{}"), "damaged"),
        (lambda path: packed(path, "not json"), "damaged"),
    ],
)
def test_a_harmful_archive_is_one_sentence(
    studio: Studio, tmp_path: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    project = studio.planned()
    path = packed(tmp_path / "x.zip", (studio.service.store.root / project.id / "project.json").read_text())
    harm(path)
    with pytest.raises(FormatError, match=sentence):
        studio.service.library.bring_in(path)


def test_an_archive_that_unpacks_to_too_much_is_refused_by_its_table(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000)
    with pytest.raises(FormatError, match="unpacks to more"):
        studio.service.library.bring_in(packed(tmp_path / "x.zip", " " * 2_000))


def test_a_record_in_an_archive_cannot_name_a_path(studio: Studio, tmp_path: Path) -> None:
    project = studio.rendered()
    data = json.loads((studio.service.store.root / project.id / "project.json").read_text())
    next(iter(data["takes"].values()))[0]["file"] = "../../../../tmp/x"
    with pytest.raises(AudioStoryError, match="no id"):
        studio.service.library.bring_in(packed(tmp_path / "x.zip", json.dumps(data)))


def test_the_library_over_http(studio: Studio) -> None:
    project = studio.rendered()
    with TestClient(build_web(studio.service)) as browser:

        def do(doing: str, **asked: str) -> dict:
            return browser.post(f"/studio/library/{doing}", json=asked, headers=GUARD).json()

        listed = browser.get("/studio/library.json").json()
        assert listed["projects"][0]["id"] == project.id and len(listed["examples"]) >= 6
        new = do("new", text="rain; wind", duration_s="4")["project"]
        wait_until(lambda: not studio.service.queue.active(new))
        assert len(studio.service.store.get(new).plan.events) == 2
        assert do("rename", project=new, title="Mine") == {"ok": True, "error": "", "project": new}
        copy = do("duplicate", project=new)["project"]
        assert do("delete", project=copy)["ok"] and do("restore", project=copy)["ok"]
        zipped = browser.get(f"/studio/{project.id}/project.zip")
        assert zipped.content[:2] == b"PK" and "attachment" in zipped.headers["content-disposition"]
        back = browser.post("/studio/library/import", content=zipped.content, headers=GUARD).json()
        assert back["ok"] and studio.service.store.get(back["project"]).plan == project.plan
        for doing, asked in (
            ("rename", {"project": 3}),
            ("rename", {}),
            ("explode", {}),
            ("delete", {"project": ".."}),
        ):
            answer = browser.post(f"/studio/library/{doing}", json=asked, headers=GUARD).json()
            assert not answer["ok"] and answer["error"] and "\n" not in answer["error"]
        assert "the studio's page" in browser.post("/studio/library/delete", json={"project": new}).json()["error"]
        bad = browser.post("/studio/library/import", content=b"no zip", headers=GUARD).json()
        assert not bad["ok"] and "not a project" in bad["error"]
    assert [path.name for path in studio.service.store.root.iterdir() if path.name.startswith(".new")] == []
