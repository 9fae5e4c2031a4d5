"""What a planner does for a project, as jobs: a plan, one around locked events, more of it, a finer split, offers.

The planner is asked as it is: it turns a story of some length into events. It cannot be told what is already there,
so what it wrote is fitted around that here. Knows no particular planner and nothing of the page.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline import story as telling
from pipeline.errors import PlanError, ProjectError, StaleRevision
from pipeline.renderer import Renderer, Worded
from pipeline.timeline import MAX_CAPTION_CHARS, MIN_TOTAL_S, Event, Story, Timeline
from studio import editing
from studio.jobs import Job, JobQueue
from studio.project import Project
from studio.replanning import around_locked, fitted_events
from studio.store import Store

OFFERS = 3
_TRIES = 8
OVERTAKEN = "you edited the timeline while the planner was writing, so its plan was not used; press Plan to retry"


class Planning:
    """Submits planning jobs. `ready` and `renderer` give what is loaded, or raise why there is nothing."""

    def __init__(
        self, store: Store, queue: JobQueue, ready: Callable[[], telling.Planner], renderer: Callable[[], Renderer]
    ) -> None:
        self._store, self._queue, self._ready, self._renderer = store, queue, ready, renderer
        self.offers: dict[str, dict[str, object]] = {}

    def plan(self, project_id: str, revision: int, story: Story, *, seed: int) -> Job:
        """Write the timeline; locked events stay as they are, and the rest is fitted around them."""

        def work(job: Job) -> str:
            job.begin("writing the timeline")
            written = telling.plan(story, seed=seed, planner=self._ready(), cancel=job.cancel)
            job.cancel.raise_if_cancelled()
            kept = 0

            def change(project: Project) -> Project:
                nonlocal kept
                locked = _locked(project)
                kept = len(locked)
                return editing.planned(
                    project, around_locked(written, locked, project) if locked else written, seed=seed
                )

            self._apply(project_id, revision, change, label="plan")
            said = f"planned {len(self._store.get(project_id).plan.events)} events"
            return f"{said}; {kept} locked ones kept, of which the planner did not know" if kept else said

        return self._queue.submit(project_id, "plan", work)

    def again(self, project_id: str, revision: int, *, seed: int) -> Job:
        """The same story planned once more, around the locked events."""
        return self.plan(project_id, revision, self._store.get(project_id).plan.story, seed=seed)

    def carry_on(self, project_id: str, revision: int, told: Story, *, seed: int) -> Job:
        """What happens next, planned and appended."""
        story = self._store.get(project_id).plan.story
        editing.told_on(story, told)  # fits, or says why not

        def work(job: Job) -> str:
            job.begin("continuing the story")
            written = telling.plan(told, seed=seed, planner=self._ready(), cancel=job.cancel)
            job.cancel.raise_if_cancelled()
            self._apply(
                project_id, revision, lambda p: editing.continued(p, told, written.events), label="continuation"
            )
            return f"{len(written.events)} events appended"

        return self._queue.submit(project_id, "continue the story", work)

    def split(self, project_id: str, revision: int, event_id: str, *, seed: int) -> Job:
        """One event planned as a story of its own, and replaced by what comes of it."""
        event = self._store.get(project_id).event(event_id)
        if event.duration_s < MIN_TOTAL_S:
            raise ProjectError(f"an event of less than {MIN_TOTAL_S:g} s is too short for the planner to split")

        def work(job: Job) -> str:
            job.begin(f"splitting “{event.caption[:60]}”")
            events = self._planned_event(job, event, seed=seed)
            if len(events) < 2:
                raise PlanError("the planner hears one sound in this caption; split it at a time instead")
            self._apply(project_id, revision, lambda p: editing.replaced_event(p, event_id, events), label="split")
            return f"one event became {len(events)}"

        return self._queue.submit(project_id, "split", work, about=(event_id,))

    def rewrite(self, project_id: str, item_id: str, *, seed: int) -> Job:
        """Up to three other wordings of a caption, to choose from; nothing is changed.

        They are the renderer's own ways to say it where it has any, else what the planner makes of the caption.
        """
        item = self._store.get(project_id).material(item_id)

        def work(job: Job) -> str:
            job.begin(f"rewording “{item.caption[:60]}”")
            renderer = self._renderer()
            known = renderer.wordings(item.caption, count=OFFERS, seed=seed) if isinstance(renderer, Worded) else []
            found = known or self._other_words(job, item, seed=seed)
            job.cancel.raise_if_cancelled()
            if not found:
                raise PlanError("there are no other words for this caption; change it by hand")
            self.offers[project_id] = {"id": item_id, "captions": found, "number": job.number}
            short = "" if len(found) == OFFERS else "; no more were found"
            return f"{len(found)} other caption{'s' if len(found) > 1 else ''} to choose from{short}"

        return self._queue.submit(project_id, "reword", work, about=(item.id,))

    def _other_words(self, job: Job, item: Event, *, seed: int) -> list[str]:
        """What the planner calls a caption, with one seed after the other."""
        found: list[str] = []
        for number in range(_TRIES):
            job.cancel.raise_if_cancelled()
            events = self._planned_event(job, item, seed=seed + number if number else 0)
            caption = "; ".join(event.caption for event in events)[:MAX_CAPTION_CHARS]
            if caption.casefold() not in {one.casefold() for one in (item.caption, *found)}:
                found.append(caption)
            if len(found) == OFFERS:
                break
        return found

    def _planned_event(self, job: Job, event: Event, *, seed: int) -> tuple[Event, ...]:
        """A caption planned as a story that lasts as long as its event."""
        story = Story(text=event.caption, duration_s=max(event.duration_s, MIN_TOTAL_S), tone=event.tone)
        written = telling.plan(story, seed=seed, planner=self._ready(), cancel=job.cancel)
        return fitted_events(written.events, total_s=event.duration_s)

    def _apply(self, project_id: str, revision: int, change: Callable[[Project], Project], *, label: str) -> None:
        try:
            self._store.edit(project_id, change, revision=revision, label=label)
        except StaleRevision:
            raise ProjectError(OVERTAKEN) from None


def _locked(project: Project) -> list[Event]:
    timeline: Timeline | None = project.timeline
    return [event for event in timeline.events if project.options_of(event.id).locked] if timeline else []
