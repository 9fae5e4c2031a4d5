"""What the page asks to be exported, read: a preset with what overrides it, and names. Trusts nothing; writes nothing.

An empty field means "as the preset has it".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipeline.delivery.choices import (
    AS_MIXED,
    Choices,
    check_categories,
    check_frame_rate,
    check_video,
    own_target,
    with_choices,
)
from pipeline.delivery.presets import MAX_HANDLES_S, PRESETS, Naming, Preset
from pipeline.errors import SettingsError
from pipeline.formats.audio_format import Codec
from pipeline.formats.edl import FRAME_RATES, USUAL_FRAME_RATE
from pipeline.formats.ucs import categories
from pipeline.mixer import TARGETS, Target
from pipeline.mixer.delivery import CEILING_DBTP, LOUDNESS_LUFS
from studio.payload import Payload, maybe_flag, number, whole

MAX_NAME_CHARS = 60
OFF, OWN = "off", "own"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A delivery as asked for. categories: id of an event or clip -> CatID, where somebody chose one.

    video: whether the mix is laid under the project's video as well.
    """

    preset: Preset
    naming: Naming | None = None
    creator: str = ""
    source: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    frames_per_s: float = USUAL_FRAME_RATE
    video: bool = False


def wish_of(p: Payload, *, pieces: Collection[str]) -> Wish:
    """The delivery that a request asks for; `pieces`: ids of events and clips.

    An AudioStoryError says what is wrong.
    """
    naming = _one_of(p, "naming", [one.value for one in Naming], what="the kind of names")
    preset, frames_per_s = preset_of(p), _maybe_number(p, "frames", what="the frame rate")
    check_frame_rate(preset, frames_per_s)
    video = maybe_flag(p, "video", what="the video") or False
    if video:
        check_video(preset)
    chosen, asked = _categories(p, pieces), Naming(naming) if naming else None
    check_categories(preset, asked or preset.naming, chosen)
    return Wish(
        preset=preset,
        naming=asked,
        creator=_name(p, "creator", what="the creator"),
        source=_name(p, "source", what="the source"),
        categories=chosen,
        frames_per_s=frames_per_s or USUAL_FRAME_RATE,
        video=video,
    )


def preset_of(p: Payload) -> Preset:
    """The preset with its formats and its target overridden."""
    name = _one_of(p, "preset", list(PRESETS), what="the preset")
    if not name:
        raise SettingsError("choose a preset first")
    codec = _one_of(p, "format", [one.value for one in Codec], what="the format")
    chosen = Choices(
        codec=Codec(codec) if codec else None,
        rate_hz=_maybe_whole(p, "rate", what="the rate"),
        bits=_maybe_whole(p, "bits", what="the depth"),
        channels=_maybe_whole(p, "channels", what="the number of channels"),
        target=_target(p),
        handles_s=_maybe_number(p, "handles", what="the length of handles in seconds"),
    )
    return with_choices(PRESETS[name], chosen)


def choices() -> dict[str, Any]:
    """Everything that can be chosen, for the page: presets, formats with their abilities, targets, limits."""
    return {
        "presets": [_preset_shown(one) for one in PRESETS.values()],
        "formats": [
            {"name": one.value, "title": one.label, "rates": list(one.rates_hz), "depths": list(one.depths)}
            for one in Codec
        ],
        "targets": [
            {"name": name, "title": one.name, "lufs": one.loudness_lufs, "ceiling": one.ceiling_dbtp}
            for name, one in TARGETS.items()
            if one.loudness_lufs is not None
        ],
        "frames": [f"{rate:g}" for rate in FRAME_RATES],
        "frames_usual": f"{USUAL_FRAME_RATE:g}",
        "limits": {
            "lufs": list(LOUDNESS_LUFS),
            "ceiling": list(CEILING_DBTP),
            "handles": [0, MAX_HANDLES_S],
            "name": MAX_NAME_CHARS,
        },
    }


def category_table() -> list[list[str]]:
    """CatID and what it stands for, for every row of the UCS table."""
    return [[row.id, f"{row.category.capitalize()}, {row.subcategory.lower()}"] for row in categories()]


@cache
def _known_categories() -> frozenset[str]:
    return frozenset(row.id for row in categories())


def _preset_shown(one: Preset) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "contents": one.contents,
        "sound": bool(one.mixes),
        "formats": [wanted.codec.value for wanted in one.mixes],
        "rate": one.rate_hz,
        "events": one.events is not None,
        "sessions": one.sessions,
        "channels": one.channels,
        "handles": one.handles_s,
        "naming": one.naming.value,
        "target": {"title": one.target.name, "lufs": one.target.loudness_lufs, "ceiling": one.target.ceiling_dbtp},
    }


def _target(p: Payload) -> Target | None:
    name = _one_of(p, "loudness", [OFF, OWN, *TARGETS], what="the loudness")
    if not name:
        return None
    if name == OFF:
        return AS_MIXED
    if name != OWN:
        return TARGETS[name]
    lufs = _number(p, "lufs", what="the loudness in LUFS")
    return own_target(lufs, _maybe_number(p, "ceiling", what="the ceiling in dBTP"))


def _maybe_number(p: Payload, name: str, *, what: str) -> float | None:
    return None if p.get(name) in (None, "") else _number(p, name, what=what)


def _number(p: Payload, name: str, *, what: str) -> float:
    value = p.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))):
        raise SettingsError(f"{what} must be a number, not {value!r:.40}")
    return number(value, what=what)


def _maybe_whole(p: Payload, name: str, *, what: str) -> int | None:
    value = p.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise SettingsError(f"{what} must be a whole number, not {value!r:.40}")
    found = whole(value, what=what)
    if not found:
        raise SettingsError(f"{what} must be above 0")
    return found


def _one_of(p: Payload, name: str, known: list[str], *, what: str) -> str:
    """One of `known`, or nothing where the field is empty or not sent."""
    value = p.get(name)
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or value not in known:
        raise SettingsError(f"{what} is one of {', '.join(known)}, not {value!r:.40}")
    return value


def _name(p: Payload, name: str, *, what: str) -> str:
    value = p.get(name, "")
    if not isinstance(value, str):
        raise SettingsError(f"{what} must be text, not {value!r:.40}")
    if len(value) > MAX_NAME_CHARS:
        raise SettingsError(f"{what} has at most {MAX_NAME_CHARS} characters, not {len(value):,}")
    if any("\ud800" <= char <= "\udfff" for char in value):  # no file could hold them
        raise SettingsError(f"{what} holds characters that are not text")
    return " ".join(value.split())


def _categories(p: Payload, pieces: Collection[str]) -> dict[str, str]:
    found = p.get("categories") or {}
    if not isinstance(found, dict):
        raise SettingsError(f"the categories must be given for events and clips, not as {found!r:.40}")
    for piece, category in found.items():
        if piece not in pieces:
            raise SettingsError(f"there is no event or clip {piece!r:.60} in this project that could have a category")
        if not isinstance(category, str) or category not in _known_categories():
            raise SettingsError(f"there is no category {category!r:.60} in the Universal Category System's table")
    return dict(found)
