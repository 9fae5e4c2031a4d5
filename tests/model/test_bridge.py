"""Laws of the bridge: it starts as plain bridging, events never meet, and it comes back from disk as it was."""

from __future__ import annotations

import pytest
import torch

from pipeline.model.bridge import Bridge


def bridge(**options) -> Bridge:
    torch.manual_seed(0)
    return Bridge(12, width=16, heads=4, **options).eval()


def states(events: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(events, 6, 12, generator=generator), torch.randn(events, 2, 12, generator=generator)


def opened(model: Bridge) -> Bridge:
    with torch.no_grad():
        model.fusion.out_proj.weight.copy_(torch.randn(16, 16, generator=torch.Generator().manual_seed(2)))
    return model


@torch.no_grad()
def test_a_new_bridge_hears_only_the_bridging_tokens():
    model = bridge()
    bridging, residual = states()
    assert torch.equal(model(bridging, residual), model.bridging_projector(bridging) / 10.0)


def test_its_zero_layer_can_still_learn():
    model = bridge()
    model(*states()).square().sum().backward()
    assert model.fusion.out_proj.weight.grad.abs().sum() > 0


@torch.no_grad()
def test_events_never_meet_and_the_residual_matters_once_opened():
    model = opened(bridge())
    bridging, residual = states()
    both = model(bridging, residual)
    assert torch.allclose(both[1:2], model(bridging[1:2], residual[1:2]), atol=1e-6)
    changed = model(bridging, residual.flip(0))
    assert not torch.allclose(both[0], changed[0], atol=1e-3)
    assert torch.allclose(both[1], changed[1], atol=1e-6)


@torch.no_grad()
def test_the_fusion_is_the_formula():
    """softmax(q k / sqrt(d)) v per head, added to the query, over the feature scale."""
    model = opened(bridge(feature_scale=4.0))
    bridging, residual = states()
    query, key = model.bridging_projector(bridging), model.residual_projector(residual)
    w, b = model.fusion.in_proj_weight.chunk(3), model.fusion.in_proj_bias.chunk(3)
    q, k, v = ((x @ w[i].T + b[i]).unflatten(-1, (4, 4)).transpose(1, 2) for i, x in enumerate((query, key, key)))
    attended = ((q @ k.transpose(-1, -2) / 2.0).softmax(-1) @ v).transpose(1, 2).flatten(2)
    expected = (query + attended @ model.fusion.out_proj.weight.T + model.fusion.out_proj.bias) / 4.0
    assert torch.allclose(model(bridging, residual), expected, atol=1e-5)


@torch.no_grad()
def test_plain_bridging_has_nothing_to_fuse():
    model = bridge(residual=False)
    bridging, residual = states()
    assert {name.split(".")[0] for name in model.state_dict()} == {"bridging_projector"}
    assert torch.equal(model(bridging), model.bridging_projector(bridging) / 10.0)
    with pytest.raises(ValueError, match="residual"):
        model(bridging, residual)
    with pytest.raises(ValueError, match="residual"):
        bridge()(bridging)


@torch.no_grad()
@pytest.mark.parametrize("residual", [True, False])
def test_it_comes_back_from_disk_as_it_was(tmp_path, residual):
    model = bridge(residual=residual, feature_scale=3.0)
    model.save_pretrained(tmp_path)
    again = Bridge.from_pretrained(tmp_path)
    given = states() if residual else states()[:1]
    assert torch.equal(again(*given), model(*given))
    assert again.config["feature_scale"] == 3.0


def test_text_states_in_place_of_projections_pass_through_untouched():
    """Bridging that is just what the text encoder says gives just the caption's condition, empty places included."""
    bridge = Bridge(16, width=16, heads=2, feature_scale=1.0, floor=2.0).eval()
    bridge.bridging_projector = torch.nn.Identity()
    states = 3 * torch.nn.functional.normalize(
        torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(0)), dim=-1
    )
    states[0, 4:] = 0
    residual = torch.randn(2, 2, 16, generator=torch.Generator().manual_seed(1))
    assert torch.equal(bridge(states, residual), states)
    with torch.no_grad():
        bridge.fusion.out_proj.weight.normal_(generator=torch.Generator().manual_seed(2))
    fused = bridge(states, residual)
    assert (fused[0, 4:] == 0).all() and not torch.equal(fused[1], states[1])


def test_a_projection_fainter_than_the_floor_is_an_empty_place():
    bridge = Bridge(8, width=8, heads=2, feature_scale=2.0, residual=False, floor=1.0).eval()
    bridge.bridging_projector = torch.nn.Identity()
    states = torch.zeros(1, 3, 8)
    states[0, 0, 0], states[0, 1, 0] = 1.5, 0.9
    assert bridge(states)[0, :, 0].tolist() == [0.75, 0.0, 0.0]


@torch.no_grad()
def test_a_bridge_that_appends_leaves_what_an_event_is_untouched():
    model = bridge(joined="append", feature_scale=4.0)
    bridging, residual = states()
    made = model(bridging, residual)
    assert model.fusion is None and made.shape == (3, 8, 16)
    assert torch.equal(made[:, :6], model.plain(bridging))
    assert torch.equal(made[:, 6:], model.residual_projector(residual) / 4.0)
    assert torch.equal(model.fused(model.bridging_projector(bridging), residual), made)


def test_how_residual_tokens_join_is_kept_on_disk_and_checked(tmp_path):
    bridge(joined="append").save_pretrained(tmp_path)
    assert Bridge.from_pretrained(tmp_path).fusion is None
    with pytest.raises(ValueError, match="attention, append, not 'sum'"):
        bridge(joined="sum")
    with pytest.raises(ValueError, match="residual states"):
        bridge(joined="append")(states()[0])
