"""What the planner's model may write next: a pure state machine over token ids.

Reasoning, then `<|gen|>caption <timestamp> seconds </timestamp> <|/gen|>` once per event, then the end of turn. A token
that is not in `allowed` gets a logit of minus infinity, so every answer can be parsed. Knows integers and the spelling
of captions, no tensors and no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

MAX_WHOLE_DIGITS = 4


@dataclass(frozen=True)
class Tags:
    """Token ids of the control tokens. The prompt ends with the opening of the reasoning: that one is not written."""

    end_thought: int
    gen: int
    time: int
    end_time: int
    end_gen: int
    end_turn: int


@dataclass(frozen=True)
class Vocabulary:
    """`words` spells the tokens of captions; `thoughts` are those of the reasoning; `digits[d]` writes digit d."""

    tags: Tags
    words: Mapping[int, str]
    thoughts: frozenset[int]
    digits: tuple[int, ...]
    dot: int

    @property
    def lettered(self) -> frozenset[int]:
        """The words that hold a letter: a caption starts with one of them."""
        return frozenset(token for token, text in self.words.items() if any(char.isalpha() for char in text))

    def spell(self, caption: tuple[int, ...]) -> str:
        """A caption's text as captions are compared: without surrounding space or case."""
        return "".join(self.words[token] for token in caption).strip().lower()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of an answer: events in all, tokens in the reasoning and in a caption."""

    min_events: int = 1
    max_events: int = 10
    max_thought: int = 140
    max_caption: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.min_events <= self.max_events or self.max_caption < 2 or self.max_thought < 1:
            raise ValueError(f"limits that no answer can meet: {self}")


class Phase(Enum):
    """Where in the answer the next token stands."""

    THOUGHT = auto()
    OPEN = auto()
    CAPTION = auto()
    SECONDS = auto()
    CLOSE = auto()
    NEXT = auto()
    DONE = auto()


class Kind(Enum):
    """A large class of tokens, so that a mask can be made once for each."""

    WORDS = auto()
    LETTERED = auto()
    THOUGHTS = auto()


@dataclass(frozen=True)
class State:
    """All the grammar remembers. `captions` are the finished ones, as compared."""

    phase: Phase = Phase.THOUGHT
    thought: int = 0
    caption: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Allowed:
    """The tokens that may come next: single `ids`, and all of a `kind` if there is one."""

    ids: frozenset[int] = frozenset()
    kind: Kind | None = None


@dataclass(frozen=True)
class Grammar:
    """The rules, for one vocabulary and one set of limits. Every method is a function of the state alone."""

    vocabulary: Vocabulary
    limits: Limits

    def allowed(self, state: State) -> Allowed:
        """What may come next; never empty before the end."""
        tags = self.vocabulary.tags
        match state.phase:
            case Phase.THOUGHT:
                return self._thought(state)
            case Phase.OPEN:
                return Allowed(frozenset({tags.gen}))
            case Phase.CAPTION:
                return self._caption(state)
            case Phase.SECONDS:
                return Allowed(self._seconds(state.seconds))
            case Phase.CLOSE:
                return Allowed(frozenset({tags.end_gen}))
            case Phase.NEXT:
                return Allowed(self._next(len(state.captions)))
        return Allowed()

    def permits(self, state: State, token: int) -> bool:
        """Whether `token` may come next."""
        choice = self.allowed(state)
        return token in choice.ids or self._of_kind(choice.kind, token)

    def advance(self, state: State, token: int) -> State:
        """The state after `token`; ValueError when the grammar forbids it."""
        if not self.permits(state, token):
            raise ValueError(f"token {token} cannot come in {state.phase.name}")
        tags = self.vocabulary.tags
        if state.phase is Phase.CAPTION and token != tags.time:
            return replace(state, caption=(*state.caption, token))
        if state.phase is Phase.SECONDS and token != tags.end_time:
            return replace(state, seconds=(*state.seconds, token))
        if state.phase is Phase.THOUGHT and token != tags.end_thought:
            return replace(state, thought=state.thought + 1)
        return self._after_tag(state, token)

    def forced(self, state: State) -> tuple[int, ...]:
        """The tokens that follow whatever the model thinks; they enter it as one chunk."""
        chunk: list[int] = []
        while (choice := self.allowed(state)).kind is None and len(choice.ids) == 1:
            (token,) = choice.ids
            chunk.append(token)
            state = self.advance(state, token)
        return tuple(chunk)

    def _of_kind(self, kind: Kind | None, token: int) -> bool:
        words = self.vocabulary.words
        match kind:
            case Kind.WORDS:
                return token in words
            case Kind.LETTERED:
                return any(char.isalpha() for char in words.get(token, ""))
            case Kind.THOUGHTS:
                return token in self.vocabulary.thoughts
        return False

    def _after_tag(self, state: State, token: int) -> State:
        tags = self.vocabulary.tags
        if token == tags.time:
            done = (*state.captions, self.vocabulary.spell(state.caption))
            return replace(state, phase=Phase.SECONDS, captions=done)
        if token == tags.gen:
            return replace(state, phase=Phase.CAPTION, caption=(), seconds=())
        phases = {tags.end_thought: Phase.OPEN, tags.end_time: Phase.CLOSE, tags.end_gen: Phase.NEXT}
        return replace(state, phase=phases.get(token, Phase.DONE))

    def _thought(self, state: State) -> Allowed:
        full = state.thought >= self.limits.max_thought
        return Allowed(frozenset({self.vocabulary.tags.end_thought}), None if full else Kind.THOUGHTS)

    def _caption(self, state: State) -> Allowed:
        """A caption starts with a word and may close once it differs from the earlier ones; if not, it goes on."""
        if not state.caption:
            return Allowed(kind=Kind.LETTERED)
        new = self.vocabulary.spell(state.caption) not in state.captions
        closing = frozenset({self.vocabulary.tags.time}) if new else frozenset()
        full = new and len(state.caption) >= self.limits.max_caption
        return Allowed(closing, None if full else Kind.WORDS)

    def _seconds(self, written: tuple[int, ...]) -> frozenset[int]:
        """A number above zero: up to four digits without leading zeros, then perhaps a dot and one digit."""
        digits, dot, end = self.vocabulary.digits, self.vocabulary.dot, self.vocabulary.tags.end_time
        if not written:
            return frozenset(digits)
        if dot not in written:
            more = frozenset(digits) if written != (digits[0],) and len(written) < MAX_WHOLE_DIGITS else frozenset()
            return more | {dot} | ({end} if written != (digits[0],) else frozenset())
        if written[-1] == dot:
            return frozenset(digits[1:] if written[0] == digits[0] else digits)
        return frozenset({end})

    def _next(self, events: int) -> frozenset[int]:
        more = {self.vocabulary.tags.gen} if events < self.limits.max_events else set()
        return frozenset(more | ({self.vocabulary.tags.end_turn} if events >= self.limits.min_events else set()))
