"""Sirens, bells, beepers and whistles that call for attention.

Knows nothing of vehicles' engines (see vehicles).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    distant,
    faded,
    highpass,
    lowpass,
    normalised,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    slow,
    soft_clip,
    struck,
    tone,
    wavetable,
    white,
)
from pipeline.soundlab.engines import graded, passes, repeated
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept

_NEAR_FAR = {"nearby": (0.05, 0.15), "in the distance": (0.4, 0.55)}


def timed(duration_s: float, first_s: float, make: Callable[[], tuple[np.ndarray, float]]) -> np.ndarray:
    """Events one after another until the clip is full: `make` gives a sound and the seconds to the next."""
    out, at_s = np.zeros(samples_of(duration_s)), first_s
    while at_s < duration_s:
        sound, step_s = make()
        place(out, sound, samples_of(at_s))
        at_s += max(step_s, 0.01)
    return out


def _street(x: np.ndarray, rng: np.random.Generator, far: float) -> np.ndarray:
    bed = 0.015 * coloured(rng, len(x), slope_db=-5)
    return faded(distant(reverb(normalised(x), rng, seconds=1.0, wet=0.2) + bed, rng, amount=far))


def _siren_voice(rng: np.random.Generator, hz: np.ndarray) -> np.ndarray:
    amps = [k ** -rng.uniform(0.7, 1.1) for k in range(1, 12)]
    return bandpass(soft_clip(wavetable(hz, len(hz), amps), 1.5), 400, 4500, order=1)


_SIREN = ("Siren", "Emergency vehicle")


@concept(
    "police_siren",
    family="alarms",
    heard_as=(
        *_SIREN, "Police car (siren)", "Ambulance (siren)", "Fire engine, fire truck (siren)", "Civil defense siren",
    ),
    captions=(
        "a police siren", "police car siren {mode}", "a {mode} police siren {distance}",
        "cops race by with the siren on", "{mode} siren of a patrol car", "police siren {distance}",
        "a squad car's siren", "sirens scream through the streets", "the police are coming, siren on",
        "patrol car siren {distance}",
    ),
    held_out=("a {mode} squad car siren", "police siren blaring {distance}", "law enforcement siren in the city"),
)  # fmt: skip
def police_siren(rng: np.random.Generator, duration_s: float) -> Draw:
    """Wail (slow) or yelp (quick) sweeps between 600 and 1500 Hz."""
    n = samples_of(duration_s)
    mode, sweep_hz = graded(rng, {"wailing": (0.22, 0.4), "yelping": (2.5, 4.0)})
    distance, far = graded(rng, _NEAR_FAR)
    phase = (np.arange(n) / RATE_HZ * sweep_hz + rng.uniform(0, 1)) % 1.0
    up = np.where(phase < 0.6, np.sin(np.pi / 2 * phase / 0.6), np.abs(np.cos(np.pi / 2 * (phase - 0.6) / 0.4)) ** 1.5)
    hz = rng.uniform(550, 700) + rng.uniform(700, 900) * lowpass(up, 15, order=1)
    return Draw(_street(_siren_voice(rng, hz), rng, far), {"mode": mode, "distance": distance})


@concept(
    "ambulance_siren",
    family="alarms",
    heard_as=(*_SIREN, "Ambulance (siren)", "Police car (siren)", "Fire engine, fire truck (siren)"),
    captions=(
        "an ambulance siren", "two-tone ambulance siren {distance}", "an ambulance rushes past",
        "{tempo} nee-naw of an ambulance", "hi-lo siren {distance}", "ambulance with its siren on",
        "{tempo} two-tone siren", "an emergency ambulance {distance}", "paramedics race to an accident",
        "wailing ambulance",
    ),
    held_out=("a {tempo} two-note siren", "an ambulance hurries by {distance}", "ambulance horns alternating"),
)  # fmt: skip
def ambulance_siren(rng: np.random.Generator, duration_s: float) -> Draw:
    """Two alternating notes a fourth apart; nearby ones pass with Doppler."""
    n = samples_of(duration_s)
    tempo, each_s = graded(rng, {"slow": (0.65, 0.85), "rapid": (0.32, 0.45)})
    distance, far = graded(rng, _NEAR_FAR)
    low = rng.uniform(435, 560)
    high = low * rng.uniform(1.25, 1.36)
    bed = 0.03 * coloured(rng, n, slope_db=-4)
    step = np.floor((np.arange(n) / RATE_HZ + rng.uniform(0, 1)) / each_s) % 2
    hz = lowpass(np.where(step > 0, high, low) - low, 40, order=1) + low
    x = normalised(_siren_voice(rng, hz * slow(rng, n, rate_hz=4, low=0.99, high=1.01)) + bed)
    if distance == "nearby":
        x = passes(x, rng, every_s=(5, 8), speed_m_s=(14, 20), nearest_m=(10, 18))
    return Draw(_street(x, rng, far), {"tempo": tempo, "distance": distance})


@concept(
    "fire_engine",
    family="alarms",
    heard_as=(
        *_SIREN, "Fire engine, fire truck (siren)", "Ambulance (siren)", "Police car (siren)", "Civil defense siren",
        "Air horn, truck horn",
    ),
    captions=(
        "a fire engine siren", "fire truck {distance}", "a fire engine with siren and air horn",
        "the {mode} siren of a fire truck", "firefighters on the way, siren wailing", "fire truck horn and siren",
        "fire brigade passing {distance}", "a {mode} fire engine siren", "fire engine racing to a blaze",
        "the fire brigade comes {distance}",
    ),
    held_out=("a {mode} siren of the fire brigade", "fire truck honking {distance}", "a fire engine responding"),
)  # fmt: skip
def fire_engine(rng: np.random.Generator, duration_s: float) -> Draw:
    """A slow mechanical wail with blasts of an air horn."""
    n = samples_of(duration_s)
    mode, rate = graded(rng, {"slowly rising": (0.12, 0.18), "undulating": (0.35, 0.6)})
    distance, far = graded(rng, _NEAR_FAR)
    curve = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) / RATE_HZ * rate + rng.uniform(0.1, 0.4)))
    hz = rng.uniform(380, 480) + rng.uniform(500, 700) * curve**0.7
    x = normalised(_siren_voice(rng, hz))
    horn_hz = rng.uniform(190, 260)

    def honk() -> tuple[np.ndarray, float]:
        m = samples_of(rng.uniform(0.3, 0.9))
        both = wavetable(horn_hz, m, [k**-0.4 for k in range(1, 25)]) + wavetable(
            horn_hz * 1.26, m, [k**-0.4 for k in range(1, 20)]
        )
        return 0.5 * faded(normalised(bandpass(both, 200, 4000, order=1)), 0.03), m / RATE_HZ + rng.uniform(0.6, 2.5)

    x = x + timed(duration_s, rng.uniform(0.5, 1.5), honk)
    return Draw(_street(x, rng, far), {"mode": mode, "distance": distance})


def _beeps(  # noqa: PLR0913  (a beep pattern needs them all)
    rng: np.random.Generator, duration_s: float, hz: float, on_s: float, off_s: float, count: int, pause_s: float,
    amps: Sequence[float],
) -> np.ndarray:  # fmt: skip
    """Groups of `count` beeps."""
    state = {"left": count}

    def beep() -> tuple[np.ndarray, float]:
        state["left"] -= 1
        last = state["left"] == 0
        state["left"] = count if last else state["left"]
        m = samples_of(on_s)
        return faded(wavetable(hz, m, amps), 0.004), on_s + (pause_s if last else off_s)

    return normalised(timed(duration_s, float(rng.uniform(0, 0.15)), beep))


@concept(
    "alarm_clock",
    family="alarms",
    heard_as=("Alarm clock", "Alarm", "Beep, bleep", "Clock"),
    captions=(
        "an alarm clock ringing", "{kind} alarm clock goes off", "bedside alarm, {tempo}", "wake-up alarm",
        "{kind} alarm clock wakes someone", "the alarm clock rings in the morning", "an alarm rings {tempo}",
        "time to get up, the alarm sounds", "{kind} clock alarm", "morning alarm by the bed",
    ),
    held_out=("{kind} wake-up alarm", "a clock's alarm ringing {tempo}", "bedroom alarm going off"),
)  # fmt: skip
def alarm_clock(rng: np.random.Generator, duration_s: float) -> Draw:
    """Digital groups of beeps, or a twin-bell hammer rattling between two bells."""
    kind = pick(rng, "a digital", "a mechanical twin-bell")
    tempo, speed = graded(rng, {"slowly": (0.75, 0.9), "quickly": (1.15, 1.4)})
    if kind == "a digital":
        on = 0.09 / speed
        x = _beeps(rng, duration_s, rng.uniform(1900, 2300), on, on, 4, 0.45 / speed, (1, 0.1, 0.4, 0.05, 0.2))
        x = reverb(x, rng, seconds=0.25, wet=0.08)
    else:
        x = _rattled_bell(rng, samples_of(duration_s), rng.uniform(1900, 2700), 19 * speed)
    return Draw(faded(normalised(x)), {"kind": kind, "tempo": tempo})


def _gong(rng: np.random.Generator, hz: float, tau_s: float) -> np.ndarray:
    """One stroke on a small metal gong bell."""
    ratios = np.array([1, 1.006, 2.32, 3.85, 5.7, 7.6]) * rng.uniform(0.995, 1.005, 6)
    m = samples_of(min(tau_s * 5, 2.0))
    taus = tau_s / np.array([1, 1.1, 1.6, 2.5, 4, 6])
    return normalised(struck(hz * ratios, (1, 0.8, 0.9, 0.6, 0.4, 0.25), taus, m, rng))


def _rattled_bell(rng: np.random.Generator, n: int, hz: float, rate_hz: float) -> np.ndarray:
    """A hammer rattling on a bell, with a mechanical buzz."""
    drift = rate_hz * slow(rng, n, rate_hz=1, low=0.97, high=1.03)
    x = repeated(rng, n, _gong(rng, hz, 0.25), drift, spread=0.15)
    x += repeated(rng, n, _gong(rng, hz * rng.uniform(1.04, 1.15), 0.25), drift, spread=0.15)
    clack = bandpass(white(rng, 600), 1500, 6000) * decay(600, tau_s=0.002)
    return normalised(x) + 0.2 * normalised(repeated(rng, n, clack, drift))


@concept(
    "smoke_alarm",
    family="alarms",
    heard_as=("Smoke detector, smoke alarm", "Fire alarm", "Alarm", "Beep, bleep", "Alarm clock"),
    captions=(
        "a smoke alarm beeping", "smoke detector goes off", "a shrill alarm in {place}",
        "fire alarm beeping in {place}", "{tempo} shrill beeps of a smoke detector", "a smoke detector screeches",
        "piercing {tempo} alarm beeps", "the kitchen smoke alarm", "an ear-piercing smoke alarm",
        "smoke alarm, beep beep beep",
    ),
    held_out=("a {tempo} piercing smoke detector", "smoke alarm sounding in {place}", "shrill fire detector"),
)  # fmt: skip
def smoke_alarm(rng: np.random.Generator, duration_s: float) -> Draw:
    """A piezo at 2.9 to 3.4 kHz in groups of three or a fast series."""
    tempo, on = graded(rng, {"slow": (0.42, 0.5), "rapid": (0.09, 0.14)})
    place_word, room = graded(rng, {"a small room": (0.2, 0.3), "an echoing hallway": (1.2, 1.8)})
    count = 3 if tempo == "slow" else 10_000
    x = _beeps(rng, duration_s, rng.uniform(2900, 3400), on, on, count, 1.2, (1, 0.25, 0.3, 0.1))
    return Draw(faded(reverb(x, rng, seconds=room, wet=0.2)), {"tempo": tempo, "place": place_word})


_CHURCH = np.array([0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.16, 5.43])


@concept(
    "church_bell",
    family="alarms",
    heard_as=("Church bell", "Bell", "Change ringing (campanology)"),
    captions=(
        "a church bell tolling", "{size} church bell rings {tempo}", "bells of a cathedral", "a bell tolls {tempo}",
        "{size} bell tolling from the tower", "church bells ringing", "the village church strikes",
        "a steeple bell {distance}", "{size} bell sounds {distance}", "the bell tower rings out",
    ),
    held_out=("{size} tower bell peals {tempo}", "tolling from the cathedral {distance}", "a chapel bell is rung"),
)  # fmt: skip
def church_bell(rng: np.random.Generator, duration_s: float) -> Draw:
    """Strokes on one to three bells: hum, prime, minor tierce, quint, nominal."""
    size, hz = graded(rng, {"a great": (220, 290), "a small": (400, 520)})
    tempo, gap = graded(rng, {"slowly": (1.8, 2.4), "quickly": (0.7, 1.0)})
    distance, far = graded(rng, _NEAR_FAR)
    tuned = [_church_stroke(rng, hz * r) for r in rng.permutation((1.0, 1.122, 1.26, 0.89))[: rng.integers(1, 4)]]
    state = {"i": 0}

    def stroke() -> tuple[np.ndarray, float]:
        state["i"] += 1
        return tuned[state["i"] % len(tuned)] * rng.uniform(0.7, 1), gap * rng.uniform(0.96, 1.04)

    x = timed(duration_s, float(rng.uniform(0, 0.2)), stroke)
    x = reverb(normalised(x), rng, seconds=2.5, wet=0.3) + 0.03 * coloured(rng, len(x), slope_db=-4)
    return Draw(faded(distant(x, rng, amount=far)), {"size": size, "tempo": tempo, "distance": distance})


def _church_stroke(rng: np.random.Generator, hz: float) -> np.ndarray:
    m = samples_of(5)
    gains = np.array([0.7, 0.6, 0.8, 0.4, 1.0, 0.5, 0.5, 0.6, 0.5, 0.3]) * rng.uniform(0.7, 1.2, 10)
    taus = 3.2 / np.sqrt(_CHURCH) * (300 / hz) ** 0.3
    ring = struck(hz * _CHURCH, gains, taus, m, rng) + struck(hz * _CHURCH * 1.0025, gains * 0.6, taus, m, rng)
    clang = bandpass(white(rng, 3000), hz * 3, hz * 12, order=1) * decay(3000, tau_s=0.012)
    place(ring, clang, 0, 0.5)
    return faded(normalised(ring), 0.001)


def _chime_bar(rng: np.random.Generator, hz: float, tau_s: float) -> np.ndarray:
    """A plunger's tap on a hung bar or tube: the plunger's click, a beating tone and its overtones."""
    m = samples_of(min(tau_s * 4, 3))
    ratios = np.array([1, 1.004, 2, 3.01, rng.uniform(4.1, 4.6), rng.uniform(5.5, 6.1)])
    gains = np.array([1, 0.5, 0.48, 0.85, 0.3, 0.3]) * rng.uniform(0.8, 1.2, 6)
    note = struck(hz * ratios, gains, tau_s / ratios ** rng.uniform(0.95, 1.2), m, rng)
    click = bandpass(white(rng, m), 1000, 8000) * decay(m, tau_s=0.004)
    return faded(normalised(note) + rng.uniform(0.35, 0.5) * normalised(click), 0.002)


@concept(
    "doorbell",
    family="alarms",
    heard_as=("Doorbell", "Ding-dong", "Chime", "Bell", "Ding"),
    captions=(
        "a doorbell rings", "ding-dong of a doorbell", "someone rings the {pitch} doorbell", "doorbell chime",
        "a {pitch} ding-dong at the door", "visitors ring the bell", "the front door chime {times}",
        "door chime ringing {times}", "a two-note doorbell", "a guest presses the doorbell",
    ),
    held_out=("a {pitch} door chime", "the bell at the front door", "ding-dong, someone is at the door"),
)  # fmt: skip
def doorbell(rng: np.random.Generator, duration_s: float) -> Draw:
    """Two struck bars, a major third down."""
    pitch, hz = graded(rng, {"high": (1020, 1250), "low": (830, 960)})
    times, gap = graded(rng, {"insistently": (0.5, 0.7), "now and then": (1.0, 1.5)})
    step, tau = rng.uniform(0.5, 0.72), rng.uniform(0.55, 0.95)
    bars = [_chime_bar(rng, hz, tau), _chime_bar(rng, hz * 0.794, tau)]
    x, at_s = np.zeros(samples_of(duration_s)), float(rng.uniform(0.02, 0.2))
    while at_s < duration_s:
        touch = rng.uniform(0.85, 1.0, 2)
        place(x, bars[0], samples_of(at_s), touch[0])
        place(x, bars[1], samples_of(at_s + step), touch[1])
        at_s += step + gap * float(rng.uniform(0.9, 1.1))
    x = normalised(reverb(normalised(x), rng, seconds=rng.uniform(1.0, 1.4), wet=0.06), rng.uniform(0.6, 0.9))
    return Draw(faded(x + 0.0015 * coloured(rng, len(x), slope_db=-4)), {"pitch": pitch, "times": times})


@concept(
    "phone_ring",
    family="alarms",
    heard_as=("Telephone bell ringing", "Telephone", "Ringtone", "Alarm clock"),
    captions=(
        "an old telephone ringing", "a {pitch} telephone bell", "the phone rings {distance}", "rotary phone ringing",
        "a landline rings {distance}", "{pitch} ring of an old phone", "telephone bell, ring ring",
        "a phone keeps ringing", "nobody answers the phone", "vintage telephone bell",
    ),
    held_out=("a {pitch} old phone bell", "a landline telephone is ringing", "an antique phone rings {distance}"),
)  # fmt: skip
def phone_ring(rng: np.random.Generator, duration_s: float) -> Draw:
    """A clapper between two gongs at 20 Hz, two seconds on, one off (or the double ring)."""
    n = samples_of(duration_s)
    pitch, hz = graded(rng, {"high": (1500, 1900), "low": (950, 1200)})
    distance, far = graded(rng, {"close by": (0, 0.05), "in the next room": (0.3, 0.4)})
    on, off = (rng.uniform(0.9, 1.6), rng.uniform(0.6, 1.2)) if rng.random() < 0.6 else (0.4, 0.25)
    phase = (np.arange(n) / RATE_HZ) % (on + off)
    rate = np.where(phase < on, rng.uniform(19, 25), 0.0)
    x = repeated(rng, n, _gong(rng, hz, 0.35), rate / 2, spread=0.1)
    x += np.roll(repeated(rng, n, _gong(rng, hz * rng.uniform(1.18, 1.27), 0.35), rate / 2, spread=0.1), 900)
    x = reverb(normalised(x), rng, seconds=0.4, wet=0.12)
    return Draw(faded(distant(x, rng, amount=far)), {"pitch": pitch, "distance": distance})


@concept(
    "mobile_ring",
    family="alarms",
    heard_as=("Ringtone", "Telephone", "Telephone bell ringing", "Beep, bleep", "Alarm clock"),
    captions=(
        "a mobile phone ringing", "{tempo} ringtone", "a cell phone plays its ringtone", "smartphone rings",
        "{tone} ringtone on a phone", "an incoming call", "someone's mobile goes off", "{tone} mobile phone melody",
        "a {tempo} electronic ringtone", "a phone rings in a pocket",
    ),
    held_out=("a {tone} cell phone ring", "somebody calls, the phone rings", "{tempo} phone melody"),
)  # fmt: skip
def mobile_ring(rng: np.random.Generator, duration_s: float) -> Draw:
    """A short looping melody on a small speaker."""
    tempo, step = graded(rng, {"fast": (0.06, 0.085), "slow": (0.12, 0.16)})
    colour = pick(rng, "a beeping", "a marimba")
    scale = 440 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16, 19]) / 12) * rng.uniform(1.6, 2.6)
    tune = [*rng.choice(scale, 2).tolist() * 2, *rng.choice(scale, 2).tolist() * 2]
    state = {"i": 0}

    def note() -> tuple[np.ndarray, float]:
        hz, m = tune[state["i"] % 8], samples_of(step * (0.9 if colour == "a beeping" else 3))
        state["i"] += 1
        rest = 0.4 if state["i"] % 24 == 0 else 0.0
        if colour == "a beeping":
            return faded(wavetable(hz, m, (1, 0, 0.33, 0, 0.2, 0, 0.14)), 0.004), step + rest
        return struck((hz, hz * 2, hz * 4), (1, 0.4, 0.15), (0.1, 0.06, 0.03), m, rng), step + rest

    x = highpass(normalised(timed(duration_s, 0.05, note)), 500)
    return Draw(faded(normalised(x)), {"tempo": tempo, "tone": colour.removeprefix("a ")})


@concept(
    "buzzer",
    family="alarms",
    heard_as=("Buzzer", "Alarm", "Buzz", "Doorbell", "Foghorn"),
    captions=(
        "a buzzer sounds", "{length} buzzer", "wrong answer buzzer", "a {pitch} buzzer goes off", "game show buzzer",
        "{length} buzz of an intercom", "an electric buzzer", "the {pitch} buzz of a door opener",
        "scoreboard buzzer at the end of play", "an angry electric buzz",
    ),
    held_out=("a {pitch} electric buzzer", "{length} quiz buzzer", "the buzzer goes"),
)  # fmt: skip
def buzzer(rng: np.random.Generator, duration_s: float) -> Draw:
    """An armature rattling on its magnet: a hard-edged drone, the horn's resonance, noise at every stroke."""
    pitch, hz = graded(rng, {"low": (74, 98), "high": (165, 195)})
    length, seconds = graded(rng, {"short": (0.35, 0.6), "long": (1.1, 1.7)})
    slope, even, drive, horn_hz = (0.8, 0.6, 1.9, 3300.0) if pitch == "low" else (0.5, 0.82, 2.7, 1150.0)
    amps = [k**-slope * (1 if k % 2 else even) for k in range(1, 120)]
    horn_hz *= rng.uniform(0.93, 1.07)

    def buzz() -> tuple[np.ndarray, float]:
        m = samples_of(seconds)
        wave = soft_clip(normalised(wavetable(hz * slow(rng, m, rate_hz=20, low=0.997, high=1.003), m, amps), 1), drive)
        strokes = bandpass(white(rng, m), 800, 6000) * (1 + np.sign(tone(hz, m)))
        wave = unit(wave) + 1.8 * unit(resonance(wave, horn_hz, q=3)) + rng.uniform(0.15, 0.3) * unit(strokes)
        return faded(normalised(bandpass(wave, 250, 7000, order=1)), 0.008), seconds + rng.uniform(0.2, 0.35)

    x = timed(duration_s, float(rng.uniform(0, 0.15)), buzz)
    x = normalised(reverb(x, rng, seconds=rng.uniform(0.2, 0.7), wet=0.17), rng.uniform(0.2, 0.5))
    return Draw(faded(x + 0.002 * coloured(rng, len(x), slope_db=-4)), {"pitch": pitch, "length": length})


