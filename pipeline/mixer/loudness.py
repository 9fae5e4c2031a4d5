"""Loudness by ITU-R BS.1770-4 and EBU R 128 (Tech 3341, Tech 3342), of audio that arrives in blocks of any length.

Everything is measured in the channels it is given: a mono signal on one channel reads 3 LU less than the same signal
on both. Knows nothing of mixing or of targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import AudioError
from pipeline.mixer.true_peak import CONTEXT, MOST, between

LEAST_RATE_HZ = 8_000
STEP_S, MOMENTARY_STEPS, SHORT_TERM_STEPS = 0.01, 40, 300
BLOCK_STEPS = 10  # gated blocks, and the windows of the range, begin every 0.1 s
LEAST_S = STEP_S * MOMENTARY_STEPS  # what is shorter has no loudness
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU, RANGE_GATE_LU = -70.0, -10.0, -20.0
_BATCH_STEPS = 160


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """What a meter reads at the end. Silence, and what is too short for a window, is -inf.

    integrated_lufs: gated loudness of the whole. momentary_max_lufs, short_term_max_lufs: the highest over 0.4 s and
    3 s, looked at every 0.01 s. range_lu: loudness range. true_peak_dbtp: 4 times oversampled. sample_peak_dbfs: the
    highest sample.
    """

    integrated_lufs: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    range_lu: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    duration_s: float

    @property
    def silent(self) -> bool:
        """Whether no sample differs from 0."""
        return self.sample_peak_dbfs == -math.inf


def decibels(amplitude: float) -> float:
    """20 log10 of an amplitude; -inf for 0."""
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf


def measured(audio: Audio) -> Loudness:
    """The loudness of audio in memory."""
    meter = Meter(rate_hz=audio.rate_hz, channels=audio.channels)
    meter.add(audio.samples)
    return meter.loudness()


def measured_blocks(blocks: Iterable[np.ndarray], *, rate_hz: int, channels: int) -> Loudness:
    """The loudness of blocks [C, n]."""
    meter = Meter(rate_hz=rate_hz, channels=channels)
    for block in blocks:
        meter.add(block)
    return meter.loudness()


class Meter:
    """Takes blocks with `add`, tells at any time what they amount to. Block lengths don't change a result."""

    def __init__(self, *, rate_hz: int, channels: int) -> None:
        if rate_hz < LEAST_RATE_HZ:
            raise AudioError(f"loudness is measured at {LEAST_RATE_HZ:,} Hz or more, not at {rate_hz:,} Hz")
        self.rate_hz, self.channels = rate_hz, channels
        self._filter = k_weighting(rate_hz)
        self._state = np.zeros((len(self._filter), channels, 2))
        self._waiting: list[np.ndarray] = []
        self._waiting_samples = self._steps = 0
        self._recent = np.zeros((channels, 2 * CONTEXT))
        self._powers: list[np.ndarray] = []
        self._sample_peak = self._true_peak = 0.0

    def add(self, block: np.ndarray) -> None:
        """Take the next samples, float [C, n]. AudioError: another number of channels, or not finite."""
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise AudioError(f"a block has the shape {list(block.shape)}, not [{self.channels}, samples]")
        self._waiting.append(np.array(block))
        self._waiting_samples += block.shape[1]
        while self._waiting_samples >= (count := self._edge(_BATCH_STEPS)):
            joined = np.concatenate(self._waiting, axis=1)
            self._take(joined[:, :count], _BATCH_STEPS)
            self._waiting, self._waiting_samples = [joined[:, count:]], joined.shape[1] - count

    def loudness(self) -> Loudness:
        """What the audio so far amounts to."""
        rest = np.concatenate([np.zeros((self.channels, 0)), *self._waiting], axis=1)
        powers, sample_peak, true_peak = self._with_rest(rest)
        momentary, short_term = (windows(powers, steps) for steps in (MOMENTARY_STEPS, SHORT_TERM_STEPS))
        samples = round(self._steps * STEP_S * self.rate_hz) + rest.shape[1]
        return Loudness(
            integrated_lufs=integrated(momentary[::BLOCK_STEPS]),
            momentary_max_lufs=lufs(momentary.max(initial=0.0)),
            short_term_max_lufs=lufs(short_term.max(initial=0.0)),
            range_lu=loudness_range(short_term[::BLOCK_STEPS]),
            true_peak_dbtp=decibels(true_peak),
            sample_peak_dbfs=decibels(sample_peak),
            duration_s=samples / self.rate_hz,
        )

    def course(self, *, short_term: bool = True) -> np.ndarray:
        """LUFS, one every 0.1 s from 0.1 s on: short-term (3 s) or momentary (0.4 s), of the window that ends there.

        Before the first full window the window holds silence, as a meter shows it.
        """
        steps = SHORT_TERM_STEPS if short_term else MOMENTARY_STEPS
        powers, *_ = self._with_rest(np.concatenate([np.zeros((self.channels, 0)), *self._waiting], axis=1))
        with np.errstate(divide="ignore"):
            means = windows(np.concatenate([np.zeros(steps - 1), powers]), steps)
            return -0.691 + 10.0 * np.log10(means[BLOCK_STEPS - 1 :: BLOCK_STEPS])

    def _edge(self, steps: int) -> int:
        """Samples from the current step's beginning to that of the step `steps` later."""
        here, there = (round(n * STEP_S * self.rate_hz) for n in (self._steps, self._steps + steps))
        return there - here

    def _take(self, samples: np.ndarray, steps: int) -> None:
        powers, self._state = self._step_powers(samples, steps)
        self._powers.append(powers)
        self._sample_peak = max(self._sample_peak, _peak(samples))
        joined = np.concatenate([self._recent, samples], axis=1)
        self._true_peak = _highest(joined, self._true_peak)
        self._recent = joined[:, -2 * CONTEXT :]
        self._steps += steps

    def _step_powers(self, samples: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The K-weighted power [steps] of each step, summed over the channels, and the filter's state after them."""
        if not steps:
            return np.zeros(0), self._state
        from scipy.signal import sosfilt

        weighted, state = sosfilt(self._filter, samples.astype(np.float64), axis=1, zi=self._state)
        edges = np.array([self._edge(n) for n in range(steps + 1)])
        squares = np.square(weighted, out=weighted).sum(axis=0)
        return np.add.reduceat(squares[: edges[-1]], edges[:-1]) / np.diff(edges), state

    def _with_rest(self, rest: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Powers of all whole steps, sample peak and true peak, what is waiting included; nothing moves on."""
        steps = 0
        while self._edge(steps + 1) <= rest.shape[1]:
            steps += 1
        last, _ = self._step_powers(rest, steps)
        sample_peak = max(self._sample_peak, _peak(rest))
        ended = np.concatenate([self._recent, rest, np.zeros((self.channels, 2 * CONTEXT))], axis=1)
        return np.concatenate([*self._powers, last]), sample_peak, _highest(ended, self._true_peak)


def _peak(samples: np.ndarray) -> float:
    """The highest |sample|; AudioError where one is not finite."""
    peak = float(np.abs(samples).max(initial=0.0))
    if not math.isfinite(peak):
        raise AudioError("audio holds samples that are not finite numbers")
    return peak


def _highest(samples: np.ndarray, so_far: float) -> float:
    """The true peak, looked for only where it could exceed the one so far."""
    if float(np.abs(samples).max(initial=0.0)) * MOST <= so_far:
        return so_far
    return max(so_far, float(between(samples).max(initial=0.0)))


def k_weighting(rate_hz: int) -> np.ndarray:
    """Second-order sections [2, 6] of BS.1770's pre-filter (a shelf, +4 dB) and high-pass, at any rate.

    The standard lists coefficients for 48 kHz; these are the analogue filters behind them, by the bilinear transform.
    """
    gain, q, k = 10.0 ** (3.999843853973347 / 20), 0.7071752369554196, math.tan(math.pi * 1681.974450955533 / rate_hz)
    mid, norm = gain**0.4996667741545416, 1 + k / q + k * k
    shelf = [gain + mid * k / q + k * k, 2 * (k * k - gain), gain - mid * k / q + k * k]
    first = [*(b / norm for b in shelf), 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    q, k = 0.5003270373238773, math.tan(math.pi * 38.13547087602444 / rate_hz)
    norm = 1 + k / q + k * k
    second = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    return np.array([first, second])


def windows(powers: np.ndarray, steps: int) -> np.ndarray:
    """The mean power of every `steps` neighbours among the steps' powers; none where there are too few."""
    if len(powers) < steps:
        return np.zeros(0)
    return np.lib.stride_tricks.sliding_window_view(powers, steps).mean(axis=1)


def lufs(power: float) -> float:
    """Loudness of a K-weighted power; -inf for none."""
    return -0.691 + 10.0 * math.log10(power) if power > 0 else -math.inf


def _power(loudness_lufs: float) -> float:
    return 10.0 ** ((loudness_lufs + 0.691) / 10.0)


def _gated(powers: np.ndarray, relative_lu: float) -> np.ndarray:
    """Those above -70 LUFS and above `relative_lu` against the mean of these."""
    loud = powers[powers > _power(ABSOLUTE_GATE_LUFS)]
    return loud[loud > loud.mean() * 10.0 ** (relative_lu / 10.0)] if len(loud) else loud


def integrated(momentary: np.ndarray) -> float:
    """Integrated loudness in LUFS from the powers of 0.4 s windows; -inf where nothing passes the gates."""
    heard = _gated(momentary, RELATIVE_GATE_LU)
    return lufs(float(heard.mean())) if len(heard) else -math.inf


def loudness_range(short_term: np.ndarray) -> float:
    """Loudness range in LU (EBU Tech 3342) from the powers of 3 s windows: the 10th to the 95th percentile."""
    heard = np.sort(_gated(short_term, RANGE_GATE_LU))
    if not len(heard):
        return 0.0
    low, high = (heard[int((len(heard) - 1) * share + 0.5)] for share in (0.10, 0.95))
    return lufs(float(high)) - lufs(float(low))
