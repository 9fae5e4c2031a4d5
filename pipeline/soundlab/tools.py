"""Hand and power tools at work."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.registry import RATE_HZ, Draw, concept
from pipeline.soundlab.takes import blow, take


def _room(x: np.ndarray, rng: np.random.Generator, *, seconds: float = 0.5, wet: float = 0.12) -> np.ndarray:
    return take(x, rng, seconds=seconds, wet=wet, peak=(0.6, 0.9))


def motor(
    rng: np.random.Generator, n: int, *, hz: np.ndarray, partials: int = 40, slope: float = 0.8, jitter: float = 0.006
) -> np.ndarray:
    """A whining universal motor: harmonics of uneven strength of a pitch curve [n] that jitters."""
    pitch = hz * (1 + jitter * dsp.slow(rng, n, rate_hz=30, low=-1, high=1))
    gains = rng.uniform(0.2, 1, partials) / np.arange(1, partials + 1) ** slope
    return dsp.normalised(dsp.harmonics(pitch, n, gains), 1.0)


def _load(rng: np.random.Generator, n: int) -> np.ndarray:
    """Spells of work (1) and idling (0), each about a second."""
    return np.clip(4 * (dsp.slow(rng, n, rate_hz=0.6) - 0.3), 0, 1)


@concept(
    "hammer", family="tools", heard_as=("Hammer", "Tools", "Wood", "Knock", "Thump, thud", "Tap"),
    captions=(
        "someone hammering", "a hammer drives a nail into {what}", "a carpenter hammers {what}",
        "hammer blows on {what}", "someone pounds nails", "a hammer strikes {what}",
        "building work with a hammer", "nailing boards together", "hammer hitting {what}", "banging of a hammer",
        "a worker hammering away",
    ),
    held_out=("steady hammer strokes on {what}", "nails being hammered in", "a hammer bangs"),
)  # fmt: skip
def hammer(rng: np.random.Generator, duration_s: float) -> Draw:
    """Blows two a second, on a nail in wood or on metal."""
    metal = bool(rng.integers(0, 2))
    ratios = np.array([1, 2.3, 3.9, 5.6, 8.3, 11.2]) * rng.uniform(0.95, 1.05, 6)
    n, base = dsp.samples_of(0.5), rng.uniform(450, 800) if metal else rng.uniform(110, 220)
    taus = (0.12, 0.1, 0.08, 0.06, 0.05, 0.04) if metal else (0.05, 0.03, 0.02, 0.015, 0.01, 0.006)
    out, period_s = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0.35, 0.6)
    for k, at in enumerate(np.arange(rng.uniform(0, 0.15), duration_s, period_s)):
        rise = 1 if metal else 1 + 0.02 * (k % 8)
        ring = dsp.modes(base * ratios * rise, (1, 0.9, 0.8, 0.6, 0.5, 0.4), taus, n, rng)
        body = blow(rng, ((90, 300, 0.03, 0.8), (350, 1400, 0.015, 1.0), (2000, 8000, 0.006, 0.7)), seconds=0.5)
        hit = dsp.bandpass(dsp.white(rng, n) * dsp.decay(n, tau_s=0.006), 300, 9000, order=1)
        dsp.place(
            out,
            (0.35 if metal else 0.12) * dsp.normalised(ring) + body + dsp.normalised(hit, 0.8),
            dsp.samples_of(max(at + rng.normal(0, 0.015), 0)),
            rng.uniform(0.7, 1),
        )
    return Draw(_room(out, rng), {"what": "metal" if metal else "wood"})


def _strokes(rng: np.random.Generator, n: int, *, rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Speed [n] in 0 to 1 and phase [n] of a to-and-fro arm; phase below 0.5 is the push."""
    phase = np.cumsum(rate_hz * dsp.slow(rng, n, rate_hz=0.8, low=0.88, high=1.12) / RATE_HZ) % 1.0
    return np.abs(np.sin(2 * np.pi * phase)), phase


