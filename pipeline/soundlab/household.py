"""Small things at home: clocks, kitchen, paper, clothes, coins. Machines of the house are in `appliances`."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import appliances, dsp
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import RATE_HZ, Draw, concept
from pipeline.soundlab.takes import blow, take

__all__ = ["appliances"]


def _room(x: np.ndarray, rng: np.random.Generator, *, seconds: float = 0.4, wet: float = 0.1) -> np.ndarray:
    return take(x, rng, seconds=seconds, wet=wet, peak=(0.5, 0.9))


def _tick(rng: np.random.Generator, scale: float) -> np.ndarray:
    """The escapement's blow on its plates and the case that answers."""
    n = dsp.samples_of(0.12)
    hz = scale * np.exp(rng.uniform(np.log(850), np.log(6200), 8))
    ring = dsp.modes(hz, rng.uniform(0.3, 1, 8), rng.uniform(0.004, 0.01) * rng.uniform(0.5, 1.3, 8), n, rng)
    low = scale * rng.uniform(400, 750)
    body = dsp.bandpass(dsp.white(rng, n) * dsp.decay(n, tau_s=0.0034, attack_s=0.0005), low, 4 * low, order=1)
    return dsp.normalised(ring) + rng.uniform(0.9, 1.4) * dsp.normalised(body)


def _click(rng: np.random.Generator, hz: np.ndarray, tau_s: float) -> np.ndarray:
    """A small part of metal snapping into place."""
    n = dsp.samples_of(0.1)
    ring = dsp.modes(hz, 1 / np.arange(1, len(hz) + 1) ** 0.4, tau_s * rng.uniform(0.6, 1.3, len(hz)), n, rng)
    return 0.25 * dsp.normalised(ring) + blow(rng, ((hz[0] * 0.7, hz[0] * 2.2, tau_s * 0.6, 1.0),), seconds=0.1)


@concept(
    "clock_tick", family="household", heard_as=("Tick", "Tick-tock", "Clock", "Mechanisms"),
    captions=(
        "a clock ticking", "a {size} clock ticks", "tick tock of a clock", "the ticking of a {size} clock",
        "a clock on the mantelpiece", "time passes, the clock ticks",
        "a watch ticking", "a {size} clock in a quiet room", "steady ticking", "a pendulum clock ticks away",
        "a time bomb ticking",
    ),
    held_out=("a {size} clock counts the seconds", "tick tock tick tock", "the tick of a timepiece"),
)  # fmt: skip
def clock_tick(rng: np.random.Generator, duration_s: float) -> Draw:
    """Tick and tock, each a drop and a fall of the pallet, in a wooden or a small metal case in a quiet room."""
    scale, period_s, size = [(0.9, 0.5, "large"), (1.1, 0.34, "small")][int(rng.integers(0, 2))]
    period_s *= rng.uniform(0.9, 1.1) * (2 if size == "large" and rng.random() < 0.2 else 1)
    drop_s, soft = rng.uniform(0.006, 0.03), rng.uniform(0.15, 0.5)
    tock_scale, out = rng.uniform(0.82, 0.88), np.zeros(dsp.samples_of(duration_s))
    sides = [_tick(rng, scale), _tick(rng, scale * tock_scale)]
    for k, at in enumerate(np.arange(rng.uniform(0, 0.2), duration_s, period_s)):
        dsp.place(out, sides[k % 2], dsp.samples_of(at), soft)
        dsp.place(out, sides[k % 2], dsp.samples_of(at + drop_s), rng.uniform(0.9, 1))
    out = dsp.normalised(dsp.reverb(out, rng, seconds=rng.uniform(0.12, 0.25), wet=0.27), rng.uniform(0.1, 0.7))
    return Draw(out + rng.uniform(0.001, 0.005) * dsp.coloured(rng, len(out), slope_db=-4.0), {"size": size})


