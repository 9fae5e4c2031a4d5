"""Laws of the mix: exact length, level in the seams, channels, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer import fade_in, fade_out, fitting, mix, peak_db, peak_safe
from pipeline.timeline import Boundary, Curve, Event, Story, Timeline, placements

RATE = 1_000
GUARD = 5  # samples: what a hard cut and the track's two ends fade over


def plan(*durations_s: float, fade_s: float = 3.0, curve: Curve = Curve.EQUAL_POWER) -> Timeline:
    events = tuple(Event(caption=f"sound {i}", duration_s=d, id=f"e{i}") for i, d in enumerate(durations_s))
    seams = (Boundary(length_s=fade_s, curve=curve),) * (len(events) - 1)
    return Timeline(story=Story(text="x", duration_s=60), events=events, boundaries=seams)


def constants(timeline: Timeline, *, rate_hz: int = RATE, value: float = 1.0, channels: int = 1) -> list[Audio]:
    places = placements(timeline, rate_hz=rate_hz)
    return [Audio(np.full((channels, p.render), value), rate_hz) for p in places]


@pytest.mark.parametrize("durations_s", [(10, 10, 2), (10, 8, 2), (12, 8, 2.5), (4,), (3, 3, 3), (10, 0.1, 10), (1, 1)])
def test_the_mix_is_exactly_as_long_as_the_plan(durations_s):
    timeline = plan(*durations_s, fade_s=3.0)
    out = mix(constants(timeline, rate_hz=44_100), timeline, rate_hz=44_100)
    assert out.length == round(sum(durations_s) * 44_100)


def test_a_last_event_shorter_than_the_fade_does_not_lengthen_the_track():
    timeline = plan(10, 10, 2, fade_s=3.0)
    assert mix(constants(timeline), timeline, rate_hz=RATE).duration_s == 22.0


MOST = {  # how high one constant, crossfaded with itself, may rise
    Curve.EQUAL_POWER: np.sqrt(2),
    Curve.LINEAR: 1.0,
    Curve.S_CURVE: 1.0,
    Curve.EXPONENTIAL: 1.0,
    Curve.LOGARITHMIC: 2 * np.log(50.5) / np.log(100),
}


@given(
    st.lists(st.floats(0.1, 8), min_size=1, max_size=8),
    st.lists(st.floats(0, 30), min_size=7, max_size=7),
    st.sampled_from(list(Curve)),
)
def test_any_durations_and_fades_give_the_exact_length_and_no_gap(durations_s, fades_s, curve):
    timeline = plan(*durations_s)
    seams = tuple(Boundary(length_s=f, curve=curve) for f in fades_s[: len(durations_s) - 1])
    timeline = replace(timeline, boundaries=seams)
    out = mix(constants(timeline), timeline, rate_hz=RATE).samples[0]
    assert len(out) == round(sum(durations_s) * RATE)
    assert out.max() < MOST[curve] + 1e-3
    assert (out > 0).all()
    for place in placements(timeline, rate_hz=RATE):  # the guards of cuts lie inside the takes, at their ends
        guards = [at for at in (place.start, place.start + place.planned) for at in range(at - GUARD, at + GUARD)]
        out[np.clip(guards, 0, len(out) - 1)] = 1.0
    assert curve is Curve.EXPONENTIAL or out.min() > 0.999  # nor does the level of one constant drop anywhere


def test_linear_fades_of_a_constant_with_itself_are_the_constant():
    timeline = plan(5, 4, 3, fade_s=2.0, curve=Curve.LINEAR)
    out = mix(constants(timeline, value=0.7), timeline, rate_hz=RATE)
    assert np.abs(out.samples[:, GUARD:-GUARD] - 0.7).max() < 1e-6


def test_equal_power_keeps_the_loudness_of_different_sounds():
    timeline, noise = plan(60, 60, fade_s=30.0), np.random.default_rng(1)
    takes = [Audio(noise.standard_normal((1, p.render)) * 0.1, RATE) for p in placements(timeline, rate_hz=RATE)]
    out = mix(takes, timeline, rate_hz=RATE).samples[0]
    seam, away = out[60_000:90_000], out[:60_000]
    level_db = 20 * np.log10(np.sqrt(np.mean(seam**2)) / np.sqrt(np.mean(away**2)))
    assert abs(level_db) < 0.2
    middle_db = 20 * np.log10(np.sqrt(np.mean(out[72_000:78_000] ** 2)) / np.sqrt(np.mean(away**2)))
    assert abs(middle_db) < 0.3


def test_linear_dips_three_decibels_between_different_sounds():
    timeline, noise = plan(60, 60, fade_s=30.0, curve=Curve.LINEAR), np.random.default_rng(1)
    takes = [Audio(noise.standard_normal((1, p.render)) * 0.1, RATE) for p in placements(timeline, rate_hz=RATE)]
    out = mix(takes, timeline, rate_hz=RATE).samples[0]
    dip_db = 20 * np.log10(np.sqrt(np.mean(out[74_000:76_000] ** 2)) / np.sqrt(np.mean(out[:60_000] ** 2)))
    assert dip_db == pytest.approx(-3.0, abs=0.4)


@given(st.integers(1, 3_000))
def test_fade_tables_add_up_at_every_length(samples):
    power = fade_in(Curve.EQUAL_POWER, samples=samples) ** 2 + fade_out(Curve.EQUAL_POWER, samples=samples) ** 2
    level = fade_in(Curve.LINEAR, samples=samples) + fade_out(Curve.LINEAR, samples=samples)
    assert np.abs(power - 1).max() < 1e-6
    assert np.abs(level - 1).max() < 1e-6
    assert (np.diff(fade_in(Curve.EQUAL_POWER, samples=samples)) >= 0).all()


def test_outside_the_seams_the_takes_are_untouched():
    timeline, noise = plan(4, 4, fade_s=1.0), np.random.default_rng(2)
    takes = [Audio(noise.uniform(-1, 1, (2, p.render)), RATE) for p in placements(timeline, rate_hz=RATE)]
    out = mix(takes, timeline, rate_hz=RATE)
    assert np.array_equal(out.samples[:, GUARD:4_000], takes[0].samples[:, GUARD:4_000])
    assert np.array_equal(out.samples[:, 5_000:-GUARD], takes[1].samples[:, 1_000:-GUARD])


def test_the_mix_agrees_with_a_slow_sample_by_sample_sum():
    timeline, noise = plan(0.5, 0.3, 0.4, fade_s=0.2), np.random.default_rng(3)
    places = placements(timeline, rate_hz=RATE)
    takes = [Audio(noise.uniform(-1, 1, (1, p.render)), RATE) for p in places]
    slow = np.zeros(1_200)
    for take, place in zip(takes, places, strict=True):
        for i in range(place.render):
            up = np.sin((i + 0.5) / place.fade_in * np.pi / 2) if i < place.fade_in else 1.0
            late = i - place.planned
            down = np.cos((late + 0.5) / place.fade_out * np.pi / 2) if late >= 0 else 1.0
            slow[place.start + i] += take.samples[0, i] * up * down
    made = mix(takes, timeline, rate_hz=RATE).samples[0]
    assert np.abs(made - slow)[GUARD:-GUARD].max() < 1e-6


def test_mono_joins_stereo_on_both_sides():
    timeline = plan(2, 2, fade_s=0.0)
    mono, stereo = constants(timeline, value=0.5)[0], constants(timeline, value=0.25, channels=2)[1]
    out = mix([mono, stereo], timeline, rate_hz=RATE)
    assert out.channels == 2
    assert (out.samples[:, GUARD : 2_000 - GUARD] == 0.5).all()
    assert (out.samples[:, 2_000 + GUARD : -GUARD] == 0.25).all()


def test_the_takes_are_not_written_to():
    timeline = plan(2, 2)
    takes = constants(timeline)
    mix(takes, timeline, rate_hz=RATE)
    assert all((take.samples == 1).all() for take in takes)


def test_what_does_not_fit_is_refused_by_name():
    timeline = plan(2, 2)
    good = constants(timeline)
    with pytest.raises(MixError, match="2 events, but there are 1 takes"):
        mix(good[:1], timeline, rate_hz=RATE)
    with pytest.raises(MixError, match="event 2 .*sound 1.* no take"):
        mix([good[0], None], timeline, rate_hz=RATE)
    with pytest.raises(MixError, match="event 1 .*8000 Hz; the mix is at 1000 Hz"):
        mix([Audio(good[0].samples, 8_000), good[1]], timeline, rate_hz=RATE)
    with pytest.raises(MixError, match=r"event 1 .*2\.000 s long.*4\.000 s"):
        mix([good[0].fitted(2_000), good[1]], timeline, rate_hz=RATE)
    with pytest.raises(MixError, match="no events"):
        mix([], Timeline(story=timeline.story, events=()), rate_hz=RATE)


@given(st.floats(0, 5), st.floats(0, 5))
def test_takes_made_for_other_fades_can_be_mixed_without_rendering(rendered_s, wanted_s):
    takes = constants(plan(4, 3, fade_s=rendered_s))
    fitted, timeline = fitting(takes, plan(4, 3, fade_s=wanted_s), rate_hz=RATE)
    assert mix(fitted, timeline, rate_hz=RATE).length == 7_000
    expected = min(round(rendered_s * RATE), round(wanted_s * RATE), 3_000)
    assert placements(timeline, rate_hz=RATE)[0].fade_out == expected


def test_a_take_shorter_than_its_event_must_be_rendered_again():
    with pytest.raises(MixError, match="render it again"):
        fitting(constants(plan(4, 3)), plan(8, 3), rate_hz=RATE)


@given(st.floats(0.001, 8.0))
def test_peak_safe_lowers_what_is_too_loud_and_nothing_else(peak):
    audio = Audio(np.array([[0.1 * peak, -peak]]), RATE)
    safe, gain_db = peak_safe(audio)
    assert peak_db(safe) <= -1.0 + 1e-4
    if peak_db(audio) <= -1.0:
        assert gain_db == 0.0
        assert safe is audio
    else:
        assert np.allclose(safe.samples, audio.samples * 10 ** (gain_db / 20), rtol=1e-5)
        assert peak_db(safe) == pytest.approx(-1.0, abs=1e-3)


def test_silence_needs_no_gain():
    silence = Audio(np.zeros((1, 9)), RATE)
    assert peak_safe(silence) == (silence, 0.0)
    assert peak_db(silence) == -np.inf
