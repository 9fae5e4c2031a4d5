"""Instruments note by note, and the simple harmony the music concepts are built from.

Knows nothing of pieces or captions. Notes are MIDI numbers (69 is 440 Hz); signals are mono float [T] at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    decay,
    faded,
    highpass,
    lowpass,
    normalised,
    place,
    samples_of,
    slow,
    struck,
    tone,
    wavetable,
    white,
)
from pipeline.soundlab.registry import RATE_HZ

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (5, 3, 0, 4), (0, 2, 3, 4))
Note = Callable[[np.random.Generator, float, float], np.ndarray]


def hz_of(midi: float) -> float:
    """Equal temperament, A4 = 440 Hz."""
    return 440.0 * 2 ** ((midi - 69) / 12)


def degree(scale: Sequence[int], step: int, tonic: int) -> int:
    """The MIDI note `step` degrees of `scale` above `tonic`; steps run on over octaves."""
    return tonic + 12 * (step // len(scale)) + scale[step % len(scale)]


def chord(scale: Sequence[int], root: int, tonic: int) -> list[int]:
    """A triad on the degree `root`."""
    return [degree(scale, root + k, tonic) for k in (0, 2, 4)]


def melody_steps(rng: np.random.Generator, count: int, *, low: int = 0, high: int = 9) -> np.ndarray:
    """A walk over scale degrees, mostly by step, kept in range, [count]."""
    walk = np.cumsum(rng.choice((-2, -1, -1, 1, 1, 2, 3, -3, 0), count)) + rng.integers(low, high)
    span = 2 * (high - low)
    return low + np.abs((walk - low) % span - (high - low))


def sequence(
    rng: np.random.Generator, duration_s: float, events: Sequence[tuple[float, float, float]], note: Note
) -> np.ndarray:
    """Play (start_s, midi, length_s) events with `note`, each with its own touch; peak 0.8."""
    out = np.zeros(samples_of(duration_s))
    played: dict[tuple[float, float], np.ndarray] = {}
    for start_s, midi, length_s in events:
        if start_s < duration_s:
            key = (midi, length_s)
            if key not in played:
                played[key] = note(rng, hz_of(midi), length_s)
            place(out, played[key], samples_of(max(start_s, 0.0)), float(rng.uniform(0.6, 1.0)))
    return normalised(out)


def tune(
    rng: np.random.Generator, duration_s: float, *, scale: Sequence[int], tonic: int, beat_s: float, high: int = 9
) -> list[tuple[float, float, float]]:
    """A melody of crotchets, quavers and held notes that fills the clip."""
    events, at_s = [], 0.02
    for step in melody_steps(rng, int(duration_s / beat_s * 2) + 2, high=high):
        length = beat_s * float(rng.choice((0.5, 0.5, 1, 1, 2)))
        events.append((at_s, float(degree(scale, int(step), tonic)), length))
        at_s += length
    return events


def plucked(
    rng: np.random.Generator, hz: float, length_s: float, *, bright: float = 0.5, ring_s: float = 1.5
) -> np.ndarray:
    """A plucked string: partials weighted by where it was plucked, higher ones dying sooner."""
    n = samples_of(min(length_s * 1.5 + 0.5, ring_s * 2.5))
    k = np.arange(1, max(2, min(28, int(9000 / hz))) + 1)
    gains = np.abs(np.sin(np.pi * k * rng.uniform(0.13, 0.24))) / k ** (1.6 - bright)
    freqs = hz * k * np.sqrt(1 + 0.00012 * k**2)
    taus = ring_s * (220 / hz) ** 0.4 / (1 + 0.25 * k)
    pick_noise = highpass(white(rng, 400), 1500) * decay(400, tau_s=0.002)
    out = struck(freqs, gains, taus, n, rng)
    place(out, pick_noise, 0, 0.12 * bright)
    return faded(out, 0.002)


def piano(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """Two stretched strings a note with a double decay and a hammer's thump."""
    n = samples_of(min(length_s + 0.9, 3.5))
    k = np.arange(1, max(3, min(18, int(7000 / hz))) + 1)
    gains = 1 / k**1.1 * np.exp(-k * hz / 3800) * (np.abs(np.sin(np.pi * k / 8)) + 0.15)
    taus = 1.6 * (262 / hz) ** 0.5 / k**0.5
    freqs = hz * k * np.sqrt(1 + 0.0004 * k**2)
    out = struck(freqs, gains, taus, n, rng) + struck(freqs * 1.0007, gains * 0.6, taus * 0.35, n, rng)
    place(out, lowpass(white(rng, 1500), 900) * decay(1500, tau_s=0.008), 0, 0.25)
    release = np.clip((n - np.arange(n)) / samples_of(0.5), 0, 1)
    return faded(normalised(out, 1.0) * release, 0.002)


