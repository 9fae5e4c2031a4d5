"""Exports as the page asks for them: what is said of wrong wishes, and the way over HTTP."""

from __future__ import annotations

import io
import zipfile

import pytest
import soundfile
from fastapi.testclient import TestClient

from pipeline.delivery.presets import PRESETS
from pipeline.errors import AudioStoryError
from pipeline.timeline import Story
from studio import wishes
from studio.asking import GUARD
from studio.web import build_web
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import EBU, wish


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"preset": ""}, "choose a preset"),
        ({"preset": "cd"}, "the preset is one of 48k-24bit-ebu"),
        ({"preset": 3}, "the preset is one of"),
        ({"format": "aiff"}, "the format is one of wav"),
        ({"format": ["wav"]}, "the format is one of wav"),
        ({"rate": "fast"}, "the rate must be a whole number"),
        ({"rate": True}, "the rate must be a whole number"),
        ({"rate": 22_050}, "WAV is written at 44100"),
        ({"format": "opus", "rate": 44_100}, "Opus is written at 48000 Hz"),
        ({"bits": 20}, "WAV is written with 16, 24 or 32 bits"),
        ({"bits": 24.0}, "the depth must be a whole number"),
        ({"format": "mp3", "bits": 16}, "MP3 has no bits per sample"),
        ({"preset": "podcast", "bits": 16}, "MP3 has no bits per sample"),
        ({"preset": "everything", "rate": 96_000}, "MP3 is written at"),
        ({"preset": "pictures", "format": "wav"}, "writes no sound"),
        ({"preset": "pictures", "loudness": "ebu"}, "writes no sound"),
        ({"loudness": "loud"}, "the loudness is one of off, own, ebu"),
        ({"loudness": "own"}, "the loudness in LUFS is missing"),
        ({"loudness": "own", "lufs": "quiet"}, "must be a number"),
        ({"loudness": "own", "lufs": [1]}, "must be a number"),
        ({"loudness": "own", "lufs": float("nan")}, "must be a number"),
        ({"loudness": "own", "lufs": 3}, "allowed is -50 to -5"),
        ({"loudness": "own", "lufs": -20, "ceiling": 1}, "allowed is -20 to 0"),
        ({"loudness": "own", "lufs": -20, "ceiling": False}, "the ceiling in dBTP must be a number"),
        ({"channels": 5}, "1 or 2 channels, not 5"),
        ({"channels": "two"}, "the number of channels must be a whole number"),
        ({"handles": 1}, "writes no file per event"),
        ({"preset": "everything", "handles": -1}, "handles are 0 to 60 s long"),
        ({"preset": "everything", "handles": "long"}, "the length of handles in seconds must be a number"),
        ({"frames": 25}, "writes no EDL"),
        ({"preset": "everything", "frames": 26}, "an EDL counts 23.976, 24, 25, 29.97, 30"),
        ({"preset": "everything", "frames": []}, "the frame rate must be a number"),
        ({"video": "yes"}, "the video is on or off"),
        ({"preset": "pictures", "video": True}, "no mix that could be laid under a video"),
        ({"naming": "latin"}, "the kind of names is one of plain, ucs"),
        ({"creator": 7}, "the creator must be text"),
        ({"creator": "x" * 61}, "the creator has at most 60 characters, not 61"),
        ({"source": "\ud800"}, "the source holds characters that are not text"),
        ({"categories": ["RAIN"]}, "the categories must be given for events"),
        ({"categories": {"e9": "RAIN"}}, "no event or clip 'e9'"),
        ({"categories": {"e1": "RAIN0"}}, "no category 'RAIN0'"),
        ({"categories": {"e1": {}}}, "no category"),
        ({"categories": {"e1": "RAIN"}}, "writes no file per event: there are no categories"),
        ({"preset": "game-stems-rpp", "naming": "plain", "categories": {"e1": "RAIN"}}, "plain names hold no category"),
    ],
)
def test_a_wrong_wish_is_told_in_one_sentence(fields: dict, words: str) -> None:
    with pytest.raises(AudioStoryError, match=words) as caught:
        wish(**{"preset": EBU, **fields})
    assert "\n" not in str(caught.value)


