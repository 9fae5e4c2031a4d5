"""The meter against the signals of EBU Tech 3341 and 3342, and against ffmpeg's."""

from __future__ import annotations

import math
import re
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe

from pipeline.audio import Audio, resampled
from pipeline.errors import AudioError
from pipeline.mixer import Loudness, Meter, measured
from tests.mixer.sounds import noise

RATE = 48_000
HZ = 1_000.0


def tones(*pieces: tuple[float, float], channels: int = 2) -> Audio:
    """Tech 3341's signals: a sine of 1 kHz in phase on both channels, as (level in dBFS, seconds) one after another."""
    levels = np.concatenate([np.full(round(s * RATE), 10 ** (db / 20)) for db, s in pieces])
    wave = levels * np.sin(2 * np.pi * HZ * np.arange(len(levels)) / RATE)
    return Audio(np.tile(wave, (channels, 1)), RATE)


SILENCE = -math.inf


@pytest.mark.parametrize(
    ("case", "pieces", "expected"),
    [
        (1, [(-23, 20)], -23),
        (2, [(-33, 20)], -33),
        (3, [(-36, 10), (-23, 60), (-36, 10)], -23),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_tech_3341_integrated(case, pieces, expected):
    found = measured(tones(*pieces))
    assert found.integrated_lufs == pytest.approx(expected, abs=0.1)
    if case in (1, 2):
        assert found.momentary_max_lufs == pytest.approx(expected, abs=0.1)
        assert found.short_term_max_lufs == pytest.approx(expected, abs=0.1)


def course(audio: Audio, *, short_term: bool) -> np.ndarray:
    meter = Meter(rate_hz=audio.rate_hz, channels=audio.channels)
    meter.add(audio.samples)
    return meter.course(short_term=short_term)


def test_tech_3341_case_9_short_term_is_steady():
    found = course(tones(*[(-20, 1.34), (-30, 1.66)] * 5), short_term=True)
    assert np.abs(found[29:] + 23).max() < 0.1


def test_tech_3341_case_12_momentary_is_steady():
    found = course(tones(*[(-20, 0.18), (-30, 0.22)] * 25), short_term=False)
    assert np.abs(found[10:] + 23).max() < 0.1


@pytest.mark.parametrize("index", range(0, 20, 3))
def test_tech_3341_case_10_short_term_finds_a_tone_wherever_it_begins(index):
    found = measured(tones((SILENCE, index * 0.15), (-23, 3), (SILENCE, 1)))
    assert found.short_term_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("index", range(0, 20, 3))
def test_tech_3341_case_13_momentary_finds_a_tone_wherever_it_begins(index):
    found = measured(tones((SILENCE, index * 0.02), (-23, 0.4), (SILENCE, 1)))
    assert found.momentary_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("case", "divisor", "phase_degrees", "amplitude", "expected"),
    [(15, 4, 0, 0.5, -6), (16, 4, 45, 0.5, -6), (17, 6, 60, 0.5, -6), (18, 8, 67.5, 0.5, -6), (19, 4, 45, 1.41, 3)],
)
def test_tech_3341_true_peaks(case, divisor, phase_degrees, amplitude, expected):
    """Faded in and out over 10 ms: where a sine begins at once, the signal itself peaks higher."""
    angle = 2 * np.pi * np.arange(RATE) / divisor + np.deg2rad(phase_degrees)
    shape = np.interp(np.arange(RATE), [0, 480, RATE - 480, RATE], [0, 1, 1, 0])
    found = measured(Audio(np.tile(amplitude * shape * np.sin(angle), (2, 1)), RATE)).true_peak_dbtp
    assert expected - 0.4 <= found <= expected + 0.2, case


@pytest.mark.parametrize("offset", range(4))
def test_a_peak_between_samples_is_found_wherever_they_lie(offset):
    """After Tech 3341's cases 20 to 23: a peak of full scale at four times the rate, of which every fourth is kept."""
    wide = np.zeros((1, RATE))
    wide[0, RATE // 2 + offset] = 1.0
    band = resampled(resampled(Audio(wide, 4 * RATE), RATE), 4 * RATE).samples  # what fits below the Nyquist frequency
    kept = Audio(band[:, offset % 4 :: 4] / np.abs(band).max(), RATE)
    assert -0.4 <= measured(kept).true_peak_dbtp <= 0.2


@pytest.mark.parametrize(
    ("levels_db", "expected"), [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)]
)
def test_tech_3342_loudness_range(levels_db, expected):
    assert measured(tones(*[(db, 20) for db in levels_db])).range_lu == pytest.approx(expected, abs=1)


def by_ffmpeg(path) -> dict[str, float]:
    """Integrated loudness, range and true peak as ffmpeg's ebur128 tells them, to a tenth."""
    arguments = ["-nostats", "-i", str(path), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    told = subprocess.run([get_ffmpeg_exe(), *arguments], capture_output=True, text=True, check=True).stderr
    summary = told[told.rindex("Summary:") :]
    return {key: float(re.search(rf"{key}:\s+(-?[\d.]+)", summary)[1]) for key in ("I", "LRA", "Peak")}


@pytest.mark.parametrize(("rate_hz", "channels"), [(48_000, 2), (44_100, 1), (32_000, 2)])
def test_ffmpeg_reads_the_same(tmp_path, rate_hz, channels):
    audio = noise(20, rate_hz=rate_hz, channels=channels, level=0.2)
    shape = 10 ** (
        np.interp(np.arange(audio.length), np.linspace(0, audio.length, 9), [0, -30, -5, -40, 0, -9, -24, -2, -12]) / 20
    )
    audio = Audio(audio.samples * shape, rate_hz)
    soundfile.write(tmp_path / "a.wav", audio.samples.T, rate_hz, subtype="FLOAT")
    theirs, ours = by_ffmpeg(tmp_path / "a.wav"), measured(audio)
    assert ours.integrated_lufs == pytest.approx(theirs["I"], abs=0.1)
    assert ours.range_lu == pytest.approx(theirs["LRA"], abs=0.2)
    assert ours.true_peak_dbtp == pytest.approx(theirs["Peak"], abs=0.2)


@given(st.lists(st.integers(0, 30_000), max_size=12), st.integers(0, 3))
@settings(max_examples=20)
def test_block_lengths_change_nothing(cuts, seed):
    audio = noise(4.3, rate_hz=11_025, channels=2, seed=seed)
    meter = Meter(rate_hz=11_025, channels=2)
    edges = sorted({0, audio.length, *(min(cut, audio.length) for cut in cuts)})
    for start, stop in zip(edges, edges[1:], strict=False):
        meter.add(audio.samples[:, start:stop])
        meter.loudness()  # looking does not disturb
    assert meter.loudness() == measured(audio)


@given(st.floats(-40, 12))
@settings(max_examples=20)
def test_a_gain_moves_every_figure_by_itself(gain_db):
    audio = noise(4, rate_hz=8_000, level=0.1)
    before, after = measured(audio), measured(Audio(audio.samples * 10 ** (gain_db / 20), 8_000))
    for name in ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs", "true_peak_dbtp", "sample_peak_dbfs"):
        assert getattr(after, name) - getattr(before, name) == pytest.approx(gain_db, abs=1e-3)
    assert after.range_lu == pytest.approx(before.range_lu, abs=1e-3)


def test_a_sound_on_both_sides_is_three_units_louder_than_on_one():
    both, one = measured(tones((-20, 4))), measured(tones((-20, 4), channels=1))
    assert both.integrated_lufs - one.integrated_lufs == pytest.approx(3.01, abs=0.01)


def test_silence_and_what_is_too_short_have_no_loudness():
    silence, short = measured(Audio(np.zeros((2, RATE)), RATE)), measured(tones((-20, 0.01)))
    none = -math.inf
    assert silence == Loudness(
        integrated_lufs=none, momentary_max_lufs=none, short_term_max_lufs=none, range_lu=0.0, true_peak_dbtp=none,
        sample_peak_dbfs=none, duration_s=1.0,
    )  # fmt: skip
    assert silence.silent
    assert not short.silent
    assert (short.integrated_lufs, short.momentary_max_lufs) == (none, none)
    assert short.true_peak_dbtp == pytest.approx(-20, abs=0.1)
    assert measured(Audio(np.zeros((1, 0)), RATE)).duration_s == 0


def test_what_can_not_be_measured_is_refused():
    with pytest.raises(AudioError, match="8,000 Hz or more, not at 4,000 Hz"):
        Meter(rate_hz=4_000, channels=1)
    with pytest.raises(AudioError, match=r"shape \[1, 9\], not \[2, samples\]"):
        Meter(rate_hz=RATE, channels=2).add(np.zeros((1, 9)))
    meter = Meter(rate_hz=RATE, channels=1)
    meter.add(np.full((1, 9), np.nan))
    with pytest.raises(AudioError, match="not finite"):
        meter.loudness()
