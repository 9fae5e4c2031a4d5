"""Nano's diffusion transformer: diffusers' FluxTransformer2DModel on latent frames, as in AudioStory.

The text sequence is the condition's tokens and one duration token (Fourier features of seconds / 30, then
a linear layer); the pooled input is the mean of the condition's tokens. Knows nothing of sampling.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from pipeline.model.flux import flux, velocity
from pipeline.model.text_states import pooled

DURATION_FEATURES = 32
DURATION_SCALE_S = 30.0


class DurationToken(nn.Module):
    """Seconds [B] -> one token [B, 1, width]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * DURATION_FEATURES + 1, width)

    def forward(self, seconds: Tensor) -> Tensor:
        x = (seconds / DURATION_SCALE_S).clamp(0, 2)[:, None]
        turns = x * torch.arange(1, DURATION_FEATURES + 1, device=x.device) * (math.pi / 2)
        features = torch.cat([x, turns.sin(), turns.cos()], dim=-1)
        return self.linear(features.to(self.linear.weight))[:, None]


class NanoTransformer(ModelMixin, ConfigMixin):
    """Velocity (noise minus latent) of noised latents, given a condition and a duration.

    It denoises as many frames as an event has, at most `audio_seq_len`; its duration token tells up to `max_seconds`.
    """

    @register_to_config
    def __init__(  # noqa: PLR0913 - a configuration
        self,
        latent_channels: int = 64,
        condition_width: int = 384,
        layers: int = 2,
        single_layers: int = 4,
        heads: int = 4,
        head_width: int = 64,
        audio_seq_len: int = 645,  # noqa: ARG002 - read from the configuration
        max_seconds: float = 30.0,  # noqa: ARG002 - read from the configuration
    ) -> None:
        super().__init__()
        self.flux = flux(
            channels=latent_channels, width=condition_width, layers=layers, single_layers=single_layers,
            heads=heads, head_width=head_width, rope=(head_width // 4, 3 * head_width // 8, 3 * head_width // 8),
        )  # fmt: skip
        self.duration = DurationToken(condition_width)

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""
        return int(self.config["latent_channels"])

    def frames_for(self, frames: int) -> int:
        """How many frames to denoise for `frames` that are to be heard: just those."""
        return frames

    def forward(self, latents: Tensor, sigma: Tensor, condition: Tensor, seconds: Tensor) -> Tensor:
        """Velocity [B, frames, channels] in the type of the latents; computed in the type of the weights.

        latents: [B, frames, channels]; sigma: [B] in (0, 1]; condition: [B, tokens, width]; seconds: [B].
        """
        condition = condition.to(self.duration.linear.weight)
        text = torch.cat([condition, self.duration(seconds).to(condition)], dim=1)
        return velocity(self.flux, latents, sigma, text, pooled(condition))
