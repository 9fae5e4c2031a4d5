"""One run of one stage: the same code on a CPU, on a GPU, and on many of either under `accelerate`.

    python -m pipeline.training whole pipeline/training/configs/nano_whole.yaml
    accelerate launch -m pipeline.training whole CONFIG          # several devices

Step n of process r of w draws from (seed, n * w + r), so that an interrupted run goes on to the same curve. Writes
OUT/log.jsonl (every loss of every step), OUT/last.pt (to go on from) and OUT/model (what the next stage starts from).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs, DistributedType
from torch import Tensor

from pipeline.errors import FormatError, SettingsError
from pipeline.model.reading import context_length
from pipeline.model.script import Script
from pipeline.training import loop
from pipeline.training.stages.batches import Batch, Batches, Targets
from pipeline.training.stages.folder import Base, begun, nano_base, write
from pipeline.training.stages.model import parameter_groups
from pipeline.training.stages.scripts import Rows
from pipeline.training.stages.settings import BRANCHES, HEARD, OF_STAGE, TEXT, StageSettings, check_stage
from pipeline.training.stages.sources import EARS, EARS_FRAMES, EARS_JSON, Stretches, sources

log = logging.getLogger(__name__)
LAST, MODEL, JOURNAL = "last.pt", "model", "log.jsonl"
MAY_CHANGE = ("steps", "minutes", "save_every", "check_batches", "device")  # in a run that goes on
CLIP = 1.0
CHECKS = 0  # the seed of the draws that every check repeats


def train(stage: str, settings: StageSettings, *, base: Callable[[StageSettings], Base] = nano_base) -> Path:
    """Train, or go on training; the folder of the model. `base` loads what the first stage begins from.

    SettingsError, FormatError or WeightsMissing, in one sentence, before any step is made.
    """
    _check(check_stage(stage), settings)
    accelerator = Accelerator(
        cpu=settings.device == "cpu",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],  # a pass may lack a loss
    )
    if accelerator.distributed_type not in _KINDS:
        raise SettingsError(
            f"the stages train on one device or under DDP, not under {accelerator.distributed_type.value}"
        )
    return Run(stage, settings, base(settings), accelerator).go()


def _check(stage: str, settings: StageSettings) -> None:
    """SettingsError for settings that this stage can't use."""
    if TEXT in OF_STAGE[stage] and settings.layout == BRANCHES:
        raise SettingsError(f"the stage {stage} learns to write whole scripts: its layout can't be branches")
    if settings.narratives is not None and settings.narrative_share == 0:
        raise SettingsError("a folder of narratives is set, but narrative_share is 0")
    if TEXT in OF_STAGE[stage] and settings.narratives is None:
        raise SettingsError(f"the stage {stage} is about narratives: set narratives and a narrative_share")
    if HEARD in OF_STAGE[stage] and (settings.clips is None or settings.clip_share == 0):
        raise SettingsError(f"the stage {stage} listens to clips: set clips and a clip_share")


