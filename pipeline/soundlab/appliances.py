"""Machines and fixtures of the house: cleaners, dryers, kettles, washers, printers, cisterns."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept


def _room(x: np.ndarray, rng: np.random.Generator, *, seconds: float = 0.4, wet: float = 0.12) -> np.ndarray:
    return dsp.normalised(dsp.reverb(x, rng, seconds=seconds * rng.uniform(0.7, 1.4), wet=wet), rng.uniform(0.5, 0.9))


def _whine(rng: np.random.Generator, n: int, *, hz: float, partials: int, slope: float) -> np.ndarray:
    pitch = hz * dsp.slow(rng, n, rate_hz=0.5, low=0.985, high=1.015)
    return dsp.normalised(
        dsp.harmonics(pitch, n, rng.uniform(0.2, 1, partials) / np.arange(1, partials + 1) ** slope), 1.0
    )


@concept(
    "kettle_whistle", family="household",
    heard_as=("Steam whistle", "Whistle", "Whistling", "Steam", "Boiling", "Hiss"),
    captions=(
        "a kettle whistling", "a {pitch} kettle whistle", "the tea kettle boils", "a kettle whistles on the stove",
        "water boils and the kettle sings", "a {pitch} whistle of steam",
        "steam shrieks from the kettle", "time for tea, the kettle whistles", "a teapot whistling",
        "the kettle is boiling over", "a {pitch} teakettle",
    ),
    held_out=("a kettle starts to whistle", "the {pitch} song of a tea kettle", "boiling kettle on the fire"),
)  # fmt: skip
def kettle_whistle(rng: np.random.Generator, duration_s: float) -> Draw:
    """A steady whistle of two close partials with breath around it, rising at first, over bubbling water."""
    n = dsp.samples_of(duration_s)
    hz, pitch = [(1500.0, "low"), (2400.0, "shrill")][int(rng.integers(0, 2))]
    rise = 1 - rng.uniform(0.1, 0.35) * np.exp(-dsp.timebase(n) / rng.uniform(0.3, 0.9))
    curve = hz * rng.uniform(0.9, 1.15) * rise * dsp.slow(rng, n, rate_hz=4, low=0.994, high=1.006)
    x = dsp.harmonics(curve, n, (1, 0.25, 0.12)) + 0.5 * dsp.tone(curve * rng.uniform(1.2, 1.3), n)
    breath = dsp.bandpass(dsp.white(rng, n), hz * 0.8, 9000, order=1)
    boil = dsp.bandpass(dsp.white(rng, n), 150, 700) * dsp.slow(rng, n, rate_hz=12)
    x = dsp.normalised(x) * (0.3 + 0.7 * rise) + 0.12 * breath + 0.15 * boil
    return Draw(_room(x, rng), {"pitch": pitch})


@concept(
    "vacuum_cleaner", family="household", heard_as=("Vacuum cleaner", "Mechanical fan", "Hair dryer"),
    captions=(
        "a vacuum cleaner", "someone vacuums the carpet", "a {kind} vacuum cleaner hums", "vacuuming the floor",
        "the roar of a {kind} hoover", "hoovering the stairs", "cleaning the rug with a vacuum",
        "a vacuum cleaner moves back and forth", "a {kind} vacuum at work", "housework with a vacuum cleaner",
        "suction of a vacuum",
    ),
    held_out=("a {kind} hoover cleans the room", "the drone of a vacuum cleaner", "vacuum noise"),
)  # fmt: skip
def vacuum_cleaner(rng: np.random.Generator, duration_s: float) -> Draw:
    """A fan's blade tone with strong harmonics, the body's resonances, and air that changes as the nozzle moves."""
    n = dsp.samples_of(duration_s)
    low_hz, high_hz, kind = [(260, 340, "powerful"), (350, 460, "small")][int(rng.integers(0, 2))]
    pitch = rng.uniform(low_hz, high_hz) * (1 + 0.004 * dsp.slow(rng, n, rate_hz=4, low=-1))
    slope, body_hz = rng.uniform(0.73, 0.85), rng.uniform(690, 840)
    whine = unit(dsp.wavetable(pitch, n, rng.uniform(0.3, 1, 34) / np.arange(1, 35) ** slope))
    second = unit(dsp.wavetable(pitch * rng.uniform(2.9, 4.2), n, rng.uniform(0.3, 1, 8) / np.arange(1, 9) ** 0.7))
    air = unit(dsp.bandpass(dsp.white(rng, n), rng.uniform(200, 900), 6850, order=1))
    body = sum(unit(dsp.resonance(dsp.white(rng, n), f, q=4)) for f in (body_hz, body_hz * rng.uniform(2.0, 2.6)))
    x = rng.uniform(0.9, 1.2) * whine + 0.1 * second + air + rng.uniform(1.6, 2.0) * body
    nozzle = 1 + rng.uniform(0.1, 0.3) * dsp.slow(rng, n, rate_hz=1, low=-1)
    return Draw(_room(x * nozzle, rng), {"kind": kind})


@concept(
    "hair_dryer", family="household", heard_as=("Hair dryer", "Vacuum cleaner", "Mechanical fan", "Air conditioning"),
    captions=(
        "a hair dryer", "someone dries their hair", "a {kind} blow dryer", "hot air from a hair dryer",
        "the whir of a {kind} hairdryer", "a hairdresser blows hair dry",
        "a blow dryer in the bathroom", "a {kind} hair dryer runs", "hair drying noise",
        "a hairdryer waves to and fro", "blow drying",
    ),
    held_out=("a {kind} dryer blows hot air", "drying hair with a blower", "the hum of a hairdryer"),
)  # fmt: skip
def hair_dryer(rng: np.random.Generator, duration_s: float) -> Draw:
    """Air noise with a high fan whine."""
    n = dsp.samples_of(duration_s)
    hz, kind = [(330.0, "strong"), (620.0, "small")][int(rng.integers(0, 2))]
    air = dsp.bandpass(dsp.coloured(rng, n, slope_db=-1), 400, 12000, order=1)
    x = dsp.normalised(air) * dsp.slow(rng, n, rate_hz=0.7, low=0.7, high=1) + 0.25 * _whine(
        rng, n, hz=hz * rng.uniform(0.9, 1.1), partials=18, slope=0.6
    )
    return Draw(_room(x, rng), {"kind": kind})


@concept(
    "washing_machine", family="household",
    heard_as=("Mechanisms", "Mechanical fan", "Sewing machine", "Pump (liquid)", "Slosh"),
    captions=(
        "a washing machine", "the washing machine {what}", "laundry tumbles in the drum",
        "a washing machine {what} in the basement", "spin cycle", "clothes sloshing in the washer",
        "the washer {what}", "a humming laundry room", "the drum goes round and round", "doing the laundry",
        "a washing machine running",
    ),
    held_out=("a washer {what}", "laundry in a machine", "a rotating washing drum"),
)  # fmt: skip
def washing_machine(rng: np.random.Generator, duration_s: float) -> Draw:
    """A turning drum with sloshing water, or a fast spin with rattle."""
    n = dsp.samples_of(duration_s)
    spin = bool(rng.integers(0, 2))
    turn_hz = rng.uniform(10, 16) if spin else rng.uniform(0.7, 1.1)
    swing = 0.5 + 0.5 * np.sin(
        2 * np.pi * np.cumsum(np.full(n, turn_hz) * dsp.slow(rng, n, rate_hz=0.3, low=0.95, high=1.05)) / RATE_HZ
    )
    hum = _whine(rng, n, hz=rng.uniform(95, 120) * (2 if spin else 1), partials=24, slope=0.7)
    rumble = dsp.lowpass(dsp.white(rng, n), 400) * (0.4 + 0.6 * swing)
    slosh = dsp.bandpass(dsp.white(rng, n), 500, 4000, order=1) * swing**2 * dsp.slow(rng, n, rate_hz=9)
    x = 0.5 * hum + dsp.normalised(rumble) + (0.15 if spin else 0.7) * dsp.normalised(slosh)
    return Draw(_room(x, rng), {"what": "spins fast" if spin else "turns slowly"})


@concept(
    "toilet_flush", family="household",
    heard_as=("Toilet flush", "Water", "Sink (filling or washing)", "Water tap, faucet", "Gurgling",
               "Bathtub (filling or washing)"),
    captions=(
        "a toilet flushes", "flushing toilet", "the toilet is flushed", "a {size} rush of water in the toilet",
        "water gurgles down the toilet", "someone flushes the loo",
        "a {size} flush", "bathroom toilet flush", "the cistern empties and refills",
        "the toilet bowl swirls and drains", "a {size} toilet flush",
    ),
    held_out=("somebody flushes", "a {size} flush of the toilet", "water swirling down the bowl"),
)  # fmt: skip
def toilet_flush(rng: np.random.Generator, duration_s: float) -> Draw:
    """A surge that darkens, a gurgle, then the hiss of refilling; once more if there is time."""
    n = dsp.samples_of(duration_s)
    t, size = dsp.timebase(n), dsp.pick(rng, "strong", "weak")
    length = rng.uniform(5, 8)
    local = (t + 0.001) % length
    surge = np.minimum(local / 0.25, 1) * np.exp(-np.maximum(local - 1.6, 0) / 0.7)
    noise = dsp.coloured(rng, n, slope_db=-3)
    wash = dsp.bandpass(noise, 150, 5000, order=1) * surge * (0.6 + 0.4 * dsp.slow(rng, n, rate_hz=16))
    gurgle = sum(
        (
            dsp.resonance(dsp.white(rng, n) * dsp.slow(rng, n, rate_hz=11) ** 3, hz, q=7)
            for hz in rng.uniform(220, 900, 5)
        ),
        np.zeros(n),
    )
    gurgle *= np.exp(-((local - 2.4) ** 2) / 0.9) + 0.5 * surge
    refill = dsp.bandpass(dsp.white(rng, n), 1800, 8000, order=1) * np.clip((local - 1) / 2, 0, 1)
    x = dsp.normalised(wash) + (0.8 if size == "strong" else 0.4) * dsp.normalised(gurgle) + 0.06 * refill
    return Draw(_room(x, rng, seconds=0.6, wet=0.2), {"size": size})


@concept(
    "microwave_oven", family="household",
    heard_as=("Microwave oven", "Beep, bleep", "Hum", "Mains hum", "Mechanical fan"),
    captions=(
        "a microwave oven", "a microwave hums and beeps", "the microwave heats up food", "microwave beeping {count}",
        "the oven timer goes off", "a {pitch} beep of the microwave",
        "dinner is ready in the microwave", "a kitchen appliance beeps {count}", "humming microwave",
        "a microwave finishes with a {pitch} beep", "oven beeps",
    ),
    held_out=("the microwave runs and beeps {count}", "a {pitch} oven beep", "food heating in a microwave"),
)  # fmt: skip
def microwave_oven(rng: np.random.Generator, duration_s: float) -> Draw:
    """A transformer's hum and a fan, with beeps at times."""
    n = dsp.samples_of(duration_s)
    hz, pitch = [(1000.0, "low"), (2050.0, "high")][int(rng.integers(0, 2))]
    beeps, count = [(3, "three times"), (5, "again and again")][int(rng.integers(0, 2))]
    hum = _whine(rng, n, hz=float(rng.choice((100.0, 120.0))), partials=14, slope=0.8)
    x = 0.35 * hum + 0.25 * dsp.normalised(dsp.bandpass(dsp.coloured(rng, n, slope_db=-3), 100, 4000, order=1))
    beep_n, hz = dsp.samples_of(rng.uniform(0.15, 0.45)), hz * rng.uniform(0.95, 1.05)
    beep = dsp.faded(dsp.harmonics(hz, beep_n, (1, 0, 0.3, 0, 0.12)), 0.005)
    at = rng.uniform(0.2, 0.5)
    while at < duration_s:
        for _ in range(beeps):
            dsp.place(x, beep, dsp.samples_of(at), 0.6)
            at += 2 * beep_n / RATE_HZ
        at += rng.uniform(1.0, 2.0)
    return Draw(_room(x, rng), {"pitch": pitch, "count": count})
