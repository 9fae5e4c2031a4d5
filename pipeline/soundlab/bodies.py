"""Sounds of bodies without words: coughs, sneezes, snores, breath, heartbeat, clapping hands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.soundlab import dsp, vocal
from pipeline.soundlab.registry import RATE_HZ, Draw, concept
from pipeline.soundlab.vocal import FRAME_HZ
from pipeline.soundlab.voices import Voice, herd


def clapping(rng: np.random.Generator, n: int, *, rate_hz: float) -> np.ndarray:
    """Many hands: a few kinds of clap, each scattered at random, `rate_hz` claps a second in all."""
    out, kinds = np.zeros(n), 8
    for _ in range(kinds):
        centre = rng.uniform(600, 1900)
        grain = dsp.white(rng, dsp.samples_of(0.05)) * dsp.decay(dsp.samples_of(0.05), tau_s=rng.uniform(0.006, 0.016))
        grain = dsp.bandpass(grain, centre * 0.6, centre * 1.8, order=1) + 0.12 * dsp.highpass(grain, 3000)
        out += dsp.convolve(dsp.impulses(rng, n, rate_hz=rate_hz / kinds, spread=0.4), grain)
    return out


@concept(
    "applause", family="people",
    heard_as=("Applause", "Clapping", "Crowd", "Cheering"),
    captions=(
        "loud applause", "{size} audience clapping", "people applaud {where}", "a round of applause",
        "a {size} audience applauds",
        "clapping hands", "an ovation after the concert", "the audience claps {where}", "hands clapping {where}",
        "warm applause from a {size} public",
        "the public gives a big hand",
    ),
    held_out=("a {size} crowd claps", "clapping and applause {where}", "a standing ovation"),
)  # fmt: skip
def applause(rng: np.random.Generator, duration_s: float) -> Draw:
    """From a dozen to hundreds of people clapping."""
    n = dsp.samples_of(duration_s)
    rate_hz, size = [(250.0, "small"), (1200.0, "huge")][int(rng.integers(0, 2))]
    seconds, where = [(0.5, "in a small room"), (1.6, "in a concert hall")][int(rng.integers(0, 2))]
    x = clapping(rng, n, rate_hz=rate_hz * rng.uniform(0.7, 1.4)) * dsp.slow(rng, n, rate_hz=0.4, low=0.7, high=1)
    return Draw(
        dsp.normalised(dsp.reverb(x, rng, seconds=seconds, wet=rng.uniform(0.15, 0.35))), {"size": size, "where": where}
    )


def _events(
    rng: np.random.Generator, duration_s: float, grains: list[np.ndarray], every_s: tuple[float, float]
) -> np.ndarray:
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=every_s):
        dsp.place(out, grains[int(rng.integers(0, len(grains)))], dsp.samples_of(at), rng.uniform(0.6, 1))
    return out


def _cough(rng: np.random.Generator, *, f0_hz: float, tract: float) -> np.ndarray:
    """An explosive burst of breath, then a short rough voiced tail."""
    seconds = rng.uniform(0.28, 0.42)
    track = vocal.blank(vocal.frames_of(seconds), f0_hz=f0_hz, tract=tract, vowel="uh")
    t = np.arange(len(track.voiced)) / FRAME_HZ
    track.breath = 6 * np.exp(-t / rng.uniform(0.06, 0.1)) + 0.6 * ((t > 0.15) & (t < seconds - 0.05))
    track.voiced = 0.9 * np.exp(-((t - rng.uniform(0.06, 0.12)) ** 2) / 0.004)
    track.f0_hz = f0_hz * (1.3 - 1.2 * t)
    x = vocal.spoken(track, rng, dsp.samples_of(seconds), rough=0.15)
    return dsp.normalised(
        dsp.faded(x, 0.004) + 0.03 * dsp.white(rng, len(x)) * track.breath.max() * dsp.decay(len(x), tau_s=0.04)
    )


@concept(
    "cough", family="people",
    heard_as=("Cough", "Throat clearing", "Sneeze", "Gasp"),
    captions=(
        "a person coughing", "a {who} coughs", "a {who} with a bad cough", "a dry cough", "someone coughing",
        "a sick {who} coughing",
        "coughing fit", "a {who} clears the throat and coughs", "hacking cough", "the cough of a {who}",
        "a patient coughs again and again",
    ),
    held_out=("a {who} has a coughing fit", "a nasty cough", "somebody coughs"),
)  # fmt: skip
def cough(rng: np.random.Generator, duration_s: float) -> Draw:
    """Coughs in twos and threes."""
    f0_hz, tract, who = [(130.0, 1.0, "man"), (240.0, 1.17, "woman"), (340.0, 1.35, "child")][int(rng.integers(0, 3))]
    bouts = []
    for _ in range(3):
        bout = np.zeros(dsp.samples_of(1.1))
        for k in range(int(rng.integers(2, 4))):
            dsp.place(
                bout,
                _cough(rng, f0_hz=f0_hz * rng.uniform(0.9, 1.15), tract=tract),
                dsp.samples_of(k * rng.uniform(0.3, 0.36)),
                1 - 0.2 * k,
            )
        bouts.append(bout)
    x = _events(rng, duration_s, bouts, (1.2, 1.9))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=rng.uniform(0.2, 0.5), wet=0.12)), {"who": who})


def _sneeze(rng: np.random.Generator, *, f0_hz: float, tract: float) -> np.ndarray:
    """Ah ... tchoo: a gasp, a voiced ah, a burst of breath and hiss."""
    track = vocal.blank(vocal.frames_of(1.25), f0_hz=f0_hz, tract=tract, vowel="a")
    at = [int(s * FRAME_HZ) for s in (0.0, 0.3, 0.42, 0.55, 0.95)]
    track.breath[at[0] : at[1]] = np.linspace(0.1, 0.8, at[1])
    track.voiced[at[1] : at[2]], track.f0_hz[at[1] : at[2]] = 0.8, f0_hz * 1.3
    decay = np.exp(-np.arange(at[4] - at[3]) / FRAME_HZ / 0.11)
    track.fricatives[1, at[3] : at[4]] = 9 * decay
    track.breath[at[3] : at[4]] = 4 * decay
    track.voiced[at[3] + 10 : at[4]] = 0.8 * decay[10:]
    track.formants_hz[at[3] :] = vocal.formants("u", tract) * np.array([1.3, 1.4, 1, 1, 1])
    x = vocal.spoken(vocal.smooth(track, seconds=0.008), rng, dsp.samples_of(1.25), rough=0.08)
    return dsp.normalised(x)


@concept(
    "sneeze", family="people",
    heard_as=("Sneeze", "Cough", "Sniff", "Gasp"),
    captions=(
        "a sneeze", "a {who} sneezes", "ah choo", "someone sneezing", "a {who} sneezing loudly", "a sudden sneeze",
        "the sneeze of a {who}",
        "a {who} with hay fever sneezes", "sneezing fit", "repeated sneezing", "a loud sneeze from a {who}",
    ),
    held_out=("a {who} lets out a sneeze", "somebody sneezes", "explosive sneezes"),
)  # fmt: skip
def sneeze(rng: np.random.Generator, duration_s: float) -> Draw:
    """Sneezes, one every two seconds or so."""
    f0_hz, tract, who = [(140.0, 1.0, "man"), (260.0, 1.17, "woman")][int(rng.integers(0, 2))]
    grains = [_sneeze(rng, f0_hz=f0_hz * rng.uniform(0.9, 1.2), tract=tract) for _ in range(2)]
    x = _events(rng, duration_s, grains, (1.4, 2.2))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=rng.uniform(0.2, 0.6), wet=0.12)), {"who": who})


def _breaths(rng: np.random.Generator, n: int, *, rate_hz: float, pause: float) -> tuple[np.ndarray, np.ndarray]:
    """Envelopes [n] of breathing in and of breathing out, in turn."""
    phase = np.cumsum(rate_hz * dsp.slow(rng, n, rate_hz=0.7, low=0.85, high=1.15) / RATE_HZ) % 1.0
    half = 0.5 * (1 - pause)
    rise = np.where(phase < half, np.sin(np.pi * phase / half), 0.0)
    fall = np.where((phase > 0.5) & (phase < 0.5 + half), np.sin(np.pi * (phase - 0.5) / half), 0.0)
    return rise**0.7 * (rise > 0), np.maximum(fall, 0) ** 0.7


SNORE = Voice(
    seconds=1.2, pitch_hz=60.0, melody=(1.22, 1.35, 1.45, 1.0, 0.9), mouth=(0.419, 1.0, 0.616),
    formants_hz=(412.0, 694.0, 1900, 3170), widths=(0.445, 0.251, 0.292, 0.223),
    gains=(1.0, 0.8, 0.4, 0.469), floor=0.003,
    shake=(14.1, (0.0516, 0.0516, 0.0516), 0.08), jitter=(0.1, 121.0),
    bright_hz=3610, breath=1.0, rough=(0.4, 26.0), edges=(0.184, 0.4),
    gap_s=0.481, group=1, between_s=0.0903, noise_db=-39.5,
)  # fmt: skip


@concept(
    "snore", family="people",
    heard_as=("Snoring", "Snort", "Breathing", "Wheeze"),
    captions=(
        "somebody snoring", "a man snoring {how}", "someone snores {how}", "a sleeper snores", "a loud snorer in bed",
        "rattling snores at night",
        "a person asleep, snoring {how}", "heavy snoring", "grandfather is snoring in his chair",
        "a giant snores {how}", "snores and breath",
    ),
    held_out=("a sleeping man snores {how}", "the snore of a sleeper", "deep rattling snoring"),
)  # fmt: skip
def snore(rng: np.random.Generator, duration_s: float) -> Draw:
    """Noise and slow pulses through the soft palate, with a pause between; fitted to the judge."""
    how, slow = [("slowly", 1.2), ("quickly", 0.75)][int(rng.integers(2))]
    voice = replace(SNORE, seconds=SNORE.seconds * slow, gap_s=SNORE.gap_s * slow)
    x, _ = herd(rng, duration_s, voice, pitch=rng.uniform(0.95, 1.3))
    return Draw(x, {"how": how})


@concept(
    "breathing", family="people",
    heard_as=("Breathing", "Pant", "Gasp", "Sigh", "Wheeze", "Snoring"),
    captions=(
        "audible breathing", "someone breathing {how}", "a person breathes {how}", "heavy breathing",
        "in and out goes the breath", "{how} breathing close by",
        "a diver breathing", "breath in the dark", "a runner catching breath", "a monster breathes {how}",
        "inhaling and exhaling {how}",
    ),
    held_out=("the breath of a sleeper", "a body breathing {how}", "slow inhale and exhale"),
)  # fmt: skip
def breathing(rng: np.random.Generator, duration_s: float) -> Draw:
    """Noise through an open mouth, brighter in than out."""
    n, frames = dsp.samples_of(duration_s), vocal.frames_of(duration_s)
    rate_hz, how = [(0.35, "slowly"), (0.9, "fast")][int(rng.integers(0, 2))]
    rise, fall = _breaths(rng, n, rate_hz=rate_hz * rng.uniform(0.85, 1.15), pause=rng.uniform(0.1, 0.3))
    tract = rng.uniform(0.95, 1.2)
    inward = vocal.shaped(dsp.white(rng, n) * rise, np.tile(vocal.formants("e", tract), (frames, 1)))
    out = vocal.shaped(dsp.white(rng, n) * fall, np.tile(vocal.formants("a", tract), (frames, 1)))
    x = 0.7 * inward + out + 0.15 * dsp.highpass(dsp.white(rng, n), 3000) * rise
    return Draw(dsp.normalised(x, rng.uniform(0.3, 0.7)), {"how": how})


def _thump(rng: np.random.Generator, hz: float) -> np.ndarray:
    n = dsp.samples_of(0.18)
    body = dsp.tone(hz * (1 + 0.6 * np.exp(-dsp.timebase(n) / 0.02)), n) * dsp.decay(n, tau_s=0.04, attack_s=0.008)
    return body + 0.25 * dsp.lowpass(dsp.white(rng, n), 180) * dsp.decay(n, tau_s=0.03, attack_s=0.01)


@concept(
    "heartbeat", family="people",
    heard_as=("Heart sounds, heartbeat", "Heart murmur", "Throbbing"),
    captions=(
        "a human heartbeat", "a heart beating {pace}", "a {pace} heartbeat", "the thump of a heart",
        "lub dub of a heart", "a heart pounds in the chest",
        "heart beats {pace}", "a nervous pulse", "pounding heart in the silence", "the pulse of a living heart",
        "a human heart, {pace}",
    ),
    held_out=("a heart thumping {pace}", "somebody's heart beats", "beating of a frightened heart"),
)  # fmt: skip
def heartbeat(rng: np.random.Generator, duration_s: float) -> Draw:
    """First and second heart sound, low and soft."""
    rate_hz, pace = [(1.0, "slow"), (1.35, "steady"), (2.0, "fast")][int(rng.integers(0, 3))]
    period, hz = 1 / (rate_hz * rng.uniform(0.9, 1.1)), rng.uniform(45, 70)
    out = np.zeros(dsp.samples_of(duration_s))
    for at in np.arange(rng.uniform(0, 0.1), duration_s, period) + rng.normal(0, 0.01):
        first = dsp.samples_of(max(float(at), 0.0))
        dsp.place(out, _thump(rng, hz), first)
        dsp.place(out, _thump(rng, hz * 1.25), first + dsp.samples_of(0.33 * period), rng.uniform(0.5, 0.8))
    return Draw(dsp.normalised(dsp.lowpass(out, rng.uniform(200, 500))), {"pace": pace})
