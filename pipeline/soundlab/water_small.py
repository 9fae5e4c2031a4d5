"""Small water: drips, pouring, splashes, boiling, taps, showers, swimming, and being under water."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import bubble, bubbles, finished, patters, scatter, unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept


def spray(rng: np.random.Generator, n: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Fine noise of water in the air. Unit power."""
    return unit(dsp.bandpass(dsp.white(rng, n), low_hz, high_hz, order=1))


def drop(rng: np.random.Generator, hz: float) -> np.ndarray:
    """One drop into water: a tick as it lands, then the ring of the bubble that it drags under."""
    n = dsp.samples_of(0.5)
    out = np.zeros(n)
    dsp.place(out, patters(rng, 2500, 9000, tau_s=0.0008, count=3)[0], 0, 0.35)
    for _ in range(int(rng.integers(2, 5))):
        pitch, rise, ring_on = float(rng.uniform(0.8, 2)), float(rng.uniform(0, 0.2)), float(rng.uniform(0.8, 1.6))
        ring = bubble(hz * pitch, rise=rise, ring=ring_on)
        dsp.place(out, ring, dsp.samples_of(float(rng.uniform(0.003, 0.04))), float(rng.uniform(0.3, 1)))
    return out + 0.5 * one_splash(rng, scale=0.25)[:n]


def drops(rng: np.random.Generator, duration_s: float, *, gap_s: float, jitter: float) -> np.ndarray:
    """Recurring drops [T] of a slowly varying pitch."""
    out = np.zeros(dsp.samples_of(duration_s))
    base_hz = float(rng.uniform(700, 1700))
    for at in dsp.onsets(rng, duration_s, every_s=(gap_s * (1 - jitter), gap_s * (1 + jitter)), first_s=0.2):
        hz = base_hz * float(rng.uniform(0.75, 1.3))
        dsp.place(out, drop(rng, hz), dsp.samples_of(at), float(rng.uniform(0.5, 1.0)))
    return out


@concept(
    "dripping",
    family="water",
    heard_as=("Drip", "Raindrop", "Trickle, dribble"),
    captions=(
        "dripping water", "water drips {pace} {where}", "a dripping tap", "drip, drip, drip", "drops fall {where}",
        "a {pace} dripping leak", "water dripping {where}", "a leaking pipe drips", "single drops of water",
        "drops plink {pace} {where}", "the plop of falling drops", "a leak {where}",
    ),
    held_out=("a drop falls now and then", "drops drip {pace} {where}", "a tap that leaks"),
)  # fmt: skip
def dripping(rng: np.random.Generator, duration_s: float) -> Draw:
    """Separate drops in a small room."""
    pace, gap_s, jitter = [("slowly", 1.0, 0.3), ("steadily", 0.6, 0.05), ("quickly", 0.28, 0.25)][int(rng.integers(3))]
    where, room_s = [("in the sink", 0.25), ("into a bucket", 0.15), ("in the bathroom", 0.8)][int(rng.integers(3))]
    x = dsp.reverb(drops(rng, duration_s, gap_s=gap_s, jitter=jitter), rng, seconds=room_s, wet=0.2)
    x = x / np.abs(x).max() + 0.01 * unit(dsp.lowpass(dsp.coloured(rng, len(x), slope_db=-3.0), 3000))
    return Draw(dsp.faded(dsp.normalised(x, float(rng.uniform(0.4, 0.9)))), {"pace": pace, "where": where})


@concept(
    "cave_drip",
    family="water",
    heard_as=("Drip", "Raindrop", "Trickle, dribble"),
    captions=(
        "water drips in a cave", "drops echo {where}", "dripping echoes {where}", "an echoing drip in the dark",
        "a {pace} drip {where}", "water dripping from stalactites", "a damp cave", "echoing drops of water",
        "the {pace} drip of water {where}", "drops fall in an underground pool", "a dripping cavern",
    ),
    held_out=("a drop echoes {where}", "{pace} echoing drips", "a wet and dripping grotto"),
)  # fmt: skip
def cave_drip(rng: np.random.Generator, duration_s: float) -> Draw:
    """Drops in a long, bright reverberation, with a faint air."""
    pace, gap_s = [("slow", 1.1), ("irregular", 0.7), ("quick", 0.4)][int(rng.integers(3))]
    where, room_s = [("in a cavern", 3.5), ("in a tunnel", 2.0), ("in a dungeon", 1.5)][int(rng.integers(3))]
    x = drops(rng, duration_s, gap_s=gap_s, jitter=0.35 if pace != "irregular" else 0.8)
    wet = float(rng.uniform(0.25, 0.45))
    x = dsp.reverb(x, rng, seconds=room_s * float(rng.uniform(0.8, 1.2)), wet=wet, bright_hz=6000)
    air = unit(dsp.lowpass(dsp.coloured(rng, len(x), slope_db=-4.0), 2000)) * 0.012
    return Draw(dsp.faded(dsp.normalised(x / np.abs(x).max() + air, 0.7)), {"pace": pace, "where": where})


