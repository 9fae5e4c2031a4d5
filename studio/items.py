"""Events, clips and their takes as the page shows them: values fit for JSON. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.arrangement import Arrangement, Clip, Lane, Strip
from pipeline.timeline import Event, Placement, Timeline, placements
from studio.jobs import Job, Status
from studio.project import Project
from studio.remembering import remembered
from studio.states import EVERYTHING, Model, Standing, State, standing
from studio.takes import TakeRecord

TICKS = 1_000  # placements are asked for in milliseconds
_WORDS = {
    State.MISSING: "not rendered",
    State.RENDERED: "rendered",
    State.CONTEXT: "context changed: the story or an earlier event is different now; it keeps its audio until you ask",
}
Item = dict[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """What items are shown with: the loaded renderer, the files that are there, and jobs by the id of their material.

    jobs: id of material -> the job that it waits for, is rendered in, or last failed in.
    """

    renderer: Model | None = None
    files: Container[str] = EVERYTHING
    jobs: Mapping[str, Job] = field(default_factory=dict)


@remembered
def places_of(timeline: Timeline) -> tuple[Placement, ...]:
    """Where the events are, in milliseconds."""
    return tuple(placements(timeline, rate_hz=TICKS))


def events(project: Project, around: Surroundings) -> list[Item]:
    """The story lane."""
    places, soloed = places_of(project.plan), any(strip.solo for strip in project.desk.strips.values())
    lane_heard = story_heard(project.desk)
    shown = []
    for index, (event, place) in enumerate(zip(project.plan.events, places, strict=True)):
        strip = project.desk.strip_of(event.id)
        shown.append(
            {
                **_material(project, event, around),
                "n": index + 1,
                "start_s": place.start / TICKS,
                "end_s": (place.start + place.planned) / TICKS,
                "fade_in_s": place.fade_in / TICKS,
                "seam": _seam(project, index, place),
                **strip_view(strip),
                "heard": lane_heard and not silent(strip, soloed),
            }
        )
    return shown


def lanes(project: Project, around: Surroundings) -> list[Item]:
    """The free lanes with their clips."""
    desk = project.desk
    soloed = _any_solo(desk)
    return [_lane(project, lane, around, heard=not silent(lane.strip, soloed)) for lane in desk.lanes]


def story_heard(desk: Arrangement) -> bool:
    """Whether mutes and solos let the story lane through."""
    return not silent(desk.story, _any_solo(desk))


def _any_solo(desk: Arrangement) -> bool:
    return desk.story.solo or any(lane.strip.solo for lane in desk.lanes)


def silent(strip: Strip, soloed: bool) -> bool:
    """Whether a strip is silenced by its mute, or by somebody else's solo."""
    return strip.mute or (soloed and not strip.solo)


def strip_view(strip: Strip) -> Item:
    """A channel strip."""
    return {"gain_db": strip.gain_db, "pan": strip.pan, "mute": strip.mute, "solo": strip.solo}


def _lane(project: Project, lane: Lane, around: Surroundings, *, heard: bool) -> Item:
    soloed = any(clip.strip.solo for clip in lane.clips)
    return {
        "id": lane.id,
        "name": lane.name,
        **strip_view(lane.strip),
        "heard": heard,
        "duck": dict(vars(lane.duck)) if lane.duck else None,
        "clips": [_clip(project, clip, lane, around, heard=heard and not silent(clip.strip, soloed))
                  for clip in lane.clips],
    }  # fmt: skip


def _clip(project: Project, clip: Clip, lane: Lane, around: Surroundings, *, heard: bool) -> Item:
    material = _material(project, project.sources[clip.source], around)
    return {
        **material,
        "id": clip.id,
        "source": clip.source,
        "source_s": material["duration_s"],
        "lane": lane.id,
        "name": clip.name,
        "start_s": clip.start_s,
        "duration_s": clip.duration_s,
        "end_s": clip.end_s,
        "offset_s": clip.offset_s,
        "fit": clip.fit.value,
        "fade_in_s": clip.fade_in.length_s,
        "fade_in_curve": clip.fade_in.curve.value,
        "fade_out_s": clip.fade_out.length_s,
        "fade_out_curve": clip.fade_out.curve.value,
        **strip_view(clip.strip),
        "heard": heard,
    }


def _material(project: Project, item: Event, around: Surroundings) -> Item:
    """What an event and a clip have in common."""
    stands = standing(project, item, renderer=around.renderer, files=around.files)
    job = around.jobs.get(item.id)
    busy = job is not None and job.status is Status.RUNNING and job.event_id == item.id
    chosen, options = project.chosen_take(item.id), project.options_of(item.id)
    numbered = list(enumerate(project.takes.get(item.id, ()), start=1))
    return {
        "id": item.id,
        "caption": item.caption,
        "negative": item.negative,
        "tone": item.tone,
        "duration_s": round(item.duration_s, 6),
        "seed": item.seed,
        "state": "rendering" if busy else stands.state.value,
        "state_text": "rendering" if busy else state_words(stands),
        "take": _take(project, chosen, 0, around.files) if chosen else None,
        "takes": [_take(project, t, n, around.files) for n, t in numbered if t.id not in project.trashed],
        "trash": [_take(project, t, n, around.files) for n, t in numbered if t.id in project.trashed],
        "locked": options.locked,
        "seed_locked": options.seed_locked,
        "alone": options.alone,
        "steps": options.steps,
        "guidance": options.guidance,
        "variations": options.variations,
        "job": _item_job(job, item.id) if job else None,
    }


def state_words(stands: Standing) -> str:
    """The state of an item in words."""
    if stands.lost:
        return "the audio file is gone: render it again"
    return _WORDS.get(stands.state) or "stale: " + ", ".join(stands.reasons)


def _item_job(job: Job, item_id: str) -> Item | None:
    if job.status is Status.RUNNING and job.event_id == item_id:
        text = f"step {job.step} of {job.steps}" if job.steps else "starting"
        return {"number": job.number, "state": "rendering", "text": text, "step": job.step, "steps": job.steps}
    if job.status is Status.FAILED:
        return {"number": job.number, "state": "failed", "text": job.message, "step": 0, "steps": 0}
    return {"number": job.number, "state": "queued", "text": f"waits: {job.kind}", "step": 0, "steps": 0}


def _take(project: Project, take: TakeRecord, number: int, files: Container[str]) -> Item:
    return {
        "id": take.id,
        "n": number,
        "file": take.file,
        "seed": take.seed,
        "caption": take.caption,
        "negative": take.negative,
        "length_s": take.samples / take.rate_hz,
        "made_at": take.made_at,
        "duration_s": take.duration_s,
        "steps": take.steps,
        "guidance": take.guidance,
        "renderer": take.renderer,
        "parent": take.parent,
        "strength": take.strength,
        "source": take.source,
        "name": take.name,
        "favourite": take.id in project.favourites,
        "missing": take.file not in files,
    }


def _seam(project: Project, index: int, place: Placement) -> Item | None:
    if index >= len(project.plan.boundaries):
        return None
    boundary = project.plan.boundaries[index]
    return {
        "length_s": boundary.length_s,
        "effective_s": place.fade_out / TICKS,
        "curve": boundary.curve.value,
    }
