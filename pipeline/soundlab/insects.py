"""Insects and frogs: crickets, cicadas, bees, flies, mosquitoes, swarms, ponds at night."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept


def night(rng: np.random.Generator, n: int, level: float = 0.004) -> np.ndarray:
    """The faint air of outdoors, so that gaps aren't digitally silent."""
    return level * unit(dsp.lowpass(dsp.coloured(rng, n, slope_db=-4.0), 1500))


def cricket(
    rng: np.random.Generator, duration_s: float, *, hz: float, chirp_s: float, pulses: int, pulse_hz: float
) -> np.ndarray:
    """One cricket [T]: chirps of a few pulses of an almost pure tone, as its wing's teeth are struck. Unit peak."""
    n = dsp.samples_of(duration_s)
    pulse_s = 1 / pulse_hz
    m = dsp.samples_of(0.65 * pulse_s)
    envelope = np.zeros(n)
    for at in dsp.onsets(rng, duration_s, every_s=(0.95 * chirp_s, 1.05 * chirp_s), first_s=chirp_s):
        for k in range(pulses):
            dsp.place(envelope, dsp.hann_pulse(m), dsp.samples_of(at + k * pulse_s), 0.6 + 0.4 * min(k, 2) / 2)
    pitch = hz * (1 + 0.002 * dsp.slow(rng, n, rate_hz=3.0, low=-1.0))
    rasp = 1 + 0.5 * unit(dsp.lowpass(dsp.white(rng, n), 120.0, order=1))
    return envelope * rasp * dsp.tone(pitch, n)


@concept(
    "crickets",
    family="insects",
    heard_as=("Cricket", "Insect"),
    captions=(
        "crickets", "{number} chirping", "crickets chirp {where}", "chirping crickets at night", "{number} {where}",
        "the {pace} chirp of crickets", "a summer night with crickets", "{number} sing {where}", "insects chirring",
        "{pace} cricket song", "night insects in the grass", "crickets trilling in the dark",
    ),
    held_out=("the trill of crickets {where}", "{number} chirps {pace}", "a warm evening full of crickets"),
)  # fmt: skip
def crickets(rng: np.random.Generator, duration_s: float) -> Draw:
    """One to a dozen singers, each with its own pitch, place and rhythm."""
    number, count = [("a lone cricket", 1), ("a few crickets", 3), ("a field of crickets", 10)][int(rng.integers(3))]
    pace, chirp_s = [("slow", 0.75), ("steady", 0.5), ("quick", 0.3)][int(rng.integers(3))]
    where = dsp.pick(rng, "in the grass", "in the meadow", "in the dark", "on a summer night")
    x = np.zeros(dsp.samples_of(duration_s))
    for _ in range(count):
        pulses, pulse_hz = int(rng.integers(2, 5)), float(rng.uniform(28, 45))
        period_s = max(chirp_s * float(rng.uniform(0.8, 1.25)), (pulses + 1) / pulse_hz)
        hz = float(rng.uniform(3800, 5200))
        one = cricket(rng, duration_s, hz=hz, chirp_s=period_s, pulses=pulses, pulse_hz=pulse_hz)
        x += float(rng.uniform(0.3, 1.0)) * one
    x = dsp.normalised(x, 1.0) + night(rng, len(x), 0.01) + far_singers(rng, len(x), level=0.12)
    words = {"number": number, "pace": pace, "where": where}
    return Draw(dsp.faded(dsp.normalised(x, float(rng.uniform(0.3, 0.8)))), words)


def far_singers(rng: np.random.Generator, n: int, *, level: float) -> np.ndarray:
    """The even shimmer of many singers far off: trilled tones between 3.5 and 6 kHz."""
    t = dsp.timebase(n)
    out = np.zeros(n)
    for _ in range(3):
        hz, phase = float(rng.uniform(3800, 6000)), float(rng.uniform(0, 6.28))
        trill = (0.5 + 0.5 * np.sin(2 * np.pi * float(rng.uniform(50, 120)) * t + phase)) ** 3
        carrier = dsp.tone(hz, n) + unit(dsp.bandpass(dsp.white(rng, n), hz * 0.96, hz * 1.04))
        out += float(rng.uniform(0.4, 1)) * trill * carrier
    return level * unit(out)


