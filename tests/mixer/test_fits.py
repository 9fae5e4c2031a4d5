"""Laws of fitting: exactly as long as the slot; no step that the take does not have; level and pitch stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.arrangement import Fit
from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer.fits import LoopSource, TrimSource, check_fit, fitted, joined
from pipeline.mixer.sources import AudioSource, Scratch, pieces
from tests.mixer.sounds import RATE, constant, level_db, noise, placed, tone

GUARD = RATE // 200
RATE_HZ = 44_100


def whole(source) -> np.ndarray:
    return source.read(0, source.length)


def fit(audio: Audio, fit_as: Fit, length: int, *, offset: int = 0) -> np.ndarray:
    clip = placed("take", start=0, length=length, offset=offset, fit=fit_as)
    scratch = Scratch()
    return np.array(whole(fitted(AudioSource(audio), clip, scratch=scratch)))


def steps(samples: np.ndarray) -> float:
    return float(np.abs(np.diff(samples)).max())


def windows(samples: np.ndarray, seconds: float, rate_hz: int) -> list[np.ndarray]:
    size = round(seconds * rate_hz)
    return [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]


@given(st.integers(1, 3_000), st.integers(0, 3_500), st.integers(1, 8_000), st.sampled_from([Fit.TRIM, Fit.LOOP]))
def test_it_is_as_long_as_its_slot_in_whatever_pieces_it_is_read(samples, offset, length, fit_as):
    audio = Audio(noise(1.0).samples[:, :samples], RATE)
    clip = placed("take", start=0, length=length, offset=offset, fit=fit_as)
    if fit_as is Fit.LOOP and offset >= samples:
        with pytest.raises(MixError, match="begins after the end of its take"):
            fitted(AudioSource(audio), clip, scratch=Scratch())
        return
    source = fitted(AudioSource(audio), clip, scratch=Scratch())
    assert source.length == length
    assert whole(source).shape == (1, length)
    assert np.array_equal(np.concatenate(list(pieces(source, block=317)), axis=1), whole(source))


def test_a_take_that_ends_early_fades_into_silence():
    trimmed = whole(TrimSource(AudioSource(constant(0.5)), offset=1_000, length=6_000))[0]
    assert (trimmed[: 3_000 - GUARD] == 1).all()
    assert (trimmed[3_000:] == 0).all()
    assert steps(trimmed) <= 1 / GUARD + 1e-6
    assert (whole(TrimSource(AudioSource(constant(0.5)), offset=0, length=4_000)) == 1).all()
    assert (whole(TrimSource(AudioSource(constant(0.5)), offset=9_000, length=40)) == 0).all()


@given(st.integers(3, 20_000), st.integers(1, 40_000))
def test_a_looped_constant_is_the_constant(samples, length):
    looped = whole(LoopSource(AudioSource(constant(samples / RATE, 0.3)), offset=0, length=length))
    assert np.abs(looped - 0.3).max() < 1e-6


@given(st.floats(0.3, 3.0), st.floats(60.0, 1_500.0))
@settings(max_examples=30)
def test_a_looped_tone_has_no_step_and_keeps_its_level(seconds, hz):
    audio = tone(seconds, hz)
    looped = whole(LoopSource(AudioSource(audio), offset=0, length=10 * RATE))[0]
    fade = min(RATE // 4, audio.length // 3)
    assert steps(looped) <= steps(audio.samples[0]) + 0.5 * np.pi / fade + 1e-6  # the take's own, and the fades' slope
    for part in windows(looped, 0.1, RATE):
        assert level_db(part) == pytest.approx(level_db(audio.samples), abs=0.5)


def test_looped_noise_keeps_its_level():
    audio = noise(2.0, rate_hz=RATE_HZ)
    looped = whole(LoopSource(AudioSource(audio), offset=0, length=20 * RATE_HZ))[0]
    for part in windows(looped, 0.2, RATE_HZ):
        assert level_db(part) == pytest.approx(level_db(audio.samples), abs=0.5)


def test_a_loop_is_the_take_until_its_end():
    audio = noise(2.0, channels=2)
    looped = whole(LoopSource(AudioSource(audio), offset=800, length=30_000))
    source = LoopSource(AudioSource(audio), offset=800, length=30_000)
    assert np.array_equal(looped[:, : source.period], audio.samples[:, 800 : 800 + source.period])


@given(st.floats(-1.0, 1.0))
def test_a_join_keeps_the_power_whatever_its_sides_have_in_common(likeness):
    a, b = noise(4.0, seed=1).samples, noise(4.0, seed=2).samples
    head = a * likeness + b * np.sqrt(1 - likeness**2)
    level = level_db(joined(a, head)) - level_db(a)
    assert abs(level) < 0.3 or likeness < -0.5  # against each other they cancel more than is made up for


@pytest.mark.parametrize("ratio", [0.25, 0.6, 1.37, 2.0, 4.0])
def test_stretching_keeps_length_pitch_and_level(ratio):
    audio = tone(3.0, 440.0, rate_hz=RATE_HZ, channels=2)
    length = round(audio.length * ratio)
    made = fit(audio, Fit.STRETCH, length)
    assert made.shape == (2, length)
    heard = made[0] * np.hanning(length)
    spectrum = np.abs(np.fft.rfft(heard, 1 << 20))
    assert np.argmax(spectrum) * RATE_HZ / (1 << 20) == pytest.approx(440.0, rel=0.002)  # 3 cents
    assert level_db(made) == pytest.approx(level_db(audio.samples), abs=1.5)
    assert steps(made[0]) < 4 * steps(audio.samples[0])


def test_stretching_is_the_same_every_time_and_nothing_when_it_fits():
    audio = noise(0.5, rate_hz=RATE_HZ)
    assert np.array_equal(fit(audio, Fit.STRETCH, 30_000), fit(audio, Fit.STRETCH, 30_000))
    assert np.array_equal(fit(audio, Fit.STRETCH, audio.length), audio.samples)


def test_what_lies_in_the_middle_stays_in_the_middle():
    click = np.zeros((1, 2 * RATE_HZ), np.float32)
    click[0, RATE_HZ] = 1.0
    made = fit(Audio(click, RATE_HZ), Fit.STRETCH, 3 * RATE_HZ)
    assert np.argmax(np.abs(made[0])) == pytest.approx(1.5 * RATE_HZ, abs=0.01 * RATE_HZ)


def test_a_long_stretch_is_joined_from_sections_without_a_seam():
    audio = tone(24.0, 220.0, rate_hz=RATE)
    made = fit(audio, Fit.STRETCH, 65 * RATE)[0]
    levels = [level_db(part) for part in windows(made[RATE:-RATE], 0.2, RATE)]
    assert max(levels) - min(levels) < 1.0
    assert steps(made) < 3 * steps(audio.samples[0])


def test_a_tiny_take_can_be_stretched():
    assert fit(tone(0.01, 440.0, rate_hz=RATE_HZ), Fit.STRETCH, 1_000).shape == (1, 1_000)
    assert fit(constant(1 / RATE), Fit.STRETCH, 3).shape == (1, 3)


def test_a_stretch_beyond_reason_is_refused():
    clip = placed("take", start=0, length=5 * RATE, fit=Fit.STRETCH)
    with pytest.raises(MixError, match="5 times slower .* 4 times is the most"):
        check_fit(clip, available=RATE)
    with pytest.raises(MixError, match="8 times faster"):
        check_fit(clip, available=40 * RATE)
