"""Pictures: the numbers that are drawn, and that a picture is written whole."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio import Audio
from pipeline.errors import AudioError, FormatError
from pipeline.pictures import (
    Overview,
    envelope,
    overview_of,
    overview_picture,
    picture,
    spectrogram_db,
    spectrogram_picture,
    timeline_picture,
)
from pipeline.timeline import Event, Story, Timeline
from tests.formats.sessions import described

RATE = 8_000


def sine(hz: float, *, seconds: float = 2.0, level: float = 1.0) -> Audio:
    return Audio(level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)[None], RATE)


def test_the_envelope_holds_every_peak():
    samples = np.zeros((2, 10_000))
    samples[0, 777], samples[1, 9_999] = 0.9, -0.7
    low, high = envelope(Audio(samples, RATE), columns=100)
    assert len(low) == len(high) == 100
    assert high[7] == np.float32(0.9)
    assert low[99] == np.float32(-0.7)


@pytest.mark.parametrize("length", [1, 7, 1_199, 1_200, 1_201])
def test_the_envelope_of_any_length_has_no_more_columns_than_samples(length):
    assert len(envelope(Audio(np.ones((1, length)), RATE))[0]) == min(length, 1_200)


def test_a_full_scale_sine_is_zero_decibels_at_its_frequency():
    levels = spectrogram_db(sine(1_000.0))
    middle = levels[:, levels.shape[1] // 2]
    assert middle.argmax() == round(1_000 / (RATE / 2) * 1_024)
    assert middle.max() == pytest.approx(0.0, abs=0.1)
    assert levels.min() == -90.0


def test_a_picture_is_a_png_whatever_the_captions_say(tmp_path):
    events = tuple(Event(caption=c, duration_s=1) for c in ("rain $x_{", "wind " * 60))
    timeline = Timeline(story=Story(text="x", duration_s=2), events=events)
    picture(tmp_path / "a.png", sine(440), title="a $ title {", timeline=timeline)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_no_sound_and_no_folder_are_told(tmp_path):
    with pytest.raises(AudioError, match="no sound"):
        picture(tmp_path / "a.png", Audio(np.zeros((1, 0)), RATE))
    with pytest.raises(FormatError, match="folder does not exist"):
        picture(tmp_path / "gone" / "a.png", sine(440))


@pytest.mark.parametrize(
    ("length", "block"), [(1, 9), (1_000, 999), (50_000, 333), (300_000, 1_999), (300_000, 65_536), (1_500_000, 65_536)]
)
def test_an_overview_gathered_block_by_block_is_the_picture_of_the_whole(length, block):
    audio = Audio(np.random.default_rng(0).uniform(-1, 1, (2, length)), RATE)
    gathered = Overview(rate_hz=RATE, length=length, columns=300)
    for start in range(0, length, block):
        gathered.add(audio.samples[:, start : start + block])
    low, high = envelope(audio, columns=300)
    assert np.array_equal(gathered.low, low)
    assert np.array_equal(gathered.high, high)
    assert np.allclose(gathered.levels_db, spectrogram_db(audio, columns=300), atol=1e-2)


@pytest.mark.parametrize(("suffix", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_every_picture_comes_as_png_and_svg(tmp_path, suffix, begin):
    overview = overview_of(sine(440.0))
    overview_picture(tmp_path / f"a.{suffix}", overview, marks=[(0.0, "rain $ {"), (1.0, "wind")])
    spectrogram_picture(tmp_path / f"b.{suffix}", overview)
    timeline_picture(tmp_path / f"c.{suffix}", described(), overview)
    for name in "abc":
        assert (tmp_path / f"{name}.{suffix}").read_bytes().startswith(begin)
