"""A synthetic vocal tract: glottal pulses and breath shaped by moving formants.

Knows how to turn tracks of pitch, voicing, breath and formants into sound; knows nothing of who speaks, cries or sings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from pipeline.soundlab import dsp
from pipeline.soundlab.registry import RATE_HZ

HOP_SAMPLES, WINDOW_SAMPLES = 256, 1024
FRAME_HZ = RATE_HZ / HOP_SAMPLES
# First three formants in Hz of a grown man's vowels, after the classic measurements of Peterson and Barney (1952).
VOWELS = {
    "a": (730, 1090, 2440), "ae": (660, 1720, 2410), "e": (530, 1840, 2480), "i": (270, 2290, 3010),
    "o": (570, 840, 2410), "u": (300, 870, 2240),
    "uh": (640, 1190, 2390), "er": (490, 1350, 1690), "m": (250, 1000, 2200),
}  # fmt: skip
SPOKEN = ("a", "ae", "e", "i", "o", "u", "uh", "er")
FRICATIVES_HZ = ((4500.0, 9500.0), (2100.0, 5500.0), (1500.0, 9000.0))
_BANDWIDTHS_HZ = (80.0, 100.0, 140.0, 200.0, 280.0)


@dataclass
class Track:
    """Control curves at `FRAME_HZ`, each [frames] (formants [frames, 5], fricatives [3, frames])."""

    f0_hz: np.ndarray
    voiced: np.ndarray
    breath: np.ndarray
    fricatives: np.ndarray
    formants_hz: np.ndarray


def frames_of(duration_s: float) -> int:
    """Control frames that cover a duration."""
    return int(np.ceil(round(duration_s * RATE_HZ) / HOP_SAMPLES)) + 3


def formants(vowel: str, tract: float) -> np.ndarray:
    """Five formants in Hz; `tract` is 1 for a man, about 1.17 for a woman, 1.35 for a child."""
    return np.array([*VOWELS[vowel], 3400, 4400]) * tract


def blank(frames: int, *, f0_hz: float, tract: float, vowel: str = "uh") -> Track:
    """A silent track, to be written into."""
    zeros = np.zeros(frames)
    held = np.tile(formants(vowel, tract), (frames, 1))
    return Track(np.full(frames, float(f0_hz)), zeros.copy(), zeros.copy(), np.zeros((3, frames)), held)


def smooth(track: Track, *, seconds: float = 0.018) -> Track:
    """The same track with every curve rounded off, as muscles do."""
    sigma = seconds * FRAME_HZ
    return Track(
        gaussian_filter1d(track.f0_hz, sigma, mode="nearest"),
        gaussian_filter1d(track.voiced, sigma * 0.6),
        gaussian_filter1d(track.breath, sigma * 0.6),
        gaussian_filter1d(track.fricatives, sigma * 0.6, axis=1),
        gaussian_filter1d(track.formants_hz, sigma, axis=0, mode="nearest"),
    )


def glottis(f0_hz: np.ndarray, *, open_share: float = 0.62) -> np.ndarray:
    """The derivative of the glottal flow (Rosenberg's polynomial pulse) for a pitch curve at the sample rate."""
    x = (np.cumsum(f0_hz / RATE_HZ) % 1.0) / open_share
    return np.where(x < 1, 2 * x - 3 * x * x, 0.0)


def _gains(formants_hz: np.ndarray) -> np.ndarray:
    f = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / RATE_HZ).astype(np.float32)[None, :]
    power = np.ones((len(formants_hz), f.shape[1]), dtype=np.float32)
    for k, width in enumerate(_BANDWIDTHS_HZ):
        centre = formants_hz[:, k : k + 1].astype(np.float32) ** 2
        power *= centre**2 / ((centre - f**2) ** 2 + (f * width) ** 2)
    return np.sqrt(power + 1e-9)


def shaped(source: np.ndarray, formants_hz: np.ndarray) -> np.ndarray:
    """`source` [T] through formants [frames, 5] that move, by overlap-add of short spectra."""
    n, frames = len(source), int(np.ceil(len(source) / HOP_SAMPLES)) + 3
    padded = np.zeros((frames + 3) * HOP_SAMPLES, dtype=np.float32)
    padded[3 * HOP_SAMPLES : 3 * HOP_SAMPLES + n] = source
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES][:frames] * window
    made = np.fft.irfft(np.fft.rfft(cut) * _gains(formants_hz[:frames]), WINDOW_SAMPLES) * window
    parts, out = made.reshape(frames, 4, HOP_SAMPLES), np.zeros((frames + 3, HOP_SAMPLES))
    for k in range(4):
        out[k : k + frames] += parts[:, k]
    return out.ravel()[3 * HOP_SAMPLES : 3 * HOP_SAMPLES + n] / 1.5


