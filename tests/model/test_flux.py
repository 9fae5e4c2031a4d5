"""Both transformers are one network set up in one place: what they compute is what diffusers' own call computes."""

from __future__ import annotations

import torch

from pipeline.model.parts import load_network
from pipeline.model.text_states import pooled
from pipeline.model.transformer import NanoTransformer
from pipeline.renderer.nano import NANO, load_part


def drawn() -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    latents, condition = torch.randn(2, 20, 64, generator=generator), torch.randn(2, 24, 384, generator=generator)
    condition[:, 10:] = 0
    return latents, torch.rand(2, generator=generator), condition, torch.tensor([0.9, 31.0])


@torch.inference_mode()
def test_nanos_velocity_is_the_networks_own_bit_for_bit():
    model = load_part(NanoTransformer, NANO / "transformer")
    latents, sigma, condition, seconds = drawn()
    text = torch.cat([condition, model.duration(seconds)], dim=1)
    places = torch.arange(latents.shape[1], dtype=torch.float32)[:, None].expand(-1, 3)
    plain = model.flux(
        hidden_states=latents, encoder_hidden_states=text, pooled_projections=pooled(condition), timestep=sigma,
        img_ids=places, txt_ids=torch.zeros(text.shape[1], 3), return_dict=False,
    )[0]  # fmt: skip
    assert torch.equal(model(latents, sigma, condition, seconds), plain)


@torch.inference_mode()
def test_the_shipped_transformer_is_a_part_of_a_pipeline():
    model = load_network("transformer", NanoTransformer, NANO / "transformer", torch.float32)
    assert (model.frames_for(7), model.config["audio_seq_len"], model.config["max_seconds"]) == (7, 645, 30.0)
    assert torch.equal(model(*drawn()), load_part(NanoTransformer, NANO / "transformer")(*drawn()))
    half = model.to(torch.bfloat16)
    assert half(*drawn()).dtype == torch.float32
