"""A grammar of sound stories: (story, total, tone) with the plan a listener would expect, drawn from a written lexicon.

Captions copy the story's own words, so that a model trained on this learns to copy words it has never met. Knows
nothing about tokens or models. Everything is drawn from the numpy Generator passed in: one seed, one story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.planner import prompts
from pipeline.soundlab import story_parts as parts
from pipeline.soundlab.story_lexicon import Clause, Sound, capital, pick, word

COUNTS, COUNT_WEIGHTS = range(1, 11), np.array([8, 17, 26, 24, 11, 6, 4, 2, 1, 1]) / 100
KIND_SECONDS = {"i": (1.0, 3.5), "s": (2.0, 6.0), "m": (4.0, 10.0), "a": (6.0, 16.0)}
MIN_SHARE_S = 0.5
JOINS = (
    ", ",
    ", ",
    ", ",
    ", and ",
    " and ",
    ", then ",
    ", and then ",
    "; ",
    ". ",
    ". ",
    ". ",
    ". Then ",
    " while ",
    " as ",
    " before ",
    ". After that, ",
    ". Suddenly, ",
    ". Later, ",
    ". Next, ",
    ". A moment later, ",
    ". Meanwhile, ",
    " until ",
    ", but then ",
    ". In the distance, ",
    ". Outside, ",
    "; then ",
    ", followed by the moment when ",
    " - ",
    "... ",
    ", and soon ",
    ", whereupon ",
    ". Soon after, ",
    "; meanwhile ",
    ", and at last ",
)
LAST_JOINS = (
    ", and finally ",
    ". Finally, ",
    ", and ",
    ", and ",
    " and ",
    ". In the end, ",
    ". At last, ",
    ", then ",
    "; finally ",
)
NOMINAL_JOINS = (
    ", ",
    ", ",
    ", then ",
    " followed by ",
    "; ",
    " and ",
    " and then ",
    ", and ",
    " -> ",
    " with ",
    ", later ",
    " giving way to ",
    ". ",
    ". Then ",
    "\n",
    " + ",
    ", after that ",
)
SOUNDS_LIKE = (", near", ", growing louder", ", softer now", ", steady", ", far off", ", fading out", ", close by")


@dataclass(frozen=True)
class Example:
    """One training pair. `events` are (caption, seconds) that sum to `total_s`; `reasoning` names the sounds."""

    text: str
    total_s: float
    tone: str
    reasoning: str
    events: tuple[tuple[str, float], ...]


def example(rng: np.random.Generator) -> Example:
    """Draw one story and its plan."""
    count = int(rng.choice(COUNTS, p=COUNT_WEIGHTS))
    text, sounds = _story(rng, count)
    total_s = _total(rng, sounds)
    sounds = _elaborated(rng, _distinct(sounds), total_s)
    seconds = _shares(rng, sounds, total_s)
    events = tuple((sound.caption, second) for sound, second in zip(sounds, seconds, strict=True))
    tone = word(rng, "tones") if rng.random() < 0.3 else ""
    return Example(text, total_s, tone, prompts.listing([sound.key for sound in sounds]), events)


def _story(rng: np.random.Generator, count: int) -> tuple[str, list[Sound]]:
    nominal = rng.random() < (0.5 if count == 1 else 0.16)
    tense = "nominal" if nominal else pick(rng, parts.TENSES)
    clauses = _clauses(rng, count, tense)
    text = _joined(rng, clauses, nominal=nominal)
    return _finished(rng, text, nominal=nominal), [sound for clause in clauses for sound in clause.sounds]


def _clauses(rng: np.random.Generator, count: int, tense: str) -> list[Clause]:
    clauses: list[Clause] = []
    agent = parts.agent(rng)
    while sum(len(clause.sounds) for clause in clauses) < count:
        room = count - sum(len(clause.sounds) for clause in clauses)
        now = tense if rng.random() < 0.9 else pick(rng, parts.TENSES)
        clauses.append(
            parts.clause(rng, "nominal" if tense == "nominal" else now, room=room, agent=agent, first=not clauses)
        )
    if tense != "nominal" and rng.random() < 0.08 and count > 1:
        clauses[-1] = parts.silence(rng)
    return clauses


def _joined(rng: np.random.Generator, clauses: Sequence[Clause], *, nominal: bool) -> str:
    uniform = pick(rng, (", ", ". ", "; ", ", then ", ", ")) if rng.random() < 0.35 else ""
    text = clauses[0].text
    for index, clause in enumerate(clauses[1:], 1):
        last = index == len(clauses) - 1
        choices = NOMINAL_JOINS if nominal else (LAST_JOINS if last and rng.random() < 0.6 else JOINS)
        join = uniform if uniform and not (last and rng.random() < 0.7) else pick(rng, choices)
        starts = join in (". ", "\n")
        text += join + (capital(clause.text) if starts else clause.text)
    return text


def _finished(rng: np.random.Generator, text: str, *, nominal: bool) -> str:
    """Add what surrounds the sounds (an opening, a setting, a request), or strip it to bare words."""
    style = rng.random()
    if nominal:
        text = (
            pick(
                rng,
                (
                    "",
                    "",
                    "",
                    "The sound of ",
                    "Sounds of ",
                    "Make ",
                    "I want ",
                    "Create an audio of ",
                    "Please generate ",
                    "A scene with ",
                ),
            )
            + text
        )
    elif style < 0.22:
        text = parts.setting(rng) + text
    elif style < 0.36:
        text = parts.opening(rng) + " " + capital(text)
    elif style < 0.46:
        text = parts.title(rng) + text
    elif style < 0.52:
        text = (
            pick(
                rng,
                (
                    "We hear how ",
                    "Listen: ",
                    "I remember it well: ",
                    "Imagine that ",
                    "Create audio in which ",
                    "Witnesses say that ",
                    "A film scene: ",
                ),
            )
            + text
        )
    if rng.random() < 0.06:
        return text.lower().rstrip(".")
    return capital(text) + ("" if text.endswith(".") or (nominal and rng.random() < 0.6) else ".")


def _distinct(sounds: Sequence[Sound]) -> list[Sound]:
    """No two captions of a plan are equal: a repeat is marked as one."""
    seen: set[str] = set()
    result = []
    for sound in sounds:
        caption = sound.caption
        for extra in (" again", " once more", " one last time", ", still going"):
            caption = caption if caption not in seen else sound.caption + extra
        seen.add(caption)
        result.append(Sound(sound.key, caption, sound.kind))
    return result


def _elaborated(rng: np.random.Generator, sounds: list[Sound], total_s: float) -> list[Sound]:
    """A single long sound becomes two or three stretches of it, each heard a little differently."""
    if len(sounds) > 1 or total_s < 30 or rng.random() < 0.3:
        return sounds
    count = 2 if total_s < 60 else 3
    endings = rng.choice(len(SOUNDS_LIKE), size=count - 1, replace=False)
    captions = [sounds[0].caption] + [sounds[0].caption + SOUNDS_LIKE[i] for i in endings]
    return [
        Sound(sounds[0].key + ("" if n == 0 else SOUNDS_LIKE[endings[n - 1]]), caption, "a")
        for n, caption in enumerate(captions)
    ]


def _total(rng: np.random.Generator, sounds: Sequence[Sound]) -> float:
    natural = sum(rng.uniform(*KIND_SECONDS[sound.kind]) for sound in sounds) * float(np.exp(rng.normal(0, 0.45)))
    total_s = float(np.clip(natural, max(3.0, 1.3 * len(sounds)), 180.0))
    return round(total_s, 1) if rng.random() < 0.2 else float(max(3, round(total_s)))


def _shares(rng: np.random.Generator, sounds: Sequence[Sound], total_s: float) -> list[float]:
    """Seconds per sound in tenths, by kind, summing to the total exactly."""
    weights = np.array([rng.uniform(*KIND_SECONDS[sound.kind]) for sound in sounds])
    tenths = round(total_s * 10)
    least = round(MIN_SHARE_S * 10)
    free = tenths - least * len(sounds)
    edges = np.round(np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum() * free).astype(int)
    return [float(share + least) / 10 for share in np.diff(edges)]
