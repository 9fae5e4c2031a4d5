"""Long stories are cut where people pause, and share the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.planner.windows import WINDOW_CHARS, windows


def test_a_short_story_is_one_window():
    (only,) = windows("Rain falls. A dog barks.", total_s=20)
    assert (only.text, only.duration_s) == ("Rain falls. A dog barks.", 20)


def test_a_long_story_is_cut_at_sentences():
    sentence = "The wind rises over the hill and the trees begin to groan."
    parts = windows(" ".join([sentence] * 30), total_s=300)
    assert len(parts) > 3
    assert all(part.text.startswith("The wind") and part.text.endswith("groan.") for part in parts)


@given(st.text("abc ,.\n", min_size=1, max_size=3_000).filter(str.strip), st.integers(1, 600))
def test_windows_are_short_and_share_the_total(text, total_s):
    parts = windows(text, total_s=total_s)
    assert all(0 < len(part.text) <= WINDOW_CHARS for part in parts)
    assert sum(part.duration_s for part in parts) == pytest.approx(total_s)
    assert len(parts) == 1 or min(total_s / len(parts), 3) == 3


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=300))
def test_no_word_is_lost_when_there_is_time(words):
    parts = windows(" ".join(words), total_s=3_600)
    assert " ".join(part.text for part in parts).split() == words
