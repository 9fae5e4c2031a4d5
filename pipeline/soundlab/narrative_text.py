"""The words of a narrative: captions that name a sound and nothing else, and the story that gives the context.

Where something is heard, how near, through which wall, and whether it was heard before stands in the story alone.
Of every group of wordings the last is held out for the test split.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.soundlab.narrative_places import BED_SAID, BED_WORDS, PLACES
from pipeline.soundlab.narrative_plan import FAR_DB, Bed, Plan
from pipeline.soundlab.registry import Concept
from pipeline.soundlab.story_lexicon import capital, pick

CONTEXT = re.compile(
    r"\b(in|into|inside|indoors?|outside|outdoors?|at|under|across|through|beneath|behind|near|nearby|nearer|by|over"
    r"|overhead|along|among|between|around|above|below|from|past|night|again|same|continu\w*|still|distan\w*|far\w*"
    r"|faint\w*|loud\w*|quiet\w*|muffl\w*|echo\w*|hollow|close\w*|away|approach\w*|reced\w*|resound\w*|growing)\b"
    r"|ring\w* out|\{(where|place|ground|distance|floor)\}",
    re.IGNORECASE,
)
NOTES: Mapping[str, tuple[str, ...]] = {
    "": ("{c}", "{c}"),
    "far": ("{c} in the distance", "far away, {c}", "{c}, far off", "{c}, a long way away"),
    "again": ("{c} again", "once more {c}", "again {c}", "{c}, the same as before", "the same one again: {c}"),
    "on": ("{c}, going on where it stopped", "the tune goes on: {c}", "still {c}", "{c}, carrying on"),
    "nearer": ("{c}, coming closer", "{c} drawing nearer", "{c}, louder and louder", "{c}, approaching"),
    "away": ("{c}, going away", "{c} fading into the distance", "{c}, softer and softer", "{c}, receding"),
    "through": ("{c} behind the walls", "muffled by the walls, {c}", "{c} outside", "from beyond the wall, {c}"),
    "clear": ("{c} in the open", "{c}, clear and near now", "{c} all around", "{c}, no longer muffled"),
    "door": ("a door opens and lets it in: {c}", "the door swings open, {c}", "someone opens the door: {c}"),
    "shut": ("the door closes on it: {c}", "the door falls shut, {c}", "someone closes the door behind us: {c}"),
}
JOINS = (", then ", "; ", ". ", ". Then ", ", and then ", ". After that, ", ". Next, ", ", followed by ", "; later ")
LAST_JOINS = (". Finally, ", ", and finally ", ". In the end, ", ". At last, ")
FIRST = ("{p}, {x}", "{p}: {x}", "the scene is {p}. {X}", "we are {p}; {x}", "it begins {p}: {x}", "a story {p}: {x}")
MOVED = (". Now {p}: {x}", ". Then, {p}, {x}", ". {P}, {x}", ". The scene moves; we are {p}: {x}", ". Next {p}: {x}")
BACK = (". Back {p}: {x}", ". Once more {p}, {x}", ". We return and are {p} again: {x}", ". Again {p}: {x}")
TONES: Mapping[str, float] = {
    "calm": -6.0, "peaceful": -6.0, "sad": -5.0, "nostalgic": -4.0, "cosy": -4.0, "lonely": -5.0, "dreamy": -4.0,
    "eerie": -3.0, "dark": -3.0, "mysterious": -3.0, "warm": -3.0, "comic": -2.0, "hopeful": -2.0, "joyful": -1.0,
    "playful": -1.0, "tense": -1.0, "dramatic": 0.0, "epic": 0.0, "frantic": 0.0, "heroic": 0.0,
}  # fmt: skip
PLAIN_DB = -2.0
BED_SHARE = 0.7
SAME_CAPTION_SHARE = 0.5


def said(rng: np.random.Generator, wordings: Sequence[str], *, held_out: bool) -> str:
    """One of a group of wordings: the last for the test split, any other for the rest."""
    return wordings[-1] if held_out else pick(rng, wordings[:-1])


def tone(rng: np.random.Generator) -> str:
    """A tone, or none."""
    return pick(rng, tuple(TONES)) if rng.random() < 0.5 else ""


def templates(concept: Concept, *, held_out: bool) -> list[str]:
    """The wordings of a concept that say nothing of where or how far."""
    return [text for text in (concept.held_out if held_out else concept.captions) if not CONTEXT.search(text)]


def telling(plan: Plan) -> re.Pattern[str]:
    """What no caption of this plan may contain: its places and its beds."""
    nouns = [noun for name in plan.beds for noun in PLACES[name].nouns]
    words = [word for bed in plan.beds.values() for word in BED_WORDS[bed.source.concept]]
    return re.compile("|".join(map(re.escape, dict.fromkeys([*nouns, *words]))), re.IGNORECASE)


def caption(
    rng: np.random.Generator, concept: Concept, words: Mapping[str, str], *, banned: re.Pattern[str], held_out: bool
) -> str | None:
    """A wording that names the sound and gives no context away, or None where the concept has none."""
    filled = [" ".join(text.format_map(dict(words)).split()) for text in templates(concept, held_out=held_out)]
    fit = [text for text in filled if not banned.search(text) and not CONTEXT.search(text)]
    return pick(rng, fit) if fit else None


def captions(
    rng: np.random.Generator,
    plan: Plan,
    table: Mapping[str, Concept],
    words: Mapping[str, Mapping[str, str]],
    *,
    held_out: bool,
) -> list[str] | None:
    """A caption for every beat, or None where one has none; what comes back is often called the same again."""
    banned, named, out = telling(plan), dict[str, str](), []
    for beat in plan.beats:
        concept = table[plan.sources[beat.source].concept]
        new = caption(rng, concept, words[beat.source], banned=banned, held_out=held_out)
        if new is None:
            return None
        first = named.setdefault(beat.source, new)
        out.append(first if rng.random() < SAME_CAPTION_SHARE else new)
    return out


def story(rng: np.random.Generator, plan: Plan, named: Sequence[str], *, held_out: bool) -> tuple[str, list[str]]:
    """The instruction without its total, and the sounds as it names them, in order."""
    lead = {name: said(rng, PLACES[name].wordings, held_out=held_out) for name in plan.beds}
    beds = {name: _bed_said(rng, bed, held_out=held_out) for name, bed in plan.beds.items()}
    phrases: list[str] = []
    text, visited = "", set[str]()
    for index, (beat, words) in enumerate(zip(plan.beats, named, strict=True)):
        note = beat.note or ("far" if beat.start_db <= FAR_DB else "")
        phrase = said(rng, NOTES[note], held_out=held_out).format(c=words)
        phrases.append(phrase)
        if index and beat.place == plan.beats[index - 1].place:
            last = index == len(named) - 1 and rng.random() < 0.5
            text += _after(said(rng, LAST_JOINS if last else JOINS, held_out=held_out), phrase)
        else:
            frames = FIRST if not index else BACK if beat.place in visited else MOVED
            text += _framed(said(rng, frames, held_out=held_out), _place(lead, beds, beat.place, visited), phrase)
        visited.add(beat.place)
    return capital(text) + ".", phrases


def _bed_said(rng: np.random.Generator, bed: Bed, *, held_out: bool) -> str:
    """A bed as most stories mention it, with a space before, or nothing."""
    return f" {said(rng, BED_SAID[bed.source.concept], held_out=held_out)}" if rng.random() < BED_SHARE else ""


def _place(lead: Mapping[str, str], beds: Mapping[str, str], place: str, visited: set[str]) -> str:
    return re.sub(r"\ban? ", "the ", lead[place], count=1) if place in visited else lead[place] + beds[place]


def _after(join: str, phrase: str) -> str:
    return join + (capital(phrase) if join == ". " else phrase)


def _framed(frame: str, place: str, phrase: str) -> str:
    return frame.format(p=place, P=capital(place), x=phrase, X=capital(phrase))
