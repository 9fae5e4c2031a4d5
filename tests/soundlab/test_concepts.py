"""The synthesised concepts keep their contract."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.soundlab.registry import AUDITION, PASS, RATE_HZ, Concept, auditioned, concept, concepts, phrases
from pipeline.soundlab.scenes import clip

PASSED = sorted(auditioned())


def test_there_are_more_than_a_hundred_concepts_that_the_judge_recognises():
    assert len(PASSED) >= 100
    shares = json.loads(AUDITION.read_text())["shares"]
    assert all(shares[name] >= PASS for name in PASSED)


@pytest.mark.parametrize("name", PASSED)
def test_a_draw_is_as_long_as_asked_audible_and_the_same_again(name: str):
    first, again, other = (concepts()[name].draw(np.random.default_rng(s), 1.5) for s in (3, 3, 4))
    assert first.samples.shape == (round(1.5 * RATE_HZ),)
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)
    assert 0.02 < np.abs(first.samples).max() <= 1.0


@pytest.mark.parametrize("name", PASSED)
def test_every_wording_can_be_said_of_every_draw(name: str):
    chosen = concepts()[name]
    words = chosen.draw(np.random.default_rng(1), 1.5).words
    said = {t.format_map(dict(words)) for t in (*chosen.captions, *chosen.held_out)}
    assert len(chosen.captions) >= 10
    assert len(chosen.held_out) >= 2
    assert all(text.strip() and "{" not in text for text in said)
    assert not {bare(text) for text in chosen.captions} & {bare(text) for text in chosen.held_out}


def bare(text: str) -> tuple[str, ...]:
    """A wording without what makes no difference."""
    return tuple(word for word in text.lower().split() if word not in {"a", "an", "the"})


def test_more_phrases_are_of_known_concepts_and_told_apart():
    known = concepts()
    for name, told in phrases().items():
        assert name in known
        assert len(told) >= 8 and len({bare(text) for text in told}) == len(told)
        assert all("{" not in text and text == text.strip() for text in told)


def test_a_name_is_registered_once():
    name = PASSED[0]
    with pytest.raises(ValueError, match="already registered"):
        concept(name, family="x", heard_as=(), captions=(), held_out=())(concepts()[name].synth)


@pytest.mark.parametrize("index", range(12))
def test_a_clip_is_a_function_of_its_number(index: int):
    a, b = clip("train", index), clip("train", index)
    assert a.captions == b.captions
    assert np.array_equal(a.samples, b.samples)
    assert np.abs(a.samples).max() <= 1.0 + 1e-6


def test_splits_differ():
    assert not np.array_equal(clip("train", 5).samples[:1000], clip("test", 5).samples[:1000])


def test_a_broken_synthesiser_is_told():
    from pipeline.soundlab.registry import Draw

    silent = Concept("silent", "x", (), ("a",), ("b",), lambda _rng, d: Draw(np.zeros(round(d * RATE_HZ))))
    with pytest.raises(ValueError, match="silence"):
        silent.draw(np.random.default_rng(0), 1.0)
