"""AudioStory's numbers, reproduced through the converter and the public API.

reference_tiny holds what the authors' code computes on a tiny checkpoint; the tolerances are the reference's: features
and conditions 1e-4, latents 1e-3 (of a mean magnitude of 6.7), float32 on a CPU.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.settings import RenderSettings
from pipeline.timeline import Timeline
from tests.model import public

FEATURES, LATENTS = 1e-4, 1e-3
TOLD = public.fixture()
SETTINGS = RenderSettings(steps=TOLD["steps"], guidance=TOLD["guidance_scale"])


@pytest.fixture(scope="module")
def expected() -> dict[str, np.ndarray]:
    return dict(np.load(public.REFERENCE / "expected.npz"))


def off_by(ours: torch.Tensor, theirs: np.ndarray) -> float:
    assert tuple(ours.shape) == theirs.shape
    return float(np.abs(ours.numpy() - theirs).max())


def test_the_prompt_is_theirs(pipe: AudioStoryPipeline, timeline: Timeline, expected):
    prompt = pipe.script.prompt(timeline.story)
    assert prompt.key == TOLD["prompt"]
    assert list(prompt.ids) == expected["prompt_ids"].tolist()


def test_the_plan_is_theirs_token_by_token(pipe: AudioStoryPipeline, timeline: Timeline, expected):
    planned = pipe.plan(timeline.story)
    assert [(e.caption, e.duration_s) for e in planned.events] == [(e.caption, e.duration_s) for e in timeline.events]
    assert planned.reasoning == timeline.reasoning
    written = [token for segment in pipe.script.segments(planned)[1:] for token in segment.ids]
    assert [*written, pipe.script.tokens.tags.end_turn] == expected["output_ids"].tolist()


@torch.inference_mode()
def test_features_and_conditions_of_a_given_timeline(pipe: AudioStoryPipeline, timeline: Timeline, expected):
    pipe.conditioner.forget()
    states = pipe.conditioner.states(timeline)
    bridging, residual = pipe.bridge.features(states.bridging, states.residual)
    assert off_by(bridging[:, ::7, ::16], expected["t5_features"]) < FEATURES
    assert off_by(residual[:, :, ::16], expected["residual_features"]) < FEATURES
    assert off_by(pipe.condition(timeline)[:, ::7, ::16], expected["fused"]) < FEATURES


@torch.inference_mode()
def test_features_and_conditions_of_its_own_plan(pipe: AudioStoryPipeline, timeline: Timeline, expected):
    planned = pipe.plan(timeline.story)
    read = pipe.conditioner.tokens_read
    conditions = pipe.condition(planned)
    assert pipe.conditioner.tokens_read == read  # the states of the plan serve
    assert off_by(conditions[:, ::7, ::16], expected["fused"]) < FEATURES


@pytest.mark.parametrize("batch", [1, 3])
def test_latents_in_one_batch_or_one_by_one(pipe: AudioStoryPipeline, timeline: Timeline, expected, batch: int):
    noises = [torch.from_numpy(noise) for noise in expected["noise"]]
    told = pipe(timeline, starts=noises, settings=SETTINGS, batch=batch)
    assert off_by(torch.stack(told.rendered.latents), expected["latents"]) < LATENTS
    assert [audio.duration_s for audio in told.rendered.audios] == [12.0, 14.5, 6.0]
