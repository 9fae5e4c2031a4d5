"""Laws of joints: what a crossfade keeps, and that nothing clicks, wherever a sound begins or ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Audio
from pipeline.mixer import Mixer, audio_sources
from pipeline.timeline import Curve, placements
from tests.mixer.sounds import RATE, constant, lane, level_db, mixed, noise, placed, story_of, told

GUARD = RATE // 200
SLOPE = {  # the steepest slope of each curve, per fade
    Curve.LINEAR: 1.0,
    Curve.EQUAL_POWER: math.pi / 2,
    Curve.S_CURVE: math.pi / 2,
    Curve.EXPONENTIAL: math.log(100) * 100 / 99,
    Curve.LOGARITHMIC: 99 / math.log(100),
}


def test_a_linear_crossfade_of_a_constant_with_itself_is_the_constant():
    timeline = told(1, 2, 1, fade_s=0.5, curve=Curve.LINEAR)
    takes = {f"e{i}": constant(3, 0.7) for i in range(3)}
    out = Mixer(story_of(timeline), audio_sources(takes)).samples()
    assert np.abs(out[:, GUARD:-GUARD] - 0.7).max() < 1e-7


def test_equal_power_keeps_the_level_of_different_sounds_all_the_way():
    timeline = told(60, 60, fade_s=30)
    takes = {f"e{i}": noise(90, seed=i) for i in range(2)}
    out = Mixer(story_of(timeline), audio_sources(takes)).samples()[0]
    inside = [level_db(out[at : at + 30_000]) for at in range(60 * RATE, 90 * RATE, 30_000)]
    assert np.abs(np.array(inside) + 20).max() < 0.2  # noise of 0.1 is at -20 dB


def step_bound(clips, takes) -> float:
    """The most that the mix may move in one sample: each sound's own step, and what its steepest fade adds."""
    bound = 0.0
    for clip in clips:
        sound = takes[clip.source].samples
        fades = [SLOPE[clip.fade_in_curve] / clip.fade_in, SLOPE[clip.fade_out_curve] / clip.fade_out]
        bound += np.abs(np.diff(sound)).max() + np.abs(sound).max() * max(fades)
    return bound + 1e-6


@given(
    st.lists(st.floats(0.1, 0.6), min_size=2, max_size=4),
    st.floats(0, 0.5),
    st.sampled_from(list(Curve)),
    st.floats(0, 6),
)
@settings(max_examples=40)
def test_no_joint_moves_faster_than_its_sounds_and_their_fades(durations_s, fade_s, curve, phase):
    """The measure of a click: the step from sample to sample, against the sources' own largest step and the fades'."""
    timeline = told(*durations_s, fade_s=0 if fade_s < 0.02 else fade_s, curve=curve)
    time = np.arange(2 * RATE) / RATE
    takes = {
        event.id: Audio(np.cos(2 * np.pi * 20 * time + phase * index)[None], RATE)
        for index, event in enumerate(timeline.events)
    }
    played = story_of(timeline)
    out = Mixer(played, audio_sources(takes)).samples()[0]
    clips = played.lanes[0].clips
    worst = max(step_bound(pair, takes) for pair in zip(clips, clips[1:], strict=False))
    assert np.abs(np.diff(out, prepend=0, append=0)).max() <= worst


def test_a_hard_cut_has_its_guard_and_the_same_length():
    timeline = told(1, 1, fade_s=0)
    takes = {"e0": constant(1, 1.0), "e1": constant(1, -1.0)}
    out = Mixer(story_of(timeline), audio_sources(takes)).samples()[0]
    assert len(out) == 2 * RATE
    assert np.abs(np.diff(out)).max() < 1.1 / GUARD
    assert (out[GUARD : RATE - GUARD] == 1).all()
    assert (out[RATE + GUARD : -GUARD] == -1).all()


def test_a_take_that_ends_before_its_crossfade_does_so_without_a_step():
    timeline = told(1, 1, fade_s=0.5)
    short = {"e0": constant(1.2), "e1": constant(1)}
    out = Mixer(story_of(timeline), audio_sources(short)).samples()[0]
    assert len(out) == 2 * RATE
    assert placements(timeline, rate_hz=RATE)[0].render == 12_000
    assert np.abs(np.diff(out[GUARD:-GUARD])).max() < 2 / GUARD  # the take ends at 1.2 s, not at 1.5 s: no step there


def test_a_take_shorter_than_its_slot_fades_out_at_its_own_end():
    bed = lane("bed", placed("bed", start=1_000, length=3 * RATE - 1_000, fades=(40, 4_000)))
    out = mixed(bed, takes={"bed": constant(1.0)})[0]
    assert out[1_040:5_000] == pytest.approx(1.0)
    assert (np.diff(out[5_000:9_000]) < 0).all()
    assert out[7_000] == pytest.approx(0.5, abs=0.01)
    assert not out[9_000:].any()
    gone = lane("bed", placed("bed", start=0, length=3 * RATE, offset=2 * RATE))
    assert not mixed(gone, takes={"bed": constant(1.0)}).any()
