"""What every training run needs: the loop, a schedule, an average of the weights, a resumable checkpoint, a log.

Knows nothing of what is trained.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from pipeline.errors import FormatError

log = logging.getLogger(__name__)
LAST, JOURNAL = "last.pt", "log.jsonl"
TOLD_EVERY = 50


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a run goes on. `minutes` ends it early; the schedule is laid out for `steps`.

    out: the run's folder. decay: of the averaged weights.
    """

    out: Path
    steps: int = 3000
    minutes: float = 1e9
    warmup: int = 150
    decay: float = 0.998
    save_every: int = 250
    seed: int = 1
    device: str = "cpu"


def learning_rate(step: int, *, peak: float, warmup: int, total: int) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min((step - warmup) / max(total - warmup, 1), 1.0)
    return peak * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress)))


Draw = Callable[[nn.Module, int], Tensor]
"""(the module as it is to be called, number of a draw) -> loss. The same draw gives the same batch and noise."""


def optimise(
    module: nn.Module, optimizers: Sequence[torch.optim.Optimizer], loss_of: Draw, pace: Pace, accelerator: Accelerator
) -> None:
    """Train `module`, or go on training; it ends with the averaged weights.

    Every group of an optimizer has its peak rate as `lr`. Several processes share the work and each step's gradient:
    step n of process r of w makes draw n * w + r, and the first process logs and saves.
    """
    world, rank, first_process = accelerator.num_processes, accelerator.process_index, accelerator.is_main_process
    average, first, path = Average(module, decay=pace.decay), 0, pace.out / LAST
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    if state := load_checkpoint(path):
        try:
            module.load_state_dict(state["model"])
            for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            average.restore(state["average"], steps=state["step"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise FormatError(f"{path} is of another model, optimizer or version: begin in a new folder") from error
        first = state["step"]
    shared, *prepared = accelerator.prepare(module, *optimizers)
    journal, began, losses = Log(pace.out / JOURNAL), time.monotonic(), list[float]()
    for step in range(first, pace.steps):
        loss = loss_of(shared, step * world + rank)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(shared.parameters(), 1.0)
        share = learning_rate(step, peak=1.0, warmup=pace.warmup, total=pace.steps)
        for optimizer, own in zip(prepared, peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, own, strict=True):
                group["lr"] = share * peak
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        average.update(module)
        losses.append(loss.item())
        told = (step + 1) % TOLD_EVERY == 0
        late = (time.monotonic() - began) / 60 > pace.minutes
        last = step + 1 == pace.steps or (told and _any(late, accelerator))
        if first_process and (told or last):
            journal.write(step=step + 1, loss=float(np.mean(losses[-TOLD_EVERY:])))
            log.info("step %d loss %.4f", step + 1, np.mean(losses[-TOLD_EVERY:]))
        if first_process and ((step + 1) % pace.save_every == 0 or last):
            state = {"model": module.state_dict(), "average": average.shadow, "step": step + 1}
            save_checkpoint(path, {**state, "optimizers": [each.state_dict() for each in optimizers]})
        if last:
            break
    module.load_state_dict(average.shadow)


def _any(here: bool, accelerator: Accelerator) -> bool:
    """Whether it is so in any process: all have to stop at the same step."""
    return bool(accelerator.reduce(torch.tensor(float(here), device=accelerator.device), "sum") > 0)


class Average:
    """Exponential moving average of a module's parameters; early steps count more."""

    def __init__(self, module: nn.Module, *, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.shadow = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards the module's weights."""
        self.steps += 1
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for key, value in module.state_dict().items():
            if value.is_floating_point():
                self.shadow[key].lerp_(value, 1 - keep)
            else:
                self.shadow[key].copy_(value)

    def restore(self, shadow: dict[str, Tensor], *, steps: int) -> None:
        """Put back what an earlier run had, wherever the module is now. KeyError where a tensor is missing."""
        for key, value in self.shadow.items():
            value.copy_(shadow[key])
        self.steps = steps


class Log:
    """One JSON object a line, so that a curve can be drawn and a run compared."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._began = path, time.monotonic()

    def write(self, **row: float | int | str) -> None:
        """Append a row with the seconds since the run began."""
        row = {"t": round(time.monotonic() - self._began, 1), **row}
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a torch file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The checkpoint, or None when the run is new. Only tensors and plain values are read."""
    return torch.load(path, map_location="cpu", weights_only=True) if path.is_file() else None


def step_rng(seed: int, step: int) -> np.random.Generator:
    """Randomness of one step: a resumed run draws what an uninterrupted one would have drawn."""
    return np.random.default_rng([seed, step])


def step_generator(seed: int, step: int, device: str) -> torch.Generator:
    """The same for torch."""
    return torch.Generator(device).manual_seed(seed * 1_000_003 + step)