@concept(
    "hand_saw", family="tools", heard_as=("Sawing", "Tools", "Wood", "Sanding", "Filing (rasp)", "Scrape"),
    captions=(
        "sawing wood", "a hand saw cuts through {what}", "someone saws {what}", "a carpenter sawing {pace}",
        "the rasp of a hand saw", "a saw goes back and forth",
        "{pace} sawing by hand", "a handsaw bites into {what}", "cutting {what} with a saw",
        "woodwork with a hand saw", "a saw strokes {pace}",
    ),
    held_out=("a log is sawn by hand", "{pace} strokes of a saw", "somebody cutting {what}"),
)  # fmt: skip
def hand_saw(rng: np.random.Generator, duration_s: float) -> Draw:
    """Teeth pass at some hundreds a second, faster in the middle of each stroke."""
    n = dsp.samples_of(duration_s)
    rate_hz, pace = [(0.9, "slowly"), (1.7, "quickly")][int(rng.integers(0, 2))]
    hz, what = [(700.0, "a thick log"), (1500.0, "a thin plank")][int(rng.integers(0, 2))]
    speed, phase = _strokes(rng, n, rate_hz=rate_hz)
    teeth = np.sin(2 * np.pi * np.cumsum(rng.uniform(200, 420) * speed / RATE_HZ)) > 0.3
    noise = dsp.white(rng, n) * (0.25 + teeth)
    rasp = dsp.bandpass(noise, hz, 7500, order=1) + 0.8 * dsp.resonance(noise, hz * 1.3, q=3)
    loud = speed**1.3 * np.where(phase < 0.5, 1.0, rng.uniform(0.35, 0.7))
    return Draw(_room(rasp * loud, rng), {"pace": pace, "what": what})


