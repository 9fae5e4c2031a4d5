"""The transformer's training set: every clip as latents, every caption as token states.

    python -m pipeline.training.latents --clips cache/train --codec runs/codec/codec

Written beside the clips (latents.f16, frames.npy, states.f16), from which batches of one length are drawn.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pipeline.errors import FormatError
from pipeline.model.codec import NanoCodec
from pipeline.model.text_states import TOKENS, WIDTH, TextStates
from pipeline.renderer.nano import load_part
from pipeline.soundlab.registry import RATE_HZ
from pipeline.training.clips import ClipCache

log = logging.getLogger(__name__)
TEXT_BATCH = 64


@torch.inference_mode()
def build(clips: ClipCache, folder: Path, codec: NanoCodec, texts: TextStates) -> None:
    """Encode all clips and all distinct captions (the empty one first)."""
    frames = []
    with (folder / "latents.f16").open("wb") as out:
        for index in range(len(clips)):
            latents = codec.encode(torch.from_numpy(clips.samples(index))[None])[0]
            out.write(latents.to(torch.float16).numpy().tobytes())
            frames.append(len(latents))
            if index % 500 == 499:
                log.info("%d of %d clips encoded", index + 1, len(clips))
    np.save(folder / "frames.npy", np.array(frames))
    captions = ["", *clips.captions()]
    with (folder / "states.f16").open("wb") as out:
        for start in range(0, len(captions), TEXT_BATCH):
            out.write(texts.encode(captions[start : start + TEXT_BATCH]).to(torch.float16).numpy().tobytes())
    log.info("%d captions encoded", len(captions))


@dataclass(frozen=True, eq=False)
class Batch:
    """latents [B, frames, channels], condition [B, tokens, width], seconds [B], all float32."""

    latents: Tensor
    condition: Tensor
    seconds: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """The same on a device."""
        return Batch(self.latents.to(device), self.condition.to(device), self.seconds.to(device))


def without_words(states: np.ndarray, rng: np.random.Generator, *, rate: float) -> np.ndarray:
    """Captions' states [B, tokens, width] with each token but the first left out at a rate.

    What a caption says is then understood from any of its words, so that one in other words is too.
    """
    if rate == 0:
        return states
    left_out = rng.random(states.shape[:2]) < rate
    left_out[:, 0] = False
    return np.where(left_out[..., None], states.dtype.type(0), states)


class LatentCache:
    """Draws batches of clips of one length, each clip equally often. Text states are [tokens, width] a caption."""

    def __init__(self, folder: Path, *, channels: int, tokens: int = TOKENS, width: int = WIDTH) -> None:
        if not (folder / "states.f16").is_file():
            raise FormatError(f"there are no latents in {folder}: run python -m pipeline.training.latents first")
        self.clips = ClipCache(folder)
        frames = np.load(folder / "frames.npy")
        self._starts = np.concatenate([[0], np.cumsum(frames)])
        self._latents = np.memmap(folder / "latents.f16", np.float16, "r").reshape(-1, channels)
        self._states = np.memmap(folder / "states.f16", np.float16, "r").reshape(-1, tokens, width)
        self._state_of = {c: i for i, c in enumerate(["", *self.clips.captions()])}
        self.buckets = {int(n): np.flatnonzero(frames == n) for n in np.unique(frames)}

    def batch(
        self, rng: np.random.Generator, *, frames_per_batch: int, dropout: float, word_dropout: float = 0.0
    ) -> Batch:
        """A random bucket, as many of its clips as `frames_per_batch` holds, captions dropped with `dropout`.

        word_dropout: see `without_words`.
        """
        lengths = sorted(self.buckets)
        sizes = [max(1, frames_per_batch // n) for n in lengths]
        weights = np.array([len(self.buckets[n]) / size for n, size in zip(lengths, sizes, strict=True)])
        chosen = int(rng.choice(len(lengths), p=weights / weights.sum()))
        indices = rng.choice(self.buckets[lengths[chosen]], sizes[chosen])
        captions = ["" if rng.random() < dropout else str(rng.choice(self.clips.rows[i].captions)) for i in indices]
        latents = np.stack([self._latents[self._starts[i] : self._starts[i + 1]] for i in indices])
        states = np.stack([self._states[self._state_of[c]] for c in captions])
        states = without_words(states, rng, rate=word_dropout)
        seconds = [self.clips.rows[i].length / RATE_HZ for i in indices]
        return Batch(
            torch.from_numpy(latents.astype(np.float32)),
            torch.from_numpy(states.astype(np.float32)),
            torch.tensor(seconds, dtype=torch.float32),
        )


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Encode cached clips and captions for the transformer's training.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    args = parser.parse_args()
    build(ClipCache(args.clips), args.clips, load_part(NanoCodec, args.codec), TextStates())


if __name__ == "__main__":
    main()
