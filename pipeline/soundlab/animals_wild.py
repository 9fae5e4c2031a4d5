"""Wild animals: big cats, bears, monkeys, mice, bats, snakes."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import bandpass, decay, hann_pulse, highpass, pick, place, samples_of, slow, white
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, calls, contour, herd, staged, swell, throat, voiced

BIG_CAT = ((180.0, 2.0, 1.0), (420.0, 2.5, 1.0), (900.0, 3.0, 0.6), (1700.0, 3.0, 0.35), (3000.0, 3.0, 0.2))
APE_SHUT = ((450.0, 2.5, 1.0), (950.0, 3.0, 0.4))
APE_OPEN = ((900.0, 2.5, 1.0), (1600.0, 3.0, 0.9), (3300.0, 4.0, 0.4))


LION = Voice(
    seconds=1.64, pitch_hz=86.2, melody=(0.402, 1.11, 3.91, 0.7, 0.345), mouth=(0.673, 1.01, 0.463),
    formants_hz=(268.0, 478.0, 1280, 3720), widths=(0.794, 0.346, 0.08, 0.266),
    gains=(1.0, 0.8, 1.34, 0.232), floor=0.0036,
    shake=(10.5, (0.0514, 0.0514, 0.0514), 0.0146), jitter=(0.0659, 29.1),
    bright_hz=1810, breath=1.0, rough=(0.758, 123.0), edges=(0.19, 0.223),
    gap_s=0.197, group=1, between_s=0.0879, noise_db=-40.0,
)  # fmt: skip


@concept(
    "lion_roar",
    family="animals",
    heard_as=("Roaring cats (lions, tigers)", "Roar", "Wild animals", "Growling"),
    captions=(
        "a lion roaring", "a {beast} roars {where}", "the roar of a {beast}", "{beast} roaring {where}",
        "a mighty roar",
        "a big cat roars", "a {beast} lets out a roar", "a ferocious beast roaring", "deep roars across the savanna",
        "the king of beasts roars", "a {beast} roaring and growling",
    ),
    held_out=("a lion's roar", "a fierce {beast} roars", "roaring of a great cat {where}"),
)  # fmt: skip
def lion_roar(rng: np.random.Generator, duration_s: float) -> Draw:
    beast, pitch, size = [("huge lion", 1.0, 1.0), ("young tiger", 1.3, 1.2)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, LION, pitch=pitch, size=size)
    return Draw(x, {"beast": beast, "where": where})


BEAR = Voice(
    seconds=1.48, pitch_hz=73.2, melody=(0.402, 1.11, 3.91, 0.7, 0.345), mouth=(0.673, 1.01, 0.463),
    formants_hz=(252.0, 450.0, 1200, 3500), widths=(0.794, 0.346, 0.08, 0.266),
    gains=(1.0, 0.8, 1.34, 0.232), floor=0.0036,
    shake=(10.5, (0.0514, 0.0514, 0.0514), 0.0146), jitter=(0.0659, 29.1),
    bright_hz=1810, breath=1.0, rough=(0.758, 123.0), edges=(0.19, 0.223),
    gap_s=0.197, group=1, between_s=0.0879, noise_db=-40.0,
)  # fmt: skip


@concept(
    "bear_growl",
    family="animals",
    heard_as=("Growling", "Roar", "Roaring cats (lions, tigers)", "Wild animals"),
    captions=(
        "a bear growling", "a {mood} bear growls", "growl of a {mood} bear", "a {mood} grizzly growling",
        "a beast growls in the dark",
        "the low growl of a bear", "a bear grunts and growls", "{mood} bear growls nearby", "a large animal growling",
        "a monstrous creature growls", "a cave bear rumbling",
    ),
    held_out=("a growling grizzly", "a {mood} bear's growl", "a beast snarling"),
)  # fmt: skip
def bear_growl(rng: np.random.Generator, duration_s: float) -> Draw:
    mood, pitch, size = [("sleepy", 1.0, 1.0), ("raging", 1.25, 1.1)][int(rng.integers(2))]
    x, _ = herd(rng, duration_s, BEAR, pitch=pitch, size=size)
    return Draw(x, {"mood": mood})


@concept(
    "monkey",
    family="animals",
    heard_as=("Wild animals", "Whoop", "Hoot", "Howl", "Screaming", "Animal"),
    captions=(
        "a monkey chattering", "{number} hooting {where}", "monkeys in the jungle", "a chimpanzee hoots",
        "{number} screeching",
        "excited apes calling", "monkey calls {where}", "{number} whooping in the trees", "ooh ooh aah aah of apes",
        "hooting of {number}", "a jungle ape calls out",
    ),
    held_out=("a hooting chimp", "{number} chattering {where}", "monkeys screech in the trees"),
)  # fmt: skip
def monkey(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a lone monkey", "a troop of monkeys")
    pitch = {"a lone monkey": 1.0, "a troop of monkeys": 1.1}[number] * rng.uniform(0.9, 1.2)
    excited = rng.uniform(0.3, 0.7)

    def hoot() -> np.ndarray:
        scream = rng.random() < excited
        n = samples_of(rng.uniform(0.12, 0.22) if not scream else rng.uniform(0.2, 0.4))
        f0 = pitch * (rng.uniform(700, 950) if scream else rng.uniform(330, 480)) * contour(n, 0.75, 1.15, 0.85)
        shapes = (APE_SHUT, APE_OPEN, APE_OPEN) if scream else (APE_SHUT, APE_SHUT)
        voice = voiced(rng, f0, *shapes, bright_hz=4500 if scream else 1500, breath=0.25, rough=0.35, rough_hz=55)
        return voice * swell(n, attack=0.25, release=0.4)

    layers = 1 if number == "a lone monkey" else 3
    x = sum(
        (calls(rng, duration_s, hoot, gap_s=(0.2, 0.6), group=(4, 9), between_s=(0.05, 0.14)) for _ in range(layers)),
        np.zeros(samples_of(duration_s)),
    )
    x, where = staged(rng, x)
    return Draw(x, {"number": number, "where": where})


@concept(
    "mouse_squeak",
    family="animals",
    heard_as=("Mouse", "Rodents, rats, mice", "Squeak", "Chirp, tweet"),
    captions=(
        "a mouse squeaking", "{number} squeaking {where}", "tiny squeaks of {number}", "rats squeak in the cellar",
        "squeaking rodents", "{number} squeak behind the wall", "a rat chitters", "little mouse squeaks {where}",
        "high squeaks of {number}", "a frightened mouse squeals", "vermin squeaking in the dark",
    ),
    held_out=("a squeaky little mouse", "{number} squealing {where}", "rat squeaks"),
)  # fmt: skip
def mouse_squeak(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a single mouse", "a nest of mice")
    base = rng.uniform(2600, 4200)

    def squeak() -> np.ndarray:
        n = samples_of(rng.uniform(0.03, 0.12))
        f0 = base * rng.uniform(0.85, 1.2) * contour(n, 0.8, 1.15, rng.uniform(0.7, 1.1))
        return voiced(rng, f0, ((base, 1.5, 1.0), (2.2 * base, 2.0, 0.8)), bright_hz=12000, breath=0.1, rough=0.3,
                      rough_hz=90) * swell(n, attack=0.15, release=0.4)  # fmt: skip

    layers = 1 if number == "a single mouse" else 3
    x = sum(
        (calls(rng, duration_s, squeak, gap_s=(0.15, 0.7), group=(1, 5), between_s=(0.02, 0.1)) for _ in range(layers)),
        np.zeros(samples_of(duration_s)),
    )
    x, where = staged(rng, x)
    return Draw(x, {"number": number, "where": where})


def flaps(rng: np.random.Generator, duration_s: float, *, rate_hz: float, low_hz: float, high_hz: float) -> np.ndarray:
    """Wing beats [T]: a soft whoosh each, with the slap of stiff feathers or skin at its height."""
    out = np.zeros(samples_of(duration_s))
    at = rng.uniform(0, 0.1)
    while at < duration_s:
        n = samples_of(rng.uniform(0.5, 0.75) / rate_hz)
        whoosh = bandpass(white(rng, n), low_hz, high_hz, order=1) * hann_pulse(n) ** 1.5
        slap = bandpass(white(rng, n), low_hz * 1.5, high_hz * 2, order=1) * decay(n, tau_s=0.012, attack_s=0.002)
        place(out, whoosh + np.roll(slap, n // 3) * rng.uniform(0.0, 0.25), samples_of(at), float(rng.uniform(0.6, 1)))
        at += rng.uniform(0.88, 1.12) / rate_hz
    return out


@concept(
    "bat_flutter",
    family="animals",
    heard_as=("Bird flight, flapping wings", "Flap"),
    captions=(
        "bats fluttering", "{number} fluttering in a cave", "leathery wings of {number}", "bat wings flapping",
        "{number} flitting overhead",
        "a bat flutters past", "fluttering wings in the dark", "{number} take flight", "the flutter of {number}",
        "bats burst out of a cavern", "wings beating in a belfry",
    ),
    held_out=("a bat's wing beats", "{number} flapping about", "bats flit through the dark"),
)  # fmt: skip
def bat_flutter(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a single bat", "a cloud of bats")
    out = np.zeros(samples_of(duration_s))
    for _ in range(1 if number == "a single bat" else int(rng.integers(3, 6))):
        beat = flaps(rng, duration_s, rate_hz=rng.uniform(9, 15), low_hz=250, high_hz=rng.uniform(1500, 3000))
        out += beat * slow(rng, len(out), rate_hz=0.7, low=0.25, high=1.0)
    x, _ = staged(rng, out)
    return Draw(x, {"number": number})


@concept(
    "snake_hiss",
    family="animals",
    heard_as=("Snake", "Hiss", "Rattle", "Steam"),
    captions=(
        "a snake hissing", "a {kind} hisses", "hissing of a {kind}", "a {kind} about to strike", "a serpent hisses",
        "the hiss of a {kind}", "a snake in the grass", "a coiled {kind} hissing", "long snake hiss",
        "a viper hisses in warning",
        "a hissing serpent slithers near",
    ),
    held_out=("a serpent's hiss", "a threatened {kind} hisses", "a hissing snake"),
)  # fmt: skip
def snake_hiss(rng: np.random.Generator, duration_s: float) -> Draw:
    kind = pick(rng, "large snake", "rattlesnake")
    centre = rng.uniform(4200, 6500)

    def hiss() -> np.ndarray:
        n = samples_of(rng.uniform(0.9, 2.2))
        x = throat(highpass(white(rng, n), 2500), ((centre, 1.5, 1.0), (centre * 1.8, 2.0, 0.7)))
        return x * swell(n, attack=0.2, release=0.4) * slow(rng, n, rate_hz=8, low=0.7, high=1.0)

    x = calls(rng, duration_s, hiss, gap_s=(0.05, 0.5))
    if kind == "rattlesnake":
        n, rate = len(x), rng.uniform(45, 65)
        gate = (
            np.clip(np.sin(2 * np.pi * np.cumsum(rate * slow(rng, n, rate_hz=2, low=0.9, high=1.1)) / 44100), 0, 1) ** 3
        )
        x = 0.35 * x + bandpass(white(rng, n), 4000, 12000) * gate * slow(rng, n, rate_hz=0.6, low=0.4, high=1.0)
    x, _ = staged(rng, x)
    return Draw(x, {"kind": kind})
