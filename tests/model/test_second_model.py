"""A second tiny model at other sizes (untied embeddings, rank 4, 8 + 2 query tokens, 5 events) against the oracle."""

from __future__ import annotations

import pytest
import torch

from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.planning import Draft, write
from pipeline.model.rules import Limits, TagRules
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline
from tests.model import oracle, public

SECOND = public.Second()
STORY = Story(text="Once upon a time.", duration_s=20.0, tone="calm")
LIMITS = Limits(max_events=5, max_thought=4, max_caption=3)


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return SECOND.tensors()


@pytest.fixture(scope="module")
def rules(second: AudioStoryPipeline) -> TagRules:
    return TagRules(second.tokenizer, second.script.tokens, LIMITS)


@pytest.fixture(scope="module")
def slow(second: AudioStoryPipeline, tensors, rules) -> tuple[list[int], torch.Tensor]:
    """The oracle's answer: ids, and the last layer's states of all of them."""
    return oracle.write_slowly(oracle.merged_llm(SECOND, tensors), list(second.script.prompt(STORY).ids), rules)


@pytest.fixture(scope="module")
def draft(second: AudioStoryPipeline, rules) -> Draft:
    prompt = second.script.prompt(STORY).ids
    return write(second.llm, prompt, rules=rules, tokens=second.script.tokens, cancel=CancelToken())


def states_at_queries(ids: list[int], states: torch.Tensor, second: AudioStoryPipeline) -> list[tuple]:
    """The oracle's (bridging, residual) states of each event, found by the names of the tokens."""
    names = second.tokenizer.convert_ids_to_tokens(ids)
    found: list[tuple] = []
    for opening in [i for i, name in enumerate(names) if name == "<t5>"]:
        bridging = slice(opening + 1, opening + 1 + SECOND.bridging)
        residual = slice(bridging.stop + 2, bridging.stop + 2 + SECOND.residual)
        assert names[bridging][-1] == f"<t5_{SECOND.bridging - 1:05d}>"
        assert names[residual] == [f"<aud_{i:05d}>" for i in range(SECOND.residual)]
        found.append((states[bridging], states[residual]))
    return found


def test_chunks_write_the_same_tokens_as_single_steps(draft: Draft, slow):
    assert draft.ids == slow[0]
    assert len(draft.written) == 1 + 5


def test_and_see_the_same_states(second: AudioStoryPipeline, draft: Draft, slow):
    tokens = second.script.tokens
    for ours, (bridging, residual) in zip(draft.states, states_at_queries(*slow, second), strict=True):
        assert torch.allclose(ours[tokens.bridging_slice], bridging, atol=1e-4)
        assert torch.allclose(ours[tokens.residual_slice], residual, atol=1e-4)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    events = tuple(Event(caption=f"sound {n}", duration_s=1.5 * n, seed=n) for n in range(1, 5))
    return Timeline(story=STORY, reasoning="four of them", events=events)


def test_conditions_and_latents_of_a_written_timeline(second: AudioStoryPipeline, tensors, timeline: Timeline):
    """The whole way, per event: one uncached pass, the fusion by hand, an Euler loop of two calls a step."""
    ids = [token for segment in second.script.segments(timeline) for token in segment.ids]
    with torch.no_grad():
        out = oracle.merged_llm(SECOND, tensors)(input_ids=torch.tensor([ids]), output_hidden_states=True)
    pairs = states_at_queries(ids, out.hidden_states[-1][0], second)
    expected = [oracle.fused(tensors, *pair, scale=10.0) for pair in pairs]
    told = second(timeline, settings=RenderSettings(steps=3, guidance=2.5), batch=2)
    assert torch.allclose(told.conditions, torch.stack(expected), atol=1e-4)

    free, last = second.unconditional()[0], timeline.events[-1]
    noise = torch.randn(SECOND.frames, 64, generator=torch.Generator().manual_seed(last.seed))
    slowly = oracle.latents(
        tensors, SECOND.flux, expected[-1], free, seconds=last.duration_s, noise=noise, steps=3, guidance=2.5
    )  # fmt: skip
    assert torch.allclose(told.rendered.latents[-1], slowly, atol=1e-3)
