"""The diffusion transformer that nano's and AudioStory's share: diffusers' FluxTransformer2DModel on latent frames.

A frame's place is its number on all three position axes; text has no place. Knows nothing of how a duration or a
pooled input is made.
"""

from __future__ import annotations

import torch
from diffusers import FluxTransformer2DModel
from torch import Tensor


def flux(
    *, channels: int, width: int, layers: int, single_layers: int, heads: int, head_width: int, rope: tuple[int, ...]
) -> FluxTransformer2DModel:
    """A transformer of `layers` double and `single_layers` single blocks for latents of `channels`.

    width: channels of the text tokens and of the pooled input; rope: how a head's width is divided among three axes.
    """
    return FluxTransformer2DModel(
        patch_size=1,
        in_channels=channels,
        num_layers=layers,
        num_single_layers=single_layers,
        attention_head_dim=head_width,
        num_attention_heads=heads,
        joint_attention_dim=width,
        pooled_projection_dim=width,
        guidance_embeds=False,
        axes_dims_rope=tuple(rope),
    )


def velocity(model: FluxTransformer2DModel, latents: Tensor, sigma: Tensor, text: Tensor, pooled: Tensor) -> Tensor:
    """Velocity [B, frames, channels] of noised latents of that shape, in their type; computed in the type of `text`.

    sigma: [B] in (0, 1]; text: [B, tokens, width]; pooled: [B, width].
    """
    frames = torch.arange(latents.shape[1], device=latents.device, dtype=torch.float32)
    return model(
        hidden_states=latents.to(text.dtype),
        encoder_hidden_states=text,
        pooled_projections=pooled,
        timestep=sigma.to(text.dtype),
        img_ids=frames[:, None].expand(-1, 3),
        txt_ids=torch.zeros(text.shape[1], 3, device=latents.device),
        return_dict=False,
    )[0].to(latents.dtype)
