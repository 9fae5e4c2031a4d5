"""What a list of sounds leaves out of its story."""

from __future__ import annotations

import pytest

from pipeline.planner.coverage import clauses, shortfall, stems

STORY = "In a small village, a clock ticks until the alarm goes off and a hand slams it silent."


@pytest.mark.parametrize(
    ("a", "b"), [("rises", "rising"), ("hums", "humming"), ("a dog barks", "the dog was barking"), ("sing", "sings")]
)
def test_forms_of_a_word_share_a_stem(a: str, b: str):
    assert stems(a) & stems(b)


def test_function_words_and_numbers_are_no_content():
    assert stems("it starts to be there again, 12 of them") == frozenset()


def test_a_faithful_list_misses_nothing():
    assert shortfall(["clock ticking", "alarm going off", "hand slamming"], STORY) == 0


def test_what_is_left_out_counts_one_each():
    assert shortfall(["clock ticking"], STORY) == 2
    assert shortfall([], STORY) == 3


def test_what_is_invented_or_repeated_counts_half():
    assert shortfall(["clock ticking", "alarm", "hand slamming", "birds singing", "clock ticking on"], STORY) == 1


@pytest.mark.parametrize("silent", ["It is a cold morning.", "Market day:", "On the moon,", "The story of Anna:"])
def test_openings_settings_and_titles_sound_of_nothing(silent: str):
    assert clauses(f"{silent} rain falls") == clauses("rain falls")


@pytest.mark.parametrize("text", ["", "...", "12 34!", "and then and then"])
def test_a_story_without_content_asks_for_nothing(text: str):
    assert clauses(text) == []
