"""Chunks of a WAV file as an independent reader (wavinfo) and libsndfile find them: bext, cues, regions, INFO, iXML."""

from __future__ import annotations

import math
import struct
from datetime import datetime
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.audio_files import Labels, write_audio
from pipeline.formats.audio_format import AudioFormat
from pipeline.formats.broadcast import Broadcast, LoudnessFigures, ascii_text
from pipeline.formats.marks import Mark
from pipeline.formats.metadata import EventNote, Metadata
from pipeline.formats.stream import stream_of
from tests.formats.wavreading import read_wav

MADE = datetime(2026, 3, 9, 7, 5, 3)
NOTES = Metadata(
    title="Nachtzug — “night”",
    story="Rain & wind <heavy>, then a train.",
    creator="Ada",
    made=MADE,
    events=(
        EventNote(caption="rain\x07 & wind", start_s=0, duration_s=0.25, seed=2**53 - 1, model="nano/1"),
        EventNote(caption="ein Zug 🚂", start_s=0.25, duration_s=0.25),
    ),
)
LOUD = LoudnessFigures(
    integrated_lufs=-23.04, range_lu=7.5, true_peak_dbtp=-1.02, max_momentary_lufs=-18.9, max_short_term_lufs=-20.0
)


def sound(samples: int = 24_001, *, channels: int = 1) -> Audio:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (channels, samples))
    return Audio(noise.astype(np.float32), 48_000)


def write(path, labels: Labels, *, bits: int = 24, audio: Audio | None = None, **options) -> Audio:
    audio = audio or sound()
    write_audio(path, stream_of(audio), AudioFormat(bits=bits), labels=labels, **options)
    return audio


def all_chunks(data: bytes) -> list[tuple[bytes, int]]:
    """Names and sizes of the chunks, by a reader of our own that also checks the padding."""
    sizes = {}
    at, found = 12, []
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"ds64":
            sizes[b"data"] = struct.unpack_from("<Q", data, at + 16)[0]
        size = sizes.get(name, size)
        found.append((name, size))
        at += 8 + size + size % 2
    assert at == len(data)
    return found


def test_bext_is_read_back_field_by_field(tmp_path):
    told = Broadcast(
        description="rain, a train", originator="AudioStory Studio", reference="e1", made=MADE,
        time_reference=2**33 + 5, loudness=LOUD,
    )  # fmt: skip
    write(tmp_path / "a.wav", Labels(broadcast=told))
    bext = read_wav(tmp_path / "a.wav").bext
    assert (bext.description, bext.originator, bext.originator_ref) == ("rain, a train", "AudioStory Studio", "e1")
    assert (bext.originator_date, bext.originator_time) == ("2026-03-09", "07:05:03")
    assert (bext.time_reference, bext.version) == (2**33 + 5, 2)
    assert (bext.loudness_value, bext.loudness_range, bext.max_true_peak) == (-23.04, 7.5, -1.02)
    assert (bext.max_momentary_loudness, bext.max_shortterm_loudness) == (-18.9, -20.0)
    assert bext.coding_history == "A=PCM,F=48000,W=24,M=mono,T=AudioStory Studio\r\n"


def test_loudness_that_is_known_only_at_the_end_is_put_in_then(tmp_path):
    asked = []

    def measured():
        asked.append(1)
        return LOUD

    write(tmp_path / "a.wav", Labels(broadcast=Broadcast(), measured=measured))
    assert asked == [1]
    assert read_wav(tmp_path / "a.wav").bext.loudness_value == -23.04


@pytest.mark.parametrize("figure", [None, -math.inf, math.nan, 1e6])
def test_a_figure_that_is_not_known_is_marked_as_the_standard_says(tmp_path, figure):
    write(tmp_path / "a.wav", Labels(broadcast=Broadcast(loudness=LoudnessFigures(integrated_lufs=figure))))
    assert read_wav(tmp_path / "a.wav").bext.loudness_value == 0x7FFF / 100


def test_text_beyond_ascii_or_its_room_is_brought_into_shape(tmp_path):
    told = Broadcast(description="Ein “Zug” fährt 🚂 " + "x" * 400, originator="É" * 50)
    write(tmp_path / "a.wav", Labels(broadcast=told))
    bext = read_wav(tmp_path / "a.wav").bext
    assert bext.description.startswith('Ein "Zug" fahrt ? xxx')
    assert (len(bext.description), bext.originator) == (256, "E" * 32)
    assert ascii_text("Größe – a\x00b") == b"Grosse - ab"
    with pytest.raises(FormatError, match="from 0 on"):
        Broadcast(time_reference=-1)


