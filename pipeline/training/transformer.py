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
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from pipeline.model.transformer import NanoTransformer
from pipeline.renderer.nano import load_part
from pipeline.training import loop
from pipeline.training.latents import Batch, LatentCache

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TransformerRun:
    """Settings of a run. `minutes` ends it early; the schedule is laid out for `steps`.

    noise_mean: mean of the noise level's logit. Above 0 the noisiest levels, where the caption decides what a sound
    becomes, are trained more often. word_dropout: see `LatentCache.batch`.
    """

    clips: Path
    out: Path
    valid: Path | None = None
    steps: int = 3000
    minutes: float = 1e9
    frames_per_batch: int = 1400
    peak_lr: float = 1e-3
    dropout: float = 0.1
    word_dropout: float = 0.0
    noise_mean: float = 0.0
    decay: float = 0.998
    channels: int = 64
    save_every: int = 250
    seed: int = 1
    device: str = "cpu"
    start: Path | None = None


def flow_loss(model: NanoTransformer, batch: Batch, generator: torch.Generator, *, noise_mean: float = 0.0) -> Tensor:
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
    """Train, or go on training; returns the averaged transformer. Several processes share the work and each step's
    gradient: step n of process r of w draws batch n * w + r, and the first process logs and saves.
    """
    accelerator = Accelerator(cpu=run.device == "cpu")
    first_process, world, rank = accelerator.is_main_process, accelerator.num_processes, accelerator.process_index
    cache = LatentCache(run.clips, channels=run.channels)
    model = _begun(run).to(accelerator.device)
    valid = LatentCache(run.valid, channels=run.channels) if run.valid else None
    optimizer = torch.optim.AdamW(model.parameters(), run.peak_lr, betas=(0.9, 0.98), weight_decay=0.01)
    average, first, path = loop.Average(model, decay=run.decay), 0, run.out / "last.pt"
    if state := loop.load_checkpoint(path):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.shadow, average.steps, first = state["average"], state["step"], state["step"]
    shared, optimizer = accelerator.prepare(model, optimizer)
    journal, began, losses = loop.Log(run.out / "log.jsonl"), time.monotonic(), []
    for step in range(first, run.steps):
        loop.set_learning_rate(optimizer, loop.learning_rate(step, peak=run.peak_lr, warmup=150, total=run.steps))
        draw = step * world + rank
        batch = cache.batch(
            loop.step_rng(run.seed, draw), frames_per_batch=run.frames_per_batch, dropout=run.dropout,
            word_dropout=run.word_dropout,
        )  # fmt: skip
        generator = loop.step_generator(run.seed, draw, accelerator.device.type)
        loss = flow_loss(shared, batch.to(accelerator.device), generator, noise_mean=run.noise_mean)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(shared.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(model)
        losses.append(loss.item())
        told = (step + 1) % 50 == 0
        last = step + 1 == run.steps or (told and _any((time.monotonic() - began) / 60 > run.minutes, accelerator))
        if first_process and (told or last):
            journal.write(step=step + 1, loss=float(np.mean(losses[-50:])))
            log.info("step %d loss %.4f", step + 1, np.mean(losses[-50:]))
        if first_process and ((step + 1) % run.save_every == 0 or last):
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average.shadow}
            loop.save_checkpoint(path, {**state, "step": step + 1})
        if last:
            break
    model.load_state_dict(average.shadow)
    if first_process:
        _finish(model, valid, run, journal)
    return model


def _begun(run: TransformerRun) -> NanoTransformer:
    """A new transformer, or the one in `run.start`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        model = NanoTransformer(latent_channels=run.channels)
    if run.start is not None:
        model.load_state_dict(load_part(NanoTransformer, run.start).state_dict())
    return model


def _any(here: bool, accelerator: Accelerator) -> bool:
    """Whether it is so in any process: all have to stop at the same step."""
    return bool(accelerator.reduce(torch.tensor(float(here), device=accelerator.device), "sum") > 0)


def _finish(model: NanoTransformer, valid: LatentCache | None, run: TransformerRun, journal: loop.Log) -> None:
    if valid is not None:
        figure = validation_loss(model, valid, run)
        journal.write(validation=figure)
        log.info("validation loss %.4f", figure)
    model.save_pretrained(run.out / "transformer")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train nano's diffusion transformer.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--valid", type=Path)
    parser.add_argument("--start", "--begin-with", type=Path, help="a transformer folder to begin from")
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
