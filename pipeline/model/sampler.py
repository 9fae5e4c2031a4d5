"""Flow-matching Euler sampling with classifier-free guidance: noise to latents.

sigmas = linspace(1, 1 / N, N), velocity = v_u + g (v_c - v_u), as in AudioStory and TangoFlux. Events of
one length go through the transformer together, each with its own noise. Knows nothing of codecs or captions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a variation begins: latents [B, frames, channels], and the noise level (0 to 1) that is laid over them."""

    latents: Tensor
    strength: float


@dataclass(frozen=True, eq=False)
class Conditions:
    """What the events of a batch are made from.

    events: [B, tokens, width]; unconditional, what guidance leads away from: [1, tokens, width] for all events, or
    [B, tokens, width]; seconds: [B]. origin: what variations begin from.
    """

    events: Tensor
    unconditional: Tensor
    seconds: Tensor
    origin: Origin | None = None


Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def noise(seed: int, frames: int, channels: int) -> Tensor:
    """Starting noise [frames, channels] of one event, from its own CPU generator: the same on any device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(frames, channels, generator=generator)


def steps_of(settings: RenderSettings, strength: float = 1.0) -> int:
    """Euler steps of a sampling: a variation takes as many of a full one's as its noise level is of full noise."""
    return max(1, math.ceil(round(settings.steps * strength, 6)))


@torch.inference_mode()
def sample(
    velocity: Velocity,
    start: Tensor,
    conditions: Conditions,
    *,
    settings: RenderSettings,
    cancel: CancelToken,
    on_step: Callable[[], None],
    scheduler: FlowMatchEulerDiscreteScheduler | None = None,
) -> Tensor:
    """Latents [B, frames, channels] from noise of that shape; Cancelled is raised between steps.

    `scheduler` gives the configuration of a checkpoint's own; its state is neither read nor changed. With an `origin`
    the path begins at its noise level s, at (1 - s) latents + s noise, and goes on in steps of the usual size.
    """
    origin = conditions.origin
    strength = origin.strength if origin else 1.0
    steps, guidance, guided = steps_of(settings, strength), settings.guidance, settings.guidance != 1.0
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(scheduler.config if scheduler else {})
    scheduler.set_timesteps(sigmas=np.linspace(strength, strength / steps, steps), device=start.device)
    if origin:
        level = scheduler.sigmas[0].to(start)
        start = (1.0 - level) * origin.latents.to(start) + level * start
    text, seconds = conditions.events, conditions.seconds
    if guided:
        text = torch.cat([conditions.unconditional.expand_as(text), text])
        seconds = torch.cat([seconds, seconds])
    latents = start
    for t in scheduler.timesteps:
        cancel.raise_if_cancelled()
        doubled = torch.cat([latents, latents]) if guided else latents
        v = velocity(doubled, (t / 1000).expand(len(doubled)).to(latents), text, seconds)
        if guided:
            v_u, v_c = v.chunk(2)
            v = v_u + guidance * (v_c - v_u)
        latents = scheduler.step(v, t, latents, return_dict=False)[0]
        on_step()
    return latents
