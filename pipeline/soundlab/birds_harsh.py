"""Birds with harsh or farmyard voices: crows, gulls, pigeons, ducks, geese, roosters, hens."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import pick, samples_of, tone
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import calls, contour, scaled, staged, swell, voiced

BIRD = ("Bird", "Bird vocalization, bird call, bird song")
CROW = ((1150.0, 2.5, 1.0), (1700.0, 3.0, 1.0), (2700.0, 4.0, 0.4), (5000.0, 4.0, 0.15))
DUCK = ((900.0, 3.0, 0.8), (1500.0, 3.0, 1.0), (2600.0, 4.0, 0.8), (4200.0, 4.0, 0.4))
GOOSE = ((800.0, 3.0, 1.0), (1400.0, 3.0, 1.0), (2600.0, 4.0, 0.6))
HEN = ((850.0, 2.5, 1.0), (1700.0, 3.0, 0.8), (3200.0, 4.0, 0.4))
GULL = ((1200.0, 2.0, 0.8), (2300.0, 2.5, 1.0), (3800.0, 3.0, 0.6))


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
    number = pick(rng, "a lone gull", "a flock of gulls")
    out = np.zeros(samples_of(duration_s))
    for _ in range(_layers(number, rng)):
        base = rng.uniform(800, 1150)

        def cry(base: float = base) -> np.ndarray:
            n = samples_of(rng.uniform(0.22, 0.55))
            f0 = base * rng.uniform(0.92, 1.08) * contour(n, 0.7, 1.25, 1.1, 0.95, 0.75)
            voice = voiced(
                rng, f0, GULL, tilted=False, bright_hz=7000, breath=0.2, rough=0.25, rough_hz=60, jitter=0.02
            )
            return voice * swell(n, attack=0.15, release=0.4)

        out += calls(rng, duration_s, cry, gap_s=(0.2, 0.8), group=(2, 6), between_s=(0.04, 0.15)) * rng.uniform(0.4, 1)
    x, where = staged(rng, out)
    return Draw(x, {"number": number, "where": where})


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
    number = pick(rng, "a lone pigeon", "several pigeons")
    out = np.zeros(samples_of(duration_s))
    for _ in range(1 if number == "a lone pigeon" else 2):
        base, rolled = rng.uniform(320, 480), rng.uniform(0.3, 0.8)

        def coo(base: float = base, rolled: float = rolled) -> np.ndarray:
            n = samples_of(rng.choice((0.22, 0.35, 0.6)) * rng.uniform(0.9, 1.1))
            hz = base * contour(n, 0.88, 1.08, 1.0, 0.88)
            roll = 1 - rolled * (0.5 - 0.5 * np.cos(2 * np.pi * rng.uniform(18, 28) * np.arange(n) / 44100))
            return (
                (tone(hz, n) + 0.3 * tone(2 * hz, n) + 0.06 * tone(3 * hz, n))
                * roll
                * swell(n, attack=0.3, release=0.4)
            )

        out += calls(rng, duration_s, coo, gap_s=(0.2, 0.6), group=(3, 5), between_s=(0.04, 0.15))
    x, where = staged(rng, out)
    return Draw(x, {"number": number, "where": where})


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
    number = pick(rng, "a lone duck", "several ducks")
    out = np.zeros(samples_of(duration_s))
    for _ in range(_layers(number, rng)):
        base, factor = rng.uniform(190, 270), rng.uniform(0.9, 1.12)

        def quack(base: float = base, factor: float = factor) -> np.ndarray:
            n = samples_of(rng.uniform(0.11, 0.22))
            f0 = base * contour(n, 1.05, 1.0, 0.8)
            voice = voiced(
                rng,
                f0,
                scaled(DUCK, factor),
                scaled(DUCK, 0.85 * factor),
                tilted=False,
                bright_hz=5000,
                breath=0.25,
                rough=0.5,
                rough_hz=90,
                jitter=0.04,
            )
            return voice * swell(n, attack=0.12, release=0.35)

        out += calls(rng, duration_s, quack, gap_s=(0.2, 0.8), group=(2, 6), between_s=(0.06, 0.16)) * rng.uniform(
            0.4, 1
        )
    x, where = staged(rng, out)
    return Draw(x, {"number": number, "where": where})


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
    number = pick(rng, "a lone goose", "a flock of geese")
    out = np.zeros(samples_of(duration_s))
    for _ in range(_layers(number, rng)):
        base = rng.uniform(300, 430)

        def honk(base: float = base) -> np.ndarray:
            n = samples_of(rng.uniform(0.18, 0.4))
            f0 = base * contour(n, 0.75, 1.15, 1.2, 1.0)
            voice = voiced(
                rng, f0, GOOSE, tilted=False, bright_hz=4500, breath=0.2, rough=0.35, rough_hz=70, jitter=0.03
            )
            return voice * swell(n, attack=0.12, release=0.3)

        out += calls(rng, duration_s, honk, gap_s=(0.2, 0.9), group=(1, 4), between_s=(0.05, 0.3)) * rng.uniform(0.4, 1)
    x, where = staged(rng, out)
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
    number = pick(rng, "one hen", "several hens")
    out = np.zeros(samples_of(duration_s))
    for _ in range(_layers(number, rng)):
        base = rng.uniform(380, 560)

        def cluck(base: float = base) -> np.ndarray:
            long = rng.random() < 0.12
            n = samples_of(rng.uniform(0.3, 0.6) if long else rng.uniform(0.05, 0.11))
            f0 = base * (1.3 if long else 1.0) * contour(n, 0.8, 1.15, 0.85)
            voice = voiced(rng, f0, HEN, tilted=False, bright_hz=5000, breath=0.25, rough=0.3, rough_hz=60, jitter=0.03)
            return voice * swell(n, attack=0.12, release=0.5)

        out += calls(rng, duration_s, cluck, gap_s=(0.15, 0.6), group=(3, 7), between_s=(0.08, 0.25)) * rng.uniform(
            0.4, 1
        )
    x, where = staged(rng, out)
    return Draw(x, {"number": number})
