"""Edits of several things at once: events and clips together, each edit one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from pipeline.arrangement import MIN_CLIP_S, Clip, with_clip, without_clip
from pipeline.errors import ProjectError
from pipeline.timeline import MIN_EVENT_S, Event, inserted, new_id
from studio.editing.lanes import arranged, clip_with, strip_with
from studio.editing.story import deleted_event, edge_moved, split_event
from studio.project import Project

MAX_IDS = 2_000


def _sorted_out(project: Project, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Events and clips among the ids, each once, events in the order of the story; an unknown id is told."""
    if not ids:
        raise ProjectError("nothing is selected")
    if len(ids) > MAX_IDS:
        raise ProjectError(f"at most {MAX_IDS:,} things are changed at once, not {len(ids):,}")
    wanted = dict.fromkeys(ids)
    desk = project.begun
    events = [event.id for event in desk.timeline.events if event.id in wanted]
    clips = [clip.id for lane in desk.lanes for clip in lane.clips if clip.id in wanted]
    unknown = [name for name in wanted if name not in events and name not in clips]
    if unknown:
        raise ProjectError(f"there is no event or clip {unknown[0]!r:.80} in this project")
    return events, clips


def removed_items(project: Project, ids: Sequence[str]) -> Project:
    """Events and clips taken away; their takes stay on disk."""
    events, clips = _sorted_out(project, ids)
    for event_id in events:
        project = deleted_event(project, event_id)
    desk = project.begun
    for clip_id in clips:
        desk = without_clip(desk, clip_id)
    return arranged(project, desk)


def duplicated(project: Project, ids: Sequence[str]) -> Project:
    """Each event or clip a second time, right after itself. A copied event has its takes, a copied clip its source."""
    events, clips = _sorted_out(project, ids)
    for event_id in events:
        project = _event_twice(project, event_id)
    desk = project.begun
    for clip_id in clips:
        lane, clip = desk.clip(clip_id)
        desk = with_clip(desk, lane.id, replace(clip, id=new_id(), start_s=clip.end_s))
    return arranged(project, desk)


def _event_twice(project: Project, event_id: str) -> Project:
    """A copy of an event after it; it shares what is heard, its strip and its options."""
    copy = replace(project.event(event_id), id=new_id())
    longer = project.with_timeline(inserted(project.plan, project.plan.index_of(event_id) + 1, copy))
    desk = longer.desk
    if event_id in desk.strips:
        desk = replace(desk, strips={**desk.strips, copy.id: desk.strips[event_id]})
    options = dict(project.options)
    if event_id in options:
        options[copy.id] = replace(options[event_id], locked=False)
    takes, chosen = dict(project.takes), dict(project.chosen)
    heard = project.chosen_take(event_id)
    if heard is not None:
        record = replace(heard, id=new_id(), event_id=copy.id)
        takes[copy.id], chosen[copy.id] = (record,), record.id
    return replace(longer, arrangement=desk, options=options, takes=takes, chosen=chosen)


def nudged(project: Project, ids: Sequence[str], *, by_s: float) -> Project:
    """Clips moved in time, and events slid between their neighbours, which give and take the time.

    Neighbouring events slide as one block. Nothing begins before 0: what would is refused.
    """
    events, clips = _sorted_out(project, ids)
    for block in _blocks(project, events):
        project = _slid(project, block, by_s=by_s)
    for clip_id in clips:
        _, clip = project.begun.clip(clip_id)
        if clip.start_s + by_s < 0:
            raise ProjectError(f"“{clip.name[:60]}” can't begin before the mix does")
        project = clip_with(project, clip_id, start_s=round(clip.start_s + by_s, 6))
    return project


def _blocks(project: Project, events: Sequence[str]) -> list[list[str]]:
    """Event ids in runs of neighbours."""
    blocks: list[list[str]] = []
    for event in project.begun.timeline.events:
        if event.id not in events:
            blocks.append([])
        else:
            blocks[-1:] = [[*blocks[-1], event.id]] if blocks else [[event.id]]
    return [block for block in blocks if block]


def _slid(project: Project, block: Sequence[str], *, by_s: float) -> Project:
    """A run of events moved in time: what is before it grows, what is after it shrinks (or the story grows)."""
    first = project.plan.index_of(block[0])
    last = first + len(block) - 1
    if first == 0:
        raise ProjectError("the first event begins with the mix and can't be nudged; drag its end instead")
    project = edge_moved(project, project.plan.events[first - 1].id, end=True, by_s=by_s, roll=False)
    if last + 1 < len(project.plan.events):
        project = edge_moved(project, project.plan.events[last + 1].id, end=True, by_s=-by_s, roll=False)
    return project


def split_at(project: Project, ids: Sequence[str], *, at_s: float) -> Project:
    """What of these lies at `at_s` seconds in the mix cut in two there; without ids, the event there."""
    desk = project.begun
    ends = list(accumulate(event.duration_s for event in desk.timeline.events))
    spans = list(zip(desk.timeline.events, [0.0, *ends[:-1]], strict=True))
    wanted = set(_sum(_sorted_out(project, ids))) if ids else {event.id for event, _ in spans}
    cut = 0
    for event, start in spans:
        if event.id in wanted and _inside(event, at_s - start):
            project, cut = split_event(project, event.id, at_s=round(at_s - start, 6)), cut + 1
    for lane in desk.lanes:
        for clip in lane.clips:
            if clip.id in wanted and MIN_CLIP_S <= at_s - clip.start_s <= clip.duration_s - MIN_CLIP_S:
                project, cut = _clip_cut(project, lane.id, clip, at_s=at_s), cut + 1
    if not cut:
        raise ProjectError("there is nothing of the selection to split here")
    return project


def _sum(pair: tuple[list[str], list[str]]) -> list[str]:
    return [*pair[0], *pair[1]]


def _inside(event: Event, at_s: float) -> bool:
    return MIN_EVENT_S <= at_s <= event.duration_s - MIN_EVENT_S


def _clip_cut(project: Project, lane_id: str, clip: Clip, *, at_s: float) -> Project:
    """A clip as two that show the same source, the second from where the first ends."""
    head = round(at_s - clip.start_s, 6)
    plain = type(clip.fade_in)()
    first = replace(clip, duration_s=head, fade_out=plain)
    second = replace(
        clip, id=new_id(), start_s=at_s, offset_s=clip.offset_s + head, duration_s=clip.duration_s - head, fade_in=plain
    )
    return arranged(project, with_clip(with_clip(project.begun, lane_id, first), lane_id, second))


def strips_set(project: Project, ids: Sequence[str], *, locked: bool | None = None, **strip: Any) -> Project:
    """Gain, pan, mute and solo of events and clips, and the lock of events."""
    events, clips = _sorted_out(project, ids)
    desk = project.begun
    if strip:
        strips = {**desk.strips, **{name: strip_with(desk.strip_of(name), strip) for name in events}}
        project = replace(project, arrangement=replace(desk, strips=strips))
        for clip_id in clips:
            project = clip_with(project, clip_id, **strip)
    if locked is not None:
        owners = [project.owner(name) for name in (*events, *clips)]
        options = {name: replace(project.options_of(name), locked=locked) for name in owners}
        project = replace(project, options={**project.options, **options})
    return project
