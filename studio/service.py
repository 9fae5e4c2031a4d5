"""What the page may ask for: projects, edits, plans, renders, mixes. No gradio here, and no widget.

Every answer is a project as it now is, or a sentence in an AudioStoryError. Knows the contracts of planners and
renderers, no particular model.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline import story as telling
from pipeline.audio import Audio
from pipeline.errors import PlanError, ProjectError, StaleRevision, WeightsMissing
from pipeline.renderer import Renderer, jobs_of
from pipeline.settings import MAX_SEED
from pipeline.timeline import Story
from studio import project as editing
from studio.jobs import Job, JobQueue, Status
from studio.mixing import Mixdown, mixdown
from studio.project import Project, State, TakeRecord
from studio.store import CHANGED_ELSEWHERE, Store
from studio.view import Surroundings, view_of

log = logging.getLogger(__name__)

NOBODY = "-"
_OVERTAKEN = "you edited the timeline while the planner was writing, so its plan was not used; press Plan to retry"


class Backend(Protocol):
    """What a loaded model offers."""

    @property
    def planner(self) -> telling.Planner: ...

    @property
    def renderer(self) -> Renderer: ...


@dataclass(frozen=True)
class Loaded:
    """A backend whose parts have been asked for, so that their files are in memory."""

    planner: telling.Planner
    renderer: Renderer


class StudioService:
    """One per process. Methods may be called from any thread; what uses the device goes through the queue."""

    def __init__(self, store: Store, load: Callable[[], Backend], *, model: str = "nano") -> None:
        self.store = store
        self.queue = JobQueue()
        self._load = load
        self._model = model
        self._loaded: Loaded | None = None
        self._loading: Job | None = None
        self._mixes: dict[str, Mixdown] = {}
        self._mixing = threading.Lock()

    def start(self, *, on_failure: Callable[[str], None] | None = None) -> None:
        """Load the model in the background; jobs wait for it. `on_failure` hears why it could not be loaded."""

        def work(_: Job) -> str:
            try:
                backend = self._load()
                self._loaded = Loaded(backend.planner, backend.renderer)
            except Exception as error:
                if on_failure:
                    on_failure(str(error))
                raise
            return f"{self._model} is ready"

        self._loading = self.queue.submit(NOBODY, "loading the model", work)

    def close(self) -> None:
        """Stop working."""
        self.queue.close()

    # --- projects

    def open(self, project_id: str | None) -> Project:
        """The project of this id, or a new one when none is named."""
        return self.store.get(project_id) if project_id else self.store.create()

    def view(self, project_id: str) -> dict[str, Any]:
        """What the page shows of a project now."""
        project = self.store.get(project_id)
        job = self.queue.latest(project_id)
        state, text = self.model_state()
        around = Surroundings(
            model=state,
            model_text=text,
            renderer=self._loaded.renderer.name if self._loaded else None,
            job=job,
            ahead=self.queue.ahead_of(job) if job else 0,
            mixdown=self._mixes.get(project_id),
            saved=project.changes > 0,
        )
        return view_of(project, around)

    def busy(self, project_id: str) -> bool:
        """Whether something is under way that the page should follow."""
        return self.model_state()[0] == "loading" or bool(self.queue.active(project_id))

    def model_state(self) -> tuple[str, str]:
        """loading, ready or failed; and a line that says so."""
        job = self._loading
        if self._loaded is not None:
            return "ready", f"{self._model} is ready"
        if job is not None and job.status is Status.FAILED:
            return "failed", job.message
        return "loading", "loading the model"

    # --- edits; each names the revision it was made against

    def edit(self, project_id: str, revision: int, change: Callable[[Project], Project]) -> Project:
        """Apply one pure edit of `studio.project`."""
        return self.store.edit(project_id, change, revision=revision)

    # --- work for the device

    def plan(self, project_id: str, revision: int, story: Story, *, seed: int | None = None) -> Job:
        """Have the planner write the timeline; it is used unless somebody edits the project meanwhile."""
        seed = _checked_seed(seed)
        self._refuse_when_busy(project_id)
        if self.store.get(project_id).revision != revision:
            raise StaleRevision(CHANGED_ELSEWHERE)

        def work(job: Job) -> str:
            job.begin("writing the timeline")
            timeline = telling.plan(story, seed=seed, planner=self._ready().planner, cancel=job.cancel)
            job.cancel.raise_if_cancelled()
            try:
                self.store.edit(project_id, lambda p: editing.planned(p, timeline, seed=seed), revision=revision)
            except StaleRevision:
                raise ProjectError(_OVERTAKEN) from None
            return f"planned {len(timeline.events)} events"

        return self.queue.submit(project_id, "plan", work)

    def render(self, project_id: str) -> Job:
        """Render what is missing or stale, event by event; each finished take is kept at once."""
        self._refuse_when_busy(project_id)
        if not self.store.get(project_id).plan.events:
            raise PlanError("there are no events to render")

        def work(job: Job) -> str:
            wanted = editing.wanting(self.store.get(project_id), renderer=self._ready().renderer.name)
            for part, event_id in enumerate(wanted, start=1):
                self._render_event(job, project_id, event_id, part=part, parts=len(wanted))
            return f"rendered {len(wanted)} event{'s' if len(wanted) != 1 else ''}" if wanted else "nothing to render"

        return self.queue.submit(project_id, "render", work)

    def regenerate(self, project_id: str, event_id: str, *, new_seed: bool = True) -> Job:
        """One more take of one event: with a fresh seed, or with its own in its present context."""
        self.store.get(project_id).event(event_id)
        seed = secrets.randbelow(2**31) if new_seed else None

        def work(job: Job) -> str:
            self._render_event(job, project_id, event_id, seed=seed, part=1, parts=1, asked=True)
            return "a new take is chosen; the earlier ones are kept"

        return self.queue.submit(project_id, "regenerate", work)

    def cancel(self, project_id: str) -> int:
        """Stop the project's jobs at their next step; what is finished stays."""
        return self.queue.cancel(project_id)

    # --- the mix

    def mix(self, project_id: str, *, rate_hz: int) -> Mixdown:
        """Mix the chosen takes and write the track; one mix at a time, off the device's queue."""
        with self._mixing:
            done = mixdown(self.store, self.store.get(project_id), rate_hz=rate_hz)
        self._mixes[project_id] = done
        return done

    # --- files

    def take_file(self, project_id: str, file: str) -> Path:
        """The audio file of a take of this project; ProjectError when it has no such take."""
        return self.store.take_path(project_id, self._take(project_id, file).file)

    def take_audio(self, project_id: str, file: str) -> Audio:
        """The audio of a take of this project."""
        return self.store.read_take(project_id, self._take(project_id, file))

    def mix_file(self, project_id: str, file: str) -> Path:
        """Where the mix of this project lies, without a suffix; ProjectError when it has no such mix."""
        done = self._mixes.get(project_id)
        if done is None or done.file != file:
            raise ProjectError("this project has no such mix")
        return self.store.mix_path(project_id, file)

    # --- inside

    def _take(self, project_id: str, file: str) -> TakeRecord:
        for of_event in self.store.get(project_id).takes.values():
            for take in of_event:
                if take.file == file:
                    return take
        raise ProjectError("this project has no such take")

    def _ready(self) -> Loaded:
        if self._loaded is None:
            message = self._loading.message if self._loading else ""
            raise WeightsMissing(message or "the model is not loaded")
        return self._loaded

    def _refuse_when_busy(self, project_id: str) -> None:
        jobs = self.queue.active(project_id)
        if jobs:
            raise ProjectError(f"this project is busy ({jobs[0].kind}); wait for it, or press Cancel first")

    def _render_event(
        self, job: Job, project_id: str, event_id: str, *,
        part: int, parts: int, seed: int | None = None, asked: bool = False,
    ) -> None:  # fmt: skip
        """Render one event as it is now, unless it is gone or was rendered meanwhile; keep the take."""
        job.cancel.raise_if_cancelled()
        renderer, project = self._ready().renderer, self.store.get(project_id)
        if all(e.id != event_id for e in project.plan.events):
            return
        if seed is not None:
            project = editing.edited_event(project, event_id, seed=seed)
        index = project.plan.index_of(event_id)
        if not asked and editing.state_of(project, index, renderer=renderer.name) in (State.RENDERED, State.CONTEXT):
            return
        job.begin(f"rendering “{project.plan.events[index].caption[:60]}”", event_id=event_id, part=part, parts=parts)
        task = jobs_of(project.plan, rate_hz=renderer.rate_hz, max_samples=renderer.max_samples)[index]
        record = editing.record_for(
            project, index, renderer=renderer.name, rate_hz=renderer.rate_hz, samples=task.samples
        )
        known = editing.find_take(project, record.key)
        if known is None:
            [take] = renderer.render([task], settings=project.settings, cancel=job.cancel, on_step=job.on_step)
            self.store.write_take(project_id, take, record)
        else:
            record = editing.reused(known, record)
        self.store.absorb(project_id, lambda p: editing.with_take(p, record, seed=seed))


def _checked_seed(seed: int | None) -> int:
    if seed is None:
        return secrets.randbelow(2**31)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise PlanError(f"the seed must be a whole number from 0 to {MAX_SEED}, not {seed!r}")
    return seed
