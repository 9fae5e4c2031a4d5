"""Weapons of old and things in motion: swords, arrows, whips, whooshes, balls."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.blows import rush, swish, thump
from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    highpass,
    modes,
    normalised,
    pick,
    place,
    reverb,
    samples_of,
    struck,
    tone,
    white,
)
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import calls, staged


def _blades(rng: np.random.Generator, freqs_hz: np.ndarray, tau_s: float) -> np.ndarray:
    """Two edges meet: their modes, each a close pair, struck anew, and the bite of steel."""
    n = samples_of(0.6)
    rise = freqs_hz / freqs_hz[0]
    taus = tau_s * rise**-0.87 * rng.uniform(0.5, 1.2, len(freqs_hz))
    x = struck(freqs_hz, rng.lognormal(0, 0.6, len(freqs_hz)) * rise**0.5, taus, n, rng)
    bite = highpass(white(rng, n) * decay(n, tau_s=0.014, attack_s=0.0003), 1000, order=1)
    return normalised(x) + rng.uniform(0.2, 0.4) * normalised(bite)


@concept(
    "sword_clash",
    family="impacts",
    heard_as=("Clang", "Chink, clink", "Cutlery, silverware", "Dishes, pots, and pans", "Bell", "Scissors"),
    captions=(
        "swords clashing", "{blades} clash", "a duel with {blades}", "clashing of {blades}",
        "knights fight with swords",
        "steel rings on steel", "{blades} ringing in a duel", "a sword fight", "blades crossing in battle",
        "parry and thrust",
        "{blades} strike each other",
    ),
    held_out=("ringing swords", "fighters crossing {blades}", "a clash of steel"),
)  # fmt: skip
def sword_clash(rng: np.random.Generator, duration_s: float) -> Draw:
    """Blades that meet once or twice, then part; a hall or a yard answers."""
    blades, hz, count, tau = [("heavy swords", 1620.0, 8, 0.085), ("light rapiers", 2900.0, 22, 0.066)][
        int(rng.integers(2))
    ]
    hz *= rng.uniform(0.93, 1.07)
    freqs = np.sort(np.exp(rng.uniform(np.log(hz), np.log(min(8.8 * hz, 16_000)), count)))
    freqs = np.concatenate([freqs, freqs * (1 + rng.uniform(0.001, 0.004, count))])
    out, at = np.zeros(samples_of(duration_s)), rng.uniform(0, 0.2)
    while at < duration_s:
        for _ in range(int(rng.integers(1, 3))):
            place(out, _blades(rng, freqs, tau * rng.uniform(0.85, 1.2)), samples_of(at), float(rng.uniform(0.5, 1.0)))
            at += rng.uniform(0.15, 0.35)
        at += rng.uniform(0.2, 0.9)
    out = normalised(
        reverb(out, rng, seconds=rng.uniform(1.0, 1.5), wet=rng.uniform(0.06, 0.12)), rng.uniform(0.5, 0.8)
    )
    return Draw(out + 0.0003 * coloured(rng, len(out), slope_db=-4.0), {"blades": blades})


@concept(
    "arrow_shot",
    family="impacts",
    heard_as=("Arrow", "Whoosh, swoosh, swish", "Whip", "Thump, thud", "Thunk"),
    captions=(
        "an arrow shot", "an archer shoots {bow}", "arrow from {bow}", "the twang of {bow}",
        "an arrow whizzes and hits",
        "arrows flying past", "a bowstring twangs", "{bow} looses an arrow", "archers firing arrows",
        "an arrow thuds into a target",
        "shooting with {bow}",
    ),
    held_out=("a loosed arrow", "{bow} being fired", "an arrow strikes wood"),
)  # fmt: skip
def arrow_shot(rng: np.random.Generator, duration_s: float) -> Draw:
    """The string's short twang, the shaft's rush through the air, and the point going home."""
    bow = pick(rng, "a longbow", "a light bow")
    hz = {"a longbow": 90, "a light bow": 160}[bow] * rng.uniform(0.9, 1.15)
    target_hz = rng.uniform(880, 1060)

    def shot() -> np.ndarray:
        n = samples_of(0.5)
        twang = sum(
            (tone(hz * k, n) * decay(n, tau_s=0.03 / k**0.5, attack_s=0.001) / k for k in range(1, 7)), np.zeros(n)
        )
        low = bandpass(white(rng, n), 65, 190, order=1) * decay(n, tau_s=0.05, attack_s=0.002)
        point = bandpass(white(rng, n), target_hz, 5.7 * target_hz, order=1) * decay(n, tau_s=0.028, attack_s=0.001)
        air = rush(rng, rng.uniform(0.13, 0.2))
        x = np.zeros(samples_of(1.0))
        place(x, normalised(twang), 0, 0.08)
        place(x, air, samples_of(0.03))
        place(x, normalised(low) + 0.75 * normalised(point), samples_of(0.03) + len(air))
        return x

    out, at = np.zeros(samples_of(duration_s)), rng.uniform(0, 0.2)
    while at < duration_s:
        place(out, shot(), samples_of(at), float(rng.uniform(0.6, 1.0)))
        at += rng.uniform(0.5, 1.0)
    out = normalised(reverb(out, rng, seconds=0.56, wet=rng.uniform(0.03, 0.08)), rng.uniform(0.16, 0.26))
    return Draw(out + 0.0003 * coloured(rng, len(out), slope_db=-4.0), {"bow": bow})


@concept(
    "whip_crack",
    family="impacts",
    heard_as=("Whip", "Whoosh, swoosh, swish", "Slap, smack", "Crack", "Cap gun", "Whack, thwack"),
    captions=(
        "a whip cracking", "{strength} whip cracks", "the crack of a whip", "a lion tamer's whip", "a {strength} lash",
        "a coachman cracks his whip", "{strength} cracks of a bullwhip", "a whip lashes through the air", "whip snaps",
        "a {strength} whip crack {where}", "lashing with a whip",
    ),
    held_out=("a cracked whip", "a {strength} snap of a whip", "the lash of a bullwhip"),
)  # fmt: skip
def whip_crack(rng: np.random.Generator, duration_s: float) -> Draw:
    """A lash rushing ever faster through the air until its tip cracks."""
    strength = pick(rng, "sharp", "soft")
    crack_hz = rng.uniform(900, 1300) if strength == "sharp" else rng.uniform(700, 900)

    def crack() -> np.ndarray:
        n = samples_of(0.4)
        tip = bandpass(white(rng, n), crack_hz, crack_hz * 6, order=1) * decay(n, tau_s=0.022, attack_s=0.0005)
        low = bandpass(white(rng, n), 90, 250, order=1) * decay(n, tau_s=0.03, attack_s=0.002)
        snap = normalised(tip) + 0.35 * normalised(low)
        return np.concatenate([1.2 * rush(rng, rng.uniform(0.15, 0.22)), snap])

    out, at = np.zeros(samples_of(duration_s)), rng.uniform(0, 0.2)
    while at < duration_s:
        place(out, crack(), samples_of(at), float(rng.uniform(0.6, 1.0)))
        at += rng.uniform(0.4, 1.0)
    where, seconds, wet = [("nearby", 0.5, 0.04), ("in a large hall", 1.3, 0.12)][int(rng.integers(2))]
    level = rng.uniform(0.2, 0.3) if strength == "sharp" else rng.uniform(0.14, 0.2)
    out = normalised(reverb(out, rng, seconds=seconds, wet=wet), level)
    return Draw(out + 0.0003 * coloured(rng, len(out), slope_db=-4.0), {"strength": strength, "where": where})


@concept(
    "whoosh",
    family="impacts",
    heard_as=("Whoosh, swoosh, swish", "Whip", "Wind", "Arrow"),
    captions=(
        "a whoosh", "a {speed} whoosh", "{speed} swishing through the air", "something rushes past", "{speed} swooshes",
        "a sword swishes", "a stick swung through the air", "swoosh", "air rushing by", "a {speed} fly-by swoosh",
        "swooshing movements",
    ),
    held_out=("a swish", "a {speed} rush of air", "something whooshes by"),
)  # fmt: skip
def whoosh(rng: np.random.Generator, duration_s: float) -> Draw:
    speed = pick(rng, "fast", "slow")
    low, high = {"fast": (0.22, 0.4), "slow": (0.6, 1.1)}[speed]

    def swoosh() -> np.ndarray:
        return swish(rng, seconds=rng.uniform(low, high), low_hz=rng.uniform(250, 500), high_hz=rng.uniform(2000, 5000))

    x, _ = staged(rng, calls(rng, duration_s, swoosh, gap_s=(0.1, 0.7), group=(1, 2)), noise_db=-60)
    return Draw(x, {"speed": speed})


@concept(
    "ball_bounce",
    family="impacts",
    heard_as=("Bouncing", "Basketball bounce", "Thump, thud", "Knock", "Tap", "Thunk"),
    captions=(
        "a ball bouncing", "{ball} bounces", "{ball} bouncing on the floor", "the bounce of {ball}",
        "a ball bounces to rest",
        "dribbling a ball", "{ball} dropped and bouncing", "a child bounces a ball", "bounces of {ball}",
        "ball bounces getting faster",
        "a bouncing ball in a hall",
    ),
    held_out=("a ball hops away", "{ball} hitting the ground", "a dribbled ball"),
)  # fmt: skip
def ball_bounce(rng: np.random.Generator, duration_s: float) -> Draw:
    ball = pick(rng, "a basketball", "a ping-pong ball")
    big = ball == "a basketball"
    hz, loss = rng.uniform(75, 100) if big else rng.uniform(900, 1300), rng.uniform(0.78, 0.88)

    def hit() -> np.ndarray:
        if big:
            ring = modes(
                (rng.uniform(480, 520), 860, 1250), (0.35, 0.2, 0.15), (0.05, 0.035, 0.025), samples_of(0.2), rng
            )
            x = thump(rng, hz=hz, tau_s=0.04, click=0.7)
            place(x, ring, 0)
            return x
        n = samples_of(0.08)
        x = modes((hz, hz * 2.1, hz * 3.7), (1, 0.7, 0.4), (0.008, 0.006, 0.004), n, rng)
        return x + 0.4 * bandpass(white(rng, n), 2000, 9000) * decay(n, tau_s=0.002)

    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.2)
    while at < duration_s:
        gap, level = rng.uniform(0.6, 0.9), 1.0
        while gap > 0.06 and at < duration_s:
            place(out, hit(), samples_of(at), level)
            at, gap, level = at + gap, gap * loss, level * (0.5 + 0.5 * loss)
        at += rng.uniform(0.2, 0.8)
    x, _ = staged(rng, out)
    return Draw(x, {"ball": ball})
