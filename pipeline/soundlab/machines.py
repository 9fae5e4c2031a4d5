"""Machines: factories, fans, pumps, escaping gas and electricity.

Knows nothing of vehicles (see vehicles).
"""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    faded,
    highpass,
    impulses,
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
from pipeline.soundlab.engines import between, graded, repeated
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept


def _clank(rng: np.random.Generator, hz: float, *, ring_s: float = 0.05) -> np.ndarray:
    m = samples_of(ring_s * 6)
    freqs = hz * np.array([1, 1.7, 2.4, 3.9, 5.3, 7.7]) * rng.uniform(0.94, 1.06, 6)
    ring = struck(freqs, (1, 0.8, 0.7, 0.5, 0.4, 0.3), ring_s / np.arange(1, 7) ** 0.5, m, rng)
    return normalised(
        0.5 * ring + bandpass(white(rng, m), hz, hz * 9, order=1) * decay(m, tau_s=ring_s * 0.7, attack_s=0.001)
    )


def _clatter(
    rng: np.random.Generator, rate_hz: np.ndarray, low_hz: float, high_hz: float, *, parts: int = 3
) -> np.ndarray:
    """A mechanism's noise [T], swelling `parts` unequal times in each turn, peak 1."""
    n = len(rate_hz)
    turn = np.cumsum(rate_hz) / RATE_HZ
    shape = np.full(n, 0.5)
    for _ in range(parts):
        late = (turn + rng.uniform(0, 1)) % 1.0
        shape += rng.uniform(0.3, 1) * np.exp(-late / rng.uniform(0.08, 0.2)) * np.minimum(late / 0.02, 1)
    return normalised(bandpass(white(rng, n), low_hz, high_hz, order=1) * shape * slow(rng, n, rate_hz=6, low=0.8), 1.0)


def _steady(rng: np.random.Generator, n: int, hz: float, amount: float = 0.01) -> np.ndarray:
    return hz * slow(rng, n, rate_hz=0.5, low=1 - amount, high=1 + amount)


def _knock(rng: np.random.Generator, hz: float, tau_s: float, *, hit: float) -> np.ndarray:
    """One small part striking another: nine damped modes above `hz` and, at `hit` strength, the blow."""
    m = samples_of(min(tau_s * 8, 0.5) + 0.02)
    freqs = hz * np.exp(rng.uniform(0, 2.2, 9))
    ring = struck(freqs, rng.uniform(0.3, 1, 9), tau_s * (hz / freqs) ** 0.4, m, rng)
    blow = bandpass(white(rng, m) * decay(m, tau_s=tau_s * 0.5, attack_s=0.0008), hz, hz * 8, order=1)
    return normalised(normalised(ring) + hit * normalised(blow))


def _mechanism(  # noqa: PLR0913  (each is a part of the machine)
    rng: np.random.Generator,
    rate_hz: np.ndarray,
    *,
    per_turn: int,
    rubbing: tuple[float, float, float, float],
    thump: np.ndarray,
    click: np.ndarray,
    whine: tuple[float, float],
    mix: tuple[float, float, float, float, float],
    bed_db: float,
) -> np.ndarray:
    """Turning parts [T]: they rub (low Hz, high Hz, length in a turn, floor), thump every turn, click `per_turn` times.

    `whine` is the motor's pitch and slope; `mix` weighs rubbing, thump, click, whine and the bed of `bed_db` an octave.
    """
    n, turn, shape = len(rate_hz), np.cumsum(rate_hz) / RATE_HZ, np.zeros(len(rate_hz))
    low_hz, high_hz, length, floor = rubbing
    for _ in range(3):
        late = (turn * per_turn + rng.uniform()) % 1
        shape += rng.uniform(0.4, 1) * np.exp(-late / length) * np.minimum(late / 0.03, 1)
    pitch = whine[0] * rng.uniform(0.9, 1.1) * (1 + 0.01 * slow(rng, n, rate_hz=0.5, low=-1))
    gains = rng.uniform(0.3, 1, 16) / np.arange(1, 17) ** whine[1]
    clicks = np.roll(repeated(rng, n, click, rate_hz * per_turn, spread=0.25), int(rng.integers(20_000)))
    parts = (
        bandpass(white(rng, n), low_hz, high_hz, order=1) * (floor + shape),
        repeated(rng, n, thump, rate_hz, spread=0.15),
        clicks,
        wavetable(pitch, n, gains),
        coloured(rng, n, slope_db=bed_db),
    )
    return sum((g * unit(part) for g, part in zip(mix, parts, strict=True)), np.zeros(n))


