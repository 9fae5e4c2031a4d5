"""Edits of the free lanes: lanes, their clips and the sources of these, strips, ducking and the master gain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.arrangement import STORY_LANE, Arrangement, Clip, Ducking, Lane, Strip, with_clip, with_lane
from pipeline.arrangement import without_lane as lane_taken_out
from pipeline.errors import ProjectError
from pipeline.timeline import Event, event_seed, new_id
from studio.project import Project
from studio.takes import TakeRecord

STRIP = ("gain_db", "pan", "mute", "solo")


def arranged(project: Project, desk: Arrangement) -> Project:
    """The project with another arrangement; sources that no clip shows any more leave, their takes stay."""
    used = {clip.source for lane in desk.lanes for clip in lane.clips}
    sources = project.sources
    if not used.issuperset(sources):
        sources = {key: event for key, event in sources.items() if key in used}
    return replace(project, arrangement=desk, sources=sources)


def strip_with(strip: Strip, given: dict[str, Any]) -> Strip:
    """A channel strip with what is given of gain_db, pan, mute and solo."""
    return replace(strip, **{name: given[name] for name in STRIP if given.get(name) is not None})


def added_lane(project: Project, *, name: str) -> Project:
    """A new free lane, the last one."""
    return arranged(project, with_lane(project.begun, Lane(name=name)))


def lane_with(project: Project, lane_id: str, *, name: str | None = None, **strip: Any) -> Project:
    """A lane renamed, or its strip changed; the story lane has a strip but no name."""
    desk = project.begun
    if lane_id == STORY_LANE:
        if name is not None:
            raise ProjectError("the story lane can't be renamed")
        return arranged(project, replace(desk, story=strip_with(desk.story, strip)))
    lane = desk.lane(lane_id)
    changed = replace(lane, name=lane.name if name is None else name, strip=strip_with(lane.strip, strip))
    return arranged(project, with_lane(desk, changed))


def ducked(project: Project, lane_id: str, duck: Ducking | None) -> Project:
    """How a lane gives way to the story, or None."""
    desk = project.begun
    return arranged(project, with_lane(desk, replace(desk.lane(lane_id), duck=duck)))


def moved_lane(project: Project, lane_id: str, *, to: int) -> Project:
    """A free lane at position `to` among the free lanes, counted from 0."""
    desk = project.begun
    lanes = [lane for lane in desk.lanes if lane.id != lane_id]
    lanes.insert(min(max(to, 0), len(lanes)), desk.lane(lane_id))
    return arranged(project, replace(desk, lanes=tuple(lanes)))


def removed_lane(project: Project, lane_id: str) -> Project:
    """The arrangement without a free lane and its clips; their takes stay on disk."""
    if lane_id == STORY_LANE:
        raise ProjectError("the story lane can't be removed")
    return arranged(project, lane_taken_out(project.begun, lane_id))


def mastered(project: Project, *, gain_db: float) -> Project:
    """Another master gain."""
    return arranged(project, replace(project.begun, master_db=gain_db))


def _lane_for(desk: Arrangement, lane_id: str, *, name: str) -> tuple[Arrangement, str]:
    """The lane of this id, or a new one of that name where none is named."""
    if lane_id:
        return desk, desk.lane(lane_id).id
    lane = Lane(name=name)
    return with_lane(desk, lane), lane.id


def added_clip(
    project: Project, lane_id: str, *, caption: str, start_s: float, duration_s: float, clip_id: str | None = None
) -> Project:
    """A sound to be rendered from its caption, in a free lane from `start_s`; lane "" makes a lane for it."""
    source = Event(caption=caption, duration_s=duration_s)
    source = replace(source, seed=event_seed(project.seed, source.id))
    desk, lane = _lane_for(project.begun, lane_id, name=source.caption[:60])
    clip = Clip(source=source.id, name=source.caption, start_s=start_s, duration_s=duration_s, id=clip_id or new_id())
    desk = with_clip(desk, lane, clip)
    return replace(project, arrangement=desk, sources={**project.sources, source.id: source})


def clip_of_take(project: Project, lane_id: str, take: TakeRecord, *, start_s: float) -> Project:
    """A take that exists, of whichever event, as a clip of a free lane: the same audio under a source of its own."""
    name = take.name or take.caption
    length_s = take.samples / take.rate_hz
    source = Event(caption=take.caption, negative=take.negative, duration_s=length_s, seed=take.seed)
    desk, lane = _lane_for(project.begun, lane_id, name=name[:60])
    clip = Clip(source=source.id, name=name, start_s=start_s, duration_s=length_s)
    record = replace(take, id=new_id(), event_id=source.id, duration_s=length_s, context="")
    return replace(
        project,
        arrangement=with_clip(desk, lane, clip),
        sources={**project.sources, source.id: source},
        takes={**project.takes, source.id: (record,)},
        chosen={**project.chosen, source.id: record.id},
    )


def source_with(project: Project, source_id: str, **given: Any) -> Project:
    """A source of the free lanes with what is given replaced: caption, duration_s, seed, tone, negative.

    Clips that carried the old caption as their name carry the new one.
    """
    old = project.sources[source_id]
    new = replace(old, **{name: value for name, value in given.items() if value is not None})
    desk = project.desk
    if new.caption != old.caption:
        lanes = tuple(replace(lane, clips=tuple(_renamed(c, old, new) for c in lane.clips)) for lane in desk.lanes)
        desk = replace(desk, lanes=lanes)
    return replace(project, sources={**project.sources, source_id: new}, arrangement=desk)


def _renamed(clip: Clip, old: Event, new: Event) -> Clip:
    return replace(clip, name=new.caption) if clip.source == old.id and clip.name == old.caption else clip


def clip_with(project: Project, clip_id: str, **given: Any) -> Project:
    """A clip with what is given replaced: its fields, or gain_db, pan, mute, solo of its strip."""
    lane, clip = project.begun.clip(clip_id)
    fields = {name: value for name, value in given.items() if name not in STRIP and value is not None}
    changed = replace(clip, strip=strip_with(clip.strip, given), **fields)
    return arranged(project, with_clip(project.begun, lane.id, changed))


def moved_clip(project: Project, clip_id: str, *, start_s: float, lane_id: str = "") -> Project:
    """A clip somewhere else, perhaps in another free lane."""
    desk = project.begun
    lane, clip = desk.clip(clip_id)
    target = desk.lane(lane_id).id if lane_id else lane.id
    return arranged(project, with_clip(desk, target, replace(clip, start_s=start_s)))


def detached_clip(project: Project, clip_id: str) -> Project:
    """A clip with a source of its own, so that rendering it leaves its copies alone; it keeps what is heard now."""
    desk = project.begun
    lane, clip = desk.clip(clip_id)
    source = replace(project.sources[clip.source], id=new_id())
    heard = project.chosen_take(clip.source)
    takes, chosen = dict(project.takes), dict(project.chosen)
    if heard is not None:
        record = replace(heard, id=new_id(), event_id=source.id)
        takes[source.id], chosen[source.id] = (record,), record.id
    options = dict(project.options)
    if clip.source in options:
        options[source.id] = options[clip.source]
    desk = with_clip(desk, lane.id, replace(clip, source=source.id))
    grown = replace(
        project, sources={**project.sources, source.id: source}, takes=takes, chosen=chosen, options=options
    )
    return arranged(grown, desk)
