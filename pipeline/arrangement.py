"""The arrangement: what a mix is made of beside the story's events, and where everything lies in samples.

The story lane holds the timeline's events, joined by its boundaries. Free lanes hold clips at absolute times: beds
and spot effects. Values only, as in `timeline`: every edit returns a copy, and no value exists in a bad state.
Knows neither audio samples nor files; a `source` is the id of a take.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from pipeline.errors import MixError
from pipeline.timeline import Boundary, Curve, Timeline, new_id, placements

MIN_GAIN_DB, MAX_GAIN_DB = -96.0, 24.0
MAX_LANES, MAX_CLIPS, MAX_MARKERS = 64, 10_000, 10_000
MAX_NAME_CHARS = 400
MAX_LENGTH_S = 4 * 3_600.0
MIN_CLIP_S = 0.01
STORY_LANE = "story"
GUARD_S = 0.005  # the fade that a cut gets so as not to click; inside the clip, so that no length changes
_ROUNDING = 2  # samples that a take may lack after it was resampled
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Fit(str, Enum):
    """What becomes of a take that is shorter or longer than its slot."""

    TRIM = "trim"  # cut; silence after its end
    LOOP = "loop"  # repeated without a seam
    STRETCH = "stretch"  # played slower or faster at the same pitch


def _number(value: object, *, what: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MixError(f"{what} must be a number, not {value!r:.60}")
    if not least <= value <= most:
        raise MixError(f"{what} is {value:g}; allowed is {least:g} to {most:g}")
    return float(value)


def _name(value: object, *, what: str) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text:
        raise MixError(f"{what} needs a name")
    if len(text) > MAX_NAME_CHARS:
        raise MixError(f"the name of {what} has {len(text):,} characters; at most {MAX_NAME_CHARS} fit")
    return text


def _id(value: object, *, what: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MixError(f"the id of {what} must be 1 to 64 letters, digits, - or _, not {value!r:.80}")
    return value


def _flag(value: object, *, what: str) -> bool:
    if not isinstance(value, bool):
        raise MixError(f"{what} is on or off, not {value!r:.60}")
    return value


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A channel strip, of a clip or a lane: gain in dB, pan from -1 (left) to 1 (right), mute and solo."""

    gain_db: float = 0.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False

    def __post_init__(self) -> None:
        gain = _number(self.gain_db, what="a gain in dB", least=MIN_GAIN_DB, most=MAX_GAIN_DB)
        object.__setattr__(self, "gain_db", gain)
        object.__setattr__(self, "pan", _number(self.pan, what="a pan", least=-1.0, most=1.0))
        _flag(self.mute, what="mute")
        _flag(self.solo, what="solo")

    @property
    def gain(self) -> float:
        """Linear gain; the lowest gain in dB is silence."""
        return 0.0 if self.gain_db <= MIN_GAIN_DB else 10.0 ** (self.gain_db / 20.0)


@dataclass(frozen=True, kw_only=True)
class Fade:
    """A fade at a clip's beginning or end, of `length_s` seconds inside the clip."""

    length_s: float = 0.0
    curve: Curve = Curve.EQUAL_POWER

    def __post_init__(self) -> None:
        length = _number(self.length_s, what="a fade in seconds", least=0.0, most=MAX_LENGTH_S)
        object.__setattr__(self, "length_s", length)
        try:
            object.__setattr__(self, "curve", Curve(self.curve))
        except ValueError:
            known = ", ".join(c.value for c in Curve)
            raise MixError(f"a fade's curve is one of {known}, not {self.curve!r:.60}") from None


