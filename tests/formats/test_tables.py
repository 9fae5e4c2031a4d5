"""Labels, tables and captions of a session, read back: places, lengths and fades to the sample, cues to the ms."""

from __future__ import annotations

import csv
import io
import re
import subprocess

import pytest

from pipeline.formats.ffmpeg import find_ffmpeg
from pipeline.formats.labels import CSV_COLUMNS, audacity_labels, csv_table
from pipeline.formats.subtitles import srt, vtt
from tests.formats.sessions import RATE, described, samples


def test_audacity_labels_are_read_back_to_the_sample():
    told = described()
    rows = [line.split("\t") for line in audacity_labels(told).splitlines()]
    found = [(samples(a), samples(b), text) for a, b, text in rows]
    assert found[:3] == [(s.start, s.end, s.name) for s in told.spans]
    at = round(1.234567 * RATE)
    assert found[3:] == [(at, at, "“hit”"), (told.session.length, told.session.length, "after the end")]


def test_csv_has_a_row_per_clip_and_no_formula():
    told = described()
    rows = list(csv.DictReader(io.StringIO(csv_table(told))))
    assert tuple(rows[0]) == CSV_COLUMNS
    clips = [clip for lane in told.session.lanes for clip in lane.clips]
    numbers = ("start_samples", "length_samples", "offset_samples", "fade_in_samples", "fade_out_samples")
    words = ("id", "fade_in_curve", "fade_out_curve", "file")
    assert [(*(int(r[n]) for n in numbers), *(r[w] for w in words)) for r in rows] == [
        (c.start, c.length, c.offset, c.fade_in, c.fade_out, c.id, c.fade_in_curve.value, c.fade_out_curve.value,
         f"media/{c.source} a.wav")
        for c in clips
    ]  # fmt: skip
    for row, clip in zip(rows, clips, strict=True):
        assert (samples(row["start_s"]), samples(row["end_s"])) == (clip.start, clip.end)
    assert [r["seed"] for r in rows] == ["5", "5", "", "5", "5", "5"]
    assert rows[2]["name"] == "'=ein Zug 🚂 hält"


@pytest.mark.parametrize(("write", "suffix"), [(srt, "srt"), (vtt, "vtt")])
def test_ffmpeg_reads_the_subtitles(tmp_path, write, suffix):
    told = described()
    path = tmp_path / f"captions.{suffix}"
    path.write_text(write(told), encoding="utf-8", newline="")
    argv = [
        find_ffmpeg(need="this test"),
        "-v",
        "error",
        "-i",
        path,
        "-map",
        "0:s",
        "-c",
        "copy",
        "-f",
        "framecrc",
        "-",
    ]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "#tb 0: 1/1000" in lines
    cues = [tuple(map(int, line.split(",")[2:4])) for line in lines if not line.startswith("#")]
    edges = [(round(span.start / 48), round(span.end / 48)) for span in told.spans]
    assert cues == [(start, end - start) for start, end in edges]


def clock(text: str) -> int:
    hours, minutes, rest = re.fullmatch(r"(\d\d+):(\d\d):(\d\d[.,]\d\d\d)", text).groups()
    return (int(hours) * 3_600 + int(minutes) * 60) * 1_000 + int(rest.replace(",", "").replace(".", ""))


@pytest.mark.parametrize(("write", "point"), [(srt, ","), (vtt, ".")])
def test_subtitles_are_read_back_to_the_millisecond(write, point):
    told = described()
    text = write(told)
    if write is vtt:
        head, text = text.split("\n\n", 1)
        assert head == "WEBVTT"
    cues = [block.splitlines() for block in text.strip().split("\n\n")]
    for number, (cue, span) in enumerate(zip(cues, told.spans, strict=True), 1):
        start, end = cue[1].split(" --> ")
        assert cue[0] == str(number)
        assert point in start
        assert (clock(start), clock(end)) == (round(span.start / 48), round(span.end / 48))
    assert cues[1][2] == ("a train &amp; its whistle &lt;far&gt;" if write is vtt else "a train & its whistle <far>")
