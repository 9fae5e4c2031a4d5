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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipeline.errors import FormatError, SettingsError
from pipeline.model import adapted
from pipeline.model.bridge import Bridge
from pipeline.model.conditioner import OVERLAP, Conditioner
from pipeline.model.parts import load_network
from pipeline.model.text_states import TextStates
from pipeline.model.transformer import NanoTransformer
from pipeline.renderer.nano_story import load_stage
from pipeline.training import loop
from pipeline.training.latents import Batch, LatentCache, without_words
from pipeline.training.stages.sources import Clips, Narratives, Sample
from pipeline.training.transformer import MUON, begun, flow_loss, optimizers

log = logging.getLogger(__name__)
TENSORS, CAPTIONS = "events.safetensors", "captions.json"
EVENTS_A_SCRIPT = 4  # at most, of scripts made up of clips
TOLD = 0.5  # of those, how many look planned, with a reasoning
NEAR = 3  # events of a batch are drawn from so many times as many of nearly the same length
HOP = 2048


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


Encode = Callable[[Sequence[str]], Tensor]
"""Captions to states [N, tokens, width], zero past a caption's end."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a run begins from. conditioner: asked for once, when the states are read."""

    conditioner: Callable[[], Conditioner]
    encode: Encode
    transformer: NanoTransformer


def nano_parts(run: FusionRun) -> Parts:
    """The language model of the run's stage, MiniLM, and nano's transformer or the one in the run's `start`."""
    transformer = begun(run.start, channels=run.channels, seed=run.seed)
    return Parts(lambda: load_stage(run.stage).conditioner, TextStates().encode, transformer)


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
        seconds = torch.full((len(chosen),), frames * HOP / 44_100)
        batch = Batch(latents.float(), torch.from_numpy(states).float(), seconds)
        return Fused(batch, self._residual[chosen].float(), torch.from_numpy(dropped))

    def residual_states(self) -> Tensor:
        """All residual states, [N * R, hidden]."""
        return self._residual.flatten(0, 1).float()


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


def read(
    folder: Path, conditioner: Conditioner, *, narratives: Narratives, clips: Clips, scripts: int, seed: int
) -> None:
    """Write the events of all narratives and of `scripts` scripts of clips, with their residual states, to `folder`."""
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
    (folder / CAPTIONS).write_text(json.dumps(captions), encoding="utf-8")
    tensors = {"residual": torch.stack(residual), "latents": torch.cat(latents), "frames": torch.tensor(frames)}
    part = folder / f"{TENSORS}.part"
    save_file(tensors, part)
    part.replace(folder / TENSORS)


def _samples(narratives: Narratives, clips: Clips, *, scripts: int, seed: int) -> Iterator[Sample]:
    rng = np.random.default_rng(seed)
    made_up = (clips.draw(rng, events=EVENTS_A_SCRIPT) for _ in range(scripts))
    return chain((narratives.sample(int(i)) for i in narratives.indices), made_up)


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
        if not (run.out / TENSORS).is_file():
            _read_all(run, given.conditioner())
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


def _read_all(run: FusionRun, conditioner: Conditioner) -> None:
    clips = Clips(run.clips, channels=run.channels, told=TOLD)
    narratives = Narratives(run.narratives, channels=run.channels)
    read(run.out, conditioner, narratives=narratives, clips=clips, scripts=run.scripts, seed=run.seed)


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