@concept(
    "bicycle_bell",
    family="alarms",
    heard_as=("Bicycle bell", "Bell", "Bicycle", "Ding", "Jingle bell", "Chime"),
    captions=(
        "a bicycle bell", "a {pitch} bike bell rings", "a cyclist rings the bell", "ring ring of a bicycle bell",
        "{times} dings of a bike bell", "a bike bell dings {times}", "cyclist's bell on the path",
        "a {pitch} bicycle bell", "bike bell trilling", "someone on a bike rings",
    ),
    held_out=("a {pitch} cycle bell", "ringing the bell on a bike {times}", "bicycle bell ting"),
)  # fmt: skip
def bicycle_bell(rng: np.random.Generator, duration_s: float) -> Draw:
    """A thumb lever whirring a few quick strokes on a dome."""
    pitch, hz = graded(rng, {"high": (2300, 3000), "low": (1400, 1900)})
    times, gap = graded(rng, {"repeatedly": (0.35, 0.55), "occasionally": (1.1, 1.6)})
    ding = _gong(rng, hz, rng.uniform(0.35, 0.6))

    def ring() -> tuple[np.ndarray, float]:
        strokes = np.zeros(len(ding) + samples_of(0.5))
        for i in range(int(rng.integers(2, 6))):
            place(strokes, ding, samples_of(i * 0.055 + rng.uniform(0, 0.006)), rng.uniform(0.4, 1))
        return strokes, gap * rng.uniform(0.9, 1.2)

    x = normalised(timed(duration_s, float(rng.uniform(0, 0.15)), ring))
    return Draw(faded(reverb(x, rng, seconds=0.4, wet=0.08)), {"pitch": pitch, "times": times})