@concept(
    "sanding", family="tools", heard_as=("Sanding", "Filing (rasp)", "Sawing", "Scrape", "Rub", "Tools"),
    captions=(
        "sanding wood", "sandpaper rubs {pace}", "someone sands a board {pace}", "the scrape of sandpaper",
        "smoothing wood by hand", "a carpenter sanding {pace}",
        "sandpaper on wood", "{pace} strokes of sandpaper", "rubbing a surface smooth", "sanding down a table",
        "a craftsman polishes wood {pace}",
    ),
    held_out=("a block of sandpaper moves {pace}", "wood being sanded", "the rub of sandpaper"),
)  # fmt: skip
def sanding(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bright noise, to and fro."""
    n = dsp.samples_of(duration_s)
    rate_hz, pace = [(1.2, "slowly"), (2.6, "briskly")][int(rng.integers(0, 2))]
    speed, phase = _strokes(rng, n, rate_hz=rate_hz)
    x = dsp.bandpass(dsp.white(rng, n), rng.uniform(1200, 2500), rng.uniform(8000, 12000), order=1)
    grit = dsp.highpass(dsp.impulses(rng, n, rate_hz=3000), 2000)
    loud = speed * np.where(phase < 0.5, 1.0, rng.uniform(0.5, 0.8))
    return Draw(_room((dsp.normalised(x) + 0.4 * dsp.normalised(grit)) * loud, rng, wet=0.06), {"pace": pace})


@concept(
    "drill", family="tools", heard_as=("Drill", "Power tool", "Tools", "Electric shaver, electric razor"),
    captions=(
        "an electric drill", "a power drill whirs", "drilling into {what}", "someone drills a hole in {what}",
        "a drill bores through {what}", "the whine of a drill",
        "a handyman drilling", "a cordless drill starts and stops", "holes are drilled in {what}", "a drill at work",
        "noisy drilling",
    ),
    held_out=("a power drill in {what}", "a workman drills", "the noise of an electric drill"),
)  # fmt: skip
def drill(rng: np.random.Generator, duration_s: float) -> Draw:
    """A geared motor that sags under load, with hammering noise in stone."""
    n, load = dsp.samples_of(duration_s), 0.0
    curve = _load(rng, n)
    stone = bool(rng.integers(0, 2))
    base = rng.uniform(280, 480)
    hz = base * (1 - 0.22 * curve)
    x = motor(rng, n, hz=hz, slope=0.55) + 0.5 * motor(rng, n, hz=hz * 2.73, partials=16, slope=0.4)
    work = dsp.bandpass(dsp.white(rng, n), 700, 9000, order=1) * curve
    if stone:
        load = 0.6
        work = work * (0.3 + (np.sin(2 * np.pi * np.cumsum(np.full(n, rng.uniform(40, 60)) / RATE_HZ)) > 0.2))
    x = x + (0.5 + load) * dsp.normalised(work, 1.0)
    return Draw(_room(x, rng), {"what": "a concrete wall" if stone else "wood"})


@concept(
    "chainsaw", family="tools",
    heard_as=("Chainsaw", "Lawn mower", "Light engine (high frequency)", "Power tool", "Engine", "Motorcycle"),
    captions=(
        "a chainsaw", "a chainsaw cuts {what}", "a chainsaw revs {where}", "a lumberjack saws a tree",
        "roaring chainsaw {where}", "a chainsaw buzzes through wood",
        "the snarl of a chainsaw", "logging {where} with a chainsaw", "chain saw revving up and down",
        "a motor saw at work {where}", "someone starts cutting {what} with a chainsaw",
    ),
    held_out=("a motor saw roars {where}", "a chainsaw bites into {what}", "trees felled with a chainsaw"),
)  # fmt: skip
def chainsaw(rng: np.random.Generator, duration_s: float) -> Draw:
    """A two-stroke engine of 70 to 180 firings a second through a small exhaust, under changing load."""
    n = dsp.samples_of(duration_s)
    amount, where = [(0.0, "close by"), (0.55, "far off in the woods")][int(rng.integers(0, 2))]
    throttle = _load(rng, n)
    hz = rng.uniform(70, 95) * (1 + rng.uniform(0.5, 0.9) * dsp.lowpass(throttle, 15, order=1))
    phase = np.cumsum(hz * (1 + 0.03 * dsp.slow(rng, n, rate_hz=80, low=-1, high=1)) / RATE_HZ)
    pulse = np.exp(-(phase % 1.0) * 6) * dsp.slow(rng, n, rate_hz=100, low=0.6, high=1)
    source = pulse - 0.16 + 0.5 * pulse * dsp.white(rng, n)
    x = sum(
        (g * dsp.resonance(source, hz0, q=2.5) for hz0, g in ((260, 1), (700, 0.9), (1600, 0.8), (3300, 0.5))),
        np.zeros(n),
    )
    chain = dsp.bandpass(dsp.white(rng, n), 2500, 9000, order=1) * (0.4 + (phase * 4 % 1 < 0.5)) * throttle
    x = dsp.soft_clip(dsp.normalised(x, 1.0) + 0.35 * dsp.normalised(chain, 1.0), 2)
    return Draw(
        dsp.normalised(dsp.distant(x, rng, amount=amount)), {"where": where, "what": dsp.pick(rng, "logs", "a tree")}
    )


@concept(
    "power_saw", family="tools",
    heard_as=("Power tool", "Sawing", "Chainsaw", "Drill", "Tools", "Electric shaver, electric razor"),
    captions=(
        "a circular saw", "a power saw cuts {what}", "a circular saw screams through {what}", "a table saw at work",
        "the howl of an electric saw", "a joiner saws {what} by machine",
        "an electric saw spins up and cuts", "sawing {what} with a circular saw", "a buzz saw", "a saw blade whines",
        "the workshop saw runs",
    ),
    held_out=("an electric saw slices {what}", "a whining circular saw", "cutting {what} on a table saw"),
)  # fmt: skip
def power_saw(rng: np.random.Generator, duration_s: float) -> Draw:
    """A blade whose teeth sing near 1 kHz, sagging and roaring in the cut."""
    n = dsp.samples_of(duration_s)
    hard = bool(rng.integers(0, 2))
    curve = _load(rng, n)
    base = rng.uniform(650, 1000)
    hz = base * (1 - 0.18 * curve)
    teeth = motor(rng, n, hz=hz * 1.0, partials=18, slope=0.7) + 0.6 * motor(rng, n, hz=hz / 6, partials=30, slope=0.5)
    bite = dsp.bandpass(dsp.white(rng, n), 1500 if hard else 600, 12000, order=1) * curve
    scream = motor(rng, n, hz=hz * (2.6 if hard else 1.5), partials=8, slope=0.4) * curve
    x = teeth * (0.4 + 0.5 * curve) + 1.1 * dsp.normalised(bite, 1.0) + 0.5 * scream
    return Draw(_room(x, rng), {"what": "metal" if hard else "timber"})


@concept(
    "ratchet", family="tools", heard_as=("Ratchet, pawl", "Tools", "Clicking", "Mechanisms", "Zipper (clothing)"),
    captions=(
        "a ratchet clicking", "a ratchet wrench turns {pace}", "someone tightens a bolt with a ratchet",
        "{pace} clicks of a ratchet", "a mechanic cranks a wrench",
        "a socket wrench at work", "a winch pawl clicks {pace}", "cranking a mechanism {pace}",
        "clicking gear and pawl", "a ratchet is wound up", "metal clicks of a wrench",
    ),
    held_out=("a wrench ratchets {pace}", "bolts being tightened", "the clicking of a pawl"),
)  # fmt: skip
def ratchet(rng: np.random.Generator, duration_s: float) -> Draw:
    """Sweeps of some twenty clicks of a pawl over teeth."""
    rate_hz, pace = [(16.0, "slowly"), (38.0, "quickly")][int(rng.integers(0, 2))]
    n, out = dsp.samples_of(0.06), np.zeros(dsp.samples_of(duration_s))
    hz, gains, taus = rng.uniform(1500, 9000, 8), rng.uniform(0.3, 1, 8), rng.uniform(0.002, 0.008, 8)
    at = rng.uniform(0, 0.1)
    while at < duration_s:
        for k in range(count := int(rng.integers(8, 20))):
            grain = 0.15 * dsp.modes(hz, gains, taus, n, rng) + blow(rng, ((1200, 6000, 0.005, 1.0),), seconds=0.06)
            dsp.place(out, grain, dsp.samples_of(at), rng.uniform(0.6, 1))
            at += (1 + 0.6 * abs(k / count - 0.5)) / rate_hz * rng.uniform(0.92, 1.08)
        at += rng.uniform(0.15, 0.4)
    return Draw(_room(out, rng, seconds=0.35, wet=0.08), {"pace": pace})


@concept(
    "jackhammer", family="tools", heard_as=("Jackhammer", "Power tool", "Drill", "Tools"),
    captions=(
        "a jackhammer", "a jackhammer breaks up the street", "road works with a pneumatic drill {where}",
        "a jackhammer pounds concrete {where}", "pneumatic hammer",
        "construction workers tear up the pavement", "a rattling jackhammer {where}",
        "the pounding of a demolition hammer", "breaking concrete {where}", "a workman with a jackhammer",
        "jackhammer hammering asphalt",
    ),
    held_out=("a pneumatic drill rattles {where}", "asphalt being broken up", "a demolition hammer at work"),
)  # fmt: skip
def jackhammer(rng: np.random.Generator, duration_s: float) -> Draw:
    """Some twenty-five steel blows a second in bursts, with hissing air."""
    n = dsp.samples_of(duration_s)
    amount, where = [(0.0, "close by"), (0.5, "down the road")][int(rng.integers(0, 2))]
    train, at, rate_hz = np.zeros(n), 0.0, rng.uniform(17, 28)
    while at < duration_s:
        stop = at + rng.uniform(1.5, 4)
        while at < min(stop, duration_s):
            train[min(dsp.samples_of(at), n - 1)] += rng.uniform(0.6, 1)
            at += rng.uniform(0.96, 1.04) / rate_hz
        at += rng.uniform(0.1, 0.4)
    tail = dsp.samples_of(0.15)
    loud, low = dsp.convolve(train, dsp.decay(tail, tau_s=0.012)), dsp.convolve(train, dsp.decay(tail, tau_s=0.02))
    x = (
        dsp.bandpass(dsp.white(rng, n), 500, 9000, order=1) * loud
        + 1.5 * dsp.bandpass(dsp.white(rng, n), 60, 400) * low
    )
    x = dsp.normalised(x, 1.0) + 0.03 * dsp.highpass(dsp.white(rng, n), 2500)
    return Draw(
        dsp.normalised(dsp.distant(dsp.reverb(x, rng, seconds=0.6, wet=0.1), rng, amount=amount)), {"where": where}
    )
