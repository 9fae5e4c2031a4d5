"""Doors and gates: creaks, slams, knocks, locks and runners."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.registry import RATE_HZ, Draw, concept
from pipeline.soundlab.takes import blow, take


def _room(x: np.ndarray, rng: np.random.Generator, *, seconds: float = 0.6, wet: float = 0.15) -> np.ndarray:
    return take(x, rng, seconds=seconds, wet=wet, peak=(0.5, 0.9))


def stick_slip(
    rng: np.random.Generator, n: int, *, low_hz: float, high_hz: float, bodies_hz: np.ndarray, q: float
) -> np.ndarray:
    """A rubbing hinge: slips at a wandering rate, each ringing the modes of the body."""
    rate = low_hz * (high_hz / low_hz) ** dsp.slow(rng, n, rate_hz=1.6)
    rate *= 1 + 0.08 * dsp.slow(rng, n, rate_hz=60, low=-1, high=1)
    phase = np.cumsum(rate / RATE_HZ)
    slips = np.diff(np.floor(phase), prepend=0) * dsp.slow(rng, n, rate_hz=30, low=0.3, high=1)
    return sum((dsp.resonance(slips, hz, q=q) / k for k, hz in enumerate(bodies_hz, 1)), 0.05 * slips)


def _creaks(
    rng: np.random.Generator, duration_s: float, *, low_hz: float, high_hz: float, bodies_hz: np.ndarray, q: float
) -> np.ndarray:
    n = dsp.samples_of(duration_s)
    out = np.zeros(n)
    for at in dsp.onsets(rng, duration_s, every_s=(1.2, 2.4)):
        length = dsp.samples_of(rng.uniform(0.7, 1.6))
        x = stick_slip(rng, length, low_hz=low_hz, high_hz=high_hz, bodies_hz=bodies_hz * rng.uniform(0.9, 1.1), q=q)
        dsp.place(
            out,
            dsp.normalised(x) * dsp.slow(rng, length, rate_hz=3, low=0.3) * dsp.hann_pulse(length) ** 0.4,
            dsp.samples_of(at),
        )
    return out


@concept(
    "door_creak", family="doors", heard_as=("Door", "Creak", "Squeak", "Cupboard open or close"),
    captions=(
        "a door creaks", "a creaking door", "a {size} door creaks open", "an old door opens slowly", "squeaky hinges",
        "the creak of a {size} door",
        "a rusty hinge groans", "a haunted house door", "a door swings open with a creak",
        "a {size} wooden door creaking", "creaky hinge",
    ),
    held_out=("an old {size} door groans on its hinges", "door hinges squeaking", "someone opens a creaky door"),
)  # fmt: skip
def door_creak(rng: np.random.Generator, duration_s: float) -> Draw:
    """Hinges slipping some tens to hundreds of times a second against a wooden panel."""
    low_hz, scale, size = [(35.0, 1.0, "heavy"), (110.0, 1.7, "light")][int(rng.integers(0, 2))]
    bodies_hz = np.array([420, 880, 1500, 2300, 3400]) * scale * rng.uniform(0.8, 1.2, 5)
    x = _creaks(
        rng, duration_s, low_hz=low_hz, high_hz=low_hz * rng.uniform(3, 8), bodies_hz=bodies_hz, q=rng.uniform(6, 14)
    )
    return Draw(_room(x, rng), {"size": size})


@concept(
    "gate_creak", family="doors", heard_as=("Creak", "Squeak", "Door", "Squeal"),
    captions=(
        "a gate creaks", "a rusty gate swings", "a {size} iron gate squeaks", "the squeal of a metal gate",
        "an old gate opening", "a {size} gate creaking in the wind",
        "rusty garden gate", "iron hinges screech", "the cemetery gate swings open", "a {size} metal gate groans",
        "squeaking of rusty iron",
    ),
    held_out=("a {size} rusty gate moves", "a metal gate screeching", "the creak of a garden gate"),
)  # fmt: skip
def gate_creak(rng: np.random.Generator, duration_s: float) -> Draw:
    """As a door, but the hinge is metal: faster slips and narrow high modes."""
    scale, size = [(0.8, "large"), (1.5, "small")][int(rng.integers(0, 2))]
    bodies_hz = np.array([760, 1290, 2140, 3180, 4420]) * scale * rng.uniform(0.85, 1.15, 5)
    x = _creaks(
        rng,
        duration_s,
        low_hz=180 * scale,
        high_hz=scale * rng.uniform(500, 900),
        bodies_hz=bodies_hz,
        q=rng.uniform(18, 40),
    )
    return Draw(_room(x, rng, seconds=0.4, wet=0.08), {"size": size})


def _slam(rng: np.random.Generator, *, hz: float) -> np.ndarray:
    n = dsp.samples_of(1.0)
    ratios = np.array([1, 1.6, 2.3, 3.2, 4.7, 6.6]) * rng.uniform(0.93, 1.07, 6)
    body = blow(rng, tuple((hz * r * 0.7, hz * r * 1.4, 0.1 / r**0.5, 1 / r**0.3) for r in ratios), seconds=1.0)
    burst = dsp.lowpass(dsp.white(rng, n) * dsp.decay(n, tau_s=0.03, attack_s=0.001), 2800, order=1)
    latch = np.zeros(n)
    for at in (0.0, rng.uniform(0.03, 0.06), rng.uniform(0.1, 0.16)):
        dsp.place(
            latch,
            dsp.highpass(dsp.white(rng, 900) * dsp.decay(900, tau_s=0.003), 1500),
            dsp.samples_of(at),
            rng.uniform(0.1, 0.4),
        )
    return dsp.normalised(dsp.normalised(body) + 1.2 * dsp.normalised(burst) + latch)


@concept(
    "door_slam", family="doors", heard_as=("Door", "Slam", "Thump, thud", "Cupboard open or close"),
    captions=(
        "a door slams", "a {size} door slams shut", "slamming door", "someone slams the door {where}",
        "a door bangs shut", "the bang of a {size} door",
        "a {size} door falls shut {where}", "an angry person slams a door", "door closing hard",
        "a door thuds closed", "doors slamming {where}",
    ),
    held_out=("a {size} door bangs {where}", "the slam of a door", "a door is shut with force"),
)  # fmt: skip
def door_slam(rng: np.random.Generator, duration_s: float) -> Draw:
    """A panel struck by its frame, the latch rattling; again after two seconds or so."""
    hz, size = [(55.0, "heavy"), (110.0, "light")][int(rng.integers(0, 2))]
    seconds, wet, where = [(0.4, 0.12, "in the next room"), (1.8, 0.35, "in a long corridor")][int(rng.integers(0, 2))]
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=(1.6, 2.8)):
        dsp.place(out, _slam(rng, hz=hz * rng.uniform(0.85, 1.2)), dsp.samples_of(at), rng.uniform(0.6, 1))
    return Draw(_room(out, rng, seconds=seconds, wet=wet), {"size": size, "where": where})


@concept(
    "door_knock", family="doors", heard_as=("Knock", "Door", "Tap", "Wood"),
    captions=(
        "knocking on a door", "someone knocks at the door", "a {force} knock", "{force} knocking",
        "three knocks on wood", "a visitor knocks {force}ly",
        "knuckles rap on the door", "a {force} rap at the front door", "knock knock", "somebody is at the door",
        "a fist pounds the door",
    ),
    held_out=("a {force} knock at the door", "a guest is knocking", "knuckles on wood"),
)  # fmt: skip
def door_knock(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bouts of two to five knocks on a wooden panel."""
    hz, tau_s, force = [(180.0, 0.025, "soft"), (120.0, 0.05, "loud")][int(rng.integers(0, 2))]
    hz *= rng.uniform(0.8, 1.3)
    ratios = np.array([1, 1.55, 2.4, 3.6, 5.8]) * rng.uniform(0.93, 1.07, 5)
    out = np.zeros(dsp.samples_of(duration_s))
    for bout in dsp.onsets(rng, duration_s, every_s=(1.3, 2.2)):
        gap_s = rng.uniform(0.14, 0.24)
        for k in range(int(rng.integers(2, 6))):
            hit = blow(
                rng, tuple((hz * r * 0.8, hz * r * 1.25, tau_s / r**0.7, 1 / r**0.6) for r in ratios), seconds=0.3
            )
            dsp.place(out, hit, dsp.samples_of(bout + k * gap_s * rng.uniform(0.95, 1.05)), rng.uniform(0.7, 1))
    level = 0.4 if force == "soft" else 0.9
    return Draw(dsp.normalised(dsp.reverb(out, rng, seconds=rng.uniform(0.3, 0.8), wet=0.15), level), {"force": force})


