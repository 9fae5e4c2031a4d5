"""Nano's codec: 44.1 kHz audio to 21.5 latent frames a second and back.

Sinusoids plus noise (Serra and Smith 1990) plus grains, learnt. The encoder looks at log spectra. Its trunk is a
linear projection that starts as the principal components of the training sounds, and its branch a small ConvNeXt; the
decoder mirrors it: a linear sketch of the log spectra, refined. Three heads at 172 frames a second read both. The
tonal head sets the amplitudes of a fixed bank of oscillators (eight to an STFT bin in the low bins, one above), so
that a steady tone needs nothing but steady latents and the loss sees no phase. The noise head sets the gain of white
noise per bin: what is noise in the world is noise in the model, fresh at every decode. The grain head does the same
for sparse impulses (drops, crackles, grit: noise that is no hiss). Trained with a spectral energy distance (Gritsenko
et al. 2020, arXiv 2008.01160). Knows nothing of captions or diffusion.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn import functional

HOP = 2048  # samples per latent frame, as AutoencoderOobleck's in AudioStory
FINE_HOP, FINE_FFT = 256, 1024
FRAMES_PER_LATENT = HOP // FINE_HOP
BINS = FINE_FFT // 2 + 1
MIN_GAIN, MAX_GAIN = -14.0, 4.0
BANDS_FROM_HZ = 3_000.0
LOG_OFFSET, LOG_SCALE = 6.0, 5.0  # features are (log power + 6) / 5
TONAL_START, NOISE_START, GRAIN_START = -1.0, -0.7, -2.2  # each head before training, in nepers beside the sketch
GRAIN_SHARE = 1 / 256  # of the samples hold an impulse: 172 a second


class ConvNeXt(nn.Module):
    """Depthwise convolution over time, then a two-layer perceptron per frame (Liu et al. 2022). [B, T, C]."""

    def __init__(self, width: int, *, kernel: int = 7, expand: int = 3) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, expand * width), nn.Linear(expand * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.depthwise(x.transpose(1, 2)).transpose(1, 2)
        return x + self.scale * self.down(functional.gelu(self.up(self.norm(y))))


class Fold(nn.Module):
    """`factor` frames to one: [B, T, C_in] -> [B, T / factor, C_out]."""

    def __init__(self, width_in: int, width_out: int, factor: int) -> None:
        super().__init__()
        self.factor, self.linear = factor, nn.Linear(width_in * factor, width_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.reshape(x.shape[0], x.shape[1] // self.factor, -1))


class Unfold(nn.Module):
    """One frame to `factor`: [B, T, C_in] -> [B, T * factor, C_out]."""

    def __init__(self, width_in: int, width_out: int, factor: int) -> None:
        super().__init__()
        self.factor, self.linear = factor, nn.Linear(width_in, width_out * factor)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x).reshape(x.shape[0], x.shape[1] * self.factor, -1)


def _mel_matrix(bins: int, bands: int, rate_hz: int, low_hz: float) -> Tensor:
    """Triangular bands equally spaced in log frequency from `low_hz`, [bins, bands], columns summing to 1."""
    edges = torch.logspace(math.log10(low_hz), math.log10(rate_hz / 2), bands + 2)
    hz = torch.linspace(0, rate_hz / 2, bins)[:, None]
    rise = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    matrix = torch.minimum(rise, fall).clamp_min(0)
    return matrix / matrix.sum(0).clamp_min(1e-6)


class SpectralFeatures(nn.Module):
    """What the encoder sees, 86 frames a second: low bins one by one, log bands above, and a fine time grid."""

    fft, hop, low_bins, bands, fast_fft, fast_bands = 2048, 512, 160, 128, 512, 24

    def __init__(self, rate_hz: int) -> None:
        super().__init__()
        self.rate_hz = rate_hz
        self.width = self.low_bins + self.bands + 4 * self.fast_bands
        self.register_buffer(
            "mel", _mel_matrix(self.fft // 2 + 1, self.bands, rate_hz, BANDS_FROM_HZ), persistent=False
        )
        fast = _mel_matrix(self.fast_fft // 2 + 1, self.fast_bands, rate_hz, 300)
        self.register_buffer("fast_mel", fast, persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """[B, T] with T a multiple of 2048 -> [B, T / 512, width], logarithms scaled to about [-1, 1]."""
        slow = _power(audio, self.fft, self.hop)
        fast = _power(audio, self.fast_fft, self.hop // 4) @ self.fast_mel
        fast = fast.reshape(fast.shape[0], fast.shape[1] // 4, -1)
        parts = torch.cat([slow[..., : self.low_bins], slow @ self.mel, fast], dim=-1)
        return (torch.log(parts + 1e-7) + LOG_OFFSET) / LOG_SCALE

    def column_of(self, hz: Tensor) -> Tensor:
        """The column that tells the level at a frequency."""
        low = (hz / (self.rate_hz / self.fft)).round().long()
        span = math.log(self.rate_hz / 2 / BANDS_FROM_HZ)
        band = ((hz.clamp_min(BANDS_FROM_HZ) / BANDS_FROM_HZ).log() / span * (self.bands + 1)).round().long() - 1
        return torch.where(low < self.low_bins, low, self.low_bins + band.clamp(0, self.bands - 1))


def _power(audio: Tensor, fft: int, hop: int) -> Tensor:
    """Power spectrum [B, T / hop, fft / 2 + 1], normalised so that white noise has its own power."""
    window = torch.hann_window(fft, device=audio.device)
    spec = torch.stft(audio, fft, hop, window=window, return_complex=True, pad_mode="constant")
    power = (spec.real.square() + spec.imag.square()) / window.square().sum()
    return power[..., : audio.shape[-1] // hop].transpose(1, 2)


@dataclass(frozen=True, eq=False)
class Heads:
    """What the decoder says of each fine frame: complex tonal spectrum, gains of noise and grains, each [B, F, T]."""

    tonal: Tensor
    noise_gain: Tensor
    grain_gain: Tensor


@dataclass(frozen=True, eq=False)
class Excitation:
    """What the gains shape: white noise and sparse impulses of heavy-tailed size, both [..., T] of unit variance."""

    noise: Tensor
    grains: Tensor

    @classmethod
    def draw(cls, shape: Sequence[int], generator: torch.Generator) -> Excitation:
        """A fresh excitation of `shape` from a generator, on the generator's device."""
        noise, size = torch.randn(2, *shape, generator=generator, device=generator.device)
        there = torch.rand(shape, generator=generator, device=generator.device) < GRAIN_SHARE
        return cls(noise, size**3 * there / math.sqrt(15 * GRAIN_SHARE))

    def __getitem__(self, index: int | tuple[slice | int, ...]) -> Excitation:
        return Excitation(self.noise[index], self.grains[index])

    def blended(self, other: Excitation, own: float) -> Excitation:
        """`own` (0 to 1) of the power from this excitation, the rest from the other."""
        a, b = own**0.5, (1 - own) ** 0.5
        return Excitation(a * self.noise + b * other.noise, a * self.grains + b * other.grains)