@dataclass(frozen=True, kw_only=True)
class Ducking:
    """A lane that gives way to the story lane: by `amount_db` while the story sounds, with these time constants."""

    amount_db: float = 9.0
    attack_s: float = 0.1
    release_s: float = 0.6

    def __post_init__(self) -> None:
        for name, most in (("amount_db", 60.0), ("attack_s", 10.0), ("release_s", 10.0)):
            number = _number(getattr(self, name), what=f"ducking's {name}", least=0.0, most=most)
            object.__setattr__(self, name, number)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A take in a free lane: from `start_s`, `duration_s` long, beginning `offset_s` into its source."""

    source: str
    name: str
    start_s: float
    duration_s: float
    offset_s: float = 0.0
    fit: Fit = Fit.TRIM
    strip: Strip = Strip()
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        _id(self.id, what="a clip")
        _id(self.source, what="a clip's source")
        object.__setattr__(self, "name", _name(self.name, what="a clip"))
        shown = f"“{self.name[:60]}”"
        for name, least in (("start_s", 0.0), ("duration_s", MIN_CLIP_S), ("offset_s", 0.0)):
            number = _number(getattr(self, name), what=f"{name} of {shown}", least=least, most=MAX_LENGTH_S)
            object.__setattr__(self, name, number)
        try:
            object.__setattr__(self, "fit", Fit(self.fit))
        except ValueError:
            known = ", ".join(f.value for f in Fit)
            raise MixError(f"a clip fits its slot by one of {known}, not {self.fit!r:.60}") from None

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds."""
        return self.start_s + self.duration_s


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A free lane: clips at absolute times, which may overlap. `duck`: how it gives way to the story, or None."""

    name: str
    clips: tuple[Clip, ...] = ()
    strip: Strip = Strip()
    duck: Ducking | None = None
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        _id(self.id, what="a lane")
        if self.id == STORY_LANE:
            raise MixError(f"the id {STORY_LANE!r} belongs to the story lane")
        object.__setattr__(self, "name", _name(self.name, what="a lane"))
        object.__setattr__(self, "clips", tuple(self.clips))


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A point in the mix that a person named."""

    at_s: float
    name: str
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        _id(self.id, what="a marker")
        object.__setattr__(self, "at_s", _number(self.at_s, what="a marker's place", least=0.0, most=MAX_LENGTH_S))
        object.__setattr__(self, "name", _name(self.name, what="a marker"))


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """Everything that is mixed: the timeline's events with their strips, free lanes, markers, the master gain.

    strips: event id -> its strip; an event without one has the plain strip. Strips of events that are gone are dropped.
    fade_in, fade_out: how the first event begins and the last one ends; between events boundaries say it.
    """

    timeline: Timeline
    strips: Mapping[str, Strip] = field(default_factory=dict)
    story: Strip = Strip()
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()
    lanes: tuple[Lane, ...] = ()
    markers: tuple[Marker, ...] = ()
    master_db: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "lanes", tuple(self.lanes))
        object.__setattr__(self, "markers", tuple(sorted(self.markers, key=lambda m: m.at_s)))
        master = _number(self.master_db, what="the master gain in dB", least=MIN_GAIN_DB, most=MAX_GAIN_DB)
        object.__setattr__(self, "master_db", master)
        known = {event.id for event in self.timeline.events}
        object.__setattr__(self, "strips", {k: v for k, v in self.strips.items() if k in known})
        clips = [clip.id for lane in self.lanes for clip in lane.clips]
        for ids, what, most in (
            ([lane.id for lane in self.lanes], "lanes", MAX_LANES),
            (clips, "clips", MAX_CLIPS),
            ([marker.id for marker in self.markers], "markers", MAX_MARKERS),
        ):
            if len(ids) > most:
                raise MixError(f"an arrangement holds at most {most:,} {what}, not {len(ids):,}")
            if len(set(ids)) != len(ids):
                raise MixError(f"two {what} of an arrangement have the same id")

    def strip_of(self, event_id: str) -> Strip:
        """An event's strip."""
        return self.strips.get(event_id, Strip())

    def lane(self, lane_id: str) -> Lane:
        """A free lane; MixError when it is not there."""
        found = next((lane for lane in self.lanes if lane.id == lane_id), None)
        if found is None:
            raise MixError(f"there is no lane {lane_id!r:.80}")
        return found

    def clip(self, clip_id: str) -> tuple[Lane, Clip]:
        """A clip of a free lane, and its lane; MixError when it is not there."""
        for lane in self.lanes:
            for clip in lane.clips:
                if clip.id == clip_id:
                    return lane, clip
        raise MixError(f"there is no clip {clip_id!r:.80}")


def with_lane(arrangement: Arrangement, lane: Lane) -> Arrangement:
    """A copy with a lane replaced, or added at the end."""
    lanes = [lane if old.id == lane.id else old for old in arrangement.lanes]
    return replace(arrangement, lanes=tuple(lanes if lane.id in {o.id for o in arrangement.lanes} else [*lanes, lane]))


def without_lane(arrangement: Arrangement, lane_id: str) -> Arrangement:
    """A copy without a lane."""
    arrangement.lane(lane_id)
    return replace(arrangement, lanes=tuple(lane for lane in arrangement.lanes if lane.id != lane_id))