@concept(
    "factory_machines",
    family="machines",
    heard_as=(
        "Mechanisms", "Heavy engine (low frequency)", "Medium engine (mid frequency)", "Gears", "Sewing machine",
        "Tools", "Printer", "Engine",
    ),
    captions=(
        "factory machinery", "{tempo} machines clanking in a factory", "industrial machines at work",
        "a {place} full of machines", "{tempo} presses stamping metal", "rhythmic clanking machinery",
        "heavy machines thump in a {place}", "gears and pistons {tempo} turning", "an assembly line running",
        "production hall with pounding machines",
    ),
    held_out=("a {place} with pounding presses", "industrial clatter", "{tempo} mechanical clanking"),
)  # fmt: skip
def factory_machines(rng: np.random.Generator, duration_s: float) -> Draw:
    """Presses and looms: rubbing and clanking several times a second over a motor's whine, in a hall or a workshop."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (2.4, 3.0), "fast": (3.2, 4.2)})
    place_word, room = graded(rng, {"great hall": (1.1, 1.5), "workshop": (0.4, 0.6)})
    thump = _knock(rng, rng.uniform(130, 160), 0.06, hit=1.0)
    click = _knock(rng, rng.uniform(1200, 1600), 0.0116, hit=rng.uniform(0.35, 0.7))
    x = _mechanism(
        rng, _steady(rng, n, hz, 0.03), per_turn=2, rubbing=(rng.uniform(120, 220), 2760, 0.0735, 0.03), thump=thump,
        click=click, whine=(153, 0.3), mix=(0.86, 0.19, 0.48, 0.36, 0.086), bed_db=-4.6,
    )  # fmt: skip
    x = normalised(reverb(x, rng, seconds=room, wet=0.19), rng.uniform(0.4, 0.7))
    return Draw(faded(x), {"tempo": tempo, "place": place_word})


@concept(
    "engine_hum",
    family="machines",
    heard_as=(
        "Hum", "Mains hum", "Engine", "Idling", "Heavy engine (low frequency)", "Medium engine (mid frequency)",
        "Throbbing",
    ),
    captions=(
        "a low engine hum", "a {pitch} machine hum", "generator humming", "the hum of an engine room",
        "{steadiness} humming motor", "a {pitch} mechanical drone", "a generator drones on",
        "machine room, {steadiness} hum", "a transformer hums", "deep {steadiness} humming",
    ),
    held_out=("a {pitch} generator drone", "humming machinery below deck", "{steadiness} hum of a motor"),
)  # fmt: skip
def engine_hum(rng: np.random.Generator, duration_s: float) -> Draw:
    """Mains-like harmonics with slow beats over brown noise."""
    n = samples_of(duration_s)
    pitch, hz = graded(rng, {"deep": (49, 60.5), "medium": (98, 121)})
    steadiness, depth = graded(rng, {"steady": (0.9, 0.95), "throbbing": (0.2, 0.4)})
    amps = (0.8, 1.0, 0.4, 0.7, 0.25, 0.5, 0.15, 0.3, 0.1, 0.2, 0.1, 0.15)
    hum = wavetable(hz * 2, n, amps[1::2]) + 0.4 * wavetable(hz, n, [1 / k for k in range(1, 30)])
    pulse = 1 - (1 - depth) * (0.5 + 0.5 * tone(rng.uniform(1.2, 3.0), n))
    x = normalised(hum) * pulse + 0.012 * white(rng, n) + 0.02 * coloured(rng, n, slope_db=-4)
    return Draw(faded(normalised(x, 0.2)), {"pitch": pitch, "steadiness": steadiness})


def _gas(rng: np.random.Generator, n: int, low_hz: float) -> np.ndarray:
    hiss = highpass(white(rng, n), low_hz) + 0.6 * resonance(white(rng, n), low_hz * rng.uniform(1.5, 2.5), q=2)
    return normalised(hiss) * slow(rng, n, rate_hz=8, low=0.75)


@concept(
    "steam_hiss",
    family="machines",
    heard_as=("Steam", "Hiss", "Spray", "Air brake"),
    captions=(
        "steam hissing from a pipe", "{strength} hiss of steam", "a boiler lets off steam",
        "steam escaping from a valve", "{strength} jet of steam", "a pressure cooker hissing", "steam pipe leaking",
        "{strength} steam rushes out", "hot steam vents from machinery", "hissing steam valve",
    ),
    held_out=("{strength} steam leak", "steam is released under pressure", "a valve spews steam"),
)  # fmt: skip
def steam_hiss(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bright turbulent noise with a sputter; strong jets gush and die down."""
    n = samples_of(duration_s)
    strength, floor = graded(rng, {"gentle": (0.6, 0.8), "powerful": (0.1, 0.25)})
    gush = slow(rng, n, rate_hz=0.6, low=floor)
    sputter = 0.3 * bandpass(impulses(rng, n, rate_hz=150), 800, 5000)
    x = _gas(rng, n, rng.uniform(1200, 2500) if strength == "powerful" else rng.uniform(3000, 5000)) * gush
    return Draw(
        faded((0.9 if strength == "powerful" else 0.35) * normalised(x + sputter * gush)), {"strength": strength}
    )


