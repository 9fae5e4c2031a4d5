"""Lanes and events as files of their own: they sum to the mix, have their handles and say where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from pipeline.arrangement import Arrangement, Clip, Fade, Lane
from pipeline.delivery.bundle import deliver
from pipeline.timeline import Story, Timeline
from tests.delivery.materials import LENGTH, LIGHT, OPTIONS, TITLE, material, noise
from tests.formats.wavreading import read_wav


def test_stems_are_as_long_as_the_mix_and_sum_to_it(everything):
    made, _, _ = everything
    stems = [soundfile.read(path)[0] for path in sorted((made.path / "stems").iterdir())]
    assert all(stem.shape == (LENGTH, 2) for stem in stems)
    mix, _ = soundfile.read(made.path / f"{TITLE}.flac")
    assert made.report.limited_db == 0.0
    assert np.abs(sum(stems) - mix).max() <= 2.0**-23


def test_events_are_stamped_and_have_their_handles(everything):
    made, _, told = everything
    files = sorted((made.path / "events").iterdir())
    found = []
    for path in files:
        info = read_wav(path)
        cue, region = info.cues.cues[0], info.cues.ranges[0]
        found.append((info.bext.time_reference, info.data.frame_count, cue.position, region.length))
    # rain: 1 s and half a second more; the train: 1.5 of 4 s at another rate; wind: no more than its event
    assert found == [
        (0, 72_000, 0, 48_000),
        (48_000, 192_000, 0, 72_000),
        (120_000, 36_000, 0, 36_000),
    ]
    rain, _ = soundfile.read(files[0], dtype="float32")
    assert np.array_equal(rain[:, 0], noise(1.5, 48_000, seed=1)[0])  # as rendered: no fade, gain or pan


def spot(**fields) -> Arrangement:
    """An arrangement of a single clip of the first take, which lasts 1.5 s."""
    usual = {"id": "c1", "source": "t1", "name": "a drop", "start_s": 1.0, "duration_s": 0.25, "offset_s": 0.5}
    timeline = Timeline(story=Story(text="x", duration_s=1), events=())
    last = Clip(id="c2", source="bed", name="=end", start_s=2.0, duration_s=1.0)
    return Arrangement(
        timeline=timeline, lanes=(Lane(id="l1", name="Spots", clips=(Clip(**{**usual, **fields}), last)),)
    )


@pytest.mark.parametrize(
    ("fields", "handles_s", "before_s", "after_s"),
    [
        ({}, 0.125, 0.125, 0.125),  # there is more in the take on both sides
        ({}, 0.0, 0.0, 0.0),
        ({}, 5.0, 0.5, 0.75),  # no more than the take has
        ({"start_s": 0.2}, 5.0, 0.2, 0.75),  # and nothing before the beginning of the mix
        ({"fit": "loop", "duration_s": 1.75}, 5.0, 0.0, 0.0),  # what is made to fit has no handles
    ],
)
def test_a_clip_that_was_trimmed_has_handles_before_and_after(tmp_path, fields, handles_s, before_s, after_s):
    fade = Fade(length_s=0.1)
    told = replace(material(tmp_path / "t"), arrangement=spot(fade_in=fade, fade_out=fade, **fields))
    made = deliver(told, replace(LIGHT, handles_s=handles_s), tmp_path / "out", options=OPTIONS)
    path = made.path / "clips" / "01 a drop.wav"
    info = read_wav(path)
    [clip, _] = told.arrangement.lanes[0].clips
    length = round((before_s + clip.duration_s + after_s) * 48_000)
    assert info.data.frame_count == length
    assert info.bext.time_reference == round((clip.start_s - before_s) * 48_000)
    assert (info.cues.cues[0].position, info.cues.ranges[0].length) == (
        round(before_s * 48_000),
        round(clip.duration_s * 48_000),
    )
    assert info.info.title == "a drop"
    if not fields.get("fit"):
        sound, _ = soundfile.read(path, dtype="float32")
        at = round((0.5 - before_s) * 48_000)
        assert np.array_equal(sound[:, 0], noise(1.5, 48_000, seed=1)[0, at : at + length])  # without its fades


def test_a_spot_effect_longer_than_its_take_ends_in_silence(tmp_path):
    told = replace(material(tmp_path / "t"), arrangement=spot(duration_s=1.5))
    made = deliver(told, replace(LIGHT, handles_s=1.0), tmp_path / "out", options=OPTIONS)
    sound, _ = soundfile.read(made.path / "clips" / "01 a drop.wav", dtype="float32")
    assert len(sound) == 96_000  # half a second before, and as long as its slot
    assert np.abs(sound[:72_000]).max() > 0.1 and not sound[72_000:].any()
    assert np.abs(sound[71_990:72_000]).max() < 0.01  # and fades into it
