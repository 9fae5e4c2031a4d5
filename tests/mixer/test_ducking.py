"""Laws of ducking: depth, time constants, no jump, and that where reading begins changes nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.arrangement import STORY_LANE, Ducking, Strip
from pipeline.audio import Audio
from pipeline.mixer import Mixer, audio_sources
from pipeline.mixer.ducking import FULL_DB, NONE_DB
from tests.mixer.sounds import RATE, constant, lane, noise, placed, playing

LENGTH = 8 * RATE
AMOUNTS = Ducking(amount_db=12.0, attack_s=0.2, release_s=0.5)


def gain_db(duck: Ducking, *, story: Audio | None = None, level_db: float = -10.0, **story_more) -> np.ndarray:
    """The gain of a ducked lane under a story that sounds from 1 s to 4 s."""
    sound = story or constant(3, 10 ** (level_db / 20))
    played = playing(
        lane(STORY_LANE, placed("story", start=RATE, length=3 * RATE), **story_more),
        lane("bed", placed("bed", start=0, length=LENGTH), duck=duck),
        length=LENGTH,
    )
    parts = Mixer(played, audio_sources({"story": sound, "bed": constant(8, 0.5)})).parts()
    return 20 * np.log10(np.concatenate([part.stems["bed"] for part in parts], axis=1)[0] / 0.5)


def test_it_goes_down_by_its_amount_and_comes_back():
    gain = gain_db(AMOUNTS)
    assert gain[:RATE].max() == gain[:RATE].min() == 0
    assert gain[4 * RATE - 1] == pytest.approx(-12.0, abs=1e-3)
    assert gain[-1] == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize(("attack_s", "release_s"), [(0.05, 0.2), (0.2, 0.5), (0.4, 1.0)])
def test_after_a_time_constant_63_percent_of_the_way_is_gone(attack_s, release_s):
    gain = gain_db(Ducking(amount_db=12.0, attack_s=attack_s, release_s=release_s))
    gone = 12 * (1 - 1 / math.e)
    down = np.argmax(gain < -gone) / RATE - 1.0
    up = np.argmax(gain[4 * RATE :] > -12 + gone) / RATE
    assert down == pytest.approx(attack_s, abs=0.006)  # a step is 5 ms
    assert up == pytest.approx(release_s + 0.015, abs=0.008)  # the level is held for 20 ms


def test_it_never_jumps():
    gain = 10 ** (gain_db(Ducking(amount_db=60.0, attack_s=0.0, release_s=0.0)) / 20)
    assert np.abs(np.diff(gain)).max() <= 1.001 / (RATE * 0.005)


def test_what_is_quiet_does_not_duck_and_in_between_it_ducks_in_part():
    assert not gain_db(AMOUNTS, level_db=NONE_DB - 1).any()
    middle = gain_db(AMOUNTS, level_db=(NONE_DB + FULL_DB) / 2)
    assert middle[4 * RATE - 1] == pytest.approx(-6.0, abs=0.01)
    assert gain_db(AMOUNTS, level_db=FULL_DB)[4 * RATE - 1] == pytest.approx(-12.0, abs=0.01)


def test_a_low_hum_counts_as_sounding_all_the_time():
    hum = Audio(0.1 * np.sin(2 * np.pi * 30 * np.arange(3 * RATE) / RATE)[None], RATE)
    ducked = gain_db(Ducking(amount_db=12.0, attack_s=0.02, release_s=0.02), story=hum)[int(1.3 * RATE) : 4 * RATE - 99]
    assert ducked.max() < -11.9


def test_a_muted_story_ducks_nothing_and_its_gain_counts():
    assert not gain_db(AMOUNTS, muted=True).any()
    assert not gain_db(AMOUNTS, strip=Strip(gain_db=-55.0)).any()
    assert gain_db(AMOUNTS, level_db=-58.0, strip=Strip(gain_db=20.0))[4 * RATE - 1] == pytest.approx(-12, abs=0.01)


def test_no_amount_is_no_ducking():
    assert not gain_db(Ducking(amount_db=0.0)).any()


@given(st.integers(0, LENGTH - 1), st.floats(0, 1.0), st.floats(0, 10.0), st.floats(-65, -35))
@settings(max_examples=25)
def test_where_reading_begins_changes_nothing(start, attack_s, release_s, level):
    played = playing(
        lane(STORY_LANE, placed("story", start=1_000, length=3 * RATE)),
        lane("bed", placed("bed", start=0, length=LENGTH), duck=Ducking(attack_s=attack_s, release_s=release_s)),
        length=LENGTH,
    )
    takes = audio_sources({"story": noise(3, level=10 ** (level / 20)), "bed": noise(8, seed=1)})
    mixer = Mixer(played, takes)
    stop = min(start + 3_000, LENGTH)
    assert np.array_equal(mixer.samples(start=start, stop=stop), mixer.samples()[:, start:stop])


def test_it_looks_back_only_as_far_as_it_must():
    minutes = 4 * 60 * RATE
    played = playing(
        lane(STORY_LANE, *(placed("story", start=at, length=RATE) for at in range(0, minutes, 3 * RATE))),
        lane("bed", placed("bed", start=0, length=minutes), duck=Ducking(attack_s=0.05, release_s=0.1)),
        length=minutes,
    )
    read = []

    class Watched:
        rate_hz, channels, length = RATE, 1, RATE

        def read(self, _start, count):
            read.append(count)
            return np.full((1, count), 0.2, np.float32)

    sources = {"story": lambda: Watched(), "bed": lambda: audio_sources({"bed": constant(240)})("bed")}
    mixer = Mixer(played, lambda key: sources[key]())
    part = mixer.samples(start=minutes - RATE)
    looked = sum(read)
    assert looked < 40 * RATE  # 30 s back, of four minutes
    assert np.array_equal(part, mixer.samples()[:, -RATE:])
