"""Rail, air and water transport.

Knows nothing of road vehicles (see vehicles).
"""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    convolve,
    decay,
    distant,
    faded,
    hann_pulse,
    lowpass,
    normalised,
    onsets,
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
from pipeline.soundlab.engines import engine, firing, graded, passes, repeated
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import Draw, concept


def _clack(rng: np.random.Generator) -> np.ndarray:
    """A wheel over a rail joint: the blow of the axle and a short ring of rail, wheel and wagon."""
    m = samples_of(0.3)
    ring = struck(rng.uniform(160, 2700, 14), rng.uniform(0.3, 1, 14), rng.uniform(0.01, 0.05, 14), m, rng)
    ring = unit(ring) * decay(m, tau_s=0.1, attack_s=0.004)
    blow = unit(lowpass(white(rng, m), rng.uniform(2000, 3000)) * decay(m, tau_s=0.02, attack_s=0.004))
    return normalised(ring + rng.uniform(0.45, 0.6) * blow)


def _rails(rng: np.random.Generator, n: int, bogies_hz: float) -> np.ndarray:
    """Wheels over rail joints: pairs of clacks (two axles a bogie)."""
    clack = _clack(rng)
    pair = np.zeros(samples_of(0.7))
    place(pair, clack, 0)
    place(pair, clack, samples_of(float(np.clip(0.24 / bogies_hz, 0.08, 0.24))), 0.8)
    return repeated(rng, n, pair, bogies_hz * slow(rng, n, rate_hz=0.3, low=0.97, high=1.03), spread=0.2)


def _flanges(rng: np.random.Generator, n: int, hz: float) -> np.ndarray:
    """Wheel flanges singing against the rail, now and then. Unit power before they fade."""
    bands = (unit(resonance(white(rng, n), hz * r * rng.uniform(0.9, 1.1), q=40)) / r for r in (1.0, 1.37))
    return unit(sum(bands, np.zeros(n))) * slow(rng, n, rate_hz=0.9, low=-0.8).clip(0)


