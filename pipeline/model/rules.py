"""What may be written next in AudioStory's format: a pure state machine, and the masks it puts on logits.

reasoning `<|/think|>`, then per event `<|gen|>` caption `<timestamp>` seconds `</timestamp>` + query tokens, then the
end of the turn. Whatever is not allowed gets minus infinity; what has only one continuation is returned as forced
tokens, to be read as one chunk. Knows no model; any object with these four methods can take its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Protocol

import torch
from torch import Tensor

from pipeline.errors import PlanError, SettingsError
from pipeline.model.query_tokens import QueryTokens

SECONDS_TOKENS = 6  # two digits, a dot, one digit, and room


class Rules(Protocol):
    """The grammar that an answer is held to, as pure functions of a state."""

    def start(self) -> Any:
        """The state before the first token."""
        ...

    def kept(self, logits: Tensor, state: Any) -> Tensor:
        """[vocabulary] logits with minus infinity where a token is not allowed."""
        ...

    def advance(self, state: Any, token: int) -> tuple[Any, tuple[int, ...]]:
        """(state, forced): the tokens that must follow `token`, and the state after all of them."""
        ...

    def done(self, state: Any) -> bool:
        """Whether the answer is complete."""
        ...


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of an answer: events, tokens in the reasoning and in a caption, and tokens in all (None: no bound)."""

    max_events: int = 20
    max_thought: int = 700
    max_caption: int = 80
    room: int | None = None

    def __post_init__(self) -> None:
        if min(self.max_events, self.max_thought, self.max_caption) < 1:
            raise SettingsError(f"a plan needs room for at least one event, thought and word: {self}")

    def event_tokens(self, forced: int) -> int:
        """The longest an event can get, with its tags, number and `forced` query tokens."""
        return self.max_caption + SECONDS_TOKENS + 3 + forced

    def within(self, room: int, *, forced: int) -> Limits:
        """These limits for an answer of at most `room` tokens; PlanError when not even one event surely fits."""
        thought = room - 2 - self.event_tokens(forced)
        if thought < 1:
            raise PlanError(
                f"the language model has room for {max(room, 0):,} tokens after this story and one event may need "
                f"{self.event_tokens(forced) + 3:,}: plan the story in stretches"
            )
        return replace(self, max_thought=min(self.max_thought, thought), room=room)


class Phase(Enum):
    """Where in the answer the next token stands."""

    THOUGHT = auto()
    CAPTION = auto()
    SECONDS = auto()
    NEXT = auto()
    DONE = auto()


@dataclass(frozen=True)
class State:
    """All that is remembered: the phase, words written in it, the number as written, events begun, tokens in all."""

    phase: Phase = Phase.THOUGHT
    words: int = 0
    seconds: str = ""
    events: int = 0
    used: int = 0


class TagRules:
    """AudioStory's own format for one tokenizer. Durations are `d`, `dd`, `d.d` or `dd.d`, above zero."""

    def __init__(self, tokenizer: Any, tokens: QueryTokens, limits: Limits) -> None:
        self._tokens, self._limits = tokens, limits
        added = set(tokenizer.get_added_vocab().values()) | set(tokenizer.all_special_ids)
        names = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        self._words = torch.tensor([index not in added for index in range(len(names))])
        lettered = [any(char.isalnum() for char in name.replace("Ġ", "").replace("Ċ", "")) for name in names]
        self._lettered = self._words & torch.tensor(lettered)
        self._digits = {_single(tokenizer, str(digit)): str(digit) for digit in range(10)}
        self._dot = _single(tokenizer, ".")

    def start(self) -> State:
        """Before the reasoning."""
        return State()

    def done(self, state: State) -> bool:
        """After the end of the turn."""
        return state.phase is Phase.DONE

    def kept(self, logits: Tensor, state: State) -> Tensor:
        """[vocabulary] logits; the rows beyond the tokenizer's, where a model has them, are never allowed."""
        words, ids = self._allowed(state)
        mask = torch.zeros(len(logits), dtype=torch.bool)
        if words is not None:
            mask[: len(words)] = words
        mask[list(ids)] = True
        return logits.float().masked_fill(~mask.to(logits.device), -torch.inf)

    def advance(self, state: State, token: int) -> tuple[State, tuple[int, ...]]:
        """After the reasoning the first event opens; after a duration its query tokens follow."""
        after, forced = self._after(state, token)
        return replace(after, used=state.used + 1 + len(forced)), forced

    def _after(self, state: State, token: int) -> tuple[State, tuple[int, ...]]:
        tags = self._tokens.tags
        if token == tags.end_think:
            return State(Phase.CAPTION, events=1), (tags.gen,)
        if token == tags.end_time:
            return replace(state, phase=Phase.NEXT), self._tokens.forced
        if token == tags.gen:
            return State(Phase.CAPTION, events=state.events + 1), ()
        if token in (tags.time, tags.end_turn):
            return replace(state, phase=Phase.SECONDS if token == tags.time else Phase.DONE), ()
        if state.phase is Phase.SECONDS:
            return replace(state, seconds=state.seconds + self._digits.get(token, ".")), ()
        return replace(state, words=state.words + 1), ()

    def _allowed(self, state: State) -> tuple[Tensor | None, set[int]]:
        """(words or None, single ids)."""
        tags, limits = self._tokens.tags, self._limits
        match state.phase:
            case Phase.THOUGHT:
                return self._words if state.words < limits.max_thought else None, {tags.end_think}
            case Phase.CAPTION if state.words == 0:
                return self._lettered, set()
            case Phase.CAPTION:
                return self._words if state.words < limits.max_caption else None, {tags.time}
            case Phase.SECONDS:
                return None, self._seconds(state.seconds)
            case _:
                return None, {tags.end_turn} | ({tags.gen} if self._another(state) else set())

    def _another(self, state: State) -> bool:
        """Whether one more event is allowed and fits, however long it gets."""
        needed = state.used + self._limits.event_tokens(len(self._tokens.forced))
        return state.events < self._limits.max_events and (self._limits.room is None or needed <= self._limits.room)

    def _seconds(self, written: str) -> set[int]:
        zero = written.strip("0.") == ""
        end = set() if zero else {self._tokens.tags.end_time}
        if "." in written:
            positive = {token for token, digit in self._digits.items() if digit != "0" or not zero}
            return positive if written.endswith(".") else end
        more = set(self._digits) if len(written) < 2 and written != "0" else set()
        return more | end | ({self._dot} if written else set())


def _single(tokenizer: Any, text: str) -> int:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    if len(ids) != 1:
        raise SettingsError(f"this tokenizer writes {text!r} in {len(ids)} tokens; durations need one for each digit")
    return int(ids[0])
