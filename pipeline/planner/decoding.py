"""Decoding under the grammar: forbidden tokens get minus infinity, forced ones enter as one chunk with the cache.

Knows a causal language model's call and the grammar; nothing of stories or captions' meaning.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from pipeline.planner import prompts
from pipeline.planner.grammar import Allowed, Grammar, Kind, Limits, Phase, State, Vocabulary
from pipeline.progress import CancelToken

SECOND_THOUGHTS = 3
THOUGHT_TEMPERATURE = 0.7
Misses = Callable[[Sequence[str]], float]
_NUMBER = re.compile(r"^(?:\d+\.\s*|sounds?:\s*)+")


def _nothing_missing(_: Sequence[str]) -> float:
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are drawn; temperature 0 is greedy. The user's seed varies events' details, not what is heard."""

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
class Draft:
    """A finished reasoning: what was written and read, the tokens still to be read, the sounds it lists."""

    grammar: Grammar
    state: State
    cache: Any
    written: tuple[int, ...]
    feed: tuple[int, ...]
    sounds: tuple[str, ...]
    missing: float = 0.0


@dataclass(frozen=True)
class Writer:
    """A causal language model with its tokenizer and the grammar's view of its vocabulary, ready to write answers."""

    tokenizer: Any
    model: Any
    vocabulary: Vocabulary
    masks: Masks

    @torch.inference_mode()
    def write(
        self,
        prompt: str,
        *,
        limits: Limits,
        sampling: Sampling,
        generator: torch.Generator,
        cancel: CancelToken,
        misses: Misses = _nothing_missing,
    ) -> str:
        """The model's answer to `prompt`, held to the grammar; the text up to and without the end of turn.

        It thinks again, a few times at most, while `misses` says that the listed sounds leave something out. Every
        caption begins with the sound that the reasoning listed for it: the model thinks once, then adds detail.
        """
        draft = self._thought(prompt, Grammar(self.vocabulary, limits), cancel=cancel, misses=misses)
        starts = [self._ids(sound) for sound in draft.sounds]
        grammar, state, cache = _as_thought(draft.grammar, len(starts)), draft.state, draft.cache
        feed, written = list(draft.feed), list(draft.written)
        state = _begun(grammar, state, starts, feed)
        written += feed
        while state.phase is not Phase.DONE:
            cancel.raise_if_cancelled()
            token, cache = self._next(feed, cache, grammar, state, sampling, generator)
            state, feed = _with_forced(grammar, grammar.advance(state, token), token)
            state = _begun(grammar, state, starts, feed)
            written += feed
        return self.tokenizer.decode(written[:-1])

    def _thought(self, prompt: str, grammar: Grammar, *, cancel: CancelToken, misses: Misses) -> Draft:
        """The reasoning that misses least: the greedy one, or the best of a few drawn (always the same few)."""
        best: Draft | None = None
        for attempt in range(1 + SECOND_THOUGHTS):
            draws = Sampling(temperature=THOUGHT_TEMPERATURE if attempt else 0.0)
            draft = self._drafted(prompt, grammar, draws, torch.Generator().manual_seed(attempt), cancel=cancel)
            draft = replace(draft, missing=misses(draft.sounds))
            if best is None or draft.missing < best.missing:
                best = draft
            if best.missing == 0:
                break
        assert best is not None
        return best

    def _drafted(
        self, prompt: str, grammar: Grammar, draws: Sampling, generator: torch.Generator, *, cancel: CancelToken
    ) -> Draft:
        state, cache, written = State(), None, self._ids(prompts.OPENING)
        feed = self._ids(prompt) + written
        while True:
            cancel.raise_if_cancelled()
            token, cache = self._next(feed, cache, grammar, state, draws, generator)
            state, feed = _with_forced(grammar, grammar.advance(state, token), token)
            if state.phase is not Phase.THOUGHT:
                last = feed[: feed.index(self.vocabulary.tags.end_thought)]
                sounds = listed(self.tokenizer.decode(written + last))
                return Draft(grammar, state, cache, tuple(written), tuple(feed), tuple(sounds))
            written += feed

    def _next(
        self, feed: list[int], cache: Any, grammar: Grammar, state: State, draws: Sampling, generator: torch.Generator
    ) -> tuple[int, Any]:
        """(the next token, the cache that has read `feed`)."""
        out = self.model(input_ids=torch.tensor([feed]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        kept = self.masks.apply(out.logits[0, -1], grammar.allowed(state))
        return _chosen(kept, draws, generator), out.past_key_values

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids)


def _chosen(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    if sampling.temperature <= 0:
        return int(logits.argmax())
    weights, order = torch.softmax(logits / sampling.temperature, -1).sort(descending=True)
    before = weights.cumsum(-1) - weights
    weights = torch.where(before < sampling.top_p, weights, 0.0)  # the first token always stays
    return int(order[torch.multinomial(weights, 1, generator=generator)])


def _with_forced(grammar: Grammar, state: State, token: int) -> tuple[State, list[int]]:
    """(state, tokens): the chosen token and the tags that follow whatever the model thinks."""
    tags = grammar.forced(state)
    return functools.reduce(grammar.advance, tags, state), [token, *tags]


def _begun(grammar: Grammar, state: State, starts: Sequence[Sequence[int]], feed: list[int]) -> State:
    """Where a caption opens, append the start that the reasoning gave it to `feed`; the state after it."""
    place = len(state.captions)
    if state.phase is not Phase.CAPTION or state.caption or place >= len(starts):
        return state
    begun = state
    for token in starts[place]:
        if not grammar.permits(begun, token):
            return state  # the reasoning may hold what a caption may not
        begun = grammar.advance(begun, token)
    feed += starts[place]
    return begun


def _as_thought(grammar: Grammar, count: int) -> Grammar:
    """The plan has as many events as the reasoning listed sounds, as far as the limits allow."""
    limits = grammar.limits
    wanted = min(max(count, limits.min_events), limits.max_events)
    return replace(grammar, limits=replace(limits, min_events=wanted, max_events=wanted)) if count else grammar


def listed(reasoning: str) -> list[str]:
    """The sounds that a reasoning lists, each once: `"1. rain; 2. a dog barking."` -> `["rain", "a dog barking"]`."""
    first: dict[str, str] = {}
    for item in reasoning.split(";"):
        sound = _NUMBER.sub("", item.strip()).removesuffix(".").strip()
        if any(char.isalpha() for char in sound):
            first.setdefault(sound.lower(), sound)
    return list(first.values())
