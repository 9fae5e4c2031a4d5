"""Cows, sheep, goats and pigs."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import pick, samples_of
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, calls, contour, herd, scaled, staged, swell, voiced

LIVESTOCK = "Livestock, farm animals, working animals"
COW_SHUT = ((230.0, 2.0, 1.0), (900.0, 3.0, 0.08))
COW_OPEN = ((330.0, 2.5, 1.0), (750.0, 3.0, 0.9), (1500.0, 4.0, 0.35), (2600.0, 4.0, 0.2))
SHEEP = ((620.0, 3.0, 1.0), (1350.0, 4.0, 0.9), (2600.0, 5.0, 0.6), (3600.0, 5.0, 0.3))
PIG = ((380.0, 2.5, 1.0), (1000.0, 3.0, 0.9), (2100.0, 4.0, 0.5), (3300.0, 4.0, 0.25))


def _shaken(
    rng: np.random.Generator, n: int, f0: np.ndarray, rate_hz: float, depth: float
) -> tuple[np.ndarray, np.ndarray]:
    """A melody and a gain that tremble together, as the voices of sheep and goats do."""
    shake = np.sin(2 * np.pi * np.cumsum(rate_hz * contour(n, *rng.uniform(0.85, 1.15, 4))) / 44100)
    return f0 * (1 + 0.06 * shake), 1 - depth * (0.5 - 0.5 * shake)


@concept(
    "cow_moo",
    family="animals",
    heard_as=("Moo", "Cattle, bovinae", LIVESTOCK),
    captions=(
        "a cow mooing", "a {size} moos {where}", "{size} mooing {where}", "the moo of a {size}", "cattle lowing",
        "a cow lows in the pasture", "mooing from the barn", "a {size} lowing {where}", "a hungry cow moos",
        "long cow moo",
        "a {size} calls out across the field",
    ),
    held_out=("a cow bellows", "a {size} moos loudly", "lowing cattle {where}"),
)  # fmt: skip
def cow_moo(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "calf", "grown cow")
    base = {"calf": 230, "grown cow": 135}[size] * rng.uniform(0.88, 1.15)
    factor = {"calf": 1.3, "grown cow": 1.0}[size]

    def moo() -> np.ndarray:
        n = samples_of(rng.uniform(1.1, 2.1))
        f0 = base * contour(n, 0.75, 0.9, 1.1, 1.15, 1.05, 0.8)
        shapes = [scaled(s, factor) for s in (COW_SHUT, COW_OPEN, COW_OPEN, COW_OPEN)]
        voice = voiced(rng, f0, *shapes, bright_hz=3000, breath=0.12, rough=0.3, rough_hz=25, jitter=0.015)
        return voice * swell(n, attack=0.2, release=0.25)

    x, where = staged(rng, calls(rng, duration_s, moo, gap_s=(0.3, 1.1)))
    return Draw(x, {"size": size, "where": where})


EWE = Voice(
    seconds=1.35, pitch_hz=190.0, melody=(0.784, 1.2, 0.609, 1.6, 0.496), mouth=(0.919, 1.59, 1.16),
    formants_hz=(665.0, 1470, 1370, 4160), widths=(0.252, 0.178, 0.199, 0.231),
    gains=(1.0, 1.53, 1.02, 0.443), floor=0.00458,
    shake=(9.84, (0.873, 0.873, 0.873), 0.07), jitter=(0.018, 19.3),
    bright_hz=4810, breath=0.218, rough=(0.286, 39.2), edges=(0.0757, 0.42),
    gap_s=0.611, group=1, between_s=0.167, noise_db=-40.0,
)  # fmt: skip


@concept(
    "sheep_bleat",
    family="animals",
    heard_as=("Sheep", "Bleat", "Goat", LIVESTOCK),
    captions=(
        "a sheep bleating", "{number} bleating {where}", "baa of {number}", "sheep baaing {where}",
        "{number} bleat {where}",
        "a bleating ewe", "sheep in a meadow", "the bleat of a sheep", "{number} baaing in a pen", "a flock calls out",
        "a sheep bleats for its lamb",
    ),
    held_out=("baa baa of a sheep", "bleating of {number}", "a ewe bleats {where}"),
)  # fmt: skip
def sheep_bleat(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone sheep", 1), ("a flock of sheep", 3)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, EWE, count=count)
    return Draw(x, {"number": number, "where": where})


@concept(
    "goat_bleat",
    family="animals",
    heard_as=("Goat", "Bleat", "Sheep", LIVESTOCK),
    captions=(
        "a goat bleating", "a {size} bleats {where}", "{size} bleating {where}", "the bleat of a {size}",
        "goats on a hillside",
        "a goat calls out {where}", "a tethered goat complaining", "a stubborn {size} bleats", "maa of a goat",
        "goat bleats",
        "a {size} crying out in a farmyard",
    ),
    held_out=("a goat bleats loudly", "a {size} calling {where}", "a billy goat's cry"),
)  # fmt: skip
def goat_bleat(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "young goat", "old goat")
    base = {"young goat": 520, "old goat": 320}[size] * rng.uniform(0.88, 1.12)
    factor = {"young goat": 1.3, "old goat": 1.05}[size]

    def bleat() -> np.ndarray:
        n = samples_of(rng.uniform(0.5, 1.1))
        f0, gain = _shaken(rng, n, base * contour(n, 0.9, 1.05, 1.0, 0.85), rng.uniform(9, 14), 0.75)
        voice = voiced(rng, f0, scaled(SHEEP, factor), bright_hz=5500, breath=0.2, rough=0.25, rough_hz=50)
        return voice * gain * swell(n, attack=0.08, release=0.25)

    x, where = staged(rng, calls(rng, duration_s, bleat, gap_s=(0.3, 1.0)))
    return Draw(x, {"size": size, "where": where})


@concept(
    "pig_oink",
    family="animals",
    heard_as=("Pig", "Oink", LIVESTOCK, "Grunt"),
    captions=(
        "a pig oinking", "{number} grunting", "pigs grunt in the sty", "oinks of {number}", "{number} oinking {where}",
        "a hog grunts and snuffles", "snorting pig", "{number} snorts {where}", "grunting of a fat sow",
        "a pig at the trough",
        "oink oink of a farm pig",
    ),
    held_out=("a grunting hog", "{number} snuffling {where}", "pig snorts"),
)  # fmt: skip
def pig_oink(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a single pig", "several pigs")

    def oink() -> np.ndarray:
        n = samples_of(rng.uniform(0.14, 0.35))
        f0 = rng.uniform(75, 150) * contour(n, 0.8, 1.2, 0.9)
        voice = voiced(rng, f0, scaled(PIG, rng.uniform(0.9, 1.15)), bright_hz=3000, breath=0.6,
                       rough=0.8, rough_hz=rng.uniform(28, 45), jitter=0.06)  # fmt: skip
        return voice * swell(n, attack=0.25, release=0.35)

    layers = 1 if number == "a single pig" else 3
    x = sum(
        (calls(rng, duration_s, oink, gap_s=(0.2, 0.7), group=(1, 4), between_s=(0.05, 0.2)) for _ in range(layers)),
        np.zeros(samples_of(duration_s)),
    )
    x, where = staged(rng, x)
    return Draw(x, {"number": number, "where": where})
