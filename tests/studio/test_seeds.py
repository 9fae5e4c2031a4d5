"""Locked seeds: several sounds from one seed, the same ones every time; and rendering from the caption alone."""

from __future__ import annotations

import pytest

from pipeline.errors import ProjectError
from pipeline.timeline import Story
from studio import editing, states
from studio.project import Project
from studio.states import Model
from studio.takes import Options, derived_seed
from studio.view import Surroundings, view_of
from tests.studio.conftest import Studio


def locked(studio: Studio) -> tuple[Project, str]:
    """A rendered project whose first event keeps its seed."""
    project = studio.rendered()
    event = project.plan.events[0].id
    return studio.service.edit(
        project.id, project.revision, lambda p: editing.options_set(p, event, seed_locked=True)
    ), event  # fmt: skip


def test_derived_seeds_are_fixed_and_no_two_alike() -> None:
    seeds = [derived_seed(seed, number) for seed in (0, 1, 2**53) for number in range(1, 200)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derived_seed(7, 1) == derived_seed(7, 1) == 1151717182


def test_a_seed_that_is_drawn_twice_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {"1": 7, "1, draw 2": 5, "2": 5, "2, draw 2": 7, "2, draw 3": 9, "3": 4}
    monkeypatch.setattr("studio.takes._drawn", lambda _, which: drawn[which])
    assert [derived_seed(7, number) for number in (1, 2, 3)] == [5, 9, 4]


def test_variations_of_a_locked_seed_are_different_sounds_and_the_seed_stays(studio: Studio) -> None:
    project, event = locked(studio)
    seed = project.event(event).seed
    job = studio.service.regenerate(project.id, event, count=3)
    done = studio.settled(project.id)
    assert [take.seed for take in done.takes[event]] == [seed, derived_seed(seed, 1), derived_seed(seed, 2)]
    assert len({take.file for take in done.takes[event]}) == 3
    assert (done.event(event).seed, done.chosen[event]) == (seed, project.chosen[event])
    assert "derived" in job.message and str(seed) in job.message
    studio.service.regenerate(project.id, event, count=3)
    assert studio.settled(project.id).takes[event] == done.takes[event]  # the same sounds: nothing new


def test_one_variation_of_a_locked_seed_is_its_sound_again_and_that_is_told(studio: Studio) -> None:
    project, event = locked(studio)
    job = studio.service.regenerate(project.id, event)
    assert studio.settled(project.id).takes[event] == project.takes[event]
    assert "unlock" in job.message


def test_varying_a_take_leaves_a_locked_seed_and_what_is_heard(studio: Studio) -> None:
    project, event = locked(studio)
    seed = project.event(event).seed
    job = studio.service.vary(project.id, event, strength=0.5, count=2)
    done = studio.settled(project.id)
    assert [take.seed for take in done.takes[event]][1:] == [derived_seed(seed, 1), derived_seed(seed, 2)]
    assert (done.event(event).seed, done.chosen) == (seed, project.chosen)
    assert "derived" in job.message


def test_a_free_seed_still_draws_new_ones(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    studio.service.regenerate(project.id, event, count=2)
    first = studio.settled(project.id)
    studio.service.regenerate(project.id, event, count=2)
    assert len({take.seed for take in studio.settled(project.id).takes[event]}) == len(first.takes[event]) + 2 == 5


def test_an_event_of_its_caption_alone_is_rendered_without_its_story(studio: Studio) -> None:
    project = studio.rendered(Story(text="rain; a car", duration_s=4.0))
    event = project.plan.events[1].id
    alone = studio.service.edit(project.id, project.revision, lambda p: editing.options_set(p, event, alone=True))
    assert studio.states(project.id) == ["rendered", "stale"]
    assert "what it is rendered from" in studio.service.view(project.id)["events"][1]["state_text"]
    studio.service.render(project.id)
    done = studio.settled(project.id)
    assert studio.renderer.rendered[-1].timeline is None
    take = done.chosen_take(event)
    assert take is not None and take.context == states.ALONE
    first = done.plan.events[0].id
    studio.service.edit(done.id, done.revision, lambda p: editing.edited_event(p, first, caption="hail"))
    assert studio.states(project.id) == ["stale", "rendered"]  # what stands before it does not matter to it
    again = studio.service.store.get(project.id)
    studio.service.edit(again.id, again.revision, lambda p: editing.options_set(p, event, alone=False))
    assert studio.states(project.id)[1] == "stale" and alone.options_of(event).alone


def test_alone_is_on_or_off() -> None:
    with pytest.raises(ProjectError, match="on or off"):
        Options(alone="yes")  # type: ignore[arg-type]


def test_the_page_hears_what_a_model_can_and_why_it_can_not() -> None:
    project = Project(id="0" * 32)
    nothing = view_of(project, Surroundings())["capabilities"]
    assert not nothing["alone"] and not nothing["alone_why"] and not nothing["negative_why"]
    plain = view_of(project, Surroundings(renderer=Model("sketch", contextual=False)))["capabilities"]
    assert "caption alone" in plain["alone_why"] and "negative" in plain["negative_why"]
    rich = view_of(project, Surroundings(renderer=Model("sketch"), negative=True))["capabilities"]
    assert rich["alone"] and rich["negative"] and not rich["alone_why"] and not rich["negative_why"]
