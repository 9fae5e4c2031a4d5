"""Nano's codec: 44.1 kHz audio to 21.5 latent frames a second and back.

The encoder looks at log spectra; the decoder has two heads at 172 frames a second. The tonal head sets
complex amplitudes of a fixed bank of oscillators (every STFT bin, and finer between the low ones), so that
a steady tone needs nothing but steady latents. The noise head sets the gain of white noise per bin: what
is noise in the world is noise in the model, fresh at every decode. Trained with a spectral energy distance
(Gritsenko et al. 2020, arXiv 2008.01160). Knows nothing of captions or diffusion.
"""

from __future__ import annotations

import math
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

    fft, hop, low_bins, bands, fast_fft, fast_bands = 2048, 512, 96, 96, 512, 24

    def __init__(self, rate_hz: int) -> None:
        super().__init__()
        self.width = self.low_bins + self.bands + 4 * self.fast_bands
        self.register_buffer("mel", _mel_matrix(self.fft // 2 + 1, self.bands, rate_hz, 1500), persistent=False)
        fast = _mel_matrix(self.fast_fft // 2 + 1, self.fast_bands, rate_hz, 300)
        self.register_buffer("fast_mel", fast, persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """[B, T] with T a multiple of 2048 -> [B, T / 512, width], logarithms scaled to about [-1, 1]."""
        slow = _power(audio, self.fft, self.hop)
        fast = _power(audio, self.fast_fft, self.hop // 4) @ self.fast_mel
        fast = fast.reshape(fast.shape[0], fast.shape[1] // 4, -1)
        parts = torch.cat([slow[..., : self.low_bins], slow @ self.mel, fast], dim=-1)
        return (torch.log(parts + 1e-7) + 6.0) / 5.0


def _power(audio: Tensor, fft: int, hop: int) -> Tensor:
    """Power spectrum [B, T / hop, fft / 2 + 1], normalised so that white noise has its own power."""
    window = torch.hann_window(fft, device=audio.device)
    spec = torch.stft(audio, fft, hop, window=window, return_complex=True, pad_mode="constant")
    power = (spec.real.square() + spec.imag.square()) / window.square().sum()
    return power[..., : audio.shape[-1] // hop].transpose(1, 2)


@dataclass(frozen=True, eq=False)
class Heads:
    """What the decoder says of each fine frame: complex tonal spectrum [B, F, T] and noise gain [B, F, T]."""

    tonal: Tensor
    noise_gain: Tensor


class NanoCodec(ModelMixin, ConfigMixin):
    """Encoder and two-headed decoder. Latents are [B, frames, channels], standardised per channel."""

    @register_to_config
    def __init__(
        self,
        rate_hz: int = 44_100,
        channels: int = 32,
        wide: int = 320,
        middle: int = 256,
        narrow: int = 192,
        low_bins: int = 128,
        oscillators: int = 8,
    ) -> None:
        super().__init__()
        self.features = SpectralFeatures(rate_hz)
        self.encoder = nn.Sequential(
            nn.Linear(self.features.width, middle), ConvNeXt(middle), ConvNeXt(middle),
            Fold(middle, wide, 2), ConvNeXt(wide),
            Fold(wide, wide, 2), ConvNeXt(wide), ConvNeXt(wide),
            nn.LayerNorm(wide), nn.Linear(wide, 2 * channels),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(channels, wide), ConvNeXt(wide), ConvNeXt(wide), ConvNeXt(wide),
            Unfold(wide, middle, 4), ConvNeXt(middle), ConvNeXt(middle), ConvNeXt(middle),
            Unfold(middle, narrow, 2), ConvNeXt(narrow), ConvNeXt(narrow), nn.LayerNorm(narrow),
        )  # fmt: skip
        self.tonal_gain = nn.Linear(narrow, BINS)
        self.tonal_low = nn.Linear(narrow, 2 * low_bins * oscillators)
        self.tonal_high = nn.Linear(narrow, 2 * (BINS - low_bins))
        self.noise_gain = nn.Linear(narrow, BINS)
        nn.init.constant_(self.tonal_gain.bias, -4.0)
        nn.init.constant_(self.noise_gain.bias, -3.0)
        self.register_buffer("latent_mean", torch.zeros(channels))
        self.register_buffer("latent_std", torch.ones(channels))

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return int(self.config["rate_hz"])

    @property
    def channels(self) -> int:
        """Latent channels."""
        return int(self.config["channels"])

    def posterior(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance [B, frames, channels] of mono audio [B, T]; T is a multiple of 2048."""
        mean, log_var = self.encoder(self.features(audio)).chunk(2, dim=-1)
        return mean, log_var.clamp(-10, 4)

    def encode(self, audio: Tensor) -> Tensor:
        """Standardised latents [B, ceil(T / 2048), channels] of mono audio [B, T]."""
        padded = functional.pad(audio, (0, -audio.shape[-1] % HOP))
        return (self.posterior(padded)[0] - self.latent_mean) / self.latent_std

    def heads(self, latents: Tensor) -> Heads:
        """Decode raw latents [B, frames, channels] as far as the two heads."""
        hidden = self.decoder(latents)
        batch, frames, _ = hidden.shape
        low, count = int(self.config["low_bins"]), int(self.config["oscillators"])
        fine = torch.view_as_complex(self.tonal_low(hidden).reshape(batch, frames, low, count, 2))
        coarse = torch.view_as_complex(self.tonal_high(hidden).reshape(batch, frames, BINS - low, 2))
        time = torch.arange(frames, device=hidden.device) * (FINE_HOP / FINE_FFT)
        offsets = (torch.arange(count, device=hidden.device) - (count - 1) / 2) / count
        turned = (fine * _turn(time[:, None] * offsets)[:, None, :]).sum(-1)
        carrier = _turn(time[:, None] * torch.arange(BINS, device=hidden.device))
        gain = self.tonal_gain(hidden).clamp(MIN_GAIN, MAX_GAIN).exp()
        tonal = torch.cat([turned, coarse], dim=-1) * carrier * gain
        noise = self.noise_gain(hidden).clamp(MIN_GAIN, MAX_GAIN).exp()
        return Heads(tonal.transpose(1, 2), noise.transpose(1, 2))

    def synthesise(self, heads: Heads, noise: Tensor) -> Tensor:
        """Audio [B, T] from the heads and white noise [B, T] of unit variance."""
        window = torch.hann_window(FINE_FFT, device=noise.device)
        spec = torch.stft(noise, FINE_FFT, FINE_HOP, window=window, return_complex=True, pad_mode="constant")
        tonal = heads.tonal * math.sqrt(FINE_FFT)
        both = spec[..., : tonal.shape[-1]] * heads.noise_gain + tonal
        both = functional.pad(both, (0, 1))
        return torch.istft(both, FINE_FFT, FINE_HOP, window=window, length=noise.shape[-1])

    def decode(
        self, latents: Tensor, *, generators: list[torch.Generator], channels: int = 2, width: float = 0.5
    ) -> Tensor:
        """Audio [B, C, frames * 2048] of standardised latents [B, frames, channels].

        One generator per item draws the noise. With two channels the tonal part is in the middle and
        `width` (0 to 1) of the noise's power is independent left and right: rain surrounds the listener.
        """
        heads = self.heads(latents * self.latent_std + self.latent_mean)
        length = latents.shape[1] * HOP
        draws = [torch.randn(channels + 1, length, generator=g, device=g.device) for g in generators]
        noise = torch.stack(draws).to(latents)
        own, shared = (width**0.5, (1 - width) ** 0.5) if channels > 1 else (1.0, 0.0)
        sides = [self.synthesise(heads, own * noise[:, c] + shared * noise[:, -1]) for c in range(channels)]
        return torch.stack(sides, dim=1)


def _turn(cycles: Tensor) -> Tensor:
    """exp(2 pi i cycles)."""
    return torch.polar(torch.ones_like(cycles), 2 * math.pi * (cycles - cycles.floor()))