@concept(
    "chopping_vegetables", family="household", heard_as=("Chopping (food)", "Chop", "Wood", "Tap", "Knock"),
    captions=(
        "chopping vegetables", "a cook chops carrots {pace}", "a knife on a cutting board",
        "{pace} chopping in the kitchen", "vegetables cut on a wooden board",
        "someone slices onions", "a kitchen knife chops {pace}", "dicing food", "knife taps on the chopping board",
        "the chef chops herbs {pace}", "preparing a salad",
    ),
    held_out=("a chef dices vegetables {pace}", "chop chop of a knife", "slicing on a board"),
)  # fmt: skip
def chopping_vegetables(rng: np.random.Generator, duration_s: float) -> Draw:
    """A blade crunches and knocks on a board in runs of several cuts."""
    period_s, pace = [(0.36, "slowly"), (0.17, "rapidly")][int(rng.integers(0, 2))]
    hz, n = rng.uniform(220, 420), dsp.samples_of(0.16)
    out, at = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0, 0.15)
    while at < duration_s:
        for _ in range(int(rng.integers(5, 13))):
            board = blow(
                rng,
                ((hz * 0.6, hz * 1.4, 0.018, 0.8), (hz * 2, hz * 6, 0.008, 1.0), (2500, 9000, 0.006, 0.5)),
                seconds=0.16,
            )
            cut = np.zeros(n)
            dsp.place(
                cut,
                dsp.normalised(dsp.bandpass(dsp.impulses(rng, 900, rate_hz=3500), 1500, 9000, order=1)),
                0,
                rng.uniform(0.2, 0.5),
            )
            dsp.place(cut, dsp.normalised(board) + 0.5 * dsp.white(rng, n) * dsp.decay(n, tau_s=0.002), 900)
            dsp.place(out, cut, dsp.samples_of(at), rng.uniform(0.6, 1))
            at += period_s * rng.uniform(0.85, 1.15)
        at += rng.uniform(0.15, 0.6)
    return Draw(_room(out, rng, wet=0.08), {"pace": pace})


def _key(rng: np.random.Generator, base_hz: float) -> np.ndarray:
    """Press and release of one key: a bright clack of plastic and the desk's dull answer."""
    out = np.zeros(dsp.samples_of(0.16))
    size = dsp.samples_of(0.05)
    for at, gain in ((0.0, 1.0), (rng.uniform(0.06, 0.1), rng.uniform(0.2, 0.4))):
        hz = base_hz * rng.uniform(0.8, 1.25)
        clack = dsp.white(rng, size) * dsp.decay(size, tau_s=rng.uniform(0.005, 0.008), attack_s=0.0004)
        desk = dsp.bandpass(dsp.white(rng, size) * dsp.decay(size, tau_s=0.01, attack_s=0.001), 150, 600, order=1)
        ring = dsp.modes(hz * rng.uniform(0.5, 2.5, 6), (1,) * 6, rng.uniform(0.001, 0.003, 6), size, rng)
        x = dsp.normalised(dsp.bandpass(clack, hz * 0.6, hz * rng.uniform(3.4, 4.2), order=1))
        x = x + rng.uniform(0.05, 0.18) * dsp.normalised(desk) + 0.04 * dsp.normalised(ring)
        dsp.place(out, x, dsp.samples_of(at), gain)
    return out


@concept(
    "typing_keyboard", family="household", heard_as=("Typing", "Computer keyboard", "Typewriter", "Clicking"),
    captions=(
        "typing on a keyboard", "someone types {pace}", "computer keyboard clicks", "{pace} typing",
        "fingers tap on the keys", "an office worker types an email {pace}",
        "rapid keystrokes", "a hacker typing code", "the clatter of a keyboard", "a person types {pace} on a laptop",
        "keys are pressed",
    ),
    held_out=("a writer hits the keys {pace}", "clacking computer keys", "someone at the keyboard"),
)  # fmt: skip
def typing_keyboard(rng: np.random.Generator, duration_s: float) -> Draw:
    """Keys in words, with a duller blow of the space bar between them."""
    rate_hz, pace = [(4.8, "slowly"), (6.6, "fast")][int(rng.integers(0, 2))]
    base_hz, rate_hz = rng.uniform(2900, 3900), rate_hz * rng.uniform(0.9, 1.15)
    keys = [_key(rng, base_hz) for _ in range(14)]
    out, at = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0, 0.1)
    while at < duration_s:
        for _ in range(int(rng.integers(2, 9))):
            dsp.place(out, keys[int(rng.integers(0, 14))], dsp.samples_of(at), rng.lognormal(-0.5, 0.5))
            at += rng.gamma(4, 0.25) / rate_hz
        dsp.place(out, dsp.lowpass(keys[0], 2500), dsp.samples_of(at), 1.1)
        at += rng.uniform(1, 2.2) / rate_hz
    out = dsp.normalised(dsp.reverb(out, rng, seconds=0.13, wet=rng.uniform(0.14, 0.28)), rng.uniform(0.35, 0.7))
    return Draw(out + rng.uniform(0.002, 0.004) * dsp.coloured(rng, len(out), slope_db=-4.0), {"pace": pace})


