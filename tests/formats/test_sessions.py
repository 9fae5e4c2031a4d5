"""Sessions for other programs, read back by independent parsers; positions, lengths and fades to the sample."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import opentimelineio
import pytest
import rpp
from opentimelineio import schema

from pipeline.arrangement import session
from pipeline.errors import FormatError
from pipeline.formats.description import Description, layers, planned
from pipeline.formats.edl import FRAME_RATES, edl_lists
from pipeline.formats.labels import CSV_COLUMNS, audacity_labels, csv_table
from pipeline.formats.otio import otio_timeline
from pipeline.formats.reaper import SHAPES, quoted, reaper_project
from pipeline.formats.subtitles import srt, vtt
from pipeline.timeline import Curve
from tests.formats.sessions import RATE, arrangement, described, samples


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_reaper_items_lie_where_the_clips_lie(rate):
    told = described(rate_hz=rate)
    project = rpp.loads(reaper_project(told))
    assert project.find("SAMPLERATE")[1] == str(rate)
    tracks = project.findall("TRACK")
    assert [track.find("NAME")[1] for track in tracks] == ["Story", "Ambience, bed", "Empty"]
    for lane, track in zip(told.session.lanes, tracks, strict=True):
        items = track.findall("ITEM")
        assert len(items) == len(lane.clips)
        for clip, item in zip(lane.clips, items, strict=True):
            assert samples(item.find("POSITION")[1], rate) == clip.start
            assert samples(item.find("LENGTH")[1], rate) == clip.length
            assert samples(item.find("SOFFS")[1], rate) == clip.offset
            for name, length, curve in (
                ("FADEIN", clip.fade_in, clip.fade_in_curve), ("FADEOUT", clip.fade_out, clip.fade_out_curve),
            ):  # fmt: skip
                fade = item.find(name)
                assert (samples(fade[2], rate), int(fade[1]), int(fade[4])) == (length, SHAPES[curve], SHAPES[curve])
            assert item.find("MUTE")[1] == str(int(clip.muted))


def test_reaper_crossfades_are_overlapping_items():
    told = described()
    first, second, third = rpp.loads(reaper_project(told)).find("TRACK").findall("ITEM")
    end = samples(first.find("POSITION")[1]) + samples(first.find("LENGTH")[1])
    overlap = end - samples(second.find("POSITION")[1])
    assert overlap == 36_000 == samples(first.find("FADEOUT")[2]) == samples(second.find("FADEIN")[2])
    end = samples(second.find("POSITION")[1]) + samples(second.find("LENGTH")[1])
    assert end == samples(third.find("POSITION")[1])  # a hard cut, with its guards inside
    assert samples(third.find("FADEIN")[2]) == 240


def test_reaper_strips_takes_and_media():
    told = described()
    project = rpp.loads(reaper_project(told))
    story, bed, empty = project.findall("TRACK")
    assert float(project.find("MASTER_VOLUME")[1]) == pytest.approx(10 ** (-1.5 / 20))
    assert [float(v) for v in bed.find("VOLPAN")[1:3]] == pytest.approx([10 ** (-3 / 20), 0.25])
    assert (bed.find("MUTESOLO")[1:3], empty.find("MUTESOLO")[1]) == (["0", "0"], "1")
    rain, train, _ = story.findall("ITEM")
    assert [float(v) for v in train.find("VOLPAN")[1:3]] == pytest.approx([10 ** (3 / 20), 1.0])
    assert [name[1] for name in rain.findall("NAME")] == ["an older rain (seed 99)", "t1 (seed 5)"]
    assert [take[1:] for take in rain.findall("TAKE")] == [["SEL"]]  # the second is the one that is heard
    assert [s.find("FILE")[1] for s in rain.findall("SOURCE")] == ["media/t1b a.wav", "media/t1 a.wav"]
    looped, stretched = bed.findall("ITEM")[1:]
    assert (looped.find("LOOP")[1], stretched.find("LOOP")[1]) == ("1", "0")
    assert float(stretched.find("PLAYRATE")[1]) == pytest.approx(2.0)  # two seconds in one
    assert stretched.find("MUTE")[1] == "1"


def test_reaper_markers_and_regions():
    told = described()
    rows = rpp.loads(reaper_project(told)).findall("MARKER")
    regions = [row for row in rows if row[4] == "1"]
    spans = [(samples(a[2]), samples(b[2]), a[3]) for a, b in zip(regions[::2], regions[1::2], strict=True)]
    assert spans == [(s.start, s.end, s.name) for s in told.spans]
    points = [(samples(row[2]), row[3]) for row in rows if row[4] == "0"]
    assert points == [(round(1.234567 * RATE), "“hit”"), (told.session.length, "after the end")]


@pytest.mark.parametrize("text", ['a "b"', "a 'b'", "both ' and \"", "all ' \" `", "line\nend\0", ""])
def test_reaper_text_stays_one_string(text):
    line = f"NAME {quoted(text)}"
    assert rpp.loads(f"<P\n  {line}\n>").find("NAME")[1] == " ".join(text.replace("\0", " ").split()).replace(
        "`", "'" if "`" in text else "`"
    )


def test_otio_holds_clips_gaps_transitions_and_all_takes():
    told = described()
    timeline = opentimelineio.adapters.read_from_string(otio_timeline(told), "otio_json")
    assert timeline.name == "Night train"
    assert [t.name for t in timeline.tracks] == ["Story", "Ambience, bed", "Ambience, bed", "Empty"]
    story = timeline.tracks[0]
    assert story.kind == schema.TrackKind.Audio
    clips = list(story.find_clips())
    for clip, placed in zip(clips, told.session.lanes[0].clips, strict=True):
        where = clip.range_in_parent()
        assert (where.start_time.value, where.duration.value) == (placed.start, planned(placed))
        assert (where.duration.rate, clip.source_range.start_time.value) == (RATE, placed.offset)
        about = clip.metadata["audiostory"]
        assert about["fade_in"]["samples"] == placed.fade_in
        assert about["fade_out"]["samples"] == placed.fade_out
        assert about["gain_db"] == placed.strip.gain_db
    transitions = [child for child in story if isinstance(child, schema.Transition)]
    found = [(t.name, t.in_offset.value, t.out_offset.value) for t in transitions]
    assert found == [("crossfade", 0, 36_000), ("fade out", 12_000, 0)]
    assert transitions[0].metadata["audiostory"]["curve"] == "s_curve"
    assert story.duration().value == told.session.length
    references = clips[0].media_references()
    assert {name: r.target_url for name, r in references.items()} == {
        "t1": "media/t1%20a.wav",
        "t1b": "media/t1b%20a.wav",
    }
    assert clips[0].active_media_reference_key == "t1"
    assert references["t1b"].metadata["audiostory"]["seed"] == 99
    other_rate = clips[2].media_reference.available_range.duration
    assert (other_rate.value, other_rate.rate) == (70_000, 44_100)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_otio_keeps_every_clip_of_every_lane_to_the_sample(rate):
    told = described(rate_hz=rate)
    timeline = opentimelineio.adapters.read_from_string(otio_timeline(told), "otio_json")
    found = {}
    for clip in timeline.find_clips():
        where, about = clip.range_in_parent(), clip.metadata["audiostory"]
        fades = [(about[side]["samples"], about[side]["curve"]) for side in ("fade_in", "fade_out")]
        assert where.start_time.rate == where.duration.rate == rate
        url = clip.media_reference.target_url
        found[about["id"]] = (
            where.start_time.value,
            about["length_samples"],
            clip.source_range.start_time.value,
            *fades,
            url,
        )
    assert found == {
        clip.id: (
            clip.start, clip.length, clip.offset, (clip.fade_in, clip.fade_in_curve.value),
            (clip.fade_out, clip.fade_out_curve.value), f"media/{clip.source}%20a.wav",
        )
        for lane in told.session.lanes
        for clip in lane.clips
    }  # fmt: skip


def test_otio_keeps_overlapping_clips_apart_and_says_what_is_muted():
    told = described()
    timeline = opentimelineio.adapters.read_from_string(otio_timeline(told), "otio_json")
    tracks = timeline.tracks[1:3]
    found = [
        (clip.metadata["audiostory"]["id"], clip.range_in_parent().start_time.value, clip.enabled)
        for track in tracks
        for clip in track.find_clips()
    ]
    assert sorted(found) == [("c1", 24_000, True), ("c2", 120_000, True), ("c3", 216_000, False)]
    fades = [(c.name, c.in_offset.value, c.out_offset.value) for c in tracks[0] if isinstance(c, schema.Transition)]
    assert fades == [("fade in", 0, 24_000), ("fade out", 48_000, 0)]
    warps = [e.time_scalar for track in tracks for clip in track.find_clips() for e in clip.effects]
    assert warps == [2.0]
    assert timeline.tracks[1].metadata["audiostory"]["ducking"]["amount_db"] == 9.0
    assert not timeline.tracks[3].enabled
    marks = [(m.name, m.marked_range.start_time.value, m.marked_range.duration.value) for m in timeline.tracks.markers]
    assert marks[:3] == [(s.name, s.start, s.length) for s in told.spans]
    assert marks[3][:2] == ("“hit”", round(1.234567 * RATE))


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_edl_is_read_by_the_cmx_adapter_to_the_frame(fps):
    told = described()
    lists = edl_lists(told, frames_per_s=fps)
    assert list(lists) == ["1 Story", "2 Ambience, bed", "2 Ambience, bed 2"]
    text = lists["1 Story"]
    fps = round(fps) * 1_000 / 1_001 if fps % 1 else fps
    track = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=fps).tracks[0]
    clips = list(track.find_clips())
    for clip, placed in zip(clips, told.session.lanes[0].clips, strict=True):
        where, start = clip.range_in_parent(), round(placed.start * fps / RATE)
        assert where.start_time.value == start
        assert where.duration.value == round((placed.start + planned(placed)) * fps / RATE) - start
        assert clip.source_range.start_time.value == 0
    assert clips[0].media_reference.target_url == "media/t1 a.wav"
    fades = [child.out_offset.value for child in track if isinstance(child, schema.Transition)]
    assert fades == [22 if round(fps) == 30 else round(0.75 * fps)]
    pattern = r"START (\d+) LENGTH (\d+) OFFSET (\d+) RATE 48000 FADE IN (\d+) OUT (\d+)"
    exact = sorted(tuple(map(int, row)) for text in lists.values() for row in re.findall(pattern, text))
    placed = [clip for lane in told.session.lanes for clip in lane.clips]
    assert exact == sorted((c.start, c.length, c.offset, c.fade_in, c.fade_out) for c in placed)
    bed = opentimelineio.adapters.read_from_string(lists["2 Ambience, bed"], "cmx_3600", rate=fps).tracks[0]
    wind = next(iter(bed.find_clips()))
    start, end = (round(at * fps / RATE) for at in (24_000, 168_000))
    assert (wind.source_range.start_time.value, wind.duration().value) == (round(12_000 * fps / RATE), end - start)
    assert f" 00:00:00:{start:02} 00:00:03:{end % round(fps):02}" in lists["2 Ambience, bed"]
    assert wind.media_reference.target_url == "media/bed a.wav"


def test_edl_goes_on_in_a_further_list_beyond_999_events():
    told = described()
    with pytest.raises(FormatError, match="23.976, 24, 25, 29.97, 30 frames per second, not 23"):
        edl_lists(told, frames_per_s=23)
    lane = told.session.lanes[1]
    many = tuple(
        replace(lane.clips[0], id=f"x{i}", start=i * 10_000, length=10_000, fade_in=0, fade_out=0) for i in range(1_500)
    )
    crowded = replace(told, session=replace(told.session, lanes=(told.session.lanes[0], replace(lane, clips=many))))
    lists = edl_lists(crowded)
    assert list(lists) == ["1 Story", "2 Ambience, bed part 1", "2 Ambience, bed part 2"]
    tracks = [
        opentimelineio.adapters.read_from_string(lists[f"2 Ambience, bed part {n}"], "cmx_3600", rate=25).tracks[0]
        for n in (1, 2)
    ]
    assert [len(list(track.find_clips())) for track in tracks] == [999, 501]


def test_a_clip_shorter_than_a_frame_is_named_in_the_edl():
    told = described()
    lane = told.session.lanes[1]
    tick = replace(lane.clips[0], id="tick", name="tick", start=5 * RATE, length=480, fade_in=0, fade_out=0)
    lanes = (told.session.lanes[0], replace(lane, clips=(tick, lane.clips[0])), replace(lane, clips=(tick,)))
    lists = edl_lists(replace(told, session=replace(told.session, lanes=lanes)))
    assert list(lists) == ["1 Story", "2 Ambience, bed"]
    track = opentimelineio.adapters.read_from_string(lists["2 Ambience, bed"], "cmx_3600", rate=25).tracks[0]
    assert [clip.name for clip in track.find_clips()] == ["wind"]
    assert lists["2 Ambience, bed"].endswith("LEFT OUT: tick\n")


def test_layers_never_overlap_and_lose_no_clip():
    lane = described().session.lanes[1]
    found = layers(lane)
    assert [[clip.id for clip in layer] for layer in found] == [["c1", "c3"], ["c2"]]
    for layer in found:
        assert all(b.start >= a.end for a, b in zip(layer, layer[1:], strict=False))


def test_a_story_without_events_is_described_too():
    told = described()
    lanes = (replace(told.session.lanes[0], clips=()),)
    empty = replace(told, session=replace(told.session, lanes=lanes, length=0), markers=())
    assert rpp.loads(reaper_project(empty)).find("TRACK").findall("ITEM") == []
    assert not list(opentimelineio.adapters.read_from_string(otio_timeline(empty), "otio_json").find_clips())
    assert (edl_lists(empty), audacity_labels(empty), srt(empty), vtt(empty)) == ({}, "", "", "WEBVTT\n")
    assert csv_table(empty).splitlines() == [",".join(CSV_COLUMNS)]


def test_a_missing_take_and_a_file_name_that_would_break_the_text_are_told():
    told = described()
    with pytest.raises(FormatError, match='the take of “heavy "rain" on a tin roof” is missing'):
        Description(title="x", session=told.session, media={})
    media = {**told.media, "t1": replace(told.media["t1"], file='a"\n>.wav')}
    with pytest.raises(FormatError, match="can't stand in a session file"):
        reaper_project(replace(told, media=media))


def test_the_json_is_plain_and_complete():
    assert json.loads(otio_timeline(described()))["OTIO_SCHEMA"] == "Timeline.1"
    assert set(SHAPES) == set(Curve)
    assert session(arrangement(), {"e1": "a", "e2": "b", "e3": "c"}, rate_hz=RATE).length == round(6.437 * RATE)
