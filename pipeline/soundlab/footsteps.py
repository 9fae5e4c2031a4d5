"""Footsteps on many grounds, and twigs that snap under them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.takes import blow, take

Step = Callable[[], np.ndarray]


def _walk(rng: np.random.Generator, duration_s: float, step: Step, *, period_s: float) -> np.ndarray:
    """`step` once every `period_s` or so, left and right a little unlike."""
    out, at, left = np.zeros(dsp.samples_of(duration_s)), float(rng.uniform(0.02, 0.2)), False
    limp = rng.uniform(0.85, 1.0)
    while at < duration_s:
        dsp.place(out, step(), dsp.samples_of(at), (limp if left else 1.0) * rng.uniform(0.75, 1.0))
        at, left = at + period_s * rng.uniform(0.95, 1.05), not left
    return out


def _pace(rng: np.random.Generator) -> tuple[float, str]:
    period_s, pace = [(0.72, "slow"), (0.54, "steady"), (0.42, "brisk")][int(rng.integers(0, 3))]
    return period_s * float(rng.uniform(0.93, 1.07)), pace


def _room(x: np.ndarray, rng: np.random.Generator, *, seconds: float = 0.5, wet: float = 0.15) -> np.ndarray:
    return take(x, rng, seconds=seconds, wet=wet, peak=(0.5, 0.9))


def _noise_hit(
    rng: np.random.Generator, *, tau_s: float, low_hz: float, high_hz: float, seconds: float = 0.12
) -> np.ndarray:
    n = dsp.samples_of(seconds)
    return dsp.bandpass(dsp.white(rng, n) * dsp.decay(n, tau_s=tau_s, attack_s=0.001), low_hz, high_hz, order=1)


def _crunch(
    rng: np.random.Generator, *, seconds: float, rate_hz: float, low_hz: float, high_hz: float, spread: float = 0.8
) -> np.ndarray:
    """A foot pressing into loose matter: grains that break under a rising, then falling weight."""
    n = dsp.samples_of(seconds)
    weight = np.interp(np.linspace(0, 1, n), (0, 0.12, 0.35, 0.55, 1), (0, 1, 0.35, 0.8, 0))
    grain = dsp.white(rng, 220) * dsp.decay(220, tau_s=0.0012)
    x = dsp.convolve(dsp.impulses(rng, n, rate_hz=3 * rate_hz, spread=spread) * weight, grain)
    return dsp.normalised(dsp.bandpass(x, low_hz, high_hz, order=1))


def _heel_and_toe(rng: np.random.Generator, heel: np.ndarray, toe: np.ndarray) -> np.ndarray:
    out = np.zeros(dsp.samples_of(0.4))
    dsp.place(out, heel, 0)
    dsp.place(out, toe, dsp.samples_of(rng.uniform(0.08, 0.14)), rng.uniform(0.25, 0.6))
    return out


def _wood_step(rng: np.random.Generator, hz: float) -> np.ndarray:
    bands = ((hz * 0.7, hz * 1.6, 0.035, 1.0), (hz * 2, hz * 5, 0.015, 0.6), (1200, 5000, 0.006, 0.35))
    return _heel_and_toe(rng, blow(rng, bands), blow(rng, (*bands[1:], (1500, 6000, 0.025, 0.3))))


def _hard_step(rng: np.random.Generator, click: float) -> np.ndarray:
    heel = blow(rng, ((150, 600, 0.012, 0.5), (700, 2200, 0.007, 0.8), (2200, 7000, 0.005, 0.6 * click)))
    toe = blow(rng, ((300, 1500, 0.012, 0.7), (1500, 7000, 0.03, 0.5)))
    return _heel_and_toe(rng, heel, toe)


_HEARD = ("Walk, footsteps", "Run", "Shuffle")


@concept(
    "footsteps_wood", family="footsteps", heard_as=(*_HEARD, "Knock", "Wood", "Tap"),
    captions=(
        "footsteps on wood", "someone walks on wooden floorboards", "{pace} footsteps on a wooden floor",
        "boots on planks", "steps across the parquet",
        "walking on a wooden deck at a {pace} pace", "a person paces the wooden floor",
        "{pace} steps on creaky boards", "heels on hardwood",
        "footfalls in the attic", "walking through an old wooden house",
    ),
    held_out=("someone crossing a wooden floor", "{pace} footfalls on floorboards", "shoes knocking on wood"),
)  # fmt: skip
def footsteps_wood(rng: np.random.Generator, duration_s: float) -> Draw:
    """Heels that ring hollow boards."""
    (period_s, pace), hz = _pace(rng), rng.uniform(90, 170)
    x = _walk(rng, duration_s, lambda: _wood_step(rng, hz * rng.uniform(0.93, 1.07)), period_s=period_s)
    return Draw(_room(x, rng), {"pace": pace})


@concept(
    "footsteps_gravel", family="footsteps", heard_as=(*_HEARD, "Crunch", "Crushing"),
    captions=(
        "footsteps on gravel", "someone walks on gravel", "{pace} steps crunching on gravel",
        "gravel crunches underfoot", "boots on a stony path",
        "walking along a gravel drive", "a {pace} walk over pebbles", "feet crunch over loose stones",
        "steps on a garden path",
        "crunching footsteps", "a {pace} stroll on shingle",
    ),
    held_out=("shoes crunching on pebbles", "a person crosses the gravel at a {pace} pace", "crunchy steps on stones"),
)  # fmt: skip
def footsteps_gravel(rng: np.random.Generator, duration_s: float) -> Draw:
    """Stones that shift and crack."""
    (period_s, pace), rate_hz, low_hz = _pace(rng), rng.uniform(500, 1100), rng.uniform(600, 1100)
    x = _walk(
        rng,
        duration_s,
        lambda: _crunch(rng, seconds=0.4, rate_hz=0.35 * rate_hz, low_hz=low_hz, high_hz=6500, spread=1.1),
        period_s=period_s,
    )
    return Draw(_room(x, rng, seconds=0.2, wet=0.06), {"pace": pace})


@concept(
    "footsteps_snow", family="footsteps", heard_as=(*_HEARD, "Crunch", "Crushing"),
    captions=(
        "footsteps in snow", "someone walks through snow", "{pace} steps in deep snow", "snow crunches underfoot",
        "boots in fresh snow",
        "walking over frozen snow", "a {pace} march through the snow", "squeaky snow under boots",
        "trudging through a snowy field",
        "feet sinking into snow", "a {pace} winter walk",
    ),
    held_out=("a hiker trudges through snow", "{pace} footfalls in the snow", "crisp snow pressed by boots"),
)  # fmt: skip
def footsteps_snow(rng: np.random.Generator, duration_s: float) -> Draw:
    """Dense fine grains, darker than gravel, with a squeak of packed crystals."""
    (period_s, pace), top_hz = _pace(rng), rng.uniform(2500, 4500)

    def step() -> np.ndarray:
        x = _crunch(rng, seconds=0.42, rate_hz=1100, low_hz=500, high_hz=top_hz, spread=0.7)
        return x + 0.5 * dsp.resonance(x, rng.uniform(900, 1500), q=6)

    return Draw(
        _room(_walk(rng, duration_s, step, period_s=period_s * 1.1), rng, seconds=0.15, wet=0.04), {"pace": pace}
    )


@concept(
    "footsteps_leaves", family="footsteps",
    heard_as=(*_HEARD, "Rustling leaves", "Rustle", "Crunch", "Crumpling, crinkling"),
    captions=(
        "footsteps in dry leaves", "someone walks through fallen leaves", "{pace} steps rustling in leaves",
        "leaves rustle underfoot",
        "walking on the forest floor", "a {pace} walk through autumn leaves", "feet shuffle through dead leaves",
        "crackling leaves under boots",
        "an animal creeps through dry foliage", "steps in the undergrowth", "dry leaves crunch at a {pace} pace",
    ),
    held_out=("a {pace} stroll through dry leaves", "rustling steps in the woods", "boots kicking leaves"),
)  # fmt: skip
def footsteps_leaves(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bright crackle and swish."""
    (period_s, pace), low_hz = _pace(rng), rng.uniform(1200, 2200)

    def step() -> np.ndarray:
        x = _crunch(rng, seconds=0.45, rate_hz=rng.uniform(90, 200), low_hz=low_hz, high_hz=13000, spread=1.2)
        swish = dsp.bandpass(dsp.white(rng, len(x)), 2500, 9000, order=1) * dsp.hann_pulse(len(x))
        return x + 0.05 * swish

    return Draw(_room(_walk(rng, duration_s, step, period_s=period_s), rng, seconds=0.15, wet=0.04), {"pace": pace})