def _clink(rng: np.random.Generator, base_hz: float, tau_s: float, count: int = 8) -> np.ndarray:
    hz = base_hz * np.sort(rng.uniform(1, 6, count))
    return dsp.normalised(
        dsp.modes(hz, rng.uniform(0.3, 1, count), tau_s * rng.uniform(0.4, 1.2, count), dsp.samples_of(0.5), rng)
    )


def _clatter(rng: np.random.Generator, duration_s: float, kinds: list[np.ndarray], *, rate_hz: float) -> np.ndarray:
    """Clinks in clusters."""
    out, at = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0, 0.1)
    while at < duration_s:
        for _ in range(int(rng.integers(1, 6))):
            dsp.place(out, kinds[int(rng.integers(0, len(kinds)))], dsp.samples_of(at), rng.lognormal(-0.6, 0.5))
            at += rng.exponential(0.35 / rate_hz) + 0.02
        at += rng.uniform(0.2, 1.2) / rate_hz
    return out


@concept(
    "dishes", family="household", heard_as=("Dishes, pots, and pans", "Cutlery, silverware", "Chink, clink", "Clatter"),
    captions=(
        "dishes clattering", "plates and pans {where}", "washing up {where}", "someone stacks plates",
        "pots and pans bang", "crockery clinks {where}",
        "clearing the table", "china cups and saucers", "a busy kitchen with dishes", "dishes are put away {where}",
        "clatter of plates",
    ),
    held_out=("tableware clattering {where}", "plates being stacked", "pans and dishes rattle"),
)  # fmt: skip
def dishes(rng: np.random.Generator, duration_s: float) -> Draw:
    """China, pans and glasses knocking together."""
    kinds = [_clink(rng, rng.uniform(500, 1600), rng.uniform(0.03, 0.12)) for _ in range(8)]
    kinds = [k + 0.3 * dsp.white(rng, len(k)) * dsp.decay(len(k), tau_s=0.004) for k in kinds]
    seconds, where = [(0.3, "in the kitchen"), (1.2, "in a large restaurant")][int(rng.integers(0, 2))]
    x = _clatter(rng, duration_s, kinds, rate_hz=rng.uniform(1, 2.4))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=seconds, wet=0.2)), {"where": where})


@concept(
    "cutlery", family="household",
    heard_as=("Cutlery, silverware", "Dishes, pots, and pans", "Chink, clink", "Jingle, tinkle"),
    captions=(
        "cutlery clinking", "knives and forks {where}", "people dining {where}", "silverware rattles",
        "a fork scrapes on a plate", "spoons and forks in a drawer",
        "eating dinner with knife and fork", "clinking cutlery {where}", "someone lays the table",
        "the cutlery jingles", "forks tap on plates",
    ),
    held_out=("silverware clinks {where}", "knife and fork on a plate", "guests eating {where}"),
)  # fmt: skip
def cutlery(rng: np.random.Generator, duration_s: float) -> Draw:
    """Small bright metal on china."""
    kinds = [_clink(rng, rng.uniform(1800, 3800), rng.uniform(0.02, 0.07)) for _ in range(6)]
    kinds += [_clink(rng, rng.uniform(900, 1500), 0.05) for _ in range(2)]
    seconds, where = [(0.3, "at home"), (1.2, "in a dining hall")][int(rng.integers(0, 2))]
    x = _clatter(rng, duration_s, kinds, rate_hz=rng.uniform(1.4, 3))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=seconds, wet=0.15)), {"where": where})