@concept(
    "referee_whistle",
    family="alarms",
    heard_as=("Whistle", "Whistling"),
    captions=(
        "a referee blows the whistle", "{length} whistle blasts", "sports whistle",
        "a shrill pea whistle {distance}", "the coach whistles {length}", "whistle at a football match",
        "a referee's whistle {distance}", "{length} blows on a whistle", "trilling sports whistle",
        "a traffic policeman whistles",
    ),
    held_out=("{length} blasts of a referee's whistle", "kick-off whistle", "a pea whistle trills {distance}"),
)  # fmt: skip
def referee_whistle(rng: np.random.Generator, duration_s: float) -> Draw:
    """A pea whistle: a tone warbled 30 to 60 times a second with breath."""
    length, seconds = graded(rng, {"short": (0.2, 0.4), "long": (0.8, 1.5)})
    distance, far = graded(rng, {"close by": (0, 0.1), "across the field": (0.35, 0.5)})
    hz, trill = rng.uniform(2300, 3300), rng.uniform(30, 55)

    def blow() -> tuple[np.ndarray, float]:
        m = samples_of(seconds * rng.uniform(0.8, 1.2))
        warble = tone(trill * slow(rng, m, rate_hz=5, low=0.9, high=1.1), m)
        pitch = hz * (1 + 0.025 * warble) * (1 - 0.08 * np.exp(-np.arange(m) / 900))
        wave = wavetable(pitch, m, (1, 0.15, 0.08)) + 0.7 * tone(pitch * 1.06, m)
        wave = wave * (0.7 + 0.3 * warble) + 0.25 * resonance(white(rng, m), hz, q=3)
        return faded(normalised(wave), 0.015), m / RATE_HZ + rng.uniform(0.15, 0.8)

    x = timed(duration_s, float(rng.uniform(0, 0.15)), blow)
    return Draw(
        faded(distant(reverb(x, rng, seconds=0.7, wet=0.12), rng, amount=far)), {"length": length, "distance": distance}
    )


