"""A long story cut into stretches that the planner's small model can hold, each with its share of the time."""

from __future__ import annotations

import re
from dataclasses import dataclass

WINDOW_CHARS = 320
LEAST_WINDOW_S = 3.0
_SENTENCE = re.compile(r"(?<=[.!?。…])\s+|\n+")
_CLAUSE = re.compile(r"(?<=[,;:])\s+")


@dataclass(frozen=True)
class Window:
    """A stretch of the story, and how long it lasts in seconds."""

    text: str
    duration_s: float


def windows(text: str, *, total_s: float, chars: int = WINDOW_CHARS) -> list[Window]:
    """Cut at sentence ends (else at commas, else at words) into stretches of at most `chars`, timed by their length.

    Where the total leaves no stretch `LEAST_WINDOW_S`, evenly spaced stretches are kept and the others left out: a
    summary in sound of a story too long for its time.
    """
    stretches = _gathered(_pieces(text, chars=chars), chars=chars)
    room = max(1, int(total_s // LEAST_WINDOW_S))
    if len(stretches) > room:
        stretches = [stretches[index * len(stretches) // room] for index in range(room)]
    letters = sum(len(stretch) for stretch in stretches)
    return [Window(stretch, total_s * len(stretch) / letters) for stretch in stretches]


def _pieces(text: str, *, chars: int) -> list[str]:
    """Sentences; where one is too long its clauses, and where one of those is, runs of its words."""
    result: list[str] = []
    for sentence in filter(None, _SENTENCE.split(text.strip())):
        clauses = [sentence] if len(sentence) <= chars else _CLAUSE.split(sentence)
        for clause in clauses:
            result.extend([clause] if len(clause) <= chars else _words(clause, chars=chars))
    return result


def _words(clause: str, *, chars: int) -> list[str]:
    words = [word[at : at + chars] for word in clause.split() for at in range(0, len(word), chars)]
    return _gathered(words, chars=chars)


def _gathered(pieces: list[str], *, chars: int) -> list[str]:
    """Join neighbours for as long as they fit."""
    result: list[str] = []
    for piece in pieces:
        if result and len(result[-1]) + 1 + len(piece) <= chars:
            result[-1] += " " + piece
        else:
            result.append(piece)
    return result