@concept(
    "air_hiss",
    family="machines",
    heard_as=("Hiss", "Air brake", "Steam", "Spray"),
    captions=(
        "compressed air hissing", "air escapes from a {source}", "{length} hiss of air", "a {source} leaks air",
        "pneumatic hiss", "{length} bursts of compressed air", "an air hose blowing", "deflating {source}",
        "air pressure is released", "psst of compressed air",
    ),
    held_out=("{length} puffs from a {source}", "escaping air", "a pneumatic valve hisses"),
)  # fmt: skip
def air_hiss(rng: np.random.Generator, duration_s: float) -> Draw:
    """Short puffs or a long falling leak."""
    length, seconds = graded(rng, {"short": (0.2, 0.45), "long": (1.4, 2.6)})
    source, low = graded(rng, {"tyre": (1200, 2000), "thin hose": (4000, 5500)})
    x = 0.004 * white(rng, samples_of(duration_s))
    at_s = float(rng.uniform(0, 0.15))
    while at_s < duration_s:
        m = samples_of(seconds * rng.uniform(0.8, 1.2))
        place(x, _gas(rng, m, low) * decay(m, tau_s=seconds * 0.6, attack_s=0.015), samples_of(at_s))
        at_s += m / RATE_HZ + float(rng.uniform(0.05, 0.6))
    return Draw(faded(x), {"length": length, "source": source})


@concept(
    "electric_zap",
    family="machines",
    heard_as=("Static", "Buzz", "Zing", "Crackle", "Electric shaver, electric razor", "Mains hum", "Sizzle"),
    captions=(
        "electric sparks crackle", "{rate} electric zaps", "a high-voltage arc buzzing", "electricity crackling",
        "{rate} sparks from a broken cable", "a Tesla coil zapping", "electrical arcing, {rate} bursts",
        "short circuit sparks", "zap of electric current", "a live wire buzzes and sparks",
    ),
    held_out=("{rate} arcs of electricity", "high voltage discharge", "a sparking wire"),
)  # fmt: skip
def electric_zap(rng: np.random.Generator, duration_s: float) -> Draw:
    """Arcs: noise gated at twice the mains rate, crackles, over a mains buzz."""
    n = samples_of(duration_s)
    rate, gap = graded(rng, {"frequent": (0.1, 0.3), "occasional": (0.7, 1.1)})
    mains = pick(rng, "50", "60")
    hz = float(mains) * 2
    gate = np.clip(tone(hz, n), 0, 1) ** 4
    x = 0.05 * wavetable(hz, n, [1 / k for k in range(1, 30)]) + 0.03 * highpass(impulses(rng, n, rate_hz=80), 1500)
    at_s = float(rng.uniform(0, 0.15))
    while at_s < duration_s:
        m = min(samples_of(rng.uniform(0.08, 0.7)), n)
        arc = highpass(white(rng, m), 900) * (0.2 + gate[:m]) + 1.5 * highpass(impulses(rng, m, rate_hz=500), 1200)
        arc = arc + lowpass(wavetable(hz, m, [0.1] * 60), 5000)
        place(
            x,
            faded(normalised(arc) * slow(rng, m, rate_hz=25, low=0.0) ** 1.5, 0.004),
            samples_of(at_s),
            rng.uniform(0.5, 1),
        )
        at_s += m / RATE_HZ + gap * float(rng.uniform(0.6, 1.3))
    return Draw(faded(normalised(x)), {"rate": rate})


