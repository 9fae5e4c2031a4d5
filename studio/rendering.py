"""What is rendered for a project, as jobs of the queue: one take, several, a batch; each kept as soon as it is there.

Knows the contract of renderers, no particular one, and nothing of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import PlanError, ProjectError
from pipeline.renderer import Job as Task
from pipeline.renderer import Renderer, jobs_of
from studio import editing, states
from studio.jobs import Job, JobQueue, Parts, Priority
from studio.project import Project
from studio.states import NEEDED, Model, State
from studio.store import Store
from studio.takes import FROM_NOISE, TakeRecord, checked_count, derived_seed

WHAT = {  # what of a project a batch renders
    "needed": NEEDED,
    "stale": (State.STALE,),
    "all": (State.MISSING, State.STALE, State.CONTEXT),
}
_KINDS = {"needed": "render", "stale": "render what is stale", "all": "render everything"}
MAX_SEED = 2**31


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """One take to make: of which material, the how-manieth of how many, and what is special about it.

    seed: a new one for the event, or None. choose: whether it is heard afterwards. only_in: the states in which it is
    still wanted when its turn comes, or None for any. parent, strength: what it varies, and by how much.
    """

    item_id: str
    part: int
    parts: int
    seed: int | None = None
    choose: bool = True
    only_in: Sequence[State] | None = None
    parent: TakeRecord | None = None
    strength: float = FROM_NOISE


class Rendering:
    """Submits render jobs. `ready` gives the loaded renderer, or raises why there is none."""

    def __init__(self, store: Store, queue: JobQueue, ready: Callable[[], Renderer]) -> None:
        self._store, self._queue, self._ready = store, queue, ready

    def batch(self, project_id: str, *, what: str = "needed") -> Job:
        """Render what is missing or stale (or `what` says), event by event; locked events are left out."""
        if what not in WHAT:
            raise ProjectError(f"what is rendered is one of {', '.join(WHAT)}, not {what!r:.40}")
        if not any(True for _ in self._store.get(project_id).all_material()):
            raise PlanError("there are no events to render")

        def work(job: Job) -> Parts:
            project, renderer = self._store.get(project_id), self._ready()
            files = self._store.take_files(project_id)
            wanted = states.wanting(project, states=WHAT[what], renderer=model_of(renderer), files=files)
            job.about = tuple(wanted)
            for part, item_id in enumerate(wanted, start=1):
                self._one(job, project_id, _Wish(item_id=item_id, part=part, parts=len(wanted), only_in=WHAT[what]))
                yield
            return f"rendered {_events(len(wanted))}" if wanted else "nothing to render"

        return self._queue.submit(project_id, _KINDS[what], work, priority=Priority.BATCH)

    def selected(self, project_id: str, ids: Sequence[str]) -> Job:
        """One more take of each of these; locked ones are left out, and refused if nothing else is there."""
        project = self._store.get(project_id)
        owners = list(dict.fromkeys(project.owner(item_id) for item_id in ids))
        free = tuple(owner for owner in owners if not project.options_of(owner).locked)
        if not free:
            raise ProjectError("everything selected is locked" if owners else "nothing is selected")

        def work(job: Job) -> Parts:
            for part, owner in enumerate(free, start=1):
                seed = self._seed(project_id, owner, 0)
                self._one(job, project_id, _Wish(item_id=owner, part=part, parts=len(free), seed=seed))
                yield
            return f"rendered {_events(len(free))}"

        return self._queue.submit(project_id, "render selected", work, priority=Priority.BATCH, about=free)

    def again(self, project_id: str, item_id: str, *, new_seed: bool = True, count: int | None = None) -> Job:
        """More takes of one event: with fresh seeds, or one with its own in its present context. The first is heard.

        A locked seed gives its own sound first, then those of seeds derived from it, which are not heard unasked.
        """
        owner, count = self._asked(project_id, item_id, count)
        count = count if new_seed else 1

        def work(job: Job) -> Parts:
            for part in range(1, count + 1):
                seed = self._seed(project_id, owner, part - 1) if new_seed else None
                self._one(job, project_id, _Wish(item_id=owner, part=part, parts=count, seed=seed, choose=part == 1))
                yield
            locked = self._locked_seed(project_id, owner) if new_seed else None
            if locked is not None:
                return _locked_words(locked, count - 1)
            return f"{_takes(count)} chosen; the earlier ones are kept"

        return self._queue.submit(project_id, "regenerate", work, about=(owner,))

    def vary(
        self, project_id: str, item_id: str, *, strength: float, take_id: str = "", count: int | None = None
    ) -> Job:
        """Takes that begin at the noise level `strength` from a take's latents: near it when low, new when 1."""
        if not 0.0 < strength <= 1.0:
            raise ProjectError(f"the strength of a variation is above 0 and at most 1, not {strength:g}")
        owner, count = self._asked(project_id, item_id, count)
        project = self._store.get(project_id)
        parent = project.take(owner, take_id) if take_id else project.chosen_take(owner)
        if parent is None:
            raise ProjectError("there is no take to vary yet; render the event first")
        self._store.read_latents(project_id, parent)  # says now, not in the queue, that it has none

        def work(job: Job) -> Parts:
            for part in range(1, count + 1):
                locked = self._locked_seed(project_id, owner)
                wish = _Wish(
                    item_id=owner, part=part, parts=count, seed=self._seed(project_id, owner, part),
                    choose=part == 1 and locked is None, parent=parent, strength=strength,
                )  # fmt: skip
                self._one(job, project_id, wish)
                yield
            locked = self._locked_seed(project_id, owner)
            if locked is not None:
                return f"{_counted(count)} with seeds derived from the locked seed {locked}; choose one by Use"
            return f"{_takes(count)} chosen; the earlier ones are kept"

        return self._queue.submit(project_id, "vary", work, about=(owner,))

    # --- inside

    def _asked(self, project_id: str, item_id: str, count: int | None) -> tuple[str, int]:
        project = self._store.get(project_id)
        owner = project.owner(item_id)
        return owner, checked_count(project.options_of(owner).variations if count is None else count)

    def _locked_seed(self, project_id: str, owner: str) -> int | None:
        """The seed that the event keeps, or None where it is free, or gone."""
        project = self._store.get(project_id)
        there = project.is_event(owner) or owner in project.sources
        return project.material(owner).seed if there and project.options_of(owner).seed_locked else None

    def _seed(self, project_id: str, owner: str, number: int) -> int | None:
        """A new seed; where the event's own is locked the `number`th derived from it, or None for 0: its own."""
        locked = self._locked_seed(project_id, owner)
        if locked is None:
            return secrets.randbelow(MAX_SEED)
        return derived_seed(locked, number) if number else None

    def _one(self, job: Job, project_id: str, wish: _Wish) -> None:
        """Render material as it is now, unless it is gone or not wanted any more; keep the take."""
        job.cancel.raise_if_cancelled()
        renderer, project = self._ready(), self._store.get(project_id)
        if not project.is_event(wish.item_id) and wish.item_id not in project.sources:
            return
        if wish.seed is not None:
            project = editing.material_with(project, wish.item_id, seed=wish.seed)
        files = self._store.take_files(project_id)
        if not _wanted(project, wish, model_of(renderer), files):
            return
        said = f"rendering “{project.material(wish.item_id).caption[:60]}”"
        job.begin(said, event_id=wish.item_id, part=wish.part, parts=wish.parts)
        record = self._made(job, project, wish, renderer, files)
        self._store.absorb(
            project_id,
            lambda p: editing.with_take(p, record, seed=wish.seed, choose=wish.choose),
            label=f"new take of {project.named(wish.item_id)}" if wish.parts == 1 else job.kind,
            tag=str(job.number),
        )

    def _made(
        self, job: Job, project: Project, wish: _Wish, renderer: Renderer, files: frozenset[str]
    ) -> TakeRecord:  # fmt: skip
        """The record of a new take, or of one of the very same content, whose audio is on the disk."""
        task = self._task(project, wish, renderer)
        record = states.record_for(
            project, wish.item_id, renderer=model_of(renderer), rate_hz=renderer.rate_hz, samples=task.samples,
            parent=wish.parent.file if wish.parent else "", strength=wish.strength,
        )  # fmt: skip
        known = states.find_take(project, record.key, files=files)
        if known is not None:
            return editing.reused(known, record)
        settings = project.settings_of(wish.item_id)
        [take] = renderer.render([task], settings=settings, cancel=job.cancel, on_step=job.on_step)
        self._store.write_take(project.id, take, record)
        return record

    def _task(self, project: Project, wish: _Wish, renderer: Renderer) -> Task:
        """The renderer's job; PlanError when it is too long for the model."""
        task = _task_of(project, wish.item_id, renderer)
        if wish.parent is None:
            return task
        latents = self._store.read_latents(project.id, wish.parent)
        return replace(task, start=latents, strength=wish.strength)


