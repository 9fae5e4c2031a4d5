"""Laws of a project: what an edit makes stale, what it leaves alone, and that takes are never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.arrangement import Arrangement
from pipeline.errors import PlanError, ProjectError
from pipeline.timeline import Event, Story, Timeline
from studio import codec, editing, states
from studio.project import Project
from studio.states import State


def made(events: int = 4) -> Project:
    """A project in which every event has the take that it asks for."""
    timeline = Timeline(
        story=Story(text="a story", duration_s=8.0),
        events=tuple(Event(caption=f"sound {i}", duration_s=2.0, id=f"e{i}", seed=i) for i in range(events)),
    )
    project = Project(id="0" * 32, arrangement=Arrangement(timeline=timeline))
    for index in range(events):
        record = states.record_for(project, f"e{index}", renderer="sketch", rate_hz=8_000, samples=20_000)
        project = editing.with_take(project, record)
    return project


def standings(project: Project) -> list[State]:
    """The state of every event."""
    return [states.state_of(project, i, renderer="sketch") for i in range(len(project.plan.events))]


R, S, C, M = State.RENDERED, State.STALE, State.CONTEXT, State.MISSING


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda p: p, [R, R, R, R]),
        (lambda p: editing.edited_event(p, "e1", caption="other"), [R, S, C, C]),
        (lambda p: editing.edited_event(p, "e1", duration_s=3.0), [R, S, C, C]),
        (lambda p: editing.edited_event(p, "e1", seed=99), [R, S, R, R]),
        (lambda p: editing.moved_event(p, "e3", to=1), [R, C, C, C]),
        (lambda p: editing.deleted_event(p, "e2"), [R, R, C]),
        (lambda p: editing.added_event(p, caption="new", after="e1"), [R, R, M, C, C]),
        (lambda p: editing.split_event(p, "e2", at_s=0.5), [R, R, S, M, C]),
        (lambda p: editing.with_seam(p, "e0", length_s=0.1), [R, R, R, R]),
        (lambda p: editing.with_seam(p, "e0", length_s=2.0), [S, R, R, R]),
        (lambda p: editing.with_seam(p, "e0", curve="linear"), [R, R, R, R]),
        (lambda p: editing.with_settings(p, steps=7, guidance=1.0), [S, S, S, S]),
    ],
)
def test_an_edit_makes_stale_what_it_changes_and_marks_what_follows(edit, expected) -> None:
    assert standings(edit(made())) == expected


def test_an_edit_taken_back_is_not_stale_any_more() -> None:
    project = made()
    there = editing.edited_event(project, "e1", caption="other")
    assert standings(editing.edited_event(there, "e1", caption="sound 1")) == [R, R, R, R]


def test_render_never_asks_for_events_whose_context_alone_changed() -> None:
    project = editing.edited_event(made(), "e1", caption="other")
    assert states.wanting(project, renderer="sketch") == ["e1"]


def test_another_model_makes_everything_stale_and_says_so() -> None:
    project = made()
    assert states.reasons_stale(project, 0, renderer="other") == ["another model is loaded"]
    assert standings(project) == [R] * 4


def test_reasons_are_words() -> None:
    project = editing.edited_event(made(), "e1", caption="other", duration_s=1.5)
    assert states.reasons_stale(project, 1) == ["the caption changed", "the duration changed"]


def test_an_earlier_take_can_be_chosen_again_and_brings_its_seed() -> None:
    project = made()
    old = project.chosen_take("e1")
    fresh = editing.edited_event(project, "e1", seed=5)
    record = states.record_for(fresh, "e1", renderer="sketch", rate_hz=8_000, samples=20_000)
    both = editing.with_take(project, record, seed=5)
    assert both.event("e1").seed == 5 and len(both.takes["e1"]) == 2
    back = editing.choosing(both, "e1", old.id)
    assert back.event("e1").seed == old.seed and back.chosen_take("e1") == old
    assert standings(back) == [R] * 4 and len(back.takes["e1"]) == 2


def test_a_take_of_another_event_cannot_be_chosen() -> None:
    project = made()
    with pytest.raises(ProjectError, match="does not belong"):
        editing.choosing(project, "e1", project.chosen["e2"])


def test_edits_and_arriving_takes_commute() -> None:
    project = made()
    changed = editing.edited_event(project, "e1", seed=77)
    record = states.record_for(changed, "e1", renderer="sketch", rate_hz=8_000, samples=20_000)
    edits = [
        lambda p: editing.edited_event(p, "e2", caption="other"),
        lambda p: editing.moved_event(p, "e0", to=3),
        lambda p: editing.deleted_event(p, "e3"),
        lambda p: editing.deleted_event(p, "e1"),
        lambda p: editing.with_seam(p, "e0", length_s=0.2),
    ]
    for edit in edits:
        one = editing.with_take(edit(project), record, seed=77)
        two = edit(editing.with_take(project, record, seed=77))
        assert one.timeline == two.timeline and one.takes == two.takes


def test_a_new_plan_inherits_no_takes() -> None:
    project = made()
    again = editing.planned(project, project.plan, seed=3)
    assert standings(again) == [M] * 4
    assert set(again.takes) == {"e0", "e1", "e2", "e3"}


@pytest.mark.parametrize("caption", ["", "   ", "x" * 4_000])
def test_a_bad_caption_is_refused_in_words(caption: str) -> None:
    with pytest.raises(PlanError, match="caption"):
        editing.edited_event(made(), "e1", caption=caption)


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), 0.0, -1.0, 10_000.0])
def test_a_bad_duration_is_refused_in_words(duration_s: float) -> None:
    with pytest.raises(PlanError, match="duration"):
        editing.edited_event(made(), "e1", duration_s=duration_s)


def test_the_last_event_has_no_crossfade_after_it() -> None:
    with pytest.raises(ProjectError, match="no crossfade"):
        editing.with_seam(made(), "e3", length_s=0.2)


@pytest.mark.parametrize("events", [0, 1, 4])
def test_json_brings_the_project_back(events: int) -> None:
    project = made(4)
    for event in project.plan.events[events:]:
        project = editing.deleted_event(project, event.id)
    assert codec.loads(codec.dumps(project)) == project
    bare = replace(project, arrangement=None)
    assert codec.loads(codec.dumps(bare)) == bare


def test_an_event_added_to_an_empty_timeline_starts_one() -> None:
    project = editing.added_event(Project(id="0" * 32), caption="a bell", duration_s=3.0)
    assert [e.caption for e in project.plan.events] == ["a bell"]
