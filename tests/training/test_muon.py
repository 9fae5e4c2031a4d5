"""Muon: its updates are as large in every direction, it fits what AdamW fits, and takes matrices only."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pipeline.training.muon import RMS, Muon, matrices_and_rest, orthogonal


@pytest.mark.parametrize("shape", [(8, 8), (6, 20), (20, 6)])
def test_singular_values_come_near_one(shape: tuple[int, int]):
    torch.manual_seed(0)
    wide = torch.linalg.svdvals(orthogonal(torch.randn(shape), iterations=5))
    assert float(wide.min()) > 0.6 and float(wide.max()) < 1.3
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    uneven = u @ torch.diag(torch.linspace(0.2, 1.0, min(shape))) @ v
    assert float(torch.linalg.cond(orthogonal(uneven))) < float(torch.linalg.cond(uneven))


def test_an_update_is_as_large_as_adamws_usually_is():
    torch.manual_seed(0)
    weight = nn.Parameter(torch.zeros(64, 128))
    weight.grad = torch.randn(64, 128)
    Muon([weight], lr=0.1, weight_decay=0.0).step()
    size = float(weight.detach().square().mean().sqrt()) / 0.1
    assert 0.5 * RMS < size < 1.5 * RMS


def test_it_fits_a_linear_map_and_resumes():
    torch.manual_seed(0)
    inputs, wanted = torch.randn(256, 16), torch.randn(16, 8)
    target = inputs @ wanted

    def steps(weight: nn.Parameter, optimizer: Muon, count: int) -> float:
        for _ in range(count):
            loss = (inputs @ weight - target).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float((inputs @ weight.detach() - target).square().mean())

    whole = nn.Parameter(torch.zeros(16, 8))
    first = float(target.square().mean())
    last = steps(whole, Muon([whole], lr=0.05), 200)
    assert last < 0.01 * first
    half = nn.Parameter(torch.zeros(16, 8))
    before = Muon([half], lr=0.05)
    steps(half, before, 100)
    after = Muon([half], lr=0.05)
    after.load_state_dict(before.state_dict())
    assert steps(half, after, 100) == pytest.approx(last, rel=1e-4)


def test_it_is_for_the_matrices_of_the_blocks():
    model = nn.ModuleDict({"transformer_blocks": nn.ModuleDict({"ff": nn.Linear(3, 4), "norm": nn.Linear(3, 4)})})
    matrices, rest = matrices_and_rest(model, within=("transformer_blocks",))
    assert [m.shape for m in matrices] == [(4, 3)] and len(rest) == 3
    with pytest.raises(ValueError, match="matrices"):
        Muon([nn.Parameter(torch.zeros(3))], lr=0.1)
