"""The service with real disks and a small model: takes, mixes, files, and what happens when the disk says no."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import AudioStoryError, FormatError, MixError, PlanError, ProjectError, WeightsMissing
from pipeline.timeline import Story
from studio import editing
from studio import store as storing
from studio.service import StudioService
from studio.store import Store
from tests.studio.conftest import Studio, wait_until


def test_a_page_that_was_only_opened_leaves_no_trace(studio: Studio) -> None:
    studio.service.open(None)
    assert not studio.service.store.root.exists()


def test_ids_cannot_be_guessed_and_paths_are_no_ids(studio: Studio) -> None:
    assert len({studio.service.open(None).id for _ in range(20)}) == 20
    for wrong in ("", "..", "../../etc", "0" * 31, "g" * 32, "0" * 32, "0" * 32 + "/"):
        with pytest.raises(ProjectError):
            studio.service.store.get(wrong)


def test_planning_fills_the_timeline_with_the_story_and_its_seed(studio: Studio) -> None:
    project = studio.planned()
    assert [e.caption for e in project.plan.events] == ["rain", "a passing car", "thunder"]
    assert project.seed == 7 and len({e.seed for e in project.plan.events}) == 3


def test_the_same_story_and_seed_give_the_same_audio(studio: Studio) -> None:
    one, two = studio.rendered(), studio.rendered()
    for a, b in zip(one.plan.events, two.plan.events, strict=True):
        first = studio.service.store.read_take(one.id, one.chosen_take(a.id))
        second = studio.service.store.read_take(two.id, two.chosen_take(b.id))
        assert np.array_equal(first.samples, second.samples)


def test_a_project_survives_a_restart(studio: Studio, tmp_path: Path) -> None:
    project = studio.rendered()
    assert Store(tmp_path / "projects").get(project.id) == project


def test_a_take_has_its_audio_its_latents_and_what_made_it(studio: Studio) -> None:
    project = studio.rendered()
    take = project.chosen_take(project.plan.events[0].id)
    folder = studio.service.store.root / project.id / "takes"
    assert {path.suffix for path in folder.glob(f"{take.file}.*")} == {".wav", ".json", ".safetensors"}
    assert soundfile.info(folder / f"{take.file}.wav").subtype == "FLOAT"
    assert studio.service.store.read_latents(project.id, take).dtype == np.float32


def test_render_does_nothing_when_nothing_is_stale(studio: Studio) -> None:
    project = studio.rendered()
    before = len(studio.renderer.rendered)
    studio.service.render(project.id)
    studio.settled(project.id)
    assert len(studio.renderer.rendered) == before
    assert studio.service.view(project.id)["job"]["text"] == "nothing to render"


def test_content_that_was_rendered_before_is_not_rendered_again(studio: Studio) -> None:
    project = studio.rendered()
    last = project.plan.events[-1].id
    changed = studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, last, caption="wind"))
    studio.service.render(project.id)
    studio.settled(project.id)
    studio.service.edit(project.id, changed.revision, lambda p: editing.edited_event(p, last, caption="thunder"))
    before = len(studio.renderer.rendered)
    studio.service.render(project.id)
    done = studio.settled(project.id)
    assert studio.states(project.id) == ["rendered"] * 3
    assert len(studio.renderer.rendered) == before
    assert len(done.takes[last]) == 2


def test_regenerating_one_event_leaves_the_audio_of_the_others(studio: Studio) -> None:
    project = studio.rendered()
    second = project.plan.events[1].id
    studio.service.regenerate(project.id, second)
    done = studio.settled(project.id)
    assert {e for e in done.chosen if done.chosen[e] != project.chosen[e]} == {second}
    assert studio.states(project.id) == ["rendered"] * 3


def test_the_mix_is_as_long_as_the_timeline_at_both_rates(studio: Studio) -> None:
    project = studio.rendered(Story(text="a; b; c", duration_s=7.3))
    for rate_hz in (44_100, 48_000):
        done = studio.service.mix(project.id, rate_hz=rate_hz)
        info = soundfile.info(studio.service.mix_file(project.id, done.file).with_suffix(".wav"))
        assert (info.frames, info.samplerate, info.subtype) == (round(7.3 * rate_hz), rate_hz, "PCM_24")


def test_a_mix_names_the_event_that_is_not_rendered(studio: Studio) -> None:
    project = studio.planned()
    with pytest.raises(MixError, match="event 1 .*not rendered"):
        studio.service.mix(project.id, rate_hz=48_000)


def test_files_are_served_to_their_own_project_only(studio: Studio) -> None:
    one, two = studio.rendered(), studio.rendered()
    take = one.chosen_take(one.plan.events[0].id)
    assert studio.service.take_file(one.id, take.file).is_file()
    with pytest.raises(ProjectError):
        studio.service.take_file(two.id, take.file)
    mixed = studio.service.mix(one.id, rate_hz=48_000)
    with pytest.raises(ProjectError):
        studio.service.mix_file(two.id, mixed.file)


def test_a_projects_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    service = StudioService(Store(tmp_path / "file" / "projects"), lambda: None, model="sketch")
    project = service.open(None)
    with pytest.raises(ProjectError, match="can't be written"):
        service.edit(project.id, 0, lambda p: editing.added_event(p, caption="a bell"))
    assert service.store.get(project.id) == project


def test_a_disk_that_is_full_loses_no_edit_that_was_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    project = studio.rendered()

    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storing.codec, "dumps", full)
    first = project.plan.events[0].id
    with pytest.raises(FormatError, match="the disk is full"):
        studio.service.edit(project.id, project.revision, lambda p: editing.edited_event(p, first, caption="lost"))
    monkeypatch.undo()
    assert studio.service.store.get(project.id) == project
    assert Store(studio.service.store.root).get(project.id) == project


def test_a_disk_that_fills_up_while_mixing_leaves_the_earlier_mix(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    done = studio.service.mix(project.id, rate_hz=48_000)

    def full(*_: object, **__: object) -> None:
        raise FormatError("can't write the track: the disk is full")

    monkeypatch.setattr("studio.mixing.write_audio", full)
    with pytest.raises(FormatError, match="full"):
        studio.service.mix(project.id, rate_hz=44_100)
    assert studio.service.mix_file(project.id, done.file).with_suffix(".wav").is_file()
    assert studio.service.store.get(project.id).rate_hz == 48_000


def test_a_model_that_is_missing_is_told_and_fails_the_jobs(tmp_path: Path) -> None:
    def missing() -> None:
        raise WeightsMissing("the checkpoint is missing")

    told: list[str] = []
    service = StudioService(Store(tmp_path), missing)
    service.start(on_failure=told.append)
    project = service.open(None)
    job = service.plan(project.id, 0, Story(text="rain", duration_s=3.0))
    wait_until(lambda: job.status.over)
    assert told == ["the checkpoint is missing"] and job.message == "the checkpoint is missing"
    assert service.model_state() == ("failed", "the checkpoint is missing")
    service.close()


def test_the_first_request_waits_for_the_model(tmp_path: Path, planner, renderer) -> None:
    from tests.studio.conftest import FakeBackend

    loaded = threading.Event()

    def load() -> FakeBackend:
        assert loaded.wait(20)
        return FakeBackend(planner, renderer)

    service = StudioService(Store(tmp_path), load)
    service.start()
    project = service.open(None)
    job = service.plan(project.id, 0, Story(text="rain; wind", duration_s=3.0))
    assert service.view(project.id)["model"]["text"] == "loading the model" and service.busy(project.id)
    loaded.set()
    wait_until(lambda: job.status.over)
    assert len(service.store.get(project.id).plan.events) == 2
    service.close()


def test_a_renderer_that_breaks_ends_its_job_and_not_the_worker(studio: Studio) -> None:
    project = studio.planned()

    def broken(_: int) -> None:
        raise RuntimeError("a bug")

    studio.renderer.before_step = broken
    studio.service.render(project.id)
    studio.settled(project.id)
    assert studio.service.view(project.id)["job"]["status"] == "failed"
    studio.renderer.before_step = None
    studio.service.render(project.id)
    studio.settled(project.id)
    assert studio.states(project.id) == ["rendered"] * 3


def test_an_event_too_long_for_the_model_is_named(studio: Studio) -> None:
    project = studio.planned(Story(text="a very long drone; b", duration_s=200.0))
    studio.service.render(project.id)
    studio.settled(project.id)
    assert "split the event" in studio.service.view(project.id)["job"]["text"]


@pytest.mark.parametrize("seed", [-1, 2**53, 1.5, True, "7"])
def test_a_seed_that_is_none_is_refused(studio: Studio, seed: object) -> None:
    project = studio.service.open(None)
    with pytest.raises(PlanError, match="seed"):
        studio.service.plan(project.id, 0, Story(text="rain", duration_s=3.0), seed=seed)  # type: ignore[arg-type]


def test_a_damaged_project_is_told_and_left_alone(studio: Studio) -> None:
    project = studio.planned()
    path = studio.service.store.root / project.id / "project.json"
    for text in ("", "{}", "[]", path.read_text().replace("audiostory.project/2", "audiostory.project/9")):
        path.write_text(text)
        with pytest.raises(AudioStoryError):
            Store(studio.service.store.root).get(project.id)
        assert path.read_text() == text
