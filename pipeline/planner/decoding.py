"""Decoding under the grammar: forbidden tokens get minus infinity, forced ones enter as one chunk with the cache.

Knows what a language model and its tokenizer are asked, and the grammar; nothing of stories or captions' meaning.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from pipeline.planner import prompts
from pipeline.planner.grammar import Allowed, Grammar, Kind, Limits, Phase, State, Vocabulary
from pipeline.progress import CancelToken

Mend = Callable[[tuple[str, ...]], Sequence[str]]
_NUMBER = re.compile(r"^(?:\d+\.\s*|sounds?:\s*)+")


class Spelling(Protocol):
    """What is needed of a tokenizer."""

    def ids(self, text: str) -> list[int]:
        """The tokens that write `text`, and no others."""
        ...

    def text(self, ids: Sequence[int]) -> str:
        """What tokens write, control tokens by their names."""
        ...


class Model(Protocol):
    """What is needed of a causal language model."""

    def __call__(self, ids: Sequence[int], past: Any, /) -> tuple[torch.Tensor, Any]:
        """Read `ids` after what `past` has read, None for nothing: ([vocabulary] logits, the past with them)."""
        ...


def _as_it_is(sounds: tuple[str, ...]) -> Sequence[str]:
    return sounds


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
class Draft:
    """A finished reasoning: what was written, the tokens still to be read, the sounds it lists.

    `cache` has read prompt and writing; None where nothing was read yet.
    """

    grammar: Grammar
    state: State
    cache: Any
    written: tuple[int, ...]
    feed: tuple[int, ...]
    sounds: tuple[str, ...]


@dataclass(frozen=True)
class Writer:
    """A causal language model with its tokenizer and the grammar's view of its vocabulary, ready to write answers."""

    spelling: Spelling
    model: Model
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
        mend: Mend = _as_it_is,
    ) -> str:
        """The model's answer to `prompt`, held to the grammar; the text up to and without the end of turn.

        The sounds that it lists go through `mend`; where that changes them, it goes on from the mended list. Every
        caption begins with the sound that was listed for it: the model thinks once, then adds detail.
        """
        draft = self._mended(self._drafted(prompt, Grammar(self.vocabulary, limits), cancel=cancel), mend)
        starts = [self.spelling.ids(sound) for sound in draft.sounds]
        grammar, state, cache = _as_thought(draft.grammar, len(starts)), draft.state, draft.cache
        feed, written = list(draft.feed), list(draft.written)
        state = _begun(grammar, state, starts, feed)
        unread = self.spelling.ids(prompt) + written if cache is None else []
        written += feed
        feed = unread + feed
        while state.phase is not Phase.DONE:
            cancel.raise_if_cancelled()
            token, cache = self._next(feed, cache, grammar, state, sampling, generator)
            state, feed = _with_forced(grammar, grammar.advance(state, token), token)
            state = _begun(grammar, state, starts, feed)
            written += feed
        return self.spelling.text(written[:-1])

    def _mended(self, draft: Draft, mend: Mend) -> Draft:
        """The draft, or the one that the model would have written had it listed the mended sounds."""
        sounds = tuple(mend(draft.sounds))
        if sounds == draft.sounds or not sounds:
            return draft
        grammar, end = draft.grammar, self.vocabulary.tags.end_thought
        state, feed = _with_forced(grammar, grammar.advance(State(), end), end)
        return Draft(grammar, state, None, tuple(self.spelling.ids(prompts.listing(sounds))), tuple(feed), sounds)

    def _drafted(self, prompt: str, grammar: Grammar, *, cancel: CancelToken) -> Draft:
        """The reasoning, always greedy: what is heard does not depend on luck."""
        state, cache, written = State(), None, self.spelling.ids(prompts.OPENING)
        feed = self.spelling.ids(prompt) + written
        while True:
            cancel.raise_if_cancelled()
            token, cache = self._next(feed, cache, grammar, state, Sampling(), None)
            state, feed = _with_forced(grammar, grammar.advance(state, token), token)
            if state.phase is not Phase.THOUGHT:
                last = feed[: feed.index(self.vocabulary.tags.end_thought)]
                sounds = tuple(listed(self.spelling.text(written + last)))
                return Draft(grammar, state, cache, tuple(written), tuple(feed), sounds)
            written += feed

    def _next(
        self,
        feed: list[int],
        cache: Any,
        grammar: Grammar,
        state: State,
        draws: Sampling,
        generator: torch.Generator | None,
    ) -> tuple[int, Any]:
        """(the next token, the cache that has read `feed`)."""
        logits, past = self.model(feed, cache)
        return _chosen(self.masks.apply(logits, grammar.allowed(state)), draws, generator), past


def _chosen(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator | None) -> int:
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