def bowed(rng: np.random.Generator, hz: float, length_s: float, *, attack_s: float = 0.08) -> np.ndarray:
    """A bowed string: a sawtooth through body resonances, vibrato that sets in, bow noise."""
    n = samples_of(length_s + 0.12)
    t = np.arange(n) / RATE_HZ
    vibrato = 0.009 * np.clip(t / 0.25, 0, 1) * np.sin(2 * np.pi * rng.uniform(5, 6.3) * t)
    pitch = hz * (1 + vibrato + 0.002 * slow(rng, n, rate_hz=25, low=-1))
    k = np.arange(1, max(2, min(26, int(9000 / hz))) + 1)
    body = 1 + 1.4 * np.exp(-(((k * hz - 480) / 160) ** 2)) + 1.6 * np.exp(-(((k * hz - 2800) / 1200) ** 2))
    out = wavetable(pitch, n, list(body / k**0.8)) + 0.12 * bandpass(white(rng, n), 1500, 8000, order=1)
    swell = np.clip(t / attack_s, 0, 1) * np.clip((t[-1] - t) / 0.1, 0, 1)
    return normalised(out, 1.0) * swell * slow(rng, n, rate_hz=4, low=0.8)


def brass(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """A trumpet: brightness follows loudness, a scooped attack, slight vibrato."""
    n = samples_of(length_s)
    t = np.arange(n) / RATE_HZ
    loud = np.clip(t / 0.05, 0, 1) * (0.8 + 0.2 * np.exp(-t / 0.1)) * np.clip((t[-1] - t) / 0.06, 0, 1)
    pitch = hz * (
        1
        - rng.uniform(0.02, 0.04) * np.exp(-t / 0.02)
        + 0.004 * np.clip(t - 0.2, 0, 0.3) / 0.3 * np.sin(2 * np.pi * 5.2 * t)
    )
    k = np.arange(1, max(3, min(20, int(9000 / hz))) + 1)
    formant = 1 / (1 + ((k * hz - 1300) / 1300) ** 2)
    dull, bright = wavetable(pitch, n, list(formant / k**1.4)), wavetable(pitch, n, list(formant / k**0.35))
    return normalised(dull * loud + bright * loud**2.5, 1.0)


def flute(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """Few harmonics, breath noise around them, tremolo-like vibrato, a chiff."""
    n = samples_of(length_s + 0.06)
    t = np.arange(n) / RATE_HZ
    beat = np.sin(2 * np.pi * rng.uniform(4.6, 5.6) * t) * np.clip(t / 0.3, 0, 1)
    out = wavetable(hz * (1 + 0.004 * beat), n, (1, 0.45, 0.22, 0.07, 0.03)) * (1 + 0.15 * beat)
    breath = bandpass(white(rng, n), hz * 0.9, hz * 3, order=1) * (0.06 + 0.35 * np.exp(-t / 0.03))
    return (out + breath) * np.clip(t / 0.05, 0, 1) * np.clip((t[-1] - t) / 0.07, 0, 1)


def harp_string(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """A gut string plucked by a fingertip a fifth along: soft partials that soon fade, and the finger's touch."""
    del length_s
    n, k = samples_of(0.9), np.arange(1, max(2, min(24, int(8000 / hz))) + 1)
    gains = np.abs(np.sin(np.pi * k * 0.205)) / k**1.9
    taus = 0.45 * (220 / hz) ** 0.75 / (1 + 0.3 * (k - 1))
    out = normalised(struck(hz * k * np.sqrt(1 + 0.00008 * k**2), gains, taus, n, rng))
    place(out, lowpass(white(rng, 900), 1200) * decay(900, tau_s=0.004), 0, 0.24)
    return faded(out, 0.003)


def squeezebox(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """A musette accordion's reeds: one in tune, one above, one below and a low octave, with the bellows' air."""
    n = samples_of(length_s)
    t, k, cents = np.arange(n) / RATE_HZ, np.arange(1, 26), rng.uniform(20, 26)
    amps = k**-0.32 * np.where(k % 2, 1, 0.9) * (1 + 0.27 * np.exp(-(((k * hz - 534) / 187) ** 2)))
    reeds = ((0.0, 1.0, 1.0), (cents, 1.0, 0.9), (-0.8 * cents, 1.0, 0.6), (3.0, 0.5, 0.58))
    out = sum((g * wavetable(hz * octave * 2 ** (c / 1200), n, amps) for c, octave, g in reeds), np.zeros(n))
    out = lowpass(out, 4300, order=1) + 0.08 * bandpass(white(rng, n), 600, 4000, order=1)
    return normalised(out, 1.0) * np.clip(t / 0.055, 0, 1) * np.clip((t[-1] - t) / 0.05, 0, 1)


def pipe(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """An organ's principal chorus: 8', 4', 2 2/3' and 2' ranks with chiff."""
    n = samples_of(length_s + 0.1)
    t = np.arange(n) / RATE_HZ
    ranks = ((0.5, 0.5), (1, 1), (2, 0.7), (3, 0.3), (4, 0.4))
    out = sum(g * wavetable(hz * r * rng.uniform(0.9985, 1.0015), n, (1, 0.4, 0.25, 0.1)) for r, g in ranks)
    chiff = bandpass(white(rng, n), hz * 2, hz * 6, order=1) * np.exp(-t / 0.03)
    return (out + 0.3 * chiff) * np.clip(t / 0.04, 0, 1) * np.clip((t[-1] - t) / 0.1, 0, 1)


def comb_tine(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """A music box tine: a clear tone with a sharp, high, quick overtone and a click."""
    del length_s
    n = samples_of(1.4)
    out = struck((hz, hz * 2.0, hz * 6.27, hz * 9.1), (1, 0.12, 0.3, 0.1), (0.55, 0.3, 0.05, 0.02), n, rng)
    place(out, highpass(white(rng, 200), 3000) * decay(200, tau_s=0.001), 0, 0.1)
    return faded(out, 0.001)


def kick(rng: np.random.Generator) -> np.ndarray:
    """A bass drum."""
    n = samples_of(0.35)
    t = np.arange(n) / RATE_HZ
    body = tone(rng.uniform(45, 60) + 130 * np.exp(-t / 0.025), n) * decay(n, tau_s=0.11)
    return body + 0.25 * lowpass(white(rng, n), 3500) * decay(n, tau_s=0.006)


def snare(rng: np.random.Generator) -> np.ndarray:
    """A snare drum."""
    n = samples_of(0.3)
    head = struck((185, 330, 440), (1, 0.6, 0.3), (0.06, 0.04, 0.03), n, rng)
    return normalised(0.6 * head + 0.8 * bandpass(white(rng, n), 900, 9000, order=1) * decay(n, tau_s=0.07))


def hat(rng: np.random.Generator, tau_s: float) -> np.ndarray:
    """A hi-hat, closed (tau 0.03 s) or open (0.2 s)."""
    n = samples_of(tau_s * 5)
    return normalised(highpass(white(rng, n), 6500) * decay(n, tau_s=tau_s))