def at_rate(curve: np.ndarray, n: int) -> np.ndarray:
    """A control curve read at each of `n` samples."""
    return np.interp(np.arange(n) / HOP_SAMPLES, np.arange(len(curve)), curve)


def spoken(track: Track, rng: np.random.Generator, n: int, *, rough: float = 0.01) -> np.ndarray:
    """The sound [n] of a track; `rough` is the share of pitch jitter (0.01 healthy, 0.1 screaming)."""
    jitter = 1 + rough * dsp.slow(rng, n, rate_hz=45, low=-1, high=1)
    source = glottis(at_rate(track.f0_hz, n) * jitter) * at_rate(track.voiced, n)
    source = source + 0.16 * dsp.white(rng, n) * at_rate(track.breath, n)
    out = shaped(source, track.formants_hz)
    for (low, high), curve in zip(FRICATIVES_HZ, track.fricatives, strict=True):
        if curve.any():
            out += 0.09 * dsp.bandpass(dsp.white(rng, n), low, high) * at_rate(curve, n)
    return out


def _consonant(track: Track, rng: np.random.Generator, at: int, length: int) -> None:
    kind, span = int(rng.integers(0, 5)), slice(at, at + length)
    if kind == 0:
        burst = slice(at + length * 2 // 3, at + length)
        track.fricatives[int(rng.integers(0, 3)), burst] = rng.uniform(0.5, 1.3)
    elif kind == 1:
        track.fricatives[int(rng.integers(0, 3)), span] = rng.uniform(0.4, 1.0)
    elif kind == 2:
        track.voiced[span] = 0.4
        track.formants_hz[span] *= np.array([0.5, 0.9, 1, 1, 1])
    elif kind == 3:
        track.breath[span] = 0.7
    else:
        track.voiced[span] = 0.6


def speech_track(rng: np.random.Generator, frames: int, *, f0_hz: float, tract: float, tempo: float = 1.0) -> Track:
    """Babbled phrases of consonants and vowels: speech without words, `tempo` 1 being about five syllables a second."""
    track, at = blank(frames, f0_hz=f0_hz, tract=tract), int(rng.uniform(0, 0.15) * FRAME_HZ)
    while at < frames:
        syllables = int(rng.integers(4, 11))
        for k in range(syllables):
            length = int(rng.uniform(0.04, 0.1) / tempo * FRAME_HZ) + 2
            vowel = int(rng.uniform(0.07, 0.2) * (1.6 if k == syllables - 1 else 1) / tempo * FRAME_HZ) + 3
            track.formants_hz[at : at + length + vowel] = formants(str(rng.choice(SPOKEN)), tract)
            track.f0_hz[at : at + length + vowel] = f0_hz * (1.18 - 0.36 * k / syllables) * rng.uniform(0.9, 1.16)
            _consonant(track, rng, at, length)
            track.voiced[at + length : at + length + vowel] = rng.uniform(0.7, 1.0)
            track.breath[at + length : at + length + vowel] = 0.12
            at += length + vowel
        at += int(rng.uniform(0.15, 0.5) / tempo * FRAME_HZ)
    return smooth(track)


def speech(
    rng: np.random.Generator, duration_s: float, *, f0_hz: float, tract: float, tempo: float = 1.0
) -> np.ndarray:
    """One voice talking, [T], peak about 0.8."""
    track = speech_track(rng, frames_of(duration_s), f0_hz=f0_hz, tract=tract, tempo=tempo)
    return dsp.normalised(spoken(track, rng, dsp.samples_of(duration_s)))


def thickened(x: np.ndarray, rng: np.random.Generator, *, copies: int, spread: float = 0.12) -> np.ndarray:
    """Many from one: copies of `x` moved in time round the clip and up and down in pitch."""
    n, out = len(x), np.zeros(len(x))
    for _ in range(copies):
        ratio = float(np.exp(rng.normal(0, spread)))
        at = (np.arange(n) * ratio + rng.integers(0, n)) % n
        out += np.interp(at, np.arange(n), x) * rng.uniform(0.3, 1.0)
    return out
