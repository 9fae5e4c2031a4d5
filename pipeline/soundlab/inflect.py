"""English verb forms for the story grammar: third person, -ing, past. Works on the first word of a verb phrase.

Knows only what the lexicon needs: which verbs double their last letter, and the spelling rules.
"""

from __future__ import annotations

from pipeline.planner.irregular import PAST

_DOUBLING = """clop stop drop clap tap flap snap slap slam drum hum rap strum grab jog run sit swim spin cut hit
put set shut get dig plop drip trip slip skip flip rip zip unzip chop pop hop mop stir purr whir
blur swig chug throb sob mob rub scrub jam ram stab plod bid pat pet knit spit wag beg hug gag nod
pad thud bob tug cap wrap unwrap tip sip whip ship step quit plug rev begin swap scan grin chat bat
pin dim shun split"""
DOUBLING = frozenset(_DOUBLING.split())
VOWELS = "aeiou"


def _first(phrase: str) -> tuple[str, str]:
    head, _, rest = phrase.partition(" ")
    return head, f" {rest}" if rest else ""


def third(phrase: str) -> str:
    """`"chop onions"` -> `"chops onions"`."""
    head, rest = _first(phrase)
    if head in ("have", "be", "do", "go"):
        return {"have": "has", "be": "is", "do": "does", "go": "goes"}[head] + rest
    if head.endswith(("s", "sh", "ch", "x", "z")):
        return head + "es" + rest
    if head.endswith("y") and head[-2] not in VOWELS:
        return head[:-1] + "ies" + rest
    return head + "s" + rest


def ing(phrase: str) -> str:
    """`"chop onions"` -> `"chopping onions"`."""
    head, rest = _first(phrase)
    if head.endswith("ie"):
        return head[:-2] + "ying" + rest
    if head.endswith("e") and not head.endswith(("ee", "oe", "ye")) and head != "be":
        return head[:-1] + "ing" + rest
    if head in DOUBLING:
        return head + head[-1] + "ing" + rest
    return head + "ing" + rest


def past(phrase: str) -> str:
    """`"chop onions"` -> `"chopped onions"`."""
    head, rest = _first(phrase)
    if head in PAST:
        return PAST[head] + rest
    if head.endswith("e"):
        return head + "d" + rest
    if head.endswith("y") and head[-2] not in VOWELS:
        return head[:-1] + "ied" + rest
    if head in DOUBLING:
        return head + head[-1] + "ed" + rest
    return head + "ed" + rest


def ongoing(phrase: str) -> str:
    """`ing`, without the beginning: `"start barking"` -> `"barking"`, `"begin to fall"` -> `"falling"`."""
    for start in ("start to ", "begin to "):
        if phrase.startswith(start):
            return ing(phrase.removeprefix(start))
    head, rest = _first(phrase)
    return (
        rest.strip()
        if head in ("start", "keep") and rest.split(" ")[1:2] and rest.split(" ")[1].endswith("ing")
        else ing(phrase)
    )


def article(noun: str) -> str:
    """`"owl"` -> `"an owl"`."""
    return ("an " if noun[0].lower() in VOWELS and not noun.startswith(("uni", "uku", "euro", "one")) else "a ") + noun
