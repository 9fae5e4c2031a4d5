"""Flow-matching Euler sampling with classifier-free guidance: noise to latents.

sigmas = linspace(1, 1 / N, N), velocity = v_u + g (v_c - v_u), as in AudioStory and TangoFlux. Events of
one length go through the transformer together, each with its own noise. Knows nothing of codecs or captions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from pipeline.progress import CancelToken

Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def noise(seed: int, frames: int, channels: int) -> Tensor:
    """Starting noise [frames, channels] of one event, from its own CPU generator: the same on any device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(frames, channels, generator=generator)


@torch.inference_mode()
def sample(
    velocity: Velocity,
    start: Tensor,
    condition: Tensor,
    unconditional: Tensor,
    seconds: Tensor,
    *,
    steps: int,
    guidance: float,
    cancel: CancelToken,
    on_step: Callable[[], None],
) -> Tensor:
    """Latents [B, frames, channels] from noise of that shape; Cancelled is raised between steps.

    condition: [B, tokens, width]; unconditional: [1, tokens, width]; seconds: [B].
    """
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / steps, steps), device=start.device)
    both = torch.cat([unconditional.expand_as(condition), condition]) if guidance != 1.0 else condition
    latents = start
    for t in scheduler.timesteps:
        cancel.raise_if_cancelled()
        doubled = latents if guidance == 1.0 else torch.cat([latents, latents])
        sigma = (t / 1000).expand(len(doubled)).to(latents)
        v = velocity(doubled, sigma, both, seconds if guidance == 1.0 else torch.cat([seconds, seconds]))
        if guidance != 1.0:
            v_u, v_c = v.chunk(2)
            v = v_u + guidance * (v_c - v_u)
        latents = scheduler.step(v, t, latents, return_dict=False)[0]
        on_step()
    return latents
