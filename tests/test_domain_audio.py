"""Laws of audio as a value, and of resampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio import Audio, resampled
from pipeline.errors import AudioError


@pytest.mark.parametrize("shape", [(10,), (3, 10), (0, 10), (1, 2, 3), ()])
def test_audio_is_one_or_two_channels(shape):
    with pytest.raises(AudioError, match="shape"):
        Audio(np.zeros(shape), 8_000)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_audio_is_finite(bad):
    with pytest.raises(AudioError, match="finite"):
        Audio(np.array([[0.0, bad]]), 8_000)


@pytest.mark.parametrize("rate_hz", [0, -1, 999, 400_000])
def test_a_rate_is_plausible(rate_hz):
    with pytest.raises(AudioError, match="Hz"):
        Audio(np.zeros((1, 4)), rate_hz)


def test_fitted_cuts_and_pads_at_the_end():
    audio = Audio(np.ones((2, 5)), 8_000)
    assert audio.fitted(3).samples.tolist() == [[1, 1, 1]] * 2
    assert audio.fitted(7).samples.tolist() == [[1, 1, 1, 1, 1, 0, 0]] * 2


def test_mono_goes_to_both_sides_unchanged():
    stereo = Audio(np.array([[0.5, -0.5]]), 8_000).as_stereo()
    assert stereo.samples.tolist() == [[0.5, -0.5]] * 2
    assert stereo.as_stereo() is stereo


@given(st.integers(0, 5_000), st.sampled_from([8_000, 16_000, 44_100, 48_000]), st.sampled_from([44_100, 48_000]))
def test_resampling_gives_the_rounded_length(length, rate_hz, to_hz):
    out = resampled(Audio(np.zeros((1, length)), rate_hz), to_hz)
    assert (out.rate_hz, out.length) == (to_hz, round(length * to_hz / rate_hz))


@pytest.mark.parametrize("to_hz", [8_000, 44_100, 48_000])
def test_a_constant_stays_constant_at_every_rate(to_hz):
    out = resampled(Audio(np.full((2, 16_000), 0.5), 16_000), to_hz)
    inner = out.samples[:, to_hz // 10 : -to_hz // 10]
    assert np.abs(inner - 0.5).max() < 1e-4
