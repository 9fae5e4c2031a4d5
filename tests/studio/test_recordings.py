"""Own recordings: what sound files become, and what is refused in one sentence before it is read whole."""

from __future__ import annotations

import importlib.util
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from pipeline.errors import AudioStoryError, FormatError
from studio import bringing, editing, recordings
from studio.recordings import read_recording, shown_name
from studio.web import build_web
from tests.studio.conftest import Studio

GUARD = {"X-Studio": "1"}
KINDS = {
    "wav": ("WAV", "PCM_24"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


def sound(seconds: float = 1.5, rate_hz: int = 44_100, channels: int = 2) -> np.ndarray:
    """A quiet tone [T, C]."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.repeat(0.2 * np.sin(2 * np.pi * 440 * t)[:, None], channels, axis=1)


def written(path: Path, kind: str = "wav", **how) -> Path:
    """A sound file."""
    format_, subtype = KINDS[kind]
    rate_hz = how.pop("rate_hz", 44_100)
    soundfile.write(path, sound(rate_hz=rate_hz, **how), rate_hz, format=format_, subtype=subtype)
    return path


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("rate_hz", [22_050, 48_000])
def test_every_kind_of_file_becomes_audio_at_the_rate_of_the_mix(tmp_path: Path, kind: str, rate_hz: int) -> None:
    found = read_recording(written(tmp_path / "x", kind, rate_hz=rate_hz), name=f"My tone.{kind}", rate_hz=48_000)
    assert found.name == "My tone" and found.audio.rate_hz == 48_000
    assert found.audio.duration_s == pytest.approx(1.5, abs=0.1)
    assert 0.1 < np.abs(found.audio.samples[:, 12_000:48_000]).max() < 0.3


@pytest.mark.skipif(importlib.util.find_spec("imageio_ffmpeg") is None, reason="there is no ffmpeg to make an M4A with")
def test_an_m4a_comes_in_through_ffmpeg(tmp_path: Path) -> None:
    import imageio_ffmpeg

    source = written(tmp_path / "a.wav")
    target = tmp_path / "a.m4a"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(source), str(target)], check=True)
    found = read_recording(target, name="a.m4a", rate_hz=48_000)
    assert found.audio.duration_s == pytest.approx(1.5, abs=0.1)
    target.write_bytes(target.read_bytes()[:200])
    with pytest.raises(FormatError, match="can't be read"):
        read_recording(target, name="a.m4a", rate_hz=48_000)
    assert {path.name for path in tmp_path.iterdir()} == {"a.wav", "a.m4a"}


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a sound at all" * 50, b"\x00" * 5_000, b"ID3" + b"\xff" * 3_000])
def test_what_is_no_sound_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(FormatError) as told:
        read_recording(tmp_path / "x", name="x", rate_hz=48_000)
    assert "\n" not in str(told.value) and str(tmp_path) not in str(told.value)


def test_a_file_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(1_000)
        file.writeframes(bytes(700_000))
    with pytest.raises(FormatError, match="700 s; at most 600 s"):
        read_recording(path, name="x", rate_hz=48_000)
    soundfile.write(path, sound(channels=6), 44_100)
    with pytest.raises(FormatError, match="6 channels"):
        read_recording(path, name="x", rate_hz=48_000)
    soundfile.write(path, sound(seconds=0.01), 44_100)
    with pytest.raises(FormatError, match="shorter"):
        read_recording(path, name="x", rate_hz=48_000)


def test_samples_that_are_not_finite_are_told(tmp_path: Path) -> None:
    samples = sound()
    samples[7] = np.nan
    soundfile.write(tmp_path / "x.wav", samples, 44_100, subtype="FLOAT")
    with pytest.raises(FormatError, match="not finite"):
        read_recording(tmp_path / "x.wav", name="x", rate_hz=48_000)


def test_an_upload_is_refused_by_the_length_that_it_announces() -> None:
    with pytest.raises(FormatError, match="2,000 MB"):
        recordings.check_size(2_000_000_000)
    recordings.check_size(None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\rain.wav", "rain"), ("<b>x</b>.wav", "b>"), ("", "recording"),
     ("a\x00b\n.flac", "a b"), ("x" * 500, "x" * 80)],
)  # fmt: skip
def test_a_name_is_shown_and_is_no_path(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def brought(studio: Studio, project, path: Path, **where):
    """The project with a recording."""
    return bringing.bring(
        studio.service.store, project.id, path, name="tone.wav", place=bringing.Place(**where),
        revision=project.revision,
    )  # fmt: skip


def test_a_recording_is_a_take_that_no_edit_makes_stale(studio: Studio, tmp_path: Path) -> None:
    project = studio.rendered()
    first = project.plan.events[0].id
    done = brought(studio, project, written(tmp_path / "x"), item_id=first)
    take = done.chosen_take(first)
    assert (take.source, take.name, take.rate_hz) == ("recording", "tone", 48_000)
    assert done.event(first).duration_s == 2.0 and studio.states(project.id) == ["rendered"] * 3
    studio.service.edit(project.id, done.revision, lambda p: editing.edited_event(p, first, caption="other", seed=3))
    assert studio.states(project.id)[0] == "rendered"
    with pytest.raises(AudioStoryError, match="latents"):
        studio.service.vary(project.id, first, strength=0.5)


def test_the_slot_fits_the_recording_when_asked(studio: Studio, tmp_path: Path) -> None:
    project = studio.rendered()
    first, last = (project.plan.events[i].id for i in (0, 2))
    done = brought(studio, project, written(tmp_path / "x"), item_id=first, fit="slot")
    assert done.event(first).duration_s == 1.0  # half a second of it lies under the crossfade
    done = brought(studio, done, tmp_path / "x", item_id=last, fit="slot")
    assert done.event(last).duration_s == 1.5
    assert studio.service.undo(project.id, done.revision).event(last).duration_s == 2.0


def test_over_http_a_recording_becomes_a_clip_and_a_bad_one_a_sentence(studio: Studio, tmp_path: Path) -> None:
    project = studio.rendered()
    data = written(tmp_path / "x", "flac").read_bytes()
    address = f"/studio/{project.id}/recording"
    with TestClient(build_web(studio.service)) as browser:
        asked = {"lane": "", "start": "1.25", "name": "Bell.flac", "revision": str(project.revision)}
        answer = browser.post(address, params=asked, content=data, headers=GUARD).json()
        assert answer["ok"] and answer["view"]["lanes"][0]["clips"][0]["start_s"] == 1.25
        assert answer["view"]["lanes"][0]["clips"][0]["name"] == "Bell"
        again = browser.post(address, params=asked, content=data, headers=GUARD).json()
        assert not again["ok"] and again["stale"] and "another window" in again["error"]
        asked["revision"] = str(answer["view"]["revision"])
        bad = browser.post(address, params=asked, content=b"nothing", headers=GUARD).json()
        assert not bad["ok"] and "stale" not in bad and "not a sound file" in bad["error"]
        huge = browser.post(
            address, params=asked, content=b"x", headers={**GUARD, "Content-Length": "2000000000"}
        ).json()
        assert not huge["ok"] and "2,000 MB" in huge["error"]
        assert not browser.post(address, params=asked, content=data).json()["ok"]
        gone = browser.post(f"/studio/{'0' * 32}/recording", params=asked, content=data, headers=GUARD).json()
        assert not gone["ok"] and "no project" in gone["error"]
    assert list((studio.service.store.root / ".inbox").iterdir()) == []
