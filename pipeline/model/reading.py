"""Reading with a causal language model in chunks: ids in; last-layer states, logits of the last place and a cache out.

No other layer's states are ever kept: what is read of 1,600 tokens is one [1600, hidden] tensor and the KV cache.
Goes through the model's own call, so that hooks which move it between devices fire. Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from pipeline.errors import PlanError


def execution_device(module: Any) -> torch.device:
    """Where a module computes: its hook's device when it is kept elsewhere between calls, else its own."""
    hook = getattr(module, "_hf_hook", None)
    place = getattr(hook, "execution_device", None)
    return torch.device(place if place is not None else next(iter(module.parameters())).device)


@dataclass(frozen=True, eq=False)
class Reading:
    """states: [n, hidden], the last layer's after its norm, one for each id; logits: [vocabulary] after the last."""

    states: Tensor
    logits: Tensor


class Reader:
    """One growing text. `cut` takes the text back to an earlier length; what was read until there stays read."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm
        self._cache = DynamicCache(config=llm.config)

    @property
    def length(self) -> int:
        """Ids read so far."""
        return int(self._cache.get_seq_length())

    @property
    def limit(self) -> int:
        """The most ids that the model can read."""
        return context_length(self._llm)

    @torch.inference_mode()
    def read(self, ids: Sequence[int]) -> Reading:
        """Read on. PlanError when the model's context is full."""
        if self.length + len(ids) > self.limit:
            raise PlanError(f"the language model reads at most {self.limit:,} tokens, and this text is longer")
        kept: list[Tensor] = []
        base = self._llm.base_model
        handle = base.register_forward_hook(lambda _module, _args, out: kept.append(out.last_hidden_state))
        try:
            given = torch.tensor([list(ids)], device=execution_device(self._llm))
            out = self._llm(input_ids=given, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        finally:
            handle.remove()
        return Reading(kept[0][0], out.logits[0, -1])

    def cut(self, length: int) -> None:
        """Forget what was read after the first `length` ids."""
        surplus = self.length - length
        if surplus > 0:
            self._cache.crop(-surplus)


def context_length(llm: Any) -> int:
    """The most tokens that a language model reads."""
    return int(llm.config.max_position_embeddings)