@concept(
    "train",
    family="vehicles",
    heard_as=("Train", "Rail transport", "Railroad car, train wagon", "Train wheels squealing"),
    captions=(
        "a train rolling by", "{tempo} clatter of a train on the rails", "train wheels clack over the joints",
        "a {kind} train passes", "railway carriages rumble", "{kind} train going {tempo}",
        "the clickety-clack of a train", "wagons rattling along the track", "a long train rumbles past",
        "riding along the railway",
    ),
    held_out=(
        "a {kind} train clattering along", "{tempo} rhythm of train wheels", "rail cars rolling over the joints",
    ),
)  # fmt: skip
def train(rng: np.random.Generator, duration_s: float) -> Draw:
    """Joint clacks over a heavy rolling rumble, with flanges squealing softly."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (1.2, 1.6), "fast": (2.0, 2.6)})
    kind, deep = graded(rng, {"freight": (0.9, 1.2), "passenger": (0.5, 0.7)})
    roar = unit(bandpass(white(rng, n), 335, rng.uniform(600, 700), order=1)) * slow(rng, n, rate_hz=4, low=0.5)
    hiss = unit(bandpass(white(rng, n), 2000, 7000, order=1)) * slow(rng, n, rate_hz=3, low=0.3)
    x = rng.uniform(0.85, 1.0) * normalised(_rails(rng, n, hz), 5) + roar + 0.03 * hiss
    x = x + deep * unit(coloured(rng, n, slope_db=-6))
    x = x + rng.uniform(0.5, 0.9) * _flanges(rng, n, rng.uniform(1800, 2200))
    return Draw(faded(normalised(reverb(x, rng, seconds=1.2, wet=0.35))), {"tempo": tempo, "kind": kind})


@concept(
    "subway",
    family="vehicles",
    heard_as=(
        "Subway, metro, underground", "Train", "Rail transport", "Railroad car, train wagon",
        "Train wheels squealing",
    ),
    captions=(
        "a subway train in the tunnel", "underground train {action}", "the metro rushing through a tunnel",
        "metro train {action}", "inside a subway tunnel", "the tube rumbles past",
        "a subway car {action} with squealing wheels", "an underground railway",
        "metro wheels screech in the tunnel", "a subway train roars by",
    ),
    held_out=("a metro carriage {action}", "the roar of the underground", "tube train in a tunnel"),
)  # fmt: skip
def subway(rng: np.random.Generator, duration_s: float) -> Draw:
    """Wheels rolling over joints, motor whine and squealing flanges in a long tunnel."""
    n = samples_of(duration_s)
    action, slope = graded(rng, {"speeding up": (0.05, 0.09), "slowing down": (-0.09, -0.05)})
    along = np.clip(1 + slope * (np.arange(n) / 44_100 - duration_s / 2), 0.35, 2.2)
    whine = unit(wavetable(rng.uniform(260, 420) * along, n, (1, 0.3, 0.4, 0.1, 0.2))) * slow(
        rng, n, rate_hz=1, low=0.5
    )
    roar = unit(bandpass(white(rng, n), 300, rng.uniform(600, 800), order=1)) * slow(rng, n, rate_hz=4, low=0.5)
    x = rng.uniform(0.85, 1.0) * normalised(_rails(rng, n, rng.uniform(1.4, 2.2) * float(along.mean())), 5) + roar
    x = (
        x
        + 0.9 * unit(coloured(rng, n, slope_db=-6))
        + rng.uniform(0.7, 1.1) * _flanges(rng, n, rng.uniform(2000, 2800))
    )
    tunnel = reverb(normalised(x + 0.12 * whine), rng, seconds=1.7, wet=rng.uniform(0.4, 0.5), bright_hz=3500)
    return Draw(faded(normalised(tunnel)), {"action": action})


def _steam_whistle(rng: np.random.Generator, seconds: float, hz: float) -> np.ndarray:
    m = samples_of(seconds)
    rise = 1 - 0.06 * np.exp(-np.arange(m) / 4000) - 0.04 * np.clip(np.arange(m) / m - 0.9, 0, 1) * 10
    chord = sum(
        wavetable(hz * r * rise * (1 + 0.003 * lowpass(white(rng, m), 30) * 8), m, (1, 0.35, 0.25, 0.1, 0.06))
        for r in (1.0, 1.26, 1.5, 1.68)
    )
    breath = bandpass(white(rng, m), hz * 0.8, 6000, order=1)
    return faded(normalised(chord + 0.5 * breath), 0.06)


@concept(
    "steam_train",
    family="vehicles",
    heard_as=(
        "Train", "Rail transport", "Steam", "Steam whistle", "Train whistle", "Railroad car, train wagon",
        "Train horn",
    ),
    captions=(
        "a steam train chuffing", "steam locomotive {action}", "the {tempo} chuff of a steam engine",
        "an old locomotive puffs along", "steam train {action} and whistling", "puffing steam engine on the rails",
        "a {tempo} chugging locomotive", "vintage railway engine", "choo choo train",
        "a locomotive puffs {tempo}ly and hisses",
    ),
    held_out=(
        "a steam engine {action}", "the puffing of an old railway locomotive",
        "{tempo} chuffs of a steam locomotive",
    ),
)  # fmt: skip
def steam_train(rng: np.random.Generator, duration_s: float) -> Draw:
    """Four exhaust beats a wheel turn, accented, over rails, with whistles."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (2.2, 3.5), "quick": (6, 9)})
    action, gain = graded(rng, {"climbing a hill": (0.002, 0.004), "rolling along": (-0.002, 0.002)})
    rate = hz * slow(rng, n, rate_hz=0.3, low=0.93, high=1.07)
    m = samples_of(min(0.8 / hz, 0.3))
    beats = firing(rng, rate, jitter=0.01, cylinders=4, uneven=0.3)
    chuff = (
        lowpass(white(rng, m), rng.uniform(1800, 3500), order=1) * hann_pulse(m) ** 0.6 * decay(m, tau_s=m / 44_100 / 3)
    )
    shape = convolve(beats, np.abs(lowpass(chuff, 60)))
    gas = bandpass(white(rng, n), 150, 2500, order=1) * (0.15 + np.clip(shape / (shape.max() + 1e-9), 0, 1))
    x = (
        normalised(gas, 0.5) * (1 + 50 * gain)
        + 0.5 * normalised(bandpass(white(rng, n), 90, 1200, order=1))
        + 0.15 * lowpass(_rails(rng, n, max(hz / 3, 0.9)), 1200)
        + 0.35 * normalised(coloured(rng, n, slope_db=-5))
    )
    pitch = rng.uniform(380, 560)
    for at_s in onsets(rng, duration_s, every_s=(3, 6), first_s=1.2):
        place(x, _steam_whistle(rng, rng.uniform(0.5, 1.5), pitch), samples_of(at_s), 0.6)
    return Draw(faded(reverb(normalised(x), rng, seconds=1.0, wet=0.2)), {"tempo": tempo, "action": action})