@concept(
    "school_bell",
    family="alarms",
    heard_as=("Fire alarm", "Alarm", "Bell", "Alarm clock", "Telephone bell ringing", "Buzzer", "Doorbell"),
    captions=(
        "a school bell ringing", "{length} ring of the school bell", "electric bell in a corridor",
        "the bell rings for {time}", "school is out, the bell rings", "class bell in {place}",
        "{length} electric bell", "a loud corridor bell", "a hammer bell clanging in {place}",
        "end of the lesson, a bell rings",
    ),
    held_out=("a {length} corridor bell", "the school bell sounds in {place}", "electric class bell"),
)  # fmt: skip
def school_bell(rng: np.random.Generator, duration_s: float) -> Draw:
    """A big electric gong struck 14 to 20 times a second in a hall."""
    n = samples_of(duration_s)
    length, on = graded(rng, {"short": (0.9, 1.4), "long": (3, 6)})
    place_word, room = graded(rng, {"a long corridor": (1.5, 2.2), "a yard": (0.3, 0.5)})
    phase = (np.arange(n) / RATE_HZ) % (on + 0.7)
    rate = np.where(phase < on, rng.uniform(14, 20), 0.0)
    hz = rng.uniform(550, 1100)
    x = repeated(rng, n, _gong(rng, hz, 0.5), rate, spread=0.1) + 0.3 * repeated(
        rng, n, _gong(rng, hz * 2.7, 0.2), rate, spread=0.2
    )
    return Draw(
        faded(reverb(normalised(x), rng, seconds=room, wet=0.25)),
        {"length": length, "time": "break", "place": place_word},
    )


