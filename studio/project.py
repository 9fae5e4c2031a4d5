"""A project as a value: the timeline, its takes and which of them is heard. Every edit returns a copy.

Knows nothing of disks, threads, models or the page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from enum import Enum
from hashlib import sha256
from typing import Any

from pipeline.errors import ProjectError
from pipeline.settings import RenderSettings
from pipeline.timeline import (
    Boundary,
    Event,
    Story,
    Timeline,
    event_seed,
    inserted,
    moved,
    new_id,
    placements,
    removed,
    split,
    with_boundary,
    with_event,
)

DEFAULT_EVENT_S = 5.0


class State(str, Enum):
    """How an event's chosen take relates to what the timeline asks for now."""

    MISSING = "missing"
    RENDERED = "rendered"
    STALE = "stale"
    CONTEXT = "context"


@dataclass(frozen=True, kw_only=True)
class TakeRecord:
    """What is remembered of one take: the event as it was when the take was made, and where the audio is.

    samples at rate_hz; `context` is the fingerprint of what stood before the event; `file` names the audio,
    which several records may share when the same content was asked for twice.
    """

    id: str
    event_id: str
    file: str
    caption: str
    duration_s: float
    seed: int
    steps: int
    guidance: float
    renderer: str
    context: str
    samples: int
    rate_hz: int
    made_at: str

    @property
    def key(self) -> str:
        """Content key: a hash of everything that made the take."""
        parts = (self.renderer, self.caption, self.seed, self.steps, self.guidance, self.context, self.samples)
        return _digest(parts)


