"""AudioStory's tokens as a typed table: control tags and the two blocks of query tokens, looked up by name.

A block is `<t5> <t5_00000> … <t5_00063> </t5>` (64 bridging tokens: what an event is) or
`<aud> <aud_00000> … <aud_00007> </aud>` (8 residual tokens: how it coheres with the events before it), as in
AudioStory (arXiv 2508.20088). Ids always come from the tokenizer: the published lists of ids contradict themselves.
Knows no text format and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import SettingsError, WeightsMissing

BRIDGING, RESIDUAL = 64, 8
MAX_QUERIES = 100_000  # names have five digits
TAGS = {
    "think": "<|think|>", "end_think": "<|/think|>", "gen": "<|gen|>", "end_gen": "<|/gen|>",
    "time": "<timestamp>", "end_time": "</timestamp>", "end_turn": "<|im_end|>",
}  # fmt: skip


@dataclass(frozen=True)
class QueryNames:
    """The names of one block: `opening`, `count` numbered tokens, `closing`. A count of 0 is no block at all."""

    stem: str
    count: int

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int) or not 0 <= self.count < MAX_QUERIES:
            raise SettingsError(f"the number of <{self.stem}> tokens must be a whole number from 0, not {self.count!r}")

    @property
    def all(self) -> tuple[str, ...]:
        """All names in the order in which they are written."""
        numbered = (f"<{self.stem}_{index:05d}>" for index in range(self.count))
        return (f"<{self.stem}>", *numbered, f"</{self.stem}>") if self.count else ()


@dataclass(frozen=True)
class QueryBlock:
    """The ids of one block, brackets included; empty when there are no such tokens."""

    ids: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many query tokens it holds, without brackets."""
        return max(len(self.ids) - 2, 0)


@dataclass(frozen=True)
class Tags:
    """Ids of the control tokens."""

    think: int
    end_think: int
    gen: int
    end_gen: int
    time: int
    end_time: int
    end_turn: int


@dataclass(frozen=True)
class QueryTokens:
    """Tags and blocks as ids of one tokenizer. `forced` is what follows every event's duration.

    Bridging tokens are never absent; a residual block of none is plain bridging.
    """

    tags: Tags
    bridging: QueryBlock
    residual: QueryBlock

    @property
    def forced(self) -> tuple[int, ...]:
        """Both blocks and the end of the event: 64 + 8 + 5 tokens by default."""
        return (*self.bridging.ids, *self.residual.ids, self.tags.end_gen)

    @property
    def bridging_slice(self) -> slice:
        """Where the bridging tokens are within `forced`."""
        return slice(1, 1 + self.bridging.count)

    @property
    def residual_slice(self) -> slice:
        """Where the residual tokens are within `forced`."""
        start = len(self.bridging.ids) + 1
        return slice(start, start + self.residual.count)


def added_names(*, bridging: int = BRIDGING, residual: int = RESIDUAL) -> tuple[str, ...]:
    """The tokens that a tokenizer of a chat model must be given, in a fixed order; `<|im_end|>` it has already."""
    blocks = (*QueryNames("t5", bridging).all, *QueryNames("aud", residual).all)
    return (*(name for key, name in TAGS.items() if key != "end_turn"), *blocks)


def query_tokens(tokenizer: Any, *, bridging: int = BRIDGING, residual: int = RESIDUAL) -> QueryTokens:
    """The table for a tokenizer; WeightsMissing names what it lacks, SettingsError a count that makes no sense."""
    if bridging == 0:
        raise SettingsError("an event needs at least one bridging token")
    blocks = [QueryNames("t5", bridging).all, QueryNames("aud", residual).all]
    ids = _looked_up(tokenizer, [*TAGS.values(), *blocks[0], *blocks[1]])
    tags = Tags(**{key: ids[name] for key, name in TAGS.items()})
    return QueryTokens(tags, *(QueryBlock(tuple(ids[name] for name in names)) for names in blocks))


def _looked_up(tokenizer: Any, names: Sequence[str]) -> dict[str, int]:
    """Ids by name. The vocabulary is asked, not the tokenizer's guess: that answers «unknown» without a word."""
    known = tokenizer.get_vocab()
    missing = [name for name in names if name not in known]
    if missing:
        shown = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise WeightsMissing(
            f"the tokenizer lacks {len(missing)} of AudioStory's tokens ({shown}): "
            "use the tokenizer that belongs to the checkpoint"
        )
    return {name: known[name] for name in names}
