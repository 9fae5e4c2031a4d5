"""Running and wide water: streams, rivers, falls, waves, floods, fountains. Small water is in water_small."""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import dsp, water_small
from pipeline.soundlab.liquids import bubbles, finished, scatter, unit
from pipeline.soundlab.registry import Draw, concept

__all__ = ["water_small"]


def rush(rng: np.random.Generator, n: int, low_hz: float, high_hz: float, *, slope_db: float = -3.0) -> np.ndarray:
    """The noise of broken water between two frequencies. Unit power."""
    return unit(dsp.bandpass(dsp.coloured(rng, n, slope_db=slope_db), low_hz, high_hz, order=1))


@concept(
    "stream",
    family="water",
    heard_as=("Stream", "Trickle, dribble", "Gurgling"),
    captions=(
        "a stream", "a {size} brook babbles {where}", "a stream trickling {where}", "a babbling brook",
        "water gurgles {where}", "a {size} stream flows {where}", "the murmur of a creek", "running water in a brook",
        "a creek bubbling along", "clear water runs {where}", "a {size} creek", "gently flowing water",
    ),
    held_out=("a rill runs {where}", "a {size} burbling stream", "the chatter of a brook"),
)  # fmt: skip
def stream(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bubbles in the hundreds each second over a soft rush."""
    n = dsp.samples_of(duration_s)
    size, rate_hz, low_hz = [("tiny", 160.0, 600), ("small", 250.0, 450), ("lively", 400.0, 350)][int(rng.integers(3))]
    where = dsp.pick(rng, "over pebbles", "through the woods", "over stones", "down the hillside")
    bank = bubbles(rng, low_hz, 3500, count=60, rise=0.12, ring=1.2)
    gurgle = unit(scatter(rng, n, bank, rate_hz=rate_hz, density=dsp.slow(rng, n, rate_hz=2.0, low=0.3)))
    x = gurgle + float(rng.uniform(0.3, 0.5)) * rush(rng, n, 500, 5000)
    return Draw(finished(x, 0.6), {"size": size, "where": where})


@concept(
    "river",
    family="water",
    heard_as=("Stream", "Waterfall", "Water"),
    captions=(
        "a river", "a {flow} river", "a river flows {where}", "river water rushing {where}", "the river runs by",
        "rapids", "a {flow} current {where}", "water rushes along the river", "white water {where}",
        "a {flow} river rushing {where}", "the steady rush of a river", "a wide river flowing",
    ),
    held_out=("the current of a {flow} river", "river rapids {where}", "a river rolls past"),
)  # fmt: skip
def river(rng: np.random.Generator, duration_s: float) -> Draw:
    """More rush than bubbles, with large low bubbles."""
    n = dsp.samples_of(duration_s)
    flow, rushing, level = [("calm", 0.6, 0.4), ("swift", 1.2, 0.65), ("raging", 2.2, 0.95)][int(rng.integers(3))]
    where = dsp.pick(rng, "over rocks", "through the valley", "between its banks", "under a bridge")
    bank = bubbles(rng, 250, 2500, count=60, rise=0.1, ring=1.2)
    gurgle = unit(scatter(rng, n, bank, rate_hz=float(rng.uniform(300, 600))))
    body = rush(rng, n, 200, 3500) * dsp.slow(rng, n, rate_hz=1.5, low=0.8, high=1.1)
    return Draw(finished(gurgle + rushing * body, level), {"flow": flow, "where": where})


@concept(
    "waterfall",
    family="water",
    heard_as=("Waterfall", "Stream"),
    captions=(
        "a waterfall", "a {size} waterfall", "water crashes {where}", "the roar of a waterfall", "falling water",
        "a {size} cascade tumbles {where}", "a cataract thundering down", "water plunging {where}", "a cascade",
        "a {size} waterfall roars {where}", "water pours over the edge of a cliff",
    ),
    held_out=("the falls thunder {where}", "a {size} cataract", "water tumbling down a cliff"),
)  # fmt: skip
def waterfall(rng: np.random.Generator, duration_s: float) -> Draw:
    """Dense noise; the larger the fall the lower its body."""
    n = dsp.samples_of(duration_s)
    size, low_hz, level = [("small", 500, 0.45), ("tall", 250, 0.7), ("mighty", 100, 0.95)][int(rng.integers(3))]
    where = dsp.pick(rng, "into a pool", "onto the rocks", "down the cliff", "into the gorge")
    bank = bubbles(rng, low_hz * 1.5, 4000, count=60)
    spray = unit(scatter(rng, n, bank, rate_hz=float(rng.uniform(500, 800))))
    x = rush(rng, n, low_hz, float(rng.uniform(4000, 8000)), slope_db=-2.0) + 0.4 * spray
    return Draw(finished(x * dsp.slow(rng, n, rate_hz=2.0, low=0.9), level), {"size": size, "where": where})


def wave_times(rng: np.random.Generator, duration_s: float, *, period_s: float) -> list[float]:
    """Moments in seconds at which waves break, from before the start to past the end."""
    times = [float(rng.uniform(-0.6, 0.2)) * period_s]
    while times[-1] < duration_s:
        times.append(times[-1] + period_s * float(rng.uniform(0.75, 1.25)))
    return times


@concept(
    "ocean_waves",
    family="water",
    heard_as=("Ocean", "Waves, surf"),
    captions=(
        "ocean waves", "{size} waves break {where}", "the surf", "waves rolling in {where}", "the sea crashes {where}",
        "{size} waves crash {where}", "the sound of the ocean", "surf washing up the beach", "the sea shore",
        "breakers pound {where}", "{size} surf", "the tide washes in and out", "waves of the sea rise and fall",
    ),
    held_out=("the sea rolls {where}", "{size} breakers", "waves wash ashore"),
)  # fmt: skip
def ocean_waves(rng: np.random.Generator, duration_s: float) -> Draw:
    """Each wave swells darkly, breaks brightly and draws back hissing."""
    n = dsp.samples_of(duration_s)
    t = dsp.timebase(n)
    size, period_s, level = [("gentle", 4.0, 0.4), ("rolling", 5.5, 0.65), ("great", 7.0, 0.95)][int(rng.integers(3))]
    where = dsp.pick(rng, "on the shore", "on the beach", "against the rocks", "on the sand")
    swell, wash = np.zeros(n), np.zeros(n)
    for at in wave_times(rng, duration_s, period_s=period_s):
        gain = float(rng.uniform(0.6, 1.0))
        swell += gain * np.exp(-(((t - at) / (0.25 * period_s)) ** 2))
        after = np.maximum(t - at + 0.15 * period_s, 0)
        wash += gain * np.minimum(after / 0.5, 1) * np.exp(-after / (0.35 * period_s))
    x = swell * rush(rng, n, 80, 900) + 0.9 * wash * rush(rng, n, 500, 6000, slope_db=-2.5)
    return Draw(finished(x + 0.15 * rush(rng, n, 150, 2500), level), {"size": size, "where": where})


@concept(
    "waves_lapping",
    family="water",
    heard_as=("Water", "Slosh", "Waves, surf", "Splash, splatter", "Rowboat, canoe, kayak", "Gurgling", "Ocean"),
    captions=(
        "waves lapping {where}", "water laps {where}", "{pace} lapping water", "ripples slap {where}",
        "water slopping {where}", "small waves on a lake", "the lap of water at a jetty", "a lake shore",
        "{pace} wavelets lap {where}", "water gently slapping wood", "harbour water lapping",
    ),
    held_out=("little waves slap {where}", "{pace} ripples lapping", "the lake laps at its edge"),
)  # fmt: skip
def waves_lapping(rng: np.random.Generator, duration_s: float) -> Draw:
    """Small slaps and gulps of water, one or two a second."""
    n = dsp.samples_of(duration_s)
    pace, gap_s = [("lazy", 1.1), ("steady", 0.75), ("brisk", 0.5)][int(rng.integers(3))]
    where = dsp.pick(rng, "against the boat", "at the dock", "on the lake shore", "against the pier")
    force = np.full(n, 0.12)
    for at in dsp.onsets(rng, duration_s, every_s=(0.6 * gap_s, 1.4 * gap_s)):
        width_s = float(rng.uniform(0.3, 0.7))
        dsp.place(force, dsp.hann_pulse(dsp.samples_of(width_s)), dsp.samples_of(at), float(rng.uniform(0.4, 1.0)))
    bank = bubbles(rng, 250, 2500, count=50, rise=0.1, ring=1.0)
    gulps = unit(scatter(rng, n, bank, rate_hz=500.0, density=np.clip(force, 0, 1)))
    x = gulps + 0.7 * unit(force**2 * rush(rng, n, 300, 3500)) + 0.12 * rush(rng, n, 200, 3000)
    return Draw(finished(x, 0.6), {"pace": pace, "where": where})


@concept(
    "flood",
    family="water",
    heard_as=("Waterfall", "Stream", "Gush", "Water", "Ocean"),
    captions=(
        "a flood", "flood water rushes {where}", "a torrent surges {where}", "a {force} flood", "water bursting in",
        "a {force} torrent of water", "a dam breaks and water rushes out", "a surge of water", "water gushing {where}",
        "a flash flood roars {where}", "{force} water sweeps everything away",
    ),
    held_out=("a deluge pours {where}", "a {force} rush of flood water", "the dam has burst"),
)  # fmt: skip
def flood(rng: np.random.Generator, duration_s: float) -> Draw:
    """A deep roar that swells, full of large bubbles and splashes."""
    n = dsp.samples_of(duration_s)
    force, body, level = [("surging", 1.0, 0.75), ("violent", 1.5, 0.85), ("roaring", 2.2, 0.95)][int(rng.integers(3))]
    where = dsp.pick(rng, "down the street", "through the tunnel", "into the room", "through the valley")
    surge = dsp.slow(rng, n, rate_hz=0.8, low=0.55)
    bank = bubbles(rng, 120, 1500, count=60, rise=0.15, ring=1.4)
    gulps = unit(scatter(rng, n, bank, rate_hz=500.0, density=surge))
    x = surge * (body * rush(rng, n, 80, 2500) + 0.6 * rush(rng, n, 1000, 7000)) + gulps
    return Draw(finished(x, level), {"force": force, "where": where})


@concept(
    "fountain",
    family="water",
    heard_as=("Stream", "Water", "Waterfall", "Trickle, dribble", "Pour", "Splash, splatter"),
    captions=(
        "a fountain", "a {size} fountain {where}", "a fountain splashing {where}", "water plays in a fountain",
        "the splash of a fountain", "a {size} fountain trickles", "water jets fall into a basin", "a garden fountain",
        "fountain water splashes {where}", "the {size} fountain {where} murmurs", "a fountain in the square",
    ),
    held_out=("a {size} splashing fountain", "water falls in the basin of a fountain", "a fountain runs {where}"),
)  # fmt: skip
def fountain(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bright bubbles of falling jets and their steady spray."""
    n = dsp.samples_of(duration_s)
    size, rate_hz, spray = [("little", 200.0, 0.3), ("large", 450.0, 0.7), ("grand", 700.0, 1.2)][int(rng.integers(3))]
    where = dsp.pick(rng, "in the square", "in the courtyard", "in the park", "in the garden")
    bank = bubbles(rng, 500, 5000, count=60, rise=0.05, ring=1.2)
    drops = unit(scatter(rng, n, bank, rate_hz=rate_hz))
    x = dsp.reverb(drops + spray * rush(rng, n, 800, 7000), rng, seconds=0.5, wet=0.15)
    return Draw(finished(x, 0.6), {"size": size, "where": where})
