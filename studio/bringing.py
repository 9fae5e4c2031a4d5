"""A recording that was uploaded becomes a take of an event or clip, or a new clip: one edit, one step of undo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ProjectError, StaleRevision
from pipeline.renderer import Take
from pipeline.timeline import MIN_EVENT_S
from studio import editing
from studio.project import Project
from studio.recordings import Recording, read_recording, record_of
from studio.store import CHANGED_ELSEWHERE, Store
from studio.takes import TakeRecord

FITS = ("trim", "slot")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a recording goes: to the event or clip `item_id`, or as a clip into `lane` ("": a new one) at `start_s`.

    fit: "trim" leaves an event as long as it is (what is longer is not heard, what is shorter ends in silence),
    "slot" makes it as long as the recording.
    """

    item_id: str = ""
    lane: str = ""
    start_s: float = 0.0
    fit: str = "trim"


def bring(store: Store, project_id: str, path: Path, *, name: str, place: Place, revision: int) -> Project:
    """Read the file, keep its sound as a take, and put it in its place; AudioStoryError in one sentence."""
    project = store.get(project_id)
    if project.revision != revision:
        raise StaleRevision(CHANGED_ELSEWHERE)
    if place.fit not in FITS:
        raise ProjectError(f"a recording fits by {' or '.join(FITS)}, not {place.fit!r:.40}")
    owner = project.owner(place.item_id) if place.item_id else ""
    recording = read_recording(path, name=name, rate_hz=project.rate_hz)
    record = _record(project, recording, owner)
    take = Take(event_id=record.event_id, audio=recording.audio, latents=None, recipe={"recording": recording.name})
    store.write_take(project_id, take, record)
    if not owner:
        return store.edit(
            project_id,
            lambda p: editing.clip_of_take(p, place.lane, record, start_s=place.start_s),
            revision=revision,
            label=f"recording “{recording.name[:30]}”",
        )
    label = f"recording for {project.named(owner)}"
    return store.edit(project_id, lambda p: _taken(p, record, place.fit), revision=revision, label=label)


def _record(project: Project, recording: Recording, owner: str) -> TakeRecord:
    if not owner:
        length_s = recording.audio.duration_s
        return record_of(recording, owner="new", caption=recording.name, duration_s=length_s, seed=0)
    item = project.material(owner)
    return record_of(recording, owner=owner, caption=item.caption, duration_s=item.duration_s, seed=item.seed)


def _taken(project: Project, record: TakeRecord, fit: str) -> Project:
    if fit == "slot":
        length_s = slot_s(project, record)
        project = editing.material_with(project, record.event_id, duration_s=length_s)
    return editing.with_take(project, record)


def slot_s(project: Project, record: TakeRecord) -> float:
    """Seconds of an event that a recording just fills, with its end under the crossfade into the next one."""
    length_s, owner = record.samples / record.rate_hz, record.event_id
    if not project.is_event(owner):
        return round(length_s, 3)
    index = project.plan.index_of(owner)
    seams = project.plan.boundaries
    tail = min(seams[index].length_s, length_s / 2) if index < len(seams) else 0.0
    return max(round(length_s - tail, 3), MIN_EVENT_S)
