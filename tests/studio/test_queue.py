"""The queue: what is urgent goes first between parts, everything can be cancelled, and any window sees the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pipeline.errors import ProjectError
from studio.jobs import Job, JobQueue, Parts, Priority, Status
from tests.studio.conftest import Studio, wait_until
from tests.studio.test_races import hold_at_step


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    queue = JobQueue()
    yield queue
    queue.close()


def test_an_urgent_job_goes_between_the_parts_of_a_batch(queue: JobQueue) -> None:
    seen: list[str] = []
    go_on = threading.Event()

    def batch(job: Job) -> Parts:
        for part in range(3):
            job.begin("part", part=part + 1, parts=3)
            seen.append(f"part {part}")
            assert go_on.wait(20)
            yield
        return "done"

    long = queue.submit("p", "batch", batch, priority=Priority.BATCH)
    wait_until(lambda: seen)
    urgent = queue.submit("p", "urgent", lambda _: seen.append("urgent") or "done")
    assert [job.kind for job in queue.order()] == ["batch", "urgent"]
    go_on.set()
    wait_until(lambda: long.status.over)
    assert seen == ["part 0", "urgent", "part 1", "part 2"]
    assert urgent.status is long.status is Status.DONE and long.message == "done"


def test_batches_do_not_interrupt_each_other(queue: JobQueue) -> None:
    seen: list[str] = []

    def batch(name: str):
        def work(_: Job) -> Parts:
            for part in range(2):
                seen.append(f"{name}{part}")
                yield
            return "done"

        return work

    gate = threading.Event()
    queue.submit("p", "gate", lambda _: str(gate.wait(20)))
    jobs = [queue.submit("p", name, batch(name), priority=Priority.BATCH) for name in "ab"]
    gate.set()
    wait_until(lambda: all(job.status.over for job in jobs))
    assert seen == ["a0", "a1", "b0", "b1"]


def test_a_paused_batch_that_is_cancelled_keeps_its_parts(queue: JobQueue) -> None:
    first, hold = threading.Event(), threading.Event()

    def batch(job: Job) -> Parts:
        for part in range(3):
            job.begin("part", part=part + 1, parts=3)
            assert first.wait(20)
            yield
        return "done"

    long = queue.submit("p", "batch", batch, priority=Priority.BATCH)
    wait_until(lambda: long.status is Status.RUNNING)
    urgent = queue.submit("p", "urgent", lambda _: str(hold.wait(20)))
    first.set()
    wait_until(lambda: long.status is Status.PAUSED)
    assert queue.cancel("p", number=long.number) == 1
    assert long.status is Status.CANCELLED and "kept" in long.message and not urgent.cancel.cancelled
    hold.set()
    wait_until(lambda: urgent.status.over)


def test_only_jobs_of_the_own_project_can_be_cancelled(queue: JobQueue) -> None:
    hold = threading.Event()
    job = queue.submit("mine", "work", lambda _: str(hold.wait(20)))
    with pytest.raises(ProjectError, match="no such job"):
        queue.cancel("other", number=job.number)
    assert queue.cancel("other") == 0 and not job.cancel.cancelled
    hold.set()


def test_regenerating_during_a_batch_goes_before_its_next_event(studio: Studio) -> None:
    project = studio.planned()
    last = project.plan.events[2].id
    there, go_on = hold_at_step(studio, 3)
    batch = studio.service.render(project.id)
    assert there.wait(20)
    urgent = studio.service.regenerate(project.id, last)
    jobs = studio.service.view(project.id)["jobs"]
    assert [(job["kind"], job["status"], job["order"]) for job in jobs[:2]] == [
        ("render", "running", 1),
        ("regenerate", "queued", 2),
    ]
    assert studio.service.view(project.id)["events"][2]["job"]["state"] == "queued"
    go_on.set()
    done = studio.settled(project.id)
    assert [job.event_id for job in studio.renderer.rendered] == [project.plan.events[i].id for i in (0, 2, 1)]
    assert urgent.status is batch.status is Status.DONE and len(done.takes[last]) == 1


def test_one_job_is_cancelled_and_the_others_go_on(studio: Studio) -> None:
    project = studio.planned()
    there, go_on = hold_at_step(studio, 3)
    studio.service.render(project.id)
    assert there.wait(20)
    waiting = studio.service.regenerate(project.id, project.plan.events[2].id)
    studio.service.cancel(project.id, number=waiting.number)
    go_on.set()
    studio.settled(project.id)
    assert waiting.status is Status.CANCELLED and studio.states(project.id) == ["rendered"] * 3


def test_a_selection_is_one_job_with_parts(studio: Studio) -> None:
    project = studio.rendered()
    ids = [event.id for event in project.plan.events[:2]]
    job = studio.service.render_selected(project.id, [*ids, ids[0]])
    done = studio.settled(project.id)
    assert job.parts == 2 and [len(done.takes[i]) for i in ids] == [2, 2]
    assert studio.service.store.steps(project.id)[0] == "render selected"


def test_a_failed_event_says_why_until_it_is_tried_again(studio: Studio) -> None:
    project = studio.planned()

    def broken(_: int) -> None:
        raise RuntimeError("a bug")

    studio.renderer.before_step = broken
    studio.service.render(project.id)
    studio.settled(project.id)
    job = studio.service.view(project.id)["events"][0]["job"]
    assert job["state"] == "failed" and "unexpected" in job["text"]
    studio.renderer.before_step = None
    studio.service.render(project.id)
    studio.settled(project.id)
    assert studio.service.view(project.id)["events"][0]["job"] is None


def test_a_reloaded_page_sees_the_job_with_its_steps(studio: Studio) -> None:
    project = studio.planned()
    there, go_on = hold_at_step(studio, 5)
    studio.service.render(project.id)
    assert there.wait(20)
    view = studio.service.view(studio.service.open(project.id).id)
    assert view["jobs"][0]["status"] == "running" and view["events"][0]["job"]["step"] == 5
    assert view["jobs"][0]["event"] == project.plan.events[0].id
    go_on.set()
    studio.settled(project.id)
