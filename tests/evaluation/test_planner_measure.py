"""The measure of a planner, on plans whose verdict is known."""

from __future__ import annotations

from pipeline.evaluation.planner import Case, in_order, measure, table
from pipeline.timeline import Event, Story, Timeline

SOUNDS = (("rain",), ("dog", "bark"), ("car",))


class Copying:
    """Plans each sentence of the story as one event of equal length."""

    def plan(self, story, *, seed, cancel):  # noqa: ARG002
        parts = [part for part in story.text.split(".") if part.strip()]
        share = story.duration_s / len(parts)
        return Timeline(story=story, events=tuple(Event(caption=part, duration_s=share) for part in parts))


def test_order_is_kept_when_captions_name_the_sounds_in_turn():
    assert in_order(["Heavy RAIN", "barking", "a car"], SOUNDS)


def test_one_caption_may_name_two_neighbours():
    assert in_order(["rain", "a dog and a car"], SOUNDS)


def test_swapped_or_missing_sounds_lose_the_order():
    assert not in_order(["a car", "rain", "dog"], SOUNDS)
    assert not in_order(["rain", "a car"], SOUNDS)
    assert not in_order([], SOUNDS)


def test_the_table_counts_and_shows_what_was_lost():
    good = Case(Story(text="Rain. A dog. A car.", duration_s=9), SOUNDS)
    bad = Case(Story(text="A car. Rain.", duration_s=9), SOUNDS)
    text = table("two", measure(Copying(), [good, bad]))
    assert "in order 1/2 (0.50), exact totals 2/2" in text
    assert "lost: A car. Rain." in text
