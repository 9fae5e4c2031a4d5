"""Train nano's transformer to hear scenes: events of narratives with their captions and scene tokens, and plain clips.

    python -m pipeline.training.in_scene --clips cache/train --narratives cache/narratives --out runs/scene \
        --start assets/nano/transformer

The scene is told by the truth about each event; see `pipeline.training.scene`. Nothing here reads a story: that the
language model says the same scene tokens is learnt apart, in the stage "scene". A part of the batches goes without
scene tokens and half of all are clips with captions alone, so that the transformer goes on serving those. Resumable;
the averaged weights are written to OUT/transformer.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from pipeline.errors import SettingsError
from pipeline.model.text_states import TextStates
from pipeline.model.transformer import NanoTransformer
from pipeline.training import loop
from pipeline.training.events import Events, InScene
from pipeline.training.latents import Batch, LatentCache
from pipeline.training.muon import MUON, optimizers
from pipeline.training.scene import NORM, Encode
from pipeline.training.stages.sources import Narratives, parts
from pipeline.training.transformer import BETAS, BLOCKS, begun, flow_loss

log = logging.getLogger(__name__)
SPLIT_SEED = 1
CHECKS = 24  # batches of held-out events


@dataclass(frozen=True, kw_only=True)
class SceneRun(loop.Pace):
    """Settings of a run. See `TransformerRun` for those it shares.

    held_out: of the narratives, how many are never trained on. share: of batches, how many are of events in scenes;
    without: of those, how many go without scene tokens; empty: of the events of the others, how many have an empty
    scene. blur: the length of what is added to a scene token, as a share of its own: a language model will not say it
    exactly.
    """

    clips: Path
    narratives: Path
    start: Path | None = None
    held_out: float = 0.05
    share: float = 0.5
    without: float = 0.3
    empty: float = 0.1
    blur: float = 0.25
    frames_per_batch: int = 1400
    peak_lr: float = 4e-4
    dropout: float = 0.1
    word_dropout: float = 0.1
    noise_mean: float = 0.7
    channels: int = 64
    optimizer: str = MUON

    def __post_init__(self) -> None:
        for name in ("held_out", "share", "without", "empty"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} must be from 0 to 1, not {getattr(self, name)}")


def joined(batch: Batch, scene: Tensor) -> Batch:
    """The batch with scene tokens [B, S, width] after its conditions."""
    return Batch(batch.latents, torch.cat([batch.condition, scene], 1), batch.seconds)


def train(
    run: SceneRun, *, encode: Encode | None = None, begin: Callable[[], NanoTransformer] | None = None
) -> NanoTransformer:
    """Train, or go on training; returns the averaged transformer. See `loop.optimise`."""
    accelerator = Accelerator(cpu=run.device == "cpu")
    place = accelerator.device
    encode = encode or TextStates().encode
    source = Narratives(run.narratives, channels=run.channels)
    kept, held = parts(len(source.indices), held_out=run.held_out, seed=SPLIT_SEED)
    events, checked = (Events(source, which, encode=encode) for which in (kept, held))
    _, tokens, width = encode([""]).shape
    cache = LatentCache(run.clips, channels=run.channels, tokens=tokens, width=width)
    model = begin() if begin else begun(run.start, channels=run.channels, seed=run.seed)
    model = model.requires_grad_(True).to(place)

    def loss_of(shared: nn.Module, draw: int) -> Tensor:
        rng, generator = loop.step_rng(run.seed, draw), loop.step_generator(run.seed, draw, place.type)
        batch = drawn(events, cache, rng, run).to(place)
        return flow_loss(shared, batch, generator, noise_mean=run.noise_mean)

    taught = optimizers(model, kind=run.optimizer, peak_lr=run.peak_lr, within=BLOCKS, betas=BETAS)
    loop.optimise(model, taught, loss_of, run, accelerator)
    if accelerator.is_main_process:
        model.save_pretrained(run.out / "transformer")
        figures = check(model, checked, run)
        loop.Log(run.out / loop.JOURNAL).write(**figures)
        log.info("held out: %s", " ".join(f"{name} {value:.4f}" for name, value in figures.items()))
    return model


def drawn(events: Events, cache: LatentCache, rng: np.random.Generator, run: SceneRun) -> Batch:
    """What one step learns from."""
    sizes = {"frames_per_batch": run.frames_per_batch, "dropout": run.dropout, "word_dropout": run.word_dropout}
    if rng.random() >= run.share:
        return cache.batch(rng, **sizes)  # type: ignore[arg-type]
    told = events.batch(rng, **sizes)  # type: ignore[arg-type]
    if rng.random() < run.without:
        return told.batch
    return joined(told.batch, _blurred(told, rng, run))


def _blurred(told: InScene, rng: np.random.Generator, run: SceneRun) -> Tensor:
    scene = told.scene
    added = torch.from_numpy(rng.standard_normal(scene.shape)).float() * (run.blur * NORM / scene.shape[-1] ** 0.5)
    empty = torch.from_numpy(rng.random(len(scene)) < run.empty)
    return torch.where(empty[:, None, None], torch.zeros_like(scene), scene + added)


@torch.no_grad()
def check(model: NanoTransformer, events: Events, run: SceneRun) -> dict[str, float]:
    """Flow loss of held-out events in their scene, in that of others, and without any, with the same noise."""
    found: dict[str, list[float]] = {"right": [], "wrong": [], "none": []}
    for number in range(CHECKS):
        told = events.batch(loop.step_rng(0, number), frames_per_batch=run.frames_per_batch, dropout=0.0)
        cases = {"right": joined(told.batch, told.scene), "wrong": joined(told.batch, told.other), "none": told.batch}
        for name, batch in cases.items():
            noise = loop.step_generator(0, number, run.device)
            found[name].append(flow_loss(model, batch.to(run.device), noise, noise_mean=run.noise_mean).item())
    return {f"held_out_{name}": float(np.mean(values)) for name, values in found.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train nano's transformer on events in their scenes.")
    for name in ("clips", "narratives", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--start", "--begin-with", type=Path, help="a transformer folder to begin from")
    for name, kind in (
        ("steps", int),
        ("minutes", float),
        ("share", float),
        ("without", float),
        ("blur", float),
        ("frames-per-batch", int),
        ("peak-lr", float),
        ("device", str),
    ):
        parser.add_argument(f"--{name}", type=kind, default=getattr(SceneRun, name.replace("-", "_")))
    train(SceneRun(**vars(parser.parse_args(arguments))))


if __name__ == "__main__":
    main()
