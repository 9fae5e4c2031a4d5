"""An arrangement as JSON beside its timeline: strips, lanes, clips, fades, markers, the master gain; and back.

The timeline has a schema of its own (`timeline_json`) and is not repeated here. What is missing takes its default;
whatever the data, only AudioStoryError comes out. Knows nothing of audio or of where the text is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from pipeline.arrangement import Arrangement, Clip, Ducking, Fade, Lane, Marker, Strip
from pipeline.errors import AudioStoryError, FormatError
from pipeline.timeline import Timeline

SCHEMA = "audiostory.arrangement/1"
_Value = TypeVar("_Value")


def arrangement_to_dict(arrangement: Arrangement) -> dict[str, Any]:
    """Everything but the timeline, fit for JSON, with the name of the schema."""
    return {
        "schema": SCHEMA,
        "strips": {event: asdict(strip) for event, strip in arrangement.strips.items()},
        "story": asdict(arrangement.story),
        "fade_in": _fade(arrangement.fade_in),
        "fade_out": _fade(arrangement.fade_out),
        "lanes": [_lane(lane) for lane in arrangement.lanes],
        "markers": [asdict(marker) for marker in arrangement.markers],
        "master_db": arrangement.master_db,
    }


def arrangement_from_dict(data: object, timeline: Timeline) -> Arrangement:
    """Parsed JSON to an arrangement of `timeline`; FormatError says which part is wrong."""
    top = _object(data, what="an arrangement")
    schema = top.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise FormatError(f"the schema {schema!r:.80} is unknown; this version reads {SCHEMA}")
    strips = _object(top.get("strips", {}), what="strips")
    lanes, markers = _list(top, "lanes"), _list(top, "markers")
    return _made(
        Arrangement,
        "the arrangement",
        timeline=timeline,
        strips={event: _value(Strip, strip, what=f"the strip of {event!r:.80}") for event, strip in strips.items()},
        story=_value(Strip, top.get("story", {}), what="the story lane's strip"),
        fade_in=_value(Fade, top.get("fade_in", {}), what="the fade in"),
        fade_out=_value(Fade, top.get("fade_out", {}), what="the fade out"),
        lanes=tuple(_read_lane(lane, what=f"lane {i}") for i, lane in enumerate(lanes, 1)),
        markers=tuple(_value(Marker, marker, what=f"marker {i}") for i, marker in enumerate(markers, 1)),
        master_db=top.get("master_db", 0.0),
    )


def _fade(fade: Fade) -> dict[str, Any]:
    return {"length_s": fade.length_s, "curve": fade.curve.value}


def _clip(clip: Clip) -> dict[str, Any]:
    plain = {name: getattr(clip, name) for name in ("id", "source", "name", "start_s", "duration_s", "offset_s")}
    return {
        **plain,
        "fit": clip.fit.value,
        "strip": asdict(clip.strip),
        "fade_in": _fade(clip.fade_in),
        "fade_out": _fade(clip.fade_out),
    }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "id": lane.id,
        "name": lane.name,
        "strip": asdict(lane.strip),
        "duck": asdict(lane.duck) if lane.duck else None,
        "clips": [_clip(clip) for clip in lane.clips],
    }


def _read_lane(data: object, *, what: str) -> Lane:
    fields = dict(_object(data, what=what))
    fields["strip"] = _value(Strip, fields.get("strip", {}), what=f"{what}: strip")
    if fields.get("duck") is not None:
        fields["duck"] = _value(Ducking, fields["duck"], what=f"{what}: duck")
    clips = _list(fields, "clips")
    fields["clips"] = tuple(_read_clip(clip, what=f"{what}: clip {i}") for i, clip in enumerate(clips, 1))
    return _made(Lane, what, **fields)


def _read_clip(data: object, *, what: str) -> Clip:
    fields = dict(_object(data, what=what))
    for name, kind in (("strip", Strip), ("fade_in", Fade), ("fade_out", Fade)):
        fields[name] = _value(kind, fields.get(name, {}), what=f"{what}: {name}")
    return _made(Clip, what, **fields)


def _value(kind: Callable[..., _Value], data: object, *, what: str) -> _Value:
    return _made(kind, what, **_object(data, what=what))


def _made(kind: Callable[..., _Value], what: str, **fields: Any) -> _Value:
    """A value of its fields; what the domain refuses, and a field that is unknown or missing, is told with `what`."""
    try:
        return kind(**fields)
    except AudioStoryError as error:
        raise FormatError(f"{what}: {error}") from error
    except TypeError as error:
        raise FormatError(f"{what} has a field that is missing, unknown or of another kind") from error


def _object(data: object, *, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise FormatError(f"{what} must be a JSON object, not {type(data).__name__}")
    return data


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name, [])
    if not isinstance(value, list):
        raise FormatError(f"{name} must be a list, not {type(value).__name__}")
    return value
