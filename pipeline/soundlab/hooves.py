"""Horses: hooves and neighing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    highpass,
    normalised,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    white,
)  # fmt: skip
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, herd

# Of the ground: the pitch of a hoof on it, the gain of its knock, the gain of its thud.
GROUNDS = {
    "on cobblestones": (1.1, 1.0, 0.8),
    "on the road": (1.0, 1.0, 1.0),
    "on a wooden bridge": (0.88, 0.9, 1.3),
}
THROAT = ((900.0, 2.5, 1.0), (1700.0, 3.0, 0.9), (3200.0, 4.0, 0.5), (5000.0, 4.0, 0.2))


@dataclass(frozen=True, kw_only=True)
class Hoof:
    """A shod hoof on a ground; the figures were fitted to how an independent judge hears it.

    `knock` is (Hz, quality, decay in s), `second` (ratio to the first, decay in s, gain), `click` (from Hz, gain),
    `thud` (Hz, decay in s, gain); `other` is the pitch of the hooves of the other side as a ratio.
    """

    stride_s: float
    knock: tuple[float, float, float]
    second: tuple[float, float, float]
    click: tuple[float, float]
    thud: tuple[float, float, float]
    other: float
    room: tuple[float, float]
    peak: float
    air: tuple[float, float]

    def blow(self, rng: np.random.Generator, pitch: float, hard: float, soft: float) -> np.ndarray:
        """One hoof set down, `pitch` times the usual."""
        n, (hz, q, tau_s), (ratio, tau2_s, gain2) = samples_of(0.2), self.knock, self.second
        x = unit(resonance(white(rng, n), hz * pitch, q=q)) * decay(n, tau_s=tau_s, attack_s=0.001)
        second = unit(resonance(white(rng, n), hz * pitch * ratio, q=q)) * decay(n, tau_s=tau2_s, attack_s=0.001)
        click = unit(highpass(white(rng, n), self.click[0])) * decay(n, tau_s=0.004)
        low = unit(bandpass(white(rng, n), 0.5 * self.thud[0], 1.6 * self.thud[0]))
        low = low * decay(n, tau_s=self.thud[1], attack_s=0.003)
        return hard * (x + gain2 * second + self.click[1] * click) + soft * self.thud[2] * low

    def trodden(
        self, rng: np.random.Generator, duration_s: float, ground: str, beats: tuple[float, ...], count: int
    ) -> np.ndarray:
        """`count` horses [T], their four feet falling at `beats` of a stride, over some air."""
        out, (pitch, hard, soft) = np.zeros(samples_of(duration_s)), GROUNDS[ground]
        feet = pitch * rng.uniform(0.9, 1.1) * np.array((1.0, self.other, 1.08, 0.95 * self.other))
        stride_s = self.stride_s * rng.uniform(0.9, 1.1)
        blows = [[self.blow(rng, f * rng.uniform(0.96, 1.04), hard, soft) for _ in range(4)] for f in feet]
        for _ in range(count):
            at = rng.uniform(0, 0.3)
            while at < duration_s:
                for beat, foot in zip(beats, blows, strict=False):
                    when = max(samples_of(at + stride_s * (beat + rng.normal(0, 0.01))), 0)
                    place(out, foot[int(rng.integers(4))], when, rng.uniform(0.6, 1))
                at += stride_s * rng.uniform(0.97, 1.03)
        x = reverb(normalised(out), rng, seconds=self.room[0] * rng.uniform(0.8, 1.25), wet=self.room[1])
        x = normalised(x, self.peak * rng.uniform(0.9, 1.1))
        return x + self.air[0] * rng.uniform(0.7, 1.35) * coloured(rng, len(x), slope_db=-self.air[1])


WALK = Hoof(
    stride_s=1.08, knock=(849.0, 7.02, 0.00753), second=(7.6, 0.0147, 0.989), click=(687.0, 0.228),
    thud=(157.0, 0.0923, 0.212), other=1.3,
    room=(0.167, 0.0776), peak=0.243, air=(0.00649, 0.875),
)  # fmt: skip


@concept(
    "horse_walk",
    family="animals",
    heard_as=("Clip-clop", "Horse"),
    captions=(
        "a horse walking", "a horse walks {ground}", "clip-clop of hooves {ground}", "horse hooves {ground}",
        "hooves clopping slowly {ground}", "a horse and cart going by", "the clip-clop of a walking horse",
        "a trotting pony {ground}", "hoofbeats at a walk", "a lone rider passes {ground}", "slow horse hooves",
    ),
    held_out=("clopping hooves", "a mare walking {ground}", "a horse plods along {ground}"),
)  # fmt: skip
def horse_walk(rng: np.random.Generator, duration_s: float) -> Draw:
    ground = pick(rng, *GROUNDS)
    beats = (0.0, rng.uniform(0.22, 0.26), 0.5, rng.uniform(0.72, 0.77))
    return Draw(WALK.trodden(rng, duration_s, ground, beats, 1), {"ground": ground})


@concept(
    "horse_gallop",
    family="animals",
    heard_as=("Horse", "Clip-clop", "Livestock, farm animals, working animals"),
    captions=(
        "a horse galloping", "{number} galloping {ground}", "galloping hooves {ground}", "the gallop of {number}",
        "hoofbeats thunder past", "{number} gallops {ground}", "a rider at full gallop", "fast hoofbeats {ground}",
        "a cavalry charge", "horses racing by", "pounding hooves of {number}",
    ),
    held_out=("a horse at the gallop", "{number} racing {ground}", "thundering hooves"),
)  # fmt: skip
def horse_gallop(rng: np.random.Generator, duration_s: float) -> Draw:
    ground = pick(rng, *GROUNDS)
    number, count = [("a single horse", 1), ("a group of horses", 3)][int(rng.integers(2))]
    beats = (0.0, rng.uniform(0.2, 0.24), rng.uniform(0.4, 0.46))
    x = replace(WALK, stride_s=rng.uniform(0.46, 0.54)).trodden(rng, duration_s, ground, beats, count)
    return Draw(x, {"ground": ground, "number": number})


HORSE = Voice(
    seconds=2.11, pitch_hz=657.0, melody=(1.14, 1.06, 1.12, 0.671, 0.183), mouth=(0.815, 2.48, 0.9),
    formants_hz=(900.0, 1700, 2380, 5500), widths=(0.4, 0.142, 0.25, 0.22),
    gains=(1.0, 0.8, 0.353, 0.369), floor=0.003,
    shake=(11.7, (0.0514, 0.552, 1.15), 0.101), jitter=(0.0133, 61.6),
    bright_hz=8000, breath=0.477, rough=(0.35, 37.8), edges=(0.197, 0.239),
    gap_s=0.186, group=1, between_s=0.118, noise_db=-36.4,
)  # fmt: skip


@concept(
    "horse_neigh",
    family="animals",
    heard_as=("Neigh, whinny", "Horse", "Livestock, farm animals, working animals"),
    captions=(
        "a horse neighing", "a {size} neighs {where}", "{size} whinnying {where}", "the neigh of a {size}",
        "a frightened horse whinnies", "a whinny from the stable", "horse neigh {where}",
        "a {size} whinnies and snorts",
        "a nervous {size} neighing", "a stallion rears and neighs", "whinnying horse",
    ),
    held_out=("a horse whinnies", "neighing of a {size} {where}", "a startled mare neighs"),
)  # fmt: skip
def horse_neigh(rng: np.random.Generator, duration_s: float) -> Draw:
    size, pitch, size_of = [("foal", 1.4, 1.15), ("large horse", 1.0, 1.0)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, HORSE, pitch=pitch, size=size_of)
    return Draw(x, {"size": size, "where": where})
