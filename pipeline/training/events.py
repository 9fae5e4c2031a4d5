"""Events with their residual states: read once from a language model that does not change, kept, drawn in batches.

Knows no transformer and no training.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.errors import FormatError, SettingsError
from pipeline.model.conditioner import OVERLAP, Conditioner
from pipeline.renderer.nano import CODEC_HOP
from pipeline.soundlab.registry import RATE_HZ
from pipeline.training.latents import Batch, without_words
from pipeline.training.stages.sources import Clips, Narratives, Sample

log = logging.getLogger(__name__)
TENSORS, CAPTIONS, ORIGIN = "events.safetensors", "captions.json", "origin.json"
EVENTS_A_SCRIPT = 4  # at most, of scripts made up of clips
NEAR = 3  # events of a batch are drawn from so many times as many of nearly the same length


Encode = Callable[[Sequence[str]], Tensor]
"""Captions to states [N, tokens, width], zero past a caption's end."""


@dataclass(frozen=True, eq=False)
class Fused:
    """A batch of events with residual states [B, R, hidden]; `dropped` [B] of them go without their condition."""

    batch: Batch
    residual: Tensor
    dropped: Tensor


class Events:
    """Events with their residual states, as `read` wrote them, drawn in batches of one length."""

    def __init__(self, folder: Path, *, encode: Encode) -> None:
        tensors = load_file(folder / TENSORS)
        self._residual, self._latents, frames = (tensors[name] for name in ("residual", "latents", "frames"))
        self._frames = frames.numpy()
        self._starts = np.concatenate([[0], np.cumsum(self._frames)])
        captions = json.loads((folder / CAPTIONS).read_text(encoding="utf-8"))
        if not len(captions) == len(self._frames) == len(self._residual):
            raise FormatError(f"{folder} holds other captions than events: remove it and read again")
        self._states = encode(captions).numpy()
        self._nothing = encode([""])[0].numpy()
        self._by_length = np.argsort(self._frames, kind="stable")

    def __len__(self) -> int:
        return len(self._frames)

    def batch(
        self, rng: np.random.Generator, *, frames_per_batch: int, dropout: float, word_dropout: float = 0.0
    ) -> Fused:
        """Events of nearly one length, the longer ones cut to the shortest, as many as `frames_per_batch` holds."""
        first = int(rng.integers(len(self)))
        frames = int(self._frames[self._by_length[first]])
        count = max(1, frames_per_batch // frames)
        near = self._by_length[first : first + NEAR * count]
        chosen = rng.choice(near, min(count, len(near)), replace=False)
        dropped = rng.random(len(chosen)) < dropout
        states = without_words(self._states[chosen], rng, rate=word_dropout)
        states = np.where(dropped[:, None, None], self._nothing, states)
        latents = torch.stack([self._latents[self._starts[i] : self._starts[i] + frames] for i in chosen])
        seconds = torch.full((len(chosen),), frames * CODEC_HOP / RATE_HZ)
        batch = Batch(latents.float(), torch.from_numpy(states).float(), seconds)
        return Fused(batch, self._residual[chosen].float(), torch.from_numpy(dropped))

    def residual_states(self) -> Tensor:
        """All residual states, [N * R, hidden]."""
        return self._residual.flatten(0, 1).float()


def read(
    folder: Path,
    conditioner: Conditioner,
    *,
    narratives: Narratives,
    clips: Clips,
    scripts: int,
    seed: int,
    origin: Mapping[str, Any],
) -> None:
    """Write the events of all narratives and of `scripts` scripts of clips, with their residual states, to `folder`.

    origin: what tells these states from others, see `check_origin`.
    """
    captions, frames, latents, residual = list[str](), list[int](), list[Tensor](), list[Tensor]()
    total = len(narratives.indices) + scripts
    for number, sample in enumerate(_samples(narratives, clips, scripts=scripts, seed=seed), 1):
        states = conditioner.states(sample.timeline, overlap=OVERLAP).residual
        conditioner.forget()
        for event, sound, own in zip(sample.timeline.events, sample.sounds, states, strict=True):
            if sound is not None:
                captions.append(event.caption)
                frames.append(len(sound.latents))
                latents.append(torch.from_numpy(sound.latents).to(torch.float16))
                residual.append(own.to(torch.float16).cpu())
        if number % 50 == 0 or number == total:
            log.info("%d of %d scripts read", number, total)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ORIGIN).write_text(json.dumps(dict(origin)), encoding="utf-8")
    (folder / CAPTIONS).write_text(json.dumps(captions), encoding="utf-8")
    tensors = {"residual": torch.stack(residual), "latents": torch.cat(latents), "frames": torch.tensor(frames)}
    part = folder / f"{TENSORS}.part"
    save_file(tensors, part)
    part.replace(folder / TENSORS)


def _samples(narratives: Narratives, clips: Clips, *, scripts: int, seed: int) -> Iterator[Sample]:
    rng = np.random.default_rng(seed)
    made_up = (clips.draw(rng, events=EVENTS_A_SCRIPT) for _ in range(scripts))
    return chain((narratives.sample(int(i)) for i in narratives.indices), made_up)


def check_origin(folder: Path, origin: Mapping[str, Any]) -> bool:
    """Whether `folder` holds events already; SettingsError when they were read from something else than `origin`."""
    if not (folder / TENSORS).is_file():
        return False
    try:
        found = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if found != dict(origin):
        raise SettingsError(f"the states in {folder} were read with other settings: give this run a folder of its own")
    return True
