"""Laws of the streamed mixer: lengths, sums, strips, and that how it is read never changes a sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.arrangement import STORY_LANE, Arrangement, Ducking, Fit, Strip, session
from pipeline.errors import Cancelled, MixError
from pipeline.mixer import Mixer, audio_sources, fade_in, fade_out
from pipeline.progress import CancelToken
from pipeline.timeline import Curve, Story, Timeline
from tests.mixer.sounds import RATE, constant, lane, mixed, noise, placed, playing, story_of, told, tone

BED = lane("bed", placed("bed", start=0, length=3 * RATE))


@given(st.lists(st.floats(0.1, 4), min_size=1, max_size=5), st.floats(0, 3), st.sampled_from([8_000, 11_025, 22_050]))
@settings(max_examples=25)
def test_the_mix_is_as_long_as_the_durations_together_at_any_rate(durations_s, fade_s, rate_hz):
    timeline = told(*durations_s, fade_s=fade_s)
    takes = {event.id: constant(0.01, rate_hz=9_000) for event in timeline.events}
    mixer = Mixer(story_of(timeline, rate_hz=rate_hz), audio_sources(takes))
    assert mixer.samples().shape == (1, round(sum(durations_s) * rate_hz))


def crowd():
    """Three lanes with everything in them, their takes at several rates, and a session of 5 s."""
    takes = {
        "a": noise(2.0, seed=1), "b": noise(3.0, seed=2, channels=2), "c": noise(1.0, seed=3, rate_hz=11_025),
        "d": tone(0.7, 300.0),
    }  # fmt: skip
    story = lane(
        STORY_LANE,
        placed("a", start=100, length=RATE, fades=(40, 900), curve=Curve.EQUAL_POWER),
        placed("b", start=9_000, length=2 * RATE, offset=77, fades=(900, 40), strip=Strip(gain_db=-4, pan=0.3)),
    )
    bed = lane(
        "bed",
        placed("c", start=500, length=30_000, fit=Fit.LOOP, fades=(4_000, 5_000), curve=Curve.S_CURVE),
        placed("d", start=12_000, length=9_000, fit=Fit.STRETCH, fades=(40, 40), curve=Curve.LOGARITHMIC),
        strip=Strip(gain_db=-2, pan=-0.6),
        duck=Ducking(amount_db=12, attack_s=0.05, release_s=0.3),
    )
    spots = lane("spots", *(placed("d", start=at, length=4_000, fades=(9, 70)) for at in (3_000, 4_000, 36_000)))
    return playing(story, bed, spots, length=5 * RATE, master_db=-1.5), audio_sources(takes)


@pytest.fixture(scope="module")
def crowded():
    played, takes = crowd()
    return Mixer(played, takes), Mixer(played, takes).samples()


@given(st.integers(1, 50_000), st.integers(0, 40_000), st.integers(0, 40_000))
@settings(max_examples=25)
def test_blocks_and_ranges_never_change_a_sample(crowded, block, start, stop):
    mixer, whole = crowded
    start, stop = sorted((start, stop))
    blocks = list(mixer.blocks(start=start, stop=stop, block=max(block, (stop - start) // 50 + 1)))
    joined = np.concatenate([np.zeros((2, 0), "f4"), *blocks], axis=1)
    assert joined.dtype == np.float32
    assert np.array_equal(joined, whole[:, start:stop])


def test_blocks_of_one_sample_are_the_mix(crowded):
    mixer, whole = crowded
    blocks = list(mixer.blocks(start=9_000, stop=9_100, block=1))
    assert [block.shape for block in blocks] == [(2, 1)] * 100
    assert np.array_equal(np.concatenate(blocks, axis=1), whole[:, 9_000:9_100])


def test_the_order_of_lanes_and_clips_never_changes_a_sample(crowded):
    played, takes = crowd()
    turned = playing(
        *(lane(one.id, *one.clips[::-1], strip=one.strip, duck=one.duck) for one in played.lanes[::-1]),
        length=played.length, master_db=played.master_db,
    )  # fmt: skip
    assert np.array_equal(Mixer(turned, takes).samples(), crowded[1])


def test_stems_sum_to_the_mix(crowded):
    mixer, whole = crowded
    parts = list(mixer.parts(block=1_000))
    stems = {
        name: np.concatenate([part.stems[name] for part in parts], axis=1) for name in (STORY_LANE, "bed", "spots")
    }
    assert all(stem.shape == whole.shape and stem.any() for stem in stems.values())
    assert [part.start for part in parts] == list(range(0, 40_000, 1_000))
    assert np.array_equal(np.concatenate([part.mix for part in parts], axis=1), whole)
    error = sum(stem.astype(np.float64) for stem in stems.values()) - whole
    assert 20 * np.log10(np.abs(error).max()) < -120


def test_it_agrees_with_a_plain_sum_over_whole_clips():
    """A second implementation: whole arrays, in float64, without grains, sources or sweeps."""
    played, takes = crowd()
    spots, story = played.lanes[2], played.lanes[0]
    plain = playing(story, lane("spots", *spots.clips, strip=Strip(gain_db=3, pan=0.8)), length=5 * RATE, master_db=-7)
    slow = np.zeros((2, 5 * RATE))
    for one in plain.lanes:
        for clip in one.clips:
            sound = takes(clip.source).read(clip.offset, clip.length).astype(np.float64)
            sound[:, : clip.fade_in] *= fade_in(clip.fade_in_curve, samples=clip.fade_in)
            sound[:, clip.length - clip.fade_out :] *= fade_out(clip.fade_out_curve, samples=clip.fade_out)
            for strip in (clip.strip, one.strip):
                left, right = (np.sqrt(2) * f((strip.pan + 1) * np.pi / 4) for f in (np.cos, np.sin))
                sound = sound * strip.gain * np.array([[left], [right]])
            slow[:, clip.start : clip.end] += sound
    assert np.abs(Mixer(plain, takes).samples() - slow * 10 ** (-7 / 20)).max() < 1e-6


def test_stretches_outside_the_clips_are_silent():
    out = mixed(lane("bed", placed("bed", start=100, length=50)), takes={"bed": constant(1)})
    assert np.flatnonzero(out[0]).tolist() == list(range(100, 150))


def test_mono_stays_mono_only_where_everything_is_mono_and_centred():
    mono, wide = {"bed": noise(3)}, {"bed": noise(3, channels=2)}
    one = placed("bed", start=0, length=RATE)
    panned = placed("bed", start=0, length=RATE, strip=Strip(pan=0.1))
    channels = lambda lane, takes: mixed(lane, takes=takes).shape[0]  # noqa: E731
    assert channels(lane("bed", one), mono) == 1
    assert channels(lane("bed", one), wide) == 2
    assert channels(lane("bed", panned), mono) == 2
    assert channels(lane("bed", one, strip=Strip(pan=-1)), mono) == 2
    forced = Mixer(playing(BED, length=9), audio_sources(mono), stereo=True).samples()
    assert np.array_equal(forced, np.repeat(mono["bed"].samples[:, :9], 2, axis=0))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_centred_clip_keeps_its_level_and_a_panned_one_its_power(channels):
    audio = noise(3.0, channels=channels)
    assert np.array_equal(mixed(BED, takes={"bed": audio}), audio.samples)
    for pan in (-1.0, -0.4, 0.7, 1.0):
        panned = lane("bed", placed("bed", start=0, length=3 * RATE, strip=Strip(pan=pan)))
        out = mixed(panned, takes={"bed": audio})
        assert np.square(out).sum() == pytest.approx(np.square(audio.as_stereo().samples).sum(), rel=0.02)
        if abs(pan) == 1:
            heard = 0 if pan < 0 else 1
            assert not out[1 - heard].any()
            assert np.allclose(out[heard], np.sqrt(2) * audio.as_stereo().samples[heard], rtol=1e-6)


def test_gains_multiply():
    clip = placed("bed", start=0, length=3 * RATE, strip=Strip(gain_db=-6))
    out = mixed(lane("bed", clip, strip=Strip(gain_db=4)), takes={"bed": constant(3)}, master_db=-10)
    assert np.allclose(out, 10 ** (-12 / 20), rtol=1e-6)


def test_mute_and_the_lowest_gain_are_silence():
    takes = {"bed": constant(3)}
    clip = placed("bed", start=0, length=3 * RATE)
    quiet = placed("bed", start=0, length=3 * RATE, strip=Strip(gain_db=-96))
    for silent in (lane("bed", clip, muted=True), lane("bed", placed("bed", start=0, length=9, muted=True)),
                   lane("bed", quiet), lane("bed", clip, strip=Strip(gain_db=-96))):  # fmt: skip
        assert not mixed(silent, takes=takes).any()


def test_takes_at_other_rates_are_resampled():
    timeline = told(2, fade_s=0)
    high, low = (Mixer(story_of(timeline), audio_sources({"e0": tone(2, 200, rate_hz=hz)})) for hz in (48_000, 8_000))
    difference = (high.samples() - low.samples())[0]
    assert np.abs(difference[800:-800]).max() < 1e-3


def test_a_missing_take_is_named_before_anything_is_mixed():
    with pytest.raises(MixError, match="“the rain” can't be mixed: its take is missing"):
        Mixer(playing(lane("bed", placed("rain", start=0, length=9)), length=9), audio_sources({}))
    stretched = placed("rain", start=0, length=9 * RATE, fit=Fit.STRETCH)
    with pytest.raises(MixError, match="“the rain” can't be mixed: it would have to play 9 times slower"):
        Mixer(playing(lane("bed", stretched), length=9 * RATE), audio_sources({"rain": noise(1)}))


def test_nothing_is_nothing_to_mix():
    empty = Timeline(story=Story(text="x", duration_s=1), events=())
    with pytest.raises(MixError, match="nothing to mix"):
        Mixer(session(Arrangement(timeline=empty), {}, rate_hz=RATE), audio_sources({}))


def test_a_clip_of_ten_milliseconds_is_heard():
    out = mixed(lane("bed", placed("bed", start=50, length=80, fades=(40, 40))), takes={"bed": constant(0.01)})
    assert out[0, 50:130].max() > 0.98
    assert (out[0, 50:130] > 0).all()


def test_clips_that_all_overlap_add_up():
    clips = [placed("bed", start=at, length=RATE) for at in range(300)]
    out = mixed(lane("bed", *clips), takes={"bed": constant(1, 0.01)})
    assert out[0, 299 : RATE - 300] == pytest.approx(3.0)


def test_a_range_outside_the_mix_is_refused(crowded):
    mixer, _ = crowded
    for start, stop in ((-1, 5), (5, 4), (0, 40_001)):
        with pytest.raises(MixError, match="the samples 0 to 40000"):
            mixer.samples(start=start, stop=stop)
    with pytest.raises(MixError, match="at least one sample"):
        list(mixer.blocks(block=0))


def test_it_stops_when_it_is_asked_to(crowded):
    cancel = CancelToken()
    blocks = crowded[0].blocks(block=1_000, cancel=cancel)
    next(blocks)
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(blocks)
