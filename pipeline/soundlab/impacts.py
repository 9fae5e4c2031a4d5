"""The family of impacts: things that fall, strike, break; importing this file registers all of them."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import impacts_motion
from pipeline.soundlab.blows import glass, rush, shards, thump
from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    highpass,
    impulses,
    lowpass,
    modes,
    normalised,
    pick,
    place,
    reverb,
    samples_of,
    slow,
    struck,
    white,
)
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import calls, staged

__all__ = ["impacts_motion"]


@concept(
    "thud",
    family="impacts",
    heard_as=("Thump, thud", "Thunk", "Knock", "Bang", "Boom"),
    captions=(
        "a heavy thud", "{weight} thuds", "a {weight} thud {floor}", "something heavy drops {floor}", "dull thumps",
        "a sack falls {floor}", "thumping {floor}", "{weight} thump {floor}", "an object lands with a thud",
        "a dull impact",
        "thud after thud",
    ),
    held_out=("a muffled thump", "a {weight} object dropping {floor}", "dull thudding"),
)  # fmt: skip
def thud(rng: np.random.Generator, duration_s: float) -> Draw:
    weight, floor = pick(rng, "heavy", "light"), pick(rng, "on wooden boards", "on stone")
    hz = {"heavy": 60, "light": 110}[weight] * rng.uniform(0.85, 1.2)
    click = {"on wooden boards": 0.5, "on stone": 0.9}[floor]

    def hit() -> np.ndarray:
        x = thump(rng, hz=hz * rng.uniform(0.92, 1.08), tau_s=rng.uniform(0.05, 0.1), click=click)
        if floor == "on wooden boards":
            place(
                x, modes((hz * 2.3, hz * 3.7, hz * 5.1), (0.6, 0.5, 0.3), (0.05, 0.04, 0.03), samples_of(0.3), rng), 0
            )
        return x

    x, _ = staged(rng, calls(rng, duration_s, hit, gap_s=(0.3, 1.1), group=(1, 2)))
    return Draw(x, {"weight": weight, "floor": floor})


@concept(
    "metal_clang",
    family="impacts",
    heard_as=("Clang", "Bell", "Gong", "Hammer", "Dishes, pots, and pans", "Chink, clink"),
    captions=(
        "a metal clang", "{size} metal clanging", "a {size} iron clang", "clanging of a {size} bar",
        "a hammer strikes iron",
        "steel struck hard", "loud metallic clanks", "a {size} pipe hit with a hammer", "a blacksmith's clang",
        "metal crashing on metal", "an iron plate clanging {where}",
    ),
    held_out=("clanking iron", "a {size} metal object struck", "a ringing metal blow"),
)  # fmt: skip
def metal_clang(rng: np.random.Generator, duration_s: float) -> Draw:
    """One piece of iron struck again and again: many bright modes in close pairs, the high ones soon gone."""
    size = pick(rng, "large", "small")
    hz = {"large": 690, "small": 860}[size] * rng.uniform(0.92, 1.08)
    freqs = np.sort(np.exp(rng.uniform(np.log(hz), np.log(16_000), 36)))
    freqs = np.concatenate([freqs, freqs * (1 + rng.uniform(0.001, 0.004, 36))])
    rise, n = freqs / freqs[0], samples_of(0.8)
    taus = {"large": 0.1, "small": 0.09}[size] * rise**-0.9 * rng.uniform(0.5, 1.2, 72)
    out, at = np.zeros(samples_of(duration_s)), rng.uniform(0, 0.2)
    while at < duration_s:
        ring = normalised(struck(freqs, rng.lognormal(0, 0.6, 72) * rise**0.8, taus, n, rng))
        blow = normalised(highpass(white(rng, n) * decay(n, tau_s=0.01, attack_s=0.0003), 570, order=1))
        place(out, ring + 0.13 * blow, samples_of(at), float(rng.uniform(0.6, 1.0)))
        at += rng.uniform(0.6, 1.5)
    where, seconds, wet = [("nearby", 0.33, 0.3), ("in a large hall", 1.3, 0.2)][int(rng.integers(2))]
    out = normalised(reverb(out, rng, seconds=seconds * rng.uniform(0.8, 1.2), wet=wet), rng.uniform(0.4, 0.7))
    return Draw(out + 0.0003 * coloured(rng, len(out), slope_db=-4.0), {"size": size, "where": where})


@concept(
    "wood_hit",
    family="impacts",
    heard_as=("Wood", "Knock", "Tap", "Chop", "Thunk", "Whack, thwack", "Wood block"),
    captions=(
        "wood being struck", "knocking on {wood}", "hits on {wood}", "{wood} struck with a stick", "a wooden knock",
        "a stick beats on {wood}", "rapping on timber", "a mallet hits {wood}", "hollow wooden knocks", "wooden clacks",
        "a plank is hit again and again",
    ),
    held_out=("a wooden thwack", "blows on {wood}", "timber being knocked"),
)  # fmt: skip
def wood_hit(rng: np.random.Generator, duration_s: float) -> Draw:
    wood = pick(rng, "a hollow box", "a thick log")
    hz = {"a hollow box": 420, "a thick log": 230}[wood] * rng.uniform(0.85, 1.2)
    tau = {"a hollow box": 0.03, "a thick log": 0.018}[wood]
    ratios = np.array((1.0, 1.67, 2.41, 3.55, 5.2)) * rng.uniform(0.95, 1.05, 5)

    def hit() -> np.ndarray:
        n = samples_of(0.25)
        tuned = hz * rng.uniform(0.94, 1.06) * ratios
        ring = modes(list(tuned), list(rng.uniform(0.2, 1.0, 5)), list(tau / ratios**0.5), n, rng)
        return ring + 0.7 * bandpass(white(rng, n), 900, 5000) * decay(n, tau_s=0.005)

    x, _ = staged(rng, calls(rng, duration_s, hit, gap_s=(0.2, 0.8), group=(1, 4), between_s=(0.0, 0.2)))
    return Draw(x, {"wood": wood})


@concept(
    "glass_shatter",
    family="impacts",
    heard_as=("Shatter", "Glass", "Breaking", "Smash, crash", "Chink, clink"),
    captions=(
        "glass shattering", "{thing} shatters", "{thing} breaking", "{thing} smashed to pieces", "shards of glass fall",
        "a pane of glass breaks", "{thing} bursts into shards", "breaking glass", "someone smashes {thing}",
        "a crash of glass",
        "glass splinters on the floor",
    ),
    held_out=("a glass breaks", "{thing} crashing to bits", "shattered glass tinkling"),
)  # fmt: skip
def glass_shatter(rng: np.random.Generator, duration_s: float) -> Draw:
    thing = pick(rng, "a big window", "a drinking glass")
    big = thing == "a big window"

    def crash() -> np.ndarray:
        x = shards(rng, seconds=rng.uniform(1.1, 1.8) if big else rng.uniform(0.6, 1.0), count=110 if big else 50,
                   low_hz=1500 if big else 2600, high_hz=12000, tau_s=0.014)  # fmt: skip
        n = samples_of(0.35)
        place(x, bandpass(white(rng, n), 1200, 12000) * decay(n, tau_s=0.07 if big else 0.03, attack_s=0.001), 0, 2.5)
        return x

    x, _ = staged(rng, calls(rng, duration_s, crash, gap_s=(0.2, 1.2)))
    return Draw(x, {"thing": thing})


@concept(
    "plate_crash",
    family="impacts",
    heard_as=("Dishes, pots, and pans", "Smash, crash", "Breaking", "Shatter", "Chink, clink", "Glass"),
    captions=(
        "a plate crashing down", "{number} breaking", "{number} smashed on the floor", "crockery breaks",
        "{number} crash to the ground",
        "dropped dishes", "a china plate shatters", "crash of {number}", "porcelain smashing", "someone drops {number}",
        "dishes breaking in the kitchen",
    ),
    held_out=("broken crockery", "{number} falling and breaking", "a dish smashes"),
)  # fmt: skip
def plate_crash(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a single plate", "a stack of dishes")
    many = number == "a stack of dishes"

    def crash() -> np.ndarray:
        x = shards(rng, seconds=1.4 if many else 0.7, count=60 if many else 22, low_hz=700, high_hz=7000, tau_s=0.018)
        for _ in range(int(rng.integers(3, 6)) if many else 1):
            place(
                x,
                glass(rng, hz=rng.uniform(600, 1300), tau_s=0.03),
                samples_of(rng.uniform(0, 0.5 if many else 0.02)),
                2.0,
            )
        place(x, thump(rng, hz=140, tau_s=0.03, click=1.5), 0, 0.8)
        return x

    x, _ = staged(rng, calls(rng, duration_s, crash, gap_s=(0.2, 1.0)))
    return Draw(x, {"number": number})


@concept(
    "punch",
    family="impacts",
    heard_as=("Slap, smack", "Whack, thwack", "Thump, thud", "Thunk", "Bang"),
    captions=(
        "a punch landing", "{force} punches", "a {force} blow to the body", "fists hitting flesh", "a fist fight",
        "a {force} smack in the face", "someone gets punched", "{force} punching", "boxers trading blows",
        "a slap and a punch",
        "blows rain down in a brawl",
    ),
    held_out=("a hit with a fist", "{force} body blows", "a brawl with punches"),
)  # fmt: skip
def punch(rng: np.random.Generator, duration_s: float) -> Draw:
    """A fist's rush through the air and the blow: body, flesh and a little of the room."""
    force = pick(rng, "hard", "soft")
    mid, level = {"hard": (0.75, 0.24), "soft": (0.68, 0.16)}[force]
    low_hz, flesh_hz = rng.uniform(95, 115), rng.uniform(880, 1060)

    def hit() -> np.ndarray:
        n = samples_of(0.5)
        low = low_hz * rng.uniform(0.88, 1.12)
        body = bandpass(white(rng, n), low * 0.6, low * 1.7, order=1) * decay(n, tau_s=0.058, attack_s=0.002)
        flesh = bandpass(white(rng, n), flesh_hz, flesh_hz * 5.7, order=1) * decay(n, tau_s=0.031, attack_s=0.001)
        ring = modes(160 * np.array((1.0, 1.67, 2.41)), (1, 0.7, 0.5), (0.015, 0.011, 0.009), n, rng)
        blow = normalised(body) + mid * normalised(flesh) + 0.15 * normalised(ring)
        return np.concatenate([rush(rng, rng.uniform(0.11, 0.15)), blow])

    out, at = np.zeros(samples_of(duration_s)), rng.uniform(0, 0.2)
    while at < duration_s:
        for _ in range(1 + int(rng.random() < 0.2)):
            place(out, hit(), samples_of(at), float(rng.uniform(0.6, 1.0)))
            at += rng.uniform(0.15, 0.25)
        at += rng.uniform(0.16, 0.46)
    out = normalised(reverb(out, rng, seconds=0.56, wet=rng.uniform(0.03, 0.06)), level * rng.uniform(0.9, 1.2))
    return Draw(out + 0.0003 * coloured(rng, len(out), slope_db=-4.0), {"force": force})


