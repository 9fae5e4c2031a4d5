"""Weapons of old and things in motion: swords, arrows, whips, whooshes, balls."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.blows import metal, swish, thump
from pipeline.soundlab.dsp import bandpass, decay, highpass, modes, pick, place, samples_of, tone, white
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import calls, staged


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
    blades = pick(rng, "heavy swords", "light rapiers")
    hz = {"heavy swords": 650, "light rapiers": 1300}[blades] * rng.uniform(0.9, 1.15)
    tau = {"heavy swords": 0.28, "light rapiers": 0.18}[blades]

    def clash() -> np.ndarray:
        x = metal(rng, hz=hz * rng.uniform(0.9, 1.15), tau_s=tau * rng.uniform(0.6, 1.3), count=30)
        n = samples_of(rng.uniform(0.05, 0.2))
        scrape = highpass(white(rng, n), 3000) * decay(n, tau_s=0.06, attack_s=0.01)
        place(x, scrape, samples_of(0.01), 0.8)
        return x[: samples_of(rng.uniform(0.3, 0.7))] * 1.0

    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.2)
    while at < duration_s:
        place(out, clash(), samples_of(at), float(rng.uniform(0.5, 1.0)))
        at += rng.uniform(0.18, 0.8)
    x, _ = staged(rng, out)
    return Draw(x, {"blades": blades})


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
    bow = pick(rng, "a longbow", "a light bow")
    hz = {"a longbow": 90, "a light bow": 160}[bow] * rng.uniform(0.9, 1.15)

    def shot() -> np.ndarray:
        x = np.zeros(samples_of(1.0))
        n = samples_of(0.25)
        twang = sum(
            (tone(hz * k, n) * decay(n, tau_s=0.06 / k**0.5, attack_s=0.001) / k for k in range(1, 7)), np.zeros(n)
        )
        place(x, twang, 0, 0.7)
        place(x, highpass(white(rng, n), 1500) * decay(n, tau_s=0.008), 0, 0.4)
        flight = rng.uniform(0.25, 0.5)
        air = swish(rng, seconds=flight, low_hz=900, high_hz=6000)
        place(x, air, samples_of(0.04), 3.0)
        place(x, thump(rng, hz=170, tau_s=0.025, click=1.2), samples_of(flight + 0.03), rng.uniform(0.5, 1.0))
        return x

    x, _ = staged(rng, calls(rng, duration_s, shot, gap_s=(0.0, 0.8)))
    return Draw(x, {"bow": bow})


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
    strength = pick(rng, "sharp", "soft")

    def crack() -> np.ndarray:
        seconds = rng.uniform(0.18, 0.32)
        x = np.zeros(samples_of(seconds + 0.4))
        place(x, swish(rng, seconds=seconds, low_hz=500, high_hz=6000), 0, 2.0)
        n = samples_of(0.3)
        snap = highpass(white(rng, n), 1200) * decay(n, tau_s=rng.uniform(0.008, 0.02))
        place(x, snap, samples_of(seconds * 0.75), 2.5 if strength == "sharp" else 0.9)
        return x

    x, where = staged(rng, calls(rng, duration_s, crack, gap_s=(0.1, 0.9)))
    return Draw(x, {"strength": strength, "where": where})


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