@concept(
    "footsteps_concrete", family="footsteps", heard_as=(*_HEARD, "Tap", "Clip-clop", "Knock"),
    captions=(
        "footsteps on concrete", "someone walks on the pavement", "{pace} footsteps {where}", "hard soles on stone",
        "high heels click {where}",
        "walking down a corridor", "steps echo {where}", "{pace} steps on asphalt", "a person walking {where}",
        "shoes on a stone floor", "approaching footsteps",
    ),
    held_out=("{pace} footfalls on stone tiles", "someone paces {where}", "shoes tapping the pavement"),
)  # fmt: skip
def footsteps_concrete(rng: np.random.Generator, duration_s: float) -> Draw:
    """Dry heel clicks, in the street or in an echoing hall."""
    (period_s, pace), click = _pace(rng), rng.uniform(0.3, 1.5)
    seconds, wet, where = [(0.25, 0.05, "in the street"), (1.6, 0.3, "in an empty hall")][int(rng.integers(0, 2))]
    x = _walk(rng, duration_s, lambda: _hard_step(rng, click), period_s=period_s)
    return Draw(_room(x, rng, seconds=seconds, wet=wet), {"pace": pace, "where": where})


@concept(
    "footsteps_running", family="footsteps", heard_as=(*_HEARD, "Thump, thud", "Clip-clop"),
    captions=(
        "running footsteps", "someone runs {where}", "a person running {where}", "feet pounding the ground",
        "a runner sprints past", "hurried footsteps {where}",
        "fleeing steps", "jogging {where}", "fast steps of someone being chased", "somebody dashes away",
        "sprinting feet {where}",
    ),
    held_out=("a runner's feet {where}", "somebody runs away in haste", "quick running steps"),
)  # fmt: skip
def footsteps_running(rng: np.random.Generator, duration_s: float) -> Draw:
    """Three or so heavy steps a second."""
    period_s, kind = rng.uniform(0.27, 0.36), int(rng.integers(0, 3))
    where = ("on wooden boards", "on gravel", "on the pavement")[kind]
    hz, click = rng.uniform(130, 220), rng.uniform(0.2, 1)
    steps: tuple[Step, ...] = (
        lambda: _wood_step(rng, hz),
        lambda: _crunch(rng, seconds=0.2, rate_hz=900, low_hz=600, high_hz=6000, spread=1.1),
        lambda: _hard_step(rng, click),
    )
    return Draw(
        _room(_walk(rng, duration_s, steps[kind], period_s=period_s), rng, seconds=0.4, wet=0.1), {"where": where}
    )


