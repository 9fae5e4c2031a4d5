"""Reading a planner's tagged text and a person's lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.planner import prompts
from pipeline.planner.parsing import format_lines, parse_lines, parse_tagged
from pipeline.timeline import Event, Story, Timeline


def test_tagged_text_with_query_tokens():
    text = (
        "<|think|>two points<|/think|><|gen|>rain on a roof<timestamp>5.5</timestamp><t5><t5_00000></t5>"
        "<aud><aud_00000></aud><|/gen|><|gen|>a dog barks<timestamp>2</timestamp><|/gen|><|im_end|>"
    )
    plan = parse_tagged(text)
    assert plan.reasoning == "two points"
    assert plan.events == (("rain on a roof", 5.5), ("a dog barks", 2.0))


@pytest.mark.parametrize(
    "block",
    [
        "rain<timestamp>5<\\timestamp><|/gen|>",
        "rain<timestamp>5.0</timestamp>",
        "rain\n<timestamp> 5 s </timestamp>",
        "rain<timestamp>5",
    ],
)
def test_bent_tags_are_read(block):
    assert parse_tagged("thought<|/think|><|gen|>" + block).events == (("rain", 5.0),)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("rain<|/gen|>", "event 2 .* no duration"),
        ("rain<timestamp>soon</timestamp>", "event 2 .* no number"),
        ("rain<timestamp>0</timestamp>", "event 2 .* no number"),
        ("<timestamp>3</timestamp>", "event 2 .* no caption"),
    ],
)
def test_a_bad_event_is_named(block, message):
    with pytest.raises(PlanError, match=message):
        parse_tagged("<|gen|>wind<timestamp>1</timestamp><|/gen|><|gen|>" + block)


def test_text_without_events_is_an_error():
    with pytest.raises(PlanError, match="no event"):
        parse_tagged("I am only a language model")


@given(
    st.lists(st.tuples(st.text("abc xyz'", min_size=1).filter(str.strip), st.integers(1, 999)), min_size=1, max_size=5)
)
def test_an_answer_reads_back(events):
    told = [(" ".join(caption.split()), tenths / 10) for caption, tenths in events]
    assert list(parse_tagged(prompts.THINK + prompts.answer("why", told)).events) == told


@pytest.mark.parametrize(
    "line",
    [
        "0:00-0:05 rain on a roof",
        "0:00 – 0:05 rain on a roof",
        "[0:00 - 0:05] rain on a roof",
        "0-5 s: rain on a roof",
        "0:00:00-0:00:05.0 rain on a roof",
        "rain on a roof | 5.0",
        "rain on a roof | 5 s",
        "5s rain on a roof",
        "5 sec: rain on a roof",
        "1. rain on a roof (5 s)",
        "- rain on a roof (5)",
        "rain on a roof - 5s",
        "2) 5 seconds rain on a roof",
    ],
)
def test_every_form_of_a_line(line):
    (event,) = parse_lines(line).events
    assert (event.caption, event.duration_s) == ("rain on a roof", 5.0)


def test_lines_follow_on_each_other():
    timeline = parse_lines("# a storm\n0:00-0:05 rain\n\n0:05-1:10.5 thunder\n")
    assert [event.duration_s for event in timeline.events] == [5.0, 65.5]
    assert timeline.story.duration_s == 70.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rain | 5\njust wind", "line 2 has no duration"),
        ("0:00-0:05 rain\n0:07-0:09 wind", "line 2 starts at 0:07"),
        ("0:05-0:05 rain", "line 1 ends at 0:05"),
        ("rain | 0", "line 1: "),
        ("", "no event"),
    ],
)
def test_a_bad_line_is_named(text, message):
    with pytest.raises(PlanError, match=message):
        parse_lines(text)


captions = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=80).filter(
    lambda text: text.strip()
)
events = st.builds(
    lambda caption, ms: Event(caption=caption, duration_s=ms / 1000), captions, st.integers(1_000, 60_000)
)


@given(st.lists(events, min_size=1, max_size=6))
def test_what_is_formatted_reads_back(events):
    timeline = Timeline(story=Story(text="any", duration_s=10), events=tuple(events))
    back = parse_lines(format_lines(timeline))
    assert [(e.caption, e.duration_s) for e in back.events] == [(e.caption, e.duration_s) for e in events]
