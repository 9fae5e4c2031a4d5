"""Random variations of one recording that fill a wanted duration: pitch, place, level, repetition.

Textures are stitched from random pieces, rhythmic sounds are looped seamlessly, single sounds are repeated at
irregular times. All signals are mono float [T] at 44.1 kHz. Knows nothing of files, captions or licences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import soxr

from pipeline.errors import AudioError
from pipeline.soundlab import dsp
from pipeline.soundlab.registry import RATE_HZ

PITCH = (0.85, 1.18)
SHOT_PITCH = (0.96, 1.04)
PIECE_S, SEAM_S, LOOP_SEAM_S = (0.8, 3.0), 0.25, 0.01
PEAK = (0.45, 0.9)
LEAST_SAMPLES = 32


class Source(Protocol):
    """What a variation needs to know of a recording; see recordings.Recording."""

    @property
    def kind(self) -> str: ...
    @property
    def gap_s(self) -> tuple[float, float]: ...
    @property
    def loop_s(self) -> tuple[float, float] | None: ...


def variation(
    recording: Source,
    samples: np.ndarray,
    rng: np.random.Generator,
    duration_s: float,
    *,
    siblings: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """float32 [round(duration_s * RATE_HZ)] made from `samples` [T], peak at most 0.9, never two alike.

    `siblings` are other takes of the same subject, mixed in where the sound repeats (footsteps, blows).
    Raises AudioError for an empty or silent recording, or a duration that is not positive.
    """
    length = _checked(samples, duration_s)
    ratio = float(rng.uniform(*PITCH))
    if recording.kind == "shots":
        out = _shots([samples, *siblings], rng, length, gap_s=recording.gap_s, ratio=ratio)
    elif recording.kind == "loop":
        out = _looped(samples, rng, length, loop_s=recording.loop_s, ratio=ratio)
    else:
        out = _stitched(samples, rng, length, ratio=ratio)
    out = _placed(out, rng)
    # A tail of reverberation may be all that is left after a click's echo; the peak is set last, always.
    return dsp.normalised(dsp.faded(out), float(rng.uniform(*PEAK))).astype(np.float32)


def _checked(samples: np.ndarray, duration_s: float) -> int:
    length = round(duration_s * RATE_HZ) if np.isfinite(duration_s) else 0
    if length < 1:
        raise AudioError(f"a variation of {duration_s} s cannot be made; the duration must be positive")
    if samples.ndim != 1 or len(samples) < LEAST_SAMPLES or not np.abs(samples).max() > 1e-5:
        raise AudioError(f"a recording of shape {samples.shape} holds no sound to vary")
    return length


def pitched(x: np.ndarray, ratio: float) -> np.ndarray:
    """Played `ratio` times as fast: higher and shorter."""
    return soxr.resample(np.asarray(x, dtype=np.float32), RATE_HZ * ratio, RATE_HZ, quality="HQ")


def _shots(
    takes: Sequence[np.ndarray], rng: np.random.Generator, length: int, *, gap_s: tuple[float, float], ratio: float
) -> np.ndarray:
    """Single sounds at irregular times, each a little different in pitch and strength; the first comes soon."""
    out = np.zeros(length)
    at = round(rng.uniform(0.0, min(0.15, 0.1 * length / RATE_HZ)) * RATE_HZ)
    loudest = max(float(np.abs(take).max()) for take in takes)
    take = takes[0]
    while at < length:
        shot = pitched(take, ratio * float(rng.uniform(*SHOT_PITCH)))
        dsp.place(out, dsp.faded(shot, 0.002), at, gain=_shot_gain(shot, loudest, rng))
        at += max(len(shot) + round(rng.uniform(*gap_s) * RATE_HZ), RATE_HZ // 20)
        take = takes[int(rng.integers(len(takes)))]
    return out


def _shot_gain(shot: np.ndarray, loudest: float, rng: np.random.Generator) -> float:
    """Takes differ in level; half of that difference (in dB) is evened out, and chance adds some."""
    peak = max(float(np.abs(shot).max(initial=0.0)), 1e-6)
    return float((loudest / peak) ** 0.5 * rng.uniform(0.6, 1.0))


def _looped(
    x: np.ndarray, rng: np.random.Generator, length: int, *, loop_s: tuple[float, float] | None, ratio: float
) -> np.ndarray:
    """The recording from its start, then its loop again and again, joined where the loop's end meets its start."""
    head, period = _loop_parts(x, loop_s)
    need = int(length * ratio) + RATE_HZ // 10
    turns = max(0, -(-(need - len(head)) // len(period)))
    whole = np.concatenate([head, np.tile(period, turns)])
    start = 0 if rng.random() < 0.5 else int(rng.integers(0, min(len(period), max(len(whole) - need, 0) + 1)))
    return _cut(pitched(whole[start : start + need], ratio), length)


def _loop_parts(x: np.ndarray, loop_s: tuple[float, float] | None) -> tuple[np.ndarray, np.ndarray]:
    """(what comes before the loop, one turn of it), so that head + period + period + ... has no seam.

    With loop points [a, b) the last samples before b fade into those before a, which is what precedes x[a].
    Without them the whole recording loops, its first tenth (at most SEAM_S) faded in under its end.
    """
    if loop_s is None:
        a, b, seam = min(round(SEAM_S * RATE_HZ), len(x) // 10), len(x), None
    else:
        a, b, seam = round(loop_s[0] * RATE_HZ), min(round(loop_s[1] * RATE_HZ), len(x)), LOOP_SEAM_S
    fade = a if seam is None else min(round(seam * RATE_HZ), a, (b - a) // 4)
    period = x[a:b].astype(np.float64)
    if fade:
        rise = np.linspace(0.0, 1.0, fade)
        # Loop points join like with like (linear); the ends of a free recording are unlike (equal power).
        gains = (1 - rise, rise) if seam is not None else (np.cos(rise * np.pi / 2), np.sin(rise * np.pi / 2))
        period[-fade:] = x[b - fade : b] * gains[0] + x[a - fade : a] * gains[1]
    return (x[:a] if loop_s is not None else x[:0]), period


def _stitched(x: np.ndarray, rng: np.random.Generator, length: int, *, ratio: float) -> np.ndarray:
    """Random pieces of a steady sound joined by equal-power crossfades: as long as wanted, without a period."""
    need = int(length * ratio) + RATE_HZ // 10
    if len(x) >= need:
        start = int(rng.integers(0, len(x) - need + 1))
        return _cut(pitched(x[start : start + need], ratio), length)
    out, seam = _piece(x, rng), min(round(SEAM_S * RATE_HZ), len(x) // 8)
    while len(out) < need:
        out = _joined(out, _piece(x, rng), seam)
    return _cut(pitched(out[:need], ratio), length)


def _piece(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random piece: of 0.8 to 3 s from a long recording, of at least two thirds of a short one."""
    shortest = min(PIECE_S[0] * RATE_HZ, len(x) * 2 / 3)
    size = int(rng.uniform(shortest, min(max(PIECE_S[1] * RATE_HZ, len(x) / 3), len(x))))
    start = int(rng.integers(0, len(x) - size + 1))
    return x[start : start + size]


def _joined(a: np.ndarray, b: np.ndarray, seam: int) -> np.ndarray:
    seam = min(seam, len(a) // 2, len(b) // 2)
    angle = np.linspace(0, np.pi / 2, seam)
    middle = a[len(a) - seam :] * np.cos(angle) + b[:seam] * np.sin(angle)
    return np.concatenate([a[: len(a) - seam], middle, b[seam:]])


def _cut(x: np.ndarray, length: int) -> np.ndarray:
    return np.pad(x, (0, max(0, length - len(x))))[:length].astype(np.float64)


def _placed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another microphone and another place: a gentle filter often, a room sometimes, distance now and then."""
    out = x
    if rng.random() < 0.4:
        out = dsp.lowpass(out, float(np.exp(rng.uniform(np.log(5_000), np.log(18_000)))), order=1)
    if rng.random() < 0.3:
        out = dsp.highpass(out, float(rng.uniform(40, 160)), order=1)
    if rng.random() < 0.3:
        out = dsp.reverb(out, rng, seconds=float(rng.uniform(0.2, 1.4)), wet=float(rng.uniform(0.05, 0.3)))
    if rng.random() < 0.15:
        out = dsp.distant(out, rng, amount=float(rng.uniform(0.1, 0.4)))
    return out
