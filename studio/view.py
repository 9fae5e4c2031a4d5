"""What the page shows of a project, as one value fit for JSON. Pure: knows neither gradio nor the disk."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.timeline import Story
from studio import items
from studio.items import Surroundings as ItemSurroundings
from studio.jobs import Job, Status
from studio.mixing import Mixdown
from studio.project import Project, shown_title
from studio.states import EVERYTHING, Model, mix_key

ENDED_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the page shows beside the project: the loaded model, the jobs, the mix, and whether it is on disk.

    order: all jobs of the device that are not over, as they come. ended: this project's that are, the latest first.
    steps: what undo and redo would do, and how many of each there are. offers: captions to choose from, for an item.
    """

    model: str = "loading"
    model_text: str = ""
    renderer: Model | None = None
    max_event_s: float | None = None
    varies: bool = False
    negative: bool = False
    order: Sequence[Job] = ()
    ended: Sequence[Job] = ()
    mixdown: Mixdown | None = None
    mixing: bool = False
    trouble: str = ""
    saved: bool = False
    files: Container[str] = EVERYTHING
    steps: tuple[str | None, str | None, int, int] = (None, None, 0, 0)
    offers: Mapping[str, Any] | None = None
    levels: Mapping[str, Any] = field(default_factory=dict)

    def mine(self, project_id: str) -> list[Job]:
        """The project's jobs that are not over."""
        return [job for job in self.order if job.project_id == project_id]


def view_of(project: Project, around: Surroundings) -> dict[str, Any]:
    """The whole page's state; texts are plain text, to be shown as text."""
    mine = around.mine(project.id)
    item_jobs = _jobs_by_item(mine, around.ended)
    near = ItemSurroundings(renderer=around.renderer, files=around.files, jobs=item_jobs)
    events = items.events(project, near) if project.arrangement else []
    timeline = project.timeline
    total_s = round(timeline.duration_s, 3) if timeline else 0.0
    requested_s = timeline.story.duration_s if timeline else None
    job = mine[0] if mine else (around.ended[0] if around.ended else None)
    undo, redo, undos, redos = around.steps
    return {
        "project": project.id,
        "title": shown_title(project),
        "named": bool(project.title),
        "saved": around.saved,
        "revision": project.revision,
        "seed": project.seed,
        "story": _story(timeline.story) if timeline else None,
        "history": {"undo": undo, "redo": redo, "undos": undos, "redos": redos},
        "model": {"state": around.model, "text": around.model_text},
        "capabilities": _capabilities(around),
        "settings": {"steps": project.settings.steps, "guidance": project.settings.guidance},
        "total_s": total_s,
        "requested_s": requested_s,
        "total_text": total_text(total_s, requested_s),
        "reasoning": timeline.reasoning if timeline else "",
        "planned": timeline is not None,
        "events": events,
        **_desk(project, near),
        "summary": summary([e["state"] for e in events]),
        "job": _job(job, around) if job else None,
        "jobs": [_job(one, around) for one in (*mine, *around.ended[:ENDED_SHOWN])],
        "offers": around.offers,
        "mixing": around.mixing,
        "mix_trouble": around.trouble,
        "mix": _mix(project, around, events) if around.mixdown and timeline else None,
    }


