"""What the page may ask for: projects, edits, plans, renders, mixes. No gradio here, and no widget.

Every answer is a project as it now is, or a sentence in an AudioStoryError. Knows the contracts of planners and
renderers, no particular model.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from pipeline import story as telling
from pipeline.audio import Audio
from pipeline.errors import AudioStoryError, PlanError, ProjectError, StaleRevision, WeightsMissing
from pipeline.renderer import Renderer
from pipeline.settings import MAX_SEED
from pipeline.timeline import Story
from studio.exporting import Exporting
from studio.files import Files
from studio.jobs import Job, JobQueue, Status
from studio.library import Library
from studio.mixing import Mixdown
from studio.planning import Planning
from studio.project import Project
from studio.remixing import Remixer
from studio.rendering import Rendering, model_of
from studio.store import CHANGED_ELSEWHERE, Store
from studio.view import ENDED_SHOWN, Surroundings, view_of

log = logging.getLogger(__name__)

NOBODY = "-"


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
        self.remixer = Remixer(store)
        self.files = Files(store)
        self.library = Library(store)
        self.exporting = Exporting(store)
        store.watch(self.remixer.request)
        self._rendering = Rendering(store, self.queue, lambda: self._ready().renderer)
        self._planning = Planning(store, self.queue, lambda: self._ready().planner, lambda: self._ready().renderer)
        self._load = load
        self._model = model
        self._loaded: Loaded | None = None
        self._loading: Job | None = None

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
        try:
            self.library.clear_trash(due=datetime.now(timezone.utc))
        except AudioStoryError as error:  # the studio works with a full trash, too
            log.warning("%s", error)

    def close(self) -> None:
        """Stop working."""
        self.queue.close()
        self.remixer.close()
        self.exporting.close()

    # --- projects

    def open(self, project_id: str | None) -> Project:
        """The project of this id, or a new one when none is named."""
        if not project_id:
            return self.store.create()
        project = self.store.get(project_id)
        if self.remixer.latest(project_id) is None:
            self.remixer.request(project_id)
        return project

    def delete(self, project_id: str) -> None:
        """A project into the trash; its jobs are cancelled."""
        self.queue.cancel(project_id)
        self.exporting.abandon(project_id)
        self.library.delete(project_id)

    def view(self, project_id: str) -> dict[str, Any]:
        """What the page shows of a project now.

        What is under way is read before what it brings about: a view that says “done” has what was done.
        """
        order, ended = self.queue.order(), self.queue.over(project_id, most=4 * ENDED_SHOWN)
        mixing = self.remixer.busy(project_id)
        project = self.store.get(project_id)
        state, text = self.model_state()
        renderer = self._loaded.renderer if self._loaded else None
        mixdown = self.remixer.latest(project_id)
        around = Surroundings(
            model=state,
            model_text=text,
            renderer=model_of(renderer) if renderer else None,
            max_event_s=round(renderer.max_samples / renderer.rate_hz, 2) if renderer else None,
            varies=renderer is not None and bool(getattr(renderer, "varies", True)),
            negative=renderer is not None and renderer.takes_negative,
            order=order,
            ended=ended,
            mixdown=mixdown,
            mixing=mixing,
            trouble=self.remixer.trouble(project_id),
            saved=project.changes > 0,
            files=self.store.take_files(project_id),
            steps=self.store.steps(project_id),
            levels=self.remixer.levels(project_id),
            offers=self._planning.offers.get(project_id),
        )
        return view_of(project, around)

    def busy(self, project_id: str) -> bool:
        """Whether something is under way that the page should follow."""
        loading = self.model_state()[0] == "loading"
        return loading or bool(self.queue.active(project_id)) or self.remixer.busy(project_id)

    def model_state(self) -> tuple[str, str]:
        """loading, ready or failed; and a line that says so."""
        job = self._loading
        if self._loaded is not None:
            return "ready", f"{self._model} is ready"
        if job is not None and job.status is Status.FAILED:
            return "failed", job.message
        return "loading", "loading the model"

    # --- edits; each names the revision it was made against

    def edit(
        self, project_id: str, revision: int, change: Callable[[Project], Project], *, label: str = "edit"
    ) -> Project:
        """Apply one pure edit of `studio.editing`; `label` is what undo calls it."""
        return self.store.edit(project_id, change, revision=revision, label=label)

    def undo(self, project_id: str, revision: int) -> Project:
        """One step back."""
        return self.store.undo(project_id, revision=revision)

    def redo(self, project_id: str, revision: int) -> Project:
        """One step forward again."""
        return self.store.redo(project_id, revision=revision)

    # --- the planner

    def plan(self, project_id: str, revision: int, story: Story, *, seed: int | None = None) -> Job:
        """Have the planner write the timeline; it is used unless somebody edits the project meanwhile."""
        seed = _checked_seed(seed)
        self._check_idle(project_id, revision)
        return self._planning.plan(project_id, revision, story, seed=seed)

    def plan_again(self, project_id: str, revision: int) -> Job:
        """The same story with another seed, around the locked events."""
        self._check_idle(project_id, revision)
        return self._planning.again(project_id, revision, seed=_checked_seed(None))

    def continue_story(self, project_id: str, revision: int, told: Story) -> Job:
        """What happens next, planned and appended."""
        self._check_idle(project_id, revision)
        tone = told.tone or self.store.get(project_id).plan.story.tone
        return self._planning.carry_on(project_id, revision, replace(told, tone=tone), seed=_checked_seed(None))

    def split_by_planner(self, project_id: str, revision: int, event_id: str) -> Job:
        """One event broken into smaller ones."""
        self._check_revision(project_id, revision)
        return self._planning.split(project_id, revision, event_id, seed=0)

    def rewrite(self, project_id: str, item_id: str) -> Job:
        """Other words for a caption, to choose from."""
        return self._planning.rewrite(project_id, item_id, seed=secrets.randbelow(2**31))

    # --- rendering

    def render(self, project_id: str, *, what: str = "needed") -> Job:
        """Render what is missing or stale (or `what` says), event by event; each finished take is kept at once."""
        self._refuse_when_busy(project_id)
        return self._rendering.batch(project_id, what=what)

    def render_selected(self, project_id: str, ids: Sequence[str]) -> Job:
        """One more take of each of these."""
        return self._rendering.selected(project_id, ids)

    def regenerate(self, project_id: str, item_id: str, *, new_seed: bool = True, count: int | None = None) -> Job:
        """More takes of one event: with fresh seeds, or one with its own in its present context."""
        return self._rendering.again(project_id, item_id, new_seed=new_seed, count=count)

    def vary(
        self, project_id: str, item_id: str, *, strength: float, take_id: str = "", count: int | None = None
    ) -> Job:
        """Takes that begin from the latents of a take."""
        return self._rendering.vary(project_id, item_id, strength=strength, take_id=take_id, count=count)

    def cancel(self, project_id: str, *, number: int | None = None) -> int:
        """Stop the project's jobs, or one of them, at their next step; what is finished stays."""
        return self.queue.cancel(project_id, number=number)

    # --- the mix

    def mix(self, project_id: str, *, rate_hz: int) -> Mixdown:
        """Mix what is heard, off the device's queue; background mixes have that rate from now on."""
        done = self.remixer.mix(project_id, rate_hz=rate_hz)
        if self.store.get(project_id).rate_hz != rate_hz:
            self.store.absorb(project_id, lambda p: replace(p, rate_hz=rate_hz))
        self.remixer.request(project_id)
        return done

    # --- files

    def take_file(self, project_id: str, file: str) -> Path:
        """The audio file of a take of this project; ProjectError when it has no such take."""
        return self.files.take(project_id, file)

    def take_audio(self, project_id: str, file: str) -> Audio:
        """The audio of a take of this project."""
        return self.files.take_audio(project_id, file)

    def mix_file(self, project_id: str, file: str) -> Path:
        """Where a mix of this project lies, without a suffix; ProjectError when it has no such mix."""
        return self.files.mix(project_id, file)

    # --- inside

    def _ready(self) -> Loaded:
        if self._loaded is None:
            message = self._loading.message if self._loading else ""
            raise WeightsMissing(message or "the model is not loaded")
        return self._loaded

    def _refuse_when_busy(self, project_id: str) -> None:
        jobs = self.queue.active(project_id)
        if jobs:
            raise ProjectError(f"this project is busy ({jobs[0].kind}); wait for it, or press Cancel first")

    def _check_revision(self, project_id: str, revision: int) -> None:
        if self.store.get(project_id).revision != revision:
            raise StaleRevision(CHANGED_ELSEWHERE)

    def _check_idle(self, project_id: str, revision: int) -> None:
        self._refuse_when_busy(project_id)
        self._check_revision(project_id, revision)


def _checked_seed(seed: int | None) -> int:
    if seed is None:
        return secrets.randbelow(2**31)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise PlanError(f"the seed must be a whole number from 0 to {MAX_SEED}, not {seed!r}")
    return seed
