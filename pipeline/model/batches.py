"""Batches of events to render: their checks, their noise, what goes together. Knows no network."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from pipeline.audio import Audio
from pipeline.errors import PlanError, SettingsError
from pipeline.model.sampler import Origin, noise
from pipeline.progress import OnStep

Start: TypeAlias = (
    int | torch.Generator | Tensor
)  # what an event's noise is: a seed, what draws it, or the noise itself
DECODER_STREAM = 0x5EED  # a decoder that draws noise has a stream of its own


@dataclass(frozen=True, eq=False)
class Rendered:
    """What was rendered, per event: latents float32 [frames, channels] on the CPU, and the audio that is heard."""

    latents: tuple[Tensor, ...]
    audios: tuple[Audio, ...]


@dataclass(frozen=True, eq=False)
class Variation:
    """Where an event begins that is to vary a take: latents [frames, channels], noised to `strength` (0 to 1)."""

    latents: Tensor
    strength: float


def origin_of(variations: Sequence[Variation | None], frames: int, channels: int) -> Origin | None:
    """The origin of a group of one noise level, None for plain noise; SettingsError for latents of another shape."""
    given = [v for v in variations if v is not None]
    if not given:
        return None
    for variation in given:
        if tuple(variation.latents.shape) != (frames, channels):
            raise SettingsError(f"latents to vary must have the shape {[frames, channels]}")
    return Origin(torch.stack([v.latents.float() for v in given]), given[0].strength)


def check_batch(
    count: int, samples: Sequence[int], starts: Sequence[Start] | None, *, batch: int, most: int, rate_hz: int
) -> None:
    """`count` events of given lengths in samples: SettingsError or PlanError, in one sentence, for what cannot be."""
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise SettingsError(f"a batch must hold at least one event, not {batch!r}")
    if len(samples) != count or (starts is not None and len(starts) != count):
        raise SettingsError(f"{count} events need {count} lengths and {count} seeds, generators or noises")
    for number, length in enumerate(samples, 1):
        if not 0 < length <= most:
            raise PlanError(
                f"event {number} needs {length / rate_hz:.1f} s with its crossfade; "
                f"this model makes at most {most / rate_hz:.1f} s, so split the event"
            )


def grouped(kinds: Sequence[Hashable], batch: int) -> list[list[int]]:
    """Indices of events of one kind (a latent length, or that and a noise level), at most `batch` together."""
    equal: dict[Hashable, list[int]] = {}
    for index, kind in enumerate(kinds):
        equal.setdefault(kind, []).append(index)
    return [members[at : at + batch] for members in equal.values() for at in range(0, len(members), batch)]


def noise_of(start: Start, frames: int, channels: int) -> Tensor:
    """Starting noise [frames, channels] of one event, on the CPU; SettingsError for noise of another shape."""
    shape = (frames, channels)
    if isinstance(start, Tensor):
        if tuple(start.shape) != shape:
            raise SettingsError(f"an event's noise must have the shape {list(shape)}, not {list(start.shape)}")
        return start.float().cpu()
    if isinstance(start, torch.Generator):
        return torch.randn(shape, generator=start, device=start.device).cpu()
    return noise(start, frames, channels)


def as_long(free: Tensor, conditions: Tensor) -> Tensor:
    """What guidance leads away from, [N or 1, tokens, width], with as many tokens as conditions [N, more, width].

    Those that are appended are empty, so that guidance leads away from a sound in no scene to one in its own.
    """
    return torch.nn.functional.pad(free, (0, 0, 0, conditions.shape[1] - free.shape[1]))


def decoder_noise(start: Start) -> torch.Generator:
    """What a decoder that draws noise draws from, on the CPU: the same for the same seed or noise."""
    if isinstance(start, torch.Generator) and start.device.type == "cpu":
        return start
    return torch.Generator().manual_seed(start ^ DECODER_STREAM if isinstance(start, int) else DECODER_STREAM)


def counted(on_step: OnStep | None, total: int) -> Callable[[], None]:
    """A callback that counts its calls for `on_step`."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if on_step is not None:
            on_step(done, total)

    return step