class Run:
    """A stage's model, data and optimizer, put back to where an earlier run stopped; `first` is the next step."""

    def __init__(self, stage: str, settings: StageSettings, base: Base, accelerator: Accelerator) -> None:
        self.stage, self.settings, self.accelerator = stage, settings, accelerator
        channels = base.transformer.latent_channels
        ears, width = _ears(stage, settings, channels=channels)
        self.model, tokenizer = begun(stage, settings, base, ears_width=width)
        self.model.to(accelerator.device)
        most = min(settings.most_tokens, context_length(self.model.llm))
        rows = Rows(Script(tokenizer, self.model.tokens), OF_STAGE[stage], most)
        targets = Targets(base.encode, bridging=settings.bridging)
        self.batches = Batches(rows, targets, settings, ears, self.model.scenes)
        self.source, self.held = sources(settings, channels=channels)
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, settings), betas=(0.9, 0.98))
        self.average = loop.Average(self.model.transformer, decay=settings.decay)
        self.first = self._resumed()
        self.shared, self.optimizer = accelerator.prepare(self.model, self.optimizer)
        self.journal = loop.Log(settings.out / JOURNAL)

    def go(self) -> Path:
        """All steps that are left."""
        began, s = time.monotonic(), self.settings
        if self.first >= s.steps:
            self._save(self.first)
        for step in range(self.first, s.steps):
            losses = self._step(step)
            late = (time.monotonic() - began) / 60 > s.minutes
            last = step + 1 == s.steps or self._any(late)
            if self.accelerator.is_main_process:
                self.journal.write(step=step + 1, **losses)
                log.info("step %d %s", step + 1, " ".join(f"{name} {value:.4f}" for name, value in losses.items()))
                if last or (step + 1) % s.save_every == 0:
                    self._save(step + 1)
            if last:
                break
        self.accelerator.wait_for_everyone()
        return s.out / MODEL

    def _step(self, step: int) -> dict[str, float]:
        """One step of the optimizer; every loss, unweighted, as a mean over what this process drew."""
        s, place = self.settings, self.accelerator.device
        for group in self.optimizer.param_groups:
            group["lr"] = loop.learning_rate(step, peak=group["peak"], warmup=s.warmup, total=s.steps)
        draw = step * self.accelerator.num_processes + self.accelerator.process_index
        passes = self.batches.step(self.source, loop.step_rng(s.seed, draw), dropout=s.dropout)
        totals, found = _totals(passes), dict[str, float]()
        with torch.random.fork_rng():
            torch.manual_seed(s.seed * 1_000_003 + draw)  # for the dropout of the adapters
            for number, batch in enumerate(passes):
                together = number + 1 == len(passes)
                with nullcontext() if together else self.accelerator.no_sync(self.shared):
                    generator = loop.step_generator(s.seed, draw * len(passes) + number, place.type)
                    losses = self.shared(batch.to(place), totals, generator)
                    self.accelerator.backward(_weighted(losses, s))
                _add(found, losses)
        self.accelerator.clip_grad_norm_(self.shared.parameters(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.model.stage in _MOVING:
            self.average.update(self.model.transformer)
        return found

    @torch.no_grad()
    def _checked(self) -> dict[str, float]:
        """Losses on held-out draws, always the same ones; without the averaging of the transformer."""
        if self.held is None:
            return {}
        self.model.eval()
        sums: dict[str, float] = {}
        for index in range(self.settings.check_batches):
            passes = self.batches.step(self.held, loop.step_rng(CHECKS, index), dropout=0.0)
            for number, batch in enumerate(passes):
                place = self.accelerator.device
                generator = loop.step_generator(CHECKS, index * len(passes) + number, place.type)
                _add(sums, self.model(batch.to(place), _totals(passes), generator))
        means = {name: value / self.settings.check_batches for name, value in sums.items()}
        told = self._scenes_told() if self.model.scenes is not None else {}
        self.model.train()
        return {**means, **told}

    def _scenes_told(self) -> dict[str, float]:
        """By slot of a scene, how well held-out events' are told; see `SceneTokens.judged`."""
        assert self.held is not None
        found: dict[str, list[Tensor]] = {}
        for index in range(self.settings.check_batches):
            for batch in self.batches.step(self.held, loop.step_rng(CHECKS, index), dropout=0.0):
                for slot, values in self.model.read_scenes(batch.to(self.accelerator.device)).items():
                    found.setdefault(slot, []).append(values.cpu())
        return {slot: float(torch.cat(values).mean()) for slot, values in found.items()}

    def _save(self, step: int) -> None:
        state = {
            "stage": self.stage, "settings": self.settings.plain(), "step": step, "average": self.average.shadow,
            "model": {name: value.detach() for name, value in self.model.trained().items()},
            "optimizer": self.optimizer.state_dict(), "averaged": self.average.steps,
        }  # fmt: skip
        loop.save_checkpoint(self.settings.out / LAST, state)
        write(self.settings.out / MODEL, self.model, settings=self.settings, average=self.average.shadow)
        checked = self._checked()
        if checked:
            self.journal.write(step=step, **{f"held_out_{name}": value for name, value in checked.items()})
            log.info("held out: %s", " ".join(f"{name} {value:.4f}" for name, value in checked.items()))

    @torch.no_grad()
    def _resumed(self) -> int:
        """The step at which an earlier run stopped, with everything put back; 0 for a new one."""
        path = self.settings.out / LAST
        state = loop.load_checkpoint(path)
        if state is None:
            return 0
        _check_same(path, state, self.stage, self.settings.plain())
        for name, value in self.model.trained().items():
            value.copy_(state["model"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        place = self.accelerator.device
        self.average.shadow = {name: value.to(place) for name, value in state["average"].items()}
        self.average.steps = state["averaged"]
        if self.accelerator.is_main_process:
            _cut_journal(self.settings.out / JOURNAL, int(state["step"]))
        log.info("goes on after step %d", state["step"])
        return int(state["step"])

    def _any(self, here: bool) -> bool:
        """Whether it is so in any process: all have to stop at the same step."""
        told = torch.tensor(float(here), device=self.accelerator.device)
        return bool(self.accelerator.reduce(told, "sum") > 0)


_KINDS = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU)
_MOVING = tuple(stage for stage, losses in OF_STAGE.items() if "flow" in losses)


def _cut_journal(path: Path, step: int) -> None:
    """Take out of a log what came after a step: a run that goes on from there will write it again."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    part = path.with_suffix(".part")
    part.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")
    part.replace(path)


def _totals(passes: list[Batch]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for batch in passes:
        for name, count in batch.counts().items():
            totals[name] = totals.get(name, 0) + count
    return totals


def _weighted(losses: Mapping[str, Tensor], settings: StageSettings) -> Tensor:
    return torch.stack([settings.weight(name) * value for name, value in losses.items()]).sum()


def _add(sums: dict[str, float], losses: Mapping[str, Tensor]) -> None:
    for name, value in losses.items():
        sums[name] = sums.get(name, 0.0) + float(value.detach())


def _check_same(path: Path, state: Mapping[str, Any], stage: str, settings: Mapping[str, Any]) -> None:
    """SettingsError when a run would go on with other settings than it began with."""
    if state.get("stage") != stage:
        raise SettingsError(f"{path} is of the stage {state.get('stage')}: give {stage} a folder of its own")
    before = state["settings"]
    told = {name: value for name, value in settings.items() if name in before and name not in MAY_CHANGE}
    other = [name for name, value in told.items() if before[name] != value]
    if other:
        raise SettingsError(f"{path} was begun with {other[0]} = {before.get(other[0])}: go on with that, or elsewhere")


def _ears(stage: str, settings: StageSettings, *, channels: int) -> tuple[Stretches | None, int]:
    """(states of the ears, or None where the latents of the clips serve; their channels)."""
    if HEARD not in OF_STAGE[stage] or settings.ears == "codec" or settings.clips is None:
        return None, channels
    path = settings.clips / EARS_JSON
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        kind, every, width = (told[name] for name in ("ears", "every", "width"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"there is no {path}: run python -m pipeline.training.stages.data --whisper first") from error
    if (kind, every) != (settings.ears, settings.ears_every):
        raise SettingsError(f"{path} holds what {kind} heard, {every} states pooled into one: set ears_every to that")
    made_by = "python -m pipeline.training.stages.data --whisper"
    return Stretches(settings.clips / EARS, settings.clips / EARS_FRAMES, width=width, made_by=made_by), width
