"""Laws of the desk: lanes, clips, seams, several things at once, and what moves along with the story."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.arrangement import Ducking, Fit
from pipeline.errors import AudioStoryError, MixError, PlanError, ProjectError
from pipeline.timeline import Timeline
from studio import editing, replanning
from studio.project import Project
from tests.studio.test_project import made


def with_bed(start_s: float = 1.0) -> tuple[Project, str]:
    """Four events of 2 s and a bed of 3 s in a lane of its own."""
    project = editing.added_clip(made(), "", caption="a bed", start_s=start_s, duration_s=3.0)
    return project, project.desk.lanes[0].clips[0].id


def starts(project: Project) -> list[float]:
    """Where the clips begin."""
    return [clip.start_s for lane in project.desk.lanes for clip in lane.clips]


def durations(project: Project) -> list[float]:
    return [event.duration_s for event in project.plan.events]


def test_a_bed_comes_with_a_lane_a_source_and_a_name() -> None:
    project, clip = with_bed()
    lane, found = project.desk.clip(clip)
    assert (lane.name, found.name, project.sources[found.source].caption) == ("a bed",) * 3
    renamed = editing.material_with(project, clip, caption="wind")
    assert renamed.desk.clip(clip)[1].name == "wind" == renamed.sources[found.source].caption


def test_copies_share_their_source_until_one_is_detached() -> None:
    project, clip = with_bed()
    twice = editing.duplicated(project, [clip])
    one, two = twice.desk.lanes[0].clips
    assert one.source == two.source and two.start_s == one.end_s
    own = editing.detached_clip(twice, two.id)
    assert own.desk.clip(two.id)[1].source != one.source and len(own.sources) == 2


def test_a_source_leaves_with_its_last_clip_and_its_takes_stay() -> None:
    project, clip = with_bed()
    gone = editing.removed_items(project, [clip, "e1"])
    assert not gone.sources and [e.id for e in gone.plan.events] == ["e0", "e2", "e3"] and set(gone.takes) >= {"e1"}


def test_a_split_clip_goes_on_where_it_was_cut() -> None:
    project, clip = with_bed()
    cut = editing.split_at(project, [clip], at_s=2.5)
    one, two = cut.desk.lanes[0].clips
    assert (one.start_s, one.duration_s, two.start_s, two.offset_s, two.duration_s) == (1.0, 1.5, 2.5, 1.5, 1.5)


def test_a_split_without_a_selection_cuts_the_event_there() -> None:
    project, _ = with_bed()
    assert durations(editing.split_at(project, [], at_s=2.5)) == [2.0, 0.5, 1.5, 2.0, 2.0]
    with pytest.raises(ProjectError, match="nothing"):
        editing.split_at(project, [], at_s=100.0)


def test_a_ripple_moves_what_follows_and_a_roll_keeps_the_total() -> None:
    project = made()
    assert durations(editing.edge_moved(project, "e1", end=True, by_s=0.5, roll=False)) == [2.0, 2.5, 2.0, 2.0]
    assert durations(editing.edge_moved(project, "e1", end=True, by_s=0.5, roll=True)) == [2.0, 2.5, 1.5, 2.0]
    assert durations(editing.edge_moved(project, "e1", end=False, by_s=0.5, roll=True)) == [2.5, 1.5, 2.0, 2.0]
    with pytest.raises(ProjectError, match="neighbour"):
        editing.edge_moved(project, "e3", end=True, by_s=0.5, roll=True)
    with pytest.raises(PlanError, match="shorter"):
        editing.edge_moved(project, "e1", end=True, by_s=0.5, roll=False).event("e1") and editing.edge_moved(
            project, "e1", end=True, by_s=-2.0, roll=False
        )


def test_nudged_events_slide_as_a_block_and_the_total_stays() -> None:
    project = made()
    assert durations(editing.nudged(project, ["e1", "e2"], by_s=0.25)) == [2.25, 2.0, 2.0, 1.75]
    with pytest.raises(ProjectError, match="first event"):
        editing.nudged(project, ["e0"], by_s=0.1)


def test_clips_are_nudged_together_or_not_at_all() -> None:
    project, clip = with_bed()
    assert starts(editing.nudged(project, [clip], by_s=0.5)) == [1.5]
    with pytest.raises(ProjectError, match="before"):
        editing.nudged(project, [clip], by_s=-1.5)


def test_what_lies_under_an_event_moves_along_when_asked() -> None:
    project, _ = with_bed(start_s=4.5)
    project = editing.added_marker(project, at_s=6.5, name="here")
    longer = editing.edited_event(project, "e0", duration_s=3.0)
    assert starts(longer) == [4.5]
    carried = editing.carrying(project, longer)
    assert starts(carried) == [5.5] and carried.desk.markers[0].at_s == 7.5
    moved = editing.carrying(project, editing.moved_event(project, "e2", to=0))
    assert starts(moved) == [0.5]
    deleted = editing.carrying(project, editing.deleted_event(project, "e2"))
    assert starts(deleted) == [4.0] and deleted.desk.markers[0].at_s == 4.5


def test_strips_of_several_are_set_at_once_and_locks_too() -> None:
    project, clip = with_bed()
    done = editing.strips_set(project, ["e0", clip], gain_db=-6.0, mute=True, locked=True)
    assert done.desk.strip_of("e0").gain_db == done.desk.clip(clip)[1].strip.gain_db == -6.0
    assert done.options_of("e0").locked and done.options_of(done.owner(clip)).locked


def test_lanes_are_named_moved_ducked_and_removed() -> None:
    project, _ = with_bed()
    project = editing.added_lane(project, name="spots")
    bed, spots = (lane.id for lane in project.desk.lanes)
    project = editing.ducked(editing.lane_with(project, bed, name="wind", gain_db=-9.0), bed, Ducking())
    lane = editing.moved_lane(project, bed, to=1).desk.lanes[1]
    assert (lane.name, lane.strip.gain_db, lane.duck) == ("wind", -9.0, Ducking())
    assert [lane.id for lane in editing.removed_lane(project, bed).desk.lanes] == [spots]
    assert not editing.removed_lane(project, bed).sources


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: editing.lane_with(p, "story", name="mine"),
        lambda p: editing.removed_lane(p, "story"),
        lambda p: editing.mastered(p, gain_db=100.0),
        lambda p: editing.added_lane(p, name="  "),
        lambda p: editing.clip_with(p, p.desk.lanes[0].clips[0].id, duration_s=0.0),
        lambda p: editing.clip_with(p, p.desk.lanes[0].clips[0].id, pan=3.0),
        lambda p: editing.added_marker(p, at_s=-1.0, name="x"),
        lambda p: editing.removed_items(p, []),
        lambda p: editing.removed_items(p, ["e0", "gone"]),
        lambda p: editing.options_set(p, "e0", variations=5),
        lambda p: editing.options_set(p, "e0", steps=0),
        lambda p: editing.titled(p, "x" * 500),
    ],
)
def test_what_cannot_be_is_refused_in_words(edit) -> None:
    with pytest.raises(AudioStoryError):
        edit(with_bed()[0])


def test_a_lane_may_come_before_the_story() -> None:
    project = editing.added_clip(Project(id="0" * 32), "", caption="rain", start_s=0.0, duration_s=4.0)
    assert project.plan.events == () and starts(project) == [0.0]
    assert [e.caption for e in editing.added_event(project, caption="a bell").plan.events] == ["a bell"]


def test_a_clip_may_loop_and_one_from_a_take_has_its_audio() -> None:
    project, clip = with_bed()
    assert editing.clip_with(project, clip, fit=Fit.LOOP, duration_s=30.0).desk.clip(clip)[1].duration_s == 30.0
    take = project.chosen_take("e0")
    placed = editing.clip_of_take(project, project.desk.lanes[0].id, take, start_s=9.0)
    new = placed.desk.lanes[0].clips[-1]
    assert placed.chosen_take(new.source).file == take.file and new.duration_s == 2.5
    with pytest.raises(MixError, match="no lane"):
        editing.clip_of_take(project, "gone", take, start_s=9.0)


# ---- a plan around locked events


def plan_of(*captions: str, total_s: float = 8.0) -> Timeline:
    story = replace(made().plan.story, duration_s=total_s)
    events = [replace(made().plan.events[0], id=f"n{i}", caption=c, duration_s=total_s / len(captions))
              for i, c in enumerate(captions)]  # fmt: skip
    return Timeline(story=story, events=tuple(events))


def test_a_locked_event_replaces_the_one_that_it_resembles_and_the_total_stays() -> None:
    project = editing.edited_event(made(), "e2", caption="a dog barks", duration_s=3.0)
    project = editing.options_set(project, "e2", locked=True)
    locked = [project.event("e2")]
    fitted = replanning.around_locked(plan_of("rain", "a big dog barks", "wind"), locked, project)
    assert [event.caption for event in fitted.events] == ["rain", "a dog barks", "wind"]
    assert durations(replace(project, arrangement=replace(project.desk, timeline=fitted))) == [2.5, 3.0, 2.5]
    planned = editing.planned(project, fitted, seed=4)
    assert planned.event("e2") == locked[0] and planned.chosen_take("e2") is not None


def test_locked_events_keep_their_order_even_where_there_are_more_of_them_than_new_ones() -> None:
    project = editing.strips_set(made(), ["e0", "e1", "e3"], locked=True)
    fitted = replanning.around_locked(plan_of("sound 3", "x"), [project.event(i) for i in ("e0", "e1", "e3")], project)
    assert [event.id for event in fitted.events] == ["e0", "e1", "e3"]


def test_locked_events_that_leave_no_time_are_told() -> None:
    project = editing.strips_set(made(), ["e0", "e1"], locked=True)
    with pytest.raises(PlanError, match="no time"):
        replanning.around_locked(plan_of("a", "b", "c", total_s=4.0), [project.event(i) for i in ("e0", "e1")], project)
