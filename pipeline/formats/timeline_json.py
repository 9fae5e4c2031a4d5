"""The timeline as JSON, schema "audiostory.timeline/1": what the studio, the command line and people by hand write.

A hand-written file needs only `events` with `caption` and `duration_s`; everything else has a default. Whatever the
text, only AudioStoryError comes out. Knows nothing of audio.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import AudioStoryError, FormatError, PlanError
from pipeline.formats.files import read_at_most, replacing
from pipeline.timeline import (
    MAX_EVENTS,
    MAX_STORY_CHARS,
    MAX_TOTAL_S,
    MIN_TOTAL_S,
    Boundary,
    Event,
    Story,
    Timeline,
    event_seed,
)

log = logging.getLogger(__name__)

SCHEMA = "audiostory.timeline/1"
MAX_BYTES = 8_000_000
_TOP = {"schema", "story", "reasoning", "events", "boundaries"}
_STORY = {"text", "duration_s", "tone"}
_EVENT = {"id", "caption", "duration_s", "tone", "seed", "negative"}
_BOUNDARY = {"length_s", "curve"}


def timeline_to_dict(timeline: Timeline) -> dict[str, Any]:
    """Every field of the timeline, fit for JSON, with the name of the schema."""
    story = timeline.story
    return {
        "schema": SCHEMA,
        "story": {"text": story.text, "duration_s": story.duration_s, "tone": story.tone},
        "reasoning": timeline.reasoning,
        "events": [_event_to_dict(event) for event in timeline.events],
        "boundaries": [{"length_s": b.length_s, "curve": b.curve.value} for b in timeline.boundaries],
    }


def _event_to_dict(event: Event) -> dict[str, Any]:
    plain = {name: getattr(event, name) for name in ("id", "caption", "duration_s", "tone", "seed")}
    return {**plain, "negative": event.negative} if event.negative else plain


def dumps(timeline: Timeline, *, ascii_only: bool = False) -> str:
    """The timeline as JSON text, ending in a newline; `ascii_only` escapes the rest, for terminals of any encoding."""
    return json.dumps(timeline_to_dict(timeline), ensure_ascii=ascii_only, indent=2, allow_nan=False) + "\n"


def loads(text: str, *, seed: int = 0) -> Timeline:
    """JSON text to a timeline; FormatError says which field is wrong.

    Events without an id are called e1, e2, … by position; those without a seed get `event_seed(seed, id)`.
    """
    if len(text) > MAX_BYTES:
        raise FormatError(f"a timeline has at most {MAX_BYTES:,} characters of JSON, not {len(text):,}")
    try:
        data = json.loads(text, parse_constant=_refused_constant)
    except json.JSONDecodeError as error:
        raise FormatError(f"this is not JSON: {error.msg.lower()} in line {error.lineno}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; thousands of brackets
        raise FormatError("this is not a timeline: a number is too long or it is nested too deeply") from error
    return timeline_from_dict(data, seed=seed)


def timeline_from_dict(data: object, *, seed: int = 0) -> Timeline:
    """Parsed JSON to a timeline; the same promises as `loads`."""
    top = _object(data, what="a timeline", known=_TOP)
    schema = top.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise FormatError(f"the schema {_short(schema)} is unknown; this version reads {SCHEMA}")
    items = _list(top, "events", required=True)
    if not items:
        raise FormatError("events is empty; a timeline needs at least one event")
    if len(items) > MAX_EVENTS:
        raise FormatError(f"events has {len(items):,} entries; at most {MAX_EVENTS:,} fit")
    events = _events(items, seed=seed)
    boundaries = tuple(_boundary(item, number=i + 1) for i, item in enumerate(_list(top, "boundaries")))
    story = _story(top.get("story"), events)
    reasoning = top.get("reasoning")
    return Timeline(story=story, events=events, boundaries=boundaries, reasoning="" if reasoning is None else reasoning)


def read_timeline(path: Path, *, seed: int = 0) -> Timeline:
    """Read a timeline file (UTF-8, at most `MAX_BYTES`); FormatError names the file."""
    data = read_at_most(path, MAX_BYTES, what="a timeline")
    try:
        return loads(data.decode("utf-8-sig"), seed=seed)
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not text in UTF-8") from error
    except AudioStoryError as error:
        raise type(error)(f"{path}: {error}") from error


def write_timeline(path: Path, timeline: Timeline) -> None:
    """Write a timeline file, whole or not at all; FormatError says why not."""
    with replacing(path) as part:
        part.write_text(dumps(timeline), encoding="utf-8")


def _refused_constant(name: str) -> NoReturn:
    raise FormatError(f"{name} is not a number that a timeline may hold")


def _short(value: object) -> str:
    """A value as it may stand in a message: short, whatever it is."""
    shown = json.dumps(value, ensure_ascii=True)[:60] if isinstance(value, (str, bool, float)) else type(value).__name__
    return {"NoneType": "null", "dict": "an object", "list": "a list", "int": "a number"}.get(shown, shown)


def _object(value: object, *, what: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormatError(f"{what} must be a JSON object, not {_short(value)}")
    unknown = sorted(set(value) - known)
    if unknown:
        log.warning("%s: ignored the unknown %s", what, ", ".join(_short(name) for name in unknown[:5]))
    return value


def _list(data: dict[str, Any], name: str, *, required: bool = False) -> list[Any]:
    value = data.get(name)
    if value is None and not required:
        return []
    if value is None:
        raise FormatError(f"{name} is missing")
    if not isinstance(value, list):
        raise FormatError(f"{name} must be a list, not {_short(value)}")
    return value


def _given(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The fields of those names that are there and not null; the rest take their defaults."""
    return {name: data[name] for name in names if data.get(name) is not None}


def _events(items: list[Any], *, seed: int) -> tuple[Event, ...]:
    objects = [_object(item, what=f"event {i + 1}", known=_EVENT) for i, item in enumerate(items)]
    taken = {item["id"] for item in objects if isinstance(item.get("id"), str)}
    return tuple(_event(item, number=i + 1, taken=taken, seed=seed) for i, item in enumerate(objects))


def _event(data: dict[str, Any], *, number: int, taken: set[str], seed: int) -> Event:
    fields = _given(data, *sorted(_EVENT))
    for name in ("caption", "duration_s"):
        if name not in fields:
            raise FormatError(f"event {number}: {name} is missing")
    fields.setdefault("id", _free_id(f"e{number}", taken))
    try:
        event = Event(**{"seed": 0, **fields})
        return event if "seed" in fields else Event(**fields, seed=event_seed(seed, event.id))
    except PlanError as error:
        raise FormatError(f"event {number}: {error}") from error


def _free_id(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _boundary(item: object, *, number: int) -> Boundary:
    data = _object(item, what=f"boundary {number}", known=_BOUNDARY)
    try:
        return Boundary(**_given(data, "length_s", "curve"))
    except PlanError as error:
        raise FormatError(f"boundary {number}: {error}") from error


def _story(value: object, events: tuple[Event, ...]) -> Story:
    """The story as written, or told by the captions and as long as the events."""
    data = {} if value is None else _object(value, what="story", known=_STORY)
    total = min(max(sum(e.duration_s for e in events), MIN_TOTAL_S), MAX_TOTAL_S)
    text = ". ".join(e.caption.rstrip(". ") or e.caption for e in events)[:MAX_STORY_CHARS]
    try:
        return Story(**{"text": text, "duration_s": total, **_given(data, *sorted(_STORY))})
    except PlanError as error:
        raise FormatError(f"story: {error}") from error
