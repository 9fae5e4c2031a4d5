"""What can go wrong with a delivery: one sentence, nothing left behind, the takes untouched."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import rpp
import soundfile

from pipeline.arrangement import Arrangement, Clip
from pipeline.delivery.bundle import deliver
from pipeline.delivery.choices import Choices, with_choices
from pipeline.delivery.presets import PRESETS
from pipeline.errors import Cancelled, FormatError, MixError
from pipeline.formats import files as formats_files
from pipeline.mixer import Target
from pipeline.progress import CancelToken
from pipeline.timeline import Story, Timeline
from tests.delivery.materials import LENGTH, LIGHT, OPTIONS, TITLE, material, noise, take
from tests.formats.wavreading import read_wav


def nothing_is_left(tmp_path, before):
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    after = {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()}
    assert after == before


def failing(tmp_path, told, error, words, **options):
    before = {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()}
    with pytest.raises(error, match=words) as caught:
        deliver(told, LIGHT, tmp_path / "out", options=OPTIONS, **options)
    assert "\n" not in str(caught.value)
    assert ".part" not in str(caught.value)
    nothing_is_left(tmp_path, before)


def test_a_take_that_is_missing_is_named(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t2"].path.unlink()
    failing(tmp_path, told, MixError, "a train.*missing")
    failing(tmp_path, replace(told, chosen={"e1": "t1"}), MixError, "event 2 .* has no take yet")
    failing(tmp_path, replace(told, takes={}), MixError, "has no take yet")


def test_an_older_take_whose_file_is_gone_is_told_before_anything_is_delivered(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t1b"].path.unlink()
    failing(tmp_path, told, FormatError, "can't read .*: there is no such file")


def test_a_damaged_take_is_named(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t3"].path.write_bytes(b"RIFF nonsense")
    failing(tmp_path, told, MixError, "=wind.*damaged")


def test_no_events_and_no_clips_are_nothing_to_deliver(tmp_path):
    told = material(tmp_path / "t")
    empty = Arrangement(timeline=Timeline(story=Story(text="x", duration_s=1), events=()))
    failing(tmp_path, replace(told, arrangement=empty), MixError, "nothing to mix")


def test_free_clips_without_events_are_delivered(tmp_path):
    told = material(tmp_path / "t")
    timeline = Timeline(story=Story(text="x", duration_s=1), events=())
    beds = replace(told, arrangement=replace(told.arrangement, timeline=timeline))
    made = deliver(beds, LIGHT, tmp_path / "out", options=OPTIONS)
    assert soundfile.info(made.path / f"{TITLE}.wav").frames == round(2.75 * 48_000)
    assert not [name for name in made.files if name.startswith("events/")]


def test_a_mix_above_full_scale_is_refused_where_nothing_lowers_it(tmp_path):
    told = material(tmp_path / "t", level=3.0)
    wanted = replace(PRESETS["48k-24bit-ebu"], target=Target(name="as mixed"))
    with pytest.raises(FormatError, match="dB above full scale .* would clip"):
        deliver(told, wanted, tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("at", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_cancel_at_any_point_leaves_nothing(tmp_path, at):
    cancel = CancelToken()

    def on_progress(done, _):
        if done >= at:
            cancel.cancel()

    failing(
        tmp_path, material(tmp_path / "t"), Cancelled, "stopped by the user", cancel=cancel, on_progress=on_progress
    )


def test_a_target_folder_that_vanishes_is_told(tmp_path):
    def on_progress(done, _):
        if done > 0.5:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)

    failing(tmp_path, material(tmp_path / "t"), FormatError, "the folder does not exist", on_progress=on_progress)


def test_a_disk_that_fills_midway_is_told(tmp_path, monkeypatch):
    told, real, count = material(tmp_path / "t"), formats_files._sync, iter(range(100))

    def full(path):
        if next(count) == 9:
            raise OSError(28, "No space left on device")
        real(path)

    monkeypatch.setattr(formats_files, "_sync", full)
    failing(tmp_path, told, FormatError, "the disk is full")


def test_a_file_in_the_place_of_the_folder_is_told_and_left_alone(tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(FormatError, match="it is no folder"):
        deliver(material(tmp_path / "t"), PRESETS["podcast"], tmp_path / "out", options=OPTIONS)
    assert (tmp_path / "out").read_bytes() == b"a file"


def test_a_take_shorter_than_its_event_is_followed_by_silence_and_told(tmp_path):
    told = material(tmp_path / "t")
    short = take(tmp_path / "t", "short", noise(1.0, 44_100, seed=9), 44_100)
    told = replace(told, chosen={**told.chosen, "e2": "short"}, takes={**told.takes, "short": short}, versions={})
    made = deliver(told, LIGHT, tmp_path / "out", options=OPTIONS)
    assert made.sentences[-1] == "The take of event 2 ends 0.50 s before its event: silence follows it."
    stem, _ = soundfile.read(made.path / "stems" / "Story.wav", always_2d=True)
    assert len(stem) == LENGTH
    assert not stem[96_001:120_000].any()
    assert np.abs(stem[95_000:95_500]).max() > 10 * np.abs(stem[95_990:96_000]).max() > 0
    regions = read_wav(made.path / f"{TITLE}.wav").cues.ranges
    assert [one.length for one in regions] == [48_000, 72_000, 36_000]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100])
def test_takes_of_a_low_rate_are_delivered_at_a_high_one(tmp_path, rate_hz):
    """An event ends between two samples of its take, which is up to a dozen of the file's."""
    told = material(tmp_path / "t", lanes=False)
    lengths = (1.00006, 1.50004, 0.75006)
    events = tuple(replace(one, duration_s=s) for one, s in zip(told.arrangement.timeline.events, lengths, strict=True))
    takes = {f"t{i}": take(tmp_path / "t", f"t{i}", noise(s, rate_hz), rate_hz) for i, s in enumerate(lengths)}
    timeline = replace(told.arrangement.timeline, events=events)
    chosen = {one.id: f"t{i}" for i, one in enumerate(events)}
    told = replace(told, arrangement=Arrangement(timeline=timeline), chosen=chosen, takes=takes, versions={})
    high = with_choices(LIGHT, Choices(rate_hz=96_000))
    made = deliver(told, high, tmp_path / "out", options=OPTIONS)
    frames = sum(round(s * 96_000) for s in lengths)
    assert abs(soundfile.info(made.path / f"{TITLE}.wav").frames - frames) <= 1
    assert not [one for one in made.sentences if "silence" in one]


