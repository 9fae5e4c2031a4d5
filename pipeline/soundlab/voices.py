"""A source and filter model of animal voices: pulses through a throat, and calls set out in time and space.

Knows nothing of particular animals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.soundlab.dsp import (
    coloured,
    distant,
    highpass,
    lowpass,
    normalised,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    slow,
    white,
)
from pipeline.soundlab.registry import RATE_HZ

Formant = tuple[float, float, float]  # centre in hertz, quality, gain
WHERE_SOUNDED = ("nearby", "nearby", "outdoors", "in the distance", "in a large hall")


def contour(n: int, *values: float) -> np.ndarray:
    """A smooth curve [n] through equally spaced values: the melody or the loudness of a call."""
    at = np.linspace(0, len(values) - 1, n)
    left = np.minimum(at.astype(int), len(values) - 2)
    mix = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    points = np.asarray(values, dtype=float)
    return points[left] * (1 - mix) + points[left + 1] * mix


def swell(n: int, *, attack: float = 0.1, release: float = 0.3) -> np.ndarray:
    """An envelope [n] that rises and falls within the given shares of its length."""
    t = np.linspace(0, 1, n)
    return np.sin(np.pi / 2 * np.clip(np.minimum(t / attack, (1 - t) / release), 0, 1)) ** 1.5


def pulses(rng: np.random.Generator, f0_hz: np.ndarray, *, bright_hz: float, jitter: float = 0.01) -> np.ndarray:
    """Glottal pulses of unit variance whose harmonics reach to about `bright_hz`."""
    n = len(f0_hz)
    wander = lowpass(white(rng, n), 60.0, order=1)
    f0 = f0_hz * (1 + jitter * wander / (wander.std() + 1e-9))
    tension = 0.5 * (bright_hz / np.maximum(f0_hz, 20.0)) ** 2 + 0.5
    wave = np.exp(tension * (np.cos(2 * np.pi * np.cumsum(f0) / RATE_HZ) - 1))
    wave = highpass(wave, 30.0, order=1)
    return wave / (wave.std() + 1e-9)


def throat(x: np.ndarray, formants: Sequence[Formant]) -> np.ndarray:
    """The sum of formant bands."""
    return sum((gain * resonance(x, hz, q=q) for hz, q, gain in formants), np.zeros(len(x)))


def roughness(rng: np.random.Generator, n: int, *, rate_hz: float, depth: float) -> np.ndarray:
    """An irregular tremor [n] about 1 - depth / 2, as of vocal folds that beat against each other."""
    rate = rate_hz * slow(rng, n, rate_hz=rate_hz / 2, low=0.6, high=1.4)
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * np.cumsum(rate) / RATE_HZ)
    return 1 - depth * wave * slow(rng, n, rate_hz=rate_hz / 3, low=0.4, high=1.0)


def voiced(  # noqa: PLR0913  (each is a property of a voice)
    rng: np.random.Generator,
    f0_hz: np.ndarray,
    *shapes: Sequence[Formant],
    bright_hz: float = 4000.0,
    breath: float = 0.1,
    rough: float = 0.0,
    rough_hz: float = 35.0,
    jitter: float = 0.01,
    tilted: bool = True,
) -> np.ndarray:
    """A voice along a melody; several formant tables are passed through in turn, as a mouth opens and closes."""
    n = len(f0_hz)
    source = pulses(rng, f0_hz, bright_hz=1.8 * bright_hz, jitter=jitter)
    if tilted:
        source = lowpass(source, 2.0 * float(f0_hz.mean()), order=1)
        source = source / (source.std() + 1e-9)
    source = source + breath * white(rng, n) * (0.5 + np.clip(source, 0, 2))
    if rough > 0:
        source = source * roughness(rng, n, rate_hz=rough_hz, depth=rough)
    if len(shapes) == 1:
        return throat(source, shapes[0])
    at = np.linspace(0, len(shapes) - 1, n)
    return sum(
        (throat(source, table) * np.clip(1 - np.abs(at - k), 0, 1) for k, table in enumerate(shapes)), np.zeros(n)
    )


def scaled(formants: Sequence[Formant], factor: float) -> list[Formant]:
    """The same throat, longer or shorter."""
    return [(hz * factor, q, gain) for hz, q, gain in formants]


def calls(
    rng: np.random.Generator,
    duration_s: float,
    make: Callable[[], np.ndarray],
    *,
    gap_s: tuple[float, float],
    group: tuple[int, int] = (1, 1),
    between_s: tuple[float, float] = (0.05, 0.2),
) -> np.ndarray:
    """Calls in groups over the whole duration: short rests between the calls, longer gaps between the groups."""
    out = np.zeros(samples_of(duration_s))
    at = samples_of(rng.uniform(0.0, 0.2))
    while at < len(out) - samples_of(0.05):
        for _ in range(int(rng.integers(group[0], group[1] + 1))):
            grain = make()
            place(out, grain, at, float(rng.uniform(0.7, 1.0)))
            at += len(grain) + samples_of(rng.uniform(*between_s))
        at += samples_of(rng.uniform(*gap_s))
    return out


def staged(rng: np.random.Generator, x: np.ndarray, *, noise_db: float = -42.0) -> tuple[np.ndarray, str]:
    """The calls put somewhere, with a faint bed of air, and the words that say where."""
    where = pick(rng, *WHERE_SOUNDED)
    dry = normalised(x)
    if where == "in the distance":
        dry = distant(dry, rng, amount=float(rng.uniform(0.25, 0.45)))
    elif where == "in a large hall":
        dry = reverb(dry, rng, seconds=rng.uniform(1.2, 2.2), wet=rng.uniform(0.3, 0.45))
    else:
        dry = reverb(dry, rng, seconds=rng.uniform(0.2, 0.6), wet=rng.uniform(0.06, 0.18))
    bed = coloured(rng, len(x), slope_db=-4.0) * 10 ** ((noise_db + rng.uniform(-8, 4)) / 20)
    return np.clip(dry + bed, -1, 1), where


def formed(
    x: np.ndarray, centres_hz: np.ndarray, widths: Sequence[float], gains: Sequence[float], floor: float
) -> np.ndarray:
    """`x` [T] through formants that move: centres [K, 4] spread over its length, widths as shares of the centres."""
    n, hop, window = len(x), 256, 1024
    frames = int(np.ceil(n / hop)) + 3
    at = np.linspace(0, len(centres_hz) - 1, frames)
    moved = np.stack([np.interp(at, np.arange(len(centres_hz)), column) for column in centres_hz.T], axis=1)
    bins = np.fft.rfftfreq(window, 1 / RATE_HZ).astype(np.float32)
    power = np.full((frames, len(bins)), floor**2, dtype=np.float32)
    for centre, width, gain in zip(moved.T.astype(np.float32)[:, :, None], widths, gains, strict=True):
        power += np.float32(gain**2) / (1 + ((bins - centre) / (np.float32(0.5 * width) * centre)) ** 2)
    padded = np.zeros((frames + 3) * hop, dtype=np.float32)
    padded[3 * hop : 3 * hop + n] = x
    hann = np.hanning(window + 1)[:-1].astype(np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][:frames] * hann
    parts = (np.fft.irfft(np.fft.rfft(cut) * np.sqrt(power), window) * hann).reshape(frames, 4, hop)
    out = np.zeros((frames + 3, hop))
    for k in range(4):
        out[k : k + frames] += parts[:, k]
    return out.ravel()[3 * hop : 3 * hop + n]


def _unit(x: np.ndarray) -> np.ndarray:
    return x / (x.std() + 1e-9)


@dataclass(frozen=True, kw_only=True)
class Voice:
    """An animal's voice and the call that it makes; the figures were fitted to how an independent judge hears it.

    `melody` and `mouth` are curves that multiply the pitch and the first three formants through the call. `shake` is
    the tremor as (rate in hertz, depths through the call, share of pitch); `jitter` is (share of pitch, hertz);
    `rough` the beating of the folds as (depth, hertz); `edges` the shares of attack and release.
    `phrase` lists (pitch, length) of the syllables of one call, `group` and the gaps say how calls follow each other.
    """

    seconds: float
    pitch_hz: float
    melody: tuple[float, ...]
    formants_hz: tuple[float, float, float, float]
    widths: tuple[float, float, float, float]
    gains: tuple[float, float, float, float]
    mouth: tuple[float, float, float] = (1.0, 1.0, 1.0)
    floor: float = 0.003
    shake: tuple[float, tuple[float, float, float], float] = (8.0, (0.05, 0.05, 0.05), 0.01)
    jitter: tuple[float, float] = (0.015, 60.0)
    bright_hz: float = 4000.0
    breath: float = 0.15
    rough: tuple[float, float] = (0.02, 35.0)
    edges: tuple[float, float] = (0.15, 0.3)
    phrase: tuple[tuple[float, float], ...] = ((1.0, 1.0),)
    gap_s: float = 0.6
    group: int = 1
    between_s: float = 0.1
    noise_db: float = -42.0

    def _pitch(self, rng: np.random.Generator, n: int, pitch: float) -> tuple[np.ndarray, np.ndarray]:
        rate_hz, depths, share = self.shake
        tremor = np.sin(2 * np.pi * np.cumsum(rate_hz * slow(rng, n, rate_hz=3, low=0.85, high=1.15)) / RATE_HZ)
        depth = contour(n, *depths)
        wander = _unit(lowpass(white(rng, n), self.jitter[1], order=1))
        f0 = self.pitch_hz * pitch * rng.uniform(0.95, 1.05) * contour(n, *self.melody)
        f0 = f0 * (1 + share * tremor * depth / depths[1]) * (1 + self.jitter[0] * wander)
        return np.maximum(f0, 5.0), np.clip(1 - depth * (0.5 - 0.5 * tremor), 0, None)

    def call(
        self, rng: np.random.Generator, *, pitch: float = 1.0, size: float = 1.0, length: float = 1.0
    ) -> np.ndarray:
        """One call at `pitch` times the voice's own, through a throat `size` times as short. Peak of order 1."""
        n = samples_of(self.seconds * length * rng.uniform(0.8, 1.2))
        f0, gain = self._pitch(rng, n, pitch)
        tension = 0.5 * (self.bright_hz / f0) ** 2 + 0.5
        source = np.exp(tension * (np.cos(2 * np.pi * np.cumsum(f0) / RATE_HZ) - 1))
        source = _unit(highpass(source, 30.0, order=1))
        source = source + self.breath * white(rng, n) * (0.5 + np.clip(source, 0, 2))
        if self.rough[0] > 0.02:
            source = source * roughness(rng, n, rate_hz=self.rough[1], depth=self.rough[0])
        opened = np.array([(m, m, m, 1.0) for m in self.mouth]) * np.array(self.formants_hz) * size
        x = _unit(formed(source, opened, self.widths, self.gains, self.floor)) * gain
        return x * swell(n, attack=self.edges[0], release=self.edges[1])

    def phrased(self, rng: np.random.Generator, *, pitch: float, size: float) -> np.ndarray:
        """The voice's whole phrase: one call, or several of their own pitches and lengths close together."""
        if len(self.phrase) == 1:
            return self.call(rng, pitch=pitch, size=size)
        parts = []
        for ratio, length in self.phrase:
            rest = np.zeros(samples_of(0.4 * self.between_s * rng.uniform(0.7, 1.3)))
            parts += [self.call(rng, pitch=pitch * ratio, size=size, length=length), rest]
        return np.concatenate(parts)


def herd(
    rng: np.random.Generator, duration_s: float, voice: Voice, *, count: int = 1, pitch: float = 1.0, size: float = 1.0
) -> tuple[np.ndarray, str]:
    """`count` animals that call [T], each a little unlike the others, put somewhere; and the words that say where."""
    out = np.zeros(samples_of(duration_s))
    group = (voice.group - 1, voice.group + 1) if voice.group > 1 else (1, 1)
    gap_s, between_s = (0.6 * voice.gap_s, 1.5 * voice.gap_s), (0.5 * voice.between_s, 1.5 * voice.between_s)
    for _ in range(count):
        own = {"pitch": pitch * np.exp(rng.normal(0, 0.07)), "size": size * np.exp(rng.normal(0, 0.04))}
        phrase = partial(voice.phrased, rng, **own)
        out += calls(rng, duration_s, phrase, gap_s=gap_s, group=group, between_s=between_s) * rng.uniform(0.5, 1)
    return staged(rng, out, noise_db=voice.noise_db)
