"""What the planner does for a project: around locked events, more of a story, a finer split, other words."""

from __future__ import annotations

import pytest

from pipeline.errors import PlanError, ProjectError, StaleRevision
from pipeline.timeline import Story
from studio import editing
from tests.studio.conftest import STORY, Studio


def test_planning_again_keeps_locked_events_with_their_takes(studio: Studio) -> None:
    project = studio.rendered()
    car = project.plan.events[1]
    locked = studio.service.edit(
        project.id, project.revision, lambda p: editing.options_set(p, car.id, locked=True)
    )  # fmt: skip
    studio.service.plan_again(project.id, locked.revision)
    done = studio.settled(project.id)
    assert done.event(car.id) == car and done.chosen_take(car.id) is not None
    assert [event.caption for event in done.plan.events] == ["rain", "a passing car", "thunder"]
    assert studio.states(project.id) == ["missing", "context", "missing"]
    assert "did not know" in studio.service.view(project.id)["job"]["text"]
    assert studio.service.store.steps(project.id)[0] == "plan"


def test_continuing_appends_events_and_tells_the_story_on(studio: Studio) -> None:
    project = studio.rendered()
    studio.service.continue_story(project.id, project.revision, Story(text="a door; steps", duration_s=4.0))
    done = studio.settled(project.id)
    assert [event.caption for event in done.plan.events][3:] == ["a door", "steps"]
    assert done.plan.story.text.endswith("a door; steps") and done.plan.story.duration_s == 10.0
    assert len({event.id for event in done.plan.events}) == 5


def test_an_event_is_split_by_the_planner_and_the_total_stays(studio: Studio) -> None:
    project = studio.planned(Story(text="rain; wind", duration_s=6.0))
    first = project.plan.events[0].id
    told = studio.service.edit(
        project.id, project.revision, lambda p: editing.edited_event(p, first, caption="a dog; a cat; a cow")
    )
    studio.service.split_by_planner(project.id, told.revision, first)
    done = studio.settled(project.id)
    assert [event.caption for event in done.plan.events] == ["a dog", "a cat", "a cow", "wind"]
    assert done.plan.duration_s == pytest.approx(6.0)


def test_a_caption_of_one_sound_is_not_split_and_that_is_told(studio: Studio) -> None:
    project = studio.planned()
    studio.service.split_by_planner(project.id, project.revision, project.plan.events[0].id)
    assert studio.settled(project.id) == project
    assert "one sound" in studio.service.view(project.id)["job"]["text"]


def test_offers_of_other_words_change_nothing_and_are_shown(studio: Studio, planner) -> None:
    project = studio.planned()
    real, words = planner.plan, iter(["rain", "hail", "hail", "drizzle", "a shower", "a storm"])

    def plan(story: Story, **rest):
        return real(Story(text=next(words), duration_s=story.duration_s), **rest)

    planner.plan = plan
    event = project.plan.events[0].id
    studio.service.rewrite(project.id, event)
    assert studio.settled(project.id) == project
    offers = studio.service.view(project.id)["offers"]
    assert (offers["id"], offers["captions"]) == (event, ["hail", "drizzle", "a shower"]) and offers["number"] > 0


def test_a_renderer_that_knows_other_words_is_asked_for_them_and_not_the_planner(studio: Studio, planner) -> None:
    project = studio.planned()
    asked = []

    def wordings(caption: str, *, count: int, seed: int) -> list[str]:
        asked.append((caption, count, seed >= 0))
        return ["drizzle", "a shower"]

    studio.renderer.wordings = wordings  # type: ignore[attr-defined]
    planner.plan = None
    studio.service.rewrite(project.id, project.plan.events[0].id)
    assert studio.settled(project.id) == project and asked == [("rain", 3, True)]
    view = studio.service.view(project.id)
    assert view["offers"]["captions"] == ["drizzle", "a shower"] and "2 other captions" in view["job"]["text"]


@pytest.mark.parametrize(
    ("text", "joined"), [("Rain", "Rain. A door"), ("Rain.", "Rain. A door"), ("Rain!", "Rain! A door")]
)
def test_a_story_goes_on_after_a_full_stop(text: str, joined: str) -> None:
    assert editing.told_on(Story(text=text, duration_s=2), Story(text="A door", duration_s=3)).text == joined


def test_a_planner_without_other_words_says_so(studio: Studio) -> None:
    project = studio.planned()
    studio.service.rewrite(project.id, project.plan.events[0].id)
    studio.settled(project.id)
    assert "no other words" in studio.service.view(project.id)["job"]["text"]


def test_what_the_planner_wrote_is_not_used_over_an_edit(studio: Studio) -> None:
    project = studio.planned()
    edited = studio.service.edit(project.id, project.revision, lambda p: editing.titled(p, "mine"))
    with pytest.raises(StaleRevision):
        studio.service.plan_again(project.id, project.revision)
    with pytest.raises(StaleRevision):
        studio.service.continue_story(project.id, project.revision, STORY)
    assert studio.service.store.get(project.id) == edited


def test_a_continuation_that_does_not_fit_is_refused_before_planning(studio: Studio) -> None:
    project = studio.planned()
    with pytest.raises(PlanError, match="total duration"):
        studio.service.continue_story(project.id, project.revision, Story(text="x", duration_s=3_600.0))
    with pytest.raises(ProjectError, match="too short"):
        short = studio.service.edit(
            project.id, project.revision,
            lambda p: editing.edited_event(p, p.plan.events[0].id, duration_s=0.5),
        )  # fmt: skip
        studio.service.split_by_planner(project.id, short.revision, short.plan.events[0].id)
