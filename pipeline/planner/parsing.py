"""Text to timeline and back: AudioStory's tagged text as models write it, and plain lines as people do.

Tagged text is read leniently, because published samples bend it (`<\\timestamp>`, a missing closing tag). Plain lines
are read in four forms: `0:00-0:05 rain`, `rain | 5.0`, `5s rain`, `1. rain (5 s)`. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import PlanError
from pipeline.timeline import MAX_STORY_CHARS, MIN_TOTAL_S, Event, Story, Timeline

_THOUGHT = re.compile(r"<\|think\|>\s*(.*?)\s*<[|/\\]*/?think\|?>", re.DOTALL)
_GEN = re.compile(r"<\|gen\|>")
_TIMED = re.compile(r"(.*?)<\s*timestamp\s*>\s*(.*?)\s*(?:<\s*[/\\]\s*timestamp\s*>|<|$)", re.DOTALL)
_QUERIES = re.compile(r"<(t5|aud)>.*?(</\1>|$)", re.DOTALL)
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(?:s|sec|secs|seconds?)?\.?", re.IGNORECASE)

_UNIT = r"(?:seconds?|secs?|s)"
_VALUE = r"[0-9]+(?:\.[0-9]+)?"
_CLOCK = r"(?:[0-9]+:)?[0-9]+:[0-9]{2}(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_RANGE = re.compile(rf"\[?\s*({_CLOCK})\s*{_UNIT}?\s*(?:-|–|—|to)\s*({_CLOCK})\s*{_UNIT}?\s*\]?\s*[:|,-]?\s+(.+)")
_PIPE = re.compile(rf"(.+)\|\s*({_VALUE})\s*{_UNIT}?", re.IGNORECASE)
_LEAD = re.compile(rf"({_VALUE})\s*{_UNIT}\b\s*[:,-]?\s*(.+)", re.IGNORECASE)
_TAIL = re.compile(rf"(.+?)\s*(?:[(\[]\s*({_VALUE})\s*{_UNIT}?\s*[)\]]|[-–—:,]\s*({_VALUE})\s*{_UNIT})", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[0-9]+[.)]|[-*•])\s+")


@dataclass(frozen=True)
class Plan:
    """What a planner's text says: its reasoning and the (caption, seconds) of its events, not yet fitted to a total."""

    reasoning: str
    events: tuple[tuple[str, float], ...]


def parse_tagged(text: str) -> Plan:
    """Read AudioStory's tagged text; `PlanError` names the event that cannot be read."""
    thought = _THOUGHT.search(text)
    head, *blocks = _GEN.split(text)
    reasoning = thought.group(1) if thought else re.split(r"<[|/\\]*/?think\|?>", head)[0].strip()
    if not blocks:
        raise PlanError("the planner's text holds no event (no <|gen|> tag)")
    return Plan(reasoning, tuple(_tagged_event(block, number) for number, block in enumerate(blocks, 1)))


def _tagged_event(block: str, number: int) -> tuple[str, float]:
    match = _TIMED.match(_QUERIES.sub("", block))
    if not match:
        raise PlanError(f"event {number} of the planner's text has no duration: {_short(block)}")
    caption, value = " ".join(match.group(1).split()), _NUMBER.fullmatch(match.group(2))
    if not value or float(value.group(1)) <= 0:
        raise PlanError(
            f"event {number} of the planner's text has a duration that is no number: {_short(match.group(2))}"
        )
    if not caption:
        raise PlanError(f"event {number} of the planner's text has no caption")
    return caption, float(value.group(1))


def parse_lines(text: str, *, story: Story | None = None) -> Timeline:
    """Read a timeline that a person wrote, one event a line; `PlanError` names the line it cannot read.

    Empty lines and lines that start with `#` are skipped. Without `story` the captions serve as one, and the total is
    their sum. Lines with times must follow on each other: a gap is an error, not a silence.
    """
    events, at_s = [], 0.0
    for number, line in enumerate(text.splitlines(), 1):
        read = _line(line.strip(), number, at_s=at_s)
        if read:
            events.append(_event(*read, number=number, tone=story.tone if story else ""))
            at_s += read[1]
    if not events:
        raise PlanError("the timeline holds no event")
    return Timeline(story=story or _told(events), events=tuple(events))


def format_lines(timeline: Timeline) -> str:
    """One `caption | seconds` line per event; `parse_lines` gives the same captions and durations back."""
    return "".join(f"{event.caption} | {event.duration_s!r}\n" for event in timeline.events)


def _line(line: str, number: int, *, at_s: float) -> tuple[str, float] | None:
    """(caption, seconds) of one line; None for one to skip. What `format_lines` writes is taken literally."""
    if match := _PIPE.fullmatch(line):
        return match.group(1).strip(), float(match.group(2))
    if not line or line.startswith("#"):
        return None
    for bare in (line, _BULLET.sub("", line, count=1)):
        if match := _RANGE.fullmatch(bare):
            return match.group(3), _length(match.group(1), match.group(2), number, at_s=at_s)
        if match := _LEAD.fullmatch(bare):
            return match.group(2), float(match.group(1))
    if match := _TAIL.fullmatch(_BULLET.sub("", line, count=1)):
        return match.group(1), float(match.group(2) or match.group(3))
    raise PlanError(f"line {number} has no duration: {_short(line)} (write it as “caption | seconds”)")


def _length(start: str, end: str, number: int, *, at_s: float) -> float:
    first, last = _clock(start), _clock(end)
    if last <= first:
        raise PlanError(f"line {number} ends at {end}, not after its start at {start}")
    if abs(first - at_s) > 0.05:
        before = f"the events before it last {at_s:g} s"
        raise PlanError(f"line {number} starts at {start}, but {before}: events follow on each other")
    return round(last - first, 6)


def _clock(text: str) -> float:
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total


def _event(caption: str, duration_s: float, *, number: int, tone: str) -> Event:
    try:
        return Event(caption=caption, duration_s=duration_s, tone=tone)
    except PlanError as error:
        raise PlanError(f"line {number}: {error}") from None


def _told(events: Iterable[Event]) -> Story:
    events = list(events)
    text = "; ".join(event.caption for event in events)[:MAX_STORY_CHARS]
    return Story(text=text, duration_s=max(MIN_TOTAL_S, sum(event.duration_s for event in events)))


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return f"“{clean[:60]}{'…' if len(clean) > 60 else ''}”"