def with_clip(arrangement: Arrangement, lane_id: str, clip: Clip) -> Arrangement:
    """A copy with the clip in this lane: replaced, moved here from another lane, or added."""
    cleared = tuple(replace(lane, clips=tuple(c for c in lane.clips if c.id != clip.id)) for lane in arrangement.lanes)
    lane = replace(arrangement, lanes=cleared).lane(lane_id)
    clips = tuple(sorted((*lane.clips, clip), key=lambda c: (c.start_s, c.id)))
    return with_lane(replace(arrangement, lanes=cleared), replace(lane, clips=clips))


def without_clip(arrangement: Arrangement, clip_id: str) -> Arrangement:
    """A copy without a clip."""
    lane, _ = arrangement.clip(clip_id)
    return with_lane(arrangement, replace(lane, clips=tuple(c for c in lane.clips if c.id != clip_id)))


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A clip in samples: `length` of them from `start` in the mix, beginning `offset` into its source.

    fade_in and fade_out lie inside `length`. `muted` says that mute or somebody else's solo silences it.
    joined_before, joined_after: whether the fade is one half of a boundary's crossfade.
    """

    id: str
    source: str
    name: str
    start: int
    length: int
    offset: int
    fit: Fit
    fade_in: int
    fade_in_curve: Curve
    fade_out: int
    fade_out_curve: Curve
    strip: Strip
    muted: bool
    joined_before: bool = False
    joined_after: bool = False

    @property
    def end(self) -> int:
        """The first sample after it."""
        return self.start + self.length


@dataclass(frozen=True, kw_only=True)
class PlacedLane:
    """A lane in samples. The story lane comes first and has the id STORY_LANE."""

    id: str
    name: str
    clips: tuple[Placed, ...]
    strip: Strip
    muted: bool
    duck: Ducking | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """An arrangement at a rate: what the mixer plays and what the exporters describe. `length` in samples."""

    rate_hz: int
    length: int
    lanes: tuple[PlacedLane, ...]
    master_db: float = 0.0


def session(arrangement: Arrangement, sources: Mapping[str, str], *, rate_hz: int) -> Session:
    """The arrangement in samples. sources: event id -> the source of its chosen take; MixError where one is missing.

    The mix is as long as the story's events together, to the sample; free clips are cut at its end, and what begins
    after it is left out. Without events it ends with the last free clip. Solo: if any lane is soloed, only soloed
    lanes are heard; within a lane, if any clip is soloed, only soloed clips are heard. A mute always silences.
    Every sound begins and ends with a fade of GUARD_S at least (half of it where it is shorter), which lies inside it
    and is linear; a crossfade shorter than that is a cut with this guard on both sides.
    """
    events = _event_clips(arrangement, sources, rate_hz=rate_hz)
    ends = [round(clip.end_s * rate_hz) for lane in arrangement.lanes for clip in lane.clips]
    length = (
        sum(p.planned for p in placements(arrangement.timeline, rate_hz=rate_hz)) if events else max(ends, default=0)
    )
    soloed = arrangement.story.solo or any(lane.strip.solo for lane in arrangement.lanes)
    story = PlacedLane(
        id=STORY_LANE, name="Story", clips=_silenced(events), strip=arrangement.story,
        muted=_silent(arrangement.story, soloed),
    )  # fmt: skip
    lanes = [_placed_lane(lane, length, soloed=soloed, rate_hz=rate_hz) for lane in arrangement.lanes]
    return Session(rate_hz=rate_hz, length=length, lanes=(story, *lanes), master_db=arrangement.master_db)


def within_takes(played: Session, lengths: Mapping[str, int]) -> Session:
    """The session with the story's crossfades no longer than the tails of its takes allow.

    lengths: source -> samples at the session's rate. A take made for a shorter crossfade has a shorter tail; the
    crossfade is shortened to it, and becomes a hard cut with its guard below GUARD_S. Nothing else moves. Raises
    MixError where a take is shorter than its event itself; two samples less are no more than rounding, here and there.
    """
    story = played.lanes[0]
    clips, guard = list(story.clips), round(GUARD_S * played.rate_hz)
    for index, clip in enumerate(clips):
        after = clips[index + 1] if index + 1 < len(clips) else None
        planned = (after.start if after else played.length) - clip.start
        tail = lengths[clip.source] - clip.offset - planned
        if tail < -_ROUNDING:
            raise MixError(
                f"the take of event {index + 1} (“{clip.name[:60]}”) is shorter than its event; render it again"
            )
        if after is None or not clip.joined_after or tail >= clip.fade_out - _ROUNDING:
            continue
        if tail >= guard:
            clips[index] = replace(clip, length=planned + tail, fade_out=tail)
            clips[index + 1] = replace(after, fade_in=tail)
        else:
            least, linear = min(guard, planned // 2), Curve.LINEAR
            clips[index] = replace(
                clip, length=planned, fade_out=least, fade_out_curve=linear, joined_after=False
            )  # fmt: skip
            least = min(guard, after.length // 2)
            clips[index + 1] = replace(after, fade_in=least, fade_in_curve=linear, joined_before=False)
    return replace(played, lanes=(replace(story, clips=tuple(clips)), *played.lanes[1:]))


def _silent(strip: Strip, soloed: bool) -> bool:
    return strip.mute or (soloed and not strip.solo)


def _silenced(clips: list[Placed]) -> tuple[Placed, ...]:
    """The clips of a lane with `muted` told from their own mutes and solos."""
    soloed = any(clip.strip.solo for clip in clips)
    return tuple(replace(clip, muted=_silent(clip.strip, soloed)) for clip in clips)


def _event_clips(arrangement: Arrangement, sources: Mapping[str, str], *, rate_hz: int) -> list[Placed]:
    timeline, clips = arrangement.timeline, []
    guard = round(GUARD_S * rate_hz)
    for index, place in enumerate(placements(timeline, rate_hz=rate_hz)):
        event = timeline.events[index]
        if event.id not in sources:
            raise MixError(f"event {index + 1} (“{event.caption[:60]}”) has no take yet; render it first")
        before = timeline.boundaries[index - 1] if index else None
        after = timeline.boundaries[index] if index < len(timeline.boundaries) else None
        least = min(guard, place.planned // 2)
        crossed_in, crossed_out = (fade if fade >= guard else 0 for fade in (place.fade_in, place.fade_out))
        fade_in, in_curve = (
            _seam(before, crossed_in, least)
            if before
            else _end(arrangement.fade_in, least=least, most=place.planned - least, rate_hz=rate_hz)
        )
        fade_out, out_curve = (
            _seam(after, crossed_out, least)
            if after
            else _end(arrangement.fade_out, least=least, most=max(place.planned - fade_in, least), rate_hz=rate_hz)
        )
        clips.append(
            Placed(
                id=event.id, source=sources[event.id], name=event.caption, start=place.start,
                length=place.planned + crossed_out, offset=0, fit=Fit.TRIM, fade_in=fade_in,
                fade_in_curve=in_curve, fade_out=fade_out, fade_out_curve=out_curve,
                strip=arrangement.strip_of(event.id), muted=False,
                joined_before=crossed_in > 0, joined_after=crossed_out > 0,
            )
        )  # fmt: skip
    return clips


def _seam(boundary: Boundary, fade: int, guard: int) -> tuple[int, Curve]:
    """One side of a boundary: its crossfade, or the guard of a hard cut."""
    return (fade, boundary.curve) if fade else (guard, Curve.LINEAR)


def _end(fade: Fade, *, least: int, most: int, rate_hz: int) -> tuple[int, Curve]:
    """How a sound begins or ends by itself: its fade, as far as there is room, or at least the guard."""
    wanted = min(round(fade.length_s * rate_hz), most)
    return (wanted, fade.curve) if wanted >= least and wanted else (least, Curve.LINEAR)


def _placed_lane(lane: Lane, length: int, *, soloed: bool, rate_hz: int) -> PlacedLane:
    placed = [found for clip in lane.clips if (found := _placed(clip, length, rate_hz=rate_hz))]
    return PlacedLane(
        id=lane.id, name=lane.name, clips=_silenced(placed), strip=lane.strip, muted=_silent(lane.strip, soloed),
        duck=lane.duck,
    )  # fmt: skip


def _placed(clip: Clip, end: int, *, rate_hz: int) -> Placed | None:
    start, stop = round(clip.start_s * rate_hz), min(round(clip.end_s * rate_hz), end)
    length = stop - start
    if length <= 0:
        return None
    guard = min(round(GUARD_S * rate_hz), length // 2)
    fade_in, in_curve = _end(clip.fade_in, least=guard, most=length - guard, rate_hz=rate_hz)
    fade_out, out_curve = _end(clip.fade_out, least=guard, most=length - fade_in, rate_hz=rate_hz)
    return Placed(
        id=clip.id, source=clip.source, name=clip.name, start=start, length=length,
        offset=round(clip.offset_s * rate_hz), fit=clip.fit, fade_in=fade_in, fade_in_curve=in_curve,
        fade_out=fade_out, fade_out_curve=out_curve, strip=clip.strip, muted=False,
    )  # fmt: skip
