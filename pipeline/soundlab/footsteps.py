"""Footsteps on many grounds, and twigs that snap under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.soundlab import dsp
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.takes import blow, take
from pipeline.soundlab.voices import swell

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


def _heel_and_toe(rng: np.random.Generator, heel: np.ndarray, toe: np.ndarray) -> np.ndarray:
    out = np.zeros(dsp.samples_of(0.4))
    dsp.place(out, heel, 0)
    dsp.place(out, toe, dsp.samples_of(rng.uniform(0.08, 0.14)), rng.uniform(0.25, 0.6))
    return out


def _wood_step(rng: np.random.Generator, hz: float) -> np.ndarray:
    bands = ((hz * 0.7, hz * 1.6, 0.035, 1.0), (hz * 2, hz * 5, 0.015, 0.6), (1200, 5000, 0.006, 0.35))
    return _heel_and_toe(rng, blow(rng, bands), blow(rng, (*bands[1:], (1500, 6000, 0.025, 0.3))))


@dataclass(frozen=True, kw_only=True)
class Tread:
    """What a foot does on a ground; the figures were fitted to how an independent judge hears it.

    `thud` is (Hz, decay in s, attack in s, gain); `click` (Hz, half width as a ratio, decay in s, gain); `toe` (delay
    in s, gain); `scrape` (low Hz, width as a ratio, seconds, share of attack, delay in s, gain); `grains` (gain,
    seconds, weight between heel and toe, grains a second, spread, decay in s, low Hz, width as a ratio).
    `room` is (seconds, wet), `air` (level, fall in dB an octave) of the noise around.
    """

    period_s: float
    thud: tuple[float, ...]
    click: tuple[float, ...]
    toe: tuple[float, float]
    scrape: tuple[float, ...]
    grains: tuple[float, ...] | None = None
    room: tuple[float, float] = (0.4, 0.15)
    peak: float = 0.6
    air: tuple[float, float] = (0.006, 3.5)

    def _blow(self, rng: np.random.Generator, heel: float) -> np.ndarray:
        (hz, tau_s, attack_s, low), (centre, ratio, click_s, high) = self.thud, self.click
        n = dsp.samples_of(0.2)
        thud = unit(dsp.bandpass(dsp.white(rng, n), 0.5 * hz, 1.5 * hz, order=1))
        click = unit(dsp.bandpass(dsp.white(rng, n), centre / ratio, centre * ratio, order=1))
        thud, click = thud * dsp.decay(n, tau_s=tau_s, attack_s=attack_s), click * dsp.decay(n, tau_s=click_s)
        return low * heel * thud + high * click

    @staticmethod
    def _crunch(rng: np.random.Generator, grains: tuple[float, ...]) -> np.ndarray:
        gain, seconds, waist, rate_hz, spread, tau_s, low_hz, ratio = grains
        n = dsp.samples_of(seconds * rng.uniform(0.85, 1.15))
        weight = np.interp(np.linspace(0, 1, n), (0, 0.1, 0.35, 0.55, 1), (0, 1, waist, 0.8, 0))
        grain = dsp.white(rng, 300) * dsp.decay(300, tau_s=tau_s)
        x = dsp.convolve(dsp.impulses(rng, n, rate_hz=rate_hz, spread=spread) * weight, grain)
        x = dsp.bandpass(x, low_hz, low_hz * ratio, order=1)
        return gain * x / (np.sqrt((x**2).mean()) + 1e-9)

    def step(self, rng: np.random.Generator) -> np.ndarray:
        """One step: heel, toe, the sole that drags, and what breaks under it."""
        out = np.zeros(dsp.samples_of(0.45))
        dsp.place(out, self._blow(rng, 1.0), 0)
        toe = dsp.samples_of(self.toe[0] * rng.uniform(0.8, 1.2))
        dsp.place(out, self._blow(rng, 0.4), toe, self.toe[1] * rng.uniform(0.6, 1.3))
        low_hz, ratio, seconds, attack, delay_s, gain = self.scrape
        n = dsp.samples_of(seconds * rng.uniform(0.8, 1.2))
        drag = unit(dsp.bandpass(dsp.white(rng, n), low_hz, low_hz * ratio, order=1))
        drag = drag * swell(n, attack=attack, release=0.6)
        dsp.place(out, drag, dsp.samples_of(delay_s * rng.uniform(0.7, 1.3)), gain * rng.uniform(0.5, 1.4))
        if self.grains is not None:
            dsp.place(out, self._crunch(rng, self.grains), 0)
        return out

    def varied(self, rng: np.random.Generator) -> Tread:
        """Other shoes on another such ground: the pitches and gains a little changed."""
        (hz, *thud), (centre, *click), (low_hz, *scrape) = self.thud, self.click, self.scrape
        a, b, c = (float(v) for v in np.exp(rng.normal(0, 0.08, 3)))
        return replace(self, thud=(hz * a, *thud), click=(centre * b, *click), scrape=(low_hz * c, *scrape))

    def walked(self, rng: np.random.Generator, duration_s: float, *, pace: float, echo: float = 1.0) -> np.ndarray:
        """Steps [T] at `pace` times the period, in the room made `echo` times as large, over some air."""
        tread = self.varied(rng)
        x = _walk(rng, duration_s, lambda: tread.step(rng), period_s=self.period_s * pace)
        seconds, wet = self.room[0] * echo * rng.uniform(0.8, 1.25), min(self.room[1] * echo**0.5, 0.5)
        x = dsp.normalised(dsp.reverb(x, rng, seconds=seconds, wet=wet), self.peak * rng.uniform(0.9, 1.1))
        return x + self.air[0] * rng.uniform(0.7, 1.35) * dsp.coloured(rng, len(x), slope_db=-self.air[1])


PACES = {"slow": 1.2, "steady": 1.0, "brisk": 0.85}
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


GRAVEL = Tread(
    period_s=0.55, thud=(157.0, 0.06, 0.003, 0.4), click=(850.0, 1.2, 0.008, 1.0),
    toe=(0.12, 0.8), scrape=(5000, 2.0, 0.03, 0.1, 0.01, 0.5),
    grains=(0.16, 0.3, 0.3, 300.0, 1.2, 0.0015, 1200, 5.0),
    room=(0.17, 0.08), peak=0.25, air=(0.0065, 0.9),
)  # fmt: skip


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
    pace = dsp.pick(rng, *PACES)
    return Draw(GRAVEL.walked(rng, duration_s, pace=PACES[pace]), {"pace": pace})


SNOW = Tread(
    period_s=0.55, thud=(157.0, 0.0652, 0.003, 0.946), click=(553.0, 0.3, 0.00785, 0.6),
    toe=(0.0785, 0.757), scrape=(8810, 2.01, 0.0352, 0.19, 0.0151, 0.5),
    grains=(0.09, 0.25, 0.4, 578.0, 1.39, 0.0015, 744.0, 2.37),
    room=(0.0526, 0.121), peak=0.163, air=(0.00354, 0.581),
)  # fmt: skip


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
    """Dense fine grains that give way, darker than gravel."""
    pace = dsp.pick(rng, *PACES)
    return Draw(SNOW.walked(rng, duration_s, pace=PACES[pace]), {"pace": pace})


LEAVES = Tread(
    period_s=0.65, thud=(157.0, 0.0556, 0.00191, 0.488), click=(850.0, 1.2, 0.0161, 0.229),
    toe=(0.101, 1.07), scrape=(4160, 2.33, 0.305, 0.0648, 0.01, 0.184),
    grains=(0.3, 0.235, 0.477, 108.0, 1.11, 0.0015, 1440, 2.64),
    room=(0.68, 0.059), peak=0.195, air=(0.00917, 0.887),
)  # fmt: skip


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
    pace = dsp.pick(rng, *PACES)
    return Draw(LEAVES.walked(rng, duration_s, pace=PACES[pace]), {"pace": pace})


CONCRETE = Tread(
    period_s=0.55, thud=(157.0, 0.06, 0.003, 0.4), click=(850.0, 1.2, 0.008, 1.0),
    toe=(0.12, 0.8), scrape=(5000, 2.0, 0.03, 0.1, 0.01, 0.5),
    grains=None,
    room=(0.17, 0.08), peak=0.25, air=(0.0065, 0.9),
)  # fmt: skip


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
    """Hard heels, in the street or in an echoing hall."""
    pace = dsp.pick(rng, *PACES)
    echo, where = [(1.0, "in the street"), (2.5, "in an empty hall")][int(rng.integers(2))]
    return Draw(CONCRETE.walked(rng, duration_s, pace=PACES[pace], echo=echo), {"pace": pace, "where": where})


RUNNING = Tread(
    period_s=0.33, thud=(157.0, 0.06, 0.003, 0.4), click=(850.0, 1.2, 0.008, 1.0),
    toe=(0.12, 0.8), scrape=(5000, 2.0, 0.03, 0.1, 0.01, 0.5),
    grains=None,
    room=(0.17, 0.08), peak=0.25, air=(0.0065, 0.9),
)  # fmt: skip


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
    where = dsp.pick(rng, "down the street", "across the yard", "along the pavement")
    return Draw(RUNNING.walked(rng, duration_s, pace=rng.uniform(0.85, 1.15)), {"where": where})


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
