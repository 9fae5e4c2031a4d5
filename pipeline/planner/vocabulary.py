"""The planner's tokenizer, and which of its tokens may stand in a caption, in the reasoning and in a number.

Knows no grammar rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from pipeline.errors import WeightsMissing
from pipeline.planner import prompts
from pipeline.planner.grammar import Tags, Vocabulary

_WORD = re.compile(r" ?[^\W_]+(?:['’-][^\W_]+)*['’-]?| ?[,:'’&-]|['’][a-z]+")
_THOUGHT = re.compile(r"[ \n]?[^\s<>|{}\[\]#*_~^\\`]+| ")


class Words:
    """A tokenizer that knows the six new tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @property
    def count(self) -> int:
        """How many tokens there are."""
        return self._tokenizer.get_vocab_size(with_added_tokens=True)

    @property
    def controls(self) -> frozenset[int]:
        """The tokens that are no writing: the new ones, and those of chats."""
        return frozenset(self._tokenizer.get_added_tokens_decoder())

    def ids(self, text: str) -> list[int]:
        """The tokens that write `text`."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def text(self, ids: Sequence[int]) -> str:
        """What tokens write, control tokens by their names."""
        return self._tokenizer.decode(ids, skip_special_tokens=False)

    def piece(self, index: int) -> str:
        """What one token writes. Decoding all 49,000 takes seconds, and plain ASCII names can be read directly."""
        plain = (self._tokenizer.id_to_token(index) or "").replace("Ġ", " ").replace("Ċ", "\n")
        return plain if plain.isascii() else self.text([index])


def read_words(folder: Path) -> Words:
    """The tokenizer in a folder; `WeightsMissing` names a folder that cannot be read."""
    try:
        return Words(Tokenizer.from_file(str(folder / "tokenizer.json")))
    except Exception as error:  # the tokenizers library raises plain Exception
        raise WeightsMissing(
            f"the planner's tokenizer in {folder} is damaged: delete that folder and start again"
        ) from error


def vocabulary_of(words: Words) -> Vocabulary:
    """The grammar's view of a tokenizer that knows the six new tokens; control tokens are looked up by name."""
    controls = words.controls
    pieces = {index: words.piece(index) for index in range(words.count) if index not in controls}
    return Vocabulary(
        tags=_tags(words),
        words={index: piece for index, piece in pieces.items() if _WORD.fullmatch(piece)},
        thoughts=frozenset(
            index for index, piece in pieces.items() if _THOUGHT.fullmatch(piece) and "\ufffd" not in piece
        ),
        digits=tuple(_single(words, str(digit)) for digit in range(10)),
        dot=_single(words, "."),
    )


def _tags(words: Words) -> Tags:
    names = (prompts.END_THINK, prompts.GEN, prompts.TIME, prompts.END_TIME, prompts.END_GEN, prompts.END_OF_TURN)
    return Tags(*(_single(words, name) for name in names))


def _single(words: Words, text: str) -> int:
    ids = words.ids(text)
    if len(ids) != 1:
        raise ValueError(f"{text!r} is {len(ids)} tokens of this tokenizer, not one")
    return ids[0]