@concept(
    "power_up",
    family="machines",
    heard_as=(
        "Whir", "Engine starting", "Jet engine", "Hum", "Accelerating, revving, vroom",
        "Light engine (high frequency)", "Mechanical fan", "Engine",
    ),
    captions=(
        "a machine powering up", "{size} generator spins up", "a turbine whirs up to speed",
        "power coming on {tempo}", "rising whine of a machine starting", "{size} machine comes to life",
        "machinery spins up {tempo}", "a reactor charging up", "an electric motor winds up",
        "systems power on with a rising hum",
    ),
    held_out=("{size} turbine spooling up", "a rising electric whine, {tempo}", "the machine turns on"),
)  # fmt: skip
def power_up(rng: np.random.Generator, duration_s: float) -> Draw:
    """A motor's whine and wind rising to full speed, then running; again in long clips."""
    n = samples_of(duration_s)
    size, hz = graded(rng, {"a huge": (90, 150), "a small": (350, 600)})
    tempo, rise = graded(rng, {"slowly": (2.5, 4), "quickly": (0.7, 1.2)})
    t = (np.arange(n) / RATE_HZ) % max(rise * 2.2, 3)
    speed = 0.12 + 0.88 * (1 - np.exp(-2.2 * t / rise))
    whine = wavetable(hz * speed, n, (1, 0.5, 0.35, 0.4, 0.12, 0.2, 0.1, 0.1)) + 0.3 * tone(hz * 6.7 * speed, n)
    wind = bandpass(white(rng, n), 400, 4000, order=1) * speed**2
    hum = 0.3 * wavetable(50, n, (1, 0.6, 0.4))
    x = 0.35 * normalised(whine) * speed + 0.7 * wind / 2 + hum * 0.3 + 0.2 * bandpass(white(rng, n), 80, 400) * speed
    return Draw(faded(reverb(normalised(x), rng, seconds=0.8, wet=0.15)), {"size": size, "tempo": tempo})


@concept(
    "fan",
    family="machines",
    heard_as=(
        "Mechanical fan", "Air conditioning", "Hum", "Mechanisms", "Propeller, airscrew", "Vacuum cleaner",
        "White noise", "Pink noise",
    ),
    captions=(
        "a fan blowing", "a {size} fan whirs", "{speed} spinning fan blades", "the whir of a ventilator",
        "a ceiling fan turning {speed}", "{size} electric fan", "ventilation fan in the room", "a desk fan hums",
        "air moved by a {size} fan", "fan blades rotating {speed}",
    ),
    held_out=("a {size} fan spinning {speed}", "ventilator whirring", "an electric fan runs"),
)  # fmt: skip
def fan(rng: np.random.Generator, duration_s: float) -> Draw:
    """Air noise modulated at blade rate, a motor hum."""
    n = samples_of(duration_s)
    size, body = graded(rng, {"small": (350, 600), "big": (120, 220)})
    speed, hz = graded(rng, {"slow": (7, 12), "fast": (28, 50)})
    air = lowpass(coloured(rng, n, slope_db=-3.5), body * 8 + 1500, order=1)
    air = normalised(air, 0.5)
    blade = 1 + 0.07 * tone(_steady(rng, n, hz), n)
    hum = wavetable(_steady(rng, n, rng.choice((100.0, 120.0)), 0.002), n, (1, 0.5, 0.3, 0.15))
    x = air * blade + rng.uniform(0.08, 0.14) * hum + 0.03 * resonance(white(rng, n), body * 3, q=15)
    return Draw(faded(normalised(x, 0.35)), {"size": size, "speed": speed})


