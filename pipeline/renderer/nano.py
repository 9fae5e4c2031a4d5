"""The embedded renderer: nano's text states, diffusion transformer and codec, from a folder of safetensors.

Knows nothing of stories, files on the way out, or where its checkpoint comes from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import PlanError, WeightsMissing
from pipeline.progress import CancelToken, OnStep
from pipeline.renderer import Job, Take, fitted_latents, recipe_of, within_full_scale
from pipeline.renderer.wordings import Wordings
from pipeline.settings import ASSETS, RenderSettings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from pipeline.model.codec import NanoCodec
    from pipeline.model.sampler import Origin
    from pipeline.model.text_states import TextStates
    from pipeline.model.transformer import NanoTransformer

log = logging.getLogger(__name__)
NANO = ASSETS / "nano"
MAX_FRAMES = 645  # 29.95 s, as AudioStory's
CODEC_HOP = 2048
RESTORE = "restore it from the project's repository (git checkout -- assets/nano)"
Model = TypeVar("Model")


def checked(folder: Path) -> Path:
    """The folder, once it holds a readable configuration and weights; WeightsMissing names what is not there."""
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        if not (folder / name).is_file():
            raise WeightsMissing(f"the checkpoint file {folder / name} is missing: {RESTORE}")
    return folder


def load_part(kind: type[Model], folder: Path) -> Model:
    """One network from its folder, in float32, every tensor accounted for; WeightsMissing if it is damaged."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    checked(folder)
    try:
        config = json.loads((folder / "config.json").read_text())
        if not isinstance(config, dict):
            raise ValueError("a configuration is an object")
        model = kind.from_config({k: v for k, v in config.items() if not k.startswith("_")})  # type: ignore[attr-defined]
        weights = load_file(folder / "diffusion_pytorch_model.safetensors")
        model.load_state_dict({k: v.to(torch.float32) if v.is_floating_point() else v for k, v in weights.items()})
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        log.debug("loading %s failed", folder, exc_info=error)
        raise WeightsMissing(f"the checkpoint in {folder} is damaged or of another version: {RESTORE}") from error
    return model.eval().requires_grad_(False)


