"""An arrangement as JSON: what is written is what is read, and what is wrong is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.arrangement import Arrangement, Clip, Ducking, Fade, Fit, Lane, Marker, Strip
from pipeline.errors import AudioStoryError, FormatError
from pipeline.formats.arrangement_json import arrangement_from_dict, arrangement_to_dict
from pipeline.timeline import Curve, Event, Story, Timeline
from tests.formats.sessions import arrangement

TIMELINE = Timeline(story=Story(text="x", duration_s=3), events=(Event(id="e1", caption="a", duration_s=3),))
STRIPS = st.builds(Strip, gain_db=st.floats(-96, 24), pan=st.floats(-1, 1), mute=st.booleans(), solo=st.booleans())
FADES = st.builds(Fade, length_s=st.floats(0, 100), curve=st.sampled_from(list(Curve)))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda t: t.split())
CLIPS = st.builds(
    Clip, source=st.just("s1"), name=NAMES, start_s=st.floats(0, 1_000), duration_s=st.floats(0.01, 1_000),
    offset_s=st.floats(0, 100), fit=st.sampled_from(list(Fit)), strip=STRIPS, fade_in=FADES, fade_out=FADES,
)  # fmt: skip
LANES = st.builds(
    Lane, name=NAMES, clips=st.lists(CLIPS, max_size=2), strip=STRIPS, duck=st.none() | st.builds(Ducking)
)


@settings(max_examples=25)
@given(st.lists(LANES, max_size=2), STRIPS, FADES, st.lists(st.builds(Marker, at_s=st.floats(0, 99), name=NAMES)))
def test_what_is_written_is_what_is_read(lanes, strip, fade, markers):
    told = Arrangement(
        timeline=TIMELINE, strips={"e1": strip}, story=strip, fade_in=fade, lanes=lanes, markers=markers, master_db=-3.5
    )
    assert arrangement_from_dict(json.loads(json.dumps(arrangement_to_dict(told))), TIMELINE) == told


def test_a_full_one_and_an_empty_one():
    told = arrangement()
    assert arrangement_from_dict(json.loads(json.dumps(arrangement_to_dict(told))), told.timeline) == told
    assert arrangement_from_dict({}, TIMELINE) == Arrangement(timeline=TIMELINE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "an arrangement must be a JSON object, not list"),
        ({"schema": "x"}, "schema 'x' is unknown"),
        ({"strips": {"e1": {"pan": 2}}}, "the strip of 'e1': a pan is 2"),
        ({"strips": {"e1": 3}}, "the strip of 'e1' must be a JSON object"),
        ({"fade_in": {"curve": "round"}}, "the fade in: a fade's curve is one of"),
        ({"lanes": [{"name": ""}]}, "lane 1: a lane needs a name"),
        ({"lanes": [{"name": "a", "duck": {"amount_db": -1}}]}, "lane 1: duck: ducking's amount_db is -1"),
        ({"lanes": [{"name": "a", "clips": [{"name": "b"}]}]}, "lane 1: clip 1 has a field that is missing"),
        ({"markers": [{"at_s": -1, "name": "m"}]}, "marker 1: a marker's place is -1"),
        ({"markers": [{"at_s": 1, "name": "m", "size": 3}]}, "marker 1 has a field"),
        ({"master_db": None}, "the master gain in dB must be a number"),
    ],
)
def test_what_is_wrong_is_named(data, words):
    with pytest.raises(FormatError, match=words):
        arrangement_from_dict(data, TIMELINE)


FIELDS = st.sampled_from(["name", "clips", "strip", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "clips", "strip", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["strips", "story", "fade_out", "lanes", "markers", "master_db"]), JSON))
def test_nothing_but_our_own_errors_comes_out(data):
    try:
        arrangement_from_dict(data, TIMELINE)
    except AudioStoryError as error:
        assert "\n" not in str(error)[:200]
