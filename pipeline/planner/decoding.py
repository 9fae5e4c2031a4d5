"""Decoding under the grammar: forbidden tokens get minus infinity, forced ones enter as one chunk with the cache.

Knows a causal language model's call and the grammar; nothing of stories or captions' meaning.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from pipeline.planner.grammar import Allowed, Grammar, Kind, Limits, Phase, State, Vocabulary
from pipeline.progress import CancelToken

_LISTED = re.compile(r"(?:^|[:;]\s)\s*(\d+)\.")


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How events are drawn; temperature 0 is greedy. The reasoning always is: what is heard does not depend on luck."""

    temperature: float = 0.0
    top_p: float = 0.9


class Masks:
    """The classes of tokens as additive masks over the vocabulary: 0 where allowed, minus infinity elsewhere."""

    def __init__(self, vocabulary: Vocabulary, *, size: int) -> None:
        self._size = size
        classes = {Kind.WORDS: vocabulary.words, Kind.LETTERED: vocabulary.lettered, Kind.THOUGHTS: vocabulary.thoughts}
        self._of = {kind: self._mask(ids) for kind, ids in classes.items()}
        self._none = self._mask(())

    def _mask(self, ids: Any) -> torch.Tensor:
        mask = torch.full((self._size,), -torch.inf)
        mask[torch.tensor(sorted(ids), dtype=torch.long)] = 0.0
        return mask

    def apply(self, logits: torch.Tensor, allowed: Allowed) -> torch.Tensor:
        """[vocabulary] logits with everything that is not allowed at minus infinity."""
        mask = self._of[allowed.kind] if allowed.kind else self._none
        kept = logits.float() + mask
        ids = torch.tensor(sorted(allowed.ids), dtype=torch.long)
        kept[ids] = logits[ids].float()
        return kept


@dataclass(frozen=True)
class Writer:
    """A causal language model with its tokenizer and the grammar's view of its vocabulary, ready to write answers."""

    tokenizer: Any
    model: Any
    vocabulary: Vocabulary
    masks: Masks

    @torch.inference_mode()
    def write(
        self, prompt: str, *, limits: Limits, sampling: Sampling, generator: torch.Generator, cancel: CancelToken
    ) -> str:
        """The model's answer to `prompt`, held to the grammar; the text up to and without the end of turn."""
        grammar, state, cache = Grammar(self.vocabulary, limits), State(), None
        feed, written = self.tokenizer(prompt, add_special_tokens=False).input_ids, []
        while state.phase is not Phase.DONE:
            cancel.raise_if_cancelled()
            tensor = torch.tensor([feed])
            out = self.model(input_ids=tensor, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, kept = out.past_key_values, self.masks.apply(out.logits[0, -1], grammar.allowed(state))
            token = _chosen(kept, sampling if state.phase is not Phase.THOUGHT else Sampling(), generator)
            state = grammar.advance(state, token)
            if state.phase is Phase.OPEN:
                grammar = _as_thought(grammar, self.tokenizer.decode(written))
            feed = [token, *grammar.forced(state)]
            state = functools.reduce(grammar.advance, feed[1:], state)
            written += feed
        return self.tokenizer.decode(written[:-1])


def _chosen(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    if sampling.temperature <= 0:
        return int(logits.argmax())
    weights, order = torch.softmax(logits / sampling.temperature, -1).sort(descending=True)
    before = weights.cumsum(-1) - weights
    weights = torch.where(before < sampling.top_p, weights, 0.0)  # the first token always stays
    return int(order[torch.multinomial(weights, 1, generator=generator)])


def _as_thought(grammar: Grammar, reasoning: str) -> Grammar:
    """The plan has as many events as the reasoning listed sounds, as far as the limits allow."""
    count = listed(reasoning)
    limits = grammar.limits
    wanted = min(max(count, limits.min_events), limits.max_events) if count else 0
    return replace(grammar, limits=replace(limits, min_events=wanted, max_events=wanted)) if wanted else grammar


def listed(reasoning: str) -> int:
    """How many numbered sounds a reasoning lists: `"2 sounds: 1. rain; 2. a dog barking."` -> 2."""
    numbers: Sequence[str] = _LISTED.findall(reasoning)
    return sum(int(number) == place for place, number in enumerate(numbers, 1))
