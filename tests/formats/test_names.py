"""Names of delivered files: legal everywhere, never a path, never twice; and the categories that captions suggest."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FormatError
from pipeline.formats import ucs
from pipeline.formats.names import MAX_BYTES, Names, file_name, ucs_name, whole_phrase


@given(st.text(max_size=300))
def test_no_text_makes_a_path_or_an_illegal_name(text):
    name = file_name(text)
    assert name == file_name(name)
    assert 0 < len(name.encode()) <= MAX_BYTES + 1
    assert not set(name) & set('<>:"/\\|?*\0\n\t')
    assert name not in (".", "..")
    assert name[-1] not in ". "
    assert not any(unicodedata.category(c).startswith("C") for c in name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("C:\\Windows\\system32", "C Windows system32"),
        ("rain on a roof.", "rain on a roof"),
        ("…", "…"),
        ("...", "untitled"),
        ("", "untitled"),
        ("CON", "_CON"),
        ("com1.wav", "_com1.wav"),
        ("console", "console"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("Ein Zug — „Nacht“ 🚂", "Ein Zug — „Nacht“ 🚂"),
        ("x" * 500, "x" * MAX_BYTES),
        ("é" * 500, "é" * (MAX_BYTES // 2)),
    ],
)
def test_names_that_would_do_harm_are_made_safe(text, name):
    assert file_name(text) == name


@pytest.mark.parametrize(
    ("begun", "phrase"),
    [
        ("Rain on a tin roof, then", "Rain on a tin roof"),
        ("A lighthouse keeper climbs; and then the", "A lighthouse keeper climbs"),
        ("thunder —", "thunder"),
        ("It rains & then…", "It rains"),
        ("a dog barks", "a dog barks"),
        ("and then", "and then"),
        ("", ""),
    ],
)
def test_a_phrase_that_was_cut_ends_with_a_word_that_carries_it(begun, phrase):
    assert whole_phrase(begun) == phrase


def test_a_long_name_is_cut_after_a_word_that_carries_it():
    clause = "rain on the tin roof of the old station, and then "
    text, name = clause * 6, file_name(clause * 6)
    assert name == f"{clause}{clause}rain on the tin roof"
    assert text.startswith(name) and MAX_BYTES // 2 < len(name) <= MAX_BYTES
    assert file_name("x" * 118 + " yyy") == "x" * 118
    assert file_name("é " + "x" * 300) == "é " + "x" * (MAX_BYTES - 3)  # else nearly nothing would be left
    assert ucs_name(category="WIND", title="wind that blows and blows over the hills and the sea") == (
        "WIND_wind that blows and blows over the hills_NONE_NONE"
    )


def test_duplicates_are_numbered_whatever_their_case():
    names = Names()
    given_names = [names.unique("Rain", ".wav"), names.unique("rain", ".wav"), names.unique("rain", ".mp3")]
    assert given_names == ["Rain.wav", "rain 2.wav", "rain.mp3"]
    assert names.unique("rain 2", ".wav") == "rain 2 2.wav"
    long = [names.unique("y" * 300, ".wav") for _ in range(11)]
    assert len(set(long)) == 11
    assert all(len(name) <= MAX_BYTES + 4 for name in long)


def test_ucs_names_have_four_blocks():
    name = ucs_name(category="RAINMetl", title="heavy rain_on a tin roof / shed", creator="AS", source="Night train")
    assert name == "RAINMetl_heavy rain on a tin roof shed_AS_Night train"
    assert len(re.findall("_", name)) == 3
    assert ucs_name(category="RAIN", title="rain") == "RAIN_rain_NONE_NONE"
    long = ucs_name(category="WIND", title="a very long wind that blows and blows over hills and far away", creator="A")
    assert long == "WIND_a very long wind that blows and blows over hills_A_NONE"


def test_the_table_of_categories_is_consistent():
    table = ucs.categories()
    assert len(table) > 650
    assert len({row.id for row in table}) == len(table)
    assert len({(row.category, row.subcategory) for row in table}) == len(table)
    for row in table:
        assert re.fullmatch(r"[A-Z]{2,6}([A-Z][a-z]\w*)?", row.id), row.id
        assert row.explanation
        assert all(row.synonyms)
    shorts = {}
    for row in table:
        shorts.setdefault(re.match(r"[A-Z]+(?=[A-Z][a-z]|$)", row.id).group(), set()).add(row.category)
    assert all(len(found) == 1 for found in shorts.values()), shorts


def test_a_table_that_is_gone_or_another_is_told(tmp_path):
    for text in (None, "a,b\n1,2\n"):
        if text:
            (tmp_path / "t.csv").write_text(text)
        with pytest.raises(FormatError, match="can't be read"):
            ucs.categories(tmp_path / "t.csv")


def letters(texts):
    """A small embedding of text: how often each letter occurs, rows of length 1."""
    counts = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], float) + 1e-6
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_suggestions_are_ordered_and_no_more_than_asked():
    found = ucs.CategorySuggester(letters).suggest("zzz zip", count=3)
    assert len(found) == 3
    assert [s.likeness for s in found] == sorted((s.likeness for s in found), reverse=True)
    assert all(-1 <= s.likeness <= 1 + 1e-9 for s in found)


def test_kept_vectors_belong_to_the_table():
    table = ucs.categories()
    vectors = ucs._kept_vectors(table)
    assert vectors is not None, "the table was changed: run pipeline.formats.ucs.keep_vectors() again"
    assert vectors.shape == (len(ucs.texts_of(table)), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert ucs._kept_vectors((replace(table[0], explanation="other"), *table[1:])) is None


@pytest.mark.slow
def test_captions_suggest_their_category():
    suggester = ucs.suggester()
    for caption, wanted in {
        "heavy rain on a tin roof": "RAINMetl",
        "a steam train leaves the station": "TRNSteam",
        "a wooden door creaks open": "DOORWood",
        "glass shatters on the floor": "GLASBrk",
        "seagulls cry over waves": "BIRDSea",
        "a cat purring softly": "ANMLCat",
    }.items():
        assert suggester.suggest(caption, count=1)[0].category.id == wanted
