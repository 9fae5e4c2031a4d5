"""What every training run needs: a schedule, an average of the weights, a resumable checkpoint, a log.

Knows nothing of what is trained.
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn


def learning_rate(step: int, *, peak: float, warmup: int, total: int) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min((step - warmup) / max(total - warmup, 1), 1.0)
    return peak * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress)))


def set_learning_rate(optimizer: torch.optim.Optimizer, value: float) -> None:
    """The same rate for every group."""
    for group in optimizer.param_groups:
        group["lr"] = value


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
