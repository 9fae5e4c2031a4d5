"""What a list of sounds leaves out of its story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import WeightsMissing
from pipeline.planner import coverage
from pipeline.planner.coverage import clauses, mended, stems

STORY = "In a small village, a clock ticks until the alarm goes off and a hand slams it silent."


@pytest.mark.parametrize(
    ("a", "b"), [("rises", "rising"), ("hums", "humming"), ("a dog barks", "the dog was barking"), ("sing", "sings")]
)
def test_forms_of_a_word_share_a_stem(a: str, b: str):
    assert stems(a) & stems(b)


def test_function_words_and_numbers_are_no_content():
    assert stems("it starts to be there again, 12 of them") == frozenset()


def mend(*sounds: str, story: str = STORY, most: int = 10) -> list[str]:
    return list(mended(sounds, story, most=most))


def test_a_faithful_list_comes_back_as_it_is():
    sounds = ["clock ticking", "alarm going off", "hand slamming"]
    assert mend(*sounds) == sounds


def test_what_was_left_out_is_put_in_its_place_in_the_storys_words():
    assert mend("clock ticking", "hand slamming") == ["clock ticking", "alarm goes off", "hand slamming"]
    assert mend() == ["clock ticks", "alarm goes off", "hand slams it silent"]


def test_what_is_invented_or_said_twice_is_left_out():
    assert mend("clock ticking", "alarm", "hand slamming", "birds singing", "clock ticking on") == [
        "clock ticking", "alarm", "hand slamming"
    ]  # fmt: skip


def test_a_wrong_order_is_only_mended_with_the_rest():
    assert mend("alarm going off", "clock ticking") == ["clock ticking", "alarm going off", "hand slams it silent"]
    reordered = ["alarm going off", "clock ticking", "hand slamming"]
    assert mend(*reordered) == reordered


def test_two_sounds_of_one_clause_both_stay():
    story = "A fire truck leaves with sirens blaring, signaling an emergency. A dog barks."
    assert mend("fire truck leaving", "sirens blaring", story=story) == [
        "fire truck leaving",
        "sirens blaring",
        "dog barks",
    ]


def test_a_weaker_repeat_within_a_clause_is_left_out():
    story = "Rain falls. Thunder cracks overhead. Birds sing at dawn."
    sounds = ("rain falling", "rain breaking overhead", "thunder cracking", "birds singing", "birds singing at dawn")
    assert mend(*sounds, story=story) == ["rain falling", "thunder cracking", "birds singing"]


@pytest.mark.parametrize(
    ("story", "misread", "told"),
    [
        ("Rain falls; an owl hoots.", "owl hoisting", "owl hoots"),
        ("An owl hoots.", "owl hoisting", "owl hoots"),
        ("A donkey brays by the well, goats bleat.", "donkey braining by the well", "donkey brays by the well"),
        ("Owls hoot in the barn while mice scurry over planks.", "mice scouring the barn", "mice scurry the barn"),
        ("A goose hisses; a bicycle bell tinkles.", "bicycle bicycle bell tinkling", "bicycle bell tinkling"),
        ("The ducks quack; a swan hisses.", "ducks quaking on the pond", "ducks quack on the pond"),
    ],
)
def test_a_word_misread_in_its_clause_is_put_as_the_story_has_it(story: str, misread: str, told: str):
    assert told in mend(misread, story=story)
    assert misread not in mend(misread, story=story)


@pytest.mark.parametrize(
    ("story", "sound"),
    [
        ("The wind blew over the roofs.", "wind blowing"),
        ("A lorry broke down, then glass broke.", "glass breaking"),
        ("Gulls cried.", "gulls crying"),
        ("Gulls cry.", "gulls crying out"),
        ("A gate creaks; a foal whinnies.", "foal whinnying"),
        ("A dog barks at the base of the stairs.", "dog barking in a backyard"),
        ("The alarm goes off.", "alarm ringing"),
        ("Geese pass.", "wings beating"),
        ("A car drives up, crushing gravel; a door slams.", "car crunching gravel"),
        ("The crowd cheers; a whistle blows.", "crowd chattering"),
        ("Knock knock on the door; a dog barks.", "knock knock on the door"),
    ],
)
def test_forms_of_the_storys_words_and_words_of_the_models_own_stay(story: str, sound: str):
    assert sound in mend(sound, story=story)


def test_without_the_table_of_phrases_nothing_is_guessed(tmp_path, monkeypatch):
    coverage._sound_words.cache_clear()
    for table in (tmp_path / "none.json", tmp_path / "list.json"):
        (tmp_path / "list.json").write_text("[]")
        monkeypatch.setattr(coverage, "PHRASES", table)
        with pytest.raises(WeightsMissing, match=f"{table.name} is missing or damaged"):
            mend("owl hoisting", story="An owl hoots.")


@pytest.mark.parametrize(
    ("story", "confused", "told"),
    [
        ("Crickets chirp, rain starts and a train passes far away.", "rain passing far away",
         ["crickets chirping", "rain starts", "train passes far away"]),
        ("Kids laugh in the park. A dog barks at a bicycle bell.", "dogs laughing",
         ["kids laugh in the park", "dog barks at a bicycle bell"]),
        ("Lambs bleat and cowbells clank.", "lambs clank", ["lambs bleat", "cowbells clank"]),
    ],
)  # fmt: skip
def test_what_one_thing_does_is_not_given_to_another(story: str, confused: str, told: list[str]):
    assert mend(*(sound for sound in told[:1] if "crickets" in sound), confused, story=story) == told


@pytest.mark.parametrize(
    ("story", "sounds"),
    [
        ("There is a dog. It barks at the door.", ["dog barking at the door"]),
        ("Rain starts and a train passes.", ["rain starting", "train passing under rain"]),
        ("A keeper climbs the stairs, opens a rusty door.", ["climbing the stairs", "keeper opening a rusty door"]),
        ("Thunder rolls and rain falls.", ["thunder and rain falling"]),
    ],
)
def test_what_is_told_of_one_thing_in_two_clauses_stays_with_it(story: str, sounds: list[str]):
    assert mend(*sounds, story=story) == sounds


def test_the_place_of_a_sound_is_no_sound_of_its_own():
    story = "An elephant trumpets by the river and monkeys chatter in the canopy."
    assert mend("elephant trumpeting", "monkeys chattering", "canopy", story=story) == [
        "elephant trumpeting", "monkeys chattering",
    ]  # fmt: skip
    assert mend("river", "monkeys chattering", story=story) == ["river", "monkeys chattering"]


def test_of_two_tellings_of_one_clause_the_first_stays():
    story = "A woodpecker drums on a dead trunk until a jay shrieks."
    assert mend("woodpecker drumming", "jay shrieking", "dead trunk drumming", story=story) == [
        "woodpecker drumming", "jay shrieking",
    ]  # fmt: skip


def test_a_story_of_one_clause_may_be_told_in_stretches():
    sounds = ["ocean waves", "ocean waves, near", "ocean waves, softer now"]
    assert mend(*sounds, story="ocean waves") == sounds


def test_there_are_never_more_than_asked_for():
    assert len(mend(most=2)) == 2
    assert len(mend("clock ticking", "alarm going off", "hand slamming", most=2)) == 2


@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=80))
def test_any_text_is_mended_without_complaint(sounds: list[str], story: str):
    once = mended(sounds, story, most=8)
    assert len(once) <= 8
    assert all(sound in sounds or sound for sound in once)


@pytest.mark.parametrize("silent", ["It is a cold morning.", "Market day:", "On the moon,", "The story of Anna:"])
def test_openings_settings_and_titles_sound_of_nothing(silent: str):
    assert clauses(f"{silent} rain falls") == clauses("rain falls")


@pytest.mark.parametrize("text", ["", "...", "12 34!", "and then and then"])
def test_a_story_without_content_asks_for_nothing(text: str):
    assert clauses(text) == []
