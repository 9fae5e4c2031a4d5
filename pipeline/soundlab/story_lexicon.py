"""The lexicon of the story grammar: text files of subjects, verbs and wordings, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sound:
    """One sound of a story: `key` as the reasoning names it, `caption`, and its `kind` of length (i, s, m or a)."""

    key: str
    caption: str
    kind: str


@dataclass(frozen=True)
class Clause:
    """Words of a story and the sounds they make, in order."""

    text: str
    sounds: tuple[Sound, ...]


@dataclass(frozen=True)
class Line:
    """One line of the lexicon: `heads` are subjects, verb phrases or noun phrases; see the files."""

    heads: tuple[str, ...]
    verbs: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    kind: str = "m"
    captions: tuple[str, ...] = ()


def pick(rng: np.random.Generator, items: Sequence[str]) -> str:
    """One of `items`, all equally likely."""
    return items[int(rng.integers(len(items)))]


def capital(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def _split(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


@cache
def lexicon(name: str) -> tuple[Line, ...]:
    """The lines of `stories_{name}.txt`: sources, actions, chains or nouns."""
    lines = (FOLDER / f"stories_{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_line(name, line) for line in lines if line.strip() and not line.startswith("#"))


def _line(name: str, line: str) -> Line:
    fields = [field.strip() for field in line.split("|")]
    if name == "sources":
        return Line(_split(fields[0]), _split(fields[1]), _split(fields[2]), fields[3])
    if name == "chains":
        return Line(_split(fields[0]), _split(fields[1], ";"))
    if name == "nouns":
        return Line(_split(fields[0]), kind=fields[1])
    kind, _, captions = fields[2].partition(">")
    return Line(_split(fields[0]), details=_split(fields[1]), kind=kind.strip(), captions=_split(captions, "~"))


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """The sections of `stories_{name}.txt`: decoys (wording that makes no sound) or words."""
    text = (FOLDER / f"stories_{name}.txt").read_text(encoding="utf-8")
    blocks = [block.partition("]") for block in text.split("\n[")[1:]]
    return {title: _split(" ".join(body.split()), "|") for title, _, body in blocks}


def word(rng: np.random.Generator, section: str) -> str:
    """One of a section of the words."""
    return pick(rng, sections("words")[section])


def invented(rng: np.random.Generator) -> str:
    """A word nobody knows."""
    stem = "".join(word(rng, "syllables") for _ in range(rng.integers(2, 4)))
    return stem + (word(rng, "endings") if rng.random() < 0.95 else "")
