"""Delivered sessions, read by other parsers: what they play is what the stems hold."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import opentimelineio
import pytest
import rpp
import soundfile
import soxr

from pipeline.arrangement import Clip, Fade, Strip
from pipeline.delivery.bundle import deliver
from pipeline.formats.reaper import SHAPES
from pipeline.mixer import Target
from pipeline.mixer.curves import rise
from tests.delivery.materials import LENGTH, LIGHT, OPTIONS, TITLE, material, noise, take


def played(track, folder) -> np.ndarray:
    """float64 [2, LENGTH] of a track of an RPP file, by a player of our own: REAPER's words, our curves."""
    curves = {shape: curve for curve, shape in SHAPES.items()}
    out = np.zeros((2, LENGTH))
    for item in track.findall("ITEM"):
        start, length, offset = (round(float(item.find(n)[1]) * 48_000) for n in ("POSITION", "LENGTH", "SOFFS"))
        chosen = 0
        for index, row in enumerate(item.findall("TAKE"), 1):
            chosen = index if row[1:] == ["SEL"] else chosen
        sound, rate = soundfile.read(folder / item.findall("SOURCE")[chosen].find("FILE")[1], always_2d=True)
        sound = soxr.resample(sound, rate, 48_000, quality="VHQ")[offset : offset + length].T
        gains = np.ones(length)
        for name, way in (("FADEIN", 1), ("FADEOUT", -1)):
            shape, samples = int(item.find(name)[1]), round(float(item.find(name)[2]) * 48_000)
            gains[::way][:samples] *= rise(curves[shape], (np.arange(samples) + 0.5) / samples)
        volume, pan = map(float, item.find("VOLPAN")[1:3])
        angle = (pan + 1) * np.pi / 4
        sides = np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])
        muted = item.find("MUTE")[1] == "1"
        out[:, start : start + length] += 0 if muted else sound * gains * volume * sides
    volume, pan = map(float, track.find("VOLPAN")[1:3])
    assert pan == 0
    return out * volume


def test_the_reaper_project_plays_what_the_stems_hold(tmp_path):
    told = material(tmp_path / "t")
    lane = replace(told.arrangement.lanes[0], duck=None, strip=Strip(gain_db=-2.0))
    clip = replace(
        lane.clips[0], strip=Strip(gain_db=-1.0, pan=0.3), fade_in=Fade(length_s=0.5, curve="exponential"),
        fade_out=Fade(length_s=0.25, curve="logarithmic"),
    )  # fmt: skip
    strips = {"e1": Strip(gain_db=3.0, pan=-0.7), "e2": Strip(pan=1.0), "e3": Strip(mute=True)}
    arranged = replace(
        told.arrangement, lanes=(replace(lane, clips=(clip,)),), strips=strips, master_db=-6.0,
        fade_in=Fade(length_s=0.3, curve="s_curve"),
    )  # fmt: skip
    told = replace(told, arrangement=arranged)
    made = deliver(told, replace(LIGHT, target=Target(name="as mixed")), tmp_path / "out", options=OPTIONS)
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    master = float(project.find("MASTER_VOLUME")[1])
    assert float(project.find("PANLAW")[1]) == pytest.approx(np.sqrt(2))
    for track, name in zip(project.findall("TRACK"), ("Story", "Bed “soft”"), strict=True):
        stem, _ = soundfile.read(made.path / "stems" / f"{name}.wav")
        assert stem.std() > 0.001
        assert np.abs(played(track, made.path) * master - stem.T).max() < 2e-5


def test_where_a_take_ends_early_the_reaper_project_fades_as_the_mix_does(tmp_path):
    told = material(tmp_path / "t")
    short = take(tmp_path / "t", "short", noise(0.5, 48_000, seed=9), 48_000)
    fade = Fade(length_s=0.2, curve="s_curve")
    clip = Clip(id="c1", source="short", name="spot", start_s=0.5, duration_s=1.0, fade_in=fade, fade_out=fade)
    lane = replace(told.arrangement.lanes[0], clips=(clip,), duck=None)
    takes = {**told.takes, "short": short}
    arranged = replace(told.arrangement, lanes=(lane,), fade_out=Fade(length_s=0.4))
    told = replace(told, arrangement=arranged, takes=takes, chosen={**told.chosen, "e3": "short"}, versions={})
    made = deliver(told, replace(LIGHT, target=Target(name="as mixed")), tmp_path / "out", options=OPTIONS)
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    for track, name in zip(project.findall("TRACK"), ("Story", "Bed “soft”"), strict=True):
        stem, _ = soundfile.read(made.path / "stems" / f"{name}.wav", always_2d=True)
        assert np.abs(played(track, made.path) - stem.T).max() < 2e-5
    files = [one.find("SOURCE").find("FILE")[1] for track in project.findall("TRACK") for one in track.findall("ITEM")]
    assert "media/spot padded.wav" in files and "media/=wind padded.wav" in files


def test_the_reaper_project_has_all_takes_and_says_what_it_leaves_out(everything):
    made, _, _ = everything
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    notes = " ".join(map(str, project.find("NOTES").children))
    assert "gives way to the story by 9 dB" in notes
    assert "(EBU R 128)" in notes
    story, bed = project.findall("TRACK")
    assert [name[1] for name in story.find("ITEM").findall("NAME")] == ["older rain (seed 10)", "rain (seed 11)"]
    assert [source.find("FILE")[1] for source in bed.find("ITEM").findall("SOURCE")] == [
        "media/bed.wav",
        "media/a bed loop.wav",
    ]


def test_the_media_of_every_session_lie_beside_it(everything):
    made, _, _ = everything
    timeline = opentimelineio.adapters.read_from_file(str(made.path / f"{TITLE}.otio"))
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    items = [item for track in project.findall("TRACK") for item in track.findall("ITEM")]
    lists = [path.read_text(encoding="utf-8") for path in sorted(made.path.glob("*.edl"))]
    with (made.path / f"{TITLE}.csv").open(encoding="utf-8", newline="") as table:
        rows = [row["file"] for row in csv.DictReader(table)]
    named = {
        "otio": [unquote(r.target_url) for clip in timeline.find_clips() for r in clip.media_references().values()],
        "rpp": [source.find("FILE")[1] for item in items for source in item.findall("SOURCE")],
        "edl": [name for text in lists for name in re.findall(r"^\* (?:FROM|TO) CLIP: (.+)$", text, re.MULTILINE)],
        "csv": rows,
    }
    assert {kind: len(files) for kind, files in named.items()} == {"otio": 6, "rpp": 6, "edl": 4, "csv": 4}
    for files in named.values():
        assert all(name.startswith("media/") and (made.path / name).is_file() for name in files), files
