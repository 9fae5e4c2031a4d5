"""The user's own recordings: rows become clips and narratives, and every bad row is told by file and line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import FormatError
from pipeline.soundlab.narratives import NarrativeSet
from pipeline.soundlab.own_recordings import clips, main, narratives, rows, scanned
from pipeline.soundlab.registry import RATE_HZ

LOW_HZ = 8000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "own"
    (own / "deep").mkdir(parents=True)
    t = np.arange(LOW_HZ) / LOW_HZ
    soundfile.write(own / "tone.wav", 0.5 * np.sin(2 * np.pi * 440 * t), LOW_HZ)
    soundfile.write(own / "deep" / "stereo.flac", np.zeros((2 * RATE_HZ, 2)) + 0.1, RATE_HZ)
    soundfile.write(tmp_path / "secret.wav", np.zeros(LOW_HZ), LOW_HZ)
    (own / "text.wav").write_text("no audio")
    soundfile.write(own / "nan.wav", np.full(LOW_HZ, np.nan, np.float32), LOW_HZ, subtype="FLOAT")
    return own


def lines(folder: Path, *rows: object) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    (folder / "captions.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_a_row_becomes_a_clip_at_the_rate_of_soundlab(folder: Path):
    (clip,) = clips(lines(folder, {"file": "tone.wav", "caption": "  a  tone ", "start_s": 0.25, "end_s": 0.75}))
    assert clip.captions == ("a tone",)
    assert clip.samples.shape == (RATE_HZ // 2,)
    assert clip.samples.dtype == np.float32
    power = np.abs(np.fft.rfft(clip.samples))
    assert np.fft.rfftfreq(len(clip.samples), 1 / RATE_HZ)[power.argmax()] == pytest.approx(440, abs=3)


def test_rows_of_a_narrative_are_its_events_in_order(folder: Path):
    lines(
        folder,
        {"file": "deep/stereo.flac", "caption": "a hum", "narrative": "n", "order": 2},
        {"file": "tone.wav", "caption": "alone"},
        {
            "file": "tone.wav",
            "caption": "a tone",
            "narrative": "n",
            "order": 1,
            "instruction": "A story",
            "tone": "dark",
        },
    )
    story, alone = narratives(folder)
    assert (story.instruction, story.tone, story.total_s) == ("A story", "dark", 3.0)
    assert [(e.caption, e.start_s, e.end_s) for e in story.events] == [("a tone", 0.0, 1.0), ("a hum", 1.0, 3.0)]
    assert story.reasoning == "1. a tone; 2. a hum."
    assert (alone.instruction, len(alone.events)) == ("Alone.", 1)
    assert all(len(e.samples) == round(e.end_s * RATE_HZ) - round(e.start_s * RATE_HZ) for e in story.events)


def test_a_csv_file_says_the_same(folder: Path):
    text = (
        'file,caption,start_s,end_s,narrative,order\ntone.wav,"a tone, high",,0.5,n,1\ndeep/stereo.flac,a hum,,,n,2\n'
    )
    (folder / "captions.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (story,) = narratives(folder)
    assert [(e.caption, e.duration_s) for e in story.events] == [("a tone, high", 0.5), ("a hum", 2.0)]


BAD = {
    "missing file": ({"file": "no.wav", "caption": "x"}, "there is no file 'no.wav'"),
    "a folder": ({"file": "deep", "caption": "x"}, "there is no file 'deep'"),
    "outside": ({"file": "../secret.wav", "caption": "x"}, "outside the folder"),
    "absolute": ({"file": "/etc/hostname", "caption": "x"}, "outside the folder"),
    "null character": ({"file": "a\0b", "caption": "x"}, "no file name"),
    "unreadable": ({"file": "text.wav", "caption": "x"}, "can't be read as audio"),
    "empty caption": ({"file": "tone.wav", "caption": "  "}, "the caption is empty"),
    "no caption": ({"file": "tone.wav"}, "the caption is empty"),
    "caption a number": ({"file": "tone.wav", "caption": 3}, "caption must be text"),
    "start after end": (
        {"file": "tone.wav", "caption": "x", "start_s": 0.5, "end_s": 0.5},
        "the start must come first",
    ),
    "start after file": ({"file": "tone.wav", "caption": "x", "start_s": 7}, "the start must come first"),
    "negative start": ({"file": "tone.wav", "caption": "x", "start_s": -1}, "starts at 0 or later"),
    "end after file": ({"file": "tone.wav", "caption": "x", "end_s": 9}, "lasts only 1.00 s"),
    "too short": ({"file": "tone.wav", "caption": "x", "end_s": 0.01}, "at least 0.1 s"),
    "not a number": ({"file": "tone.wav", "caption": "x", "start_s": float("nan")}, "start_s must be a number"),
    "infinite": ({"file": "tone.wav", "caption": "x", "end_s": float("inf")}, "end_s must be a number"),
    "true": ({"file": "tone.wav", "caption": "x", "end_s": True}, "end_s must be a number"),
    "order": ({"file": "tone.wav", "caption": "x", "order": 1.5}, "whole number"),
    "unknown field": ({"file": "tone.wav", "caption": "x", "strat_s": 0}, "no field 'strat_s'"),
    "no object": ([1], "not a JSON object"),
    "no JSON": ("{oops", "not a JSON object"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_told_by_file_and_line(folder: Path, name: str):
    row, message = BAD[name]
    lines(folder, {"file": "tone.wav", "caption": "fine"}, "", row)
    good, bad = scanned(folder)
    assert len(good) == 1
    (problem,) = map(str, bad)
    assert problem.startswith("captions.jsonl line 3: ")
    assert message in problem
    assert "\n" not in problem
    with pytest.raises(FormatError, match=r"captions\.jsonl line 3: "):
        rows(folder)


def test_samples_that_are_no_numbers_are_told(folder: Path):
    with pytest.raises(FormatError, match=r"line 1: nan\.wav holds samples"):
        list(clips(lines(folder, {"file": "nan.wav", "caption": "x"})))


def test_a_link_out_of_the_folder_is_refused(folder: Path):
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    with pytest.raises(FormatError, match="outside the folder"):
        rows(lines(folder, {"file": "link.wav", "caption": "x"}))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"order": 1}, "order 1 is already taken by captions.jsonl line 1"),
        ({"instruction": "B"}, "another instruction"),
    ],
)
def test_rows_of_a_narrative_that_contradict_are_told(folder: Path, second: dict, message: str):
    row = {"file": "tone.wav", "caption": "x", "narrative": "n", "order": 1, "instruction": "A"}
    third = {**row, "order": 3}
    with pytest.raises(FormatError, match=message):
        rows(lines(folder, row, {**row, "order": 2, **second}, third))


def test_a_captions_file_that_is_missing_doubled_empty_or_torn_is_told(folder: Path):
    with pytest.raises(FormatError, match="holds neither"):
        rows(folder)
    lines(folder, "")
    with pytest.raises(FormatError, match="has no rows"):
        rows(folder)
    (folder / "captions.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="UTF-8"):
        rows(folder)
    (folder / "captions.csv").write_text("file,words\n")
    with pytest.raises(FormatError, match="holds both"):
        rows(folder)
    (folder / "captions.jsonl").unlink()
    with pytest.raises(FormatError, match="the column 'caption' is missing"):
        rows(folder)
    (folder / "captions.csv").write_text("file,caption\ntone.wav,x,y\n")
    with pytest.raises(FormatError, match="line 2: there are more values than columns"):
        rows(folder)


def test_the_command_checks_a_folder_and_writes_a_set(folder: Path, tmp_path: Path, capsys):
    lines(folder, {"file": "tone.wav", "caption": "x"})
    assert main([str(folder), "--out", str(tmp_path / "set")]) == 0
    assert NarrativeSet(tmp_path / "set")[0].events[0].context is None
    lines(folder, {"file": "no.wav", "caption": "x"}, {"file": "tone.wav", "caption": ""})
    assert main([str(folder)]) == 1
    shown = capsys.readouterr()
    assert "captions.jsonl line 1" in shown.err
    assert "captions.jsonl line 2" in shown.err
    assert "2 problems" in shown.out
