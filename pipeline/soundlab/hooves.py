"""Horses: hooves and neighing."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import bandpass, decay, lowpass, pick, place, resonance, samples_of, white
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import calls, contour, staged, swell, voiced

GROUNDS = {
    "on cobblestones": (900.0, 0.9, 0.15),
    "on packed earth": (420.0, 0.35, 0.9),
    "on a wooden bridge": (330.0, 0.8, 0.7),
}
THROAT = ((900.0, 2.5, 1.0), (1700.0, 3.0, 0.9), (3200.0, 4.0, 0.5), (5000.0, 4.0, 0.2))


def _hoof(rng: np.random.Generator, ground: str) -> np.ndarray:
    hz, knock, thud = GROUNDS[ground]
    n = samples_of(0.18)
    hz *= rng.uniform(0.85, 1.2)
    noise = white(rng, n)
    ring = 3 * resonance(noise, hz, q=5) * decay(n, tau_s=0.014, attack_s=0.001)
    ring += 2 * resonance(noise, 1.9 * hz, q=5) * decay(n, tau_s=0.009, attack_s=0.001)
    click = bandpass(white(rng, n), 1500, 5000) * decay(n, tau_s=0.004, attack_s=0.001)
    low = lowpass(white(rng, n), 180) * decay(n, tau_s=0.04, attack_s=0.004) * 4
    return knock * (ring + 0.5 * click) + thud * low


def _stride(
    rng: np.random.Generator, duration_s: float, ground: str, beats: tuple[float, ...], stride_s: float
) -> np.ndarray:
    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.1)
    while at < duration_s:
        for beat in beats:
            when = at + stride_s * (beat + rng.normal(0, 0.012))
            place(out, _hoof(rng, ground), max(samples_of(when), 0), float(rng.uniform(0.6, 1.0)))
        at += stride_s * rng.uniform(0.97, 1.03)
    return out


@concept(
    "horse_walk",
    family="animals",
    heard_as=("Clip-clop", "Horse"),
    captions=(
        "a horse walking", "a horse walks {ground}", "clip-clop of hooves {ground}", "horse hooves {ground}",
        "hooves clopping slowly {ground}", "a horse and cart going by", "the clip-clop of a walking horse",
        "a trotting pony {ground}", "hoofbeats at a walk", "a lone rider passes {ground}", "slow horse hooves",
    ),
    held_out=("clopping hooves", "a mare walking {ground}", "a horse plods along {ground}"),
)  # fmt: skip
def horse_walk(rng: np.random.Generator, duration_s: float) -> Draw:
    ground = pick(rng, *GROUNDS)
    beats = (0.0, rng.uniform(0.22, 0.26), 0.5, rng.uniform(0.72, 0.77))
    x, _ = staged(rng, _stride(rng, duration_s, ground, beats, rng.uniform(0.85, 1.25)))
    return Draw(x, {"ground": ground})


@concept(
    "horse_gallop",
    family="animals",
    heard_as=("Horse", "Clip-clop", "Livestock, farm animals, working animals"),
    captions=(
        "a horse galloping", "{number} galloping {ground}", "galloping hooves {ground}", "the gallop of {number}",
        "hoofbeats thunder past", "{number} gallops {ground}", "a rider at full gallop", "fast hoofbeats {ground}",
        "a cavalry charge", "horses racing by", "pounding hooves of {number}",
    ),
    held_out=("a horse at the gallop", "{number} racing {ground}", "thundering hooves"),
)  # fmt: skip
def horse_gallop(rng: np.random.Generator, duration_s: float) -> Draw:
    ground, number = pick(rng, *GROUNDS), pick(rng, "a single horse", "a group of horses")
    out = np.zeros(samples_of(duration_s))
    for _ in range(1 if number == "a single horse" else int(rng.integers(3, 6))):
        beats = (0.0, rng.uniform(0.2, 0.24), rng.uniform(0.4, 0.46))
        out += _stride(rng, duration_s, ground, beats, rng.uniform(0.44, 0.56)) * rng.uniform(0.5, 1.0)
    x, _ = staged(rng, out)
    return Draw(x, {"ground": ground, "number": number})


@concept(
    "horse_neigh",
    family="animals",
    heard_as=("Neigh, whinny", "Horse", "Livestock, farm animals, working animals"),
    captions=(
        "a horse neighing", "a {size} neighs {where}", "{size} whinnying {where}", "the neigh of a {size}",
        "a frightened horse whinnies", "a whinny from the stable", "horse neigh {where}",
        "a {size} whinnies and snorts",
        "a nervous {size} neighing", "a stallion rears and neighs", "whinnying horse",
    ),
    held_out=("a horse whinnies", "neighing of a {size} {where}", "a startled mare neighs"),
)  # fmt: skip
def horse_neigh(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "foal", "large horse")
    base = {"foal": 1300, "large horse": 850}[size] * rng.uniform(0.9, 1.1)

    def neigh() -> np.ndarray:
        n = samples_of(rng.uniform(1.1, 1.9))
        shake = np.sin(2 * np.pi * np.cumsum(contour(n, 7, 11, 9, 8)) / 44100)
        depth = contour(n, 0.05, 0.2, 0.5, 0.6)
        f0 = base * contour(n, 0.75, 1.15, 1.0, 0.75, 0.5) * (1 + 0.25 * depth * shake)
        voice = voiced(rng, f0, THROAT, bright_hz=5000, breath=0.25, rough=0.35, rough_hz=45, jitter=0.02)
        return voice * (1 - depth * (0.5 - 0.5 * shake)) * swell(n, attack=0.12, release=0.4)

    x, where = staged(rng, calls(rng, duration_s, neigh, gap_s=(0.3, 1.1)))
    return Draw(x, {"size": size, "where": where})