@concept(
    "train_whistle",
    family="vehicles",
    heard_as=("Train whistle", "Train horn", "Steam whistle", "Whistle", "Train", "Rail transport"),
    captions=(
        "a train whistle blowing", "{length} train whistle", "a locomotive whistles {distance}",
        "steam whistle of a train", "{length} whistle blasts {distance}", "a train calls {distance}",
        "the lonely whistle of a train", "locomotive whistle blast", "{length} blows of a steam whistle",
        "a train whistles twice",
    ),
    held_out=("{length} hoots of a steam engine's whistle", "a railway whistle {distance}", "train whistle echoing"),
)  # fmt: skip
def train_whistle(rng: np.random.Generator, duration_s: float) -> Draw:
    """A chord of steam whistles, long or short, echoing."""
    n = samples_of(duration_s)
    length, seconds = graded(rng, {"short": (0.35, 0.7), "long": (1.4, 2.4)})
    distance, far = graded(rng, {"nearby": (0.1, 0.2), "far away": (0.5, 0.65)})
    x, at_s, hz = 0.02 * coloured(rng, n, slope_db=-5), float(rng.uniform(0, 0.2)), rng.uniform(330, 560)
    while at_s < duration_s:
        blast = seconds * float(rng.uniform(0.8, 1.3))
        place(x, _steam_whistle(rng, blast, hz), samples_of(at_s))
        at_s += blast + float(rng.uniform(0.2, 0.9))
    return Draw(faded(distant(x, rng, amount=far)), {"length": length, "distance": distance})


@concept(
    "helicopter",
    family="vehicles",
    heard_as=("Helicopter", "Aircraft", "Propeller, airscrew", "Aircraft engine"),
    captions=(
        "a helicopter hovering", "{size} helicopter {action}", "chopper blades thump", "rotor blades beating",
        "{size} helicopter overhead", "a chopper {action}", "the thudding rotor of a helicopter",
        "helicopter flies over", "{size} chopper's rotor whirs", "a helicopter circles above",
    ),
    held_out=("a chopper hovering above", "{size} helicopter's blades chopping the air", "rotorcraft {action}"),
)  # fmt: skip
def helicopter(rng: np.random.Generator, duration_s: float) -> Draw:
    """Air chopped by the blades 11 to 20 times a second, every other blade a little louder, over the turbine's rush."""
    n = samples_of(duration_s)
    size, hz = graded(rng, {"a heavy": (11.5, 14), "a light": (16, 20)})
    action, depth = graded(rng, {"hovering": (0.85, 0.95), "circling": (0.45, 0.6)})
    turns = np.cumsum(hz * slow(rng, n, rate_hz=0.3, low=0.99, high=1.01)) / 44_100
    chop = (0.5 + 0.5 * np.cos(2 * np.pi * turns)) ** rng.uniform(3, 5) * (1 + 0.15 * np.cos(np.pi * turns))
    low = unit(lowpass(coloured(rng, n, slope_db=-3.7), rng.uniform(1000, 1500), order=1)) * chop
    mid = unit(bandpass(white(rng, n), rng.uniform(280, 420), 1600, order=1)) * (rng.uniform(0.5, 0.7) + chop)
    bed = unit(coloured(rng, n, slope_db=-4.5))
    x = low + rng.uniform(0.5, 1.0) * mid + rng.uniform(0.5, 1.0) * bed + 0.03 * tone(rng.uniform(500, 900), n)
    return Draw(
        faded(normalised(x * slow(rng, n, rate_hz=0.25, low=depth), rng.uniform(0.5, 0.8))),
        {"size": size, "action": action},
    )


