"""One request of the page carried out: an edit with its revision, or work for the queue. No gradio, no view.

`carry_out` is the only door: what it does not know is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.errors import ProjectError
from pipeline.planner.parsing import parse_lines
from pipeline.timeline import Story
from studio import editing, operations
from studio.payload import UNKNOWN, Payload, ids, maybe_text, number, text, whole
from studio.project import Project
from studio.service import StudioService

MAX_PLAN_CHARS = 200_000


def _revision(p: Payload) -> int:
    return whole(p.get("revision"), what="the revision")


def _count(p: Payload) -> int | None:
    return None if p.get("count") in (None, "") else whole(p["count"], what="the number of variations")


def _vary(service: StudioService, project_id: str, p: Payload) -> None:
    strength = number(p.get("strength"), what="the strength")
    service.vary(
        project_id, text(p, "id"), strength=strength, take_id=maybe_text(p, "take") or "", count=_count(p)
    )  # fmt: skip


def _continue(service: StudioService, project_id: str, p: Payload) -> None:
    if not text(p, "text").strip():
        raise ProjectError("tell what happens next: this planner writes a story down, it invents none")
    told = Story(text=text(p, "text"), duration_s=number(p.get("duration"), what="the duration"))
    service.continue_story(project_id, _revision(p), told)


def _text_in(service: StudioService, project_id: str, p: Payload) -> None:
    pasted = text(p, "text")
    if len(pasted) > MAX_PLAN_CHARS:
        raise ProjectError(f"a pasted timeline has at most {MAX_PLAN_CHARS:,} characters, not {len(pasted):,}")
    timeline = parse_lines(pasted)

    def change(project: Project) -> Project:
        kept = project.timeline
        read = timeline if kept is None else parse_lines(pasted, story=kept.story)
        return editing.pasted(project, read)

    service.edit(project_id, _revision(p), change, label="pasted timeline")


def _mix(service: StudioService, project_id: str, p: Payload) -> None:
    rate = p.get("rate")
    project = service.store.get(project_id)
    rate_hz = project.rate_hz if rate in (None, "") else whole(rate, what="the rate")
    service.mix(project_id, rate_hz=rate_hz)


def _regenerate(service: StudioService, project_id: str, p: Payload) -> None:
    service.regenerate(project_id, text(p, "id"), count=_count(p))


Work = Callable[[StudioService, str, Payload], object]
WORKS: Mapping[str, Work] = {
    "undo": lambda s, i, p: s.undo(i, _revision(p)),
    "redo": lambda s, i, p: s.redo(i, _revision(p)),
    "regenerate": _regenerate,
    "again": lambda s, i, p: s.regenerate(i, text(p, "id"), new_seed=False),
    "vary": _vary,
    "render": lambda s, i, p: s.render(i, what=maybe_text(p, "what") or "needed"),
    "render_selected": lambda s, i, p: s.render_selected(i, ids(p)),
    "cancel_job": lambda s, i, p: s.cancel(i, number=whole(p.get("job"), what="the job")),
    "cancel_all": lambda s, i, _: s.cancel(i),
    "plan_again": lambda s, i, p: s.plan_again(i, _revision(p)),
    "continue": _continue,
    "split_plan": lambda s, i, p: s.split_by_planner(i, _revision(p), text(p, "id")),
    "rewrite": lambda s, i, p: s.rewrite(i, text(p, "id")),
    "text_in": _text_in,
    "mix": _mix,
}


def carry_out(service: StudioService, project_id: str, payload: object) -> None:
    """Carry out one request; whatever is wrong with it is an AudioStoryError."""
    if not isinstance(payload, dict) or not isinstance(payload.get("op"), str):
        raise ProjectError(UNKNOWN)
    op = payload["op"]
    if op in WORKS:
        WORKS[op](service, project_id, payload)
    elif op in operations.EDITS:
        revision, change = _revision(payload), operations.change_of(op, payload)
        label = operations.label_of(op, payload, service.store.get(project_id))
        service.edit(project_id, revision, change, label=label)
    else:
        raise ProjectError(UNKNOWN)
