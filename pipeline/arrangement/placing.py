"""An arrangement at a rate: where everything lies in samples, what fades, and what is silent.

Knows neither audio samples nor files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.arrangement.parts import STORY_LANE, Clip, Ducking, Fade, Fit, Lane, Strip
from pipeline.arrangement.whole import Arrangement
from pipeline.errors import MixError
from pipeline.timeline import Boundary, Curve, placements

GUARD_S = 0.005  # the fade that a cut gets so as not to click; inside the clip, so that no length changes
_ROUNDING = 2  # samples that a take may lack after it was resampled


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
    crossfade is shortened to it, and becomes a hard cut with its guard below GUARD_S. Two samples less are no more
    than rounding. A take that is shorter than its event itself has no tail: what it lacks is silence. Nothing moves.
    """
    story = played.lanes[0]
    clips, guard = list(story.clips), round(GUARD_S * played.rate_hz)
    for index, (clip, after) in enumerate(pairwise(story.clips)):
        clip, planned = clips[index], after.start - clip.start
        tail = lengths[clip.source] - clip.offset - planned
        if not clip.joined_after or tail >= clip.fade_out - _ROUNDING:
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
        duck=lane.duck if lane.duck and lane.duck.amount_db else None,  # by 0 dB it does not duck
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
