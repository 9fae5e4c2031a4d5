"""A Llama network that reads one sequence and says what may come next: all that planning asks of one, in plain torch.

transformers has the same network, but importing it takes longer than everything else at a start. The results are equal
bit by bit. Knows tensors and a folder's files, nothing of tokens' meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from pipeline.errors import WeightsMissing

Past = tuple[tuple[Tensor, Tensor], ...]  # per layer: keys and values [1, key heads, tokens, head size]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the weights do not tell of themselves."""

    layers: int
    heads: int
    key_heads: int
    head_size: int
    rope_theta: float
    norm_eps: float


@dataclass(frozen=True)
class Layer:
    """One layer's weights, each matrix [out, in]."""

    norm: Tensor
    query: Tensor
    key: Tensor
    value: Tensor
    out: Tensor
    feed_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


class Llama:
    """Float32, on the CPU, output tied to the embeddings."""

    def __init__(self, weights: Mapping[str, Tensor], sizes: Sizes) -> None:
        self._sizes = sizes
        self._embeddings, self._norm = weights["model.embed_tokens.weight"], weights["model.norm.weight"]
        self._layers = [_layer(weights, number) for number in range(sizes.layers)]
        steps = torch.arange(0, sizes.head_size, 2, dtype=torch.float) / sizes.head_size
        self._frequencies = 1.0 / (sizes.rope_theta**steps)

    @torch.inference_mode()
    def __call__(self, ids: Sequence[int], past: Past | None) -> tuple[Tensor, Past]:
        """Read `ids` after what `past` has read: ([vocabulary] logits of the next token, the past with them)."""
        before = past[0][0].shape[2] if past else 0
        hidden = F.embedding(torch.tensor([ids]), self._embeddings)
        turn, mask = self._turn(before, len(ids)), _mask(before, len(ids))
        read = []
        for number, layer in enumerate(self._layers):
            attended, kept = self._attended(layer, hidden, turn, mask, past[number] if past else None)
            hidden = hidden + attended
            hidden = hidden + _fed(layer, _normed(hidden, layer.feed_norm, eps=self._sizes.norm_eps))
            read.append(kept)
        last = _normed(hidden, self._norm, eps=self._sizes.norm_eps)[:, -1:, :]
        return F.linear(last, self._embeddings)[0, -1], tuple(read)

    def _turn(self, before: int, count: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines [1, 1, tokens, head size] of the positions after `before`."""
        angles = torch.arange(before, before + count)[None, :, None].float() * self._frequencies
        both = torch.cat((angles, angles), dim=-1)[:, None]
        return both.cos(), both.sin()

    def _attended(
        self,
        layer: Layer,
        hidden: Tensor,
        turn: tuple[Tensor, Tensor],
        mask: Tensor | None,
        past: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """What attention adds to `hidden` [1, tokens, size], and the layer's keys and values with the new ones."""
        normed, sizes = _normed(hidden, layer.norm, eps=self._sizes.norm_eps), self._sizes
        query, key, value = (
            F.linear(normed, matrix).view(1, hidden.shape[1], -1, sizes.head_size).transpose(1, 2)
            for matrix in (layer.query, layer.key, layer.value)
        )
        query, key = _turned(query, turn), _turned(key, turn)
        if past:
            key, value = torch.cat((past[0], key), dim=-2), torch.cat((past[1], value), dim=-2)
        kept, first = (key, value), past is None and hidden.shape[1] > 1
        if mask is not None:
            groups = sizes.heads // sizes.key_heads
            key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
        mixed = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=first, scale=sizes.head_size**-0.5, enable_gqa=mask is None
        )
        return F.linear(mixed.transpose(1, 2).reshape(1, hidden.shape[1], -1), layer.out), kept


def read_llama(folder: Path) -> Llama:
    """The network in a folder as transformers writes it; `WeightsMissing` names a folder that cannot be read."""
    try:
        sizes = _sizes(json.loads((folder / "config.json").read_text(encoding="utf-8")))
        weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        return Llama(weights, sizes)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(
            f"the planner's model in {folder} is damaged: delete that folder and start again"
        ) from error


def _sizes(config: Mapping) -> Sizes:
    return Sizes(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        key_heads=config["num_key_value_heads"],
        head_size=config["head_dim"],
        rope_theta=config["rope_parameters"]["rope_theta"],
        norm_eps=config["rms_norm_eps"],
    )


def _layer(weights: Mapping[str, Tensor], number: int) -> Layer:
    names = (
        "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
    )  # fmt: skip
    return Layer(*(weights[f"model.layers.{number}.{name}.weight"] for name in names))


def _normed(hidden: Tensor, weight: Tensor, *, eps: float) -> Tensor:
    return weight * (hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + eps))


def _fed(layer: Layer, normed: Tensor) -> Tensor:
    return F.linear(F.silu(F.linear(normed, layer.gate)) * F.linear(normed, layer.up), layer.down)


def _turned(heads: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions: every pair of coordinates turned by its angle."""
    one, two = heads.chunk(2, dim=-1)
    return heads * turn[0] + torch.cat((-two, one), dim=-1) * turn[1]


def _mask(before: int, count: int) -> Tensor | None:
    """Which tokens [1, 1, new, all] a new one may look at; None where all of the past, or a causal start, says it."""
    if not before or count == 1:
        return None
    return (torch.arange(before + count) <= torch.arange(before, before + count)[:, None])[None, None]
