"""Decoding under the grammar, with a model whose logits are noise: the answer can be parsed all the same."""

from __future__ import annotations

import pytest
import torch

from pipeline.errors import Cancelled
from pipeline.planner.decoding import Masks, Sampling, Writer, listed
from pipeline.planner.grammar import Grammar, Limits
from pipeline.planner.parsing import parse_tagged
from pipeline.progress import CancelToken
from tests.planner.test_grammar import SPELLING, TAGS, VOCABULARY, state_after

SIZE = max(SPELLING) + 1


class Letters:
    """Spells the grammar test's vocabulary; any prompt is three tokens."""

    def ids(self, text):  # noqa: ARG002
        return [20, 21, 22]

    def text(self, ids):
        return "".join(SPELLING[token] for token in ids)


class NoiseModel:
    """Random logits, and a cache that counts what it has read."""

    def __init__(self, seed: int, *, likes: int | None = None) -> None:
        self.generator, self.likes, self.read = torch.Generator().manual_seed(seed), likes, []

    def __call__(self, ids, past):
        if past is None:
            self.read = []
        assert past == (len(self.read) or None)
        self.read += ids
        logits = torch.randn(SIZE, generator=self.generator)
        if self.likes is not None:
            logits[self.likes] = 1e9
        return logits, len(self.read)


def answer(model, *, sampling=None, cancel=None, seed=0, **more) -> str:
    writer = Writer(Letters(), model, VOCABULARY, Masks(VOCABULARY, size=SIZE))
    return writer.write(
        "a story",
        limits=Limits(max_events=4, max_thought=10, max_caption=6),
        sampling=sampling or Sampling(),
        generator=torch.Generator().manual_seed(seed),
        cancel=cancel or CancelToken(),
        **more,
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_noise_becomes_a_plan(seed, temperature):
    plan = parse_tagged(answer(NoiseModel(seed), sampling=Sampling(temperature=temperature)))
    assert 1 <= len(plan.events) <= 4


@pytest.mark.parametrize("wish", sorted(SPELLING))
def test_no_wish_of_the_model_is_stronger_than_the_grammar(wish):
    """A logit of 1e9 for one token, allowed or not: minus infinity forbids where a mere penalty would not."""
    assert parse_tagged(answer(NoiseModel(0, likes=wish))).events


def test_the_model_reads_everything_it_is_held_to_have_written():
    model = NoiseModel(3)
    text = answer(model)
    read = Letters().text(model.read[3:])
    assert read == text[: len(read)]


def test_the_draw_follows_the_generator_alone():
    drawn = [answer(NoiseModel(1), sampling=Sampling(temperature=1.0), seed=seed) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_cancelling_stops_it():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        answer(NoiseModel(0), cancel=token)


def test_masks_forbid_everything_else():
    masks = Masks(VOCABULARY, size=SIZE)
    grammar = Grammar(VOCABULARY, Limits(min_events=1, max_events=1))
    allowed = grammar.allowed(state_after(grammar, [TAGS.end_thought, TAGS.gen]))
    kept = masks.apply(torch.zeros(SIZE), allowed)
    assert {i for i, value in enumerate(kept.tolist()) if value == 0.0} == set(VOCABULARY.lettered)
    assert torch.isneginf(kept[TAGS.end_turn])


@pytest.mark.parametrize(
    ("reasoning", "sounds"),
    [
        ("1. rain; 2. a dog barking.", ["rain", "a dog barking"]),
        ("1. owl hooting.", ["owl hooting"]),
        ("no list at all", ["no list at all"]),
        ("1. rain; a dog barking; 3. wind", ["rain", "a dog barking", "wind"]),
        ("12 34", []),
        ("1. Thunder; 2. rain; 3. thunder.", ["Thunder", "rain"]),
        ("1. rain; 2.", ["rain"]),
    ],
)
def test_sounds_are_listed_once_each(reasoning, sounds):
    assert listed(reasoning) == sounds


def test_the_model_goes_on_from_the_mended_list():
    model, seen = NoiseModel(2), []

    def mend(sounds):
        seen.append(sounds)
        return ["on", "rain"]

    plan = parse_tagged(answer(model, mend=mend))
    assert len(seen) == 1
    assert len(plan.events) == 2
    assert all(caption.startswith("rain rain on") for caption, _ in plan.events)  # how the tokenizer spells any text


def test_a_list_that_needs_no_mending_is_read_once():
    plain, mended = NoiseModel(4), NoiseModel(4)
    assert answer(plain) == answer(mended, mend=lambda sounds: sounds)
    assert plain.read == mended.read
