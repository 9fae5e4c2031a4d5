"""What every event's take is worth: rendered, stale (and why), of another context, or missing. Pure."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from hashlib import sha256

from pipeline.timeline import Event, Timeline, new_id, placements
from studio.project import Project
from studio.remembering import remembered
from studio.takes import FROM_NOISE, TakeRecord, digest, now


class State(str, Enum):
    """How an event's chosen take relates to what the timeline asks for now."""

    MISSING = "missing"
    RENDERED = "rendered"
    STALE = "stale"
    CONTEXT = "context"


class Everything:
    """The files of takes while nobody has looked: all are taken to be there."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = Everything()
ALONE = ""  # the context of what is rendered from its caption alone


@dataclass(frozen=True)
class Model:
    """What is known of the loaded renderer: its name with its weights, and whether it hears an event in its story."""

    identity: str
    contextual: bool = True


@dataclass(frozen=True)
class Standing:
    """The state of one piece of material; `reasons`, in words, where it is stale; `lost` when its file is gone."""

    state: State
    reasons: tuple[str, ...] = ()
    lost: bool = False


@remembered
def contexts_of(timeline: Timeline) -> tuple[str, ...]:
    """For each event, the fingerprint of what its condition depends on beside itself: story and events before it.

    The digest of the JSON text [story, tone, reasoning, [events before]], which grows event by event.
    """
    story = timeline.story
    head = json.dumps([story.text, story.tone, timeline.reasoning], ensure_ascii=False)
    running, found = sha256(f"{head[:-1]}, [".encode()), []
    for number, event in enumerate(timeline.events):
        whole = running.copy()
        whole.update(b"]]")
        found.append(whole.hexdigest()[:32])
        item = json.dumps([event.caption, event.duration_s, event.tone], ensure_ascii=False)
        running.update(f"{', ' if number else ''}{item}".encode())
    return tuple(found)


def context_of(timeline: Timeline, index: int) -> str:
    """The context of one event."""
    return contexts_of(timeline)[index]


@remembered
def _needed(timeline: Timeline, rate_hz: int) -> Mapping[str, int]:
    """Samples at `rate_hz` that each event's take must have, by event id."""
    places = placements(timeline, rate_hz=rate_hz)
    return {event.id: place.render for event, place in zip(timeline.events, places, strict=True)}


def samples_needed(project: Project, item_id: str, *, rate_hz: int) -> int:
    """Samples that material is rendered with: an event's with the tail of its crossfade."""
    if item_id in project.sources:
        return round(project.sources[item_id].duration_s * rate_hz)
    return _needed(project.plan, rate_hz)[item_id]


def context_for(project: Project, item_id: str, *, renderer: Model | None = None) -> str:
    """The context of material; that of a free lane's source, or of a model that hears none, is always the same."""
    return context_of(project.plan, project.plan.index_of(item_id)) if _in_story(project, item_id, renderer) else ALONE


def _in_story(project: Project, item_id: str, renderer: Model | None) -> bool:
    """Whether material is heard in the story, as far as the model is known."""
    deaf = renderer is not None and not renderer.contextual
    return not (deaf or item_id in project.sources or project.options_of(item_id).alone)


def _heard_tone(project: Project, item: Event, renderer: Model | None) -> str:
    """The tone that a model hears of an event beside its caption: its own, where the story has another one."""
    heard = _in_story(project, item.id, renderer) and item.tone != project.plan.story.tone
    return item.tone if heard else ""


def _same_context(project: Project, item_id: str, take: TakeRecord, renderer: Model | None) -> bool:
    """Whether a take would be made in the same context now; while no model is known, one that heard none would."""
    deaf = take.context == ALONE if renderer is None else not renderer.contextual
    return deaf or take.context == context_for(project, item_id)


def _other_reading(project: Project, item_id: str, take: TakeRecord, renderer: Model | None) -> bool:
    """Whether one of the two, the take and the event as it is now, is of the caption alone, and the other is not."""
    if renderer is None or not renderer.contextual or item_id in project.sources:
        return False
    return (take.context == ALONE) != project.options_of(item_id).alone


def _other_tone(project: Project, event: Event, take: TakeRecord, renderer: Model | None) -> bool:
    """Whether a take heard another tone than its event has now; never of one that recorded none."""
    recorded = take.tone is not None and take.context != ALONE
    return recorded and take.tone != _heard_tone(project, event, renderer)