class NanoCodec(ModelMixin, ConfigMixin):
    """Encoder and three-headed decoder. Latents are [B, frames, channels], scaled per channel by training."""

    @register_to_config
    def __init__(
        self,
        rate_hz: int = 44_100,
        channels: int = 64,
        wide: int = 320,
        middle: int = 256,
        narrow: int = 192,
        low_bins: int = 128,
        oscillators: int = 8,
    ) -> None:
        super().__init__()
        self.features = SpectralFeatures(rate_hz)
        width = self.features.width
        self.trunk = Fold(width, channels, 4)
        self.branch = nn.Sequential(
            nn.Linear(width, middle), ConvNeXt(middle), ConvNeXt(middle), Fold(middle, wide, 4),
            ConvNeXt(wide), ConvNeXt(wide), nn.LayerNorm(wide), nn.Linear(wide, channels),
        )  # fmt: skip
        self.sketch = Unfold(channels, width, 4)
        self.coarse = nn.Sequential(nn.Linear(channels, wide), ConvNeXt(wide), ConvNeXt(wide), Unfold(wide, middle, 4))
        self.look = nn.Linear(width, middle)
        self.fine = nn.Sequential(
            ConvNeXt(middle), ConvNeXt(middle), Unfold(middle, narrow, 2), ConvNeXt(narrow), ConvNeXt(narrow),
            nn.LayerNorm(narrow),
        )  # fmt: skip
        self.tonal_low = nn.Linear(narrow + width, low_bins * oscillators)
        self.tonal_high = nn.Linear(narrow + width, BINS - low_bins)
        self.noise_gain = nn.Linear(narrow + width, BINS)
        self.grain_gain = nn.Linear(narrow + width, BINS)
        self._start_near_the_answer(rate_hz, low_bins, oscillators)
        phases = torch.rand(low_bins * oscillators + BINS - low_bins, generator=torch.Generator().manual_seed(0))
        self.register_buffer("phases", phases, persistent=False)
        self.register_buffer("latent_mean", torch.zeros(channels))
        self.register_buffer("latent_std", torch.ones(channels))

    @torch.no_grad()
    def _start_near_the_answer(self, rate_hz: int, low_bins: int, oscillators: int) -> None:
        """Before training, the branch is silent and each head reads its level off the sketch: a vocoder."""
        nn.init.zeros_(self.branch[-1].weight)
        nn.init.zeros_(self.branch[-1].bias)
        bins = torch.arange(BINS) * (rate_hz / FINE_FFT)
        offsets = (torch.arange(oscillators) - (oscillators - 1) / 2) / oscillators * (rate_hz / FINE_FFT)
        fine = (bins[:low_bins, None] + offsets).clamp_min(0).flatten()
        starts = ((self.tonal_low, fine, TONAL_START - 1.0), (self.tonal_high, bins[low_bins:], TONAL_START))
        noisy = ((self.noise_gain, bins, NOISE_START), (self.grain_gain, bins, GRAIN_START))
        for head, hz, level in (*starts, *noisy):
            nn.init.normal_(head.weight, std=1e-3)
            column = head.in_features - self.features.width + self.features.column_of(hz)
            head.weight[torch.arange(len(hz)), column] = LOG_SCALE / 2
            head.bias.fill_(level - LOG_OFFSET / 2)

    @torch.no_grad()
    def start_from(self, features: Tensor) -> None:
        """Set trunk and sketch to the principal components of `features` [N, 4 * width], whitened."""
        mean = features.mean(0)
        _, spread, axes = torch.pca_lowrank(features - mean, q=self.channels, center=False, niter=4)
        std = spread / math.sqrt(len(features))
        self.trunk.linear.weight.copy_((axes / std).T)
        self.trunk.linear.bias.copy_(-(axes / std).T @ mean)
        self.sketch.linear.weight.copy_(axes * std)
        self.sketch.linear.bias.copy_(mean)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return int(self.config["rate_hz"])

    @property
    def channels(self) -> int:
        """Latent channels."""
        return int(self.config["channels"])

    def raw_latents(self, audio: Tensor) -> Tensor:
        """Latents [B, frames, channels], not standardised, of mono audio [B, T]; T is a multiple of 2048."""
        seen = self.features(audio)
        return self.trunk(seen) + self.branch(seen)

    def encode(self, audio: Tensor) -> Tensor:
        """Standardised latents [B, ceil(T / 2048), channels] of mono audio [B, T]."""
        padded = functional.pad(audio, (0, -audio.shape[-1] % HOP))
        return (self.raw_latents(padded) - self.latent_mean) / self.latent_std

    def heads(self, latents: Tensor) -> Heads:
        """Decode raw latents [B, frames, channels] as far as the heads."""
        sketch = self.sketch(latents)
        refined = self.fine(self.coarse(latents) + self.look(sketch))
        hidden = torch.cat([refined, sketch.repeat_interleave(2, dim=1)], dim=-1)
        batch, frames, _ = hidden.shape
        low, count = int(self.config["low_bins"]), int(self.config["oscillators"])
        fine_phase, coarse_phase = self.phases[: low * count].reshape(low, count), self.phases[low * count :]
        time = torch.arange(frames, device=hidden.device) * (FINE_HOP / FINE_FFT)
        offsets = (torch.arange(count, device=hidden.device) - (count - 1) / 2) / count
        turns = _turn(time[:, None, None] * offsets + fine_phase)
        fine = _level(self.tonal_low(hidden)).reshape(batch, frames, low, count)
        coarse = _level(self.tonal_high(hidden)) * _turn(coarse_phase)
        carrier = _turn(time[:, None] * torch.arange(BINS, device=hidden.device))
        low_bins = torch.complex((fine * turns.real).sum(-1), (fine * turns.imag).sum(-1))
        tonal = torch.cat([low_bins, coarse], dim=-1) * carrier
        gains = (_level(head(hidden)).transpose(1, 2) for head in (self.noise_gain, self.grain_gain))
        return Heads(tonal.transpose(1, 2), *gains)

    def synthesise(self, heads: Heads, excitation: Excitation) -> Tensor:
        """Audio [B, T] from the heads and an excitation [B, T]."""
        window = torch.hann_window(FINE_FFT, device=heads.tonal.device)
        total = heads.tonal * math.sqrt(FINE_FFT)
        for source, gain in ((excitation.noise, heads.noise_gain), (excitation.grains, heads.grain_gain)):
            spec = torch.stft(source, FINE_FFT, FINE_HOP, window=window, return_complex=True, pad_mode="constant")
            total = total + spec[..., : gain.shape[-1]] * gain
        length = excitation.noise.shape[-1]
        return torch.istft(functional.pad(total, (0, 1)), FINE_FFT, FINE_HOP, window=window, length=length)

    def decode(
        self, latents: Tensor, *, generators: list[torch.Generator], channels: int = 2, width: float = 0.5
    ) -> Tensor:
        """Audio [B, C, frames * 2048] of standardised latents [B, frames, channels].

        One generator per item draws the excitation. With two channels the tonal part is in the middle and
        `width` (0 to 1) of the excitation's power is independent left and right: rain surrounds the listener.
        """
        heads = self.heads(latents * self.latent_std + self.latent_mean)
        length = latents.shape[1] * HOP
        draws = [Excitation.draw((channels + 1, length), g) for g in generators]
        noise, grains = (torch.stack([getattr(d, k) for d in draws]).to(latents) for k in ("noise", "grains"))
        every, own = Excitation(noise.movedim(1, 0), grains.movedim(1, 0)), width if channels > 1 else 1.0
        sides = [self.synthesise(heads, every[c].blended(every[channels], own)) for c in range(channels)]
        return torch.stack(sides, dim=1)


def _level(log_gain: Tensor) -> Tensor:
    """A gain from its logarithm, within reason."""
    return log_gain.clamp(MIN_GAIN, MAX_GAIN).exp()


def _turn(cycles: Tensor) -> Tensor:
    """exp(2 pi i cycles)."""
    return torch.polar(torch.ones_like(cycles), 2 * math.pi * (cycles - cycles.floor()))