def test_markers_and_regions_are_where_they_were_put(tmp_path):
    marks = [Mark(at=12_000, name="ein Zug 🚂", length=2**31 + 1), Mark(at=0, name="rain", length=12_000)]
    marks.append(Mark(at=17_777, name="my “marker”"))
    write(tmp_path / "a.wav", Labels(marks=marks))
    info = read_wav(tmp_path / "a.wav")
    found = [(cue.name, cue.position, cue.sample_offset, cue.chunk_id) for cue in info.cues.cues]
    assert found == [(1, 0, 0, b"data"), (2, 12_000, 12_000, b"data"), (3, 17_777, 17_777, b"data")]
    assert [(label.name, label.text) for label in info.cues.labels] == [
        (1, "rain"), (2, "ein Zug 🚂"), (3, "my “marker”"),
    ]  # fmt: skip
    regions = [(r.name, r.length, r.purpose, r.text) for r in info.cues.ranges]
    assert regions == [(1, 12_000, "rgn ", "rain\0"), (2, 2**31 + 1, "rgn ", "ein Zug 🚂\0")]
    with pytest.raises(FormatError, match="outside"):
        Mark(at=-1, name="x")


def test_info_and_ixml_say_how_the_file_was_made(tmp_path):
    told = Labels(metadata=NOTES, broadcast=Broadcast(time_reference=2**32 + 9))
    write(tmp_path / "a.wav", told, bits=16)
    info = read_wav(tmp_path / "a.wav")
    assert info.info.title == "Nachtzug — “night”"
    assert (info.info.artist, info.info.created_date, info.info.software) == ("Ada", "2026-03-09", "AudioStory Studio")
    assert f"1. 0.000 s rain & wind (seed {2**53 - 1}, model nano/1)" in info.info.comment
    assert info.ixml.project == "Nachtzug — “night”"
    root = ElementTree.fromstring(_ixml(tmp_path / "a.wav"))
    assert root.findtext("PROJECT") == "Nachtzug — “night”"
    assert root.findtext("NOTE") == "Rain & wind <heavy>, then a train."
    high, low = (int(root.findtext(f"SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_{half}")) for half in ("HI", "LO"))
    assert (high << 32) + low == 2**32 + 9
    assert root.findtext("SPEED/AUDIO_BIT_DEPTH") == "16"
    events = root.findall("AUDIOSTORY/EVENT")
    assert [event.findtext("CAPTION") for event in events] == ["rain & wind", "ein Zug 🚂"]
    assert [event.findtext("SEED") for event in events] == [str(2**53 - 1), ""]


def _ixml(path) -> bytes:
    data = path.read_bytes()
    at = data.index(b"iXML")
    size = struct.unpack_from("<I", data, at + 4)[0]
    return data[at + 8 : at + 8 + size]


EVERYTHING = Labels(metadata=NOTES, marks=[Mark(at=100, name="abc", length=7)], broadcast=Broadcast(made=MADE))


@pytest.mark.parametrize("limit", [2**32 - 1, 10_000], ids=["RIFF", "RF64"])
@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("samples", [0, 4_001, 4_002])
def test_sizes_and_padding_are_right_whatever_the_length(tmp_path, limit, bits, samples):
    path = tmp_path / "a.wav"
    audio = write(path, EVERYTHING, bits=bits, audio=sound(samples), limit=limit)
    data = path.read_bytes()
    large = len(data) - 8 > limit
    chunks = all_chunks(data)
    assert chunks[0] == ((b"ds64" if large else b"JUNK"), 28)
    assert dict(chunks)[b"data"] == samples * bits // 8
    if large:
        assert data[:8] == b"RF64\xff\xff\xff\xff"
        assert struct.unpack_from("<QQQI", data, 20) == (len(data) - 8, samples * bits // 8, samples, 0)
    else:
        assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    info = soundfile.info(path)
    assert (info.frames, info.format) == (samples, "RF64" if large else "WAV")
    back, _ = soundfile.read(path, always_2d=True)
    assert back.shape == (samples, 1)
    if samples:
        assert np.abs(back.T - audio.samples).max() <= 2.0**-14
        found = read_wav(path)
        assert (found.cues.cues[0].position, found.data.frame_count) == (100, samples)
        assert found.bext.originator_date == "2026-03-09"


@settings(max_examples=15)
@given(
    st.text(max_size=300),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.text(max_size=20), st.integers(0, 2**32 - 1)), max_size=5),
)
def test_no_text_and_no_place_breaks_the_file(tmp_path, text, places):
    text = text.encode("utf-8", "replace").decode()
    marks = [Mark(at=at, name=name.encode("utf-8", "replace").decode(), length=length) for at, name, length in places]
    note = EventNote(caption=text, start_s=0, duration_s=1)
    told = Labels(
        metadata=Metadata(title=text, story=text, events=(note,)), marks=marks, broadcast=Broadcast(description=text)
    )
    write(tmp_path / "a.wav", told, audio=sound(11))
    assert [name for name, _ in all_chunks((tmp_path / "a.wav").read_bytes())][:3] == [b"JUNK", b"bext", b"fmt "]
    ElementTree.fromstring(_ixml(tmp_path / "a.wav"))
    assert soundfile.info(tmp_path / "a.wav").frames == 11
    assert [cue.position for cue in read_wav(tmp_path / "a.wav").cues.cues] == sorted(at for at, _, _ in places)