@concept(
    "jet_flyover",
    family="vehicles",
    heard_as=("Jet engine", "Aircraft", "Fixed-wing aircraft, airplane", "Aircraft engine"),
    captions=(
        "a jet flying over", "{kind} roars overhead", "jet plane flyover", "an airliner passes {height}",
        "{kind} thunders across the sky", "the roar of a jet engine", "an aeroplane flies by {height}",
        "jet aircraft passing", "{kind} flying {height}", "a plane takes off",
    ),
    held_out=("{kind} passing {height}", "roaring jet in the sky", "an airplane soars over"),
)  # fmt: skip
def jet_flyover(rng: np.random.Generator, duration_s: float) -> Draw:
    """Broad jet roar, turbine whine ahead of it falling with Doppler, and a comb of the ground's reflection."""
    n = samples_of(duration_s)
    kind = pick(rng, "a fighter jet", "an airliner")
    height, metres = graded(rng, {"low": (80, 130), "high up": (250, 400)})
    roar = normalised(lowpass(coloured(rng, n, slope_db=-3), 3000 if kind == "an airliner" else 6000, order=1))
    hz = rng.uniform(1400, 2600)
    whine = sum(tone(hz * r, n) for r in (1.0, 1.33, 2.0)) * (0.05 if kind == "an airliner" else 0.02)
    crackle = roar * slow(rng, n, rate_hz=14, low=0.6)
    speed = (70, 100) if kind == "an airliner" else (140, 200)
    x = passes(crackle + whine, rng, every_s=(4.5, 8), speed_m_s=speed, nearest_m=(metres, metres * 1.3))
    echo = np.roll(x, samples_of(rng.uniform(0.001, 0.004)))
    out = normalised(x + 0.6 * echo) + 0.01 * coloured(rng, n, slope_db=-5)
    return Draw(faded(distant(out, rng, amount=0.25 * (height == "high up"))), {"kind": kind, "height": height})


@concept(
    "propeller_plane",
    family="vehicles",
    heard_as=("Propeller, airscrew", "Aircraft", "Fixed-wing aircraft, airplane", "Aircraft engine"),
    captions=(
        "a propeller plane flying", "a {kind} drones overhead", "small aircraft engine buzzing",
        "the drone of a propeller", "a {kind} {action}", "an old aeroplane flies over", "light aircraft {action}",
        "propeller aircraft in the sky", "a {kind} buzzing by", "airscrew humming",
    ),
    held_out=("a vintage plane droning", "a {kind} in flight", "propeller buzz of a light plane"),
)  # fmt: skip
def propeller_plane(rng: np.random.Generator, duration_s: float) -> Draw:
    """Blade-rate harmonics of a steady drone, beating when there are two engines."""
    n = samples_of(duration_s)
    kind = pick(rng, "single-engined plane", "twin-engined plane")
    action = pick(rng, "passing over", "cruising")
    hz = rng.uniform(68, 105)
    amps = [k**-0.6 for k in range(1, 30)]
    wobble = slow(rng, n, rate_hz=0.5, low=0.995, high=1.005)
    x = soft_clip(wavetable(hz * wobble, n, amps) / 3, 1.5)
    if kind == "twin-engined plane":
        x = x + soft_clip(wavetable(hz * rng.uniform(1.008, 1.03) * wobble, n, amps) / 3, 1.5)
    x = normalised(x) * slow(rng, n, rate_hz=9, low=0.75) + 0.6 * engine(
        rng, hz / 2 * wobble, body_hz=140, hiss=0.4, jitter=0.06
    )
    roar = lowpass(coloured(rng, n, slope_db=-3), 3000, order=1) * slow(rng, n, rate_hz=14, low=0.6)
    x = 0.55 * normalised(lowpass(x, 1800, order=1)) + normalised(roar)
    if action == "passing over":
        x = passes(x, rng, every_s=(4, 7), speed_m_s=(45, 65), nearest_m=(60, 120))
    x = x + 0.6 * np.roll(x, samples_of(rng.uniform(0.001, 0.004)))
    return Draw(faded(reverb(normalised(x), rng, seconds=0.6, wet=0.15)), {"kind": kind, "action": action})


