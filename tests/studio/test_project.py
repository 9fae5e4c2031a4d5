"""Laws of a project: what an edit makes stale, what it leaves alone, and that takes are never lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.arrangement import Arrangement
from pipeline.errors import PlanError, ProjectError
from pipeline.timeline import Event, Story, Timeline
from studio import codec, editing, states
from studio.project import Project
from studio.states import Model, State

SKETCH = Model("sketch")  # hears an event in its story
DEAF = Model("sketch", contextual=False)  # hears its caption alone


def made(events: int = 4, *, renderer: Model = SKETCH) -> Project:
    """A project in which every event has the take that it asks for."""
    timeline = Timeline(
        story=Story(text="a story", duration_s=8.0),
        events=tuple(Event(caption=f"sound {i}", duration_s=2.0, id=f"e{i}", seed=i) for i in range(events)),
    )
    project = Project(id="0" * 32, arrangement=Arrangement(timeline=timeline))
    for index in range(events):
        record = states.record_for(project, f"e{index}", renderer=renderer, rate_hz=8_000, samples=20_000)
        project = editing.with_take(project, record)
    return project


def standings(project: Project, renderer: Model | None = SKETCH) -> list[State]:
    """The state of every event."""
    return [states.state_of(project, i, renderer=renderer) for i in range(len(project.plan.events))]


R, S, C, M = State.RENDERED, State.STALE, State.CONTEXT, State.MISSING


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda p: p, [R, R, R, R]),
        (lambda p: editing.edited_event(p, "e1", caption="other"), [R, S, C, C]),
        (lambda p: editing.edited_event(p, "e1", duration_s=3.0), [R, S, C, C]),
        (lambda p: editing.edited_event(p, "e1", seed=99), [R, S, R, R]),
        (lambda p: editing.edited_event(p, "e1", tone="eerie"), [R, S, C, C]),
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


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda p: editing.edited_event(p, "e1", caption="other"), [R, S, R, R]),
        (lambda p: editing.edited_event(p, "e1", duration_s=3.0), [R, S, R, R]),
        (lambda p: editing.edited_event(p, "e1", negative="wind"), [R, S, R, R]),
        (lambda p: editing.edited_event(p, "e1", tone="eerie"), [R, R, R, R]),
        (lambda p: editing.moved_event(p, "e3", to=1), [R, R, R, R]),
        (lambda p: editing.deleted_event(p, "e2"), [R, R, R]),
        (lambda p: editing.added_event(p, caption="new", after="e1"), [R, R, M, R, R]),
        (lambda p: editing.options_set(p, "e1", alone=True), [R, R, R, R]),
        (lambda p: editing.with_settings(p, steps=7, guidance=1.0), [S, S, S, S]),
    ],
)
@pytest.mark.parametrize("maker", [DEAF, SKETCH])  # takes of a version that did not tell the two apart stay good
def test_for_a_model_that_hears_captions_alone_an_edit_changes_its_own_event_only(edit, expected, maker) -> None:
    assert standings(edit(made(renderer=maker)), DEAF) == expected


def test_a_take_that_recorded_no_tone_is_not_stale_for_one() -> None:
    project = editing.edited_event(made(), "e1", tone="eerie")
    told = states.record_for(project, "e1", renderer=SKETCH, rate_hz=8_000, samples=20_000)
    project = editing.with_take(project, told)
    assert standings(editing.edited_event(project, "e1", tone="calm"))[1] is S
    data = json.loads(codec.dumps(project))
    for take in data["takes"]["e1"]:
        del take["tone"]  # as in the file of a version that knew none
    older = codec.loads(json.dumps(data))
    assert older.chosen_take("e1").tone is None
    for tone in ("eerie", "calm"):
        assert states.reasons_stale(editing.edited_event(older, "e1", tone=tone), 1, renderer=SKETCH) == []
    assert codec.loads(codec.dumps(older)) == older


def test_while_no_model_is_loaded_takes_stand_as_they_were_made() -> None:
    edited = lambda p: editing.edited_event(p, "e1", caption="other")  # noqa: E731
    assert standings(edited(made()), None) == [R, S, C, C]
    assert standings(edited(made(renderer=DEAF)), None) == [R, S, R, R]


def test_the_same_caption_is_the_same_take_anywhere_in_a_story_that_is_not_heard() -> None:
    one, other = made(renderer=DEAF), editing.edited_event(made(renderer=DEAF), "e0", caption="other")
    keys = lambda p, m: states.record_for(p, "e2", renderer=m, rate_hz=8_000, samples=9).key  # noqa: E731
    assert keys(one, DEAF) == keys(other, DEAF) and keys(one, SKETCH) != keys(other, SKETCH)


def test_a_negative_caption_is_its_events_own_and_makes_another_take() -> None:
    project = editing.edited_event(made(), "e1", negative="  distant   traffic ")
    assert project.event("e1").negative == "distant traffic"
    assert standings(project) == [R, S, R, R]  # those after it do not hear it
    assert states.reasons_stale(project, 1) == ["the negative caption changed"]
    record = states.record_for(project, "e1", renderer=SKETCH, rate_hz=8_000, samples=20_000)
    assert record.negative == "distant traffic" and record.key != made().chosen_take("e1").key
    assert standings(editing.with_take(project, record)) == [R] * 4
    plain = editing.edited_event(project, "e1", negative="")
    assert standings(plain) == [R] * 4
    back = editing.using_settings(editing.with_take(plain, record), "e1", record.id)
    assert back.event("e1").negative == "distant traffic"
    assert codec.loads(codec.dumps(project)) == project
    with pytest.raises(PlanError, match="a negative caption has 4,000 characters"):
        editing.edited_event(project, "e1", negative="x" * 4_000)


def test_an_edit_taken_back_is_not_stale_any_more() -> None:
    project = made()
    there = editing.edited_event(project, "e1", caption="other")
    assert standings(editing.edited_event(there, "e1", caption="sound 1")) == [R, R, R, R]


def test_render_never_asks_for_events_whose_context_alone_changed() -> None:
    project = editing.edited_event(made(), "e1", caption="other")
    assert states.wanting(project, renderer=SKETCH) == ["e1"]


def test_another_model_makes_everything_stale_and_says_so() -> None:
    project = made()
    assert states.reasons_stale(project, 0, renderer=Model("other")) == ["another model is loaded"]
    assert standings(project) == [R] * 4


def test_reasons_are_words() -> None:
    project = editing.edited_event(made(), "e1", caption="other", duration_s=1.5)
    assert states.reasons_stale(project, 1) == ["the caption changed", "the duration changed"]


def test_an_earlier_take_can_be_chosen_again_and_brings_its_seed() -> None:
    project = made()
    old = project.chosen_take("e1")
    fresh = editing.edited_event(project, "e1", seed=5)
    record = states.record_for(fresh, "e1", renderer=SKETCH, rate_hz=8_000, samples=20_000)
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
    record = states.record_for(changed, "e1", renderer=SKETCH, rate_hz=8_000, samples=20_000)
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