def _coin(rng: np.random.Generator) -> np.ndarray:
    """One thin disc knocked: short modes above 5 kHz and the knock itself."""
    n = dsp.samples_of(0.3)
    hz = rng.uniform(5600, 8600) * np.sort(np.concatenate([[1.0], rng.uniform(1, 3.4, 9)]))
    taus = rng.uniform(0.004, 0.007) * rng.uniform(0.4, 1.2, 10)
    knock = dsp.highpass(dsp.white(rng, n) * dsp.decay(n, tau_s=0.0024), 2500)
    return dsp.normalised(dsp.struck(hz, rng.uniform(0.3, 1, 10), taus, n, rng)) + 0.55 * dsp.normalised(knock)


@concept(
    "coins", family="household",
    heard_as=("Coin (dropping)", "Jingle, tinkle", "Keys jangling", "Cash register", "Chink, clink",
              "Cutlery, silverware"),
    captions=(
        "coins clinking", "coins drop on a table", "a {size} of coins falls", "money jingles",
        "a {size} of gold coins", "counting coins", "a coin spins and falls",
        "coins poured from a purse", "a merchant counts his {size} of coins", "pocket change jingling",
        "treasure coins tumble",
    ),
    held_out=("a {size} of coins clinks", "money is counted", "coins tossed on a counter"),
)  # fmt: skip
def coins(rng: np.random.Generator, duration_s: float) -> Draw:
    """Coins dropped a few at a time, each bouncing ever faster until it lies."""
    gap_s, most, size = [(0.45, 4, "handful"), (0.22, 6, "heap")][int(rng.integers(0, 2))]
    kinds = [_coin(rng) for _ in range(8)]
    out, at = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0, 0.15)
    while at < duration_s:
        for _ in range(int(rng.integers(1, most + 1))):
            gap, gain, when = 0.055 * rng.uniform(0.7, 1.5), rng.lognormal(-0.6, 0.5), at
            while gap > 0.017:
                dsp.place(out, kinds[int(rng.integers(0, 8))], dsp.samples_of(when), gain)
                when, gap, gain = when + gap * rng.uniform(0.9, 1.1), gap * 0.67, gain * 0.78
            at += rng.exponential(0.045)
        at += gap_s * rng.uniform(0.5, 1.5)
    out = dsp.normalised(dsp.reverb(out, rng, seconds=rng.uniform(0.45, 0.7), wet=0.16), rng.uniform(0.18, 0.5))
    return Draw(out + rng.uniform(0.0005, 0.001) * dsp.coloured(rng, len(out), slope_db=-4.0), {"size": size})


def _stroke(rng: np.random.Generator, low_hz: float) -> np.ndarray:
    """One stroke of the pen: the grain of the paper, swelling and fading, and the table under the hand."""
    n = dsp.samples_of(0.235 * rng.lognormal(0, 0.4))
    grain = 0.35 + dsp.slow(rng, n, rate_hz=150) ** 2
    scratch = unit(dsp.bandpass(dsp.white(rng, n), low_hz, low_hz * rng.uniform(1.8, 2.05), order=1))
    table = dsp.bandpass(dsp.white(rng, n) * dsp.decay(n, tau_s=0.006), 150, 750, order=1)
    return scratch * grain * dsp.hann_pulse(n) ** rng.uniform(1.2, 1.5) + 0.85 * unit(table)


