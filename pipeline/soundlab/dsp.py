"""Building blocks of synthesis: noise colours, envelopes, resonators, grains, space.

All signals are mono float [T] at 44.1 kHz. Knows nothing of particular sounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from pipeline.soundlab.registry import RATE_HZ

NYQUIST_HZ = RATE_HZ / 2
Values = Sequence[float] | np.ndarray


def samples_of(duration_s: float) -> int:
    """Seconds to samples."""
    return round(duration_s * RATE_HZ)


def timebase(n: int) -> np.ndarray:
    """Seconds at each of `n` samples."""
    return np.arange(n) / RATE_HZ


def white(rng: np.random.Generator, n: int) -> np.ndarray:
    """White Gaussian noise of unit variance."""
    return rng.standard_normal(n, dtype=np.float32)


def coloured(rng: np.random.Generator, n: int, *, slope_db: float) -> np.ndarray:
    """Noise whose power falls by `slope_db` (negative) an octave: -3 is pink, -6 is brown. Unit variance."""
    spectrum = np.fft.rfft(white(rng, n))
    freq = np.maximum(np.fft.rfftfreq(n, 1 / RATE_HZ), 20.0)
    shaped = np.fft.irfft(spectrum * (freq / 1000.0) ** (slope_db / 6.02), n)
    return shaped / (shaped.std() + 1e-9)


def _edge(hz: float) -> float:
    return float(np.clip(hz, 15.0, NYQUIST_HZ * 0.98))


def lowpass(x: np.ndarray, hz: float, *, order: int = 2) -> np.ndarray:
    """Butterworth low pass."""
    return sosfilt(butter(order, _edge(hz), "low", fs=RATE_HZ, output="sos"), x)


def highpass(x: np.ndarray, hz: float, *, order: int = 2) -> np.ndarray:
    """Butterworth high pass."""
    return sosfilt(butter(order, _edge(hz), "high", fs=RATE_HZ, output="sos"), x)


def bandpass(x: np.ndarray, low_hz: float, high_hz: float, *, order: int = 2) -> np.ndarray:
    """Butterworth band pass."""
    low, high = _edge(low_hz), _edge(high_hz)
    return sosfilt(butter(order, (min(low, high * 0.95), high), "band", fs=RATE_HZ, output="sos"), x)


def resonance(x: np.ndarray, hz: float, *, q: float) -> np.ndarray:
    """A band of `q` around `hz`: one formant or one mode of a body."""
    return bandpass(x, hz * (1 - 0.5 / q), hz * (1 + 0.5 / q), order=1)


def slow(rng: np.random.Generator, n: int, *, rate_hz: float, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """A smooth random curve in [low, high] with about `rate_hz` turns a second: gusts, wobble, drift."""
    knots = max(int(np.ceil(n / RATE_HZ * rate_hz * 2)) + 3, 4)
    values = rng.uniform(low, high, knots)
    at = np.linspace(0, knots - 1, n, endpoint=False)
    left = at.astype(int)
    mix = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    return values[left] * (1 - mix) + values[np.minimum(left + 1, knots - 1)] * mix


def decay(n: int, *, tau_s: float, attack_s: float = 0.0) -> np.ndarray:
    """An exponential decay after a linear attack."""
    t = timebase(n)
    rise = np.minimum(t / attack_s, 1.0) if attack_s > 0 else 1.0
    return rise * np.exp(-np.maximum(t - attack_s, 0) / tau_s)


def hann_pulse(n: int) -> np.ndarray:
    """A smooth bump from 0 to 1 to 0."""
    return np.hanning(n + 2)[1:-1]


def tone(freq_hz: np.ndarray | float, n: int, *, phase: float = 0.0) -> np.ndarray:
    """A sine whose frequency may vary by sample."""
    step = np.broadcast_to(np.asarray(freq_hz, dtype=float), (n,)) / RATE_HZ
    return np.sin(2 * np.pi * np.cumsum(step) + phase)


def harmonics(freq_hz: np.ndarray | float, n: int, amplitudes: Values) -> np.ndarray:
    """A harmonic series; partials above the Nyquist frequency are left out."""
    step = np.broadcast_to(np.asarray(freq_hz, dtype=float), (n,)) / RATE_HZ
    phase, top = 2 * np.pi * np.cumsum(step), float(np.max(step)) * RATE_HZ
    kept = [(k, a) for k, a in enumerate(amplitudes, 1) if k * top < NYQUIST_HZ]
    return sum((a * np.sin(k * phase) for k, a in kept), np.zeros(n))


def modes(freqs_hz: Values, gains: Values, taus_s: Values, n: int, rng: np.random.Generator) -> np.ndarray:
    """Modal synthesis: damped sines struck together (bells, metal, wood, glass)."""
    t = timebase(n)
    out = np.zeros(n)
    for hz, gain, tau in zip(freqs_hz, gains, taus_s, strict=True):
        if hz < NYQUIST_HZ:
            out += gain * np.exp(-t / tau) * np.sin(2 * np.pi * hz * t + rng.uniform(0, 2 * np.pi))
    return out


def place(out: np.ndarray, grain: np.ndarray, at: int, gain: float = 1.0) -> None:
    """Add `grain` into `out` from sample `at`, cut where `out` ends."""
    if at < len(out):
        stop = min(at + len(grain), len(out))
        out[at:stop] += gain * grain[: stop - at]


def onsets(
    rng: np.random.Generator, duration_s: float, *, every_s: tuple[float, float], first_s: float = 0.15
) -> list[float]:
    """Times in seconds of recurring events: the first before `first_s`, then gaps drawn from `every_s`."""
    times = [float(rng.uniform(0, first_s))]
    while times[-1] < duration_s:
        times.append(times[-1] + float(rng.uniform(*every_s)))
    return times[:-1] if len(times) > 1 else times


def impulses(rng: np.random.Generator, n: int, *, rate_hz: float, spread: float = 1.0) -> np.ndarray:
    """A Poisson train of impulses with log-normal strengths: drops, crackles, grains to convolve."""
    out = np.zeros(n)
    count = max(int(rng.poisson(rate_hz * n / RATE_HZ)), 1)
    np.add.at(out, rng.integers(0, n, count), rng.lognormal(0, spread, count) * rng.choice((-1.0, 1.0), count))
    return out


def convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolution cut to the length of `x`."""
    return fftconvolve(x, kernel)[: len(x)]


