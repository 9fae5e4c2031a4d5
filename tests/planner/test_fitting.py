"""Durations sum to the total, exactly, whatever the planner wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.planner.fitting import MS, fitted, split_long

written = st.lists(st.floats(0.1, 500), min_size=1, max_size=12)
totals = st.integers(1_000, 3_600_000).map(lambda ms: ms / MS)


def ms(durations) -> list[int]:
    return [round(duration * MS) for duration in durations]


@given(written, totals)
def test_the_sum_is_the_total_to_the_millisecond(durations, total_s):
    assert sum(ms(fitted(durations, total_s=total_s))) == round(total_s * MS)


@given(written, totals)
def test_nothing_is_shorter_than_the_least_or_an_equal_share(durations, total_s):
    least = min(0.5, total_s / len(durations))
    assert min(ms(fitted(durations, total_s=total_s))) >= int(least * MS)


@given(written)
def test_durations_that_fit_already_stay(durations):
    rounded = [max(0.5, round(duration, 3)) for duration in durations]
    total_s = sum(ms(rounded)) / MS
    assert fitted(rounded, total_s=total_s) == pytest.approx(rounded, abs=0.0011)


def test_proportions_are_kept():
    assert fitted([1, 2, 3], total_s=12) == [2, 4, 6]


def test_one_huge_event_leaves_the_others_their_least():
    assert fitted([500, 0.1, 0.1], total_s=10) == [9.0, 0.5, 0.5]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 0.0, -3.0])
def test_a_duration_that_is_none_gets_the_least(bad):
    assert fitted([bad, 5.0], total_s=10) == [0.5, 9.5]


def test_no_events_is_an_error():
    with pytest.raises(PlanError):
        fitted([], total_s=10)


@given(st.floats(0.5, 600), st.floats(1, 60))
def test_parts_sum_to_the_event_and_fit(duration_s, max_event_s):
    parts = split_long([("rain", duration_s)], max_event_s=max_event_s)
    assert sum(ms(d for _, d in parts)) == round(duration_s * MS)
    assert max(d for _, d in parts) <= max_event_s + 1e-9
    assert len({caption for caption, _ in parts}) == len(parts)
    assert all("rain" in caption for caption, _ in parts)
