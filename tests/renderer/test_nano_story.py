"""Nano as an AudioStory, from a stage's folder: an event depends on what came before it, and on nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline import backends
from pipeline.errors import Cancelled, FormatError, PlanError, WeightsMissing
from pipeline.progress import CancelToken
from pipeline.renderer import Job, Take, jobs_of
from pipeline.renderer.nano_story import NanoStoryRenderer
from pipeline.settings import ASSETS, RenderSettings, Settings
from pipeline.timeline import Boundary, Event, Story, Timeline, with_event
from pipeline.training.stages.folder import begun, nano_base, write
from pipeline.training.stages.settings import StageSettings

QUICK = RenderSettings(steps=3, guidance=2.0)
CAPTIONS = ("rain on a tin roof", "thunder rolls", "a door slams")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as training leaves it before its first step, but for a fusion that does something."""
    folder = tmp_path_factory.mktemp("stage") / "model"
    settings = StageSettings(out=folder.parent, adapter=ASSETS / "planner", exact_share=1.0)
    model, _ = begun("warm", settings, nano_base(settings), ears_width=64)
    assert model.bridge.fusion is not None
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(2)
        model.bridge.fusion.out_proj.weight.normal_(std=1.0)
    write(folder, model, settings=settings, average=model.transformer.state_dict())
    return folder


@pytest.fixture(scope="module")
def nano(stage: Path) -> NanoStoryRenderer:
    return NanoStoryRenderer(stage)


@pytest.fixture
def timeline() -> Timeline:
    events = tuple(Event(id=f"e{i}", caption=c, duration_s=1.5, seed=i) for i, c in enumerate(CAPTIONS))
    story = Story(text="Rain on a tin roof, thunder, then a door slams.", duration_s=4.5)
    return Timeline(story=story, events=events, boundaries=(Boundary(length_s=0.2),) * 2)


def jobs(nano: NanoStoryRenderer, timeline: Timeline) -> list[Job]:
    return jobs_of(timeline, rate_hz=nano.rate_hz, max_samples=nano.max_samples)


def rendered(nano: NanoStoryRenderer, jobs: Sequence[Job], settings: RenderSettings = QUICK) -> list[Take]:
    return nano.render(jobs, settings=settings, cancel=CancelToken())


def test_takes_are_stereo_audible_and_exactly_as_long_as_their_jobs(nano: NanoStoryRenderer, timeline: Timeline):
    wanted = jobs(nano, timeline)
    for job, take in zip(wanted, rendered(nano, wanted), strict=True):
        assert take.audio.samples.shape == (2, job.samples)
        assert 1e-3 < np.abs(take.audio.samples).max() <= 1.0
        assert take.recipe["backend"] == "nano-story" and take.recipe["model"] == nano.version


def test_an_edit_changes_its_event_and_what_follows_never_what_was_before(nano: NanoStoryRenderer, timeline: Timeline):
    before = [t.audio.samples for t in rendered(nano, jobs(nano, timeline))]
    edited = with_event(timeline, 1, replace(timeline.events[1], caption="a dog barks"))
    after = [t.audio.samples for t in rendered(nano, jobs(nano, edited))]
    np.testing.assert_allclose(after[0], before[0], atol=1e-3)
    assert np.abs(after[1] - before[1]).max() > 1e-2
    assert np.abs(after[2] - before[2]).max() > 1e-3


def test_the_story_is_heard_in_the_first_event_and_not_where_it_stands_alone(
    nano: NanoStoryRenderer, timeline: Timeline
):
    other = replace(timeline, story=replace(timeline.story, text="In a cave, rain on a tin roof, thunder, a door."))
    first, elsewhere = (rendered(nano, jobs(nano, told)[:1])[0].audio.samples for told in (timeline, other))
    assert np.abs(first - elsewhere).max() > 1e-3
    alone = [
        rendered(nano, [replace(jobs(nano, told)[0], timeline=None)])[0].audio.samples for told in (timeline, other)
    ]
    np.testing.assert_array_equal(*alone)


def test_a_variation_begins_from_its_take(nano: NanoStoryRenderer, timeline: Timeline):
    job = jobs(nano, timeline)[1]
    take = rendered(nano, [job], replace(QUICK, steps=8))[0]
    assert take.latents is not None
    near, far = (
        np.abs(
            rendered(nano, [replace(job, seed=77, start=take.latents, strength=s)], replace(QUICK, steps=8))[0].latents
            - take.latents
        ).mean()
        for s in (0.1, 0.9)
    )
    assert 0 < near < far


def test_a_cancelled_render_stops(nano: NanoStoryRenderer, timeline: Timeline):
    token = CancelToken()
    with pytest.raises(Cancelled):
        nano.render(jobs(nano, timeline), settings=QUICK, cancel=token, on_step=lambda *_: token.cancel())


def test_what_is_missing_is_told_before_anything_is_loaded(stage: Path, tmp_path: Path):
    with pytest.raises(FormatError, match="no stage"):
        NanoStoryRenderer(tmp_path)
    with pytest.raises(WeightsMissing, match="codec"):
        NanoStoryRenderer(stage, nano=tmp_path)


def test_other_weights_are_another_identity(nano: NanoStoryRenderer, stage: Path, tmp_path: Path):
    folder = Path(shutil.copytree(stage, tmp_path / "model"))
    index = folder / "stage.json"
    index.write_text(index.read_text() + "\n")
    assert NanoStoryRenderer(folder).identity != nano.identity


def test_a_damaged_stage_is_told_in_one_sentence(stage: Path, tmp_path: Path, timeline: Timeline):
    folder = Path(shutil.copytree(stage, tmp_path / "model"))
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"no")
    damaged = NanoStoryRenderer(folder)
    with pytest.raises(WeightsMissing, match="adapter_model"):
        rendered(damaged, jobs(damaged, timeline))


def test_an_event_too_long_is_told(nano: NanoStoryRenderer):
    with pytest.raises(PlanError, match="split"):
        rendered(nano, [Job(event_id="e", caption="rain", seed=1, samples=nano.max_samples + 1)])


def test_it_is_a_backend_by_its_folder(stage: Path):
    backend = backends.load(f"nano:{stage}", Settings())
    assert isinstance(backend.renderer, NanoStoryRenderer) and backend.renderer.contextual
    assert not backends.load("nano", Settings()).renderer.contextual