def fingerprint(folder: Path) -> str:
    """Twelve hex digits that change with any file of the checkpoint: part of every take's recipe."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors"}:
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _steps(settings: RenderSettings, levels: Sequence[float]) -> int:
    """Sampler steps of one call: those of every group."""
    from pipeline.model.sampler import steps_of

    return sum(steps_of(settings, level) for level in levels)


class NanoRenderer:
    """Captions to sound on a CPU (or any torch device). Loads its networks on first use."""

    name = "nano"
    contextual, takes_negative = False, True
    rate_hz = 44_100
    max_samples = MAX_FRAMES * CODEC_HOP

    def __init__(self, folder: Path = NANO, *, device: str = "cpu") -> None:
        self.folder, self.device = folder, device
        for part in ("codec", "transformer"):
            checked(folder / part)

    @cached_property
    def codec(self) -> NanoCodec:
        """The codec."""
        from pipeline.model.codec import NanoCodec

        return load_part(NanoCodec, self.folder / "codec").to(self.device)

    @cached_property
    def transformer(self) -> NanoTransformer:
        """The diffusion transformer."""
        from pipeline.model.transformer import NanoTransformer

        return load_part(NanoTransformer, self.folder / "transformer").to(self.device)

    @cached_property
    def texts(self) -> TextStates:
        """The text encoder."""
        from pipeline.model.text_states import TextStates

        return TextStates(device=self.device)

    @cached_property
    def _wordings(self) -> Wordings:
        return Wordings(self.texts)

    def wordings(self, caption: str, *, count: int, seed: int) -> list[str]:
        """Other ways to say a caption, of those that its sounds were learnt by; see `Wordings.of`."""
        return self._wordings.of(caption, count=count, seed=seed)

    @property
    def identity(self) -> str:
        """Name and checkpoint."""
        return f"{self.name}-{self.version}"

    @cached_property
    def version(self) -> str:
        """The checkpoint's fingerprint."""
        return fingerprint(self.folder)

    def render(
        self, jobs: Sequence[Job], *, settings: RenderSettings, cancel: CancelToken, on_step: OnStep | None = None
    ) -> list[Take]:
        """Render jobs of equal latent length together; see `Renderer.render`."""
        for job in jobs:
            if not 0 < job.samples <= self.max_samples:
                most = self.max_samples / self.rate_hz
                raise PlanError(
                    f"“{job.caption[:60]}” is {job.samples / self.rate_hz:.1f} s long; at most {most:.1f} s"
                )
        groups: dict[tuple[int, float], list[int]] = {}
        for index, job in enumerate(jobs):
            level = job.strength if job.varies else 1.0
            groups.setdefault((-(-job.samples // CODEC_HOP), level), []).append(index)
        total, done = _steps(settings, [level for _, level in groups]), 0

        def step() -> None:
            nonlocal done
            done += 1
            if on_step is not None:
                on_step(done, total)

        takes: dict[int, Take] = {}
        for (frames, _), members in groups.items():
            chosen = [jobs[i] for i in members]
            latents = self._latents(chosen, frames, settings, cancel, step)
            cancel.raise_if_cancelled()
            takes.update(zip(members, self._takes(chosen, latents, settings), strict=True))
        return [takes[i] for i in range(len(jobs))]

    def _latents(
        self, jobs: list[Job], frames: int, settings: RenderSettings, cancel: CancelToken, on_step: Callable[[], None]
    ) -> Tensor:
        import torch

        from pipeline.model.sampler import Conditions, noise, sample

        cancel.raise_if_cancelled()
        start = torch.stack([noise(j.seed, frames, self.transformer.latent_channels) for j in jobs]).to(self.device)
        conditions = Conditions(
            events=self.texts.encode([j.caption for j in jobs]),
            unconditional=self._unconditional([j.negative for j in jobs]),
            seconds=torch.tensor([j.samples / self.rate_hz for j in jobs], device=self.device),
            origin=self._origin(jobs, frames),
        )
        return sample(self.transformer, start, conditions, settings=settings, cancel=cancel, on_step=on_step)

    def _unconditional(self, negatives: list[str]) -> Tensor:
        """What guidance leads away from: [1, tokens, width], or one per job where these differ."""
        import torch

        states = {text: self.texts.encode([text]) for text in dict.fromkeys(negatives)}
        return torch.cat([states[text] for text in negatives]) if len(states) > 1 else next(iter(states.values()))

    def _origin(self, jobs: list[Job], frames: int) -> Origin | None:
        """Where jobs of one noise level begin; PlanError for latents of another model."""
        import torch

        from pipeline.model.sampler import Origin

        given = [job.start for job in jobs if job.varies and job.start is not None]
        if not given:
            return None
        channels = self.transformer.latent_channels
        stacked = np.stack([fitted_latents(latents, frames=frames, channels=channels) for latents in given])
        return Origin(torch.from_numpy(stacked).to(self.device), jobs[0].strength)

    def _takes(self, jobs: list[Job], latents: Tensor, settings: RenderSettings) -> list[Take]:
        import torch

        with torch.inference_mode():
            generators = [self._decoder_noise(j.seed) for j in jobs]
            audio = self.codec.decode(latents, generators=generators, channels=2).cpu().numpy()
        return [self._take(*parts, settings) for parts in zip(jobs, audio, latents.cpu().numpy(), strict=True)]

    def _take(self, job: Job, samples: np.ndarray, latents: np.ndarray, settings: RenderSettings) -> Take:
        """Cut to the job's length, and within full scale."""
        level, gain_db = within_full_scale(samples[:, : job.samples])
        recipe = {**recipe_of(self, job, settings), "gain_db": gain_db}
        audio = Audio(level, self.rate_hz)
        return Take(event_id=job.event_id, audio=audio, latents=latents, recipe=recipe)

    def _decoder_noise(self, seed: int) -> torch.Generator:
        """The noise head draws from a stream of its own, so that decoding again gives the same audio."""
        import torch

        return torch.Generator(self.device).manual_seed(seed ^ 0x5EED)
