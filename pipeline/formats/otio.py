"""A session as OpenTimelineIO JSON (.otio): tracks, clips with all takes as media references, transitions, markers.

The schemas Timeline.1, Stack.1, Track.1, Clip.2, Gap.1, Transition.1, Marker.2 as of OpenTimelineIO 0.15 and later;
every time is a RationalTime in samples at the session's rate. What those schemas have no word for (gain, pan, curves)
stands in `metadata["audiostory"]`. Knows nothing of audio.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from pipeline.arrangement import GUARD_S, Ducking, Fit, Placed, PlacedLane, Strip
from pipeline.formats.description import Description, Media, layers, planned
from pipeline.timeline import Curve

_OWN = "audiostory"


def otio_timeline(described: Description) -> str:
    """The timeline's JSON text. A lane whose clips overlap becomes as many tracks as it takes to keep them apart."""
    tracks = [track for lane in described.session.lanes for track in _tracks(described, lane)]
    stack = _item("Stack.1", "tracks", children=tracks, markers=_markers(described), source_range=None)
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": described.title,
        "global_start_time": None,
        "metadata": {
            _OWN: {
                "rate_hz": described.session.rate_hz,
                "length_samples": described.session.length,
                "master_db": described.session.master_db,
                "notes": list(described.notes),
            }
        },
        "tracks": stack,
    }
    return json.dumps(timeline, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _item(schema: str, name: str, **fields: Any) -> dict[str, Any]:
    usual = {"metadata": {}, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, "name": name, **usual, **fields}


def _time(samples: float, rate_hz: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(samples), "rate": float(rate_hz)}


def _range(start: int, length: int, rate_hz: int) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate_hz),
        "duration": _time(length, rate_hz),
    }


def _markers(described: Description) -> list[dict[str, Any]]:
    rate = described.session.rate_hz
    events = [(span.start, span.length, span.name, "GREEN") for span in described.spans]
    users = [(described.at(marker), 0, marker.name, "RED") for marker in described.markers]
    return [
        {
            "OTIO_SCHEMA": "Marker.2",
            "name": name,
            "color": color,
            "comment": "",
            "marked_range": _range(start, length, rate),
            "metadata": {},
        }
        for start, length, name, color in (*events, *users)
    ]


def _tracks(described: Description, lane: PlacedLane) -> list[dict[str, Any]]:
    about = {
        "lane": lane.id,
        **_strip(lane.strip),
        "ducking": _ducking(lane.duck),
    }
    return [
        _item(
            "Track.1",
            lane.name,
            kind="Audio",
            source_range=None,
            children=_children(described, clips),
            enabled=not lane.muted,
            metadata={_OWN: about},
        )
        for clips in layers(lane) or [[]]
    ]


def _children(described: Description, clips: Sequence[Placed]) -> list[dict[str, Any]]:
    """Gaps, clips and transitions. A crossfade begins at the cut: its in_offset is 0, its out_offset the fade.

    A fade from or to silence is a transition beside a gap; one that meets another clip stands in the metadata alone,
    as do all fades no longer than the guard of a cut.
    """
    rate, at = described.session.rate_hz, 0
    guard = round(GUARD_S * rate)
    children: list[dict[str, Any]] = []
    for clip, after in zip_longest(clips, clips[1:]):
        if clip.start > at:
            children.append(_item("Gap.1", "", source_range=_range(0, clip.start - at, rate)))
        if clip.joined_before:
            children.append(_transition("crossfade", 0, clip.fade_in, clip.fade_in_curve, rate))
        elif clip.fade_in > guard and (clip.start > at or not at):
            children.append(_transition("fade in", 0, clip.fade_in, clip.fade_in_curve, rate))
        children.append(_clip(described, clip))
        at = clip.start + planned(clip)
        if clip.fade_out > guard and not clip.joined_after and (after is None or after.start > at):
            children.append(_transition("fade out", clip.fade_out, 0, clip.fade_out_curve, rate))
    return children


def _transition(name: str, before: int, after: int, curve: Curve, rate_hz: int) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": name,
        "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(before, rate_hz),
        "out_offset": _time(after, rate_hz),
        "metadata": {_OWN: {"curve": curve.value}},
    }


def _clip(described: Description, clip: Placed) -> dict[str, Any]:
    rate = described.session.rate_hz
    takes = described.takes_of(clip)
    own = described.media[clip.source]
    about = {
        "id": clip.id,
        **_strip(clip.strip),
        "fit": clip.fit.value,
        "length_samples": clip.length,
        "fade_in": {"samples": clip.fade_in, "curve": clip.fade_in_curve.value},
        "fade_out": {"samples": clip.fade_out, "curve": clip.fade_out_curve.value},
    }
    return _item(
        "Clip.2",
        clip.name,
        source_range=_range(clip.offset, planned(clip), rate),
        media_references={media.take.id: _reference(media) for media in takes},
        active_media_reference_key=own.take.id,
        enabled=not clip.muted,
        effects=_effects(clip, own, rate),
        metadata={_OWN: about},
    )


def _effects(clip: Placed, media: Media, rate_hz: int) -> list[dict[str, Any]]:
    left = media.take.samples_at(rate_hz) - clip.offset
    if clip.fit is not Fit.STRETCH or left <= 0:
        return []
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "name": "stretch", "effect_name": "LinearTimeWarp", "metadata": {}}
    return [{**warp, "time_scalar": left / clip.length}]


def _reference(media: Media) -> dict[str, Any]:
    take = media.take
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": take.caption,
        "target_url": quote(media.file),
        "available_range": _range(0, take.samples, take.rate_hz),
        "available_image_bounds": None,
        "metadata": {_OWN: {"seed": take.seed, "model": take.model, "made_at": take.made_at}},
    }


def _strip(strip: Strip) -> dict[str, Any]:
    return {"gain_db": strip.gain_db, "pan": strip.pan, "mute": strip.mute, "solo": strip.solo}


def _ducking(duck: Ducking | None) -> dict[str, float] | None:
    if duck is None:
        return None
    return {"amount_db": duck.amount_db, "attack_s": duck.attack_s, "release_s": duck.release_s}