@concept(
    "hand_bell",
    family="alarms",
    heard_as=("Bell", "Chime", "Jingle bell", "Bicycle bell", "Ding", "Cowbell", "Tubular bells", "Wind chime"),
    captions=(
        "a small hand bell", "a {pitch} hand bell rings", "tinkling little bell", "someone rings a service bell",
        "a {pitch} bell is shaken {tempo}", "a little bell tinkles", "brass hand bell ringing {tempo}",
        "a servant's bell", "the shop bell tinkles", "a {pitch} tinkling bell",
    ),
    held_out=("a tiny brass bell rung {tempo}", "a {pitch} little bell", "tinkle of a small bell"),
)  # fmt: skip
def hand_bell(rng: np.random.Generator, duration_s: float) -> Draw:
    """A shaken brass bell: uneven strokes, bright inharmonic partials."""
    pitch, hz = graded(rng, {"high-pitched": (2200, 3200), "mellow": (900, 1400)})
    tempo, gap = graded(rng, {"gently": (0.35, 0.5), "eagerly": (0.13, 0.2)})
    dings = [_gong(rng, hz * r, rng.uniform(0.5, 0.9)) for r in (1, 1.003, 0.997)]

    def ring() -> tuple[np.ndarray, float]:
        return dings[rng.integers(3)] * rng.uniform(0.4, 1), gap * rng.uniform(0.7, 1.3)

    x = normalised(timed(duration_s, float(rng.uniform(0, 0.1)), ring))
    return Draw(faded(reverb(x, rng, seconds=0.6, wet=0.1)), {"pitch": pitch, "tempo": tempo})