@concept(
    "body_fall",
    family="impacts",
    heard_as=("Thump, thud", "Thunk", "Bang", "Knock", "Wood"),
    captions=(
        "a body falls {floor}", "someone collapses {floor}", "a person tumbling {floor}", "a body hits the ground",
        "a man drops {floor}",
        "a knight falls down", "someone tumbles down the stairs", "a fall {floor}", "a body thuds down",
        "a heavy stumble and fall",
        "a person knocked to the ground",
    ),
    held_out=("a collapsing person", "someone falls over {floor}", "a body drops"),
)  # fmt: skip
def body_fall(rng: np.random.Generator, duration_s: float) -> Draw:
    floor = pick(rng, "on a wooden floor", "on soft earth")
    click = {"on a wooden floor": 0.9, "on soft earth": 0.15}[floor]

    def fall() -> np.ndarray:
        x = np.zeros(samples_of(0.9))
        at = 0.0
        for weight in (0.5, 1.0, 0.6, 0.3)[int(rng.integers(0, 2)) :]:
            place(
                x,
                thump(rng, hz=rng.uniform(55, 95), tau_s=rng.uniform(0.05, 0.09), click=click),
                samples_of(at),
                weight,
            )
            at += rng.uniform(0.06, 0.2)
        return x

    x, _ = staged(rng, calls(rng, duration_s, fall, gap_s=(0.2, 1.0)))
    return Draw(x, {"floor": floor})


