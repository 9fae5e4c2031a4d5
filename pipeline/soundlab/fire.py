"""Fire and frying: campfires, blazes, matches, pans."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import finished, patters, scatter, unit
from pipeline.soundlab.registry import Draw, concept

FIRE = ("Fire", "Crackle")


def roar(rng: np.random.Generator, n: int, *, flicker_hz: float) -> np.ndarray:
    """The low breath of flames, fluttering at `flicker_hz`. Unit power."""
    breath = dsp.lowpass(dsp.coloured(rng, n, slope_db=-4.0), float(rng.uniform(250, 500)), order=1)
    return unit(breath * dsp.slow(rng, n, rate_hz=flicker_hz, low=0.4))


def crackles(rng: np.random.Generator, n: int, *, rate_hz: float, spread: float = 1.1) -> np.ndarray:
    """Wood snapping: clustered short clicks of very unequal strength, some with a woody body. Unit power."""
    bank = patters(rng, 900, 9000, tau_s=0.0012) + patters(rng, 350, 3500, tau_s=0.004, count=8)
    density = dsp.slow(rng, n, rate_hz=6.0) ** 2
    return unit(scatter(rng, n, bank, rate_hz=rate_hz, spread=spread, density=np.maximum(density, 0.08)))


@concept(
    "campfire",
    family="fire",
    heard_as=FIRE,
    captions=(
        "a campfire", "a {intensity} fire crackles {where}", "a crackling fire", "logs crackle and pop",
        "a {intensity} campfire", "wood burning {where}", "the fire snaps and pops", "flames lick at the logs",
        "a fire burning {where}", "a warm fireplace", "{intensity} crackling flames", "sitting by a {intensity} fire",
    ),
    held_out=("a wood fire {where}", "embers crackling", "a {intensity} fire pops and snaps"),
)  # fmt: skip
def campfire(rng: np.random.Generator, duration_s: float) -> Draw:
    """Crackles over a breath of flame; an enclosed hearth reverberates."""
    n = dsp.samples_of(duration_s)
    intensity, rate_hz, flame = [("small", 40.0, 0.15), ("steady", 65.0, 0.3), ("roaring", 110.0, 0.7)][
        int(rng.integers(3))
    ]
    where = dsp.pick(rng, "in the open", "in a stone hearth", "in the fireplace", "at the camp")
    x = crackles(rng, n, rate_hz=rate_hz * float(rng.uniform(0.8, 1.4))) + flame * roar(rng, n, flicker_hz=7.0)
    x = x + 0.05 * dsp.highpass(dsp.white(rng, n), 3000)
    if where in ("in a stone hearth", "in the fireplace"):
        x = dsp.reverb(x, rng, seconds=0.4, wet=0.1, bright_hz=2500)
    return Draw(finished(x, 0.7), {"intensity": intensity, "where": where})


@concept(
    "blaze",
    family="fire",
    heard_as=FIRE,
    captions=(
        "a blazing fire", "a {what} in flames", "fire roars through {place}", "a {size} blaze", "an inferno",
        "flames roaring", "a {what} burns down", "{size} flames devour {place}", "a wildfire rages",
        "the roar of a {size} fire", "a burning {what}", "fire engulfs {place}",
    ),
    held_out=("a {size} inferno", "flames consume {place}", "the {what} is on fire"),
)  # fmt: skip
def blaze(rng: np.random.Generator, duration_s: float) -> Draw:
    """More roar than crackle."""
    n = dsp.samples_of(duration_s)
    size, flame = [("large", 0.7), ("huge", 1.0), ("towering", 1.4)][int(rng.integers(3))]
    what = dsp.pick(rng, "house", "barn", "ship", "hut")
    place = dsp.pick(rng, "the building", "the forest", "the village", "the barn")
    snaps = crackles(rng, n, rate_hz=float(rng.uniform(120, 250)))
    rumble = unit(dsp.lowpass(dsp.coloured(rng, n, slope_db=-6.0), 120)) * dsp.slow(rng, n, rate_hz=3.0, low=0.4)
    x = snaps + flame * (roar(rng, n, flicker_hz=9.0) + 0.6 * rumble)
    return Draw(finished(x, 0.9), {"size": size, "what": what, "place": place})


@concept(
    "match_strike",
    family="fire",
    heard_as=("Fire", "Crackle", "Scratch", "Scrape", "Hiss", "Sizzle"),
    captions=(
        "a match is struck", "striking a match", "a {match} flares up", "a {match} scratches and lights",
        "lighting a {match}", "the scratch and flare of a match", "someone lights a match", "a {match} being struck",
        "a match fizzes into flame", "a {match} catches {speed}", "a match scrapes along the box",
    ),
    held_out=("a match flares", "a {match} ignites {speed}", "the scrape of a match"),
)  # fmt: skip
def match_strike(rng: np.random.Generator, duration_s: float) -> Draw:
    """A scratch, a flare of hissing phosphorus, and a small flame; struck again every few seconds."""
    n = dsp.samples_of(duration_s)
    match, pitch = [("match", 1.2), ("long match", 0.8), ("wooden match", 1.0)][int(rng.integers(3))]
    speed, stroke_s = [("quickly", 0.12), ("slowly", 0.35)][int(rng.integers(2))]
    out = np.zeros(n)
    for at in dsp.onsets(rng, duration_s, every_s=(2.2, 3.2), first_s=0.3):
        one = one_match(rng, stroke_s=stroke_s * float(rng.uniform(0.8, 1.2)), pitch=pitch)
        dsp.place(out, one, dsp.samples_of(at))
    return Draw(dsp.faded(dsp.normalised(out, 0.8)), {"match": match, "speed": speed})


def one_match(rng: np.random.Generator, *, stroke_s: float, pitch: float) -> np.ndarray:
    """Scratch, flare and the beginning of the flame, about two seconds."""
    n = dsp.samples_of(2.2)
    out = np.zeros(n)
    m = dsp.samples_of(stroke_s)
    grit = scatter(rng, m, patters(rng, 2500 * pitch, 10_000, tau_s=0.0008), rate_hz=900.0)
    dsp.place(out, dsp.normalised(grit * np.linspace(0.4, 1, m), 0.8), 0)
    flare = dsp.decay(n - m, tau_s=float(rng.uniform(0.18, 0.35)), attack_s=0.08)
    hiss = dsp.bandpass(dsp.white(rng, n - m), 900 * pitch, 9000, order=1) * dsp.slow(rng, n - m, rate_hz=25, low=0.4)
    dsp.place(out, dsp.normalised(hiss * flare, 1.0), m)
    flame = crackles(rng, n, rate_hz=40.0) * 0.03 + 0.02 * roar(rng, n, flicker_hz=8.0)
    return out + flame * np.linspace(1, 0, n)


@concept(
    "sizzling_pan",
    family="fire",
    heard_as=("Sizzle", "Frying (food)"),
    captions=(
        "food sizzling in a pan", "{food} sizzles in the pan", "frying {food}", "a {heat} frying pan",
        "oil spits and sizzles", "the sizzle of {food}", "{food} frying in oil", "cooking on a hot stove",
        "a sizzling skillet", "butter sizzles in a {heat} pan", "fat hissing and popping",
    ),
    held_out=("{food} fries in a {heat} pan", "the hiss of hot fat", "something fries on the stove"),
)  # fmt: skip
def sizzling_pan(rng: np.random.Generator, duration_s: float) -> Draw:
    """Very dense bright grains of steam with spits of fat."""
    n = dsp.samples_of(duration_s)
    food = dsp.pick(rng, "bacon", "eggs", "onions", "meat", "fish")
    heat, rate_hz, level = [("warm", 250.0, 0.4), ("hot", 380.0, 0.65), ("smoking", 520.0, 0.85)][int(rng.integers(3))]
    fine = unit(scatter(rng, n, patters(rng, 3500, 15_000, tau_s=0.0008), rate_hz=rate_hz, spread=0.8))
    spits = unit(scatter(rng, n, patters(rng, 1200, 8000, tau_s=0.003), rate_hz=12.0, spread=0.9))
    hiss = unit(dsp.bandpass(dsp.white(rng, n), 2500, 14_000, order=1)) * dsp.slow(rng, n, rate_hz=3.0, low=0.6)
    return Draw(finished(fine + 0.3 * spits + 0.8 * hiss, level), {"food": food, "heat": heat})
