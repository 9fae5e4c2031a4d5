"""The measure of coherence, on narratives whose truth is known: it must tell a continuation from a fresh start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import SettingsError
from pipeline.evaluation.acoustics import DISTANCES, acoustics
from pipeline.evaluation.coherence import evaluate, measure, resampled, summary
from pipeline.soundlab.narratives import Narrative, narrative
from pipeline.soundlab.registry import RATE_HZ


@pytest.fixture(scope="module")
def narratives() -> list[Narrative]:
    return [narrative("test", index) for index in range(4)]


def truth(made: Narrative, _: int) -> Sequence[np.ndarray]:
    return [event.samples for event in made.events]


def from_elsewhere(made: Narrative, seed: int) -> Sequence[np.ndarray]:
    """The sounds of another narrative, cut to this one's lengths."""
    other = narrative("test", 100 + seed)
    return [np.resize(other.events[i % len(other.events)].samples, len(e.samples)) for i, e in enumerate(made.events)]


def louder(made: Narrative, _: int) -> Sequence[np.ndarray]:
    return [event.samples * 2 for event in made.events]


def test_the_order_is_truth_then_a_wrong_level_then_another_scene(narratives: list[Narrative]):
    found = measure(narratives, {"elsewhere": from_elsewhere, "louder": louder, "truth": truth})
    overall = {name: figure.mean for name, figure in found.overall.items()}
    assert overall["truth"] == 0
    assert overall["truth"] < overall["louder"] < overall["elsewhere"]
    assert 0.5 < overall["elsewhere"] < 2
    assert found.gains[("truth", "elsewhere")].low > 0
    assert found.measures["louder"]["level"] > 0
    assert found.measures["louder"]["space"] == pytest.approx(0, abs=0.05)
    assert "truth nearer than elsewhere" in summary(found)


def noise(seed: int, seconds: float = 3.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE_HZ))


def test_the_bed_is_heard_under_a_sound_that_comes_and_goes():
    bed = noise(1)
    click = np.zeros_like(bed)
    click[RATE_HZ : RATE_HZ + 2000] = noise(2)[:2000] * 20
    with_bed, without = acoustics(bed + click, RATE_HZ), acoustics(click, RATE_HZ)
    assert DISTANCES["bed"](with_bed, acoustics(bed, RATE_HZ)) < 1
    assert DISTANCES["bed"](without, acoustics(bed, RATE_HZ)) > 20


def test_a_reverberant_room_falls_slowly():
    bursts = noise(3) * (np.arange(3 * RATE_HZ) % RATE_HZ < 2000)
    decay = np.exp(-np.arange(RATE_HZ * 2) / (0.4 * RATE_HZ)) * noise(4, 2.0)
    wet = np.convolve(bursts, decay)[: len(bursts)]
    assert acoustics(wet, RATE_HZ).fall_db_s < 0.5 * acoustics(bursts, RATE_HZ).fall_db_s


@pytest.mark.parametrize("hertz", [110.0, 440.0, 1760.0])
def test_pitch_is_the_strongest_partial(hertz: float):
    tone = np.sin(2 * np.pi * hertz * np.arange(2 * RATE_HZ) / RATE_HZ)
    assert 2 ** acoustics(tone, RATE_HZ).pitch == pytest.approx(hertz, abs=12)


def test_silence_and_a_short_click_are_measured_too():
    for sound in (np.zeros(RATE_HZ), np.ones(10)):
        found = acoustics(sound, RATE_HZ)
        assert np.isfinite([found.level_db, found.fall_db_s, found.centre, found.pitch, *found.bed_db]).all()


def test_the_interval_holds_the_mean_and_shrinks_with_more_narratives():
    few, many = (resampled(np.random.default_rng(0).normal(1, 1, n)) for n in (10, 400))
    assert few.low < few.mean < few.high
    assert many.high - many.low < few.high - few.low


def test_a_way_that_there_is_not_is_one_sentence(tmp_path: Path):
    with pytest.raises(SettingsError, match="there is no way 'guessing'; there are: captions, bridging"):
        evaluate(tmp_path, count=2, names=["captions", "guessing"])
