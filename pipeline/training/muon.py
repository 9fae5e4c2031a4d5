"""Muon (Jordan 2024): momentum whose matrices are made orthogonal before they are applied.

Every direction of a weight matrix moves equally far, so that rare directions are learnt as fast as common ones.
torch.optim.Muon does the same in bfloat16, which a CPU without such arithmetic emulates a hundred times slower; this
one works in the weights' own type. For the matrices of a network's blocks; the rest is AdamW's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

KINDS = ADAMW, MUON = ("adamw", "muon")
WEIGHT_DECAY = 0.01
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 3  # of five usual: singular values end between 0.4 and 1.2 instead of 0.7 and 1.2, for 60 % of the work
RMS = 0.2  # of an update, as AdamW's usually is (Liu et al. 2025), so that the same learning rate serves both


def orthogonal(matrix: Tensor, *, iterations: int = ITERATIONS) -> Tensor:
    """[m, n] with its singular values driven towards 1 by Newton-Schulz iterations."""
    a, b, c = COEFFICIENTS
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.Optimizer):
    """For matrices only. `lr` is AdamW's; `momentum` is Nesterov's."""

    def __init__(
        self, matrices: Iterable[Tensor], lr: float, *, momentum: float = 0.95, weight_decay: float = WEIGHT_DECAY
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        if any(m.ndim != 2 for group in self.param_groups for m in group["params"]):
            raise ValueError("Muon is for matrices")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update of every matrix that has a gradient."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["average"] = torch.zeros_like(matrix)
                average = state["average"].lerp_(matrix.grad, 1 - group["momentum"])
                update = orthogonal(matrix.grad.lerp(average, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(update, alpha=-group["lr"] * RMS * max(matrix.shape) ** 0.5)
        return loss


def matrices_and_rest(model: nn.Module, *, within: Sequence[str]) -> tuple[list[Tensor], list[Tensor]]:
    """(weight matrices of the modules whose names hold one of `within`, all other parameters); nothing frozen.

    What only scales and shifts a norm is no linear map of the stream, and stays with the rest.
    """
    matrices, rest = list[Tensor](), list[Tensor]()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            inner = parameter.ndim == 2 and any(part in name for part in within) and "norm" not in name
            (matrices if inner else rest).append(parameter)
    return matrices, rest


def optimizers(
    model: nn.Module, *, kind: str, peak_lr: float, within: Sequence[str], betas: tuple[float, float]
) -> list[torch.optim.Optimizer]:
    """AdamW for all that learns, or for all but the matrices `within`, which are Muon's. `kind` is one of KINDS."""
    matrices, rest = list[Tensor](), [p for p in model.parameters() if p.requires_grad]
    if kind == MUON:
        matrices, rest = matrices_and_rest(model, within=within)
    adamw = torch.optim.AdamW(rest, peak_lr, betas=betas, weight_decay=WEIGHT_DECAY)
    return [adamw, Muon(matrices, peak_lr)] if matrices else [adamw]
