"""Laws of stories, events, timelines and their edits."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AudioStoryError, Cancelled, PlanError, SettingsError
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings
from pipeline.timeline import (
    MAX_CAPTION_CHARS,
    MAX_EVENTS,
    MAX_STORY_CHARS,
    Boundary,
    Curve,
    Event,
    Story,
    Timeline,
    event_seed,
    first_stale,
    inserted,
    moved,
    placements,
    removed,
    split,
    with_boundary,
    with_event,
)

BAD_SECONDS = [float("nan"), float("inf"), float("-inf"), 0, -1.0, 1e9, 10**400, "3", None, True, [3]]


def make_timeline(*durations_s: float, fade_s: float = 0.5) -> Timeline:
    story = Story(text="a story", duration_s=max(sum(durations_s), 1.0))
    events = tuple(Event(caption=f"sound {i}", duration_s=d, id=f"e{i + 1}") for i, d in enumerate(durations_s))
    return Timeline(story=story, events=events, boundaries=(Boundary(length_s=fade_s),) * (len(events) - 1))


@pytest.mark.parametrize("seconds", BAD_SECONDS, ids=lambda s: repr(s)[:12])
def test_no_event_or_story_lasts_an_impossible_time(seconds):
    with pytest.raises(PlanError):
        Event(caption="rain", duration_s=seconds)
    with pytest.raises(PlanError):
        Story(text="rain", duration_s=seconds)


@given(st.floats(width=64))
def test_a_duration_is_kept_exactly_or_refused(seconds):
    try:
        event = Event(caption="rain", duration_s=seconds)
    except PlanError:
        assert not 0.1 <= seconds <= 600.0
    else:
        assert event.duration_s == seconds


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -0.1, 31.0, "1"])
def test_no_boundary_has_an_impossible_length(seconds):
    with pytest.raises(PlanError):
        Boundary(length_s=seconds)


def test_an_unknown_curve_is_named():
    with pytest.raises(PlanError, match="sideways"):
        Boundary(curve="sideways")
    assert Boundary(curve="linear").curve is Curve.LINEAR


@pytest.mark.parametrize("text", ["", "  \n\t ", "x" * (MAX_STORY_CHARS + 1), 3, None, "half a \ud800 character"])
def test_a_story_must_be_text_that_a_file_can_hold(text):
    with pytest.raises(PlanError):
        Story(text=text, duration_s=10)


def test_captions_are_one_line_and_bounded():
    assert Event(caption="  rain \n falls ", duration_s=1).caption == "rain falls"
    assert len(Event(caption="x" * MAX_CAPTION_CHARS, duration_s=1).caption) == MAX_CAPTION_CHARS
    with pytest.raises(PlanError, match="401"):
        Event(caption="x" * (MAX_CAPTION_CHARS + 1), duration_s=1)


@pytest.mark.parametrize("seed", [-1, 2**53, 1.5, "7", True, None])
def test_a_seed_is_a_whole_number_that_json_keeps(seed):
    with pytest.raises(PlanError, match="seed"):
        Event(caption="rain", duration_s=1, seed=seed)


@pytest.mark.parametrize("name", ["", "../x", "a b", "é", "x" * 65, 3])
def test_an_id_is_safe_as_a_file_name(name):
    with pytest.raises(PlanError, match="id"):
        Event(caption="rain", duration_s=1, id=name)


def test_messages_stay_short_whatever_the_value():
    for make in (
        lambda: Event(caption="rain", duration_s=1, seed=10**4000),
        lambda: Event(caption="rain", duration_s="9" * 100_000),
        lambda: Event(caption="rain", duration_s=1, id="x" * 100_000),
        lambda: Boundary(curve="y" * 100_000),
    ):
        with pytest.raises(PlanError) as caught:
            make()
        assert len(str(caught.value)) < 200


def test_a_timeline_refuses_equal_ids_wrong_seams_and_absurd_totals():
    one = Event(caption="rain", duration_s=600, id="a")
    story = Story(text="x", duration_s=10)
    with pytest.raises(PlanError, match="same id"):
        Timeline(story=story, events=(one, one))
    with pytest.raises(PlanError, match="crossfades"):
        Timeline(story=story, events=(one,), boundaries=(Boundary(),))
    with pytest.raises(PlanError, match=r"4,200\.0 s in all"):
        Timeline(story=story, events=tuple(replace(one, id=f"a{i}") for i in range(7)))
    with pytest.raises(PlanError, match="1,000"):
        Timeline(story=story, events=tuple(Event(caption="x", duration_s=0.1) for _ in range(MAX_EVENTS + 1)))


def test_values_are_frozen():
    timeline = make_timeline(2, 2)
    with pytest.raises(FrozenInstanceError):
        timeline.events[0].caption = "other"
    with pytest.raises(FrozenInstanceError):
        timeline.events = ()


def test_edits_return_copies_and_leave_the_original_alone():
    timeline = make_timeline(2, 3, 4)
    before = repr(timeline)
    wind = Event(caption="wind", duration_s=1)
    assert with_event(timeline, 1, wind).events[1] is wind
    assert with_boundary(timeline, 0, Boundary(length_s=2)).boundaries[0].length_s == 2
    assert [e.id for e in inserted(timeline, 1, wind).events] == ["e1", wind.id, "e2", "e3"]
    assert [e.id for e in removed(timeline, 0).events] == ["e2", "e3"]
    assert [e.id for e in moved(timeline, 0, 2).events] == ["e2", "e3", "e1"]
    halves = split(timeline, 2, at_s=1.5, seed=9).events
    assert [e.duration_s for e in halves] == [2, 3, 1.5, 2.5]
    assert halves[3].seed == 9
    assert repr(timeline) == before


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_edits_outside_the_timeline_are_told_in_words(index):
    timeline = make_timeline(2, 3, 4)
    for edit in (
        lambda: with_event(timeline, index, timeline.events[0]),
        lambda: with_boundary(timeline, index, Boundary()),
        lambda: removed(timeline, index),
        lambda: moved(timeline, index, 0),
        lambda: split(timeline, index, at_s=1, seed=0),
    ):
        with pytest.raises(PlanError, match="there is no"):
            edit()


@given(st.lists(st.floats(0.2, 20), min_size=1, max_size=6), st.data())
def test_insert_then_remove_gives_the_events_back(durations_s, data):
    timeline = make_timeline(*durations_s)
    at = data.draw(st.integers(0, len(durations_s)))
    longer = inserted(timeline, at, Event(caption="new", duration_s=1))
    assert len(longer.boundaries) == len(durations_s)
    assert removed(longer, at).events == timeline.events


@given(st.floats(0.2, 600), st.floats(0, 1))
def test_a_split_keeps_the_length(duration_s, share):
    timeline = make_timeline(duration_s)
    at_s = min(max(duration_s * share, 0.1), duration_s - 0.1)
    try:
        halves = split(timeline, 0, at_s=at_s, seed=1)
    except PlanError:
        assert duration_s < 0.2000001
    else:
        assert halves.duration_s == pytest.approx(duration_s, abs=1e-9)


def test_staleness_is_causal():
    timeline = make_timeline(2, 3, 4, 5)
    for k, event in enumerate(timeline.events):
        assert first_stale(timeline, with_event(timeline, k, replace(event, caption="changed"))) == k
        assert first_stale(timeline, with_event(timeline, k, replace(event, duration_s=7))) == k
        assert first_stale(timeline, removed(timeline, k)) == k
        assert first_stale(timeline, inserted(timeline, k, Event(caption="new", duration_s=1))) == k
    assert first_stale(timeline, timeline) == 4
    assert first_stale(timeline, replace(timeline, story=Story(text="another", duration_s=9))) == 0


def test_what_the_language_model_does_not_read_makes_nothing_stale():
    timeline = make_timeline(2, 3)
    assert first_stale(timeline, with_event(timeline, 0, replace(timeline.events[0], seed=5))) == 2
    assert first_stale(timeline, with_boundary(timeline, 0, Boundary(length_s=2))) == 2


@given(st.integers(0, 2**53 - 1), st.integers(1, 50))
def test_seeds_are_stable_distinct_and_fit_json(seed, number):
    here, next_one = event_seed(seed, f"e{number}"), event_seed(seed, f"e{number + 1}")
    assert here == event_seed(seed, f"e{number}") != next_one
    assert 0 <= here < 2**53


def test_the_seed_of_an_event_never_changes_between_versions():
    assert event_seed(0, "e1") == 7023503582127177


@given(
    st.lists(st.floats(0.1, 40), min_size=1, max_size=12),
    st.lists(st.floats(0, 30), min_size=11, max_size=11),
    st.sampled_from([8_000, 16_000, 44_100, 48_000]),
)
def test_placements_tile_the_mix_and_no_two_fades_overlap(durations_s, fades_s, rate_hz):
    timeline = make_timeline(*durations_s)
    seams = tuple(Boundary(length_s=f) for f in fades_s[: len(durations_s) - 1])
    places = placements(replace(timeline, boundaries=seams), rate_hz=rate_hz)
    assert sum(p.planned for p in places) == round(sum(durations_s) * rate_hz)
    end = 0
    for here, after in zip(places, places[1:], strict=False):
        assert here.start == end
        end += here.planned
        assert here.fade_out == after.fade_in <= min(here.planned, after.planned)
        assert here.start + here.fade_in <= after.start
    for place, wanted in zip(places, fades_s, strict=False):
        if round(wanted * rate_hz) and place is not places[-1]:
            assert place.fade_out > 0


@pytest.mark.parametrize("steps", [0, -1, 201, 2.5, True, "9", None])
def test_steps_out_of_range_are_refused(steps):
    with pytest.raises(SettingsError, match="steps"):
        RenderSettings(steps=steps)


@pytest.mark.parametrize("guidance", [-0.1, 20.1, float("nan"), float("inf"), "3", None])
def test_guidance_out_of_range_is_refused(guidance):
    with pytest.raises(SettingsError, match="guidance"):
        RenderSettings(guidance=guidance)


def test_a_token_cancels_once_and_for_all():
    cancel = CancelToken()
    cancel.raise_if_cancelled()
    cancel.cancel()
    cancel.cancel()
    assert cancel.cancelled
    with pytest.raises(Cancelled):
        cancel.raise_if_cancelled()
    assert issubclass(Cancelled, AudioStoryError)
