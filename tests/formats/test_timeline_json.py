"""The timeline file: what is read, what is refused and in which words, and that nothing else ever escapes."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AudioStoryError, FormatError
from pipeline.formats.timeline_json import MAX_BYTES, dumps, loads, read_timeline, timeline_to_dict, write_timeline
from pipeline.timeline import Boundary, Curve, Event, Story, Timeline, event_seed

FULL = {
    "schema": "audiostory.timeline/1",
    "story": {"text": "Rain, then a train.", "duration_s": 12.5, "tone": "calm"},
    "reasoning": "Two sounds.\nOne after the other.",
    "events": [
        {
            "id": "a",
            "caption": "rain on a roof",
            "duration_s": 8.5,
            "tone": "soft",
            "seed": 2**53 - 1,
            "negative": "a passing car",
        },
        {"id": "b", "caption": "“ein Zug” 🚂", "duration_s": 4.0, "tone": "", "seed": 7},
    ],
    "boundaries": [{"length_s": 1.25, "curve": "linear"}],
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
EVENTS = st.lists(
    st.builds(
        Event,
        caption=TEXT,
        duration_s=st.floats(0.1, 600),
        tone=TEXT,
        seed=st.integers(0, 2**53 - 1),
        negative=st.just("") | TEXT,
    ),  # fmt: skip
    min_size=1,
    max_size=6,
)


def event(**fields):
    return json.dumps({"events": [{"caption": "rain", "duration_s": 3, **fields}]})


def test_every_field_of_the_contract_is_read_and_written():
    assert timeline_to_dict(loads(json.dumps(FULL))) == FULL


@given(EVENTS, st.floats(0, 30), st.sampled_from(list(Curve)), TEXT)
def test_a_timeline_survives_the_file(events, fade_s, curve, words):
    seams = (Boundary(length_s=fade_s, curve=curve),) * (len(events) - 1)
    story = Story(text=words, duration_s=33.3, tone=words)
    timeline = Timeline(story=story, events=tuple(events), boundaries=seams, reasoning=words)
    assert loads(dumps(timeline)) == timeline
    assert loads(dumps(timeline, ascii_only=True)) == timeline
    assert dumps(timeline, ascii_only=True).isascii()


def test_a_file_written_by_hand_needs_captions_and_durations_only():
    timeline = loads(
        '{"events": [{"caption": "rain", "duration_s": 10}, {"caption": "wind", "duration_s": 0.5}]}', seed=4
    )
    assert [e.id for e in timeline.events] == ["e1", "e2"]
    assert [e.seed for e in timeline.events] == [event_seed(4, "e1"), event_seed(4, "e2")]
    assert timeline.boundaries == (Boundary(),)
    assert timeline.story == Story(text="rain. wind", duration_s=10.5)
    assert timeline.reasoning == ""


def test_given_ids_and_seeds_are_kept_and_never_given_twice():
    items = [{"caption": "x", "duration_s": 1}, {"caption": "y", "duration_s": 1, "id": "e1", "seed": 0}]
    timeline = loads(json.dumps({"events": items}), seed=9)
    assert [e.id for e in timeline.events] == ["e1_", "e1"]
    assert timeline.events[1].seed == 0


def test_null_means_not_given_and_a_byte_order_mark_is_no_problem(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(event(id=None, seed=None, tone=None), encoding="utf-8-sig")
    assert read_timeline(path).events[0].id == "e1"


def test_unknown_fields_are_ignored_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING):
        loads(event(colour="blue"))
    assert "colour" in caplog.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON: .* line 1"),
        ("[]", "a timeline must be a JSON object, not a list"),
        ("null", "not null"),
        ("{}", "events is missing"),
        ('{"events": {}}', "events must be a list"),
        ('{"events": []}', "events is empty"),
        ('{"events": [3]}', "event 1 must be a JSON object"),
        ('{"schema": "audiostory.timeline/9", "events": []}', "schema .*timeline/9.* unknown"),
        ('{"schema": 1, "events": []}', "schema"),
        ('{"events": [{"duration_s": 1}]}', "event 1: caption is missing"),
        ('{"events": [{"caption": "x"}]}', "event 1: duration_s is missing"),
        (event(duration_s=-1), "event 1: the duration of “rain” is -1 s"),
        (event(duration_s="3"), "event 1: the duration of “rain” must be a number"),
        (event(duration_s=True), "must be a number"),
        (event(caption=[]), "event 1: a caption must be text"),
        (event(caption=" "), "event 1: a caption is empty"),
        (event(caption="\ud800"), "characters that are not text"),
        (event(seed=1.5), "event 1: a seed"),
        (event(seed=-1), "event 1: a seed"),
        (event(id="../../etc"), "event 1: an event's id"),
        (event(tone=3), "event 1: a tone must be text"),
        ('{"events": [{"caption": "x", "duration_s": NaN}]}', "NaN"),
        ('{"events": [{"caption": "x", "duration_s": -Infinity}]}', "Infinity"),
        ('{"events": [{"caption": "x", "duration_s": 1e999}]}', "event 1: the duration of “x” is inf s"),
        ('{"events": [{"caption": "x", "duration_s": ' + "9" * 400 + "}]}", "event 1"),
        ('{"events": [{"caption": "x", "duration_s": ' + "9" * 9000 + "}]}", "too long"),
        ("[" * 100_000, "nested too deeply"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "boundaries": [{}]}', "0 crossfades, not 1"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "boundaries": 3}', "boundaries must be a list"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "boundaries": [{"curve": "s"}]}', "boundary 1: .*curve"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "boundaries": [{"length_s": []}]}', "boundary 1"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "story": "s"}', "story must be a JSON object"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "story": {"text": 3}}', "story: the story must be text"),
        ('{"events": [{"caption": "x", "duration_s": 1}], "reasoning": 3}', "reasoning must be text"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_wrong_is_said_in_one_short_sentence(text, words):
    with pytest.raises(AudioStoryError, match=words) as caught:
        loads(text)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.text(max_size=200))
def test_any_text_gives_a_timeline_or_one_of_our_errors(text):
    try:
        loads(text)
    except AudioStoryError as error:
        assert str(error)


@given(st.sampled_from(["schema", "story", "reasoning", "events", "boundaries"]), JSON_VALUES)
def test_any_value_in_any_field_gives_a_timeline_or_one_of_our_errors(name, value):
    try:
        loads(json.dumps({**FULL, name: value}))
    except AudioStoryError as error:
        assert str(error)


@given(
    st.sampled_from([("events", "id"), ("events", "caption"), ("events", "duration_s"), ("events", "tone"),
                     ("events", "seed"), ("boundaries", "length_s"), ("boundaries", "curve")]),
    JSON_VALUES,
)  # fmt: skip
def test_any_value_deeper_down_gives_a_timeline_or_one_of_our_errors(place, value):
    data = json.loads(json.dumps(FULL))
    data[place[0]][0][place[1]] = value
    try:
        loads(json.dumps(data))
    except AudioStoryError as error:
        assert str(error)


@given(st.integers(0, 600), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_gives_a_timeline_or_one_of_our_errors(tmp_path, at, junk):
    path = tmp_path / "t.json"
    data = json.dumps(FULL).encode()
    path.write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        read_timeline(path)
    except AudioStoryError as error:
        assert str(path) in str(error)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(FormatError, match="no such file"):
        read_timeline(tmp_path / "none.json")
    with pytest.raises(FormatError, match="it is a folder"):
        read_timeline(tmp_path)
    with pytest.raises(FormatError, match="not allowed"):
        read_timeline(tmp_path / "a\0b")
    (tmp_path / "latin.json").write_bytes(b'{"events": "\xe9"}')
    with pytest.raises(FormatError, match="UTF-8"):
        read_timeline(tmp_path / "latin.json")
    (tmp_path / "big.json").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(FormatError, match="larger than"):
        read_timeline(tmp_path / "big.json")


def test_a_written_timeline_is_read_back_and_nothing_else_is_left(tmp_path):
    timeline = loads(json.dumps(FULL))
    write_timeline(tmp_path / "t.json", timeline)
    assert read_timeline(tmp_path / "t.json") == timeline
    assert [p.name for p in tmp_path.iterdir()] == ["t.json"]


def test_writing_where_there_is_no_folder_is_told(tmp_path):
    with pytest.raises(FormatError, match="the folder does not exist"):
        write_timeline(tmp_path / "gone" / "t.json", loads(json.dumps(FULL)))
