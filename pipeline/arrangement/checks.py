"""What numbers, names, ids and switches of an arrangement may be; MixError says it where they are not."""

from __future__ import annotations

import math
import re

from pipeline.errors import MixError

MAX_NAME_CHARS = 400
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def checked_number(value: object, *, what: str, least: float, most: float) -> float:
    """The number as a float, within [least, most]."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _finite(value):
        raise MixError(f"{what} must be a number, not {value!r:.60}")
    if not least <= value <= most:
        raise MixError(f"{what} is {value:g}; allowed is {least:g} to {most:g}")
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def checked_name(value: object, *, what: str) -> str:
    """The name with single spaces: not empty, not endless, and text that a file can hold."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text:
        raise MixError(f"{what} needs a name")
    if any("\ud800" <= char <= "\udfff" for char in text):  # half a character; no file could hold it
        raise MixError(f"the name of {what} holds characters that are not text")
    if len(text) > MAX_NAME_CHARS:
        raise MixError(f"the name of {what} has {len(text):,} characters; at most {MAX_NAME_CHARS} fit")
    return text


def checked_id(value: object, *, what: str) -> str:
    """The id: letters, digits, - and _."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MixError(f"the id of {what} must be 1 to 64 letters, digits, - or _, not {value!r:.80}")
    return value


def checked_flag(value: object, *, what: str) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise MixError(f"{what} is on or off, not {value!r:.60}")
    return value
