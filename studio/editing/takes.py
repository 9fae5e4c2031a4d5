"""Edits around takes: choosing, marking, the trash, and how an event wants to be rendered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.errors import ProjectError
from pipeline.timeline import new_id
from studio.editing.lanes import source_with
from studio.editing.story import edited_event
from studio.project import Project
from studio.takes import TakeRecord


def material_with(project: Project, item_id: str, **given: Any) -> Project:
    """An event, or a clip's source, with what is given replaced: caption, duration_s, seed, tone, negative."""
    owner = project.owner(item_id)
    edit = source_with if owner in project.sources else edited_event
    return edit(project, owner, **given)


def choosing(project: Project, item_id: str, take_id: str) -> Project:
    """Another take is heard; the event takes over that take's seed, so that both agree."""
    owner = project.owner(item_id)
    take = project.take(owner, take_id)
    if take_id in project.trashed:
        raise ProjectError("that take is in the trash; restore it first")
    if not take.recorded:
        project = material_with(project, owner, seed=take.seed)
    return replace(project, chosen={**project.chosen, owner: take_id})


def with_take(project: Project, take: TakeRecord, *, seed: int | None = None, choose: bool = True) -> Project:
    """A finished take appended and heard; `seed` is the new seed of a regenerated event.

    Commutes with every edit: it touches only this event's takes (and seed), and an event that was deleted
    meanwhile keeps its take in the list. choose: False leaves what is heard as it is, unless nothing was.
    """
    known = project.takes.get(take.event_id, ())
    if all(t.id != take.id for t in known):
        project = replace(project, takes={**project.takes, take.event_id: (*known, take)})
    gone = not project.is_event(take.event_id) and take.event_id not in project.sources
    if gone or (not choose and project.chosen_take(take.event_id) is not None):
        return project
    if seed is not None:
        project = material_with(project, take.event_id, seed=seed)
    trashed = project.trashed - {take.id}
    return replace(project, chosen={**project.chosen, take.event_id: take.id}, trashed=trashed)


def favoured(project: Project, item_id: str, take_id: str, *, on: bool) -> Project:
    """A take marked as a favourite, or no longer."""
    take = project.take(project.owner(item_id), take_id)
    changed = project.favourites | {take.id} if on else project.favourites - {take.id}
    return replace(project, favourites=changed)


def trashed_take(project: Project, item_id: str, take_id: str) -> Project:
    """A take put into the trash; where it was heard, the newest of the others is heard."""
    owner = project.owner(item_id)
    take = project.take(owner, take_id)
    project = replace(project, trashed=project.trashed | {take.id})
    if project.chosen.get(owner) != take.id:
        return project
    left = project.takes_of(owner)
    if left:
        return choosing(project, owner, left[-1].id)
    return replace(project, chosen={key: value for key, value in project.chosen.items() if key != owner})


def restored_take(project: Project, item_id: str, take_id: str) -> Project:
    """A take back from the trash; it is heard if nothing else is."""
    owner = project.owner(item_id)
    take = project.take(owner, take_id)
    project = replace(project, trashed=project.trashed - {take.id})
    return choosing(project, owner, take.id) if project.chosen_take(owner) is None else project


def using_settings(project: Project, item_id: str, take_id: str) -> Project:
    """What a take was made with copied back to its event: captions, seed, steps and guidance."""
    owner = project.owner(item_id)
    take = project.take(owner, take_id)
    if take.recorded:
        raise ProjectError("a recording has no render settings to use")
    project = material_with(project, owner, caption=take.caption, negative=take.negative, seed=take.seed)
    common = project.settings
    steps = None if take.steps == common.steps else take.steps
    guidance = None if take.guidance == common.guidance else take.guidance
    return options_set(project, owner, steps=steps, guidance=guidance)


def options_set(project: Project, item_id: str, **given: Any) -> Project:
    """How material wants to be rendered, changed: steps, guidance, variations, locked, seed_locked, alone."""
    owner = project.owner(item_id)
    options = replace(project.options_of(owner), **given)
    return replace(project, options={**project.options, owner: options})


def rerolled(project: Project, item_id: str, *, seed: int) -> Project:
    """Another seed for the renders to come; refused while the seed is locked."""
    owner = project.owner(item_id)
    if project.options_of(owner).seed_locked:
        raise ProjectError("the seed of this event is locked; unlock it first")
    return material_with(project, owner, seed=seed)


def reused(known: TakeRecord, wanted: TakeRecord) -> TakeRecord:
    """The record for content that exists: the same take for its own event, else a new record of the same audio."""
    return known if known.event_id == wanted.event_id else replace(wanted, id=new_id(), file=known.file)