def test_every_preset_says_what_it_writes() -> None:
    shown = wishes.choices()["presets"]
    assert [one["name"] for one in shown] == list(PRESETS)
    for one in shown:
        assert one["contents"].endswith(".") and "\n" not in one["contents"]
    assert len({one["contents"] for one in shown}) == len(shown)


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(build_web(studio.service), headers={GUARD: "1"})


def test_channels_handles_and_frames_are_asked_for() -> None:
    asked = wish("everything", channels="1", handles="0,5", frames="23.976", video=True)
    assert (asked.preset.channels, asked.preset.handles_s, asked.frames_per_s, asked.video) == (1, 0.5, 23.976, True)
    usual = wish("everything", channels="", handles="", frames="", video=False)
    assert (usual.preset, usual.frames_per_s, usual.video) == (PRESETS["everything"], 25.0, False)


def test_an_export_over_http(studio: Studio, client: TestClient) -> None:
    project = studio.rendered(Story(text="Süßer Regen; b", duration_s=2.0))
    at = f"/studio/{project.id}/exports"
    asked = {"preset": EBU, "revision": project.revision}
    told = client.post(f"{at}/start", json=asked).json()
    assert told["ok"] and told["state"]["job"]["revision"] == project.revision
    wait_until(lambda: not client.get(f"{at}.json").json()["job"]["active"])
    [made] = client.get(f"{at}.json").json()["exports"]
    index = next(i for i, file in enumerate(made["files"]) if file["name"].endswith(".wav"))
    answer = client.get(f"{at}/{made['id']}/files/{index}")
    assert int(answer.headers["content-length"]) == len(answer.content) == made["files"][index]["bytes"]
    assert "S%C3%BC%C3%9Fer%20Regen" in answer.headers["content-disposition"]
    assert soundfile.info(io.BytesIO(answer.content)).frames == 96_000
    packed = client.get(f"{at}/{made['id']}/bundle.zip")
    assert len(packed.content) == made["bytes"] and zipfile.ZipFile(io.BytesIO(packed.content)).testzip() is None
    assert client.post(f"{at}/delete", json={"export": made["id"]}).json()["state"]["exports"] == []
    assert client.get(f"{at}/{made['id']}/bundle.zip").status_code == 404


def test_wrong_requests_over_http_are_sentences(studio: Studio, client: TestClient) -> None:
    project = studio.rendered(Story(text="a; b", duration_s=1.0))
    at = f"/studio/{project.id}/exports"

    def error(doing: str, body: object) -> str:
        told = client.post(f"{at}/{doing}", json=body).json()
        assert told["ok"] is False
        return told["error"]

    assert "whole number" in error("start", {"preset": EBU, "revision": "x"})
    assert "changed in another window" in error("start", {"preset": EBU, "revision": 99})
    assert "no such job" in error("cancel", {"job": 4_000})
    assert "whole number" in error("cancel", {})
    for body in ([], "x", None, 3):
        assert "does not know" in error("start", body)
    assert "does not know" in error("explode", {})
    assert "does not know" in error("delete", {"export": 5})
    for export_id in ("../../x", "a" * 24, "A" * 24, ""):
        assert "no such export" in error("delete", {"export": export_id})
    assert client.post(f"{at}/start", json={}, headers={GUARD: ""}).status_code == 200
    bare = TestClient(client.app)
    assert bare.post(f"{at}/start", json={"preset": EBU, "revision": 1}).json()["ok"] is False
    for path in ("x/bundle.zip", f"{'a' * 24}/bundle.zip", f"{'a' * 24}/files/0"):
        assert client.get(f"{at}/{path}").status_code == 404
    assert client.get(f"/studio/{'0' * 32}/exports.json").status_code == 404
