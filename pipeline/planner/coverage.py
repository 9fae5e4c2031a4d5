"""Does a list of sounds cover its story? What the planner asks of its own reasoning before it goes on.

A story is cut into clauses at punctuation and connectives; openings, settings and titles sound of nothing and are left
out. A clause is covered by a listed sound that shares a word stem with it. Knows English function words, no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile(
    r"[.;!?…]+|,|:|\s[-–—]+\s|\b(?:and|then|while|until|before|after|as|but|whereupon|followed by|later|finally)\b",
    re.I,
)
_SETTING = re.compile(r"^(?:in|on|at|near|inside|under|during|somewhere|back|outside|suddenly|meanwhile)\b", re.I)
_SILENT = re.compile(
    r"^(?:it (?:is|was|has|'s)|the (?:story|year|city|moon|sun|sky|stars?|air smells)|night has|nobody|everything is"
    r"|once upon|chapter|scene|a (?:day|dream|walk)|we hear|listen|imagine|create|make|please)\b",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENDINGS = ("ings", "ing", "ies", "ed", "es", "s", "e", "y")
_SETTING_WORDS = 6
_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those of to into in on at by for from with without over under up down off out away back
        through across along around against near past is are was were be been being has have had do does did it its he
        his him she her they their them we our us you your i my me who which what when where there here not no only just
        very so too again once twice more other another some any all every each first next last sound sounds sounding
        noise start starts starting begin begins beginning keep keeps keeping someone somebody something
        """,
    )
)


def stems(text: str) -> frozenset[str]:
    """The content words of a text, roughly stemmed: `"the dog was humming"` -> `{"dog", "hum"}`."""
    words = (word.split("'")[0].split("’")[0] for word in _WORD.findall(text.lower()))
    return frozenset(_stem(word) for word in words if word not in _FUNCTION and len(word) > 1)


def _stem(word: str) -> str:
    bares = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
    stem = next((bare for bare in bares if len(bare) > 2), word)
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem


def clauses(story: str) -> list[frozenset[str]]:
    """The stems of each clause of the story in which something may sound."""
    spans, start = [], 0
    for found in _BREAK.finditer(story):
        spans.append((story[start : found.start()], found.group()))
        start = found.end()
    spans.append((story[start:], ""))
    sounding = (stems(text) for text, mark in spans if not _is_silent(text.strip(), mark))
    return [clause for clause in sounding if clause]


def _is_silent(text: str, mark: str) -> bool:
    setting = bool(_SETTING.match(text)) and len(text.split()) < _SETTING_WORDS
    return mark == ":" or setting or bool(_SILENT.match(text))


def shortfall(sounds: Sequence[str], story: str) -> float:
    """Clauses that no sound covers, and half of each sound that covers nothing new; 0 is a faithful list."""
    wanted = clauses(story)
    open_ = list(range(len(wanted)))
    idle = 0
    for sound in sounds:
        said = stems(sound)
        covered = [index for index in open_ if wanted[index] & said]
        idle += not covered
        open_ = [index for index in open_ if index not in covered]
    return len(open_) + 0.5 * idle
