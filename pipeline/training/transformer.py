"""Train nano's diffusion transformer on encoded clips.

    python -m pipeline.training.transformer --clips cache/train --out runs/transformer
    torchrun --nproc-per-node 2 -m pipeline.training.transformer …    # the same on several cores or GPUs

Flow matching (Lipman et al. 2023): x = (1 - s) latent + s noise, target = noise - latent, with
logit-normal s (Esser et al. 2024) and captions dropped for guidance. Resumable, CPU or CUDA. The averaged
weights are written to OUT/transformer in the diffusers layout.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from pipeline.model.transformer import NanoTransformer
from pipeline.renderer.nano import load_part
from pipeline.training import loop
from pipeline.training.latents import Batch, LatentCache
from pipeline.training.muon import ADAMW, KINDS, optimizers

log = logging.getLogger(__name__)
BLOCKS = ("transformer_blocks",)  # whose matrices Muon takes
BETAS = (0.9, 0.98)


@dataclass(frozen=True, kw_only=True)
class TransformerRun(loop.Pace):
    """Settings of a run.

    noise_mean: mean of the noise level's logit. Above 0 the noisiest levels, where the caption decides what a sound
    becomes, are trained more often. word_dropout: see `without_words`. optimizer: "muon" takes more time for a step
    and gets further with it.
    """

    clips: Path
    valid: Path | None = None
    frames_per_batch: int = 1400
    peak_lr: float = 1e-3
    dropout: float = 0.1
    word_dropout: float = 0.0
    noise_mean: float = 0.0
    channels: int = 64
    start: Path | None = None
    optimizer: str = ADAMW


Velocity = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(noised [B, T, C], noise levels [B], conditions [B, L, W], seconds [B]) -> velocities [B, T, C]."""


def flow_loss(model: Velocity, batch: Batch, generator: torch.Generator, *, noise_mean: float = 0.0) -> Tensor:
    """Mean squared error of the velocity at one noise level per item, logit-normal with this mean and deviation 1."""
    device = batch.latents.device
    noise = torch.randn(batch.latents.shape, generator=generator, device=device)
    sigma = (torch.randn(len(batch.latents), generator=generator, device=device) + noise_mean).sigmoid()
    noised = torch.lerp(batch.latents, noise, sigma[:, None, None])
    velocity = model(noised, sigma, batch.condition, batch.seconds)
    return (velocity - (noise - batch.latents)).square().mean()


@torch.no_grad()
def validation_loss(model: NanoTransformer, cache: LatentCache, run: TransformerRun, *, batches: int = 12) -> float:
    """Flow loss on held-out draws, always with the same batches and noise."""
    losses = []
    for i in range(batches):
        batch = cache.batch(loop.step_rng(0, i), frames_per_batch=run.frames_per_batch, dropout=0.0).to(run.device)
        losses.append(flow_loss(model, batch, loop.step_generator(0, i, run.device)).item())
    return float(np.mean(losses))


def train(run: TransformerRun) -> NanoTransformer:
    """Train, or go on training; returns the averaged transformer. See `loop.optimise`."""
    accelerator = Accelerator(cpu=run.device == "cpu")
    place = accelerator.device
    cache = LatentCache(run.clips, channels=run.channels)
    valid = None if run.valid is None else LatentCache(run.valid, channels=run.channels)
    model = begun(run.start, channels=run.channels, seed=run.seed).to(place)

    def loss_of(shared: nn.Module, draw: int) -> Tensor:
        batch = cache.batch(
            loop.step_rng(run.seed, draw), frames_per_batch=run.frames_per_batch, dropout=run.dropout,
            word_dropout=run.word_dropout,
        )  # fmt: skip
        generator = loop.step_generator(run.seed, draw, place.type)
        return flow_loss(shared, batch.to(place), generator, noise_mean=run.noise_mean)

    taught = optimizers(model, kind=run.optimizer, peak_lr=run.peak_lr, within=BLOCKS, betas=BETAS)
    loop.optimise(model, taught, loss_of, run, accelerator)
    if accelerator.is_main_process:
        _finish(model, valid, run)
    return model


def begun(start: Path | None, *, channels: int, seed: int) -> NanoTransformer:
    """A new transformer, or the one in the folder `start`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = NanoTransformer(latent_channels=channels)
    if start is not None:
        model.load_state_dict(load_part(NanoTransformer, start).state_dict())
    return model


def _finish(model: NanoTransformer, valid: LatentCache | None, run: TransformerRun) -> None:
    model.save_pretrained(run.out / "transformer")
    if valid is not None:
        figure = validation_loss(model, valid, run)
        loop.Log(run.out / loop.JOURNAL).write(validation=figure)
        log.info("validation loss %.4f", figure)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train nano's diffusion transformer.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--valid", type=Path)
    parser.add_argument("--start", "--begin-with", type=Path, help="a transformer folder to begin from")
    parser.add_argument("--optimizer", choices=KINDS, default=ADAMW)
    for name, kind in (
        ("steps", int),
        ("minutes", float),
        ("frames-per-batch", int),
        ("peak-lr", float),
        ("noise-mean", float),
        ("word-dropout", float),
        ("device", str),
    ):
        parser.add_argument(f"--{name}", type=kind, default=getattr(TransformerRun, name.replace("-", "_")))
    train(TransformerRun(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
