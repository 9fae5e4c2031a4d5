"""Laws of undo: everything can be taken back and brought again, over restarts and renders; no take is ever lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import AudioStoryError, ProjectError, StaleRevision
from studio import codec, editing, history, journal, states
from studio.project import Project
from studio.states import Model
from studio.store import Store
from tests.studio.conftest import Studio
from tests.studio.test_project import made

Edit = Callable[[Project], Project]


def said(project: Project) -> history.State:
    """All that undo is about."""
    return history.state_of(project)


def begun(root: Path) -> tuple[Store, str]:
    """A store with a project of four rendered events (their files are not there)."""
    store = Store(root)
    new = store.create()
    store.absorb(new.id, lambda p: replace(made(), id=p.id), label="begin")
    return store, new.id


def edits(draw: Callable[..., int]) -> list[Edit]:
    """Edits of every kind, on whatever is there; each may be refused."""

    def on(project: Project, number: int) -> str:
        ids = [event.id for event in project.plan.events] or ["none"]
        return ids[number % len(ids)]

    def clip(project: Project, number: int) -> str:
        ids = [clip.id for lane in project.begun.lanes for clip in lane.clips] or ["none"]
        return ids[number % len(ids)]

    n = draw()
    return [
        lambda p: editing.edited_event(p, on(p, n), caption=f"words {n}"),
        lambda p: editing.edited_event(p, on(p, n), duration_s=1.0 + n % 5),
        lambda p: editing.moved_event(p, on(p, n), to=n % 4),
        lambda p: editing.deleted_event(p, on(p, n)),
        lambda p: editing.added_event(p, caption=f"new {n}"),
        lambda p: editing.split_event(p, on(p, n), at_s=0.5),
        lambda p: editing.with_seam(p, on(p, n), length_s=n / 10),
        lambda p: editing.with_settings(p, steps=1 + n, guidance=1.0),
        lambda p: editing.titled(p, f"title {n}"),
        lambda p: editing.options_set(p, on(p, n), locked=bool(n % 2), steps=1 + n),
        lambda p: editing.added_clip(p, "", caption=f"bed {n}", start_s=n / 3, duration_s=2.0),
        lambda p: editing.moved_clip(p, clip(p, n), start_s=n / 7),
        lambda p: editing.duplicated(p, [clip(p, n)]),
        lambda p: editing.removed_items(p, [clip(p, n)]),
        lambda p: editing.split_at(p, [clip(p, n)], at_s=n / 2),
        lambda p: editing.strips_set(p, [on(p, n)], gain_db=-float(n), solo=bool(n % 2)),
        lambda p: editing.added_marker(p, at_s=n / 2, name=f"marker {n}"),
        lambda p: editing.mastered(p, gain_db=-float(n)),
        lambda p: editing.with_story_fade(p, end=bool(n % 2), length_s=n / 10),
        lambda p: editing.carrying(p, editing.edited_event(p, on(p, n), duration_s=2.0 + n % 3)),
        lambda p: editing.trashed_take(p, on(p, n), p.takes[on(p, n)][0].id),
        lambda p: editing.favoured(p, on(p, n), p.takes[on(p, n)][0].id, on=True),
    ]


STEPS = st.lists(st.tuples(st.integers(0, 21), st.integers(0, 12)), min_size=1, max_size=14)


@given(STEPS)
@settings(max_examples=40)
def test_any_edits_and_then_undoing_all_of_them_gives_the_first_project_and_redoing_the_last(steps) -> None:
    project = made()
    past, first = history.History([said(project)]), said(project)
    for which, number in steps:
        try:
            project = edits(lambda number=number: number)[which](project)
        except (AudioStoryError, KeyError):  # KeyError: the sketch of an edit asked for the takes of a new event
            continue
        past.step(said(project), "edit")
        assert said(history.restored(project, past.present)) == said(project)
        assert history.restored(project, past.present) == project
    last, takes = said(project), project.takes
    while past.undo_label:
        past.undo()
        project = history.restored(project, past.present)
    assert said(project) == first and project.takes == takes
    while past.redo_label:
        past.redo()
        project = history.restored(project, past.present)
    assert said(project) == last


@given(STEPS)
@settings(max_examples=25)
def test_a_journal_tells_the_same_history(steps) -> None:
    project = made()
    past = history.History([said(project)])
    lines = list(past.lines())
    for which, number in steps:
        try:
            project = edits(lambda number=number: number)[which](history.restored(project, past.present))
        except (AudioStoryError, KeyError):
            if past.at:
                lines.append(past.undo())
            continue
        line = past.arrived(said(project), "take", tag="7") if which % 5 == 0 else past.step(said(project), "edit")
        lines += [line] if line else []
    for told in (lines, list(past.lines())):
        again = history.replay(json.loads(json.dumps(told)))
        assert (again.states, again.labels, again.at) == (past.states, past.labels, past.at)


def test_ten_steps_undone_and_redone_give_equal_projects_over_a_restart(tmp_path: Path) -> None:
    store, pid = begun(tmp_path)
    seen = [store.get(pid)]
    for n in range(10):
        caption = f"words {n}"
        store.edit(
            pid,
            lambda p, c=caption: editing.edited_event(p, "e1", caption=c),
            revision=seen[-1].revision,
            label=caption,
        )
        seen.append(store.get(pid))
    store = Store(tmp_path)
    assert store.get(pid) == seen[-1] and store.steps(pid)[0] == "words 9"
    for n in range(10, 0, -1):
        assert store.steps(pid)[0] == f"words {n - 1}"
        assert said(store.undo(pid, revision=store.get(pid).revision)) == said(seen[n - 1])
    store = Store(tmp_path)
    assert store.steps(pid)[1] == "words 0"
    for n in range(1, 11):
        assert said(store.redo(pid, revision=store.get(pid).revision)) == said(seen[n])
    with pytest.raises(ProjectError, match="nothing to redo"):
        store.redo(pid, revision=store.get(pid).revision)


def test_undo_needs_the_newest_revision_and_uses_one_up(tmp_path: Path) -> None:
    store, pid = begun(tmp_path)
    first = store.get(pid)
    store.edit(pid, lambda p: editing.edited_event(p, "e1", caption="a"), revision=first.revision)
    with pytest.raises(StaleRevision):
        store.undo(pid, revision=first.revision)
    assert store.undo(pid, revision=first.revision + 1).revision == first.revision + 2


def test_undo_over_a_render_takes_back_what_is_heard_and_never_a_take(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    studio.service.regenerate(project.id, event)
    done = studio.settled(project.id)
    assert studio.service.store.steps(project.id)[0] == "new take of event 1"
    back = studio.service.undo(project.id, done.revision)
    assert back.chosen == project.chosen and back.event(event).seed == project.event(event).seed
    assert len(back.takes[event]) == 2 and studio.states(project.id) == ["rendered"] * 3
    assert studio.service.redo(project.id, back.revision).chosen == done.chosen


def test_a_render_of_several_events_is_one_step(studio: Studio) -> None:
    project = studio.rendered()
    assert studio.service.store.steps(project.id) == ("render", None, 2, 0)
    back = studio.service.undo(project.id, project.revision)
    assert not back.chosen and all(back.takes.values()) and studio.states(project.id) == ["missing"] * 3


def test_a_take_that_arrives_while_something_can_be_redone_loses_neither(tmp_path: Path) -> None:
    store, pid = begun(tmp_path)
    revision = store.get(pid).revision
    store.edit(pid, lambda p: editing.edited_event(p, "e1", caption="other"), revision=revision)
    project = store.undo(pid, revision=revision + 1)
    fresh = editing.edited_event(project, "e2", seed=77)
    record = states.record_for(fresh, "e2", renderer=Model("sketch"), rate_hz=8_000, samples=20_000)
    store.absorb(pid, lambda p: editing.with_take(p, record, seed=77), tag="5")
    done = Store(tmp_path).redo(pid, revision=revision + 2)
    assert done.event("e1").caption == "other"
    assert done.chosen["e2"] == record.id and done.event("e2").seed == 77


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff\xff\n", b'{"base": []}\n'])
def test_a_damaged_history_costs_undo_and_not_the_project(tmp_path: Path, damage: bytes) -> None:
    store, pid = begun(tmp_path)
    store.edit(pid, lambda p: editing.edited_event(p, "e1", caption="a"), revision=0)
    (tmp_path / pid / journal.NAME).write_bytes(damage)
    again = Store(tmp_path)
    assert again.get(pid) == store.get(pid) and again.steps(pid)[:2] == (None, None)
    again.edit(pid, lambda p: editing.edited_event(p, "e1", caption="b"), revision=1)
    assert Store(tmp_path).undo(pid, revision=2).event("e1").caption == "a"


def test_a_line_that_was_never_confirmed_is_cut_off(tmp_path: Path) -> None:
    store, pid = begun(tmp_path)
    store.edit(pid, lambda p: editing.edited_event(p, "e1", caption="a"), revision=0)
    path = tmp_path / pid / journal.NAME
    path.write_bytes(path.read_bytes() + b'{"do": "half a li')
    again = Store(tmp_path)
    again.edit(pid, lambda p: editing.edited_event(p, "e1", caption="b"), revision=1)
    assert Store(tmp_path).undo(pid, revision=2).event("e1").caption == "a"


def test_a_journal_full_of_dead_ends_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, pid = begun(tmp_path)
    for n in range(60):
        revision = store.get(pid).revision
        store.edit(pid, lambda p, n=n: editing.edited_event(p, "e1", caption=f"{n}" * 150), revision=revision)
        store.undo(pid, revision=revision + 1)
    path = tmp_path / pid / journal.NAME
    before = path.stat().st_size
    monkeypatch.setattr(journal, "_ROOM", 0)
    again = Store(tmp_path)
    assert again.get(pid) == store.get(pid)
    assert path.stat().st_size < before / 2
    assert Store(tmp_path).redo(pid, revision=again.get(pid).revision).event("e1").caption == "59" * 150


def test_a_project_of_the_first_version_is_read(tmp_path: Path) -> None:
    store, pid = begun(tmp_path)
    data = json.loads(codec.dumps(store.get(pid)))
    for name in ("title", "arrangement", "clip_sources", "sources", "options", "favourites", "trashed", "rate_hz",
                 "journal"):  # fmt: skip
        del data[name]
    for takes in data["takes"].values():
        for take in takes:
            for name in ("parent", "strength", "source", "name"):
                del take[name]
    data["schema"] = "audiostory.project/1"
    old = tmp_path / pid / "project.json"
    old.write_text(json.dumps(data))
    shutil.rmtree(tmp_path / pid / journal.NAME, ignore_errors=True)
    assert replace(Store(tmp_path).get(pid), rate_hz=48_000) == store.get(pid)