@dataclass(frozen=True, kw_only=True)
class Project:
    """One user's work. `revision` counts edits, which must name it; `changes` also counts arriving takes.

    takes: event id -> its takes, oldest first. chosen: event id -> id of the take that is heard.
    """

    id: str
    revision: int = 0
    changes: int = 0
    seed: int = 0
    settings: RenderSettings = RenderSettings()
    timeline: Timeline | None = None
    takes: Mapping[str, tuple[TakeRecord, ...]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def plan(self) -> Timeline:
        """The timeline; ProjectError while there is none."""
        if self.timeline is None:
            raise ProjectError("there is no timeline yet: write a story and press Plan, or add an event by hand")
        return self.timeline

    def event(self, event_id: str) -> Event:
        """One event of the timeline; PlanError when it is gone."""
        return self.plan.events[self.plan.index_of(event_id)]

    def chosen_take(self, event_id: str) -> TakeRecord | None:
        """The take that is heard, if there is one."""
        wanted = self.chosen.get(event_id)
        return next((t for t in self.takes.get(event_id, ()) if t.id == wanted), None)


def _digest(parts: object) -> str:
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def context_of(timeline: Timeline, index: int) -> str:
    """Fingerprint of what an event's condition depends on beside itself: the story and the events before it."""
    before = [(e.caption, e.duration_s, e.tone) for e in timeline.events[:index]]
    return _digest((timeline.story.text, timeline.story.tone, timeline.reasoning, before))


def reasons_stale(project: Project, index: int, *, renderer: str | None = None) -> list[str]:
    """In words, what differs between the event as it is and its chosen take; empty when nothing does.

    renderer: the name of the loaded model, or None while it is not known.
    """
    event = project.plan.events[index]
    take = project.chosen_take(event.id)
    if take is None:
        return []
    needed = placements(project.plan, rate_hz=take.rate_hz)[index].render
    pairs = {
        "the caption changed": take.caption != event.caption,
        "the duration changed": take.duration_s != event.duration_s,
        "the seed changed": take.seed != event.seed,
        "the render settings changed": (take.steps, take.guidance)
        != (project.settings.steps, project.settings.guidance),
        "another model is loaded": renderer is not None and take.renderer != renderer,
    }
    reasons = [words for words, differs in pairs.items() if differs]
    if not reasons and take.samples < needed:
        reasons = ["the crossfade after it needs a longer tail"]
    return reasons


def state_of(project: Project, index: int, *, renderer: str | None = None) -> State:
    """Whether the event at `index` has a take, and whether that take is what the timeline asks for."""
    take = project.chosen_take(project.plan.events[index].id)
    if take is None:
        return State.MISSING
    if reasons_stale(project, index, renderer=renderer):
        return State.STALE
    return State.RENDERED if take.context == context_of(project.plan, index) else State.CONTEXT


def wanting(project: Project, *, renderer: str | None = None) -> list[str]:
    """Ids of the events that Render would render: missing or stale, never those whose context alone changed."""
    needs = (State.MISSING, State.STALE)
    return [e.id for i, e in enumerate(project.plan.events) if state_of(project, i, renderer=renderer) in needs]


def find_take(project: Project, key: str) -> TakeRecord | None:
    """A take made of exactly this content, of whichever event."""
    return next((t for takes in project.takes.values() for t in takes if t.key == key), None)


def mix_key(project: Project) -> str:
    """Fingerprint of what the mix is made of: chosen takes, durations and crossfades."""
    files = [t.file if (t := project.chosen_take(e.id)) else None for e in project.plan.events]
    lengths = [e.duration_s for e in project.plan.events]
    fades = [(b.length_s, b.curve.value) for b in project.plan.boundaries]
    return _digest((files, lengths, fades))


def planned(project: Project, timeline: Timeline, *, seed: int) -> Project:
    """The timeline replaced by a new plan; an event whose id is in use gets a fresh one, so no take is inherited."""
    events = tuple(replace(e, id=new_id()) if e.id in project.takes else e for e in timeline.events)
    return replace(project, timeline=replace(timeline, events=events), seed=seed)


def edited_event(
    project: Project,
    event_id: str,
    *,
    caption: str | None = None,
    duration_s: float | None = None,
    seed: int | None = None,
) -> Project:
    """One event with what is given replaced; the audio it has is kept and becomes stale."""
    given: dict[str, Any] = {"caption": caption, "duration_s": duration_s, "seed": seed}
    event = replace(project.event(event_id), **{name: value for name, value in given.items() if value is not None})
    return replace(project, timeline=with_event(project.plan, project.plan.index_of(event_id), event))


def added_event(project: Project, *, caption: str, duration_s: float = DEFAULT_EVENT_S, after: str = "") -> Project:
    """A new event after the event `after`, or at the end; without a timeline this starts one."""
    event = Event(caption=caption, duration_s=duration_s)
    event = replace(event, seed=event_seed(project.seed, event.id))
    if project.timeline is None:
        story = Story(text=event.caption, duration_s=max(event.duration_s, 1.0))
        return replace(project, timeline=Timeline(story=story, events=(event,)))
    at = project.plan.index_of(after) + 1 if after else len(project.plan.events)
    return replace(project, timeline=inserted(project.plan, at, event))


def deleted_event(project: Project, event_id: str) -> Project:
    """The timeline without one event; its takes stay on disk."""
    return replace(project, timeline=removed(project.plan, project.plan.index_of(event_id)))


def moved_event(project: Project, event_id: str, *, to: int) -> Project:
    """The event at position `to`, counted from 0."""
    return replace(project, timeline=moved(project.plan, project.plan.index_of(event_id), to))


def split_event(project: Project, event_id: str, *, at_s: float) -> Project:
    """One event cut in two at `at_s` seconds from its start."""
    if not math.isfinite(at_s):
        raise ProjectError("an event is split at a number of seconds")
    timeline = project.plan
    fresh = event_seed(project.seed, f"{event_id}/{new_id()}")
    return replace(project, timeline=split(timeline, timeline.index_of(event_id), at_s=at_s, seed=fresh))


def with_seam(project: Project, event_id: str, *, length_s: float | None = None, curve: str | None = None) -> Project:
    """The crossfade after one event changed."""
    index = project.plan.index_of(event_id)
    if index >= len(project.plan.boundaries):
        raise ProjectError("there is no crossfade after the last event")
    old = project.plan.boundaries[index]
    length = old.length_s if length_s is None else length_s
    boundary = Boundary(length_s=length, curve=old.curve if curve is None else curve)  # type: ignore[arg-type]
    return replace(project, timeline=with_boundary(project.plan, index, boundary))


def with_settings(project: Project, *, steps: int, guidance: float) -> Project:
    """Other sampler settings for the renders to come."""
    return replace(project, settings=RenderSettings(steps=steps, guidance=guidance))


def choosing(project: Project, event_id: str, take_id: str) -> Project:
    """Another take of the event is heard; the event takes over that take's seed, so that both agree."""
    take = next((t for t in project.takes.get(event_id, ()) if t.id == take_id), None)
    if take is None:
        raise ProjectError("that take does not belong to this event")
    project = edited_event(project, event_id, seed=take.seed)
    return replace(project, chosen={**project.chosen, event_id: take_id})


def with_take(project: Project, take: TakeRecord, *, seed: int | None = None) -> Project:
    """A finished take appended and heard; `seed` is the new seed of a regenerated event.

    Commutes with every edit: it touches only this event's takes (and seed), and an event that was deleted
    meanwhile keeps its take in the list.
    """
    known = project.takes.get(take.event_id, ())
    if all(t.id != take.id for t in known):
        project = replace(project, takes={**project.takes, take.event_id: (*known, take)})
    if project.timeline is None or all(e.id != take.event_id for e in project.timeline.events):
        return project
    if seed is not None:
        project = edited_event(project, take.event_id, seed=seed)
    return replace(project, chosen={**project.chosen, take.event_id: take.id})


def record_for(project: Project, index: int, *, renderer: str, rate_hz: int, samples: int) -> TakeRecord:
    """The record of the take that the event at `index` is about to get, `samples` long at `rate_hz`."""
    event, take_id = project.plan.events[index], new_id()
    return TakeRecord(
        id=take_id,
        event_id=event.id,
        file=take_id,
        caption=event.caption,
        duration_s=event.duration_s,
        seed=event.seed,
        steps=project.settings.steps,
        guidance=project.settings.guidance,
        renderer=renderer,
        context=context_of(project.plan, index),
        samples=samples,
        rate_hz=rate_hz,
        made_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def reused(known: TakeRecord, wanted: TakeRecord) -> TakeRecord:
    """The record for content that exists: the same take for its own event, else a new record of the same audio."""
    return known if known.event_id == wanted.event_id else replace(wanted, file=known.file)
