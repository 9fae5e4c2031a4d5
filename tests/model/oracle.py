"""AudioStory computed slowly and on its own: token by token, all hidden states kept, one event at a time.

Reads the public tensors directly and shares no code with the library's conditioner, planning loop or transformer; only
the rules of the format are the library's.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from diffusers import FluxTransformer2DModel
from torch import Tensor
from torch.nn import functional

from tests.model import public


def merged_llm(second: public.Second, tensors: dict[str, Tensor]) -> Any:
    """The second model's language model with its adapters added in and its saved norms."""
    llm = second.llm()
    state = llm.state_dict()
    for name in state:
        stem = public.LLM + name.removesuffix(".weight")
        saved, down = f"{stem}.modules_to_save.default.weight", f"{stem}.lora_A.default.weight"
        if saved in tensors:
            state[name] = tensors[saved]
        if down in tensors:
            state[name] = state[name] + second.alpha / second.rank * (
                tensors[f"{stem}.lora_B.default.weight"] @ tensors[down]
            )
    llm.load_state_dict(state)
    return llm


@torch.no_grad()
def write_slowly(llm: Any, prompt: list[int], rules: Any) -> tuple[list[int], Tensor]:
    """(ids, states [len(ids), hidden]) of an answer without its end of turn: every token is a step, forced ones too."""
    ids, states, state, queue = [], [], rules.start(), []
    out = llm(input_ids=torch.tensor([prompt]), output_hidden_states=True, use_cache=True)
    while True:
        if queue:
            token = queue.pop(0)
        else:
            token = int(rules.kept(out.logits[0, -1], state).argmax())
            state, forced = rules.advance(state, token)
            queue = list(forced)
        if rules.done(state):
            return ids, torch.stack(states)
        ids.append(token)
        one, cache = torch.tensor([[token]]), out.past_key_values
        out = llm(input_ids=one, past_key_values=cache, output_hidden_states=True, use_cache=True)
        states.append(out.hidden_states[-1][0, -1])


@torch.no_grad()
def fused(tensors: dict[str, Tensor], bridging: Tensor, residual: Tensor, *, scale: float) -> Tensor:
    """One event's condition [B, 1024] from its states [B, hidden] and [R, hidden]."""

    def projected(x: Tensor, name: str) -> Tensor:
        layers = [(tensors[f"seedx.{name}.{i}.weight"], tensors[f"seedx.{name}.{i}.bias"]) for i in (0, 2)]
        return functional.linear(functional.gelu(functional.linear(x, *layers[0])), *layers[1])

    attention = torch.nn.MultiheadAttention(1024, 8)
    prefix = "multihead_attention."
    attention.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    query, key = projected(bridging, "projector")[:, None], projected(residual, "audio_projector")[:, None]
    return (query + attention(query, key, key)[0])[:, 0] / scale


@torch.no_grad()
def latents(  # noqa: PLR0913
    tensors: dict[str, Tensor], config: dict, condition: Tensor, free: Tensor, *, seconds: float, noise: Tensor,
    steps: int, guidance: float,
) -> Tensor:  # fmt: skip
    """One event's latents [frames, 64]: Euler steps of the guided velocity, two transformer calls each."""
    width = config["joint_attention_dim"]
    flux = FluxTransformer2DModel(
        in_channels=config["in_channels"], num_layers=config["num_layers"], joint_attention_dim=width,
        num_single_layers=config["num_single_layers"], attention_head_dim=config["attention_head_dim"],
        num_attention_heads=config["num_attention_heads"], pooled_projection_dim=width, guidance_embeds=False,
    ).eval()  # fmt: skip
    prefix = "tangoflux.transformer."
    flux.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    stem = "tangoflux.duration_emebdder.time_positional_embedding."
    share = min(max(seconds, 0.0), config["max_duration"]) / config["max_duration"]
    turns = share * tensors[f"{stem}0.weights"] * 2 * math.pi
    features = torch.cat([torch.tensor([share]), turns.sin(), turns.cos()])
    token = functional.linear(features, tensors[f"{stem}1.weight"], tensors[f"{stem}1.bias"])[None]

    def velocity(x: Tensor, sigma: float, text: Tensor) -> Tensor:
        pooled = functional.linear(text.mean(0), tensors["tangoflux.fc.0.weight"], tensors["tangoflux.fc.0.bias"])
        return flux(
            hidden_states=x[None],
            encoder_hidden_states=torch.cat([text, token])[None],
            pooled_projections=pooled.relu()[None],
            timestep=torch.tensor([sigma]),
            img_ids=torch.arange(len(x))[:, None].repeat(1, 3),
            txt_ids=torch.zeros(len(text) + 1, 3),
            return_dict=False,
        )[0][0]

    sigmas = [1 - i * (1 - 1 / steps) / max(steps - 1, 1) for i in range(steps)] + [0.0]
    x = noise
    for now, after in zip(sigmas[:-1], sigmas[1:], strict=True):
        v_u, v_c = velocity(x, now, free), velocity(x, now, condition)
        x = x + (after - now) * (v_u + guidance * (v_c - v_u))
    return x