def _capabilities(around: Surroundings) -> dict[str, Any]:
    """What the loaded model can do; where it can't, and a model is loaded, a sentence says so."""
    known = around.renderer is not None
    alone = around.renderer is not None and around.renderer.contextual
    return {
        "vary": around.varies,
        "alone": alone,
        "alone_why": "This model renders every event from its caption alone." if known and not alone else "",
        "negative": around.negative,
        "negative_why": "This model takes no negative caption." if known and not around.negative else "",
        "max_event_s": around.max_event_s,
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


def _story(story: Story) -> dict[str, Any]:
    return {"text": story.text, "duration_s": story.duration_s, "tone": story.tone}


def _desk(project: Project, near: ItemSurroundings) -> dict[str, Any]:
    """The arrangement beside the events."""
    desk = project.begun
    fades = {
        "fade_in_s": desk.fade_in.length_s,
        "fade_in_curve": desk.fade_in.curve.value,
        "fade_out_s": desk.fade_out.length_s,
        "fade_out_curve": desk.fade_out.curve.value,
    }
    return {
        "story_lane": {**items.strip_view(desk.story), **fades, "heard": items.story_heard(desk)},
        "lanes": items.lanes(project, near) if project.arrangement else [],
        "markers": [dict(vars(marker)) for marker in desk.markers],
        "master_db": desk.master_db,
        "length_s": round(desk.length_s, 3),
    }


def _jobs_by_item(active: Sequence[Job], ended: Sequence[Job]) -> dict[str, Job]:
    """For each piece of material the job that it waits for or is in, else the last one if it failed there."""
    found: dict[str, Job] = {}
    for job in reversed(ended):  # the latest decides
        for item in job.about:
            found.pop(item, None)
        if job.status is Status.FAILED and job.event_id:
            found[job.event_id] = job
    for job in reversed(active):
        for item in job.about[max(job.part - 1, 0) :]:
            found[item] = job
        if job.event_id:
            found[job.event_id] = job
    return found


def _job(job: Job, around: Surroundings) -> dict[str, Any]:
    order = list(around.order)
    return {
        **job.shown(),
        "left_s": None if job.left_s is None else round(job.left_s, 1),
        "part": job.part,
        "parts": job.parts,
        "event": job.event_id if job.status is Status.RUNNING else "",
        "ids": list(job.about),
        "order": order.index(job) + 1 if job in order else 0,
        "text": job_text(job, order.index(job) if job in order else 0),
    }


def job_text(job: Job, ahead: int) -> str:
    """Where a job stands, in one line."""
    if job.status is Status.QUEUED:
        return (
            f"{job.kind}: next after {ahead} other job{'s' if ahead != 1 else ''}" if ahead else f"{job.kind}: starting"
        )
    if job.status is Status.PAUSED:
        return f"{job.kind}: event {job.part} of {job.parts} is done, waits for something more urgent"
    if job.status is not Status.RUNNING:
        return job.message
    parts = [f"event {job.part} of {job.parts}"] if job.parts else []
    parts += [f"step {job.step} of {job.steps}"] if job.steps else []
    parts += [f"about {seconds(max(round(job.left_s), 1))} left"] if job.left_s is not None else []
    return ", ".join([job.doing or job.kind, *parts]) + (", stopping" if job.cancel.cancelled else "")


def _mix(project: Project, around: Surroundings, events: list[dict[str, Any]]) -> dict[str, Any]:
    done = around.mixdown
    assert done is not None
    current = done.key == mix_key(project)
    old = [str(event["n"]) for event in events if event["state"] == "stale"]
    notes = [f"{seconds(done.duration_s)}, {done.rate_hz / 1000:g} kHz, 24 bit"]
    if done.gain_db:
        notes.append(f"lowered by {-done.gain_db:.1f} dB so that it does not clip")
    if done.missing:
        notes.append(f"silence for event{'s' if len(done.missing) > 1 else ''} {', '.join(map(str, done.missing))}")
    if done.shortened:
        seams = ", ".join(map(str, done.shortened))
        notes.append(f"crossfade after event {seams} shortened: that take has no longer tail")
    if old and current:
        notes.append(f"with the earlier audio of stale event{'s' if len(old) > 1 else ''} {', '.join(old)}")
    return {
        "file": done.file,
        "rate_hz": done.rate_hz,
        "duration_s": done.duration_s,
        "gain_db": done.gain_db,
        "missing": list(done.missing),
        "current": current,
        "state": "current" if current else "old",
        "text": "; ".join(notes),
        "stale_text": "" if current else "older than the timeline: press Mix to hear your changes",
        "lufs": around.levels.get("lufs"),
        "true_peak_db": around.levels.get("true_peak_db"),
    }
