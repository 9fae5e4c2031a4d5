"""The spectral energy distance: the loss that lets noise be noise.

Gritsenko et al. 2020, "A Spectral Energy Distance for Parallel Speech Synthesis" (arXiv 2008.01160):
loss = d(x, y1) + d(x, y2) - d(y1, y2) for two independent samples y1, y2 of the model. The last term
rewards samples that differ from one another as real sounds do; without it the mean wins, and noise
turns into a buzz.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FFT_SIZES = (4096, 2048, 1024, 512, 256, 128)
FLOOR = 1e-4
LINEAR_WEIGHT = 10.0


def _spectrum(audio: Tensor, fft: int) -> tuple[Tensor, Tensor]:
    """Magnitude and log magnitude [B, bins, frames] of [B, T]; white noise has its own standard deviation."""
    window = torch.hann_window(fft, device=audio.device)
    spec = torch.view_as_real(torch.stft(audio, fft, fft // 2, window=window, return_complex=True, center=False))
    power = spec.square().sum(-1) / window.square().sum() + FLOOR**2
    return power.sqrt(), power.log() * 0.5


def _bin_weights(fft: int, rate_hz: int, device: torch.device) -> Tensor:
    """Bins count as ears do: flat to 4 kHz, then falling. [bins, 1], mean 1."""
    hz = torch.linspace(0, rate_hz / 2, fft // 2 + 1, device=device)
    weights = 1.0 / (1.0 + hz / 4000.0)
    return (weights / weights.mean())[:, None]


def _distance(a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor], weights: Tensor) -> Tensor:
    """L1 of magnitudes plus L2 (per frame) of log magnitudes: a scalar."""
    linear = ((a[0] - b[0]).abs() * weights).mean()
    log = (((a[1] - b[1]).square() * weights).mean(dim=1) + 1e-8).sqrt().mean()
    return LINEAR_WEIGHT * linear + log


def energy_distance(
    x: Tensor, y1: Tensor, y2: Tensor, *, rate_hz: int = 44_100, sizes: Sequence[int] = FFT_SIZES
) -> Tensor:
    """The loss for targets x and two samples y1, y2, each [B, T]: a scalar.

    A training step may use some of the sizes, drawn at random: the same expectation at less cost.
    """
    total = x.new_zeros(())
    for fft in sizes:
        weights = _bin_weights(fft, rate_hz, x.device)
        sx, s1, s2 = (_spectrum(s, fft) for s in (x, y1, y2))
        total = total + _distance(sx, s1, weights) + _distance(sx, s2, weights) - _distance(s1, s2, weights)
    return total / len(sizes)
