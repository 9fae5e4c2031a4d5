"""Other words for a caption: of the sound that is meant, never the caption itself, and none where it is unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import WeightsMissing
from pipeline.model.text_states import TextStates
from pipeline.renderer import Worded
from pipeline.renderer.nano import NanoRenderer
from pipeline.renderer.wordings import PHRASES, Wordings

KNOWN = ("rain_on_roof", "dog_bark", "footsteps_gravel", "ocean_waves", "church_bell", "car_passing")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the shipped table."""
    phrases = json.loads(PHRASES.read_text(encoding="utf-8"))
    path = tmp_path_factory.mktemp("phrases") / "phrases.json"
    path.write_text(json.dumps({name: ways for name, ways in phrases.items() if name in KNOWN}))
    return path


@pytest.fixture(scope="module")
def wordings(table: Path) -> Wordings:
    return Wordings(TextStates(), table=table)


@pytest.mark.parametrize(
    ("caption", "concept"),
    [("rain falling on a tin roof", "rain_on_roof"), ("a dog barks twice", "dog_bark"),
     ("footsteps approaching on gravel", "footsteps_gravel"), ("car passing", "car_passing")],
)  # fmt: skip
def test_three_other_ways_to_say_the_same_sound(wordings: Wordings, table: Path, caption: str, concept: str) -> None:
    known = json.loads(table.read_text())[concept]
    for seed in (0, 1):
        offers = wordings.of(caption, count=3, seed=seed)
        assert len(set(offers)) == 3 and set(offers) <= set(known) and caption not in offers
        assert wordings.of(caption, count=3, seed=seed) == offers
    assert len({offer for seed in range(4) for offer in wordings.of(caption, count=3, seed=seed)}) > 3


def test_a_phrase_of_the_table_is_not_offered_as_its_own_other_word(wordings: Wordings, table: Path) -> None:
    phrase = json.loads(table.read_text())["dog_bark"][0]
    offers = wordings.of(f"  {phrase.upper()}. ", count=30, seed=0)
    assert offers and phrase not in offers


@pytest.mark.parametrize("caption", ["the hush of a library", "a dragon beats its wings", "justice"])
def test_what_the_table_does_not_know_has_no_other_words(wordings: Wordings, caption: str) -> None:
    assert wordings.of(caption, count=3, seed=0) == []


@pytest.mark.parametrize("text", [None, "{", "\xff"])
def test_a_table_that_can_not_be_read_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "phrases.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    with pytest.raises(WeightsMissing, match="table of phrases"):
        Wordings(TextStates(), table=path).of("rain", count=3, seed=0)


def test_nano_knows_other_words() -> None:
    assert isinstance(NanoRenderer(), Worded)
