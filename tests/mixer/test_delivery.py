"""Laws of delivery: the target is met, the ceiling holds, what gave way is said, silence is left alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer import TARGETS, Delivery, Target, delivered, measured
from pipeline.mixer.limiter import Limiter
from tests.mixer.sounds import noise, tone

RATE = 16_000


def spiky(seconds: float = 4, *, spike: float = 0.9, seed: int = 0) -> Audio:
    """Quiet noise with a click now and then: much louder peaks than loudness."""
    samples = noise(seconds, rate_hz=RATE, channels=2, level=0.03, seed=seed).samples.copy()
    rng = np.random.default_rng(seed)
    at = rng.integers(0, samples.shape[1], 12)
    samples[:, at] = spike * rng.choice([-1, 1], (2, 12))
    return Audio(samples, RATE)


@pytest.mark.parametrize("name", ["ebu", "atsc", "streaming", "podcast"])
def test_a_target_is_met(name):
    audio, report = delivered(noise(4, rate_hz=RATE, channels=2, level=0.02), TARGETS[name])
    assert report.after == measured(audio)
    assert report.after.integrated_lufs == pytest.approx(TARGETS[name].loudness_lufs, abs=0.1)
    assert report.after.true_peak_dbtp <= TARGETS[name].ceiling_dbtp
    assert report.gave_way is None


def test_one_linear_gain_is_all_where_that_is_enough():
    audio = noise(4, rate_hz=RATE, level=0.2)
    made, report = delivered(audio, TARGETS["ebu"])
    assert np.allclose(made.samples, audio.samples * 10 ** (report.gain_db / 20), rtol=1e-6)
    assert (report.limited_db, report.limited_share) == (0.0, 0.0)
    assert (
        report.sentence
        == f"Gain {report.gain_db:+.1f} dB. Now -23.0 LUFS, true peak {report.after.true_peak_dbtp:.1f} dBTP."
    )


def test_film_is_left_as_it_was_mixed():
    audio = spiky(spike=2.0)
    made, report = delivered(audio, TARGETS["film"])
    assert np.array_equal(made.samples, audio.samples)
    assert report.gain_db == 0


def test_a_few_peaks_are_limited_and_the_loudness_holds():
    made, report = delivered(spiky(), TARGETS["ebu"])
    assert report.after.true_peak_dbtp <= -1
    assert report.limited_db > 1
    assert report.gave_way is None
    assert "The limiter lowered peaks by up to" in report.sentence
    assert made.length == spiky().length


def test_where_loudness_and_ceiling_conflict_the_loudness_gives_way_and_that_is_said():
    _, report = delivered(noise(4, rate_hz=RATE, channels=2), Target(name="own", loudness_lufs=-6, ceiling_dbtp=-6))
    assert report.gave_way == "loudness"
    assert report.after.integrated_lufs < -6.5
    assert report.after.true_peak_dbtp <= -6
    assert "The loudness gave way: -6 LUFS does not fit under -6 dBTP." in report.sentence


def test_silence_gets_no_gain():
    silence = Audio(np.zeros((2, RATE)), RATE)
    made, report = delivered(silence, TARGETS["streaming"])
    assert np.array_equal(made.samples, silence.samples)
    assert report.gain_db == 0
    assert report.after.integrated_lufs == -math.inf
    assert report.sentence == "The mix is silent (loudness -inf LUFS): no gain was applied."


def test_ten_milliseconds_get_no_gain():
    made, report = delivered(tone(0.01, 440, rate_hz=RATE, level=0.1), TARGETS["streaming"])
    assert made.length == 160
    assert report.gain_db == 0
    assert "shorter than 0.4 s and has no loudness: no gain was applied" in report.sentence


def test_what_is_below_the_gate_gets_no_gain():
    _, report = delivered(noise(2, rate_hz=RATE, level=1e-5), TARGETS["streaming"])
    assert "below the gate of -70 LUFS everywhere" in report.sentence


@given(st.integers(0, 50), st.floats(0.2, 8.0), st.floats(-12, 0), st.sampled_from([8_000, 16_000, 44_100]))
@settings(max_examples=25)
def test_no_true_peak_passes_the_ceiling(seed, peak, ceiling, rate_hz):
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal((2, 9_000)) * 0.05
    samples[:, rng.integers(0, 9_000, 40)] *= 20 * peak
    samples[:, 4_000:5_000] += peak * np.sin(np.arange(1_000) * rng.uniform(0.01, 3.1))
    limiter = Limiter(rate_hz=rate_hz, channels=2, ceiling_dbtp=ceiling)
    made = np.concatenate(list(limiter.process([samples.astype("f4")])), axis=1)
    assert made.shape == samples.shape
    assert measured(Audio(made, rate_hz)).true_peak_dbtp <= ceiling


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=6), st.integers(0, 9))
@settings(max_examples=15)
def test_block_lengths_never_change_a_sample(cuts, seed):
    audio = spiky(6, spike=1.5, seed=seed)
    whole = np.concatenate(list(limited(audio, [audio.length])), axis=1)
    pieces = np.concatenate(list(limited(audio, [*cuts, audio.length])), axis=1)
    assert np.array_equal(whole, pieces)


def limited(audio: Audio, lengths: list[int]):
    edges = np.minimum(np.cumsum([0, *lengths]), audio.length)
    blocks = [audio.samples[:, start:stop] for start, stop in zip(edges, edges[1:], strict=False)]
    return Limiter(rate_hz=RATE, channels=2, ceiling_dbtp=-1).process(blocks)


def test_the_limiter_touches_only_what_is_near_a_peak():
    quiet = noise(3, rate_hz=RATE, channels=2, level=0.05).samples.copy()
    quiet[:, RATE] = 1.6
    made = np.concatenate(list(limited(Audio(quiet, RATE), [quiet.shape[1]])), axis=1)
    touched = np.flatnonzero((made != quiet).any(axis=0))
    assert touched.min() >= RATE - 60  # 3 ms before
    assert touched.max() <= RATE + round((20 * np.log10(1.6) + 1.2) / 60 * RATE) + 60  # it recovers at 60 dB a second


def test_the_limiter_s_gain_never_jumps():
    level = np.full((1, 2 * RATE), 0.5, np.float32)
    level[:, RATE:] = 1.5
    made = np.concatenate(list(Limiter(rate_hz=RATE, channels=1, ceiling_dbtp=-3).process([level])), axis=1)
    gain_db = 20 * np.log10(made / level)
    assert np.abs(np.diff(gain_db)).max() < 1.1 * np.abs(gain_db).max() / (0.003 * RATE)


def test_a_long_mix_is_delivered_in_two_passes():
    audio = spiky(8)
    passes = []

    def blocks():
        passes.append(1)
        return iter(np.array_split(audio.samples, 7, axis=1))

    delivery = Delivery(blocks, TARGETS["podcast"], rate_hz=RATE, channels=2)
    with pytest.raises(MixError, match="not been delivered"):
        _ = delivery.report
    made = np.concatenate(list(delivery.delivered()), axis=1)
    whole, report = delivered(audio, TARGETS["podcast"])
    assert len(passes) == 2
    assert np.array_equal(made, whole.samples)
    assert delivery.report == report


def test_a_target_beyond_reason_is_refused():
    with pytest.raises(MixError, match="a loudness in LUFS is -3; allowed is -50 to -5"):
        Target(name="own", loudness_lufs=-3)
    with pytest.raises(MixError, match="a ceiling in dBTP is 1; allowed is -20 to 0"):
        Target(name="own", ceiling_dbtp=1)
    with pytest.raises(MixError):
        Target(name="own", loudness_lufs=math.nan)