def model_of(renderer: Renderer) -> Model:
    """What states depend on of a renderer."""
    return Model(renderer.identity, renderer.contextual)


def _wanted(project: Project, wish: _Wish, renderer: Model, files: frozenset[str]) -> bool:
    if wish.only_in is None:
        return True
    item = project.material(wish.item_id)
    standing = states.standing(project, item, renderer=renderer, files=files)
    return standing.state in wish.only_in and not project.options_of(wish.item_id).locked


def _task_of(project: Project, item_id: str, renderer: Renderer) -> Task:
    item = project.material(item_id)
    if item.negative and not renderer.takes_negative:
        raise PlanError(f"the loaded model takes no negative caption; clear that of “{item.caption[:60]}” first")
    if item_id not in project.sources:
        jobs = jobs_of(project.plan, rate_hz=renderer.rate_hz, max_samples=renderer.max_samples)
        task = jobs[project.plan.index_of(item_id)]
        return replace(task, timeline=None) if project.options_of(item_id).alone else task
    source = project.sources[item_id]
    samples = round(source.duration_s * renderer.rate_hz)
    if samples > renderer.max_samples:
        raise PlanError(
            f"“{source.caption[:60]}” is {source.duration_s:.1f} s long; this model makes at most "
            f"{renderer.max_samples / renderer.rate_hz:.1f} s, so make it shorter and loop its clip"
        )
    return Task(
        event_id=item_id, caption=source.caption, seed=source.seed, samples=samples, negative=source.negative
    )  # fmt: skip


def _events(count: int) -> str:
    return f"{count} event{'s' if count != 1 else ''}"


def _counted(count: int) -> str:
    return f"{count} variation{'s' if count != 1 else ''}"


def _locked_words(seed: int, derived: int) -> str:
    """What regenerating with a locked seed gave."""
    if not derived:
        return f"the seed {seed} is locked, so this is its sound again; unlock it for another one"
    return f"the sound of the locked seed {seed}, and {_counted(derived)} with seeds derived from it"


def _takes(count: int) -> str:
    return "a new take is" if count == 1 else f"{count} new takes are there, the first is"
