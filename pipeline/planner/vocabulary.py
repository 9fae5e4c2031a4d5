"""Which tokens of a tokenizer may stand in a caption, in the reasoning and in a number. Knows no grammar rules."""

from __future__ import annotations

import re
from typing import Any

from pipeline.planner import prompts
from pipeline.planner.grammar import Tags, Vocabulary

_WORD = re.compile(r" ?[^\W_]+(?:['’-][^\W_]+)*['’-]?| ?[,:'’&-]|['’][a-z]+")
_THOUGHT = re.compile(r"[ \n]?[^\s<>|{}\[\]#*_~^\\`]+| ")


def vocabulary_of(tokenizer: Any) -> Vocabulary:
    """The grammar's view of a tokenizer that knows the six new tokens; control tokens are looked up by name."""
    special = set(tokenizer.all_special_ids) | set(tokenizer.convert_tokens_to_ids(list(prompts.NEW_TOKENS)))
    names = enumerate(tokenizer.convert_ids_to_tokens(range(len(tokenizer))))
    pieces = {index: _piece(tokenizer, name, index) for index, name in names if index not in special}
    return Vocabulary(
        tags=_tags(tokenizer),
        words={index: piece for index, piece in pieces.items() if _WORD.fullmatch(piece)},
        thoughts=frozenset(
            index for index, piece in pieces.items() if _THOUGHT.fullmatch(piece) and "\ufffd" not in piece
        ),
        digits=tuple(_single(tokenizer, str(digit)) for digit in range(10)),
        dot=_single(tokenizer, "."),
    )


def _piece(tokenizer: Any, name: str, index: int) -> str:
    """What a token writes. Decoding all 49,000 one by one takes seconds, and plain ASCII names can be read directly."""
    plain = name.replace("Ġ", " ").replace("Ċ", "\n")
    return plain if plain.isascii() else tokenizer.decode([index])


def _tags(tokenizer: Any) -> Tags:
    names = (prompts.END_THINK, prompts.GEN, prompts.TIME, prompts.END_TIME, prompts.END_GEN, prompts.END_OF_TURN)
    return Tags(*(_single(tokenizer, name) for name in names))


def _single(tokenizer: Any, text: str) -> int:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    if len(ids) != 1:
        raise ValueError(f"{text!r} is {len(ids)} tokens of this tokenizer, not one")
    return ids[0]
