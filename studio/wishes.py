"""What the page asks to be exported, read: a preset with what overrides it, and names. Trusts nothing; writes nothing.

An empty field means "as the preset has it".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pipeline.delivery.presets import PRESETS, Naming, Preset
from pipeline.errors import FormatError, SettingsError
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.ucs import categories
from pipeline.mixer import TARGETS, Target
from pipeline.mixer.delivery import CEILING_DBTP, LOUDNESS_LUFS
from studio.payload import Payload, number, whole

MAX_NAME_CHARS = 60
OFF, OWN = "off", "own"
_USUAL_RATE_HZ = 48_000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A delivery as asked for. categories: id of an event -> CatID, where somebody chose one."""

    preset: Preset
    naming: Naming | None = None
    creator: str = ""
    source: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)


def wish_of(p: Payload, *, events: Collection[str]) -> Wish:
    """The delivery that a request asks for; `events`: ids of those there are. An AudioStoryError says what is wrong."""
    naming = _one_of(p, "naming", [one.value for one in Naming], what="the kind of names")
    return Wish(
        preset=preset_of(p),
        naming=Naming(naming) if naming else None,
        creator=_name(p, "creator", what="the creator"),
        source=_name(p, "source", what="the source"),
        categories=_categories(p, events),
    )


def preset_of(p: Payload) -> Preset:
    """The preset with its formats and its target overridden."""
    name = _one_of(p, "preset", list(PRESETS), what="the preset")
    if not name:
        raise SettingsError("choose a preset first")
    found = PRESETS[name]
    codec = _one_of(p, "format", [one.value for one in Codec], what="the format")
    rate_hz = _maybe_whole(p, "rate", what="the rate")
    bits = _maybe_whole(p, "bits", what="the depth")
    target = _target(p)
    if not found.mixes:
        if codec or rate_hz or bits or target:
            raise SettingsError(f"“{found.title}” writes no sound: there is no format and no loudness to choose")
        return found
    mixes = _mixes(found, codec, rate_hz, bits)
    at_rate_hz = mixes[0].rate_hz
    return replace(
        found,
        mixes=mixes,
        target=target or found.target,
        stems=replace(found.stems, rate_hz=at_rate_hz) if found.stems else None,
        events=replace(found.events, rate_hz=at_rate_hz) if found.events else None,
    )


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
        "limits": {"lufs": list(LOUDNESS_LUFS), "ceiling": list(CEILING_DBTP), "name": MAX_NAME_CHARS},
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
        "naming": one.naming.value,
        "target": {"title": one.target.name, "lufs": one.target.loudness_lufs, "ceiling": one.target.ceiling_dbtp},
    }


def _mixes(found: Preset, codec: str, rate_hz: int | None, bits: int | None) -> tuple[AudioFormat, ...]:
    """The files of the whole mix; FormatError where a format does not exist at that rate or depth."""
    if codec:
        kind = Codec(codec)
        kept_hz = found.rate_hz if found.rate_hz in kind.rates_hz else _USUAL_RATE_HZ
        return (AudioFormat(codec=kind, rate_hz=rate_hz or kept_hz, bits=bits),)
    if bits and all(wanted.lossy for wanted in found.mixes):
        raise FormatError(f"{found.mixes[0].codec.label} has no bits per sample to choose; choose another format")
    return tuple(
        replace(wanted, rate_hz=rate_hz or wanted.rate_hz, bits=wanted.bits if wanted.lossy else bits or wanted.bits)
        for wanted in found.mixes
    )


def _target(p: Payload) -> Target | None:
    name = _one_of(p, "loudness", [OFF, OWN, *TARGETS], what="the loudness")
    if not name:
        return None
    if name == OFF:
        return Target(name="As mixed")
    if name != OWN:
        return TARGETS[name]
    ceiling = p.get("ceiling")
    return Target(
        name="Own",
        loudness_lufs=_number(p, "lufs", what="the loudness in LUFS"),
        ceiling_dbtp=None if ceiling in (None, "") else _number(p, "ceiling", what="the ceiling in dBTP"),
    )


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


def _categories(p: Payload, events: Collection[str]) -> dict[str, str]:
    found = p.get("categories") or {}
    if not isinstance(found, dict):
        raise SettingsError(f"the categories must be given for events, not as {found!r:.40}")
    for event, category in found.items():
        if event not in events:
            raise SettingsError(f"there is no event {event!r:.60} in this project that could have a category")
        if not isinstance(category, str) or category not in _known_categories():
            raise SettingsError(f"there is no category {category!r:.60} in the Universal Category System's table")
    return dict(found)
