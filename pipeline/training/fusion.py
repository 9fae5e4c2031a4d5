"""Train the fusion and the transformer together, with a language model that stays as it is.

    python -m pipeline.training.fusion --stage runs/nano/narrative/model --clips cache/train \
        --narratives cache/narratives --out runs/fusion

What an event is comes from the text encoder; its residual tokens tell the rest. As the language model does not
change, its states at the residual tokens are read once, of all narratives and of some scripts made up of clips, and
kept in OUT: a step then costs no more than one of the transformer alone. Clips with their captions alone are trained
on all along, so that the transformer goes on serving those. The averaged weights are written to OUT/model, a stage's
folder.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import Tensor, nn

from pipeline.errors import SettingsError
from pipeline.model import adapted
from pipeline.model.bridge import Bridge
from pipeline.model.conditioner import Conditioner
from pipeline.model.parts import load_network
from pipeline.model.text_states import TextStates
from pipeline.model.transformer import NanoTransformer
from pipeline.renderer.nano import NANO, fingerprint
from pipeline.renderer.nano_story import load_stage
from pipeline.training import loop
from pipeline.training.events import Encode, Events, check_origin, read
from pipeline.training.latents import LatentCache
from pipeline.training.stages.sources import Clips, Narratives
from pipeline.training.transformer import MUON, begun, flow_loss, optimizers

log = logging.getLogger(__name__)
TOLD = 0.5  # of those, how many look planned, with a reasoning


@dataclass(frozen=True, kw_only=True)
class FusionRun(loop.Pace):
    """Settings of a run. See `TransformerRun` for those it shares.

    stage: the folder of a stage, whose language model is read. scripts: how many are made up of clips. share: of
    batches, how many are of events with residual states. bridge_lr: peak learning rate of fusion and residual
    projector, which begin anew.
    """

    stage: Path
    clips: Path
    narratives: Path
    start: Path | None = None
    scripts: int = 300
    share: float = 0.5
    frames_per_batch: int = 1400
    peak_lr: float = 6e-4
    bridge_lr: float = 3e-3
    dropout: float = 0.1
    word_dropout: float = 0.1
    noise_mean: float = 0.7
    channels: int = 64
    optimizer: str = MUON

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SettingsError(f"share must be between 0 and 1, not {self.share}")


@dataclass(frozen=True, eq=False)
class Parts:
    """What a run begins from. conditioner: asked for once, when the states are read."""

    conditioner: Callable[[], Conditioner]
    encode: Encode
    transformer: NanoTransformer


def nano_parts(run: FusionRun) -> Parts:
    """The language model of the run's stage, MiniLM, and nano's transformer or the one in the run's `start`."""
    transformer = begun(run.start or NANO / adapted.TRANSFORMER, channels=run.channels, seed=run.seed)
    return Parts(lambda: load_stage(run.stage).conditioner, TextStates().encode, transformer)


class Together(nn.Module):
    """The transformer behind the fusion; without residual states it hears captions alone."""

    def __init__(self, transformer: NanoTransformer, bridge: Bridge) -> None:
        super().__init__()
        self.transformer, self.bridge = transformer, bridge
        self.bridge.bridging_projector.requires_grad_(False)

    def forward(
        self,
        noised: Tensor,
        sigma: Tensor,
        condition: Tensor,
        seconds: Tensor,
        residual: Tensor | None = None,
        dropped: Tensor | None = None,
    ) -> Tensor:
        """Velocities [B, T, C]; condition: text states [B, L, W], fused with `residual` but where `dropped`."""
        if residual is not None and dropped is not None:
            scale = float(self.bridge.config["feature_scale"])
            fused = self.bridge.fused(condition * scale, residual)
            condition = torch.where(dropped[:, None, None], condition, fused)
        return self.transformer(noised, sigma, condition, seconds)