@concept(
    "air_conditioner",
    family="machines",
    heard_as=("Air conditioning", "Mechanical fan", "Hum", "White noise", "Mains hum", "Pink noise", "Mechanisms"),
    captions=(
        "an air conditioner running", "{age} air conditioner hums", "air conditioning in the office",
        "the drone of an AC unit", "{age} AC unit {state}", "cool air blows from a vent",
        "an air conditioning unit {state}", "ventilation hum in a hotel room", "steady air conditioning noise",
        "climate control rumbles quietly",
    ),
    held_out=("{age} cooling unit {state}", "the AC is on", "humming air vent"),
)  # fmt: skip
def air_conditioner(rng: np.random.Generator, duration_s: float) -> Draw:
    """Steady pinkish air with a compressor's hum; old ones rattle."""
    n = samples_of(duration_s)
    age, rattle = graded(rng, {"an old": (0.12, 0.25), "a quiet modern": (0, 0.005)})
    state, hum = graded(rng, {"blowing": (0.05, 0.1), "humming": (0.25, 0.4)})
    air = lowpass(coloured(rng, n, slope_db=-3.5), rng.uniform(1800, 5000), order=1)
    motor = wavetable(_steady(rng, n, rng.choice((100.0, 120.0)), 0.002), n, (1, 0.6, 0.3, 0.3, 0.1, 0.15))
    shake = repeated(
        rng, n, _clank(rng, rng.uniform(400, 900), ring_s=0.008), _steady(rng, n, rng.uniform(15, 26), 0.05), spread=0.4
    )
    x = normalised(air) + hum * motor + rattle * shake
    return Draw(faded(normalised(x, 0.25 if age == "a quiet modern" else 0.7)), {"age": age, "state": state})


@concept(
    "sewing_machine",
    family="machines",
    heard_as=("Sewing machine", "Mechanisms", "Printer"),
    captions=(
        "a sewing machine", "a {tempo} sewing machine stitching", "stitching on a sewing machine",
        "the {tempo} clatter of a sewing machine", "a tailor sews a seam", "sewing machine runs in bursts",
        "needle of a sewing machine clacking", "a seamstress at work", "{tempo} stitches on the machine",
        "fabric under a rattling needle",
    ),
    held_out=("{tempo} needlework by machine", "a tailor's sewing machine", "sewing machine clattering"),
)  # fmt: skip
def sewing_machine(rng: np.random.Generator, duration_s: float) -> Draw:
    """The needle bar's light metal clicks eight or so times a second, a soft motor, in a room."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (7.4, 8.4), "fast": (8.6, 10.2)})
    rate = hz * slow(rng, n, rate_hz=0.5, low=0.95, high=1.05)
    x = _mechanism(
        rng, rate, per_turn=1 if tempo == "slow" else 2, rubbing=(390, 2640, rng.uniform(0.22, 0.3), 0.076),
        thump=_knock(rng, rng.uniform(250, 280), 0.02, hit=1.0),
        click=_knock(rng, rng.uniform(2050, 2400), 0.0047, hit=0.96),
        whine=(135, 1.2), mix=(0.075, 0.075, 0.68, 0.03, 0.13), bed_db=-2.3,
    )  # fmt: skip
    x = normalised(reverb(x, rng, seconds=0.2, wet=0.25), rng.uniform(0.1, 0.18))
    return Draw(faded(x), {"tempo": tempo})


@concept(
    "pump",
    family="machines",
    heard_as=(
        "Pump (liquid)", "Mechanisms", "Engine", "Medium engine (mid frequency)", "Heavy engine (low frequency)",
        "Sewing machine", "Idling",
    ),
    captions=(
        "a pump working", "a {tempo} water pump", "a pump throbs {tempo}ly", "pumping machinery",
        "a {kind} pump runs", "rhythmic thump of a pump", "{kind} pump at work", "a pump sucks and pushes",
        "the steady beat of a pump", "water is pumped by a machine",
    ),
    held_out=("a {kind} pump beating {tempo}ly", "a pumping station", "the thud and suck of a pump"),
)  # fmt: skip
def pump(rng: np.random.Generator, duration_s: float) -> Draw:
    """Strokes three or four a second: valves clack, the piston rubs, a motor whines under load; water gurgles."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (2.6, 3.3), "quick": (3.5, 4.4)})
    kind, wet = graded(rng, {"water": (0.1, 0.2), "air": (0, 0.02)})
    x = _mechanism(
        rng, _steady(rng, n, hz, 0.03), per_turn=2, rubbing=(rng.uniform(200, 430), 2760, 0.075, 0.03),
        thump=_knock(rng, rng.uniform(130, 150), 0.06, hit=1.0),
        click=_knock(rng, rng.uniform(1220, 1450), rng.uniform(0.012, 0.026), hit=0.64),
        whine=(153, 0.3), mix=(0.86, 0.15, 0.48, 0.33, 0.2), bed_db=-5.5,
    )  # fmt: skip
    gurgle = wet * unit(bandpass(impulses(rng, n, rate_hz=60), 250, 1100))
    x = normalised(reverb(x + gurgle, rng, seconds=1.1, wet=0.19), rng.uniform(0.45, 0.7))
    return Draw(faded(x), {"tempo": tempo, "kind": kind})


