"""A list of stories, one a line: JSON Lines, as programs and spreadsheets write them.

    {"story": "Rain. A dog barks.", "duration_s": 40, "tone": "calm", "seed": 7, "name": "scene 1"}

Only `story` is required. Empty lines are passed over; whatever else is wrong in any line is told with its number, in
one sentence, and nothing of the file is taken. Knows nothing of planning or audio.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import FormatError, PlanError
from pipeline.formats.files import read_at_most
from pipeline.formats.names import file_name
from pipeline.settings import MAX_SEED
from pipeline.timeline import MIN_TOTAL_S, Story

MAX_BYTES = 64_000_000
MAX_STORIES = 10_000
MAX_NAME_CHARS = 120
_KEYS = ("story", "duration_s", "tone", "seed", "name")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class ListedStory:
    """What one line says. duration_s, seed, name: None where it says nothing of them."""

    line: int
    text: str
    tone: str = ""
    duration_s: float | None = None
    seed: int | None = None
    name: str | None = None


def read_story_list(path: Path) -> tuple[ListedStory, ...]:
    """Every story of a file (UTF-8, at most `MAX_BYTES` and `MAX_STORIES`), in order; FormatError names the line."""
    stories: list[ListedStory] = []
    named: dict[str, int] = {}
    for number, line in enumerate(
        read_at_most(path, MAX_BYTES, what="a list of stories").removeprefix(_BOM).split(b"\n"), 1
    ):
        if not line.strip():
            continue
        try:
            story = _story(line, number)
            _check_name(story, named)
        except (FormatError, PlanError) as error:
            raise FormatError(f"{path} line {number}: {error}") from error
        stories.append(story)
        if len(stories) > MAX_STORIES:
            raise FormatError(f"{path} line {number}: a list holds at most {MAX_STORIES:,} stories")
    if not stories:
        raise FormatError(f"there are no stories in {path}")
    return tuple(stories)


def _story(line: bytes, number: int) -> ListedStory:
    """One line, checked by the value that it will become."""
    data = _object(line)
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise FormatError(f"{_short(unknown[0])} is unknown; a story has {', '.join(_KEYS)}")
    if "story" not in data:
        raise FormatError("story is missing")
    told = Story(text=data["story"], tone=data.get("tone", ""), duration_s=data.get("duration_s", MIN_TOTAL_S))
    return ListedStory(
        line=number,
        text=told.text,
        tone=told.tone,
        duration_s=told.duration_s if "duration_s" in data else None,
        seed=_seed(data["seed"]) if "seed" in data else None,
        name=_name(data["name"]) if "name" in data else None,
    )


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line.decode("utf-8"), parse_constant=_refused_constant, object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        raise FormatError("this is not text in UTF-8") from error
    except json.JSONDecodeError as error:
        why = error.msg.lower().removesuffix(" at")
        raise FormatError(f"this is not JSON: {why} at character {error.colno}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; thousands of brackets
        raise FormatError("this is not a story: a number is too long or it is nested too deeply") from error
    if not isinstance(data, dict):
        raise FormatError(f"a story must be a JSON object, not {_short(data)}")
    return data


def _refused_constant(name: str) -> NoReturn:
    raise FormatError(f"{name} is not a number that a story may have")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise FormatError(f"{_short(key)} is there twice")
        data[key] = value
    return data


def _short(value: object) -> str:
    """A value as it may stand in a message: short and printable, whatever it is."""
    if isinstance(value, str):
        shown = json.dumps(value if len(value) <= 60 else f"{value[:59]}…", ensure_ascii=False)
        return shown.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else "a number that long"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else json.dumps(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise FormatError(f"a seed is a whole number from 0 to {MAX_SEED}, not {_short(value)}")
    return value


def _name(value: object) -> str:
    """A name, of which something must be left on disk."""
    if not isinstance(value, str):
        raise FormatError(f"a name must be text, not {_short(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):  # no file could hold them
        raise FormatError("the name holds characters that are not text")
    name = " ".join(value.split())
    if not name:
        raise FormatError("the name is empty")
    if len(name) > MAX_NAME_CHARS:
        raise FormatError(f"the name has {len(name):,} characters; at most {MAX_NAME_CHARS} fit")
    if not file_name(name, fallback=""):
        raise FormatError(f"the name {_short(name)} holds nothing that the name of a file may hold")
    return name


def _check_name(story: ListedStory, named: dict[str, int]) -> None:
    """Refuse a name that would be the same on disk as that of an earlier line; `named`: key -> its line."""
    if story.name is None:
        return
    key = unicodedata.normalize("NFKC", file_name(story.name)).casefold()
    before = named.setdefault(key, story.line)
    if before != story.line:
        raise FormatError(f"the name {_short(story.name)} is that of line {before} already")