def reverb(
    x: np.ndarray, rng: np.random.Generator, *, seconds: float, wet: float, bright_hz: float = 5000
) -> np.ndarray:
    """A diffuse room: exponentially decaying noise, darker with time; `seconds` is the 60 dB decay time."""
    n = max(samples_of(seconds), 64)
    tail = lowpass(white(rng, n) * np.exp(-6.9 * np.arange(n) / n), bright_hz, order=1)
    tail /= np.sqrt((tail**2).sum()) + 1e-9
    return (1 - wet) * x + wet * convolve(x, tail)


def distant(x: np.ndarray, rng: np.random.Generator, *, amount: float) -> np.ndarray:
    """Far away (`amount` 0 to 1): duller, softer, more reverberant."""
    if amount <= 0:
        return x
    dull = lowpass(x, 14_000 * (1 - amount) ** 2 + 900, order=1)
    return reverb(dull, rng, seconds=0.6 + 1.8 * amount, wet=0.5 * amount) * (1 - 0.6 * amount)


def normalised(x: np.ndarray, peak: float = 0.8) -> np.ndarray:
    """Scaled to a peak."""
    return x * (peak / (np.abs(x).max() + 1e-9))


def faded(x: np.ndarray, fade_s: float = 0.01) -> np.ndarray:
    """Short raised-cosine fades at both ends, against clicks."""
    n = min(samples_of(fade_s), len(x) // 2)
    if n == 0:
        return x
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    out = x.copy()
    out[:n] *= ramp
    out[-n:] *= ramp[::-1]
    return out


def soft_clip(x: np.ndarray, drive: float = 1.0) -> np.ndarray:
    """Saturation, as of loud sources and small speakers."""
    return np.tanh(drive * x) / np.tanh(drive)


def pick(rng: np.random.Generator, *options: str) -> str:
    """One word."""
    return str(rng.choice(options))


def struck(freqs_hz: Values, gains: Values, taus_s: Values, n: int, rng: np.random.Generator) -> np.ndarray:
    """The same as `modes`, several times faster for many modes: e^(st) factored into blocks, one matrix product."""
    freqs, block = np.asarray(freqs_hz, dtype=float), 512
    kept = freqs < NYQUIST_HZ
    rates = (2j * np.pi * freqs[kept] - 1 / np.asarray(taus_s, dtype=float)[kept]) / RATE_HZ
    start = np.asarray(gains, dtype=float)[kept] * np.exp(1j * rng.uniform(0, 2 * np.pi, int(kept.sum())))
    coarse = start * np.exp(np.arange(-(-n // block))[:, None] * block * rates)
    fine = np.exp(rates[:, None] * np.arange(block))
    return (coarse.real @ fine.imag + coarse.imag @ fine.real).reshape(-1)[:n]


def wavetable(freq_hz: np.ndarray | float, n: int, amplitudes: Values) -> np.ndarray:
    """The same as `harmonics`, by reading one period from a table: its cost does not grow with the partials."""
    step = np.broadcast_to(np.asarray(freq_hz, dtype=float), (n,)) / RATE_HZ
    size, top = 8192, float(np.max(step)) * RATE_HZ
    kept = [a for k, a in enumerate(amplitudes, 1) if k * top < NYQUIST_HZ]
    spectrum = np.zeros(size // 2 + 1, dtype=complex)
    spectrum[1 : len(kept) + 1] = np.asarray(kept) * (-0.5j * size)
    table = np.fft.irfft(spectrum, size)
    return table[(np.cumsum(step) * size).astype(np.int64) % size]
