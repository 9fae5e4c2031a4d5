"""A project's video: taken in only where it is one, laid under exports, and untouched by what happens meanwhile."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import AudioStoryError, FormatError, ProjectError
from pipeline.formats.ffmpeg import find_ffmpeg
from studio import videos
from studio.asking import GUARD
from studio.exporting import Exporting
from studio.jobs import Status
from studio.web import build_web
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import begun, content, exported, held_up, left, wish


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of moving picture."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    made = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1", "-c:v", "mpeg4", str(path)]
    subprocess.run([find_ffmpeg(need="this test"), "-v", "error", *made], check=True)
    return path


def streams(data: bytes, folder: Path) -> str:
    """What ffmpeg says of the streams of a film."""
    (folder / "read.mp4").write_bytes(data)
    argv = [find_ffmpeg(need="this test"), "-i", str(folder / "read.mp4")]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stderr


def brought(studio: Studio, project_id: str, film: Path, name: str = "Cut 3.mp4") -> None:
    upload = studio.service.store.inbox() / "upload"
    shutil.copy(film, upload)
    studio.service.exporting.videos.bring(project_id, upload, name=name)


def no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_an_export_has_the_mix_under_the_video(
    studio: Studio, exporting: Exporting, film: Path, tmp_path: Path
) -> None:
    project = studio.rendered()
    with pytest.raises(ProjectError, match="there is no video"):
        begun(studio, project, wish(video=True))
    brought(studio, project.id, film)
    shown = exporting.state(project.id)["video"]
    assert (shown["name"], shown["bytes"], shown["length_s"]) == ("Cut 3", film.stat().st_size, 1.0)
    assert shown["lasts"].endswith("the mix 6.00 s: the last 5.00 s of the mix have no picture.")
    made = exported(studio, project, wish(video=True))
    assert made["sentences"][-1] == shown["lasts"]
    told = streams(content(studio, project, made, ".mp4"), tmp_path)
    assert "Video: mpeg4" in told and "Audio: aac" in told and "Duration: 00:00:06" in told
    plain = exported(studio, project, wish())
    assert not [one for one in plain["files"] if one["name"].endswith(".mp4")]


def test_another_takes_its_place_and_it_is_taken_away(studio: Studio, exporting: Exporting, film: Path) -> None:
    project = studio.rendered()
    brought(studio, project.id, film)
    brought(studio, project.id, film, name="../../other<b>.MOV")
    folder = studio.service.store.path(project.id) / "video"
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".mov"]
    assert exporting.videos.shown(project.id)["name"] == "other<b>"
    exporting.videos.remove(project.id)
    assert exporting.videos.shown(project.id) is None and not list(folder.iterdir())
    exporting.videos.remove(project.id)


def test_of_two_uploads_at_once_one_stays(
    studio: Studio, exporting: Exporting, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, moved, over = studio.rendered(), threading.Event(), threading.Event()
    real = shutil.move

    def move(source: Path, target: Path) -> None:
        real(source, target)
        if source.name == "slow":
            moved.set()
            over.wait(0.5)  # long enough for the other to clear this file away, were it let in

    def bring(name: str) -> None:
        upload = studio.service.store.inbox() / name
        shutil.copy(film, upload)
        exporting.videos.bring(project.id, upload, name=name)

    monkeypatch.setattr(shutil, "move", move)
    slow = threading.Thread(target=bring, args=("slow",))
    slow.start()
    assert moved.wait(20)
    bring("quick")
    over.set()
    slow.join(20)
    assert exporting.videos.shown(project.id)["name"] == "quick"
    assert exporting.videos.path(project.id).read_bytes() == film.read_bytes()
    assert len(list(exporting.videos.path(project.id).parent.iterdir())) == 2  # it and its note


@pytest.mark.parametrize("linked", [True, False])
def test_a_copy_of_a_project_has_the_video_as_its_own(
    studio: Studio, exporting: Exporting, film: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if not linked:
        monkeypatch.setattr(os, "link", no_links)
    project = studio.rendered()
    brought(studio, project.id, film)
    copy = studio.service.library.duplicate(project.id)
    assert exporting.videos.shown(copy) == exporting.videos.shown(project.id)
    exporting.videos.remove(project.id)
    assert exporting.videos.path(copy).read_bytes() == film.read_bytes()


@pytest.mark.parametrize("linked", [True, False])
def test_the_video_may_be_taken_away_while_it_is_exported(
    studio: Studio, exporting: Exporting, film: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if not linked:
        monkeypatch.setattr(os, "link", no_links)
    project = studio.rendered()
    brought(studio, project.id, film)
    reached, go = held_up(monkeypatch)
    job = begun(studio, project, wish(video=True))
    assert reached.wait(60)
    exporting.videos.remove(project.id)
    go.set()
    wait_until(lambda: job.status.over)
    assert job.status is Status.DONE, job.message
    [made] = exporting.state(project.id)["exports"]
    assert [one["name"] for one in made["files"] if one["name"].endswith(".mp4")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a video that can be read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nfile:///etc/passwd\n", "not a video that can be read"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video that can be read"),
        (b"\0\0\0\x18ftypmp42" + bytes(400), "holds no picture"),
        (b"\x1a\x45\xdf\xa3" + bytes(400), "holds no picture"),
    ],
)
def test_what_is_no_video_is_refused(studio: Studio, exporting: Exporting, data: bytes, words: str) -> None:
    project = studio.rendered()
    upload = studio.service.store.inbox() / "upload"
    upload.write_bytes(data)
    with pytest.raises(FormatError, match=words):
        exporting.videos.bring(project.id, upload, name="film.mp4")
    assert exporting.videos.shown(project.id) is None


def test_a_damaged_note_is_no_video(studio: Studio, exporting: Exporting, film: Path) -> None:
    project = studio.rendered()
    brought(studio, project.id, film)
    note = studio.service.store.path(project.id) / "video" / "video.json"
    kept = json.loads(note.read_text())
    del kept["length_s"]  # as earlier versions wrote it: its length is not known, and nothing is said of it
    note.write_text(json.dumps(kept))
    shown = exporting.state(project.id)["video"]
    assert (shown["name"], shown["length_s"], shown["lasts"]) == ("Cut 3", None, "")
    for text in ("{", "[]", '{"file": "../../x.mp4", "name": "x", "bytes": 1}', '{"file": 3}'):
        note.write_text(text)
        assert exporting.videos.shown(project.id) is None
        with pytest.raises(ProjectError, match="there is no video"):
            exporting.videos.path(project.id)


def test_a_video_over_http(studio: Studio, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(build_web(studio.service), headers={GUARD: "1"})
    project = studio.rendered()
    at, data = f"/studio/{project.id}", film.read_bytes()
    told = client.post(f"{at}/video?name=Cut%201.mp4", content=data).json()
    assert told["ok"] and (told["state"]["video"]["name"], told["state"]["video"]["bytes"]) == ("Cut 1", len(data))
    assert client.post(f"{at}/exports/no_video", json={}).json()["state"]["video"] is None
    assert "not a video" in client.post(f"{at}/video?name=x.mp4", content=b"words").json()["error"]
    assert client.post(f"{at}/video", content=data, headers={GUARD: ""}).json()["ok"]  # it need not say anything
    assert client.get(f"{at}/exports.json").json()["video"]["name"] == "video"  # sent without a name
    assert client.post(f"{at}/exports/no_video", json={}).json()["ok"]
    assert not TestClient(client.app).post(f"{at}/video", content=data).json()["ok"]
    assert client.get(f"{at}/exports.json").json()["video"] is None
    assert "no project" in client.post(f"/studio/{'0' * 32}/video", content=data).json()["error"]
    monkeypatch.setattr(videos, "MAX_BYTES", 1_000)
    assert "at most" in client.post(f"{at}/video?name=x.mp4", content=data).json()["error"]
    in_parts = client.post(f"{at}/video?name=x.mp4", content=io.BytesIO(data)).json()  # without a length
    assert "at most" in in_parts["error"]
    assert not list(studio.service.store.inbox().iterdir())


def test_a_full_disk_is_a_sentence(studio: Studio, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    project = studio.rendered()
    monkeypatch.setattr(shutil, "move", full)
    with pytest.raises(AudioStoryError, match="the video can't be kept: the disk is full"):
        brought(studio, project.id, film)


def test_a_cancelled_export_with_a_video_leaves_nothing(
    studio: Studio, exporting: Exporting, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    brought(studio, project.id, film)
    reached, go = held_up(monkeypatch)
    job = begun(studio, project, wish(video=True))
    assert reached.wait(60)
    threading.Timer(0.1, go.set).start()
    exporting.cancel(project.id, number=job.number)
    wait_until(lambda: job.status.over)
    assert job.status is Status.CANCELLED and left(studio, project) == []
    assert exporting.videos.shown(project.id)
