"""Edits of the story lane: its events, their order and their seams. The lane has no gaps, so lengths ripple or roll."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pipeline.arrangement import Arrangement, Fade
from pipeline.errors import PlanError, ProjectError
from pipeline.settings import RenderSettings
from pipeline.timeline import (
    MIN_EVENT_S,
    Boundary,
    Event,
    Story,
    Timeline,
    event_seed,
    inserted,
    moved,
    new_id,
    removed,
    split,
    with_boundary,
    with_event,
)
from studio.project import MAX_TITLE_CHARS, Project

DEFAULT_EVENT_S = 5.0
_ENDS = ".!?…;:,”\"’'"


def planned(project: Project, timeline: Timeline, *, seed: int) -> Project:
    """The timeline replaced by a new plan; an event whose id is in use gets a fresh one, so no take is inherited.

    Locked events keep their ids and with them their takes and strips.
    """
    kept = {event.id for event in project.timeline.events if project.options_of(event.id).locked} if (
        project.timeline
    ) else set()  # fmt: skip
    used = {*project.takes, *project.sources} - kept
    events = tuple(replace(e, id=new_id()) if e.id in used else e for e in timeline.events)
    return replace(project.with_timeline(replace(timeline, events=events)), seed=seed)


def pasted(project: Project, timeline: Timeline) -> Project:
    """The events replaced by those of a pasted timeline; one that says the same as before keeps its id and takes."""
    left = list(project.timeline.events) if project.timeline else []
    events = []
    for event in timeline.events:
        same = next((e for e in left if (e.caption, e.duration_s) == (event.caption, event.duration_s)), None)
        if same is None:
            fresh = replace(event, id=new_id())
            events.append(replace(fresh, seed=event_seed(project.seed, fresh.id)))
        else:
            left.remove(same)
            events.append(same)
    old = project.timeline
    reasoning = old.reasoning if old else timeline.reasoning
    seams = kept_seams(old, events)
    return project.with_timeline(replace(timeline, events=tuple(events), boundaries=seams, reasoning=reasoning))


def kept_seams(old: Timeline | None, events: Sequence[Event]) -> tuple[Boundary, ...]:
    """Seams for these events: between two that were neighbours before the one that was there, else the usual one."""
    known: dict[tuple[str, str], Boundary] = {}
    if old is not None:
        pairs = zip(pairwise(old.events), old.boundaries, strict=True)
        known = {(event.id, after.id): seam for (event, after), seam in pairs}
    return tuple(known.get((a.id, b.id), Boundary()) for a, b in pairwise(events))


def titled(project: Project, title: str) -> Project:
    """The project named; empty: named after its story."""
    name = " ".join(title.split())
    if len(name) > MAX_TITLE_CHARS:
        raise ProjectError(f"a title has at most {MAX_TITLE_CHARS} characters, not {len(name):,}")
    return replace(project, title=name)


def edited_event(
    project: Project,
    event_id: str,
    *,
    caption: str | None = None,
    duration_s: float | None = None,
    seed: int | None = None,
    tone: str | None = None,
    negative: str | None = None,
) -> Project:
    """One event with what is given replaced; the audio it has is kept and becomes stale."""
    given: dict[str, Any] = {
        "caption": caption, "duration_s": duration_s, "seed": seed, "tone": tone, "negative": negative,
    }  # fmt: skip
    event = replace(project.event(event_id), **{name: value for name, value in given.items() if value is not None})
    return project.with_timeline(with_event(project.plan, project.plan.index_of(event_id), event))


def added_event(project: Project, *, caption: str, duration_s: float = DEFAULT_EVENT_S, after: str = "") -> Project:
    """A new event after the event `after`, or at the end; without a timeline this starts one."""
    event = Event(caption=caption, duration_s=duration_s)
    event = replace(event, seed=event_seed(project.seed, event.id))
    if project.arrangement is None:
        story = Story(text=event.caption, duration_s=max(event.duration_s, 1.0))
        return replace(project, arrangement=Arrangement(timeline=Timeline(story=story, events=(event,))))
    at = project.plan.index_of(after) + 1 if after else len(project.plan.events)
    return project.with_timeline(inserted(project.plan, at, event))


def continued(project: Project, told: Story, events: Sequence[Event]) -> Project:
    """Events appended, and what they tell appended to the story."""
    timeline, base = project.plan, project.plan.story
    for event in events:
        fresh = replace(event, id=new_id())
        fresh = replace(fresh, seed=event_seed(project.seed, fresh.id))
        timeline = inserted(timeline, len(timeline.events), fresh)
    return project.with_timeline(replace(timeline, story=told_on(base, told)))


def told_on(story: Story, told: Story) -> Story:
    """A story and what happens next as one, a sentence between them; PlanError where that is too long."""
    end = "" if story.text[-1] in _ENDS else "."
    return replace(story, text=f"{story.text}{end} {told.text}", duration_s=story.duration_s + told.duration_s)


def replaced_event(project: Project, event_id: str, events: Sequence[Event]) -> Project:
    """One event replaced by several that last as long together; the seams around it stay, and its negative caption."""
    timeline, at = project.plan, project.plan.index_of(event_id)
    negative = project.event(event_id).negative
    for offset, event in enumerate(events):
        fresh = replace(event, id=new_id(), negative=negative)
        fresh = replace(fresh, seed=event_seed(project.seed, fresh.id))
        step = with_event if offset == 0 else inserted
        timeline = step(timeline, at + offset, fresh)
    return project.with_timeline(timeline)


def deleted_event(project: Project, event_id: str) -> Project:
    """The timeline without one event; its takes stay on disk."""
    return project.with_timeline(removed(project.plan, project.plan.index_of(event_id)))


def moved_event(project: Project, event_id: str, *, to: int) -> Project:
    """The event at position `to`, counted from 0."""
    return project.with_timeline(moved(project.plan, project.plan.index_of(event_id), to))


def split_event(project: Project, event_id: str, *, at_s: float) -> Project:
    """One event cut in two at `at_s` seconds from its start; the second half has its strip."""
    if not math.isfinite(at_s):
        raise ProjectError("an event is split at a number of seconds")
    timeline, index = project.plan, project.plan.index_of(event_id)
    fresh = event_seed(project.seed, f"{event_id}/{new_id()}")
    cut = project.with_timeline(split(timeline, index, at_s=at_s, seed=fresh))
    strip = cut.desk.strips.get(event_id)
    if strip is None:
        return cut
    strips = {**cut.desk.strips, cut.plan.events[index + 1].id: strip}
    return replace(cut, arrangement=replace(cut.desk, strips=strips))


def edge_moved(project: Project, event_id: str, *, end: bool, by_s: float, roll: bool) -> Project:
    """An event's end (or its start) moved by `by_s` seconds.

    Ripple: the event becomes longer or shorter and all that follows moves along. Roll: the neighbour on that side
    gives or takes the time, so that the total stays; refused where there is no neighbour. A start that ripples moves
    the cut between its own first part and what came before: the event loses what is later, in the opposite direction.
    """
    timeline, index = project.plan, project.plan.index_of(event_id)
    own = by_s if end else -by_s
    changes = {index: own}
    if roll:
        other = index + 1 if end else index - 1
        if not 0 <= other < len(timeline.events):
            raise ProjectError("there is no neighbour on that side to give or take the time")
        changes[other] = -own
    for at, change in changes.items():
        timeline = with_event(timeline, at, longer(timeline.events[at], by_s=change))
    return project.with_timeline(timeline)


def longer(event: Event, *, by_s: float) -> Event:
    """The event that much longer, or shorter where it is negative; PlanError when nothing would be left."""
    duration = round(event.duration_s + by_s, 6)
    if not math.isfinite(duration) or duration < MIN_EVENT_S:
        raise PlanError(f"“{event.caption[:60]}” can't become shorter than {MIN_EVENT_S:g} s")
    return replace(event, duration_s=duration)


def with_seam(project: Project, event_id: str, *, length_s: float | None = None, curve: str | None = None) -> Project:
    """The crossfade after one event changed."""
    index = project.plan.index_of(event_id)
    if index >= len(project.plan.boundaries):
        raise ProjectError("there is no crossfade after the last event")
    old = project.plan.boundaries[index]
    length = old.length_s if length_s is None else length_s
    boundary = Boundary(length_s=length, curve=old.curve if curve is None else curve)  # type: ignore[arg-type]
    return project.with_timeline(with_boundary(project.plan, index, boundary))


def with_story_fade(
    project: Project, *, end: bool, length_s: float | None = None, curve: str | None = None
) -> Project:  # fmt: skip
    """How the first event begins, or the last one ends."""
    desk = project.begun
    old = desk.fade_out if end else desk.fade_in
    fade = Fade(
        length_s=old.length_s if length_s is None else length_s,
        curve=old.curve if curve is None else curve,  # type: ignore[arg-type]
    )
    changed = replace(desk, fade_out=fade) if end else replace(desk, fade_in=fade)
    return replace(project, arrangement=changed)


def with_settings(project: Project, *, steps: int, guidance: float) -> Project:
    """Other sampler settings for the renders to come."""
    return replace(project, settings=RenderSettings(steps=steps, guidance=guidance))
