"""Dogs, wolves and cats."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import coloured, highpass, pick, samples_of, slow, white
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.voices import Voice, calls, contour, herd, scaled, staged, swell, throat, voiced

DOG = ((600.0, 3.0, 1.0), (1150.0, 4.0, 0.8), (2300.0, 4.0, 0.4), (3800.0, 4.0, 0.15))
CHEST = ((220.0, 2.0, 1.0), (550.0, 3.0, 0.8), (1200.0, 4.0, 0.5), (2300.0, 4.0, 0.25))
HOWL = ((500.0, 2.0, 1.0), (1000.0, 3.0, 0.5), (2400.0, 4.0, 0.08))
CAT_SHUT = ((550.0, 3.0, 0.5), (2300.0, 5.0, 0.5), (3600.0, 5.0, 0.2))
CAT_OPEN = ((1100.0, 3.0, 1.0), (1900.0, 4.0, 1.0), (3900.0, 5.0, 0.5))
CAT_ROUND = ((700.0, 3.0, 0.7), (1200.0, 4.0, 0.4), (3200.0, 5.0, 0.1))


@concept(
    "dog_bark",
    family="animals",
    heard_as=("Dog", "Bark", "Bow-wow", "Yip", "Domestic animals, pets"),
    captions=(
        "a dog barking", "a {size} dog barks {where}", "dog barking {where}", "the bark of a {size} dog",
        "a hound barks at a stranger", "repeated dog barks", "a {size} dog barking {where}", "woof woof of a dog",
        "a guard dog barking an alarm", "{size} dog yapping and barking", "a dog barks again and again",
        "barks of a {size} dog {where}",
    ),
    held_out=("a dog woofs loudly", "a {size} hound barking {where}", "a barking dog"),
)  # fmt: skip
def dog_bark(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "small", "medium-sized", "big")
    factor = {"small": 1.5, "medium-sized": 1.1, "big": 0.85}[size] * rng.uniform(0.9, 1.1)
    top = {"small": 750, "medium-sized": 480, "big": 300}[size] * rng.uniform(0.85, 1.15)

    def bark() -> np.ndarray:
        n = samples_of(rng.uniform(0.13, 0.24))
        f0 = top * rng.uniform(0.93, 1.07) * contour(n, 0.6, 1.0, 0.85, 0.5)
        voice = voiced(rng, f0, scaled(DOG, 0.8 * factor), scaled(DOG, factor), scaled(DOG, 0.75 * factor),
                       bright_hz=4500, breath=0.45, rough=0.4, rough_hz=60, jitter=0.03)  # fmt: skip
        return voice * swell(n, attack=0.12, release=0.6)

    x = calls(rng, duration_s, bark, gap_s=(0.25, 0.9), group=(1, 3), between_s=(0.08, 0.25))
    x, where = staged(rng, x)
    return Draw(x, {"size": size, "where": where})


GROWL = Voice(
    seconds=2.38, pitch_hz=95.0, melody=(1.08, 1.0, 1.49, 0.789, 0.66), mouth=(0.696, 1.48, 0.9),
    formants_hz=(260.0, 650.0, 1200, 2170), widths=(0.395, 0.365, 0.25, 0.122),
    gains=(1.0, 0.8, 0.4, 0.189), floor=0.00264,
    shake=(14.2, (0.126, 0.126, 0.126), 0.0105), jitter=(0.114, 38.3),
    bright_hz=3390, breath=0.5, rough=(0.781, 27.2), edges=(0.15, 0.511),
    gap_s=0.242, group=1, between_s=0.117, noise_db=-40.0,
)  # fmt: skip


@concept(
    "dog_growl",
    family="animals",
    heard_as=("Growling", "Dog", "Canidae, dogs, wolves", "Domestic animals, pets", "Roar"),
    captions=(
        "a dog growling", "a {mood} dog growl", "a {mood} growl from a dog", "a dog growls a warning",
        "the low growl of a guard dog", "growling through bared teeth", "a {mood} snarl from a dog",
        "an angry hound growls", "a {mood} growl in a dog's throat", "a snarling dog",
        "a hostile dog with a {mood} growl",
    ),
    held_out=("a hound growling deep in its chest", "a {mood} dog snarl", "the growl of an angry dog"),
)  # fmt: skip
def dog_growl(rng: np.random.Generator, duration_s: float) -> Draw:
    mood, pitch, size = [("low", 1.0, 1.0), ("fierce", 1.4, 1.1)][int(rng.integers(2))]
    x, _ = herd(rng, duration_s, GROWL, pitch=pitch, size=size)
    return Draw(x, {"mood": mood})


@concept(
    "dog_whine",
    family="animals",
    heard_as=("Whimper (dog)", "Dog", "Whimper", "Canidae, dogs, wolves", "Domestic animals, pets", "Yip"),
    captions=(
        "a dog whining", "a {size} dog whimpers", "whimpering of a {size} dog", "a sad dog whines at the door",
        "a puppy whining for attention", "dog whimpering {where}", "a {size} hound whining softly",
        "pitiful dog whines",
        "a lonely dog whimpers {where}", "the whine of a {size} dog", "a frightened dog whimpering",
    ),
    held_out=("a hurt dog whimpers", "a {size} dog whines {where}", "whining of an unhappy dog"),
)  # fmt: skip
def dog_whine(rng: np.random.Generator, duration_s: float) -> Draw:
    size = pick(rng, "small", "big")
    base = {"small": 1150, "big": 680}[size] * rng.uniform(0.9, 1.1)

    def whine() -> np.ndarray:
        n = samples_of(rng.uniform(0.25, 0.75))
        f0 = base * rng.uniform(0.9, 1.1) * contour(n, 0.8, 1.1, 1.0, rng.uniform(0.6, 0.85))
        voice = voiced(rng, f0, scaled(DOG, 1.2), bright_hz=2.5 * base, breath=0.08, rough=0.3, rough_hz=14)
        return voice * swell(n, attack=0.25, release=0.4)

    x, where = staged(rng, calls(rng, duration_s, whine, gap_s=(0.15, 0.7), group=(1, 3)))
    return Draw(x, {"size": size, "where": where})


WOLF = Voice(
    seconds=2.19, pitch_hz=277.0, melody=(0.548, 0.874, 1.1, 0.797, 0.586), mouth=(0.8, 0.926, 0.9),
    formants_hz=(264.0, 866.0, 2240, 5070), widths=(0.325, 0.163, 0.224, 0.661),
    gains=(1.0, 1.1, 0.403, 0.0553), floor=0.00665,
    shake=(7.46, (0.104, 0.104, 0.104), 0.0178), jitter=(0.0151, 20.8),
    bright_hz=2090, breath=0.125, rough=(0.02, 17.9), edges=(0.277, 0.274),
    gap_s=0.304, group=1, between_s=0.16, noise_db=-40.0,
)  # fmt: skip


@concept(
    "wolf_howl",
    family="animals",
    heard_as=("Howl", "Canidae, dogs, wolves", "Wild animals", "Dog"),
    captions=(
        "a wolf howling", "{number} howling {where}", "wolf howls {where}", "a long wolf howl",
        "{number} howl at the moon",
        "a mournful howl in the night", "howling of {number}", "the howl of a wolf {where}", "a wolf howls at midnight",
        "{number} howling in the dark forest", "eerie wolf howls",
    ),
    held_out=("a wolf's lonely howl", "{number} howl in the hills", "howling wolves at night"),
)  # fmt: skip
def wolf_howl(rng: np.random.Generator, duration_s: float) -> Draw:
    number, count = [("a lone wolf", 1), ("a pack of wolves", 3)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, WOLF, count=count)
    return Draw(x, {"number": number, "where": where})


MEOW = Voice(
    seconds=0.694, pitch_hz=600.0, melody=(1.25, 1.42, 0.77, 1.6, 0.498), mouth=(0.248, 1.39, 0.75),
    formants_hz=(1260, 795.0, 3940, 4440), widths=(0.542, 0.18, 0.153, 0.241),
    gains=(1.0, 1.24, 0.458, 0.0878), floor=0.00956,
    shake=(9.63, (0.163, 0.163, 0.163), 0.0542), jitter=(0.0178, 54.9),
    bright_hz=2510, breath=0.162, rough=(0.182, 32.4), edges=(0.325, 0.3),
    gap_s=0.6, group=1, between_s=0.188, noise_db=-40.0,
)  # fmt: skip


@concept(
    "cat_meow",
    family="animals",
    heard_as=("Cat", "Meow", "Domestic animals, pets", "Caterwaul"),
    captions=(
        "a cat meowing", "a {size} meows", "{size} meowing {where}", "the meow of a {size}", "a cat miaows for food",
        "a hungry cat mewing", "meows of a {size} {where}", "a pet cat calling out", "a cat meows plaintively",
        "a {size} mewing {where}", "repeated cat meows",
    ),
    held_out=("a cat mews", "a {size} miaowing {where}", "a house cat meowing"),
)  # fmt: skip
def cat_meow(rng: np.random.Generator, duration_s: float) -> Draw:
    size, pitch, size_of = [("kitten", 1.5, 1.2), ("grown cat", 1.0, 1.0)][int(rng.integers(2))]
    x, where = herd(rng, duration_s, MEOW, pitch=pitch, size=size_of)
    return Draw(x, {"size": size, "where": where})


@concept(
    "cat_purr",
    family="animals",
    heard_as=("Purr", "Cat", "Domestic animals, pets"),
    captions=(
        "a cat purring", "a {pace} purr from a cat", "{pace} purring of a cat", "a contented cat purring",
        "the purr of a happy cat",
        "{pace} purring on a lap", "soft cat purr", "a kitten with a {pace} purr", "a sleepy cat purring close by",
        "deep {pace} purr", "purring from a cuddled cat",
    ),
    held_out=("a cat purrs contentedly", "a cat's {pace} purr", "purring kitten"),
)  # fmt: skip
def cat_purr(rng: np.random.Generator, duration_s: float) -> Draw:
    pace = pick(rng, "gentle", "rapid")
    n, rate = samples_of(duration_s), {"gentle": 22.0, "rapid": 29.0}[pace] * rng.uniform(0.95, 1.05)
    t = np.arange(n) / 44100
    breath_s = {"gentle": 2.2, "rapid": 1.4}[pace] * rng.uniform(0.9, 1.1)
    phase = 2 * np.pi * t / breath_s + rng.uniform(0, 6)
    f0 = rate * (1 + 0.06 * np.tanh(4 * np.sin(phase)))
    shape = ((90.0, 1.5, 1.0), (250.0, 2.0, 0.9), (700.0, 2.5, 0.6), (1900.0, 2.0, 0.35), (4000.0, 2.0, 0.2))
    beat = np.exp(2.5 * (np.cos(2 * np.pi * np.cumsum(f0 * slow(rng, n, rate_hz=6, low=0.95, high=1.05)) / 44100) - 1))
    x = throat(coloured(rng, n, slope_db=-3) * beat, shape) + 0.15 * throat(white(rng, n), shape[3:])
    x *= 0.55 + 0.45 * np.abs(np.sin(phase)) ** 0.6 * np.where(np.sin(phase) > 0, 1.0, 0.5)
    x, _ = staged(rng, x)
    return Draw(x, {"pace": pace})


@concept(
    "cat_hiss",
    family="animals",
    heard_as=("Hiss", "Cat", "Caterwaul", "Snake", "Steam"),
    captions=(
        "a cat hissing", "an angry cat hisses", "a {mood} cat hiss", "a cat hisses at a rival",
        "hissing of a {mood} cat",
        "a {mood} cat spits and hisses", "a frightened cat hissing", "the hiss of a cornered cat", "cat hiss",
        "a {mood} feline hiss", "a cat hisses in warning",
    ),
    held_out=("a cat spitting in anger", "a {mood} hissing cat", "a hostile cat hisses"),
)  # fmt: skip
def cat_hiss(rng: np.random.Generator, duration_s: float) -> Draw:
    mood = pick(rng, "wary", "furious")
    centre = rng.uniform(2800, 4200)

    def hiss() -> np.ndarray:
        n = samples_of(rng.uniform(0.5, 1.1) if mood == "wary" else rng.uniform(0.9, 1.6))
        noise = highpass(white(rng, n), 1200)
        x = throat(noise, ((centre, 2.0, 1.0), (centre * 2.1, 2.0, 0.7), (centre * 3.3, 2.0, 0.4)))
        return x * swell(n, attack=0.08 if mood == "furious" else 0.3, release=0.5)

    x, _ = staged(rng, calls(rng, duration_s, hiss, gap_s=(0.2, 0.8)))
    return Draw(x, {"mood": mood})


@concept(
    "cat_screech",
    family="animals",
    heard_as=("Caterwaul", "Cat", "Meow", "Screaming", "Domestic animals, pets"),
    captions=(
        "a cat screeching", "cats fighting at night", "{number} yowling", "a cat yowls and screeches",
        "caterwauling {where}",
        "{number} caterwauling {where}", "the screech of {number}", "an angry cat wails", "alley cats yowl {where}",
        "a furious feline screech", "{number} screeching in a fight",
    ),
    held_out=("a yowling alley cat", "{number} wailing {where}", "a cat fight"),
)  # fmt: skip
def cat_screech(rng: np.random.Generator, duration_s: float) -> Draw:
    number = pick(rng, "a tomcat", "two cats")

    def yowl() -> np.ndarray:
        n = samples_of(rng.uniform(0.8, 1.8))
        f0 = rng.uniform(480, 760) * contour(n, 0.8, 1.0, 1.15, rng.uniform(1.0, 1.4), 0.8)
        voice = voiced(rng, f0, CAT_ROUND, CAT_OPEN, CAT_OPEN, CAT_OPEN, CAT_ROUND, bright_hz=6000, breath=0.2,
                       rough=0.5, rough_hz=rng.uniform(30, 70), jitter=0.03)  # fmt: skip
        return voice * swell(n, attack=0.2, release=0.3)

    layers = 1 if number == "a tomcat" else 2
    x = sum((calls(rng, duration_s, yowl, gap_s=(0.1, 0.5)) for _ in range(layers)), np.zeros(samples_of(duration_s)))
    x, where = staged(rng, x)
    return Draw(x, {"number": number, "where": where})
