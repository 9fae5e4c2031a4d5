"""Two things at once. Each test is named after the race that it guards."""

from __future__ import annotations

import threading

import pytest

from pipeline.errors import ProjectError, StaleRevision
from studio import editing
from tests.studio.conftest import STORY, Studio, wait_until


def hold_at_step(studio: Studio, step: int) -> tuple[threading.Event, threading.Event]:
    """The renderer stops at `step` of its first call until the second event is set; the first says that it is there."""
    there, go_on = threading.Event(), threading.Event()

    def before_step(done: int) -> None:
        if done == step and not there.is_set():
            there.set()
            assert go_on.wait(20)

    studio.renderer.before_step = before_step
    return there, go_on


def test_an_edit_during_a_render_loses_neither(studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    there, go_on = hold_at_step(studio, 3)
    studio.service.render(project.id)
    assert there.wait(20)
    studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, first, caption="hail"))
    go_on.set()
    done = studio.settled(project.id)
    assert done.event(first).caption == "hail"
    assert [take.caption for take in done.takes[first]] == ["rain"]
    assert studio.states(project.id) == ["stale", "rendered", "rendered"]


def test_an_event_deleted_during_its_render_stays_deleted_and_its_take_is_kept(studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    there, go_on = hold_at_step(studio, 3)
    studio.service.render(project.id)
    assert there.wait(20)
    studio.service.edit(project.id, project.revision, lambda p: editing.deleted_event(p, first))
    go_on.set()
    done = studio.settled(project.id)
    assert [event.caption for event in done.plan.events] == ["a passing car", "thunder"]
    assert len(done.takes[first]) == 1
    assert first not in done.chosen


def test_a_render_uses_up_no_revision_so_the_next_edit_is_not_refused(studio: Studio) -> None:
    project = studio.planned()
    done = studio.rendered()
    assert done.revision == project.revision
    studio.service.edit(done.id, done.revision, lambda p: editing.moved_event(p, p.plan.events[0].id, to=2))


def test_an_edit_of_an_older_revision_is_told_so_and_changes_nothing(studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, first, caption="tab one"))
    with pytest.raises(StaleRevision, match="another window"):
        studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, first, caption="tab two"))
    assert studio.service.store.get(project.id).event(first).caption == "tab one"


def test_two_pages_never_share_a_project(studio: Studio) -> None:
    one, two = studio.service.open(None), studio.service.open(None)
    assert one.id != two.id
    studio.service.plan(one.id, 0, STORY, seed=1)
    studio.settled(one.id)
    assert studio.service.store.get(two.id).timeline is None


def test_edits_from_many_threads_are_all_kept_or_refused(studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    kept: list[str] = []

    def edit(name: str) -> None:
        current = studio.service.store.get(project.id)
        try:
            studio.service.edit(
                project.id, current.revision, lambda p: editing.added_event(p, caption=name, after=first)
            )
            kept.append(name)
        except StaleRevision:
            pass

    threads = [threading.Thread(target=edit, args=(f"sound {i}",)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    captions = {event.caption for event in studio.service.store.get(project.id).plan.events}
    assert kept and set(kept) == captions - {"rain", "a passing car", "thunder"}


@pytest.mark.parametrize("step", [0, 1, 12, 24])
def test_cancel_at_any_step_keeps_what_is_finished(studio: Studio, step: int) -> None:
    project = studio.planned()
    calls = [0]

    def before_step(done: int) -> None:
        calls[0] += done == 0
        if calls[0] == 2 and done == step:
            studio.service.cancel(project.id)

    studio.renderer.before_step = before_step
    studio.service.render(project.id)
    done = studio.settled(project.id)
    job = studio.service.view(project.id)["job"]
    assert job["status"] == "cancelled" and "kept" in job["text"]
    assert studio.states(project.id) == ["rendered", "missing", "missing"]
    studio.renderer.before_step = None
    studio.service.render(done.id)
    studio.settled(done.id)
    assert studio.states(done.id) == ["rendered"] * 3
    assert len(studio.service.store.get(done.id).takes[done.plan.events[0].id]) == 1


def test_a_queued_job_is_cancelled_at_once_while_another_project_renders(studio: Studio) -> None:
    one, two = studio.planned(), studio.planned()
    there, go_on = hold_at_step(studio, 0)
    studio.service.render(one.id)
    assert there.wait(20)
    studio.service.render(two.id)
    assert studio.service.cancel(two.id) == 1
    assert studio.service.view(two.id)["job"]["status"] == "cancelled"
    go_on.set()
    studio.settled(one.id)
    assert studio.states(one.id) == ["rendered"] * 3
    assert studio.states(two.id) == ["missing"] * 3


def test_the_planner_does_not_overwrite_an_edit_made_meanwhile(studio: Studio) -> None:
    busy, mine = studio.planned(), studio.planned()
    there, go_on = hold_at_step(studio, 0)
    studio.service.render(busy.id)
    assert there.wait(20)
    studio.service.plan(mine.id, mine.revision, STORY, seed=9)
    first = mine.plan.events[0].id
    studio.service.edit(mine.id, mine.revision, lambda p: editing.edited_event(p, first, caption="my own words"))
    go_on.set()
    done = studio.settled(mine.id)
    assert done.event(first).caption == "my own words"
    job = studio.service.view(mine.id)["job"]
    assert job["status"] == "failed" and "was not used" in job["text"]


def test_regenerating_during_a_render_waits_and_both_happen(studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    there, go_on = hold_at_step(studio, 2)
    studio.service.render(project.id)
    assert there.wait(20)
    studio.service.regenerate(project.id, first)
    go_on.set()
    done = studio.settled(project.id)
    assert len(done.takes[first]) == 2
    assert done.event(first).seed == done.chosen_take(first).seed != project.event(first).seed


def test_a_second_render_of_a_busy_project_is_refused_in_words(studio: Studio) -> None:
    project = studio.planned()
    there, go_on = hold_at_step(studio, 0)
    studio.service.render(project.id)
    assert there.wait(20)
    with pytest.raises(ProjectError, match="busy"):
        studio.service.render(project.id)
    go_on.set()
    studio.settled(project.id)


def test_only_one_thread_ever_renders(studio: Studio) -> None:
    projects = [studio.planned() for _ in range(3)]
    for project in projects:
        studio.service.render(project.id)
    for project in projects:
        studio.settled(project.id)
    assert len(studio.renderer.threads) == 1
    wait_until(lambda: all(studio.states(p.id) == ["rendered"] * 3 for p in projects))