def test_clips_that_all_overlap_and_one_of_ten_milliseconds_are_delivered(tmp_path):
    told = material(tmp_path / "t")
    clips = tuple(
        Clip(id=f"c{i}", source="bed", name=f"bed {i}", start_s=0.5, duration_s=s)
        for i, s in enumerate((0.01, 0.5, 0.7))
    )
    lane = replace(told.arrangement.lanes[0], clips=clips, duck=None)
    told = replace(told, arrangement=replace(told.arrangement, lanes=(lane,)))
    made = deliver(told, LIGHT, tmp_path / "out", options=OPTIONS)
    stem, _ = soundfile.read(made.path / "stems" / "Bed “soft”.wav", always_2d=True)
    bed = noise(1.0, 48_000, level=0.05, seed=5)[0]
    all_three = (2 + 239.5 / 240) * bed[240]  # after all guards; that of the shortest begins to fall there
    assert stem[24_240, 0] == pytest.approx(all_three * 10 ** (made.report.gain_db / 20), abs=1e-6)
    track = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8")).findall("TRACK")[1]
    assert [round(float(item.find("LENGTH")[1]) * 48_000) for item in track.findall("ITEM")] == [480, 24_000, 33_600]
    assert soundfile.info(made.path / "clips" / "01 bed 0.wav").frames > 480


def test_a_take_alone_is_enough(tmp_path):
    """One event of a tenth of a second."""
    told = material(tmp_path / "t", lanes=False)
    short = take(tmp_path / "t", "s", noise(0.1, 48_000), 48_000)
    event = replace(told.arrangement.timeline.events[0], duration_s=0.1)
    timeline = Timeline(story=told.arrangement.timeline.story, events=(event,))
    told = replace(
        told, arrangement=Arrangement(timeline=timeline), chosen={"e1": "s"}, takes={"s": short}, versions={}
    )
    made = deliver(told, replace(LIGHT, sheet=True), tmp_path / "out", options=OPTIONS)
    assert soundfile.info(made.path / f"{TITLE}.wav").frames == 4_800
    assert "no loudness" in made.sentences[0]