@concept(
    "alarm_klaxon",
    family="alarms",
    heard_as=(
        "Alarm", "Siren", "Buzzer", "Foghorn", "Civil defense siren", "Fire alarm", "Air horn, truck horn",
        "Car alarm",
    ),
    captions=(
        "an alarm klaxon", "{tempo} klaxon in {place}", "red alert", "a warning klaxon blares",
        "{tempo} warning horn", "submarine dive alarm", "general quarters alarm in {place}",
        "a klaxon warns of danger", "emergency alarm blaring", "evacuation alarm, {tempo} pulses",
    ),
    held_out=("a {tempo} alert horn", "danger alarm honking in {place}", "a klaxon sounds red alert"),
)  # fmt: skip
def alarm_klaxon(rng: np.random.Generator, duration_s: float) -> Draw:
    """Rising rasping whoops, repeated."""
    tempo, seconds = graded(rng, {"slow": (0.9, 1.3), "rapid": (0.35, 0.5)})
    place_word, room = graded(rng, {"a metal corridor": (1.2, 2.0), "a control room": (0.3, 0.5)})
    hz = rng.uniform(260, 480)
    rise = rng.uniform(1.3, 2.2)

    def whoop() -> tuple[np.ndarray, float]:
        m = samples_of(seconds)
        ramp = hz * (1 + (rise - 1) * np.minimum(np.arange(m) / m * 1.5, 1) ** 0.6)
        wave = soft_clip(wavetable(ramp, m, [k**-0.5 for k in range(1, 18)]), 1.5)
        return faded(normalised(bandpass(wave, 300, 5000, order=1)), 0.02), seconds * 1.25

    x = timed(duration_s, float(rng.uniform(0, 0.1)), whoop)
    return Draw(faded(reverb(x, rng, seconds=room, wet=0.2)), {"tempo": tempo, "place": place_word})
