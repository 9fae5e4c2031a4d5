"""The arrangement as a whole, and edits of its lanes and clips, each of which returns a copy.

Knows nothing of samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipeline.arrangement.checks import checked_number
from pipeline.arrangement.parts import MAX_GAIN_DB, MIN_GAIN_DB, Clip, Fade, Lane, Marker, Strip
from pipeline.errors import MixError
from pipeline.timeline import Timeline

MAX_LANES, MAX_CLIPS, MAX_MARKERS = 64, 10_000, 10_000


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
        master = checked_number(self.master_db, what="the master gain in dB", least=MIN_GAIN_DB, most=MAX_GAIN_DB)
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

    @property
    def length_s(self) -> float:
        """How long the mix is: the story's events together; without events it ends with the last clip."""
        ends = (clip.end_s for lane in self.lanes for clip in lane.clips)
        return self.timeline.duration_s if self.timeline.events else max(ends, default=0.0)

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
