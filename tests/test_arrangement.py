"""Laws of the arrangement: no value in a bad state, edits are copies, and everything's place to the sample."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arrangement import (
    GUARD_S,
    STORY_LANE,
    Arrangement,
    Clip,
    Ducking,
    Fade,
    Fit,
    Lane,
    Marker,
    Strip,
    session,
    with_clip,
    with_lane,
    within_takes,
    without_clip,
    without_lane,
)
from pipeline.errors import MixError
from pipeline.timeline import Boundary, Curve, Event, Story, Timeline, placements, removed

RATE = 1_000
GUARD = 5


def told(*durations_s: float, fade_s: float = 0.5) -> Timeline:
    events = tuple(Event(caption=f"sound {i}", duration_s=d, id=f"e{i}") for i, d in enumerate(durations_s))
    seams = (Boundary(length_s=fade_s),) * max(len(events) - 1, 0)
    return Timeline(story=Story(text="x", duration_s=60), events=events, boundaries=seams)


def clip(clip_id: str = "c", start_s: float = 0.0, duration_s: float = 1.0, **more) -> Clip:
    return Clip(id=clip_id, source="bed", name="a bed", start_s=start_s, duration_s=duration_s, **more)


def placed(arrangement: Arrangement, *, rate_hz: int = RATE):
    return session(arrangement, {e.id: f"take-{e.id}" for e in arrangement.timeline.events}, rate_hz=rate_hz)


def story(arrangement: Arrangement):
    return placed(arrangement).lanes[0].clips


def beds(arrangement: Arrangement):
    return placed(arrangement).lanes[1].clips


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Strip(gain_db=NAN), "a gain in dB must be a number"),
        (lambda: Strip(gain_db=25), "a gain in dB is 25; allowed is -96 to 24"),
        (lambda: Strip(gain_db=True), "a gain in dB must be a number"),
        (lambda: Strip(pan=1.5), "a pan is 1.5"),
        (lambda: Strip(mute="yes"), "mute is on or off"),
        (lambda: Fade(length_s=-1), "a fade in seconds is -1"),
        (lambda: Fade(curve="wavy"), "a fade's curve is one of equal_power"),
        (lambda: Ducking(attack_s=INF), "ducking's attack_s must be a number"),
        (lambda: clip(duration_s=0.001), "duration_s of “a bed” is 0.001"),
        (lambda: clip(start_s=-0.1), "start_s of “a bed” is -0.1"),
        (lambda: clip(fit="squeeze"), "a clip fits its slot by one of trim, loop, stretch"),
        (lambda: clip("no good"), "the id of a clip"),
        (lambda: replace(clip(), name="  "), "a clip needs a name"),
        (lambda: replace(clip(), name="x" * 401), "401 characters"),
        (lambda: replace(clip(), name="half a \ud800"), "the name of a clip holds characters that are not text"),
        (lambda: Lane(name="\udfff"), "the name of a lane holds characters that are not text"),
        (lambda: Marker(at_s=0, name="a \udc00 b"), "the name of a marker holds characters that are not text"),
        (lambda: Strip(gain_db=10**400), "a gain in dB must be a number"),
        (lambda: Lane(name="x", id=STORY_LANE), "belongs to the story lane"),
        (lambda: Marker(at_s="soon", name="x"), "a marker's place must be a number"),
        (lambda: Arrangement(timeline=told(1), master_db=99), "the master gain in dB is 99"),
        (lambda: Arrangement(timeline=told(1), lanes=(Lane(name="a", id="l"), Lane(name="b", id="l"))), "two lanes"),
        (lambda: Arrangement(timeline=told(1), lanes=(Lane(name="a", clips=(clip(), clip())),)), "two clips"),
        (lambda: Arrangement(timeline=told(1), lanes=[Lane(name="x") for _ in range(65)]), "at most 64 lanes, not 65"),
    ],
)
def test_no_value_exists_in_a_bad_state(make, what):
    with pytest.raises(MixError, match=what):
        make()


def test_values_can_not_be_written_to():
    with pytest.raises(FrozenInstanceError):
        clip().name = "other"


@pytest.mark.parametrize(("gain_db", "gain"), [(0, 1), (-6, 0.501187), (24, 15.848932), (-96, 0)])
def test_the_lowest_gain_is_silence(gain_db, gain):
    assert Strip(gain_db=gain_db).gain == pytest.approx(gain)


def test_edits_return_copies():
    old = Arrangement(timeline=told(3), lanes=(Lane(name="a", id="a"), Lane(name="b", id="b")))
    first = with_clip(old, "a", clip("c2", 2.0))
    both = with_clip(first, "a", clip("c1", 1.0))
    assert old.lanes[0].clips == ()
    assert [c.id for c in both.lane("a").clips] == ["c1", "c2"]  # in order of time
    moved = with_clip(both, "b", replace(both.clip("c1")[1], start_s=0.5))
    assert [[c.id for c in lane.clips] for lane in moved.lanes] == [["c2"], ["c1"]]
    assert without_clip(moved, "c1").lane("b").clips == ()
    assert without_clip(with_clip(old, "a", clip("c2", 2.0)), "c2") == old
    assert [lane.id for lane in without_lane(moved, "a").lanes] == ["b"]
    assert with_lane(old, Lane(name="c", id="c")).lanes[2].name == "c"
    assert with_lane(old, Lane(name="other", id="a")).lanes[0].name == "other"


def test_what_is_not_there_is_named():
    arrangement = Arrangement(timeline=told(1))
    for ask in (lambda: arrangement.lane("x"), lambda: without_lane(arrangement, "x")):
        with pytest.raises(MixError, match="no lane 'x'"):
            ask()
    for ask in (lambda: arrangement.clip("x"), lambda: without_clip(arrangement, "x")):
        with pytest.raises(MixError, match="no clip 'x'"):
            ask()
    with pytest.raises(MixError, match="event 1 .*sound 0.* no take yet"):
        session(arrangement, {}, rate_hz=RATE)


def test_strips_of_events_that_are_gone_are_dropped_and_markers_are_in_order():
    markers = (Marker(at_s=2, name="b"), Marker(at_s=1, name="a"))
    arrangement = Arrangement(timeline=told(1, 1), strips={"e0": Strip(pan=1), "e1": Strip(pan=-1)}, markers=markers)
    assert [marker.name for marker in arrangement.markers] == ["a", "b"]
    fewer = replace(arrangement, timeline=removed(arrangement.timeline, 0))
    assert set(fewer.strips) == {"e1"}
    assert fewer.strip_of("e0") == Strip()


@given(
    st.lists(st.floats(0.1, 20), min_size=1, max_size=8),
    st.floats(0, 30),
    st.sampled_from([1_000, 8_000, 44_100, 48_000]),
)
def test_the_session_is_as_long_as_its_events_and_its_fades_lie_inside_its_clips(durations_s, fade_s, rate_hz):
    timeline = told(*durations_s, fade_s=fade_s)
    played = placed(Arrangement(timeline=timeline), rate_hz=rate_hz)
    clips, guard = played.lanes[0].clips, round(GUARD_S * rate_hz)
    assert played.length == sum(p.planned for p in placements(timeline, rate_hz=rate_hz))
    assert clips[0].start == 0
    assert clips[-1].end == played.length
    for one in clips:
        least = min(guard, one.length // 2)
        assert least <= one.fade_in <= one.length
        assert least <= one.fade_out <= one.length
    for before, after in zip(clips, clips[1:], strict=False):
        assert before.joined_after == after.joined_before
        if before.joined_after:
            assert before.end - after.start == before.fade_out == after.fade_in
        else:
            assert before.end == after.start


@given(st.floats(0, 6), st.floats(0.01, 6), st.floats(0, 9), st.floats(0, 9))
def test_a_free_clip_is_cut_at_the_end_of_the_mix_and_never_without_a_fade(start_s, duration_s, in_s, out_s):
    bed = clip(start_s=start_s, duration_s=duration_s, fade_in=Fade(length_s=in_s), fade_out=Fade(length_s=out_s))
    arrangement = Arrangement(timeline=told(4), lanes=(Lane(name="bed", clips=(bed,)),))
    found = beds(arrangement)
    if round(start_s * RATE) >= 4 * RATE:
        assert found == ()
        return
    (one,) = found
    least = min(GUARD, one.length // 2)
    assert one.start == round(start_s * RATE)
    assert one.end == min(round((start_s + duration_s) * RATE), 4 * RATE)
    assert one.fade_in >= least
    assert one.fade_out >= least
    assert one.fade_in + one.fade_out <= one.length


def test_the_story_begins_and_ends_with_its_fades_or_a_guard():
    plain = story(Arrangement(timeline=told(3)))[0]
    assert (plain.fade_in, plain.fade_in_curve, plain.fade_out) == (GUARD, Curve.LINEAR, GUARD)
    slow = Fade(length_s=2.0, curve=Curve.S_CURVE)
    faded = story(Arrangement(timeline=told(3), fade_in=slow, fade_out=slow))[0]
    assert (faded.fade_in, faded.fade_in_curve) == (2_000, Curve.S_CURVE)
    assert (faded.fade_out, faded.fade_out_curve) == (1_000, Curve.S_CURVE)  # what room is left


def test_a_hard_cut_and_a_crossfade_shorter_than_its_guard_are_the_same():
    for fade_s in (0.0, 0.004):
        first, second = story(Arrangement(timeline=told(1, 1, fade_s=fade_s)))
        assert (first.length, first.fade_out, first.fade_out_curve) == (RATE, GUARD, Curve.LINEAR)
        assert (second.fade_in, second.fade_in_curve) == (GUARD, Curve.LINEAR)
        assert not first.joined_after
        assert not second.joined_before


def test_without_events_the_mix_ends_with_the_last_clip():
    empty = Timeline(story=Story(text="x", duration_s=1), events=())
    lanes = (Lane(name="a", clips=(clip("c1", 1.0), clip("c2", 3.0, 0.5))), Lane(name="b", clips=(clip("c3"),)))
    assert placed(Arrangement(timeline=empty, lanes=lanes)).length == 3_500
    assert placed(Arrangement(timeline=empty)).length == 0


def heard(arrangement: Arrangement) -> set[str]:
    lanes = [lane for lane in placed(arrangement).lanes if not lane.muted]
    return {one.id for lane in lanes for one in lane.clips if not one.muted}


def test_solo_silences_the_others_and_mute_always_silences():
    def arranged(**more) -> Arrangement:
        lane = Lane(name="a", id="a", clips=(clip("c1"), clip("c2", 1.0)))
        other = Lane(name="b", id="b", clips=(clip("c3"),))
        return Arrangement(timeline=told(1, 1), lanes=(lane, other), **more)

    def lane_with(arrangement: Arrangement, **strip) -> Arrangement:
        return with_lane(arrangement, replace(arrangement.lane("a"), strip=Strip(**strip)))

    assert heard(arranged()) == {"e0", "e1", "c1", "c2", "c3"}
    assert heard(lane_with(arranged(), solo=True)) == {"c1", "c2"}
    assert heard(lane_with(arranged(), mute=True)) == {"e0", "e1", "c3"}
    assert heard(lane_with(arranged(), solo=True, mute=True)) == set()
    assert heard(arranged(story=Strip(solo=True))) == {"e0", "e1"}
    assert heard(arranged(strips={"e1": Strip(solo=True)})) == {"e1", "c1", "c2", "c3"}
    soloed = with_clip(arranged(), "a", clip("c1", strip=Strip(solo=True)))
    assert heard(soloed) == {"e0", "e1", "c1", "c3"}


def test_a_clip_carries_its_source_offset_and_fit():
    bed = clip(start_s=0.5, offset_s=1.25, fit=Fit.LOOP, strip=Strip(pan=0.5))
    (one,) = beds(Arrangement(timeline=told(3), lanes=(Lane(name="bed", clips=(bed,)),)))
    assert (one.source, one.offset, one.fit, one.strip.pan) == ("bed", 1_250, Fit.LOOP, 0.5)
    assert story(Arrangement(timeline=told(3)))[0].source == "take-e0"


@given(st.floats(0, 2), st.floats(0, 2))
def test_takes_made_for_other_crossfades_shorten_them(made_s, wanted_s):
    made, wanted = told(4, 3, fade_s=made_s), told(4, 3, fade_s=wanted_s)
    lengths = {f"take-{e.id}": p.render for e, p in zip(made.events, placements(made, rate_hz=RATE), strict=True)}
    before = placed(Arrangement(timeline=wanted))
    after = within_takes(before, lengths)
    first, second = after.lanes[0].clips
    tail, fade = round(made_s * RATE), before.lanes[0].clips[0].fade_out
    assert after.length == before.length
    if tail >= fade - 2 or not before.lanes[0].clips[0].joined_after:
        assert after == before
    elif tail >= GUARD:
        assert first.fade_out == second.fade_in == first.end - second.start == tail
    else:
        assert (first.end, first.fade_out, second.fade_in) == (second.start, GUARD, GUARD)
        assert not first.joined_after
    assert second.end == before.length


def test_a_take_shorter_than_its_event_moves_nothing_and_gets_no_crossfade():
    played = placed(Arrangement(timeline=told(4, 3)))
    short = within_takes(played, {"take-e0": 3_500, "take-e1": 2_900})
    first, second = short.lanes[0].clips
    assert (first.length, first.fade_out, second.start, second.fade_in) == (4_000, GUARD, 4_000, GUARD)
    assert not first.joined_after and (second.end, short.length) == (7_000, 7_000)
    assert within_takes(played, {"take-e0": 4_499, "take-e1": 2_999}) == played  # a sample less is rounding
