"""The mix of a delivery under a video: the picture as it was, told where it is not as long, refused before all work."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.delivery.bundle import deliver
from pipeline.delivery.film import length_sentence
from pipeline.delivery.presets import PRESETS
from pipeline.errors import FormatError, MissingDependency, WeightsMissing
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.ffmpeg import find_ffmpeg
from tests.delivery.materials import LENGTH_S, LIGHT, OPTIONS, TITLE, material

FILM_S = 4.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of moving picture without sound."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    made = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=4", "-c:v", "mpeg4", str(path)]
    subprocess.run([find_ffmpeg(need="this test"), "-v", "error", *made], check=True)
    return path


def hash_of(path: Path) -> str:
    """Of the packets of the picture."""
    argv = [find_ffmpeg(need="this test"), "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["48k-24bit-ebu", "podcast"])
def test_the_mix_is_laid_under_a_video(tmp_path: Path, film: Path, name: str) -> None:
    shares: list[float] = []
    made = deliver(
        material(tmp_path / "t"), PRESETS[name], tmp_path / "out", options=replace(OPTIONS, video=film),
        on_progress=lambda share, _: shares.append(share),
    )  # fmt: skip
    under = made.path / f"{TITLE}.mp4"
    assert f"{TITLE}.mp4" in made.files and not [one for one in made.files if "under" in one]
    assert shares == sorted(shares)
    assert hash_of(under) == hash_of(film)
    argv = [find_ffmpeg(need="this test"), "-v", "error", "-i", under, "-map", "0:a", str(tmp_path / "back.wav")]
    subprocess.run(argv, check=True)
    sound, rate_hz = soundfile.read(tmp_path / "back.wav", always_2d=True)
    mix, _ = soundfile.read(made.path / f"{TITLE}{'.wav' if name != 'podcast' else '.mp3'}", always_2d=True)
    assert abs(len(sound) / rate_hz - LENGTH_S) < 0.05
    level = 20 * np.log10(sound.std() / mix.std())
    assert abs(level) < 0.5
    data = json.loads((made.path / f"{TITLE}.json").read_text(encoding="utf-8"))
    assert data["preset"] == name
    assert made.sentences[-1] == (
        "The video's picture lasts 4.00 s and the mix 3.25 s: the last 0.75 s of the picture are silent."
    )


@pytest.mark.parametrize(
    ("picture_s", "mix_s", "told"),
    [
        (None, 3.0, ""),
        (3.0, 3.0, ""),
        (3.04, 3.0, ""),
        (3.5, 3.0, "the last 0.50 s of the picture are silent."),
        (2.0, 3.0, "the last 1.00 s of the mix have no picture."),
    ],
)
def test_other_lengths_are_told(picture_s: float | None, mix_s: float, told: str) -> None:
    assert length_sentence(picture_s, mix_s).endswith(told) and bool(told) == bool(length_sentence(picture_s, mix_s))


def never(*_: object) -> None:
    raise AssertionError("the mix was begun")


def test_what_a_delivery_lacks_is_told_before_anything_is_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_model(_: str) -> str:
        raise WeightsMissing("the text model is not there")

    monkeypatch.setattr("pipeline.mixer.engine.Mixer.blocks", never)
    told = material(tmp_path / "t")
    (tmp_path / "words.mp4").write_text("words")
    for name in ("none.mp4", "words.mp4"):
        with pytest.raises(FormatError, match="there is no file|not a video that can be read"):
            deliver(told, LIGHT, tmp_path / "out", options=replace(OPTIONS, video=tmp_path / name))
    with pytest.raises(WeightsMissing):
        deliver(told, PRESETS["game-stems-rpp"], tmp_path / "out", options=replace(OPTIONS, suggest=no_model))
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingDependency, match="an M4A file needs ffmpeg"):
        deliver(told, replace(LIGHT, mixes=(AudioFormat(codec=Codec.M4A),)), tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()