@concept(
    "writing", family="household", heard_as=("Writing", "Scratch", "Rub", "Scrape", "Filing (rasp)", "Sanding"),
    captions=(
        "writing on paper", "a {tool} scratches on paper", "someone writes with a {tool}", "the scratch of a {tool}",
        "a letter is written by hand", "a student takes notes",
        "sketching with a {tool}", "handwriting on paper", "a {tool} moves over the page", "signing a document",
        "someone scribbles in a notebook",
    ),
    held_out=("a {tool} scribbling", "a person writing a letter", "scratchy strokes on paper"),
)  # fmt: skip
def writing(rng: np.random.Generator, duration_s: float) -> Draw:
    """Runs of soft scratchy strokes over a table that answers, as heard across a quiet room."""
    low_hz, tool = [(2200.0, "pen"), (1250.0, "pencil")][int(rng.integers(0, 2))]
    low_hz *= rng.uniform(0.9, 1.1)
    out, at = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0, 0.1)
    while at < duration_s:
        for _ in range(int(rng.integers(3, 10))):
            stroke = _stroke(rng, low_hz)
            dsp.place(out, stroke, dsp.samples_of(at), rng.lognormal(-0.4, 0.5))
            at += len(stroke) / RATE_HZ + 0.0055 * rng.exponential(1)
        at += rng.uniform(0.15, 0.6)
    out = dsp.normalised(dsp.reverb(out, rng, seconds=0.32, wet=0.21), rng.uniform(0.035, 0.06))
    return Draw(out + 0.0008 * dsp.coloured(rng, len(out), slope_db=-4.0), {"tool": tool})


@concept(
    "paper_rustle", family="household", heard_as=("Crumpling, crinkling", "Rustle", "Tearing", "Crackle"),
    captions=(
        "paper rustling", "someone crumples paper", "rustle of {what}", "{what} is crumpled {how}", "crinkling paper",
        "unwrapping a gift", "turning the pages of a newspaper",
        "{what} rustles {how}", "a letter is unfolded", "crumpling up {what}", "pages crackle",
    ),
    held_out=("hands crumple {what}", "the crinkle of paper", "{what} rustling"),
)  # fmt: skip
def paper_rustle(rng: np.random.Generator, duration_s: float) -> Draw:
    """Thousands of small buckling clicks in gusts."""
    n = dsp.samples_of(duration_s)
    low_hz, what = [(900.0, "stiff paper"), (2600.0, "plastic wrap")][int(rng.integers(0, 2))]
    rate_hz, how = [(250.0, "slowly"), (900.0, "hastily")][int(rng.integers(0, 2))]
    gust = np.clip(1.6 * dsp.slow(rng, n, rate_hz=1.8) - 0.3, 0.02, 1)
    grain = dsp.white(rng, 260) * dsp.decay(260, tau_s=0.0013)
    crackle = dsp.convolve(dsp.impulses(rng, n, rate_hz=rate_hz, spread=1.2) * gust, grain)
    body = dsp.bandpass(crackle, low_hz, 12000, order=1)
    swish = dsp.bandpass(dsp.white(rng, n), 2500, 9000, order=1) * gust**2
    return Draw(dsp.normalised(dsp.normalised(body) + 0.06 * swish), {"what": what, "how": how})


@concept(
    "zipper", family="household", heard_as=("Zipper (clothing)", "Ratchet, pawl", "Tearing"),
    captions=(
        "a zipper", "a jacket is zipped up", "a {size} zipper opens and closes", "someone zips a bag",
        "the zip of a {size} zipper", "opening a tent zipper", "unzipping a suitcase",
        "a coat zipped {how}", "zip zip", "a {size} zip pulled {how}", "zipping up a sleeping bag",
    ),
    held_out=("a {size} zip closing", "somebody unzips a bag", "a zipper pulled {how}"),
)  # fmt: skip
def zipper(rng: np.random.Generator, duration_s: float) -> Draw:
    """Teeth click some hundreds a second, faster and slower with the hand."""
    scale, size = [(0.7, "big"), (1.3, "small")][int(rng.integers(0, 2))]
    seconds, how = [(0.9, "slowly"), (0.4, "quickly")][int(rng.integers(0, 2))]
    out = np.zeros(dsp.samples_of(duration_s))
    for at in dsp.onsets(rng, duration_s, every_s=(seconds + 0.25, seconds + 0.8)):
        n = dsp.samples_of(seconds * rng.uniform(0.8, 1.2))
        speed = np.sin(np.linspace(0.3, np.pi - 0.3, n))
        phase = np.cumsum(rng.uniform(150, 260) * scale * speed * rng.choice((1.0, 1.3)) / RATE_HZ * (0.6 / seconds))
        teeth = 0.04 + np.exp(-14 * (phase % 1.0))
        x = dsp.bandpass(dsp.white(rng, n) * teeth, 1800 * scale, 11000, order=1)
        hiss = 0.05 * dsp.bandpass(dsp.white(rng, n), 2500, 9000, order=1)
        dsp.place(out, (dsp.normalised(x) + hiss) * speed, dsp.samples_of(at))
    return Draw(dsp.normalised(out, rng.uniform(0.5, 0.8)), {"size": size, "how": how})


