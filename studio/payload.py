"""Reading what the page sends: each field becomes a value of its kind, or a sentence. Trusts nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pipeline.errors import PlanError, ProjectError

UNKNOWN = "the page sent a request that this version does not know; please reload it"
MAX_IDS = 2_000
MAX_ID_CHARS = 64
_IDS = ("id", "take", "lane", "event", "after", "project", "curve", "fit", "edge", "rule", "side", "what")
Payload = Mapping[str, Any]


def number(value: object, *, what: str) -> float:
    """A number from a field of the page; PlanError in words when it is none."""
    try:
        found = float(str(value).strip().replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        shown = str(value).strip()[:40]
        raise PlanError(
            f"{what} must be a number, not “{shown}”" if shown and value is not None else f"{what} is missing"
        )
    return found


def whole(value: object, *, what: str) -> int:
    """A whole number from a field of the page."""
    text = str(value).strip()
    if text.isascii() and text.isdigit() and len(text) <= 16:
        return int(text)
    raise PlanError(f"{what} must be a whole number of 0 or more, not “{text[:40]}”")


def text(payload: Payload, name: str) -> str:
    """A field of text."""
    value = payload.get(name)
    if not isinstance(value, str):
        raise ProjectError(UNKNOWN)
    if any("\ud800" <= char <= "\udfff" for char in value):  # no file could hold them
        raise ProjectError("this text holds characters that are not text")
    if name in _IDS and len(value) > MAX_ID_CHARS:
        raise ProjectError(f"there is no such thing in this project: “{value[:40]}…”")
    return value


def maybe_text(payload: Payload, name: str) -> str | None:
    """A field of text, or None where it is not sent."""
    return None if payload.get(name) is None else text(payload, name)


def maybe_number(payload: Payload, name: str, *, what: str) -> float | None:
    """A number, or None where it is not sent."""
    return None if payload.get(name) is None else number(payload[name], what=what)


def maybe_flag(payload: Payload, name: str, *, what: str) -> bool | None:
    """On or off, or None where it is not sent."""
    value = payload.get(name)
    if value is not None and not isinstance(value, bool):
        raise ProjectError(f"{what} is on or off, not {value!r:.40}")
    return value


def flag(payload: Payload, name: str, *, what: str) -> bool:
    """On or off."""
    value = maybe_flag(payload, name, what=what)
    if value is None:
        raise ProjectError(UNKNOWN)
    return value


def ids(payload: Payload, *, empty: bool = False) -> list[str]:
    """The ids that a request is about: `ids`, or one `id`."""
    found = payload.get("ids", [payload["id"]] if "id" in payload else None)
    if not isinstance(found, list) or not all(isinstance(one, str) and len(one) <= MAX_ID_CHARS for one in found):
        raise ProjectError(UNKNOWN)
    if not found and not empty:
        raise ProjectError("nothing is selected")
    if len(found) > MAX_IDS:
        raise ProjectError(f"at most {MAX_IDS:,} things are changed at once, not {len(found):,}")
    return found


def given(**values: object) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def strip(payload: Payload) -> dict[str, Any]:
    """What is sent of a channel strip: gain (dB), pan, mute, solo."""
    return given(
        gain_db=maybe_number(payload, "gain", what="the gain"),
        pan=maybe_number(payload, "pan", what="the pan"),
        mute=maybe_flag(payload, "mute", what="mute"),
        solo=maybe_flag(payload, "solo", what="solo"),
    )