def click(rng: np.random.Generator, *, low_hz: float = 1500, tau_s: float = 0.004, ring: float = 0.5) -> np.ndarray:
    """A small metallic click with a few short modes."""
    n = dsp.samples_of(0.12)
    x = dsp.highpass(dsp.white(rng, n) * dsp.decay(n, tau_s=tau_s), low_hz)
    hz = low_hz * rng.uniform(1, 4, 4)
    return dsp.normalised(
        dsp.normalised(x) + ring * dsp.normalised(dsp.modes(hz, (1, 0.8, 0.7, 0.5), rng.uniform(0.01, 0.03, 4), n, rng))
    )


def _jangle(rng: np.random.Generator, seconds: float) -> np.ndarray:
    n = dsp.samples_of(seconds)
    out = np.zeros(n)
    keys = [
        dsp.modes(
            rng.uniform(3000, 12000, 7), rng.uniform(0.3, 1, 7), rng.uniform(0.01, 0.06, 7), dsp.samples_of(0.2), rng
        )
        for _ in range(5)
    ]
    for at in np.sort(rng.uniform(0, seconds, int(seconds * rng.uniform(16, 30)) + 2)):
        dsp.place(out, keys[int(rng.integers(0, 5))], dsp.samples_of(at), rng.lognormal(-0.5, 0.6))
    return out