def tumbling(rng: np.random.Generator, n: int, *, rate_hz: float, low_hz: float, high_hz: float) -> np.ndarray:
    """Stones that roll and knock: many short low knocks, in eight sizes."""
    out = np.zeros(n)
    for hz in np.geomspace(low_hz, high_hz, 8):
        m = samples_of(0.12)
        kernel = bandpass(white(rng, m), hz * 0.5, hz * 6, order=1) * decay(m, tau_s=min(8 / hz, 0.03), attack_s=0.001)
        train = impulses(rng, n, rate_hz=rate_hz / 8, spread=0.9)
        out += _spread(train, kernel)
    return out


def _spread(train: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    out = np.zeros(len(train))
    for at in np.flatnonzero(train):
        place(out, kernel, int(at), float(train[at]))
    return out


@concept(
    "rockslide",
    family="impacts",
    heard_as=("Smash, crash", "Breaking", "Rumble", "Thump, thud", "Crushing", "Crumpling, crinkling", "Crackle",
    "Rain"),
    captions=(
        "a rockslide", "{size} tumbling down", "falling {size}", "{size} rolling down a slope",
        "rocks clatter down the hillside",
        "a landslide", "rubble collapses", "{size} crash down the cliff", "a tunnel caves in", "rocks break loose",
        "stones rattling down a scree",
    ),
    held_out=("tumbling rocks", "{size} sliding downhill", "a cave-in"),
)  # fmt: skip
def rockslide(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "boulders", "small stones")
    n, big = samples_of(duration_s), size == "boulders"
    x = tumbling(rng, n, rate_hz=30 if big else 70, low_hz=110 if big else 500, high_hz=900 if big else 3000)
    rumble = lowpass(white(rng, n), 90) * (3.0 if big else 0.4)
    x, _ = staged(rng, (x + rumble * x.std()) * slow(rng, n, rate_hz=0.8, low=0.4, high=1.0))
    return Draw(x, {"size": size})


@concept(
    "avalanche",
    family="impacts",
    heard_as=("Rumble", "Thunder", "Boom", "Wind", "Thunderstorm", "Roar"),
    captions=(
        "an avalanche", "an avalanche roars down", "{distance} avalanche rumble", "snow thunders down the mountain",
        "a {distance} rumble of sliding snow", "the ground rumbles", "a {distance} landslide rumbles",
        "deep rumbling of the earth",
        "an earthquake", "a {distance} earth tremor", "masses of snow crashing down",
    ),
    held_out=("rumbling snow slide", "a {distance} avalanche", "the mountain rumbles"),
)  # fmt: skip
def avalanche(rng: np.random.Generator, duration_s: float) -> Draw:
    distance = pick(rng, "near", "distant")
    n, near = samples_of(duration_s), distance == "near"
    low = lowpass(white(rng, n), 70) * 9 * slow(rng, n, rate_hz=3, low=0.3, high=1.0)
    mid = bandpass(white(rng, n), 80, 400) * 2 * slow(rng, n, rate_hz=6, low=0.2, high=1.0)
    high = (
        bandpass(white(rng, n), 400, 3000, order=1) * (0.5 if near else 0.04) * slow(rng, n, rate_hz=2, low=0.3, high=1)
    )
    swell_curve = slow(rng, n, rate_hz=0.3, low=0.5, high=1.0)
    x, _ = staged(rng, (low + mid + high) * swell_curve)
    return Draw(x, {"distance": distance})
