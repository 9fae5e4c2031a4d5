"""Small and tuneful birds: whistled voices, almost sines."""

from __future__ import annotations

from functools import partial

import numpy as np

from pipeline.soundlab.animals_wild import flaps
from pipeline.soundlab.dsp import decay, pick, place, resonance, samples_of, slow, tone, white
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, calls, contour, herd, staged, swell

BIRDSONG = ("Bird", "Bird vocalization, bird call, bird song", "Chirp, tweet")


def _note(rng: np.random.Generator, base_hz: float) -> np.ndarray:
    """One syllable of song: a sweep, a trill or a whistle."""
    n = samples_of(rng.uniform(0.05, 0.22))
    hz = base_hz * contour(n, *rng.uniform(0.75, 1.3, int(rng.integers(2, 5))))
    if rng.random() < 0.4:
        hz = hz * (1 + rng.uniform(0.03, 0.15) * np.sin(2 * np.pi * rng.uniform(18, 45) * np.arange(n) / 44100))
    return (tone(hz, n) + rng.uniform(0, 0.2) * tone(2 * hz, n)) * swell(n, attack=0.2, release=0.4)


def _phrase(rng: np.random.Generator, base_hz: float) -> np.ndarray:
    """A phrase: a few syllables, each repeated as many songbirds do."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        note, rest = _note(rng, base_hz * rng.uniform(0.8, 1.25)), np.zeros(samples_of(rng.uniform(0.02, 0.09)))
        parts += [note, rest] * int(rng.integers(1, 6))
    return np.concatenate(parts)


def _singer(rng: np.random.Generator, duration_s: float, gap_s: tuple[float, float]) -> np.ndarray:
    base = rng.uniform(2600, 5500)
    return calls(rng, duration_s, lambda: _phrase(rng, base), gap_s=gap_s)


@concept(
    "songbirds",
    family="birds",
    heard_as=BIRDSONG,
    captions=(
        "birds singing", "{number} chirping {where}", "a bird sings in a tree", "birdsong {where}",
        "{number} singing {where}",
        "tweeting of {number}", "cheerful bird chirps", "a sparrow chirping", "{number} twittering",
        "warbling songbirds",
        "a blackbird sings at dusk", "chirps and trills of {number}",
    ),
    held_out=("a robin singing", "{number} warbling {where}", "tweets and chirps"),
)  # fmt: skip
def songbirds(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a single bird", "a few birds")
    singers = 1 if number == "a single bird" else int(rng.integers(2, 4))
    out = sum((_singer(rng, duration_s, (0.2, 0.8)) * rng.uniform(0.4, 1) for _ in range(singers)),
              np.zeros(samples_of(duration_s)))  # fmt: skip
    x, where = staged(rng, out)
    return Draw(x, {"number": number, "where": where})


@concept(
    "dawn_chorus",
    family="birds",
    heard_as=BIRDSONG,
    captions=(
        "a dawn chorus of birds", "{density} birdsong at daybreak", "many birds singing in the forest",
        "a {density} dawn chorus",
        "morning birds in the woods", "{density} chorus of songbirds", "the forest wakes with birdsong",
        "birds greet the sunrise",
        "{density} woodland birdsong", "a garden full of birds", "spring morning with {density} bird calls",
    ),
    held_out=("birds all around at dawn", "{density} morning birdsong", "a woodland full of singing birds"),
)  # fmt: skip
def dawn_chorus(rng: np.random.Generator, duration_s: float) -> Draw:
    density = pick(rng, "dense", "sparse")
    out = np.zeros(samples_of(duration_s))
    for _ in range(int(rng.integers(5, 7) if density == "sparse" else rng.integers(9, 13))):
        out += _singer(rng, duration_s, (0.3, 1.6)) * rng.lognormal(-1, 0.7)
    x, _ = staged(rng, out, noise_db=-42)
    return Draw(x, {"density": density})


OWL = Voice(
    seconds=0.49, pitch_hz=365.0, melody=(0.827, 0.9, 1.1, 1.05, 0.784), mouth=(0.902, 0.268, 0.531),
    formants_hz=(647.0, 384.0, 1290, 3050), widths=(0.638, 0.223, 0.212, 0.0941),
    gains=(1.0, 0.4, 0.267, 0.0277), floor=0.00183,
    shake=(6.32, (0.121, 0.121, 0.121), 0.0347), jitter=(0.0508, 40.7),
    bright_hz=387.0, breath=0.141, rough=(0.0445, 37.8), edges=(0.154, 0.248),
    gap_s=0.693, group=2, between_s=0.494, noise_db=-34.2,
)  # fmt: skip


@concept(
    "owl_hoot",
    family="birds",
    heard_as=("Owl", "Hoot", "Bird", "Bird vocalization, bird call, bird song"),
    captions=(
        "an owl hooting", "a {size} owl hoots {where}", "owl hoots at night", "the hoot of a {size} owl",
        "hooting {where}",
        "an owl calls in the darkness", "tu-whit tu-whoo of an owl", "a {size} owl calling {where}",
        "a tawny owl at night",
        "soft hoots of a {size} owl", "an owl in the dark woods",
    ),
    held_out=("a hooting owl", "a {size} owl's call {where}", "an owl hoots in the forest"),
)  # fmt: skip
def owl_hoot(rng: np.random.Generator, duration_s: float) -> Draw:
    size, pitch, size_of = [("small", 1.4, 1.4), ("big", 1.0, 1.0)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, OWL, pitch=pitch, size=size_of)
    return Draw(x, {"size": size, "where": where})


@concept(
    "cuckoo",
    family="birds",
    heard_as=(*BIRDSONG, "Owl", "Coo"),
    captions=(
        "a cuckoo calling", "a cuckoo calls {where}", "cuckoo call {where}", "the two notes of a cuckoo",
        "a cuckoo in the spring woods",
        "{pace} cuckoo calls", "a {pace} cuckoo", "cuckoo, cuckoo from a wood", "a cuckoo sings {where}",
        "a {pace} cuckoo call {where}",
        "a bird calling cuckoo",
    ),
    held_out=("the call of a cuckoo", "a {pace} cuckoo {where}", "a cuckoo heard across a meadow"),
)  # fmt: skip
def cuckoo(rng: np.random.Generator, duration_s: float) -> Draw:
    pace = pick(rng, "slow", "quick")
    speed, base, drop = {"slow": 1.15, "quick": 0.85}[pace], rng.uniform(640, 740), rng.uniform(0.79, 0.86)

    def call() -> np.ndarray:
        parts = []
        for hz, length_s in ((base, 0.16), (base * drop, 0.26)):
            n = samples_of(length_s * speed * rng.uniform(0.95, 1.05))
            curve = hz * contour(n, 0.96, 1.0, 0.98)
            parts += [(tone(curve, n) + 0.08 * tone(2 * curve, n)) * swell(n, attack=0.2, release=0.4),
                      np.zeros(samples_of(0.1 * speed))]  # fmt: skip
        return np.concatenate(parts)

    x, where = staged(rng, calls(rng, duration_s, call, gap_s=(0.35 * speed, 0.8 * speed)))
    return Draw(x, {"pace": pace, "where": where})


@concept(
    "chicks",
    family="birds",
    heard_as=("Chirp, tweet", "Chicken, rooster", "Fowl", "Bird", "Cluck"),
    captions=(
        "chicks peeping", "{number} cheeping", "peeps of {number}", "baby chickens cheep", "{number} peeping in a nest",
        "little chicks in a coop", "cheeping of newborn chicks", "{number} cheep for food", "ducklings and chicks peep",
        "hungry hatchlings peeping", "tiny peeps from {number}",
    ),
    held_out=("fluffy chicks cheeping", "{number} peep", "a brood of peeping chicks"),
)  # fmt: skip
def chicks(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a lone chick", "a brood of chicks")
    out = np.zeros(samples_of(duration_s))

    def peep(base: float) -> np.ndarray:
        n = samples_of(rng.uniform(0.07, 0.15))
        hz = base * rng.uniform(0.95, 1.05) * contour(n, 1.05, 1.2, 0.85, 0.7)
        return (tone(hz, n) + 0.1 * tone(2 * hz, n)) * swell(n, attack=0.2, release=0.4)

    for _ in range(1 if number == "a lone chick" else int(rng.integers(4, 8))):
        base = rng.uniform(3300, 4300)
        voice = calls(rng, duration_s, partial(peep, base), gap_s=(0.1, 0.5), group=(2, 5))
        out += voice * rng.uniform(0.3, 1.0)
    x, _ = staged(rng, out)
    return Draw(x, {"number": number})


EAGLE = Voice(
    seconds=0.48, pitch_hz=3730, melody=(1.15, 0.77, 0.77, 0.957, 0.945), mouth=(0.426, 2.92, 1.19),
    formants_hz=(5030, 9360, 5840, 8390), widths=(0.779, 0.337, 0.08, 0.265),
    gains=(1.0, 0.493, 0.366, 0.619), floor=0.00284,
    shake=(5.47, (0.0571, 0.0571, 0.0571), 0.02), jitter=(0.00486, 136.0),
    bright_hz=16500, breath=0.441, rough=(0.244, 47.5), edges=(0.0592, 0.255),
    gap_s=0.507, group=1, between_s=0.1, noise_db=-32.6,
)  # fmt: skip


@concept(
    "eagle_screech",
    family="birds",
    heard_as=("Bird", "Bird vocalization, bird call, bird song", "Squawk"),
    captions=(
        "an eagle screeching", "a {bird} screeches {where}", "the cry of a {bird}", "{bird} cries {where}",
        "a bird of prey screams",
        "a {bird} circling and calling", "piercing {bird} cry", "a hawk's scream over the canyon", "a falcon shrieks",
        "an eagle's cry high above", "a {bird} shrieking {where}",
    ),
    held_out=("a screaming hawk", "a {bird} calls {where}", "the shriek of a bird of prey"),
)  # fmt: skip
def eagle_screech(rng: np.random.Generator, duration_s: float) -> Draw:
    bird, pitch, size = [("large hawk", 1.0, 1.0), ("small falcon", 1.2, 1.2)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, EAGLE, pitch=pitch, size=size)
    return Draw(x, {"bird": bird, "where": where})


@concept(
    "wings_flapping",
    family="birds",
    heard_as=("Bird flight, flapping wings", "Flap"),
    captions=(
        "wings flapping", "{number} flapping", "flapping wings of {number}", "birds taking off",
        "{number} taking flight",
        "a bird flutters away", "beating of wings", "a dove flaps off", "a flurry of wings from {number}",
        "wing beats overhead",
        "{number} burst into the air",
    ),
    held_out=("a flutter of wings", "{number} beating their wings", "pigeons take wing"),
)  # fmt: skip
def wings_flapping(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "one large bird", "a flock of birds")
    out = np.zeros(samples_of(duration_s))
    for _ in range(1 if number == "one large bird" else int(rng.integers(3, 6))):
        rate = rng.uniform(4.5, 7) if number == "one large bird" else rng.uniform(7, 10)
        beat = flaps(rng, duration_s, rate_hz=rate, low_hz=rng.uniform(120, 220), high_hz=rng.uniform(1200, 2500))
        out += beat * slow(rng, len(out), rate_hz=0.5, low=0.35, high=1.0)
    x, _ = staged(rng, out)
    return Draw(x, {"number": number})


@concept(
    "woodpecker",
    family="birds",
    heard_as=("Tap", "Knock", "Wood", "Bird"),
    captions=(
        "a woodpecker drumming", "a woodpecker pecks at {tree}", "pecking on {tree}", "rapid knocks of a woodpecker",
        "drumming on {tree}", "a woodpecker hammers {where}", "a beak drills into {tree}",
        "woodpecker taps echo in the forest",
        "a bird pecking at wood", "tapping of a woodpecker {where}", "quick drumroll on {tree}",
    ),
    held_out=("a woodpecker at work", "a bird drumming on {tree}", "woodpecker knocking {where}"),
)  # fmt: skip
def woodpecker(rng: np.random.Generator, duration_s: float) -> Draw:
    tree = pick(rng, "a hollow trunk", "a thin branch")
    hz = {"a hollow trunk": 650, "a thin branch": 1500}[tree] * rng.uniform(0.85, 1.15)
    tau, rate = {"a hollow trunk": 0.02, "a thin branch": 0.011}[tree], rng.uniform(14, 22)

    def roll() -> np.ndarray:
        count, n = int(rng.integers(9, 20)), samples_of(0.12)
        out = np.zeros(samples_of((count + 2) / rate) + n)
        for k in range(count):
            knock = 4 * resonance(white(rng, n), hz, q=3) * decay(n, tau_s=tau * 0.6, attack_s=0.001)
            click = white(rng, n) * decay(n, tau_s=0.002)
            place(out, knock + 0.4 * click, samples_of((k + rng.normal(0, 0.03)) / rate + 0.01), 1 - 0.5 * k / count)
        return out

    x, where = staged(rng, calls(rng, duration_s, roll, gap_s=(0.4, 1.1)))
    return Draw(x, {"tree": tree, "where": where})