def _reasons(project: Project, event: Event, take: TakeRecord, renderer: Model | None) -> list[str]:
    settings = project.settings_of(event.id)
    pairs = {
        "the caption changed": take.caption != event.caption,
        "the negative caption changed": take.negative != event.negative,
        "the duration changed": take.duration_s != event.duration_s,
        "the seed changed": take.seed != event.seed,
        "the render settings changed": (take.steps, take.guidance) != (settings.steps, settings.guidance),
        "what it is rendered from changed": _other_reading(project, event.id, take, renderer),
        "the tone changed": _other_tone(project, event, take, renderer),
        "another model is loaded": renderer is not None and take.renderer != renderer.identity,
    }
    reasons = [words for words, differs in pairs.items() if differs and not take.recorded]
    if not reasons and event.id not in project.sources:
        needed = samples_needed(project, event.id, rate_hz=take.rate_hz)
        if take.samples < needed and not take.recorded:  # a recording ends where it ends
            reasons = ["the crossfade after it needs a longer tail"]
    return reasons


def standing(
    project: Project, item: Event, *, renderer: Model | None = None, files: Container[str] = EVERYTHING
) -> Standing:
    """Whether material has a take, and whether that take is what is asked for.

    renderer: the loaded model, or None while it is not known. files: names of the audio that is there.
    """
    take = project.chosen_take(item.id)
    if take is None:
        return Standing(State.MISSING)
    if take.file not in files:
        return Standing(State.MISSING, ("the audio file of its take is gone",), lost=True)
    reasons = tuple(_reasons(project, item, take, renderer))
    if reasons:
        return Standing(State.STALE, reasons)
    same = take.recorded or _same_context(project, item.id, take, renderer)
    return Standing(State.RENDERED if same else State.CONTEXT)


def reasons_stale(project: Project, index: int, *, renderer: Model | None = None) -> list[str]:
    """In words, what differs between the event as it is and its chosen take; empty when nothing does."""
    return list(standing(project, project.plan.events[index], renderer=renderer).reasons)


def state_of(project: Project, index: int, *, renderer: Model | None = None) -> State:
    """The state of the event at `index`."""
    return standing(project, project.plan.events[index], renderer=renderer).state


NEEDED = (State.MISSING, State.STALE)


def wanting(
    project: Project,
    *,
    states: Sequence[State] = NEEDED,
    renderer: Model | None = None,
    files: Container[str] = EVERYTHING,
) -> list[str]:
    """Ids of the material in one of these states, locked ones left out.

    The default is what Render renders: missing or stale, never what only has another context.
    """
    return [
        item.id
        for item in project.all_material()
        if not project.options_of(item.id).locked
        and standing(project, item, renderer=renderer, files=files).state in states
    ]


def find_take(project: Project, key: str, *, files: Container[str] = EVERYTHING) -> TakeRecord | None:
    """A take made of exactly this content, of whichever event, whose audio is there."""
    everything = (take for takes in project.takes.values() for take in takes)
    return next((take for take in everything if take.key == key and take.file in files), None)


def mix_key(project: Project) -> str:
    """Fingerprint of what the mix is made of: the arrangement and the files that are heard in it."""
    if project.arrangement is None:
        return digest(None)
    desk = project.arrangement
    files = {item.id: take.file if (take := project.chosen_take(item.id)) else None for item in project.all_material()}
    lengths = [(event.id, event.duration_s) for event in desk.timeline.events]
    fades = [(seam.length_s, seam.curve.value) for seam in desk.timeline.boundaries]
    strips = {key: asdict(strip) for key, strip in desk.strips.items()}
    rest = [asdict(desk.story), asdict(desk.fade_in), asdict(desk.fade_out), [asdict(lane) for lane in desk.lanes]]
    return digest([files, lengths, fades, strips, rest, desk.master_db, project.rate_hz])


def record_for(
    project: Project,
    item_id: str,
    *,
    renderer: Model,
    rate_hz: int,
    samples: int,
    parent: str = "",
    strength: float = FROM_NOISE,
) -> TakeRecord:
    """The record of the take that material is about to get, `samples` long at `rate_hz`."""
    item, take_id = project.material(item_id), new_id()
    settings = project.settings_of(item.id)
    return TakeRecord(
        id=take_id,
        event_id=item.id,
        file=take_id,
        caption=item.caption,
        duration_s=item.duration_s,
        seed=item.seed,
        steps=settings.steps,
        guidance=settings.guidance,
        renderer=renderer.identity,
        context=context_for(project, item.id, renderer=renderer),
        samples=samples,
        rate_hz=rate_hz,
        made_at=now(),
        parent=parent,
        strength=strength,
        negative=item.negative,
        tone=_heard_tone(project, item, renderer),
    )
