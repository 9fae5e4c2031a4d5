"""The family of explosions and shots: blasts, fireworks, guns and cannons."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    convolve,
    decay,
    highpass,
    impulses,
    lowpass,
    normalised,
    pick,
    place,
    reverb,
    samples_of,
    slow,
    soft_clip,
    tone,
    white,
)
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import contour


def blast(rng: np.random.Generator, *, seconds: float, dark_hz: float, crack: float) -> np.ndarray:
    """An explosion: a pressure step, a roar that darkens as it dies, and a low boom."""
    n = samples_of(seconds)
    noise = white(rng, n)
    tau = seconds / 5
    roar = lowpass(noise, dark_hz, order=1) * decay(n, tau_s=tau * 0.5, attack_s=0.004)
    low = lowpass(noise, 180) * 5 * decay(n, tau_s=tau, attack_s=0.01) * slow(rng, n, rate_hz=12, low=0.4, high=1.0)
    boom = 5 * lowpass(noise, rng.uniform(60, 95)) * decay(n, tau_s=tau * 0.7, attack_s=0.005)
    snap = highpass(noise, 1000) * decay(n, tau_s=0.02)
    return soft_clip(normalised(roar * 1.5 + low + boom + crack * snap, 1.5), 2.0)


def report(rng: np.random.Generator, *, body_hz: float, tail_s: float) -> np.ndarray:
    """A gunshot: a very sharp crack, a short body and the tail of its surroundings."""
    n = samples_of(tail_s + 0.15)
    noise = white(rng, n)
    crack = noise * decay(n, tau_s=0.006)
    body = lowpass(noise, body_hz, order=1) * decay(n, tau_s=0.035, attack_s=0.0005) * 2
    low = lowpass(noise, 220) * decay(n, tau_s=0.06, attack_s=0.001) * 4
    tail = lowpass(white(rng, n), 1800, order=1) * decay(n, tau_s=tail_s / 4, attack_s=0.02) * 0.35
    return soft_clip(normalised(crack * 1.5 + body + low + tail, 2.0), 2.0)


def _series(
    rng: np.random.Generator, duration_s: float, grain: list[np.ndarray], every_s: tuple[float, float]
) -> np.ndarray:
    """Recurring events, each one of a few prepared grains at its own level."""
    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0.02, 0.25)
    while at < duration_s - 0.05:
        place(out, grain[int(rng.integers(len(grain)))], samples_of(at), float(rng.uniform(0.6, 1.0)))
        at += rng.uniform(*every_s)
    return out


@concept(
    "explosion",
    family="explosions",
    heard_as=("Explosion", "Boom", "Eruption", "Artillery fire", "Burst, pop"),
    captions=(
        "an explosion", "a {size} explosion", "{size} blast", "a bomb goes off", "a {size} detonation",
        "something explodes",
        "a {size} explosion with falling debris", "the building blows up", "a deafening blast", "dynamite exploding",
        "a {size} bomb detonating",
    ),
    held_out=("a loud detonation", "a {size} bomb blast", "a barrel of powder blows up"),
)  # fmt: skip
def explosion(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "huge", "small")
    seconds = rng.uniform(2.8, 4.0) if size == "huge" else rng.uniform(1.2, 1.8)
    grains = [
        blast(rng, seconds=seconds, dark_hz=rng.uniform(900, 2200), crack=rng.uniform(0.5, 1.2)) for _ in range(2)
    ]
    out = _series(rng, duration_s, grains, (seconds * 0.8, seconds * 1.2))
    n = len(out)
    debris = bandpass(impulses(rng, n, rate_hz=40), 400, 4000) * 2
    out = out + 0.05 * debris * slow(rng, n, rate_hz=0.7, low=0.0, high=1.0)
    return Draw(normalised(reverb(out, rng, seconds=1.8, wet=0.25), 0.95), {"size": size})


def _far_blast(rng: np.random.Generator) -> np.ndarray:
    """A blast over miles of ground: a dull blow that rolls back from hills, each echo later, softer and darker."""
    out = np.zeros(samples_of(3.5))
    for k in range(int(rng.integers(3, 6))):
        n = samples_of(1.6)
        noise = lowpass(white(rng, n), rng.uniform(260, 480) / (1 + 0.25 * k), order=1)
        low = 2 * lowpass(white(rng, n), 110) * slow(rng, n, rate_hz=14, low=0.3)
        blow = (noise + low) * decay(n, tau_s=0.12 + 0.04 * k, attack_s=0.004 + 0.015 * k)
        place(out, normalised(blow), samples_of(k * rng.uniform(0.12, 0.3)), 0.55**k)
    return normalised(out)


@concept(
    "distant_explosion",
    family="explosions",
    heard_as=("Explosion", "Boom", "Artillery fire", "Thunder", "Rumble", "Fireworks", "Thump, thud", "Thunderstorm"),
    captions=(
        "a distant explosion", "{rate} distant explosions", "a far-off boom", "{rate} booms on the horizon",
        "bombs falling far away",
        "the rumble of a distant blast", "{rate} artillery far off", "a muffled explosion", "war in the distance",
        "{rate} distant detonations",
        "a faraway bang rolls over the hills",
    ),
    held_out=("a remote explosion", "{rate} far-off blasts", "a muffled boom far away"),
)  # fmt: skip
def distant_explosion(rng: np.random.Generator, duration_s: float) -> Draw:
    """Far blasts, now and then or as a barrage, in the open."""
    rate = pick(rng, "frequent", "occasional")
    every = {"frequent": (0.6, 1.4), "occasional": (2.2, 3.2)}[rate]
    out = soft_clip(_series(rng, duration_s, [_far_blast(rng) for _ in range(3)], every), 1.5)
    far = reverb(normalised(out), rng, seconds=3.0, wet=0.3, bright_hz=700)
    air = lowpass(white(rng, len(far)), 300, order=1)
    return Draw(normalised(far, rng.uniform(0.5, 0.75)) + 0.012 * air, {"rate": rate})


@concept(
    "fireworks",
    family="explosions",
    heard_as=("Fireworks", "Firecracker", "Explosion", "Burst, pop"),
    captions=(
        "fireworks", "{intensity} fireworks", "fireworks bursting in the sky", "{intensity} firework display",
        "rockets whistle and bang",
        "{intensity} rockets bursting", "new year's fireworks", "firecrackers popping", "a crackling firework",
        "bangs of {intensity} fireworks",
        "fireworks over the city",
    ),
    held_out=("a display of fireworks", "{intensity} fireworks overhead", "rockets explode and crackle"),
)  # fmt: skip
def fireworks(rng: np.random.Generator, duration_s: float) -> Draw:
    intensity = pick(rng, "sparse", "dense")
    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.2)
    while at < duration_s:
        if rng.random() < 0.25:
            n = samples_of(rng.uniform(0.5, 0.9))
            whistle = tone(contour(n, rng.uniform(1500, 2200), rng.uniform(2800, 4000)), n) * np.linspace(0.2, 1, n)
            place(
                out,
                whistle + 0.5 * bandpass(white(rng, n), 2000, 6000),
                samples_of(at - n / 44100) if at > 1 else 0,
                0.08,
            )
        place(
            out,
            report(rng, body_hz=rng.uniform(700, 1500), tail_s=rng.uniform(0.5, 1.0)),
            samples_of(at),
            rng.uniform(0.5, 1),
        )
        if rng.random() < 0.6:
            m = samples_of(rng.uniform(0.8, 1.6))
            pops = convolve(
                impulses(rng, m, rate_hz=50, spread=0.6), white(rng, 300) * decay(300, tau_s=0.002)
            ) * decay(m, tau_s=0.6, attack_s=0.2)
            place(out, pops, samples_of(at + 0.15), 0.25)
        at += rng.uniform(0.7, 1.5) if intensity == "sparse" else rng.uniform(0.15, 0.5)
    return Draw(normalised(reverb(out, rng, seconds=2.2, wet=0.35, bright_hz=2500), 0.9), {"intensity": intensity})


@concept(
    "gunshot",
    family="explosions",
    heard_as=("Gunshot, gunfire", "Cap gun", "Explosion", "Fusillade", "Machine gun"),
    captions=(
        "a gunshot", "a {gun} firing", "shots from a {gun}", "a {gun} is fired {where}", "a shot rings out", "gunfire",
        "a {gun} shot {where}", "someone shoots", "a duel with pistols", "repeated gunshots", "the crack of a {gun}",
    ),
    held_out=("a fired gun", "a {gun} goes off {where}", "a single shot"),
)  # fmt: skip
def gunshot(rng: np.random.Generator, duration_s: float) -> Draw:
    gun, where = pick(rng, "pistol", "rifle"), pick(rng, "in a small room", "in the open")
    tail = 0.4 if where == "in a small room" else 1.4
    body = {"pistol": 2200, "rifle": 1100}[gun] * rng.uniform(0.85, 1.2)
    grains = [report(rng, body_hz=body, tail_s=tail * rng.uniform(0.9, 1.1)) for _ in range(3)]
    out = _series(rng, duration_s, grains, (0.5, 1.5))
    wet = 0.15 if where == "in a small room" else 0.3
    return Draw(normalised(reverb(out, rng, seconds=tail, wet=wet, bright_hz=3000), 0.95), {"gun": gun, "where": where})


@concept(
    "machine_gun",
    family="explosions",
    heard_as=("Machine gun", "Gunshot, gunfire", "Fusillade", "Artillery fire"),
    captions=(
        "a machine gun firing", "{rate} machine-gun fire", "bursts from a machine gun", "{rate} automatic gunfire",
        "a machine gun rattles",
        "soldiers fire automatic weapons", "{rate} bursts of gunfire", "rat-a-tat of a machine gun",
        "heavy machine-gun fire", "{rate} gun bursts",
        "a submachine gun shoots",
    ),
    held_out=("automatic fire", "a {rate} machine gun", "machine-gun bursts"),
)  # fmt: skip
def machine_gun(rng: np.random.Generator, duration_s: float) -> Draw:
    rate = pick(rng, "rapid", "slow")
    shots_hz = {"rapid": 13.0, "slow": 7.5}[rate] * rng.uniform(0.9, 1.1)
    grains = [report(rng, body_hz=rng.uniform(1000, 1800), tail_s=0.3) for _ in range(5)]
    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.15)
    while at < duration_s:
        for _ in range(int(rng.integers(6, 18))):
            place(out, grains[int(rng.integers(5))], samples_of(at), float(rng.uniform(0.75, 1.0)))
            at += rng.uniform(0.96, 1.04) / shots_hz
        at += rng.uniform(0.15, 0.7)
    return Draw(normalised(reverb(out, rng, seconds=1.2, wet=0.2, bright_hz=2500), 0.95), {"rate": rate})


@concept(
    "cannon",
    family="explosions",
    heard_as=("Artillery fire", "Explosion", "Boom", "Gunshot, gunfire"),
    captions=(
        "a cannon firing", "{size} cannon fire", "a {size} cannon shot", "cannons boom from a ship", "artillery fire",
        "a broadside of cannons",
        "the boom of a {size} cannon", "a {size} gun battery fires", "the fortress guns fire", "cannon shots in battle",
        "a {size} cannon goes off",
    ),
    held_out=("a fired cannon", "a {size} cannon booming", "naval guns fire"),
)  # fmt: skip
def cannon(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "heavy", "light")
    seconds = rng.uniform(1.8, 2.4) if size == "heavy" else rng.uniform(0.9, 1.3)
    dark = 700 if size == "heavy" else 1600
    grains = [blast(rng, seconds=seconds * rng.uniform(0.9, 1.1), dark_hz=dark, crack=0.7) for _ in range(3)]
    out = _series(rng, duration_s, grains, (0.8, 1.8))
    return Draw(normalised(reverb(out, rng, seconds=2.0, wet=0.3, bright_hz=1500), 0.95), {"size": size})
