"""AudioStory's diffusion transformer: FluxTransformer2DModel, a duration token and a pooled projection.

The text sequence is an event's condition and one duration token: Fourier features of seconds / max_seconds at learnt
frequencies, then a linear layer. The pooled input is ReLU(Linear(mean of the condition)). As TangoFlux
(arXiv 2412.21037), whose duration embedder is Stable Audio's. Knows nothing of sampling.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn import functional

from pipeline.model.flux import flux, velocity

FREQUENCIES = 128


class LearntDuration(nn.Module):
    """Seconds [B], clamped to [0, max_seconds], to one token [B, 1, width]."""

    def __init__(self, width: int, max_seconds: float) -> None:
        super().__init__()
        self.max_seconds = max_seconds
        self.frequencies = nn.Parameter(torch.randn(FREQUENCIES))
        self.linear = nn.Linear(2 * FREQUENCIES + 1, width)

    def forward(self, seconds: Tensor) -> Tensor:
        share = seconds.float().clamp(0, self.max_seconds)[:, None] / self.max_seconds
        turns = share * self.frequencies.float() * 2 * math.pi
        features = torch.cat([share, turns.sin(), turns.cos()], dim=-1)
        return self.linear(features.to(self.linear.weight))[:, None]


class AudioStoryTransformer(ModelMixin, ConfigMixin):
    """Velocity (noise minus latent) of noised latents, given a condition and a duration.

    `audio_seq_len` is the number of latent frames of one event: all of them, unless `any_length`, which makes it the
    most there can be. `rope` divides the width of a head among its three position axes.
    """

    @register_to_config
    def __init__(  # noqa: PLR0913 - a configuration
        self,
        latent_channels: int = 64,
        condition_width: int = 1024,
        layers: int = 6,
        single_layers: int = 18,
        heads: int = 8,
        head_width: int = 128,
        rope: tuple[int, int, int] = (16, 56, 56),
        audio_seq_len: int = 645,  # noqa: ARG002 - read from the configuration
        max_seconds: float = 30.0,
        any_length: bool = False,  # noqa: ARG002 - read from the configuration
    ) -> None:
        super().__init__()
        self.flux = flux(
            channels=latent_channels, width=condition_width, layers=layers, single_layers=single_layers,
            heads=heads, head_width=head_width, rope=tuple(rope),
        )  # fmt: skip
        self.duration = LearntDuration(condition_width, max_seconds)
        self.pool = nn.Linear(condition_width, condition_width)

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""
        return int(self.config["latent_channels"])

    def frames_for(self, frames: int) -> int:
        """How many frames to denoise for `frames` that are to be heard."""
        return frames if self.config["any_length"] else int(self.config["audio_seq_len"])

    def forward(self, latents: Tensor, sigma: Tensor, condition: Tensor, seconds: Tensor) -> Tensor:
        """Velocity [B, frames, channels] in the type of the latents; computed in the type of the weights.

        latents: [B, frames, channels]; sigma: [B] in (0, 1]; condition: [B, tokens, width]; seconds: [B].
        """
        dtype = self.pool.weight.dtype
        condition = condition.to(dtype)
        text = torch.cat([condition, self.duration(seconds)], dim=1)
        pooled = functional.relu(self.pool(condition.mean(1)))
        return velocity(self.flux, latents, sigma, text, pooled)