@concept(
    "pouring",
    family="water",
    heard_as=("Pour", "Fill (with liquid)", "Liquid", "Trickle, dribble"),
    captions=(
        "pouring {drink}", "{drink} is poured into {vessel}", "liquid pouring {how}", "filling {vessel} with {drink}",
        "pouring a drink", "{drink} glugs into {vessel}", "someone pours {drink}", "a glass being filled",
        "pouring {how} into {vessel}", "a drink is poured", "liquid fills a container", "topping up {vessel}",
    ),
    held_out=("{vessel} fills with {drink}", "{drink} being poured {how}", "a liquid poured out"),
)  # fmt: skip
def pouring(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bubbles and jet noise through the resonance of the air column, which rises as the vessel fills."""
    n = dsp.samples_of(duration_s)
    vessels = (("a glass", 700.0), ("a cup", 550.0), ("a jug", 350.0), ("a bottle", 420.0))
    vessel, base_hz = vessels[int(rng.integers(4))]
    how, rate_hz = [("slowly", 250.0), ("steadily", 350.0), ("quickly", 500.0)][int(rng.integers(3))]
    fill_s = max(min(duration_s, float(rng.uniform(3.0, 8.0))), 1.5)
    level = (dsp.timebase(n) % fill_s) / fill_s
    column = base_hz / (1.05 - 0.75 * level)
    glug = scatter(rng, n, bubbles(rng, 700, 4500, count=50, rise=0.08, ring=1.2), rate_hz=rate_hz)
    resonant = sum_of_columns(rng, column) * dsp.slow(rng, n, rate_hz=14.0, low=0.5)
    drink = dsp.pick(rng, "water", "juice", "wine", "tea")
    x = unit(glug) + 0.2 * resonant + 0.5 * spray(rng, n, 1000, 7000)
    return Draw(finished(x, 0.65), {"vessel": vessel, "how": how, "drink": drink})


def sum_of_columns(rng: np.random.Generator, column_hz: np.ndarray) -> np.ndarray:
    """Noise in the first two resonances (1 and 3 quarter waves) of a closing air column [T]. Unit power."""
    out = np.zeros(len(column_hz))
    for ratio, gain in ((1.0, 1.0), (3.0, 0.4)):
        phase = 2 * np.pi * np.cumsum(ratio * column_hz) / RATE_HZ
        slow_noise = (dsp.lowpass(dsp.white(rng, len(out)), 150 * ratio, order=1) for _ in range(2))
        out += gain * (next(slow_noise) * np.cos(phase) - next(slow_noise) * np.sin(phase))
    return unit(out)


@concept(
    "splash",
    family="water",
    heard_as=("Splash, splatter", "Water", "Slosh", "Liquid"),
    captions=(
        "a splash", "a {size} splash", "{what} splashes into {water}", "{what} falls into {water}", "water splashes",
        "a {size} splash in {water}", "the plunge of {what} into {water}", "something drops into the water",
        "splashing about", "a {size} splash of water", "{what} hits the water with a splash", "splatter of water",
    ),
    held_out=("{what} plunges into {water}", "a sudden {size} splash", "splish and splash"),
)  # fmt: skip
def splash(rng: np.random.Generator, duration_s: float) -> Draw:
    """Slap, cavity bubbles, and drops that fall back; recurring."""
    n = dsp.samples_of(duration_s)
    size, scale, what = [("small", 0.5, "a pebble"), ("big", 1.0, "a stone"), ("huge", 1.8, "a boulder")][
        int(rng.integers(3))
    ]
    out = np.zeros(n)
    for at in dsp.onsets(rng, duration_s, every_s=(0.9, 1.9), first_s=0.3):
        one = one_splash(rng, scale=scale * float(rng.uniform(0.8, 1.2)))
        dsp.place(out, one, dsp.samples_of(at), float(rng.uniform(0.5, 1.0)))
    words = {"size": size, "what": what, "water": dsp.pick(rng, "the pond", "the lake", "the pool", "the well")}
    if words["water"] == "the well":
        out = dsp.reverb(out, rng, seconds=1.2, wet=0.3)
    return Draw(dsp.faded(dsp.normalised(np.tanh(1.5 * out), 0.5 + 0.2 * scale)), words)


def one_splash(rng: np.random.Generator, *, scale: float) -> np.ndarray:
    """One splash of about a second; `scale` 0.5 is a pebble, 2 a boulder. Unit peak."""
    n = dsp.samples_of(0.7 + 0.5 * scale)
    body = dsp.decay(n, tau_s=0.1 + 0.13 * scale, attack_s=0.012)
    slap = unit(dsp.lowpass(dsp.bandpass(dsp.white(rng, n), 250 / scale, 6000, order=1), 1500, order=1)) * body
    gulp = scatter(rng, n, bubbles(rng, 250 / scale, 1500, count=16, rise=0.2, ring=1.6), rate_hz=160.0, density=body)
    falling = dsp.decay(n, tau_s=0.25 * scale + 0.1, attack_s=0.12)
    fallback = scatter(rng, n, bubbles(rng, 900, 6000, count=20), rate_hz=400.0, density=falling)
    return dsp.normalised(dsp.faded(slap + 0.35 * gulp / 0.5 + 0.9 * fallback, 0.01), 1.0)


@concept(
    "bubbling",
    family="water",
    heard_as=("Gurgling", "Boiling", "Stream", "Trickle, dribble", "Liquid"),
    captions=(
        "bubbling water", "bubbles rise {where}", "{size} bubbles gurgle {where}", "a bubbling cauldron", "gurgling",
        "{size} bubbles blub", "a potion bubbles {where}", "liquid bubbling {where}", "air bubbles popping in water",
        "the gurgle of {size} bubbles", "blowing bubbles through a straw", "a bubbling swamp",
    ),
    held_out=("bubbles blubbering {where}", "{size} bubbles rising", "a gurgling liquid"),
)  # fmt: skip
def bubbling(rng: np.random.Generator, duration_s: float) -> Draw:
    """Well separated large bubbles with rising pitch."""
    n = dsp.samples_of(duration_s)
    sizes = (("small", 700.0, 350.0), ("fat", 400.0, 220.0), ("heavy", 360.0, 180.0))
    size, low_hz, rate_hz = sizes[int(rng.integers(3))]
    where = dsp.pick(rng, "in a tank", "in a cauldron", "in a flask", "in the swamp")
    bank = bubbles(rng, low_hz, low_hz * 6, count=50, rise=0.12, ring=1.2)
    x = scatter(rng, n, bank, rate_hz=rate_hz, density=dsp.slow(rng, n, rate_hz=5.0, low=0.2))
    return Draw(finished(unit(x) + 0.18 * spray(rng, n, 300, 4000), 0.6), {"size": size, "where": where})


@concept(
    "boiling",
    family="water",
    heard_as=("Boiling", "Gurgling", "Steam", "Liquid", "Frying (food)", "Sizzle"),
    captions=(
        "boiling water", "a {vessel} boils {how}", "water boils in a {vessel}", "a {vessel} of water boiling",
        "water comes to the boil", "a rolling boil", "soup simmering on the stove", "a {vessel} bubbling {how}",
        "the bubbling of a boiling {vessel}", "a {vessel} on the boil", "hot water bubbles away",
    ),
    held_out=("a {vessel} simmers {how}", "water at a full boil", "the {vessel} is boiling"),
)  # fmt: skip
def boiling(rng: np.random.Generator, duration_s: float) -> Draw:
    """Crowded low bubbles, rumble of the vessel and a breath of steam."""
    n = dsp.samples_of(duration_s)
    vessel, body_hz = [("pot", 250.0), ("kettle", 400.0), ("saucepan", 500.0)][int(rng.integers(3))]
    how, rate_hz = [("gently", 200.0), ("steadily", 320.0), ("furiously", 500.0)][int(rng.integers(3))]
    bank = bubbles(rng, 260, 2600, count=60, rise=0.1, ring=1.0)
    roll = scatter(rng, n, bank, rate_hz=rate_hz, density=dsp.slow(rng, n, rate_hz=8.0, low=0.3))
    rumble = unit(dsp.resonance(dsp.white(rng, n), body_hz, q=1.5)) * dsp.slow(rng, n, rate_hz=10.0, low=0.4)
    x = unit(roll) + 0.35 * rumble + 0.2 * spray(rng, n, 2000, 9000)
    return Draw(finished(x, 0.6), {"vessel": vessel, "how": how})


@concept(
    "underwater",
    family="water",
    heard_as=("Gurgling", "Water", "Stream", "Boiling", "Liquid", "Waves, surf", "Ocean"),
    captions=(
        "underwater", "under water {where}", "deep under the sea", "muffled {mood} water", "bubbles rising {where}",
        "diving {where}", "the {mood} deep of the ocean", "submerged, with bubbles passing", "a diver breathes out",
        "{mood} underwater ambience", "below the surface {where}", "bubbles drift up through dark water",
    ),
    held_out=("submerged {where}", "a {mood} underwater world", "bubbles stream past a diver"),
)  # fmt: skip
def underwater(rng: np.random.Generator, duration_s: float) -> Draw:
    """A dark hum of water and bursts of bubbles, all dulled."""
    n = dsp.samples_of(duration_s)
    mood, gap = [("calm", (1.6, 2.6)), ("restless", (0.6, 1.3))][int(rng.integers(2))]
    where, dull_hz = [("in the pool", 3000.0), ("in the sea", 1700.0), ("in the lake", 2300.0)][int(rng.integers(3))]
    breath = np.full(n, 0.15)
    for at in dsp.onsets(rng, duration_s, every_s=gap, first_s=0.4):
        dsp.place(breath, dsp.hann_pulse(dsp.samples_of(float(rng.uniform(0.6, 1.5)))), dsp.samples_of(at))
    bank = bubbles(rng, 250, 2800, count=60, rise=0.1, ring=1.1)
    stream = unit(scatter(rng, n, bank, rate_hz=500.0, density=np.clip(breath, 0, 1)))
    hum = unit(dsp.lowpass(dsp.coloured(rng, n, slope_db=-6.0), 220)) * dsp.slow(rng, n, rate_hz=0.7, low=0.6)
    x = dsp.lowpass(stream, dull_hz, order=1) + 0.6 * hum + 0.1 * spray(rng, n, 150, 1200)
    return Draw(finished(x, 0.6), {"mood": mood, "where": where})


@concept(
    "tap_running",
    family="water",
    heard_as=("Water tap, faucet", "Sink (filling or washing)", "Bathtub (filling or washing)", "Fill (with liquid)"),
    captions=(
        "a running tap", "a tap runs {where}", "water runs from the faucet", "{flow} water from a tap",
        "filling {where}", "the tap is running", "a faucet left on", "{flow} tap water splashes {where}",
        "water runs into the basin", "a {flow} stream from the faucet", "washing up under the tap",
    ),
    held_out=("the faucet runs {where}", "a {flow} running tap", "tap water pouring out"),
)  # fmt: skip
def tap_running(rng: np.random.Generator, duration_s: float) -> Draw:
    """A jet on a hard basin: bright splatter, bubbles, and the basin's boxy resonances."""
    n = dsp.samples_of(duration_s)
    flow, jet, rate_hz = [("thin", 0.35, 200.0), ("steady", 0.55, 300.0), ("full", 0.9, 400.0)][int(rng.integers(3))]
    where, box_hz = [("in the sink", 420.0), ("into the bath", 220.0), ("in the basin", 600.0)][int(rng.integers(3))]
    bank = bubbles(rng, 400, 4500, count=60, rise=0.08, ring=1.2)
    splatter = unit(scatter(rng, n, bank, rate_hz=rate_hz))
    basin = sum(unit(dsp.resonance(dsp.white(rng, n), k * box_hz, q=3.0)) for k in (1.0, 2.3, 3.9))
    ticks = unit(scatter(rng, n, patters(rng, 500, 6000, tau_s=0.006), rate_hz=rate_hz * 0.5, spread=0.4))
    x = splatter + 0.7 * ticks + jet * spray(rng, n, 700, 9000)
    x = x + 0.5 * jet * basin * dsp.slow(rng, n, rate_hz=12.0, low=0.6)
    return Draw(finished(dsp.reverb(x, rng, seconds=0.9, wet=0.4), 0.65), {"flow": flow, "where": where})


@concept(
    "shower",
    family="water",
    heard_as=("Water", "Bathtub (filling or washing)", "Rain", "Spray", "Water tap, faucet", "Rain on surface"),
    captions=(
        "a shower", "a {force} shower running", "someone takes a shower", "water sprays {where}", "the shower is on",
        "a {force} shower {where}", "showering in the bathroom", "shower water hits the tiles", "a running shower",
        "a {force} spray of water {where}", "washing under the shower", "the hiss of a shower",
    ),
    held_out=("a {force} shower splashes", "the shower runs {where}", "spray from the shower head"),
)  # fmt: skip
def shower(rng: np.random.Generator, duration_s: float) -> Draw:
    """Fine spray and splatter in a small tiled room."""
    n = dsp.samples_of(duration_s)
    force, splat, level = [("weak", 0.9, 0.4), ("warm", 0.6, 0.6), ("powerful", 0.4, 0.85)][int(rng.integers(3))]
    where = dsp.pick(rng, "in a tiled bathroom", "behind the curtain", "in the bathtub", "on the tiles")
    ticks = unit(scatter(rng, n, patters(rng, 700, 8000, tau_s=0.0015), rate_hz=400.0, spread=0.5))
    bed = unit(dsp.bandpass(dsp.coloured(rng, n, slope_db=-1.5), 500, 10_000, order=1))
    plinks = unit(scatter(rng, n, bubbles(rng, 500, 4500, count=40), rate_hz=250.0))
    x = dsp.reverb(bed + splat * ticks + 0.6 * splat * plinks, rng, seconds=0.4, wet=0.12, bright_hz=5000)
    if where == "behind the curtain":
        x = dsp.lowpass(x, 4000)
    return Draw(finished(x, level), {"force": force, "where": where})


@concept(
    "swimming",
    family="water",
    heard_as=("Splash, splatter", "Water", "Slosh", "Liquid", "Rowboat, canoe, kayak", "Gurgling"),
    captions=(
        "someone swimming", "a {pace} swimmer", "swimming {where}", "arms splash through water", "a swim {where}",
        "{pace} swimming strokes", "paddling {where}", "a swimmer's strokes {where}", "wading through water",
        "{pace} strokes {where}", "swimming and splashing", "kicking through the water",
    ),
    held_out=("a swimmer passes {where}", "{pace} splashing strokes", "somebody swims by"),
)  # fmt: skip
def swimming(rng: np.random.Generator, duration_s: float) -> Draw:
    """Strokes at a regular pace: an entry splash, then a surge of bubbles."""
    n = dsp.samples_of(duration_s)
    pace, gap_s = [("slow", 1.3), ("steady", 0.95), ("fast", 0.6)][int(rng.integers(3))]
    where, wet = [("in the pool", 0.35), ("in the lake", 0.05), ("across the river", 0.05)][int(rng.integers(3))]
    out, bank = np.zeros(n), bubbles(rng, 250, 1600, count=30, rise=0.2, ring=1.6)
    for at in dsp.onsets(rng, duration_s, every_s=(0.88 * gap_s, 1.12 * gap_s)):
        stroke = one_splash(rng, scale=float(rng.uniform(0.5, 1.0)))
        dsp.place(out, stroke, dsp.samples_of(at), float(rng.uniform(0.4, 1.0)))
        surge = scatter(rng, dsp.samples_of(0.5), bank, rate_hz=80.0)
        dsp.place(out, dsp.faded(dsp.normalised(surge, 0.4), 0.1), dsp.samples_of(at + 0.3 * gap_s))
    out = out + 0.02 * spray(rng, n, 300, 3000)
    return Draw(finished(dsp.reverb(out, rng, seconds=1.4, wet=wet), 0.7), {"pace": pace, "where": where})
