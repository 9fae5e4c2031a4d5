"""Narratives as AudioStory trains on them: instruction, reasoning, and events with start, end, caption and audio.

    python -m pipeline.soundlab.narratives --split train --count 1000 --out cache/narratives

Narrative N of a split is the same for ever. What came before decides how an event sounds: its room, its bed, its level
and the sources that come back stand in the story and in earlier events, never in the event's own caption.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.errors import AudioStoryError, FormatError, SettingsError
from pipeline.planner import prompts
from pipeline.soundlab import narrative_text as text
from pipeline.soundlab.narrative_plan import Plan, plan
from pipeline.soundlab.narrative_sound import Context, Narrative, NarrativeEvent, Takes, contexts, edges, track
from pipeline.soundlab.registry import RATE_HZ, Concept, auditioned
from pipeline.soundlab.scenes import SPLITS

__all__ = ["Context", "Narrative", "NarrativeEvent", "NarrativeSet", "build", "cut", "narrative", "told"]

log = logging.getLogger(__name__)
SCHEMA = "soundlab.narratives/1"
AUDIO, ROWS = "audio.i16", "narratives.jsonl"
STREAM = 10_000  # apart from the streams of single clips, which are drawn from (split, index)
SCALE, CHUNK, TRIES = 32767.0, 10, 40


@lru_cache(maxsize=1)
def _table() -> dict[str, Concept]:
    return auditioned()


@lru_cache(maxsize=2)
def _allowed(*, held_out: bool) -> frozenset[str]:
    return frozenset(name for name, concept in _table().items() if text.templates(concept, held_out=held_out))


def narrative(split: str, index: int, *, unheard: bool = False) -> Narrative:
    """Narrative number `index` of "train", "valid" or "test"; the test split says only held-out wordings.

    unheard: as words and contexts alone, its events without samples: made in a small part of the time, of the same
    plan, and perhaps in other words. Raises SettingsError for a split or a number that does not exist.
    """
    if split not in SPLITS or index < 0:
        raise SettingsError(f"there is no narrative {index} of the split {split!r}: known are {', '.join(SPLITS)}")
    held_out = split == "test"
    for attempt in range(TRIES):  # a plan whose sounds can't be named without telling the place is drawn again
        rng = np.random.default_rng([STREAM + SPLITS[split], index, attempt])
        made = told(plan(rng, _allowed(held_out=held_out)), rng, held_out=held_out, unheard=unheard)
        if made is not None:
            return made
    raise RuntimeError(f"narrative {index} of {split} can't be worded: a bug in soundlab")


def told(chosen: Plan, rng: np.random.Generator, *, held_out: bool, unheard: bool = False) -> Narrative | None:
    """A plan as sound and words, or as words alone; None where a caption would have to give the place or bed away."""
    takes = Takes(chosen, _table(), unheard=unheard)
    named = text.captions(rng, chosen, _table(), takes.words, held_out=held_out)
    if named is None:
        return None
    tone = text.tone(rng)
    tone_db = text.TONES.get(tone, text.PLAIN_DB)
    instruction, phrases = text.story(rng, chosen, named, held_out=held_out)
    bounds = edges([beat.seconds for beat in chosen.beats])
    samples = np.zeros(0, np.float32) if unheard else track(chosen, takes, _table(), tone_db=tone_db)
    events = cut(samples, named, bounds, contexts(chosen, tone_db=tone_db))
    return Narrative(
        instruction=instruction, tone=tone, total_s=bounds[-1], reasoning=prompts.listing(phrases), events=events
    )


def cut(
    samples: np.ndarray, captions: list[str], bounds: list[float], truths: tuple[Context, ...]
) -> tuple[NarrativeEvent, ...]:
    """A track [T] cut into its events at `bounds`, one more than events, in seconds."""
    pairs = zip(bounds[:-1], bounds[1:], strict=True)
    return tuple(
        NarrativeEvent(
            caption=c, start_s=a, end_s=b, samples=samples[round(a * RATE_HZ) : round(b * RATE_HZ)], context=truth
        )
        for c, (a, b), truth in zip(captions, pairs, truths, strict=True)
    )


def _row(made: Narrative, at: int) -> dict:
    """A narrative's line on disk; `at` is its first sample in the audio file. Events lie one after another."""
    events = [
        {
            "caption": e.caption, "start_s": e.start_s, "end_s": e.end_s, "length": len(e.samples),
            "context": None if e.context is None else asdict(e.context),
        }
        for e in made.events
    ]  # fmt: skip
    head = {"instruction": made.instruction, "tone": made.tone, "total_s": made.total_s, "reasoning": made.reasoning}
    return {**head, "at": at, "events": events}


