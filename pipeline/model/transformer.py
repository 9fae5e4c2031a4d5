"""Nano's diffusion transformer: diffusers' FluxTransformer2DModel on latent frames, as in AudioStory.

The text sequence is the condition's tokens and one duration token (Fourier features of seconds / 30, then
a linear layer); the pooled input is the mean of the condition's tokens. Knows nothing of sampling.
"""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, FluxTransformer2DModel, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

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
        return self.linear(torch.cat([x, turns.sin(), turns.cos()], dim=-1))[:, None]


class NanoTransformer(ModelMixin, ConfigMixin):
    """Velocity (noise minus latent) of noised latents, given a condition and a duration."""

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 64,
        condition_width: int = 384,
        layers: int = 2,
        single_layers: int = 4,
        heads: int = 4,
        head_width: int = 64,
    ) -> None:
        super().__init__()
        self.flux = FluxTransformer2DModel(
            patch_size=1,
            in_channels=latent_channels,
            num_layers=layers,
            num_single_layers=single_layers,
            attention_head_dim=head_width,
            num_attention_heads=heads,
            joint_attention_dim=condition_width,
            pooled_projection_dim=condition_width,
            guidance_embeds=False,
            axes_dims_rope=(head_width // 4, 3 * head_width // 8, 3 * head_width // 8),
        )
        self.duration = DurationToken(condition_width)

    @property
    def latent_channels(self) -> int:
        """Channels of the latents."""
        return int(self.config["latent_channels"])

    def forward(self, latents: Tensor, sigma: Tensor, condition: Tensor, seconds: Tensor) -> Tensor:
        """Velocity [B, frames, channels].

        latents: [B, frames, channels]; sigma: [B] in (0, 1]; condition: [B, tokens, width]; seconds: [B].
        """
        text = torch.cat([condition, self.duration(seconds).to(condition)], dim=1)
        frames = torch.arange(latents.shape[1], device=latents.device, dtype=latents.dtype)
        return self.flux(
            hidden_states=latents,
            encoder_hidden_states=text,
            pooled_projections=pooled(condition),
            timestep=sigma,
            img_ids=frames[:, None].expand(-1, 3),
            txt_ids=torch.zeros(text.shape[1], 3, device=latents.device, dtype=latents.dtype),
            return_dict=False,
        )[0]