@concept(
    "door_unlock", family="doors",
    heard_as=("Keys jangling", "Door", "Cupboard open or close", "Ratchet, pawl", "Coin (dropping)",
               "Clicking", "Jingle, tinkle"),
    captions=(
        "a key turns in a lock", "unlocking a door", "someone unlocks the door with a key",
        "keys jangle and a lock clicks", "a {kind} lock opens",
        "a bunch of keys at the door", "the click of a {kind} lock", "jingling keys", "a jailer with his keys",
        "a {kind} lock is turned", "a door bolt clicks",
    ),
    held_out=("somebody fumbles with keys", "a {kind} lock clicks open", "key in the keyhole"),
)  # fmt: skip
def door_unlock(rng: np.random.Generator, duration_s: float) -> Draw:
    """A bunch of keys jangles, scrapes, and the bolt turns over with two clicks."""
    low_hz, kind = [(500.0, "heavy"), (1800.0, "small")][int(rng.integers(0, 2))]
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=(1.6, 2.4), first_s=0.1):
        dsp.place(out, _jangle(rng, rng.uniform(0.7, 1.3)), dsp.samples_of(at), 0.5)
        for k in range(int(rng.integers(2, 5))):
            dsp.place(
                out,
                click(rng, low_hz=low_hz, tau_s=0.006),
                dsp.samples_of(at + 0.8 + k * rng.uniform(0.09, 0.2)),
                rng.uniform(0.5, 1),
            )
    return Draw(dsp.normalised(dsp.reverb(out, rng, seconds=0.4, wet=0.08)), {"kind": kind})


@concept(
    "sliding_door", family="doors",
    heard_as=("Sliding door", "Door", "Drawer open or close", "Cupboard open or close", "Slam"),
    captions=(
        "a sliding door", "a {size} sliding door rolls open", "a door slides open and shut",
        "a glass door sliding on its rail", "a {size} sliding door closes",
        "the patio door slides", "rollers rumble along a rail", "a wardrobe door slides aside",
        "a {size} door glides along its track", "a barn door is rolled open", "sliding door shuts",
    ),
    held_out=("somebody slides a {size} door", "a door moving on rollers", "the sliding of a patio door"),
)  # fmt: skip
def sliding_door(rng: np.random.Generator, duration_s: float) -> Draw:
    """Rollers rumble along a rail and end with a thud."""
    hz, size = [(90.0, "heavy"), (200.0, "light")][int(rng.integers(0, 2))]
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=(1.7, 2.4), first_s=0.1):
        seconds = rng.uniform(0.7, 1.2)
        n = dsp.samples_of(seconds)
        speed = np.interp(np.linspace(0, 1, n), (0, 0.25, 0.9, 1), (0.2, 1, 0.8, 0.6))
        rumble = dsp.bandpass(dsp.white(rng, n), hz, 1400, order=1) + 0.35 * dsp.bandpass(
            dsp.white(rng, n), 1500, 6000, order=1
        )
        rattle = dsp.convolve(dsp.impulses(rng, n, rate_hz=90), dsp.white(rng, 200) * dsp.decay(200, tau_s=0.001))
        x = dsp.normalised(rumble * speed * dsp.slow(rng, n, rate_hz=14, low=0.5)) + 0.35 * dsp.normalised(
            rattle * speed
        )
        dsp.place(out, x, dsp.samples_of(at), 0.5)
        dsp.place(out, _slam(rng, hz=hz), dsp.samples_of(at + seconds), rng.uniform(0.5, 0.9))
    return Draw(_room(out, rng, seconds=0.4, wet=0.1), {"size": size})
