"""Wind: breeze and gale, howling, in leaves, gusts and blizzards."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import finished, moving_band, scatter, unit
from pipeline.soundlab.registry import Draw, concept

WIND = ("Wind", "Wind noise (microphone)")


def gusting(rng: np.random.Generator, n: int, *, rate_hz: float, calm: float) -> np.ndarray:
    """Strength of a wind in `calm` to 1: slow swells with quicker flutter on them."""
    swell = dsp.slow(rng, n, rate_hz=rate_hz, low=calm)
    return swell * dsp.slow(rng, n, rate_hz=rate_hz * 6, low=0.8, high=1.1)


def moving_air(rng: np.random.Generator, strength: np.ndarray, *, bright_hz: float) -> np.ndarray:
    """Air over ground: brown noise whose upper parts open as the wind grows. Unit power."""
    n = len(strength)
    low = unit(dsp.lowpass(dsp.coloured(rng, n, slope_db=-5.0), bright_hz * 0.5, order=1))
    middle = unit(dsp.bandpass(dsp.white(rng, n), bright_hz * 0.4, bright_hz * 2.0, order=1))
    sway = dsp.bandpass(dsp.white(rng, n), bright_hz * 0.6, bright_hz * 1.2, order=1)
    return unit(strength * low + 0.5 * strength**2 * middle + 0.6 * strength**1.5 * unit(sway))


@concept(
    "wind",
    family="weather",
    heard_as=WIND,
    captions=(
        "wind", "{strength} wind", "{strength} wind blowing {where}", "the wind blows", "wind sweeps {where}",
        "a breeze stirs {where}", "air moving past", "blowing wind", "the sound of wind {where}", "wind in the open",
        "{strength} wind rises and falls", "wind rushing by", "a steady blow of wind",
    ),
    held_out=("{strength} wind passes {where}", "the wind picks up", "windy weather"),
)  # fmt: skip
def wind(rng: np.random.Generator, duration_s: float) -> Draw:
    """Broad low noise that breathes."""
    n = dsp.samples_of(duration_s)
    gentle, steady, strong = ("gentle", 300, 0.5, 0.3), ("steady", 450, 0.7, 0.5), ("strong", 650, 0.4, 0.8)
    options = (gentle, steady, strong, ("stormy", 900, 0.3, 0.95))
    strength, bright_hz, calm, level = options[int(rng.integers(len(options)))]
    where = dsp.pick(rng, "across the plain", "over the hills", "over the fields", "outside")
    force = gusting(rng, n, rate_hz=float(rng.uniform(0.2, 0.5)), calm=calm)
    x = moving_air(rng, force, bright_hz=bright_hz * float(rng.uniform(0.8, 1.25)))
    return Draw(finished(x, level), {"strength": strength, "where": where})


@concept(
    "wind_howling",
    family="weather",
    heard_as=WIND,
    captions=(
        "howling wind", "wind howls {where}", "the wind moans {where}", "a {pitch} howl of wind",
        "wind whistling {where}", "eerie wind", "the wail of the wind", "a howling gale", "wind shrieks {where}",
        "{pitch} moaning wind", "ghostly wind {where}", "a winter wind howling",
    ),
    held_out=("wind keens {where}", "a {pitch} whistling wind", "the gale howls outside"),
)  # fmt: skip
def wind_howling(rng: np.random.Generator, duration_s: float) -> Draw:
    """Whistles at gaps and edges: noise bands whose pitch follows the wind's strength."""
    n = dsp.samples_of(duration_s)
    where = dsp.pick(rng, "around the house", "through the cracks", "in the chimney", "through the ruins")
    pitch, base_hz = [("low", 260.0), ("hollow", 400.0), ("high", 650.0)][int(rng.integers(3))]
    force = gusting(rng, n, rate_hz=float(rng.uniform(0.3, 0.6)), calm=0.3)
    x = 0.8 * moving_air(rng, force, bright_hz=500.0)
    for ratio in (1.0, float(rng.uniform(1.3, 1.9))):
        centre = base_hz * ratio * float(rng.uniform(0.9, 1.1)) * (0.7 + 0.6 * force)
        x = x + 0.8 / ratio * force**2 * moving_band(rng, centre, width_hz=float(rng.uniform(20, 60)))
    return Draw(finished(x, 0.8), {"where": where, "pitch": pitch})


def rustles(rng: np.random.Generator, low_hz: float, *, seconds: float) -> list[np.ndarray]:
    """A bank of soft brushes of leaf on leaf: smooth bumps of bright noise."""
    n = dsp.samples_of(seconds)
    noise = dsp.bandpass(dsp.white(rng, 20 * n), low_hz, 9000, order=1).reshape(20, n)
    return list(unit(noise) * dsp.hann_pulse(n))