@concept(
    "footsteps_stairs", family="footsteps", heard_as=(*_HEARD, "Knock", "Wood", "Thump, thud", "Tap"),
    captions=(
        "footsteps on stairs", "someone climbs the stairs", "{pace} steps on wooden stairs", "going up the staircase",
        "coming down a creaking staircase",
        "feet on the steps of a stairwell", "a {pace} climb up the stairs", "someone descends the stairs",
        "boots thud up the stairs", "steps up to the attic",
        "walking upstairs at a {pace} pace",
    ),
    held_out=("somebody goes downstairs", "{pace} tread on a staircase", "a person mounting the stairs"),
)  # fmt: skip
def footsteps_stairs(rng: np.random.Generator, duration_s: float) -> Draw:
    """Hollow treads of changing pitch in an echoing stairwell."""
    (period_s, pace), hz = _pace(rng), rng.uniform(150, 260)
    x = _walk(rng, duration_s, lambda: _wood_step(rng, hz * rng.uniform(0.8, 1.3)), period_s=period_s * 1.05)
    return Draw(_room(x, rng, seconds=0.7, wet=0.12), {"pace": pace})


def _snap(rng: np.random.Generator) -> np.ndarray:
    """A splitting twig: a burst of sharp cracks within a few hundredths of a second."""
    n = dsp.samples_of(0.16)
    out = np.zeros(n)
    for _ in range(int(rng.integers(2, 7))):
        crack = _noise_hit(
            rng, tau_s=rng.uniform(0.001, 0.004), low_hz=rng.uniform(800, 2000), high_hz=9000, seconds=0.03
        )
        dsp.place(out, crack, dsp.samples_of(rng.uniform(0, 0.08)), rng.lognormal(0, 0.6))
    return dsp.normalised(out + 0.5 * dsp.modes((rng.uniform(500, 1100),), (1,), (0.01,), n, rng))


@concept(
    "twigs_snapping", family="footsteps",
    heard_as=("Crack", "Crackle", "Splinter", "Walk, footsteps", "Crunch", "Wood", "Chop", "Rustle"),
    captions=(
        "twigs snapping", "a twig snaps underfoot", "{size} branches breaking", "{size} sticks crack",
        "snapping of dry twigs", "breaking {size} wood by hand",
        "something moves in the underbrush", "cracking branches in the forest", "{size} twigs break one by one",
        "dry wood snaps", "a dead branch splinters",
    ),
    held_out=("a branch snapping in two", "{size} sticks being broken", "the crack of a twig"),
)  # fmt: skip
def twigs_snapping(rng: np.random.Generator, duration_s: float) -> Draw:
    """Snaps at irregular moments with a little crackle of leaves between."""
    n = dsp.samples_of(duration_s)
    stretch, size = [(0.7, "small"), (1.6, "thick")][int(rng.integers(0, 2))]
    out = 0.02 * dsp.highpass(dsp.impulses(rng, n, rate_hz=60), 2000)
    for at in dsp.onsets(rng, duration_s, every_s=(0.15, 0.9)):
        grain = _snap(rng)
        at_new = np.arange(0, len(grain) - 1, 1 / stretch)
        dsp.place(out, np.interp(at_new, np.arange(len(grain)), grain), dsp.samples_of(at), rng.uniform(0.4, 1))
    return Draw(_room(out, rng, seconds=0.3, wet=0.08), {"size": size})
