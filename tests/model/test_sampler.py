"""Laws of the sampler and the transformer: an exact case, guidance, cancelling, variable length."""

from __future__ import annotations

import pytest
import torch

from pipeline.errors import Cancelled
from pipeline.model.sampler import Conditions, noise, sample
from pipeline.model.transformer import NanoTransformer
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings


def run(velocity, *, steps=5, guidance=1.0, cancel=None, on_step=lambda: None, start=None):
    start = torch.stack([noise(s, 6, 3) for s in (1, 2)]) if start is None else start
    conditions = Conditions(torch.ones(2, 4, 8), torch.zeros(1, 4, 8), torch.tensor([1.0, 2.0]))
    settings = RenderSettings(steps=steps, guidance=guidance)
    return sample(velocity, start, conditions, settings=settings, cancel=cancel or CancelToken(), on_step=on_step)


@pytest.mark.parametrize("steps", [1, 4, 25])
def test_a_straight_flow_is_followed_exactly(steps: int):
    """velocity = noise - data, constant along the path, ends in the data whatever the number of steps."""
    start = torch.stack([noise(s, 6, 3) for s in (1, 2)])
    data = torch.full_like(start, 0.25)
    out = run(lambda x, *_: (start - data)[: len(x)], steps=steps, start=start)
    assert torch.allclose(out, data, atol=1e-5)


def test_guidance_extrapolates_from_the_unconditional_velocity():
    out = run(
        lambda _x, _s, c, _d: c.mean((1, 2))[:, None, None].expand(-1, 6, 3), guidance=3.0, start=torch.zeros(2, 6, 3)
    )
    assert torch.allclose(out, torch.full((2, 6, 3), -3.0), atol=1e-5)


@pytest.mark.parametrize("after", range(5))
def test_cancel_is_answered_at_every_step(after: int):
    token, steps = CancelToken(), []

    def on_step() -> None:
        steps.append(1)
        if len(steps) == after:
            token.cancel()

    if after == 0:
        token.cancel()
    with pytest.raises(Cancelled):
        run(lambda x, *_: x, cancel=token, on_step=on_step)
    assert len(steps) == after


def test_noise_is_by_seed_and_leaves_the_global_generator_alone():
    state = torch.get_rng_state()
    assert torch.equal(noise(5, 4, 2), noise(5, 4, 2))
    assert not torch.equal(noise(5, 4, 2), noise(6, 4, 2))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("frames", [1, 7, 40])
def test_the_transformer_takes_any_length_and_items_do_not_meet(frames: int):
    torch.manual_seed(0)
    model = NanoTransformer(
        latent_channels=4, condition_width=8, layers=1, single_layers=1, heads=2, head_width=16
    ).eval()
    x = torch.randn(2, frames, 4)
    condition = torch.randn(2, 5, 8)
    with torch.inference_mode():
        both = model(x, torch.tensor([0.9, 0.1]), condition, torch.tensor([1.0, 3.0]))
        one = model(x[1:], torch.tensor([0.1]), condition[1:], torch.tensor([3.0]))
    assert both.shape == (2, frames, 4)
    assert torch.allclose(both[1:], one, atol=1e-5)
