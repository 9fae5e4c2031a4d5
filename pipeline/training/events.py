"""Events of encoded narratives with the scenes that they are heard in, drawn in batches of one length.

Knows no network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.errors import FormatError
from pipeline.renderer.nano import CODEC_HOP
from pipeline.soundlab.narrative_sound import Context
from pipeline.soundlab.registry import RATE_HZ
from pipeline.training.latents import Batch, without_words
from pipeline.training.scene import Encode, SceneTokens
from pipeline.training.stages.sources import MAX_FRAMES, Narratives

NEAR = 3  # events of a batch are drawn from so many times as many of nearly the same length


@dataclass(frozen=True, eq=False)
class InScene:
    """A batch of events with their scene tokens [B, S, width], and the same of other narratives' events."""

    batch: Batch
    scene: Tensor
    other: Tensor


class Events:
    """The events of some of a folder's narratives. FormatError where these are fewer than two, or tell no contexts."""

    def __init__(self, source: Narratives, indices: Iterable[int], *, encode: Encode) -> None:
        captions, contexts, self._latents = list[str](), list[Context](), list[np.ndarray]()
        owner = list[int]()
        for index in indices:
            row, sample = source.rows[int(index)], source.sample(int(index))
            for event, sound in zip(row["events"], sample.sounds, strict=True):
                if event["context"] is None:
                    raise FormatError("these narratives do not tell their scenes: build them with soundlab")
                if sound is not None and len(sound.latents) <= MAX_FRAMES:
                    captions.append(event["caption"])
                    contexts.append(Context(**event["context"]))
                    self._latents.append(sound.latents.astype(np.float16))
                    owner.append(int(index))
        if len(set(owner)) < 2:
            raise FormatError("scenes are told apart in two narratives or more: build more of them")
        self._states = encode(captions).numpy()
        self._nothing = encode([""])[0].numpy()
        self._scenes = SceneTokens(encode).of(contexts)
        self._owner = np.array(owner)
        self._frames = np.array([len(latents) for latents in self._latents])
        self._by_length = np.argsort(self._frames, kind="stable")

    def __len__(self) -> int:
        return len(self._frames)

    def batch(
        self, rng: np.random.Generator, *, frames_per_batch: int, dropout: float, word_dropout: float = 0.0
    ) -> InScene:
        """Events of nearly one length, the longer ones cut to the shortest, as many as `frames_per_batch` holds."""
        first = int(rng.integers(len(self)))
        frames = int(self._frames[self._by_length[first]])
        count = max(1, frames_per_batch // frames)
        near = self._by_length[first : first + NEAR * count]
        chosen = rng.choice(near, min(count, len(near)), replace=False)
        dropped = rng.random(len(chosen)) < dropout
        states = without_words(self._states[chosen], rng, rate=word_dropout)
        states = np.where(dropped[:, None, None], self._nothing, states)
        latents = np.stack([self._latents[i][:frames] for i in chosen]).astype(np.float32)
        seconds = torch.full((len(chosen),), frames * CODEC_HOP / RATE_HZ)
        batch = Batch(torch.from_numpy(latents), torch.from_numpy(states).float(), seconds)
        others = [int(rng.choice(np.flatnonzero(self._owner != self._owner[i]))) for i in chosen]
        return InScene(batch, self._scenes[chosen], self._scenes[others])