def _job(job: tuple[str, int, int]) -> list[Narrative]:
    split, first, last = job
    return [narrative(split, index) for index in range(first, last)]


def build(folder: Path, *, split: str, count: int, workers: int = 2) -> None:
    """Draw the first `count` narratives of a split into `folder`. Raises SettingsError for numbers out of range."""
    if count < 1 or workers < 1:
        raise SettingsError(f"a set needs at least one narrative and one worker, not {count} and {workers}")
    jobs = [(split, i, min(i + CHUNK, count)) for i in range(0, count, CHUNK)]
    if workers == 1:
        write(folder, (made for job in jobs for made in _job(job)))
        return
    with ProcessPoolExecutor(workers) as pool:
        write(folder, (made for part in pool.map(_job, jobs) for made in part))


def write(folder: Path, narratives: Iterable[Narrative]) -> None:
    """Write narratives into `folder` as audio.i16 and narratives.jsonl; an interrupted run leaves no half set."""
    folder.mkdir(parents=True, exist_ok=True)
    audio, rows = folder / f"{AUDIO}.part", folder / f"{ROWS}.part"
    at = 0
    with audio.open("wb") as sound, rows.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps({"schema": SCHEMA, "rate_hz": RATE_HZ}) + "\n")
        for done, made in enumerate(narratives, 1):
            lines.write(json.dumps(_row(made, at)) + "\n")
            for event in made.events:
                sound.write((np.clip(event.samples, -1, 1) * SCALE).astype("<i2").tobytes())
                at += len(event.samples)
            if done % CHUNK == 0:
                log.info("%d narratives, %.2f h", done, at / RATE_HZ / 3600)
    audio.replace(folder / AUDIO)
    rows.replace(folder / ROWS)


class NarrativeSet:
    """Reads a folder that `build` or `write` made; the audio is a memory map, read where it is asked for."""

    def __init__(self, folder: Path) -> None:
        if not (folder / ROWS).is_file() or not (folder / AUDIO).is_file():
            raise FormatError(f"there are no narratives in {folder}: run python -m pipeline.soundlab.narratives first")
        head, *lines = (folder / ROWS).read_text(encoding="utf-8").splitlines() or [""]
        if _parsed(head, folder).get("schema") != SCHEMA:
            raise FormatError(f"{folder / ROWS} is no set of narratives of the kind {SCHEMA}")
        self.rows = [_parsed(line, folder) for line in lines]
        self._audio = np.memmap(folder / AUDIO, "<i2", "r")
        wanted = sum(event["length"] for row in self.rows for event in row["events"])
        if len(self._audio) != wanted:
            raise FormatError(f"{folder / AUDIO} holds {len(self._audio):,} samples, not {wanted:,}: build it again")

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Narrative:
        """One narrative with its samples."""
        row = self.rows[index]
        at, events = row["at"], []
        for event in row["events"]:
            samples = self._audio[at : at + event["length"]].astype(np.float32) / SCALE
            at += event["length"]
            context = None if event["context"] is None else Context(**event["context"])
            fields = {name: event[name] for name in ("caption", "start_s", "end_s")}
            events.append(NarrativeEvent(**fields, samples=samples, context=context))
        head = {name: row[name] for name in ("instruction", "tone", "total_s", "reasoning")}
        return Narrative(**head, events=tuple(events))


def _parsed(line: str, folder: Path) -> dict:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise FormatError(f"{folder / ROWS} is damaged: build it again")
    return row


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0, or 1 for a problem told in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Draw soundlab's narratives into a folder.")
    parser.add_argument("--split", default="train", choices=tuple(SPLITS))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(arguments)
    try:
        build(args.out, split=args.split, count=args.count, workers=args.workers)
    except (AudioStoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