@concept(
    "cicadas",
    family="insects",
    heard_as=("Insect", "Cricket", "Buzz"),
    captions=(
        "cicadas", "cicadas buzz {where}", "a {kind} chorus of cicadas", "the shrill of cicadas", "cicadas in the heat",
        "{kind} cicadas {where}", "a hot day with cicadas", "insects drone {where}", "cicadas singing {where}",
        "the {kind} whirr of cicadas", "a cicada rattles loudly", "the summer buzz of insects",
    ),
    held_out=("cicadas shrill {where}", "a {kind} cicada chorus", "the noonday song of cicadas"),
)  # fmt: skip
def cicadas(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bands of noise and tone around 4 to 8 kHz, pulsed by the tymbals at 60 to 200 Hz, swelling slowly."""
    n = dsp.samples_of(duration_s)
    t = dsp.timebase(n)
    kind, swell_hz = [("steady", 0.2), ("pulsing", 3.0), ("swelling", 0.5)][int(rng.integers(3))]
    where = dsp.pick(rng, "in the trees", "in the olive grove", "at noon", "in the forest")
    x = np.zeros(n)
    for _ in range(int(rng.integers(3, 6))):
        centre, rate_hz = float(rng.uniform(3800, 6500)), float(rng.uniform(60, 180))
        buzz = unit(dsp.bandpass(dsp.white(rng, n), centre * 0.96, centre * 1.04)) + dsp.tone(centre, n)
        pulses = (0.5 + 0.5 * np.sin(2 * np.pi * rate_hz * t + rng.uniform(0, 6.28))) ** 3
        x += float(rng.uniform(0.4, 1)) * unit(buzz * pulses) * dsp.slow(rng, n, rate_hz=swell_hz, low=0.35)
    if kind == "pulsing":
        x *= 0.25 + 0.75 * (0.5 + 0.5 * np.sin(2 * np.pi * float(rng.uniform(2.5, 7)) * t)) ** 2
    return Draw(dsp.faded(dsp.normalised(x + 0.02 * x.std() * dsp.white(rng, n), 0.6)), {"kind": kind, "where": where})


def wings(
    rng: np.random.Generator, pitch_hz: np.ndarray, *, tilt: float, breath: float = 0.2, body_hz: float = 0.0
) -> np.ndarray:
    """Beating wings at a pitch [T]: a harmonic series falling as k**-tilt with jitter and some breath. Unit power."""
    n = len(pitch_hz)
    jittered = pitch_hz * (1 + 0.012 * dsp.slow(rng, n, rate_hz=35.0, low=-1.0))
    amplitudes = [float(rng.uniform(0.5, 1.2)) * k**-tilt for k in range(1, 22)]
    phases = 2 * np.pi * np.arange(2048) / 2048
    wave = sum((a * np.sin(k * phases) for k, a in enumerate(amplitudes, 1)), np.zeros(2048))
    x = dsp.highpass(unit(wave[(np.cumsum(jittered) * (2048 / RATE_HZ)).astype(int) % 2048]), 500.0, order=1)
    if body_hz:
        x = unit(x + 0.8 * unit(dsp.resonance(x, body_hz, q=2.0)))
    return unit(x * (1 + breath * dsp.white(rng, n)) * dsp.slow(rng, n, rate_hz=12.0, low=0.75))


def flight(rng: np.random.Generator, n: int, *, passes_hz: float, far: float) -> tuple[np.ndarray, np.ndarray]:
    """An insect's path: loudness in `far` to 1 and a Doppler factor that follows its approach, both [T]."""
    near = dsp.slow(rng, n, rate_hz=passes_hz, low=far)
    speed = np.gradient(near) * RATE_HZ
    return near**1.5, 1 + 0.025 * np.clip(speed / (passes_hz * 2 + 1e-9), -1.5, 1.5)


FLYING = ("Insect", "Buzz", "Bee, wasp, etc.", "Fly, housefly", "Mosquito")


def flyer(
    rng: np.random.Generator, n: int, *, base_hz: float, tilt: float, passes_hz: float, far: float, wander: float = 0.06
) -> np.ndarray:
    """One insect flying about [T]. Unit peak."""
    loud, doppler = flight(rng, n, passes_hz=passes_hz, far=far)
    pitch = base_hz * doppler * (1 + wander * dsp.slow(rng, n, rate_hz=1.5, low=-1.0))
    return dsp.normalised(loud * wings(rng, pitch, tilt=tilt, body_hz=base_hz * float(rng.uniform(4, 9))), 1.0)


@concept(
    "bee",
    family="insects",
    heard_as=FLYING,
    captions=(
        "a bee", "a {insect} buzzes {where}", "a buzzing {insect}", "the hum of a bee", "a bee flies by",
        "a {insect} {moving} {where}", "a bee visits a flower", "a {insect} drones {where}", "buzzing wings",
        "one {insect} {moving}", "a bee hovers close", "the low buzz of a {insect}",
    ),
    held_out=("a {insect} hums {where}", "a busy little bee", "a {insect} in flight"),
)  # fmt: skip
def bee(rng: np.random.Generator, duration_s: float) -> Draw:
    """About 230 beats a second; a bumblebee lower."""
    n = dsp.samples_of(duration_s)
    insect, base_hz = [("honeybee", 245.0), ("bumblebee", 195.0), ("wasp", 210.0)][int(rng.integers(3))]
    moving, far = [("hovering", 0.35), ("flying past", 0.12)][int(rng.integers(2))]
    where = dsp.pick(rng, "around a flower", "in the garden", "in the clover", "among the blossoms")
    base = base_hz * float(rng.uniform(0.9, 1.1))
    x = flyer(rng, n, base_hz=base, tilt=float(rng.uniform(0.35, 0.65)), passes_hz=1.1, far=far, wander=0.11)
    words = {"insect": insect, "moving": moving, "where": where}
    return Draw(dsp.faded(dsp.normalised(x + night(rng, n), 0.7)), words)


@concept(
    "fly",
    family="insects",
    heard_as=FLYING,
    captions=(
        "a fly", "a {kind} fly buzzing", "a fly buzzes {where}", "a housefly", "the buzz of a {kind} fly",
        "a {kind} fly circles {where}", "an annoying fly", "flies buzzing around", "a fly zooms past the ear",
        "a {kind} fly {where}", "a fly against the window pane", "an insect buzzing about",
    ),
    held_out=("a {kind} fly zips by", "a fly whirrs {where}", "the nervous buzz of a fly"),
)  # fmt: skip
def fly(rng: np.random.Generator, duration_s: float) -> Draw:
    """Nearly 200 beats a second, darting, with short landings."""
    n = dsp.samples_of(duration_s)
    kind, base_hz = [("small", 240.0), ("lone", 200.0), ("fat", 170.0)][int(rng.integers(3))]
    where = dsp.pick(rng, "around the room", "over the food", "in the kitchen", "at the window")
    x = flyer(rng, n, base_hz=base_hz, tilt=float(rng.uniform(0.35, 0.7)), passes_hz=1.4, far=0.1, wander=0.12)
    landed = np.clip(dsp.slow(rng, n, rate_hz=0.8, low=-0.6, high=2.0) * 12, 0.02, 1)
    return Draw(dsp.faded(dsp.normalised(x * landed + night(rng, n), 0.7)), {"kind": kind, "where": where})


@concept(
    "mosquito",
    family="insects",
    heard_as=("Mosquito", "Fly, housefly", "Insect", "Bee, wasp, etc.", "Buzz"),
    captions=(
        "a mosquito", "a mosquito whines {where}", "the {pitch} whine of a mosquito", "a {pitch} mosquito {where}",
        "a mosquito at night", "a gnat near the ear", "{pitch} whining wings", "a mosquito flies past",
        "a pesky mosquito buzzes {where}", "the thin hum of a mosquito", "a {pitch} gnat hums",
    ),
    held_out=("a midge whines {where}", "a {pitch} mosquito whine", "mosquito in the bedroom"),
)  # fmt: skip
def mosquito(rng: np.random.Generator, duration_s: float) -> Draw:
    """400 to 700 beats a second, thin and near the ear."""
    n = dsp.samples_of(duration_s)
    pitch, base_hz = [("thin", 520.0), ("shrill", 650.0), ("piercing", 780.0)][int(rng.integers(3))]
    where = dsp.pick(rng, "by the ear", "in the dark", "around the bed", "close by")
    base = base_hz * float(rng.uniform(0.92, 1.08))
    x = flyer(rng, n, base_hz=base, tilt=float(rng.uniform(0.8, 1.2)), passes_hz=0.7, far=0.15)
    return Draw(dsp.faded(dsp.normalised(x + night(rng, n), 0.5)), {"pitch": pitch, "where": where})


@concept(
    "bee_swarm",
    family="insects",
    heard_as=("Bee, wasp, etc.", "Buzz", "Insect", "Fly, housefly"),
    captions=(
        "a swarm of bees", "a {mood} beehive", "bees swarm {where}", "hundreds of bees buzzing", "a buzzing hive",
        "a {mood} swarm of {insects}", "{insects} buzz {where}", "the hum of a beehive", "a cloud of insects",
        "{mood} {insects} swarming", "a hive of {insects}", "many wings humming together",
    ),
    held_out=("a {mood} swarm {where}", "{insects} pour out of the nest", "the drone of a hive"),
)  # fmt: skip
def bee_swarm(rng: np.random.Generator, duration_s: float) -> Draw:
    """A score of wings, each with its own pitch."""
    n = dsp.samples_of(duration_s)
    insects, base_hz = [("bees", 240.0), ("wasps", 205.0), ("hornets", 160.0)][int(rng.integers(3))]
    mood, passes_hz, pitch = [("calm", 1.0, 0.95), ("angry", 1.8, 1.15)][int(rng.integers(2))]
    where = dsp.pick(rng, "around the hive", "in the orchard", "from the nest", "overhead")
    x = np.zeros(n)
    for _ in range(4):
        base = base_hz * pitch * float(rng.uniform(0.82, 1.2))
        x += flyer(rng, n, base_hz=base, tilt=0.5, passes_hz=passes_hz, far=0.05, wander=0.12)
    return Draw(dsp.faded(dsp.normalised(x, 0.75)), {"insects": insects, "mood": mood, "where": where})


def croak(rng: np.random.Generator, *, seconds: float, pulse_hz: float, formants_hz: tuple[float, float]) -> np.ndarray:
    """One call of a frog: a train of pulses through the two resonances of its sac. Unit peak."""
    n = dsp.samples_of(seconds)
    rate = pulse_hz * (1 + 0.08 * np.linspace(-1, 1, n))
    train = np.diff(np.floor(np.cumsum(rate) / RATE_HZ), prepend=0.0)
    low, high = (dsp.decay(2000, tau_s=0.006) * dsp.tone(hz, 2000) for hz in formants_hz)
    voice = dsp.convolve(train * rng.uniform(0.8, 1.2, n), low + 0.7 * high)
    return dsp.normalised(voice * dsp.hann_pulse(n) ** 0.5, 1.0)


@concept(
    "frogs",
    family="insects",
    heard_as=("Frog", "Croak"),
    captions=(
        "frogs croaking", "{number} {where}", "{kind} croaking of frogs", "a frog croaks", "frogs call {where}",
        "{number} croak {where}", "a pond full of frogs", "ribbit, ribbit", "the {kind} croak of a frog",
        "{kind} frog calls at night", "toads and frogs by the water", "a chorus of frogs",
    ),
    held_out=("a {kind} frog chorus", "{number} calling {where}", "frogs ribbit in the marsh"),
)  # fmt: skip
def frogs(rng: np.random.Generator, duration_s: float) -> Draw:
    """Calls of one to six frogs, each with its own voice."""
    n = dsp.samples_of(duration_s)
    number, count = [("a single frog", 1), ("a pair of frogs", 2), ("many frogs", 6)][int(rng.integers(3))]
    kind, low_hz = [("deep", 350.0), ("raspy", 600.0), ("bright", 1000.0)][int(rng.integers(3))]
    where = dsp.pick(rng, "by the pond", "in the marsh", "in the reeds", "in the swamp")
    x = np.zeros(n)
    for _ in range(count):
        hz = low_hz * float(rng.uniform(0.85, 1.2))
        pulse_hz, seconds = float(rng.uniform(35, 75)), float(rng.uniform(0.15, 0.4))
        for at in dsp.onsets(rng, duration_s, every_s=(seconds + 0.25, seconds + 0.9), first_s=0.4):
            call = croak(rng, seconds=seconds, pulse_hz=pulse_hz, formants_hz=(hz, hz * 2.6))
            dsp.place(x, call, dsp.samples_of(at), float(rng.uniform(0.6, 1.0)))
    x = dsp.reverb(dsp.normalised(x, 1.0), rng, seconds=0.7, wet=0.12) + night(rng, n, 0.01)
    return Draw(dsp.faded(dsp.normalised(x, 0.7)), {"number": number, "kind": kind, "where": where})