@concept(
    "camera_shutter", family="household", heard_as=("Camera", "Single-lens reflex camera", "Clicking", "Mechanisms"),
    captions=(
        "a camera shutter", "a camera clicks", "a photographer takes pictures {how}", "snapshots taken {how}",
        "click of a camera", "a reflex camera fires {how}", "paparazzi cameras",
        "someone takes a photo", "shutter clicks", "photographs are shot {how}", "a photo shoot",
    ),
    held_out=("a photographer clicks away {how}", "the shutter of a camera", "a picture is taken"),
)  # fmt: skip
def camera_shutter(rng: np.random.Generator, duration_s: float) -> Draw:
    """Mirror up, curtain, mirror down, and a short whir of the winder."""
    every_s, how = [((0.22, 0.3), "in a burst"), ((0.7, 1.4), "one by one")][int(rng.integers(0, 2))]
    clap = [_click(rng, rng.uniform(700, 6000, 9), rng.uniform(0.004, 0.008)) for _ in range(3)]
    wind_n = dsp.samples_of(0.09)
    wind = dsp.normalised(dsp.harmonics(rng.uniform(250, 400), wind_n, rng.uniform(0.2, 1, 20))) * dsp.hann_pulse(
        wind_n
    )
    out, gap_s = np.zeros(dsp.samples_of(duration_s)), rng.uniform(0.04, 0.09)
    for at in dsp.onsets(rng, duration_s, every_s=every_s):
        for k, gain in enumerate((0.8, 0.6, 1.0)):
            dsp.place(out, clap[k], dsp.samples_of(at + k * gap_s), gain)
        dsp.place(out, wind, dsp.samples_of(at + 2 * gap_s + 0.01), 0.15)
    return Draw(_room(out, rng, seconds=0.25, wet=0.06), {"how": how})


@concept(
    "broom", family="household", heard_as=("Rub", "Scrape", "Scratch", "Sanding", "Shuffle", "Rustle"),
    captions=(
        "sweeping the floor", "a broom sweeps {pace}", "someone sweeps with a broom", "bristles brush the floor",
        "{pace} strokes of a broom", "a janitor sweeping", "sweeping up dust",
        "a broom on stone", "a servant sweeps the yard {pace}", "brushing the floor {pace}", "swish of a broom",
    ),
    held_out=("a person sweeping {pace}", "the swish of a besom", "a broom brushes the ground"),
)  # fmt: skip
def broom(rng: np.random.Generator, duration_s: float) -> Draw:
    """Swishes of bristles, one way and then the other."""
    n = dsp.samples_of(duration_s)
    rate_hz, pace = [(0.8, "slowly"), (1.5, "briskly")][int(rng.integers(0, 2))]
    phase = np.cumsum(rate_hz * dsp.slow(rng, n, rate_hz=0.8, low=0.85, high=1.15) / RATE_HZ) % 1.0
    stroke = np.where(phase < 0.6, np.sin(np.pi * phase / 0.6), 0) ** 1.5
    x = dsp.bandpass(dsp.white(rng, n), rng.uniform(1200, 2200), 11000, order=1) + 0.25 * dsp.bandpass(
        dsp.white(rng, n), 200, 900, order=1
    )
    grit = dsp.highpass(dsp.impulses(rng, n, rate_hz=900, spread=1.2), 2500)
    return Draw(_room((dsp.normalised(x) + 0.5 * dsp.normalised(grit)) * stroke, rng, wet=0.06), {"pace": pace})
