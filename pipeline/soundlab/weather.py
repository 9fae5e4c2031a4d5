"""Rain on many grounds, hail, thunder and storms. Wind has its own file, imported here."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp, wind
from pipeline.soundlab.liquids import bubbles, finished, patters, scatter, struck, unit
from pipeline.soundlab.registry import Draw, concept

__all__ = ["wind"]

RAIN = ("Rain", "Raindrop", "Rain on surface")


def rain_bed(rng: np.random.Generator, n: int, *, low_hz: float, slope_db: float) -> np.ndarray:
    """The hiss of countless far drops, slowly breathing. Unit power."""
    noise = dsp.coloured(rng, n, slope_db=slope_db)
    bed = dsp.highpass(noise, low_hz * float(rng.uniform(0.8, 1.3)), order=1)
    return unit(dsp.lowpass(bed, float(rng.uniform(9_000, 16_000)))) * dsp.slow(rng, n, rate_hz=0.5, low=0.8, high=1.1)


def near_drops(rng: np.random.Generator, n: int, *, rate_hz: float) -> np.ndarray:
    """Single drops nearby: ticks on hard ground and small bubbles in puddles. Unit power."""
    ticks = scatter(rng, n, patters(rng, 1500, 9000, tau_s=0.0015), rate_hz=rate_hz)
    plinks = scatter(rng, n, bubbles(rng, 1500, 7000, rise=0.05), rate_hz=rate_hz * 0.4)
    return unit(ticks + float(rng.uniform(0.1, 0.5)) * plinks)


@concept(
    "rain_light",
    family="weather",
    heard_as=RAIN,
    captions=(
        "{intensity} rain", "{intensity} rain falling {where}", "rain patters {where}", "a light drizzle",
        "the soft patter of rain", "{intensity} rain taps {where}", "small raindrops dripping down",
        "a quiet spring shower", "raindrops falling {where}", "it is drizzling outside", "rain starting to fall",
        "{intensity} drizzle {where}", "calm light rainfall",
    ),
    held_out=("a few drops of rain come down", "{intensity} rainfall {where}", "pattering drizzle on a quiet day"),
)  # fmt: skip
def rain_light(rng: np.random.Generator, duration_s: float) -> Draw:
    """A thin bed of hiss and many separate drops; on leaves they are duller than on stone."""
    n = dsp.samples_of(duration_s)
    intensity = dsp.pick(rng, "light", "gentle", "soft", "thin")
    where = dsp.pick(rng, "on leaves", "on the pavement", "on the street", "in the garden")
    drops = near_drops(rng, n, rate_hz=float(rng.uniform(60, 220)))
    if where in ("on leaves", "in the garden"):
        drops = unit(dsp.lowpass(drops, 4500))
    bed = rain_bed(rng, n, low_hz=900, slope_db=float(rng.uniform(-2, 0)))
    return Draw(finished(bed + float(rng.uniform(0.5, 1.2)) * drops, 0.4), {"intensity": intensity, "where": where})


@concept(
    "rain_heavy",
    family="weather",
    heard_as=RAIN,
    captions=(
        "{intensity} rain", "{intensity} rain {where}", "a downpour", "rain pours down {where}",
        "a cloudburst drenches everything", "rain lashing down hard", "the roar of heavy rain", "a drenching shower",
        "rain pelts down {where}", "a {intensity} downpour", "it is raining cats and dogs", "torrents of rain",
        "{intensity} rain beats down {where}",
    ),
    held_out=("rain comes down in sheets", "{intensity} rainstorm {where}", "a sudden cloudburst of rain"),
)  # fmt: skip
def rain_heavy(rng: np.random.Generator, duration_s: float) -> Draw:
    """Dense hiss down to the low mids, with splashes."""
    n = dsp.samples_of(duration_s)
    intensity = dsp.pick(rng, "heavy", "pouring", "driving", "pelting")
    where = dsp.pick(rng, "on the street", "on the pavement", "outside", "in the courtyard")
    bed = rain_bed(rng, n, low_hz=500, slope_db=float(rng.uniform(-2, -0.5)))
    drops = near_drops(rng, n, rate_hz=float(rng.uniform(250, 500)))
    return Draw(finished(bed + float(rng.uniform(0.5, 0.9)) * drops, 0.9), {"intensity": intensity, "where": where})


def rain_on(
    rng: np.random.Generator,
    n: int,
    thuds: list[np.ndarray],
    ringing: list[np.ndarray],
    *,
    rate_hz: float,
    ring: float,
    bed: float,
) -> np.ndarray:
    """Drops striking one surface: its thuds, at `ring` strength its ringing modes, and the rain around at `bed`."""
    density = dsp.slow(rng, n, rate_hz=0.4, low=0.6)
    x = unit(scatter(rng, n, thuds, rate_hz=rate_hz, spread=0.7, density=density))
    if ring > 0:
        x = x + ring * unit(scatter(rng, n, ringing, rate_hz=rate_hz * 0.4, spread=0.9, density=density))
    return finished(x + bed * rain_bed(rng, n, low_hz=600, slope_db=-2.0))


@concept(
    "rain_on_roof",
    family="weather",
    heard_as=RAIN,
    captions=(
        "rain on a {material} roof", "{intensity} rain drums on the {material} roof", "rain drumming overhead",
        "the drumming of rain on a roof", "raindrops hammer the {material} roof", "rain clattering on the rooftop",
        "{intensity} rain on a {material} roof", "listening to rain on the roof", "rain beats on a shed roof",
        "{intensity} rainfall on the roof above", "raindrops pinging on {material} sheeting", "rain on a roof at night",
    ),
    held_out=("the roof rattles with rain", "{intensity} rain pounds a {material} rooftop", "rain on the shed roof"),
)  # fmt: skip
def rain_on_roof(rng: np.random.Generator, duration_s: float) -> Draw:
    """Drops strike ringing sheet metal or duller slate."""
    n = dsp.samples_of(duration_s)
    material = dsp.pick(rng, "tin", "metal", "slate", "wooden")
    intensity, rate_hz = [("light", 130.0), ("steady", 240.0), ("heavy", 450.0)][int(rng.integers(3))]
    metals = {"tin": (700, 0.012, 0.45), "metal": (450, 0.015, 0.4)}
    low_hz, tau_s, ring = (metals | {"slate": (900, 0.004, 0.15), "wooden": (250, 0.006, 0.2)})[material]
    ringing = struck(rng, low_hz, 10 * low_hz, tau_s=tau_s * float(rng.uniform(0.7, 1.3)), partials=12)
    thuds = patters(rng, low_hz, 8000, tau_s=0.003) + patters(rng, 1500, 9000, tau_s=0.0015)
    x = rain_on(rng, n, thuds, ringing, rate_hz=rate_hz * float(rng.uniform(0.9, 1.3)), ring=ring, bed=1.1)
    return Draw(x, {"material": material, "intensity": intensity})


@concept(
    "rain_on_tent",
    family="weather",
    heard_as=RAIN,
    captions=(
        "rain on a tent", "{intensity} rain patters on the canvas", "raindrops drumming on a {cover}",
        "rain falling on a {cover}", "inside a tent while it rains", "the dull patter of rain on canvas",
        "{intensity} rain on a {cover}", "rain tapping on taut fabric", "camping in the rain",
        "{intensity} rainfall drums on the {cover}", "sheltering under a {cover} from the rain",
    ),
    held_out=("rain thuds on the tent wall", "{intensity} rain hits the {cover}", "a wet night under canvas"),
)  # fmt: skip
def rain_on_tent(rng: np.random.Generator, duration_s: float) -> Draw:
    """Dull thuds on taut cloth close to the ear."""
    n = dsp.samples_of(duration_s)
    cover, low_hz = [("tent", 260.0), ("tarpaulin", 180.0), ("umbrella", 420.0)][int(rng.integers(3))]
    intensity, rate_hz = [("light", 60.0), ("steady", 160.0), ("heavy", 380.0)][int(rng.integers(3))]
    bank = patters(rng, low_hz, low_hz * 6, tau_s=float(rng.uniform(0.004, 0.008)))
    bank += patters(rng, 1500, 8000, tau_s=0.0015)
    x = rain_on(rng, n, bank, [], rate_hz=rate_hz, ring=0.0, bed=0.6)
    return Draw(x, {"cover": cover, "intensity": intensity})


@concept(
    "rain_on_window",
    family="weather",
    heard_as=RAIN,
    captions=(
        "rain on the window", "{intensity} rain against the window", "raindrops tap on the glass",
        "rain pattering on a window pane", "{intensity} rain beats on the glass", "rain streaming down the windows",
        "the tapping of rain on a pane", "listening to the rain from indoors", "drops of rain tick against the pane",
        "{intensity} rain heard from inside", "rain spatters the {pane}", "{intensity} rain on the {pane}",
    ),
    held_out=("rain ticks at the window", "{intensity} rain strikes the {pane}", "a rainy afternoon behind glass"),
)  # fmt: skip
def rain_on_window(rng: np.random.Generator, duration_s: float) -> Draw:
    """Ticks on glass, with the rain outside dulled by the wall."""
    n = dsp.samples_of(duration_s)
    pane, low_hz = [("skylight", 900.0), ("windscreen", 700.0), ("window pane", 1400.0)][int(rng.integers(3))]
    intensity, rate_hz = [("light", 60.0), ("steady", 150.0), ("heavy", 320.0)][int(rng.integers(3))]
    ringing = struck(rng, low_hz, low_hz * 5, tau_s=0.004, partials=10)
    x = rain_on(rng, n, patters(rng, low_hz, 9000, tau_s=0.0015), ringing, rate_hz=rate_hz, ring=0.25, bed=0.8)
    return Draw(x, {"pane": pane, "intensity": intensity})


def thunder_strike(rng: np.random.Generator, seconds: float, *, nearness: float) -> np.ndarray:
    """One peal: cracks from the near parts of the bolt, then rolling rumble from the far ones. Unit peak."""
    n = dsp.samples_of(seconds) // 4096 * 4096
    t = dsp.timebase(n)
    knots = np.abs(dsp.impulses(rng, n // 256, rate_hz=2200.0, spread=1.8)) * np.exp(-t[::256] / (seconds * 0.45))
    coarse = dsp.convolve(knots, dsp.decay(300, tau_s=0.0008, attack_s=0.00005 + 0.0007 * (1 - nearness)))
    roll = np.interp(t, t[::256], coarse / coarse.max()) + 0.08 * dsp.slow(rng, n, rate_hz=3.0) * np.exp(-t / seconds)
    rumble = unit(dsp.lowpass(dsp.coloured(rng, n, slope_db=-4.8), 200 + 160 * nearness, order=1))
    crack = unit(dsp.bandpass(dsp.white(rng, n), 200, 900 + 2200 * nearness, order=1)) * np.exp(-t / 0.6)
    peal = roll**1.6 * (rumble + 0.2 * nearness * crack) * np.minimum(1, t / (0.02 + 0.45 * (1 - nearness)))
    return dsp.normalised(peal * np.minimum(1, (t[-1] - t) / 1.5), 1.0)


def thunder_track(rng: np.random.Generator, duration_s: float, *, nearness: float) -> np.ndarray:
    """Peals through the whole duration, each beginning before the last has died."""
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=(2.5, 5.0), first_s=0.3):
        peal = thunder_strike(rng, float(rng.uniform(6, 9)), nearness=nearness)
        dsp.place(out, peal, dsp.samples_of(at), float(rng.uniform(0.6, 1.0)))
    return out


def drawn_thunder(rng: np.random.Generator) -> tuple[str, float]:
    """The distance of a storm in a word, and as nearness in 0 to 1."""
    words = (("distant", 0.1, 0.3), ("rolling", 0.3, 0.6), ("booming", 0.5, 0.8), ("cracking", 0.85, 1.0))
    word, low, high = words[int(rng.integers(len(words)))]
    return word, float(rng.uniform(low, high))


@concept(
    "thunder",
    family="weather",
    heard_as=("Thunder", "Thunderstorm"),
    captions=(
        "{kind} thunder", "thunder rumbles", "a {kind} peal of thunder", "the rumble of {kind} thunder",
        "thunder rolls across the sky", "a clap of thunder", "a thunderclap echoing away", "the sky growls and rumbles",
        "lightning strikes and thunder rolls", "{kind} thunder over the hills", "thunder booming in the clouds",
        "{kind} thunder shakes the air",
    ),
    held_out=("thunder grumbles overhead", "a long roll of {kind} thunder", "a crash of thunder"),
)  # fmt: skip
def thunder(rng: np.random.Generator, duration_s: float) -> Draw:
    """Thunder without rain, echoing between ground and cloud."""
    kind, nearness = drawn_thunder(rng)
    x = np.tanh(2.6 * thunder_track(rng, duration_s, nearness=nearness))
    x = dsp.reverb(dsp.normalised(x, 0.4 + 0.4 * nearness), rng, seconds=3.0, wet=0.33, bright_hz=800)
    return Draw(dsp.faded(x + 0.008 * unit(dsp.coloured(rng, len(x), slope_db=-5.0))), {"kind": kind})


@concept(
    "thunderstorm",
    family="weather",
    heard_as=("Thunderstorm", "Thunder"),
    captions=(
        "a thunderstorm", "thunder and {rain} rain", "{kind} thunder over {rain} rain", "rain and thunder",
        "a storm rages with thunder and rain", "{rain} rain while thunder rolls", "a violent thunderstorm breaks",
        "thunder rumbling in the rain", "a stormy night of rain and thunder", "{kind} thunder in a rainstorm",
        "lightning, thunder and {rain} rain",
    ),
    held_out=("a storm of thunder and rain", "{rain} rain falls under {kind} thunder", "the thunderstorm is overhead"),
)  # fmt: skip
def thunderstorm(rng: np.random.Generator, duration_s: float) -> Draw:
    """Peals of thunder over rain."""
    n = dsp.samples_of(duration_s)
    kind, nearness = drawn_thunder(rng)
    rain, level = [("light", 0.012), ("steady", 0.024), ("heavy", 0.04)][int(rng.integers(3))]
    bed = rain_bed(rng, n, low_hz=700, slope_db=-2.0) + 0.4 * near_drops(rng, n, rate_hz=200.0)
    x = np.tanh(2.6 * thunder_track(rng, duration_s, nearness=nearness)) + level * bed
    return Draw(dsp.faded(dsp.normalised(x, 0.5 + 0.4 * nearness)), {"kind": kind, "rain": rain})


@concept(
    "hail",
    family="weather",
    heard_as=RAIN,
    captions=(
        "hail", "hailstones clatter on {ground}", "{size} hail bounces off {ground}", "a hailstorm",
        "hail rattling down", "ice pellets pelt {ground}", "{size} hailstones hammering down", "a burst of hail",
        "hail drums on {ground}", "a sudden shower of hail", "hail hitting {ground}", "the clatter of hailstones",
    ),
    held_out=("hailstones rain down", "{size} hail pounds {ground}", "a rattling shower of hail"),
)  # fmt: skip
def hail(rng: np.random.Generator, duration_s: float) -> Draw:
    """Hard pellets: sharper, ringing and sparser than rain."""
    n = dsp.samples_of(duration_s)
    size, pitch, rate_hz = [("fine", 1.5, 300.0), ("hard", 1.0, 180.0), ("large", 0.7, 110.0)][int(rng.integers(3))]
    ground, tau_s = [("a car roof", 0.02), ("stone", 0.004), ("a greenhouse", 0.01)][int(rng.integers(3))]
    ringing = struck(rng, 600 * pitch, 7000, tau_s=tau_s, partials=12)
    thuds = patters(rng, 900 * pitch, 11_000, tau_s=0.002)
    x = rain_on(rng, n, thuds, ringing, rate_hz=rate_hz, ring=12 * tau_s, bed=0.9)
    return Draw(dsp.normalised(x, 0.85), {"size": size, "ground": ground})
