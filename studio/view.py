"""What the page shows of a project, as one value fit for JSON. Pure: knows neither gradio nor the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.timeline import Placement, placements
from studio.jobs import Job, Status
from studio.mixing import Mixdown
from studio.project import Project, State, TakeRecord, mix_key, reasons_stale, state_of

_TICKS = 1_000  # placements are asked for in milliseconds
_WORDS = {
    State.MISSING: "not rendered",
    State.RENDERED: "rendered",
    State.CONTEXT: "context changed: the story or an earlier event is different now; it keeps its audio until you ask",
}


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the page shows beside the project: the loaded model, the job, the mix, and whether it is on disk."""

    model: str = "loading"
    model_text: str = ""
    renderer: str | None = None
    job: Job | None = None
    ahead: int = 0
    mixdown: Mixdown | None = None
    saved: bool = False


def view_of(project: Project, around: Surroundings) -> dict[str, Any]:
    """The whole page's state; texts are plain text, to be shown as text."""
    events = _events(project, around) if project.timeline else []
    total_s = round(project.timeline.duration_s, 3) if project.timeline else 0.0
    requested_s = project.timeline.story.duration_s if project.timeline else None
    return {
        "project": project.id,
        "saved": around.saved,
        "revision": project.revision,
        "seed": project.seed,
        "model": {"state": around.model, "text": around.model_text},
        "settings": {"steps": project.settings.steps, "guidance": project.settings.guidance},
        "total_s": total_s,
        "requested_s": requested_s,
        "total_text": total_text(total_s, requested_s),
        "reasoning": project.timeline.reasoning if project.timeline else "",
        "planned": project.timeline is not None,
        "events": events,
        "summary": summary([e["state"] for e in events]),
        "job": _job(around.job, around.ahead) if around.job else None,
        "mix": _mix(project, around.mixdown, events) if around.mixdown and project.timeline else None,
    }


def seconds(value: float) -> str:
    """A length for reading: 4 s, 12.5 s, 1 min 5 s."""
    minutes, rest = divmod(round(value, 2), 60)
    return f"{int(minutes)} min {rest:.4g} s" if minutes else f"{rest:.4g} s"


def total_text(total_s: float, requested_s: float | None) -> str:
    """The sum of the durations beside the total that was asked for."""
    if requested_s is None:
        return ""
    difference = round(total_s - requested_s, 2)
    base = f"{seconds(total_s)} of {seconds(requested_s)} requested"
    if not difference:
        return base
    return f"{base}: {seconds(abs(difference))} too {'long' if difference > 0 else 'short'}"


def summary(states: list[str]) -> str:
    """How many events are in which state, in words."""
    names = {"rendered": "rendered", "stale": "stale", "context": "context changed", "missing": "not rendered",
             "rendering": "rendering"}  # fmt: skip
    counted = [f"{states.count(state)} {name}" for state, name in names.items() if state in states]
    return ", ".join(counted)


def _events(project: Project, around: Surroundings) -> list[dict[str, Any]]:
    places = placements(project.plan, rate_hz=_TICKS)
    return [_event(project, around, index, place) for index, place in enumerate(places)]


def _event(project: Project, around: Surroundings, index: int, place: Placement) -> dict[str, Any]:
    event = project.plan.events[index]
    state = state_of(project, index, renderer=around.renderer)
    words = _WORDS.get(state) or "stale: " + ", ".join(reasons_stale(project, index, renderer=around.renderer))
    busy = around.job is not None and around.job.status is Status.RUNNING and around.job.event_id == event.id
    chosen = project.chosen_take(event.id)
    return {
        "id": event.id,
        "n": index + 1,
        "caption": event.caption,
        "start_s": place.start / _TICKS,
        "duration_s": round(event.duration_s, 3),
        "end_s": (place.start + place.planned) / _TICKS,
        "fade_in_s": place.fade_in / _TICKS,
        "seed": event.seed,
        "state": "rendering" if busy else state.value,
        "state_text": "rendering" if busy else words,
        "take": _take(chosen, 0) if chosen else None,
        "takes": [_take(t, n) for n, t in enumerate(project.takes.get(event.id, ()), start=1)],
        "seam": _seam(project, index, place),
    }


def _take(take: TakeRecord, number: int) -> dict[str, Any]:
    return {
        "id": take.id,
        "n": number,
        "file": take.file,
        "seed": take.seed,
        "caption": take.caption,
        "length_s": take.samples / take.rate_hz,
        "made_at": take.made_at,
    }


def _seam(project: Project, index: int, place: Placement) -> dict[str, Any] | None:
    if index >= len(project.plan.boundaries):
        return None
    boundary = project.plan.boundaries[index]
    return {
        "length_s": boundary.length_s,
        "effective_s": place.fade_out / _TICKS,
        "curve": boundary.curve.value,
    }


def _job(job: Job, ahead: int) -> dict[str, Any]:
    return {
        "number": job.number,
        "kind": job.kind,
        "status": job.status.value,
        "active": not job.status.over,
        "fraction": round(job.fraction, 4),
        "text": job_text(job, ahead),
    }


def job_text(job: Job, ahead: int) -> str:
    """Where a job stands, in one line."""
    if job.status is Status.QUEUED:
        return (
            f"{job.kind}: next after {ahead} other job{'s' if ahead != 1 else ''}" if ahead else f"{job.kind}: starting"
        )
    if job.status is not Status.RUNNING:
        return job.message
    parts = [f"event {job.part} of {job.parts}"] if job.parts else []
    parts += [f"step {job.step} of {job.steps}"] if job.steps else []
    parts += [f"about {seconds(max(round(job.left_s), 1))} left"] if job.left_s is not None else []
    return ", ".join([job.doing, *parts]) + (", stopping" if job.cancel.cancelled else "")


def _mix(project: Project, done: Mixdown, events: list[dict[str, Any]]) -> dict[str, Any]:
    current = done.key == mix_key(project)
    old = [str(event["n"]) for event in events if event["state"] == "stale"]
    notes = [f"{seconds(done.duration_s)}, {done.rate_hz / 1000:g} kHz, 24 bit"]
    if done.gain_db:
        notes.append(f"lowered by {-done.gain_db:.1f} dB so that it does not clip")
    if done.shortened:
        seams = ", ".join(map(str, done.shortened))
        notes.append(f"crossfade after event {seams} shortened: that take has no longer tail")
    if old and current:
        notes.append(f"with the earlier audio of stale event{'s' if len(old) > 1 else ''} {', '.join(old)}")
    return {
        "file": done.file,
        "rate_hz": done.rate_hz,
        "duration_s": done.duration_s,
        "current": current,
        "text": "; ".join(notes),
        "stale_text": "" if current else "older than the timeline: press Mix to hear your changes",
    }
