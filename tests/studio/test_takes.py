"""Takes: variations, favourites, the trash, locks, settings; and a take whose file is gone."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import AudioStoryError, FormatError, ProjectError
from studio import editing
from studio.takes import TakeRecord
from tests.studio.conftest import Studio


def shown(studio: Studio, project_id: str, index: int = 0) -> dict:
    """An event as the page shows it."""
    return studio.service.view(project_id)["events"][index]


def test_several_variations_at_once_are_all_kept_and_the_first_is_heard(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    job = studio.service.regenerate(project.id, event, count=3)
    done = studio.settled(project.id)
    assert job.parts == 3 and len(done.takes[event]) == 4
    assert done.chosen[event] == done.takes[event][1].id
    assert len({take.seed for take in done.takes[event]}) == 4
    assert studio.states(project.id) == ["rendered"] * 3


def test_the_number_of_variations_of_an_event_is_the_usual_one(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    studio.service.edit(project.id, project.revision, lambda p: editing.options_set(p, event, variations=2))
    studio.service.regenerate(project.id, event)
    assert len(studio.settled(project.id).takes[event]) == 3
    with pytest.raises(ProjectError, match="1 to 4"):
        studio.service.regenerate(project.id, event, count=5)


def test_a_variation_begins_from_the_latents_of_its_take(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[1].id
    parent = project.chosen_take(event)
    studio.service.vary(project.id, event, strength=0.4)
    done = studio.settled(project.id)
    job, take = studio.renderer.rendered[-1], done.chosen_take(event)
    assert np.array_equal(job.start, studio.service.store.read_latents(project.id, parent)) and job.strength == 0.4
    assert (take.parent, take.strength) == (parent.file, 0.4) and take.key != parent.key
    assert shown(studio, project.id, 1)["take"]["strength"] == 0.4


@pytest.mark.parametrize("strength", [0.0, -1.0, 1.5, float("nan")])
def test_a_strength_that_is_none_is_refused(studio: Studio, strength: float) -> None:
    project = studio.rendered()
    with pytest.raises(ProjectError, match="strength"):
        studio.service.vary(project.id, project.plan.events[0].id, strength=strength)


def test_what_was_never_rendered_cannot_be_varied(studio: Studio) -> None:
    project = studio.planned()
    with pytest.raises(ProjectError, match="render the event first"):
        studio.service.vary(project.id, project.plan.events[0].id, strength=0.5)


def test_latents_of_the_first_version_are_still_read(studio: Studio) -> None:
    project = studio.rendered()
    take = project.chosen_take(project.plan.events[0].id)
    folder = studio.service.store.root / project.id / "takes"
    latents = studio.service.store.read_latents(project.id, take)
    (folder / f"{take.file}.safetensors").unlink()
    with pytest.raises(FormatError, match="no latents"):
        studio.service.store.read_latents(project.id, take)
    np.savez(folder / f"{take.file}.npz", latents=latents)
    assert np.array_equal(studio.service.store.read_latents(project.id, take), latents)


def test_a_thrown_take_lies_in_the_trash_and_comes_back(studio: Studio) -> None:
    project = studio.rendered()
    event, take = project.plan.events[0].id, project.chosen_take(project.plan.events[0].id)
    folder = studio.service.store.root / project.id
    gone = studio.service.edit(project.id, project.revision, lambda p: editing.trashed_take(p, event, take.id))
    assert (folder / "trash" / f"{take.file}.wav").is_file() and not (folder / "takes" / f"{take.file}.wav").exists()
    assert shown(studio, project.id)["state"] == "missing" and shown(studio, project.id)["trash"][0]["id"] == take.id
    with pytest.raises(ProjectError, match="trash"):
        editing.choosing(gone, event, take.id)
    back = studio.service.undo(project.id, gone.revision)
    assert back.chosen == project.chosen and (folder / "takes" / f"{take.file}.safetensors").is_file()
    gone = studio.service.redo(project.id, back.revision)
    done = studio.service.edit(project.id, gone.revision, lambda p: editing.restored_take(p, event, take.id))
    assert done.chosen[event] == take.id and (folder / "takes" / f"{take.file}.wav").is_file()


def test_throwing_the_chosen_take_chooses_the_newest_of_the_others(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    studio.service.regenerate(project.id, event)
    done = studio.settled(project.id)
    left = editing.trashed_take(done, event, done.chosen[event])
    assert left.chosen[event] == project.chosen[event] and left.event(event).seed == project.event(event).seed


def test_settings_of_a_take_go_back_to_its_event(studio: Studio) -> None:
    project = studio.rendered()
    event, take = project.plan.events[0].id, project.chosen_take(project.plan.events[0].id)
    changed = editing.with_settings(editing.edited_event(project, event, caption="hail", seed=5), steps=9, guidance=1.0)
    back = editing.using_settings(changed, event, take.id)
    assert (back.event(event).caption, back.event(event).seed) == (take.caption, take.seed)
    assert back.settings_of(event).steps == take.steps and back.settings.steps == 9


def test_a_locked_event_is_left_alone_by_every_batch(studio: Studio) -> None:
    project = studio.planned()
    event = project.plan.events[0].id
    studio.service.edit(project.id, project.revision, lambda p: editing.options_set(p, event, locked=True))
    for what in ("needed", "stale", "all"):
        studio.service.render(project.id, what=what)
        studio.settled(project.id)
    assert studio.states(project.id) == ["missing", "rendered", "rendered"]
    with pytest.raises(ProjectError, match="locked"):
        studio.service.render_selected(project.id, [event])


def test_a_locked_seed_is_kept_by_regenerate_and_by_reroll(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    locked = studio.service.edit(
        project.id, project.revision, lambda p: editing.options_set(p, event, seed_locked=True)
    )  # fmt: skip
    studio.service.regenerate(project.id, event)
    assert studio.settled(project.id).event(event).seed == project.event(event).seed
    with pytest.raises(ProjectError, match="locked"):
        editing.rerolled(locked, event, seed=3)


def test_an_event_has_its_own_steps_and_only_it_becomes_stale(studio: Studio) -> None:
    project = studio.rendered()
    event = project.plan.events[0].id
    studio.service.edit(project.id, project.revision, lambda p: editing.options_set(p, event, steps=3))
    assert studio.states(project.id) == ["stale", "rendered", "rendered"]
    studio.service.render(project.id, what="stale")
    assert studio.settled(project.id).chosen_take(event).steps == 3


def test_render_all_also_takes_what_only_has_another_context(studio: Studio) -> None:
    project = studio.rendered()
    first = project.plan.events[0].id
    studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, first, caption="hail"))
    studio.service.render(project.id, what="stale")
    studio.settled(project.id)
    assert studio.states(project.id) == ["rendered", "context", "context"]
    studio.service.render(project.id, what="all")
    studio.settled(project.id)
    assert studio.states(project.id) == ["rendered"] * 3


def test_a_take_whose_file_vanished_is_missing_and_can_be_rendered_again(studio: Studio) -> None:
    project = studio.rendered()
    event, take = project.plan.events[0].id, project.chosen_take(project.plan.events[0].id)
    studio.service.take_file(project.id, take.file).unlink()
    item = shown(studio, project.id)
    assert item["state"] == "missing" and "gone" in item["state_text"] and item["take"]["missing"]
    with pytest.raises(ProjectError, match="gone"):
        studio.service.take_file(project.id, take.file)
    studio.service.render(project.id)
    done = studio.settled(project.id)
    assert studio.states(project.id) == ["rendered"] * 3 and done.chosen[event] != take.id


def test_a_sound_of_a_free_lane_is_rendered_as_events_are(studio: Studio) -> None:
    project = studio.rendered()
    project = studio.service.edit(
        project.id,
        project.revision,
        lambda p: editing.added_clip(p, "", caption="a bed", start_s=1.0, duration_s=2.0),
    )
    clip = project.desk.lanes[0].clips[0]
    studio.service.render(project.id)
    done = studio.settled(project.id)
    assert done.chosen_take(clip.source).samples == 16_000 and studio.renderer.rendered[-1].timeline is None
    [shown_clip] = studio.service.view(project.id)["lanes"][0]["clips"]
    assert shown_clip["state"] == "rendered" and shown_clip["take"]["file"] == done.chosen_take(clip.source).file


@pytest.mark.parametrize("wrong", [{"file": "../../x"}, {"id": "a/b"}, {"samples": "9"}, {"parent": "../x" * 4}])
def test_a_record_that_names_a_path_cannot_exist(wrong: dict) -> None:
    good = {
        "id": "a" * 12, "event_id": "e1", "file": "b" * 12, "caption": "c", "duration_s": 1.0, "seed": 1, "steps": 2,
        "guidance": 1.0, "renderer": "r", "context": "", "samples": 8, "rate_hz": 8_000, "made_at": "",
    }  # fmt: skip
    TakeRecord(**good)
    with pytest.raises(AudioStoryError):
        TakeRecord(**{**good, **wrong})