@concept(
    "printer",
    family="machines",
    heard_as=("Printer", "Mechanisms", "Sewing machine", "Typewriter", "Cash register", "Ratchet, pawl"),
    captions=(
        "a printer printing", "{tempo} dot-matrix printer", "an office printer runs",
        "printing a page, the head moves to and fro", "a {tempo} printer at work", "old printer whirring",
        "paper feeds through the printer", "a {age} printer prints {tempo}", "printer head buzzing line by line",
        "a {age} office printer",
    ),
    held_out=("documents coming out of a {age} printer", "printer noise in the office", "a {tempo} print job"),
)  # fmt: skip
def printer(rng: np.random.Generator, duration_s: float) -> Draw:
    """Head passes (buzz or whir), a carriage return thump, and paper feed ratchets."""
    n = samples_of(duration_s)
    tempo, line_s = graded(rng, {"fast": (0.35, 0.55), "slow": (0.9, 1.3)})
    age = pick(rng, "dot-matrix", "modern")
    x, hz = 0.03 * bandpass(white(rng, n), 200, 3000), rng.uniform(140, 300)
    for at_s in onsets(rng, duration_s, every_s=(line_s, line_s * 1.05), first_s=0.1):
        m, feed = samples_of(line_s * 0.72), samples_of(line_s * 0.2)
        if age == "dot-matrix":
            pins = repeated(rng, m, _clank(rng, 1300, ring_s=0.002), hz * slow(rng, m, rate_hz=12, low=0.2), spread=0.3)
            head = normalised(pins) + 0.8 * _clatter(
                rng, hz / 8 * slow(rng, m, rate_hz=3, low=0.9, high=1.1), 500, 5000
            )
        else:
            sweep = rng.uniform(350, 700) * between(m, ((0, 0.5), (0.08, 1), (line_s * 0.6, 1), (line_s, 0.5)))
            head = wavetable(sweep, m, (1, 0.6, 0.3, 0.3, 0.2)) * 0.1 + 0.8 * _clatter(
                rng, np.full(m, rng.uniform(12, 22)), 400, 4500
            )
        place(x, faded(normalised(head), 0.02), samples_of(at_s), 0.7)
        ratchet = repeated(rng, feed, _clank(rng, 700, ring_s=0.004), np.full(feed, 90.0))
        place(x, ratchet, samples_of(at_s + line_s * 0.75), 0.35)
    return Draw(faded(soft_clip(normalised(x), 1.3)), {"tempo": tempo, "age": age})
