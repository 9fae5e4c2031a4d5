"""Birds with harsh or farmyard voices: crows, gulls, pigeons, ducks, geese, roosters, hens."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import pick, samples_of
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, calls, contour, herd, scaled, staged, swell, voiced

BIRD = ("Bird", "Bird vocalization, bird call, bird song")
CROW = ((1150.0, 2.5, 1.0), (1700.0, 3.0, 1.0), (2700.0, 4.0, 0.4), (5000.0, 4.0, 0.15))
HEN = ((850.0, 2.5, 1.0), (1700.0, 3.0, 0.8), (3200.0, 4.0, 0.4))


def _layers(number: str, rng: np.random.Generator) -> int:
    return 1 if number.startswith(("a lone", "one")) else int(rng.integers(3, 6))


@concept(
    "crow_caw",
    family="birds",
    heard_as=("Crow", "Caw", *BIRD),
    captions=(
        "a crow cawing", "{number} cawing {where}", "caws of {number}", "crows over a field", "{number} caw {where}",
        "a raven croaks", "harsh crow calls", "the caw of a crow", "crows circling a graveyard",
        "{number} calling from bare trees",
        "ominous cawing",
    ),
    held_out=("a raven's caw", "{number} croaking {where}", "crows squabble"),
)  # fmt: skip
def crow_caw(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a lone crow", "a flock of crows")
    out = np.zeros(samples_of(duration_s))
    for _ in range(_layers(number, rng)):
        base, factor, rough_hz = rng.uniform(380, 560), rng.uniform(0.88, 1.12), rng.uniform(55, 85)

        def caw(base: float = base, factor: float = factor, rough_hz: float = rough_hz) -> np.ndarray:
            n = samples_of(rng.uniform(0.25, 0.45))
            f0 = base * contour(n, 0.9, 1.05, 1.0, 0.8)
            voice = voiced(
                rng,
                f0,
                scaled(CROW, factor),
                tilted=False,
                bright_hz=5000,
                breath=0.35,
                rough=0.7,
                rough_hz=rough_hz,
                jitter=0.05,
            )
            return voice * swell(n, attack=0.12, release=0.3)

        out += calls(rng, duration_s, caw, gap_s=(0.3, 1.0), group=(2, 4), between_s=(0.1, 0.3)) * rng.uniform(0.4, 1)
    x, where = staged(rng, out)
    return Draw(x, {"number": number, "where": where})


GULL = Voice(
    seconds=0.2, pitch_hz=1500, melody=(0.775, 2.0, 0.954, 1.6, 0.75), mouth=(1.05, 0.584, 0.947),
    formants_hz=(989.0, 2400, 4880, 8570), widths=(0.622, 0.149, 0.183, 0.335),
    gains=(1.0, 0.831, 0.461, 0.173), floor=0.003,
    shake=(6.81, (0.0583, 0.0583, 0.0583), 0.02), jitter=(0.015, 51.5),
    bright_hz=4960, breath=0.122, rough=(0.25, 41.5), edges=(0.163, 0.343),
    gap_s=0.556, group=4, between_s=0.0834, noise_db=-36.7,
)  # fmt: skip


@concept(
    "seagull",
    family="birds",
    heard_as=("Squawk", *BIRD),
    captions=(
        "seagulls crying", "{number} crying {where}", "cries of {number}", "gulls over the harbour",
        "{number} squawking {where}",
        "a gull calls by the sea", "mewing gulls", "seabirds screaming", "{number} calling above the beach",
        "a seagull's laughing cry",
        "hungry gulls wheel overhead",
    ),
    held_out=("gull cries", "{number} screeching {where}", "seagulls at the port"),
)  # fmt: skip
def seagull(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone gull", 1), ("a flock of gulls", 3)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, GULL, count=count)
    return Draw(x, {"number": number, "where": where})


PIGEON = Voice(
    seconds=0.445, pitch_hz=400.0, melody=(1.05, 0.756, 1.49, 0.954, 1.19), mouth=(0.684, 0.623, 0.373),
    formants_hz=(519.0, 805.0, 1260, 1290), widths=(0.431, 0.184, 0.247, 0.688),
    gains=(1.0, 0.392, 0.0867, 0.0188), floor=0.00153,
    shake=(22.0, (0.402, 0.402, 0.402), 0.00259), jitter=(0.00634, 50.2),
    bright_hz=994.0, breath=0.133, rough=(0.02, 36.0), edges=(0.459, 0.7),
    gap_s=0.568, group=3, between_s=0.198, noise_db=-40.0,
)  # fmt: skip


@concept(
    "pigeon_coo",
    family="birds",
    heard_as=("Pigeon, dove", "Coo", *BIRD, "Owl"),
    captions=(
        "a pigeon cooing", "{number} cooing {where}", "cooing of {number}", "doves coo on a roof",
        "{number} coo softly",
        "a dove murmurs {where}", "soft pigeon coos", "pigeons in a square", "the gentle coo of a dove", "a dovecote",
        "throaty cooing of {number}",
    ),
    held_out=("a cooing dove", "{number} murmuring", "pigeons coo on the ledge"),
)  # fmt: skip
def pigeon_coo(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone pigeon", 1), ("several pigeons", 2)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, PIGEON, count=count)
    return Draw(x, {"number": number, "where": where})


DUCK = Voice(
    seconds=0.193, pitch_hz=292.0, melody=(0.735, 1.3, 0.831, 0.78, 0.56), mouth=(0.93, 1.12, 0.92),
    formants_hz=(946.0, 2490, 2600, 4140), widths=(0.4, 0.243, 0.255, 0.35),
    gains=(1.0, 0.831, 1.01, 0.459), floor=0.00227,
    shake=(5.85, (0.1, 0.1, 0.1), 0.0263), jitter=(0.03, 61.7),
    bright_hz=6520, breath=0.208, rough=(0.278, 49.1), edges=(0.114, 0.432),
    gap_s=0.578, group=5, between_s=0.0826, noise_db=-41.2,
)  # fmt: skip


@concept(
    "duck_quack",
    family="birds",
    heard_as=("Duck", "Quack", "Fowl", "Goose"),
    captions=(
        "a duck quacking", "{number} quacking {where}", "quacks of {number}", "ducks on a pond",
        "{number} quack {where}",
        "a mallard quacks", "quacking by the lake", "quack quack of a duck", "{number} gabbling on the water",
        "noisy ducks",
        "ducks squabbling over bread",
    ),
    held_out=("a quacking mallard", "{number} quack loudly", "ducks quack on the river"),
)  # fmt: skip
def duck_quack(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone duck", 1), ("several ducks", 3)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, DUCK, count=count)
    return Draw(x, {"number": number, "where": where})


GOOSE = Voice(
    seconds=0.335, pitch_hz=364.0, melody=(0.971, 1.15, 0.818, 0.715, 0.56), mouth=(0.646, 1.95, 1.05),
    formants_hz=(1320, 1530, 1040, 1840), widths=(0.665, 0.193, 0.287, 0.222),
    gains=(1.0, 1.52, 0.0777, 0.159), floor=0.000911,
    shake=(6.82, (0.05, 0.05, 0.05), 0.02), jitter=(0.0387, 125.0),
    bright_hz=6740, breath=0.2, rough=(0.277, 42.2), edges=(0.293, 0.7),
    gap_s=0.333, group=2, between_s=0.138, noise_db=-50.9,
)  # fmt: skip


@concept(
    "goose_honk",
    family="birds",
    heard_as=("Goose", "Honk", "Duck", "Fowl", "Quack"),
    captions=(
        "a goose honking", "{number} honking {where}", "honks of {number}", "geese flying over",
        "{number} honk {where}",
        "wild geese calling", "an angry goose honks", "a skein of geese", "honking geese on the lawn",
        "{number} cackling",
        "the honk of a goose",
    ),
    held_out=("a gaggle of geese", "{number} calling {where}", "a goose honks loudly"),
)  # fmt: skip
def goose_honk(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone goose", 1), ("a flock of geese", 4)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, GOOSE, count=count)
    return Draw(x, {"number": number, "where": where})


@concept(
    "rooster_crow",
    family="birds",
    heard_as=("Crowing, cock-a-doodle-doo", "Chicken, rooster", "Fowl"),
    captions=(
        "a rooster crowing", "a {size} crows {where}", "cock-a-doodle-doo", "the crow of a {size}",
        "{size} crowing {where}",
        "a cock crows at dawn", "a rooster greets the morning", "cockcrow {where}", "a {size} crowing on a fence",
        "farmyard cock crowing", "a rooster wakes the village",
    ),
    held_out=("a crowing cock", "a {size} cries cock-a-doodle-doo", "a rooster at sunrise"),
)  # fmt: skip
def rooster_crow(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "bantam cock", "big rooster")
    base = {"bantam cock": 900, "big rooster": 620}[size] * rng.uniform(0.92, 1.1)

    def crow() -> np.ndarray:
        parts = []
        for pitch, length_s in ((0.75, 0.16), (1.0, 0.22), (1.15, 0.18), (1.2, rng.uniform(0.7, 1.0))):
            n = samples_of(length_s * rng.uniform(0.9, 1.1))
            f0 = base * pitch * contour(n, 0.85, 1.05, 1.0, 0.75 if length_s > 0.5 else 0.9)
            voice = voiced(
                rng,
                f0,
                scaled(HEN, 1.15),
                tilted=False,
                bright_hz=6500,
                breath=0.2,
                rough=0.3,
                rough_hz=60,
                jitter=0.02,
            )
            parts += [voice * swell(n, attack=0.15, release=0.3), np.zeros(samples_of(rng.uniform(0.02, 0.06)))]
        return np.concatenate(parts)

    x, where = staged(rng, calls(rng, duration_s, crow, gap_s=(0.4, 1.2)))
    return Draw(x, {"size": size, "where": where})


CLUCKS = Voice(
    seconds=0.061, pitch_hz=556.0, melody=(1.08, 0.82, 0.895, 1.35, 1.02), mouth=(0.697, 0.767, 0.513),
    formants_hz=(1090, 951.0, 5880, 5570), widths=(0.308, 0.451, 0.123, 0.483),
    gains=(1.0, 0.8, 0.211, 0.227), floor=0.00331,
    shake=(5.61, (0.0394, 0.0394, 0.0394), 0.0449), jitter=(0.052, 60.0),
    bright_hz=2290, breath=0.163, rough=(0.3, 60.0), edges=(0.138, 0.7),
    gap_s=0.206, group=2, between_s=0.15, noise_db=-32.5,
)  # fmt: skip


@concept(
    "hens_cluck",
    family="birds",
    heard_as=("Chicken, rooster", "Cluck", "Fowl", "Livestock, farm animals, working animals"),
    captions=(
        "hens clucking", "{number} clucking", "clucks of {number}", "chickens in a coop", "{number} cluck and scratch",
        "a hen cackles after laying", "clucking in the farmyard", "{number} in a barnyard", "busy chickens",
        "broody hen clucks",
        "chickens peck and cluck",
    ),
    held_out=("a clucking hen", "{number} cackling", "chickens in the yard"),
)  # fmt: skip
def hens_cluck(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("one hen", 1), ("several hens", 4)][int(rng.integers(2))]
    x, _ = herd(rng, duration_s, CLUCKS, count=count)
    return Draw(x, {"number": number})
