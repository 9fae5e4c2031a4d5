"""The story grammar that the planner is trained on: same seed, same story; nothing of the evaluation in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.planner.prompts import OPENING
from pipeline.soundlab.inflect import article, ing, ongoing, past, third
from pipeline.soundlab.stories import example

STORIES = Path(__file__).parent / "stories"
DRAWN = [example(np.random.default_rng([1, n])) for n in range(1_500)]


def grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def test_the_same_seed_tells_the_same_story():
    assert example(np.random.default_rng(4)) == example(np.random.default_rng(4))


def test_durations_sum_to_the_total():
    for item in DRAWN:
        assert round(sum(seconds for _, seconds in item.events), 1) == round(item.total_s, 1)
        assert min(seconds for _, seconds in item.events) >= 0.5


def test_captions_differ_and_are_short():
    for item in DRAWN:
        captions = [caption.lower() for caption, _ in item.events]
        assert len(set(captions)) == len(captions)
        assert all(1 <= len(caption.split()) <= 16 for caption in captions)


def test_the_reasoning_lists_every_event():
    for item in DRAWN:
        assert item.reasoning.startswith(OPENING)
        assert len(item.reasoning.split(";")) == len(item.events)


def test_most_captions_copy_words_of_their_story():
    """Every caption shares a stem with the story, but for a few set ones ("footsteps", "silence")."""
    copied = [
        any(word[:4] in item.text.lower() for word in caption.lower().split() if len(word) > 3)
        for item in DRAWN
        for caption, _ in item.events
    ]
    assert np.mean(copied) > 0.95


def test_it_is_wide():
    openings = {" ".join(item.text.split()[:4]).lower() for item in DRAWN}
    words = {word for item in DRAWN for word in re.findall(r"[a-z]+", item.text.lower())}
    assert len(openings) > 0.7 * len(DRAWN)
    assert len(words) > 2_000
    assert {len(item.events) for item in DRAWN} >= set(range(1, 9))


@pytest.mark.parametrize("name", ["ordered_sounds", "held_out", "fresh"])
def test_no_story_shares_five_words_in_a_row_with_an_evaluation_story(name):
    """What is measured was not trained on."""
    held = set().union(
        *(grams(item["story"]) for item in json.loads((STORIES / f"{name}.json").read_text())["stories"])
    )
    assert not held & set().union(*(grams(item.text) for item in DRAWN))


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("chop onions", ("chops onions", "chopping onions", "chopped onions")),
        ("fly away", ("flies away", "flying away", "flew away")),
        ("stop", ("stops", "stopping", "stopped")),
        ("splash", ("splashes", "splashing", "splashed")),
        ("die down", ("dies down", "dying down", "died down")),
        ("ring", ("rings", "ringing", "rang")),
        ("creak open", ("creaks open", "creaking open", "creaked open")),
    ],
)
def test_verb_forms(base, forms):
    assert (third(base), ing(base), past(base)) == forms


def test_a_beginning_is_not_heard():
    assert [ongoing(verb) for verb in ("start barking", "begin to fall", "start up")] == [
        "barking",
        "falling",
        "starting up",
    ]


def test_articles():
    assert [article(noun) for noun in ("owl", "dog", "unicorn", "ukulele")] == [
        "an owl",
        "a dog",
        "a unicorn",
        "a ukulele",
    ]
