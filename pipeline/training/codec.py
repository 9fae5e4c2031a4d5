"""Train nano's codec on soundlab's clips.

    python -m pipeline.training.codec --clips cache/train --out runs/codec

Resumable (run the same command again), CPU or CUDA. The finished codec is written to OUT/codec in the
diffusers layout, from the averaged weights, with the latents' mean and standard deviation measured.

    python -m pipeline.training.codec --clips cache/train --out runs/decoder --start assets/nano/codec --decoder-only

goes on with the decoder alone: the encoder and the scale of the latents stay as they are, bit for bit, so that latents
already encoded, and a transformer trained on them, stay valid. The decoder learns to forgive what a transformer gets
wrong: each crop's latents carry noise of a level of their own.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from pipeline.errors import SettingsError
from pipeline.model.codec import HOP, Excitation, NanoCodec
from pipeline.renderer.nano import load_part
from pipeline.training import loop
from pipeline.training.clips import ClipCache
from pipeline.training.muon import ADAMW, KINDS, optimizers
from pipeline.training.spectral import FFT_SIZES, energy_distance

BLOCKS = ("branch.", "coarse.", "fine.")  # whose matrices Muon takes; trunk, sketch and heads begin near the answer


@dataclass(frozen=True, kw_only=True)
class CodecRun(loop.Pace):
    """Settings of a run.

    latent_noise: deviation of the noise on raw latents while the encoder learns. most_noise: with `decoder_only`, the
    noise on standardised latents is uniform between 0 and this, drawn per crop.
    """

    clips: Path
    steps: int = 900
    warmup: int = 100
    save_every: int = 300
    batch: int = 8
    frames: int = 16
    peak_lr: float = 5e-4
    latent_noise: float = 0.15
    latent_weight: float = 1e-3
    sizes_per_step: int = 2
    start: Path | None = None
    decoder_only: bool = False
    most_noise: float = 0.35
    optimizer: str = ADAMW

    def __post_init__(self) -> None:
        if self.decoder_only and self.start is None:
            raise SettingsError("A decoder alone is trained from a codec: say which with --start.")


def forgiving(codec: NanoCodec, audio: Tensor, generator: torch.Generator, *, most: float) -> Tensor:
    """Raw latents of the audio as a transformer might leave them: with noise of up to `most` in standard units."""
    with torch.no_grad():
        latents = codec.encode(audio)
        level = most * torch.rand(len(audio), 1, 1, generator=generator, device=audio.device)
        draw = torch.randn(latents.shape, generator=generator, device=audio.device)
        return (latents + level * draw) * codec.latent_std + codec.latent_mean


def learns(codec: NanoCodec, *, decoder_only: bool) -> None:
    """Freeze what a run does not change."""
    codec.requires_grad_(True)
    if decoder_only:
        for part in (codec.trunk, codec.branch):
            part.requires_grad_(False)


def loss_of(codec: NanoCodec, audio: Tensor, generator: torch.Generator, *, sizes: list[int], run: CodecRun) -> Tensor:
    """Spectral energy distance of two decodes of noised latents, and a light hand on the latents' size.

    The noise on the latents makes the decoder forgive what a diffusion model leaves of it.
    """
    if run.decoder_only:
        latents = noised = forgiving(codec, audio, generator, most=run.most_noise)
    else:
        latents = codec.raw_latents(audio)
        noised = latents + run.latent_noise * torch.randn(latents.shape, generator=generator, device=latents.device)
    heads = codec.heads(noised)
    drawn = Excitation.draw((2, *audio.shape), generator)
    first, second = codec.synthesise(heads, drawn[0]), codec.synthesise(heads, drawn[1])
    distance = energy_distance(audio, first, second, rate_hz=codec.rate_hz, sizes=sizes)
    return distance + run.latent_weight * latents.square().mean()


@torch.no_grad()
def begin(codec: NanoCodec, clips: ClipCache, run: CodecRun) -> None:
    """Where a new run starts: at the codec in `run.start`, else at the clips' principal components."""
    if run.start is not None:
        codec.load_state_dict(load_part(NanoCodec, run.start).state_dict())
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        start_at_components(codec, clips, seed=run.seed)


