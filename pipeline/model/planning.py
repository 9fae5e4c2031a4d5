"""Writing a plan with a language model: greedy under rules, forced tokens as one chunk with the KV cache.

An event's 64 + 8 query tokens and their brackets enter together, not in 76 steps, and of all states only those of the
last layer at query tokens are kept. Knows no timeline: what comes out is a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipeline.model.query_tokens import QueryTokens
from pipeline.model.reading import Reader
from pipeline.model.rules import Rules
from pipeline.model.script import Script
from pipeline.progress import CancelToken


@dataclass(frozen=True, eq=False)
class Draft:
    """An answer as it was written.

    written: ids of the reasoning with its closing tag, then of each event from its opening to its closing tag.
    states: [E, forced, hidden], last-layer states at every event's forced tokens. reader: what has read it all.
    """

    written: tuple[tuple[int, ...], ...]
    states: Tensor
    reader: Reader

    @property
    def ids(self) -> list[int]:
        """All that was written, without the end of the turn."""
        return [token for part in self.written for token in part]

    def reasoning(self, script: Script) -> str:
        """What the model thought."""
        return script.decoded(self.written[0][:-1]).strip()

    def events(self, script: Script) -> list[tuple[str, float]]:
        """(caption, seconds) of every event."""
        return [_spoken(ids, script) for ids in self.written[1:]]


@torch.inference_mode()
def write(llm: Any, prompt: Sequence[int], *, rules: Rules, tokens: QueryTokens, cancel: CancelToken) -> Draft:
    """The model's answer to a prompt of ids; Cancelled is raised between tokens."""
    reader, state = Reader(llm), rules.start()
    feed: list[int] = list(prompt)
    answer: list[int] = []
    states: list[Tensor] = []
    while True:
        cancel.raise_if_cancelled()
        reading = reader.read(feed)
        if len(feed) > len(tokens.forced) and tuple(feed[-len(tokens.forced) :]) == tokens.forced:
            states.append(reading.states[-len(tokens.forced) :].clone())
        token = int(rules.kept(reading.logits, state).argmax())
        state, forced = rules.advance(state, token)
        if rules.done(state):
            return Draft(_parted(answer, tokens), torch.stack(states), reader)
        feed = [token, *forced]
        answer += feed


def _parted(ids: list[int], tokens: QueryTokens) -> tuple[tuple[int, ...], ...]:
    """The reasoning and each event, cut where an event opens."""
    starts = [0, *(at for at, token in enumerate(ids) if token == tokens.tags.gen), len(ids)]
    return tuple(tuple(ids[a:b]) for a, b in zip(starts[:-1], starts[1:], strict=True))


def _spoken(ids: Sequence[int], script: Script) -> tuple[str, float]:
    tags = script.tokens.tags
    time, end = ids.index(tags.time), ids.index(tags.end_time)
    return " ".join(script.decoded(ids[1:time]).split()), float(script.decoded(ids[time + 1 : end]))
