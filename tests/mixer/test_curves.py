"""Laws of fades and pan: what every pair keeps constant, at every length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mixer.curves import falling, rise, rising
from pipeline.mixer.pan import pan_gains
from pipeline.timeline import Curve

KEPT = {
    Curve.EQUAL_POWER: lambda up, down: up**2 + down**2,
    Curve.LINEAR: lambda up, down: up + down,
    Curve.S_CURVE: lambda up, down: up + down,
    Curve.EXPONENTIAL: lambda up, down: (1 + 99 * up) * (1 + 99 * down) / 100,
    Curve.LOGARITHMIC: lambda up, down: (100**up + 100**down) / 101,
}
LENGTHS = st.integers(1, 5_000)


def pair(curve: Curve, samples: int) -> tuple[np.ndarray, np.ndarray]:
    whole = {"samples": samples, "start": 0, "stop": samples}
    return rising(curve, **whole), falling(curve, **whole)


@given(st.sampled_from(list(Curve)), LENGTHS)
def test_a_pair_keeps_what_its_docstring_says(curve, samples):
    assert np.abs(KEPT[curve](*pair(curve, samples)) - 1).max() < 1e-12


@given(st.sampled_from(list(Curve)), LENGTHS)
def test_a_curve_rises_from_0_to_1_and_never_turns_back(curve, samples):
    up, down = pair(curve, samples)
    assert (np.diff(up) > 0).all()
    assert 0 < up[0] <= up[-1] < 1
    assert np.array_equal(up, down[::-1])
    assert rise(curve, np.array([0.0, 1.0])) == pytest.approx([0, 1], abs=1e-15)


@given(st.sampled_from(list(Curve)), LENGTHS, st.data())
def test_a_piece_of_a_fade_is_that_piece(curve, samples, data):
    start = data.draw(st.integers(0, samples))
    stop = data.draw(st.integers(start, samples))
    for part, whole in zip((rising, falling), pair(curve, samples), strict=True):
        assert np.allclose(part(curve, samples=samples, start=start, stop=stop), whole[start:stop], rtol=0, atol=1e-15)


def test_the_curves_lie_in_order():
    x = np.linspace(0.01, 0.99, 99)
    slow_to_fast = (Curve.EXPONENTIAL, Curve.LINEAR, Curve.EQUAL_POWER)
    assert all((rise(a, x) < rise(b, x)).all() for a, b in zip(slow_to_fast, slow_to_fast[1:], strict=False))
    assert np.allclose(rise(Curve.EXPONENTIAL, rise(Curve.LOGARITHMIC, x)), x)


@given(st.floats(-1, 1))
def test_pan_keeps_the_power_and_the_centre_keeps_the_level(pan):
    left, right = pan_gains(pan)
    assert left**2 + right**2 == pytest.approx(2.0)
    assert pan_gains(-pan) == pytest.approx((right, left))
    assert (left - right) * pan <= 1e-12
    assert pan_gains(0.0) == (1.0, 1.0)
    assert pan_gains(-1.0) == (np.sqrt(2), 0.0)
    assert pan_gains(1.0) == (0.0, np.sqrt(2))