@torch.no_grad()
def start_at_components(codec: NanoCodec, clips: ClipCache, *, seed: int, crops: int = 1500) -> None:
    """Begin with the principal components of what the encoder sees in the clips."""
    rng = np.random.default_rng(seed)
    device = codec.latent_mean.device
    batches = (torch.from_numpy(clips.crops(rng, length=HOP * 16, batch=10)) for _ in range(crops // 10))
    seen = torch.cat([codec.features(b.to(device)).reshape(10 * 16, -1) for b in batches])
    codec.start_from(seen)


@torch.no_grad()
def measured_latents(codec: NanoCodec, clips: ClipCache, *, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation per channel of the latents over random crops."""
    rng = np.random.default_rng(seed)
    device = codec.latent_mean.device
    crops = (torch.from_numpy(clips.crops(rng, length=HOP * 32, batch=8)) for _ in range(count // 8))
    means = torch.cat([codec.raw_latents(c.to(device)).flatten(0, 1) for c in crops])
    return means.mean(0), means.std(0)


def train(run: CodecRun) -> NanoCodec:
    """Train, or go on training; returns the averaged codec."""
    clips = ClipCache(run.clips)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        codec = NanoCodec().to(run.device)
    learns(codec, decoder_only=run.decoder_only)
    if not (run.out / loop.LAST).is_file():
        begin(codec, clips, run)

    def loss_of_draw(_: nn.Module, draw: int) -> Tensor:
        rng = loop.step_rng(run.seed, draw)
        audio = torch.from_numpy(clips.crops(rng, length=HOP * run.frames, batch=run.batch)).to(run.device)
        sizes = [int(s) for s in rng.choice(FFT_SIZES, run.sizes_per_step, replace=False)]
        return loss_of(codec, audio, loop.step_generator(run.seed, draw, run.device), sizes=sizes, run=run)

    taught = optimizers(codec, kind=run.optimizer, peak_lr=run.peak_lr, within=BLOCKS, betas=(0.9, 0.95))
    loop.optimise(codec, taught, loss_of_draw, run, Accelerator(cpu=run.device == "cpu"))
    return finished(codec, clips, run)


@torch.no_grad()
def weighted_scale(codec: NanoCodec, std: Tensor) -> Tensor:
    """What to divide each channel by, so that its size says how much of the spectrum it carries.

    A channel that moves the decoder's sketch more comes out larger (by the square root), mean square 1: the
    diffusion model then spends its effort where it is heard, and the details are decided late in sampling.
    """
    weight = (std * codec.sketch.linear.weight.norm(dim=0)).sqrt()
    return std / (weight / weight.square().mean().sqrt())


def finished(codec: NanoCodec, clips: ClipCache, run: CodecRun) -> NanoCodec:
    """Save to OUT/codec; the latents' statistics are measured unless the encoder stayed as it was."""
    if not run.decoder_only:
        mean, std = measured_latents(codec.eval(), clips, count=512, seed=run.seed)
        codec.latent_mean.copy_(mean)
        codec.latent_std.copy_(weighted_scale(codec, std))
    codec.save_pretrained(run.out / "codec")
    return codec


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train nano's codec.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a codec folder to begin from, such as assets/nano/codec")
    parser.add_argument("--optimizer", choices=KINDS, default=ADAMW)
    parser.add_argument("--decoder-only", action="store_true", help="leave the encoder and the latents as they are")
    for name, kind in (
        ("steps", int),
        ("minutes", float),
        ("batch", int),
        ("peak-lr", float),
        ("most-noise", float),
        ("device", str),
    ):
        parser.add_argument(f"--{name}", type=kind, default=getattr(CodecRun, name.replace("-", "_")))
    train(CodecRun(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