@concept(
    "motor_boat",
    family="vehicles",
    heard_as=("Motorboat, speedboat", "Boat, Water vehicle", "Ship", "Waves, surf", "Ocean"),
    captions=(
        "a motorboat speeding", "{kind} on the water", "a speedboat slaps over the waves",
        "an outboard motor buzzes", "{kind} crossing the lake {tempo}", "boat engine and splashing water",
        "{kind} motors {tempo}", "a boat rushing through the water", "outboard engine with spray",
        "powerboat cutting through waves",
    ),
    held_out=("{kind} going {tempo} across the bay", "motorboat engine and wake", "an outboard boat on the river"),
)  # fmt: skip
def motor_boat(rng: np.random.Generator, duration_s: float) -> Draw:
    """An outboard through water, hull slaps and spray."""
    n = samples_of(duration_s)
    kind, body = graded(rng, {"a small dinghy": (180, 240), "a big launch": (70, 110)})
    tempo, hz = graded(rng, {"slowly": (35, 45), "fast": (75, 110)})
    load = slow(rng, n, rate_hz=1.2, low=0.9, high=1.1)
    motor = engine(rng, hz * load, body_hz=body, bright_hz=2500, hiss=0.3, cylinders=3, jitter=0.02)
    water = bandpass(white(rng, n), 400, 7000, order=1) * slow(rng, n, rate_hz=2.5, low=0.15) ** 1.5
    gurgle = lowpass(white(rng, n), 500) * slow(rng, n, rate_hz=6, low=0.2)
    x = 0.6 * motor * load**3 + 0.45 * normalised(water) + 0.35 * normalised(gurgle)
    for at_s in onsets(rng, duration_s, every_s=(0.4, 1.3)):
        m = samples_of(rng.uniform(0.2, 0.45))
        place(
            x,
            normalised(lowpass(white(rng, m), 1800)) * decay(m, tau_s=0.07, attack_s=0.015),
            samples_of(at_s),
            rng.uniform(0.2, 0.6),
        )
    return Draw(faded(normalised(x)), {"kind": kind, "tempo": tempo})


@concept(
    "ship_horn",
    family="vehicles",
    heard_as=("Foghorn", "Ship", "Train horn", "Boat, Water vehicle", "Air horn, truck horn"),
    captions=(
        "a ship's horn", "{size} ship sounds its horn", "a foghorn {distance}", "deep horn of {size} vessel",
        "a ferry's horn blasts", "foghorn booming over the harbour", "{size} ship blows {distance}",
        "a long low ship blast", "the harbour echoes with a ship horn", "an ocean liner sounds off",
    ),
    held_out=("{size} vessel's horn booms {distance}", "low maritime horn", "a foghorn calling in the mist"),
)  # fmt: skip
def ship_horn(rng: np.random.Generator, duration_s: float) -> Draw:
    """Low reeds with many harmonics, long blasts, a wide echo over water, and the water."""
    n = samples_of(duration_s)
    size, hz = graded(rng, {"a huge": (112, 134), "a small": (165, 195)})
    distance, wet = graded(rng, {"nearby": (0.33, 0.42), "across the bay": (0.5, 0.57)})
    slope, drive, top_hz = (1.05, 1.7, 2500) if size == "a huge" else (0.9, 3.5, 950)
    x, at_s = np.zeros(n), float(rng.uniform(0, 0.2))
    while at_s < duration_s:
        m = samples_of(rng.uniform(2.2, 3.2) if size == "a huge" else rng.uniform(0.9, 1.6))
        pitch = hz * (1 - 0.04 * np.exp(-np.arange(m) / 5000)) * (1 + 0.003 * slow(rng, m, rate_hz=6, low=-1))
        reeds = wavetable(pitch, m, [k**-slope for k in range(1, 40)])
        if size == "a small":
            reeds = reeds + wavetable(pitch * 1.006, m, [k**-slope for k in range(1, 30)])
        blast = unit(lowpass(soft_clip(normalised(reeds, 1.0), drive), top_hz, order=1))
        blast = unit(blast + 0.035 * unit(bandpass(white(rng, m), 100, 1500)))
        place(x, faded(0.25 * blast, 0.12), samples_of(at_s))
        at_s += m / 44_100 + float(rng.uniform(0.25, 0.7))
    x = reverb(x, rng, seconds=rng.uniform(2.2, 3.4), wet=wet, bright_hz=1800)
    x = x + 0.048 * unit(coloured(rng, n, slope_db=-5)) * slow(rng, n, rate_hz=0.3, low=0.5)
    return Draw(faded(normalised(x, rng.uniform(0.5, 0.9))), {"size": size, "distance": distance})