@concept(
    "wind_in_leaves",
    family="weather",
    heard_as=("Rustling leaves", "Wind", "Rustle"),
    captions=(
        "wind in the trees", "leaves rustle in the wind", "{strength} wind through the {trees}", "rustling leaves",
        "a breeze stirs the {trees}", "foliage swishing in the wind", "the {trees} whisper in the breeze",
        "{strength} rustling in the treetops", "branches swaying and rustling", "leaves fluttering in a breeze",
        "wind moves through the forest", "{strength} wind rustles the {trees}",
    ),
    held_out=("the trees sigh in the wind", "{strength} breeze in the {trees}", "rustle of windblown leaves"),
)  # fmt: skip
def wind_in_leaves(rng: np.random.Generator, duration_s: float) -> Draw:
    """Leaf upon leaf in gusts, single near leaves among many far ones; dry leaves are brighter."""
    n = dsp.samples_of(duration_s)
    trees, low_hz = [("dry leaves", 1500), ("poplars", 1250), ("pines", 1050)][int(rng.integers(3))]
    strength, calm, level = [("gentle", 0.25, 0.11), ("fresh", 0.35, 0.15), ("gusty", 0.2, 0.19)][int(rng.integers(3))]
    force = gusting(rng, n, rate_hz=float(rng.uniform(0.7, 1.0)), calm=calm)
    bank = rustles(rng, low_hz, seconds=float(rng.uniform(0.045, 0.06)))
    leaves = unit(scatter(rng, n, bank, rate_hz=255.0, spread=1.15, density=np.clip(force, 0, 1)))
    hiss = unit(force**1.5 * dsp.bandpass(dsp.white(rng, n), low_hz, 7200, order=1))
    air = moving_air(rng, force, bright_hz=float(rng.uniform(550, 700)))
    return Draw(
        finished(0.27 * leaves + float(rng.uniform(0.13, 0.3)) * hiss + 0.68 * air, level),
        {"trees": trees, "strength": strength},
    )


@concept(
    "wind_gusts",
    family="weather",
    heard_as=WIND,
    captions=(
        "gusts of wind", "{pace} gusts of wind", "a gust of wind", "wind buffeting {what}", "sudden gusts",
        "squalls batter {what}", "{pace} wind gusting", "wind gusts against {what}", "the wind comes in bursts",
        "{pace} blasts of wind hit {what}", "blustery wind", "a squall blowing through",
    ),
    held_out=("bursts of strong wind", "{pace} squalls buffet {what}", "blustery gusting weather"),
)  # fmt: skip
def wind_gusts(rng: np.random.Generator, duration_s: float) -> Draw:
    """Blows of wind that come and go within a second or three, with low buffeting."""
    n = dsp.samples_of(duration_s)
    pace, rate_hz = [("slow", 0.35), ("sharp", 0.8), ("quick", 1.2)][int(rng.integers(3))]
    what = dsp.pick(rng, "the sails", "the ear", "the hilltop", "the cliffs")
    force = gusting(rng, n, rate_hz=rate_hz, calm=0.05) ** 1.5
    buffet = dsp.lowpass(dsp.coloured(rng, n, slope_db=-6.0), 90.0) * dsp.slow(rng, n, rate_hz=5.0)
    x = moving_air(rng, force, bright_hz=float(rng.uniform(450, 900))) + 0.5 * unit(buffet * force)
    return Draw(finished(x, 0.85), {"pace": pace, "what": what})


@concept(
    "blizzard",
    family="weather",
    heard_as=WIND,
    captions=(
        "a blizzard", "a {force} blizzard {where}", "driving snow in the wind", "a snowstorm howls {where}",
        "wind and snow whip past", "{force} icy wind", "a {force} snowstorm", "a whiteout of wind and snow",
        "the blizzard screams {where}", "freezing wind roars {where}", "an arctic gale",
    ),
    held_out=("snow and wind lash by", "a {force} winter storm {where}", "the roar of a polar blizzard"),
)  # fmt: skip
def blizzard(rng: np.random.Generator, duration_s: float) -> Draw:
    """A strong wind, a thin whistle, and the hiss of driven snow."""
    n = dsp.samples_of(duration_s)
    force_word, level = [("bitter", 0.65), ("fierce", 0.8), ("raging", 0.95)][int(rng.integers(3))]
    where = dsp.pick(rng, "across the ice", "on the mountain", "over the tundra", "outside the hut")
    force = gusting(rng, n, rate_hz=0.6, calm=0.25)
    whistle = moving_band(rng, float(rng.uniform(450, 900)) * (0.7 + 0.5 * force), width_hz=50.0) * force**2
    snow = dsp.highpass(dsp.white(rng, n), 4000.0) * force**2
    x = moving_air(rng, force, bright_hz=600.0) + float(rng.uniform(0.3, 0.6)) * whistle + 0.12 * unit(snow)
    return Draw(finished(x, level), {"force": force_word, "where": where})
