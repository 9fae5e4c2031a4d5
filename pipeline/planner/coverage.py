"""Is a list of sounds faithful to its story? What the planner asks of its own reasoning before it goes on, and mends.

A story is cut into clauses at punctuation and connectives; openings, settings and titles sound of nothing and are left
out. A clause is covered by a listed sound that shares a word stem with it. A word that looks like one of the clause,
is not in the story, and is no word that sounds are told in, is a misreading of it. Knows English function words and
the table of phrases for sounds, no model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from pipeline.errors import WeightsMissing
from pipeline.planner.irregular import PAST
from pipeline.settings import ASSETS

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
_TWICE = re.compile(r"\b([^\W\d_]+) \1\b", re.I)
_ASIDE = re.compile(r"[^\W\d_]+ing\b", re.I)
_ARTICLE = re.compile(r"^(?:(?:a|an|the|its|his|her|their|there is|there are)\s+)+", re.I)
_PLACE = re.compile(
    r"\b(?:in|inside|into|through|on|onto|at|by|past|across|along|behind|under|beneath|above|near|beside|around|about)\b",
    re.I,
)
_WITH = re.compile(r"\b(?:with|under|over|beside)\b", re.I)  # joins two sounds in one
_SETTING_WORDS, _MOST_WORDS = 6, 9
PHRASES = ASSETS / "soundlab" / "phrases.json"
_ALIKE = 0.6  # "hoist" and "hoot" are
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


@dataclass(frozen=True)
class Clause:
    """A stretch of the story in which something may sound: its words, and their stems."""

    text: str
    stems: frozenset[str]

    @property
    def words(self) -> list[str]:
        """The stems in their order."""
        return [stem for word in _WORD.findall(self.text) for stem in stems(word)]

    @property
    def place(self) -> frozenset[str]:
        """The stems of what only says where: `"chatter in the canopy"` -> `{"canop"}`."""
        return stems(_PLACE.split(self.text, maxsplit=1)[-1]) if _PLACE.search(self.text) else frozenset()

    @property
    def aside(self) -> bool:
        """Whether it only comments on what sounds: `"signaling an emergency"`."""
        return bool(_ASIDE.match(self.text))


def clauses(story: str) -> list[Clause]:
    """The clauses of the story in which something may sound, in its order."""
    spans, start = [], 0
    for found in _BREAK.finditer(story):
        spans.append((story[start : found.start()].strip(), found.group()))
        start = found.end()
    spans.append((story[start:].strip(), ""))
    sounding = (Clause(text, stems(text)) for text, mark in spans if not _is_silent(text, mark))
    return [clause for clause in sounding if clause.stems]


def _is_silent(text: str, mark: str) -> bool:
    setting = bool(_SETTING.match(text)) and len(text.split()) < _SETTING_WORDS
    return mark == ":" or setting or bool(_SILENT.match(text))


def mended(sounds: Sequence[str], story: str, *, most: int) -> tuple[str, ...]:
    """The list made faithful to its story: nothing misread, said twice or invented, nothing left out, in its order.

    What covers its story already comes back as it is, and so does any list for a story of one clause (it may be told in
    several stretches). A clause that no sound covers speaks for itself. At most `most` sounds.
    """
    told = clauses(story)
    sounds = tuple(dict.fromkeys(_as_told(sound, story, told) for sound in sounds))
    if len(told) < 2:
        return sounds[:most]
    sounds = tuple(sound for sound in sounds if not _confused(sound, told))
    kept = _placed(sounds, told)
    covered = {index for index, sound in kept for index in _shared(sound, told)}
    left_out = [(i, c) for i, c in enumerate(told) if i not in covered and not c.aside]
    if len(kept) == len(sounds) and not left_out:
        return sounds[:most]
    both = [*kept, *((index, _as_sound(clause)) for index, clause in left_out)]
    return tuple(sound for _, sound in sorted(both, key=lambda pair: pair[0])[:most])


def _confused(sound: str, told: Sequence[Clause]) -> bool:
    """Whether it gives one thing what another one does: `"rain passing"`, where rain starts and a train passes.

    Its first word is of one clause, and what it does is of another, which says of something else that it does.
    """
    said, words = stems(sound), Clause(sound, frozenset()).words
    own = frozenset[str]().union(*(clause.stems for clause in told if words and words[0] in clause.stems))
    if not own or _BREAK.search(sound) or _WITH.search(sound) or any(said <= clause.stems for clause in told):
        return False
    for clause in (clause for clause in told if not clause.aside):
        elsewhere = [word in said - own - clause.place for word in clause.words]
        if any(elsewhere) and clause.words[: elsewhere.index(True)] and not said & own & clause.stems:
            return True
    return False


@dataclass(frozen=True)
class _Placed:
    """A sound at the clause it says most of: how many of its words are new there, whether others were said before."""

    clause: int
    sound: str
    new: int
    repeats: bool


def _placed(sounds: Sequence[str], told: Sequence[Clause]) -> list[tuple[int, str]]:
    """(clause, sound) for the sounds that say something new of their story, without weaker repeats within a clause.

    What only says where something sounds is no sound of its own.
    """
    said: frozenset[str] = frozenset()
    found = []
    for sound in sounds:
        news = [len(clause.stems & stems(sound) - said) for clause in told]
        if any(news):
            found.append(_Placed(news.index(max(news)), sound, max(news), bool(stems(sound) & said)))
        said |= stems(sound)
    places = [p for p in found if stems(p.sound) <= told[p.clause].place]
    sounding = {p.clause for p in found if p not in places}
    found = [p for p in found if p not in places or p.clause not in sounding]
    best = {p.clause: max((other for other in found if other.clause == p.clause), key=lambda o: o.new) for p in found}
    return [(p.clause, p.sound) for p in found if not p.repeats or p is best[p.clause]]


def _as_told(sound: str, story: str, told: Sequence[Clause]) -> str:
    """The sound with no word twice in a row that the story has once, and with its misread words as the story has them.

    They are looked for in the clauses that it shares other words with.
    """
    said, known = stems(sound), stems(story)
    shared = (clause.text for clause in told if clause.stems & said)
    unsaid = [word for text in shared for word in _WORD.findall(text) if stems(word) - said]

    def told_word(match: re.Match) -> str:
        stem = next(iter(stems(match.group())), "")
        if not stem or stem in known:
            return match.group()
        return next((word for word in unsaid if _misread(stem, word.lower())), match.group())

    once = _TWICE.sub(lambda twice: twice.group() if twice.group().lower() in story.lower() else twice.group(1), sound)
    return _WORD.sub(told_word, once)


def _misread(stem: str, word: str) -> bool:
    """Whether a stem looks like `word` of the story without being a form of it."""
    other = _stem(word)
    part = stem.startswith(other) or other.startswith(stem) or stem.replace("y", "i") == other.replace("y", "i")
    if part or stem[:2] != other[:2] or word in (PAST.get(stem), PAST.get(stem + "e")):
        return False
    alike = SequenceMatcher(None, stem, other, autojunk=False).ratio() >= _ALIKE
    return alike and stem not in _sound_words()


@cache
def _sound_words() -> frozenset[str]:
    """The stems of the words that the table of phrases tells sounds in; `WeightsMissing` where it can't be read."""
    try:
        table = json.loads(PHRASES.read_text(encoding="utf-8"))
        return stems(" ".join(phrase for phrases in table.values() for phrase in phrases))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise WeightsMissing(f"the table of phrases {PHRASES} is missing or damaged") from error


def _shared(sound: str, told: Sequence[Clause]) -> list[int]:
    said = stems(sound)
    return [index for index, clause in enumerate(told) if clause.stems & said]


def _as_sound(clause: Clause) -> str:
    words = _ARTICLE.sub("", clause.text).split()
    text = " ".join(words[:_MOST_WORDS]).strip(" '\"’")
    return text[:1].lower() + text[1:]
