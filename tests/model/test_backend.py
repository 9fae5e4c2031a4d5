"""An AudioStory checkpoint as the studio's backend: from a name and a folder to a finished story."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import backends
from pipeline.errors import PlanError, SettingsError, WeightsMissing
from pipeline.progress import CancelToken
from pipeline.renderer import Job, Renderer, jobs_of
from pipeline.settings import RenderSettings, Settings
from pipeline.story import Mixed, Planned, tell
from pipeline.timeline import Boundary, Event, Story, Timeline, with_event

SETTINGS = RenderSettings(steps=2, guidance=2.0)
CAPTIONS = ("rain on a roof", "thunder far away", "a door slams")


@pytest.fixture(scope="module")
def backend(folder: Path) -> backends.Backend:
    """The converted tiny checkpoint, by its folder."""
    return backends.load(f"audiostory:{folder}", Settings(device="cpu"))


@pytest.fixture
def timeline() -> Timeline:
    events = tuple(Event(id=f"e{i}", caption=c, duration_s=1.0, seed=i) for i, c in enumerate(CAPTIONS))
    return Timeline(story=Story(text="A storm.", duration_s=3), events=events, boundaries=(Boundary(length_s=0.2),) * 2)


def rendered(renderer: Renderer, jobs: list[Job]) -> list[np.ndarray]:
    return [t.audio.samples for t in renderer.render(jobs, settings=SETTINGS, cancel=CancelToken())]


def jobs(renderer: Renderer, timeline: Timeline) -> list[Job]:
    return jobs_of(timeline, rate_hz=renderer.rate_hz, max_samples=renderer.max_samples)


def test_a_story_is_told_to_its_exact_length(backend: backends.Backend):
    story = Story(text="A storm passes over a village.", duration_s=4.0)
    flow = tell(
        story, seed=3, planner=backend.planner, renderer=backend.renderer, settings=SETTINGS, cancel=CancelToken()
    )
    found = list(flow)
    planned, mixed = found[0], found[-1]
    assert isinstance(planned, Planned) and isinstance(mixed, Mixed)
    assert planned.timeline.duration_s == pytest.approx(4.0, abs=1e-9)
    assert mixed.audio.length == round(4.0 * backend.renderer.rate_hz)
    assert np.abs(mixed.audio.samples).max() > 0


def test_batches_and_order_do_not_matter(backend: backends.Backend, timeline: Timeline):
    all_jobs = jobs(backend.renderer, timeline)
    together = rendered(backend.renderer, all_jobs)
    alone = [rendered(backend.renderer, [job])[0] for job in reversed(all_jobs)][::-1]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_an_edit_changes_its_event_and_those_after_it_never_those_before(backend: backends.Backend, timeline: Timeline):
    before = rendered(backend.renderer, jobs(backend.renderer, timeline))
    edited = with_event(timeline, 1, replace(timeline.events[1], caption="a dog barks twice"))
    after = rendered(backend.renderer, jobs(backend.renderer, edited))
    np.testing.assert_allclose(after[0], before[0], atol=1e-4)
    assert np.abs(after[1] - before[1]).max() > 1e-3
    assert np.abs(after[2] - before[2]).max() > 1e-4


def test_a_job_without_a_timeline_is_rendered_from_its_caption_alone(backend: backends.Backend, timeline: Timeline):
    third = jobs(backend.renderer, timeline)[2]
    alone = rendered(backend.renderer, [replace(third, timeline=None)])[0]
    assert alone.shape[-1] == third.samples
    assert np.abs(alone - rendered(backend.renderer, [third])[0]).max() > 1e-4


def test_guidance_leads_away_from_a_negative_caption(backend: backends.Backend, timeline: Timeline):
    first, second, third = jobs(backend.renderer, timeline)
    plain = rendered(backend.renderer, [first, second, third])
    with_one = rendered(backend.renderer, [first, replace(second, negative="a crowd"), third])
    np.testing.assert_allclose(with_one[0], plain[0], atol=1e-4)
    np.testing.assert_allclose(with_one[2], plain[2], atol=1e-4)
    assert np.abs(with_one[1] - plain[1]).max() > 1e-3
    told = with_event(timeline, 1, replace(timeline.events[1], negative="a crowd"))
    assert [job.negative for job in jobs(backend.renderer, told)] == ["", "a crowd", ""]
    same = rendered(backend.renderer, [replace(job, negative="") for job in (first, second, third)])
    for one, other in zip(same, plain, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_job_that_contradicts_its_timeline_is_refused(backend: backends.Backend, timeline: Timeline):
    wrong = replace(jobs(backend.renderer, timeline)[0], caption="something else")
    with pytest.raises(PlanError, match="not what the timeline says"):
        rendered(backend.renderer, [wrong])


def test_events_longer_than_the_model_makes_are_split(backend: backends.Backend):
    timeline = backend.planner.plan(Story(text="Wind blows.", duration_s=120), seed=1, cancel=CancelToken())
    most = backend.renderer.max_samples / backend.renderer.rate_hz
    assert timeline.duration_s == pytest.approx(120, abs=1e-6)
    assert max(event.duration_s for event in timeline.events) < most


def test_a_variation_is_nearer_to_its_take_the_less_noise_is_laid_over_it(
    backend: backends.Backend, timeline: Timeline
):
    job = jobs(backend.renderer, timeline)[1]
    take = backend.renderer.render([job], settings=SETTINGS, cancel=CancelToken())[0]
    assert take.latents is not None

    def varied(strength: float) -> np.ndarray:
        other = replace(job, seed=99, start=take.latents, strength=strength)
        made = backend.renderer.render([other, job], settings=replace(SETTINGS, steps=8), cancel=CancelToken())
        assert made[0].recipe["strength"] == strength and made[0].latents is not None
        return made[0].latents

    near, far = (np.abs(varied(strength) - take.latents).mean() for strength in (0.1, 0.9))
    assert 0 < near < far


def test_a_take_of_another_model_is_not_varied(backend: backends.Backend, timeline: Timeline):
    job = replace(jobs(backend.renderer, timeline)[0], start=np.zeros((4, 3), np.float32), strength=0.5)
    with pytest.raises(PlanError, match="another model"):
        rendered(backend.renderer, [job])


@pytest.mark.parametrize("name", ["stable", "audiostory-3b"])
def test_unknown_backends_are_told_in_one_sentence(name: str):
    with pytest.raises(SettingsError):
        backends.load(name, Settings())


def test_a_device_that_is_not_there_is_told(folder: Path):
    backend = backends.load(f"audiostory:{folder}", Settings(device="nonsense"))
    with pytest.raises(SettingsError, match="no device"):
        backend.planner.plan(Story(text="Rain.", duration_s=3), seed=0, cancel=CancelToken())


def test_a_folder_that_holds_no_checkpoint_is_told(tmp_path: Path):
    backend = backends.load(f"audiostory:{tmp_path}", Settings(device="cpu"))
    with pytest.raises(WeightsMissing, match="convert it with"):
        backend.planner.plan(Story(text="Rain.", duration_s=3), seed=0, cancel=CancelToken())