@torch.no_grad()
def new_bridge(old: Bridge, residual: Tensor, *, seed: int) -> Bridge:
    """`old` with a new fusion and a new residual projector, whose first layer sees states of mean 0 and deviation 1.

    residual: states [N, hidden] to measure both on; what differs between stories is a small part of such states.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        bridge = Bridge(**{k: v for k, v in old.config.items() if not k.startswith("_")})
    bridge.bridging_projector.load_state_dict(old.bridging_projector.state_dict())
    if bridge.residual_projector is None:
        raise SettingsError("the stage has no residual tokens, so there is nothing to fuse")
    first = bridge.residual_projector[0]
    mean, deviation = residual.mean(0), residual.std(0).clamp_min(1e-3)
    first.weight.div_(deviation)
    first.bias.sub_(first.weight @ mean)
    return bridge


def train(run: FusionRun, *, parts: Callable[[FusionRun], Parts] = nano_parts) -> Path:
    """Train, or go on training; the folder of the model. See `loop.optimise`."""
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)  # a batch of captions alone has no fusion
    accelerator = Accelerator(cpu=run.device == "cpu", kwargs_handlers=[unused])
    place, given = accelerator.device, parts(run)
    with accelerator.main_process_first():
        if not check_origin(run.out, origin := _origin(run)):
            _read_all(run, given.conditioner(), origin)
    events = Events(run.out, encode=given.encode)
    _, tokens, width = given.encode([""]).shape
    cache = LatentCache(run.clips, channels=run.channels, tokens=tokens, width=width)
    old = load_network(adapted.BRIDGE, Bridge, run.stage / adapted.BRIDGE, torch.float32)
    bridge = new_bridge(old, events.residual_states(), seed=run.seed)
    model = Together(given.transformer, bridge).to(place)

    def loss_of(shared: nn.Module, draw: int) -> Tensor:
        rng, generator = loop.step_rng(run.seed, draw), loop.step_generator(run.seed, draw, place.type)
        drawing = partial(_drawn, rng=rng, run=run)
        if rng.random() >= run.share:
            return flow_loss(shared, drawing(cache.batch).to(place), generator, noise_mean=run.noise_mean)
        drawn = drawing(events.batch)
        residual, dropped = drawn.residual.to(place), drawn.dropped.to(place)
        return flow_loss(
            lambda *given: shared(*given, residual, dropped), drawn.batch.to(place), generator,
            noise_mean=run.noise_mean,
        )  # fmt: skip

    opened = [p for p in bridge.parameters() if p.requires_grad]
    added = torch.optim.AdamW(opened, run.bridge_lr, betas=(0.9, 0.98), weight_decay=0.01)
    of_transformer = optimizers(model.transformer, kind=run.optimizer, peak_lr=run.peak_lr)
    loop.optimise(model, [*of_transformer, added], loss_of, run, accelerator)
    if accelerator.is_main_process:
        write(run.out / "model", run.stage, model)
    return run.out / "model"


def _drawn(batch: Callable[..., Any], *, rng: np.random.Generator, run: FusionRun) -> Any:
    return batch(rng, frames_per_batch=run.frames_per_batch, dropout=run.dropout, word_dropout=run.word_dropout)


def _read_all(run: FusionRun, conditioner: Conditioner, origin: Mapping[str, Any]) -> None:
    clips = Clips(run.clips, channels=run.channels, told=TOLD)
    narratives = Narratives(run.narratives, channels=run.channels)
    read(
        run.out, conditioner, narratives=narratives, clips=clips, scripts=run.scripts, seed=run.seed, origin=origin
    )  # fmt: skip


def _origin(run: FusionRun) -> dict[str, Any]:
    """What the residual states depend on: the language model by its fingerprint, and what it reads."""
    data = {"clips": str(run.clips), "narratives": str(run.narratives), "scripts": run.scripts, "seed": run.seed}
    return {"language_model": fingerprint(run.stage), **data}


def write(folder: Path, stage: Path, model: Together) -> None:
    """The folder of `stage` with this bridge and transformer instead of its own, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        part = Path(scratch) / folder.name
        own = shutil.ignore_patterns(adapted.BRIDGE, adapted.TRANSFORMER, adapted.LISTENER)
        shutil.copytree(stage, part, ignore=own)
        model.bridge.save_pretrained(part / adapted.BRIDGE)
        model.transformer.save_pretrained(part / adapted.TRANSFORMER)
        index = part / adapted.INDEX
        told = {**json.loads(index.read_text(encoding="utf-8")), "exact": True}
        index.write_text(json.dumps(told, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rename(Path(scratch) / "before")
        part.rename(folder)


def main(arguments: Sequence[str] | None = None) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train nano's fusion and transformer together.")
    for name in ("stage", "clips", "narratives", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--start", "--begin-with", type=Path, help="a transformer folder to begin from")
    for name, kind in (
        ("scripts", int),
        ("steps", int),
        ("minutes", float),
        ("share", float),
        ("frames-per-batch", int),
        ("peak-lr", float),
        ("bridge-lr", float),
        ("device", str),
    ):
        parser.add_argument(f"--{name}", type=kind, default=getattr(FusionRun, name.replace("-", "_")))
    log.info("the model is in %s", train(FusionRun(**vars(parser.parse_args(arguments)))))


if __name__ == "__main__":
    main()
