"""Where scripts to train on come from: encoded clips, encoded narratives, and soundlab's texts without a sound.

Every source gives timelines, as the language model will read them, with the sound of each event where there is one.
A part of every folder is held out, always the same for a seed. Knows neither tokens nor networks.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline.errors import FormatError, SettingsError
from pipeline.planner import prompts
from pipeline.soundlab.narrative_sound import Context
from pipeline.soundlab.narratives import NarrativeSet, narrative
from pipeline.soundlab.registry import RATE_HZ
from pipeline.soundlab.stories import example
from pipeline.soundlab.story_lexicon import capital
from pipeline.timeline import MIN_TOTAL_S, Event, Story, Timeline
from pipeline.training.clips import ClipCache
from pipeline.training.stages.settings import StageSettings

LATENTS, FRAMES = "latents.f16", "frames.npy"
EARS, EARS_FRAMES, EARS_JSON = "ears.f16", "ears_frames.npy", "ears.json"
NARRATIVES = 1_000_000  # numbers of those that are drawn as text
MAX_FRAMES = 645  # longer sounds are read about, but not rendered


@dataclass(frozen=True, eq=False)
class Sound:
    """How an event sounds: latents float32 [frames, channels], and its length in seconds.

    within: whether it is a part of a narrative, so that its caption alone does not say how it sounds.
    """

    latents: np.ndarray
    seconds: float
    within: bool = False


@dataclass(frozen=True, eq=False)
class Sample:
    """A script with its sounds, None where there is none. `spoken`: its words are worth learning to write.

    scenes: the truth about each event's surroundings, None where it is not known.
    """

    timeline: Timeline
    sounds: tuple[Sound | None, ...]
    spoken: bool
    scenes: tuple[Context | None, ...] | None = None


class Source(Protocol):
    """Draws samples; `events` is the most that a made-up script may have."""

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:
        """One sample."""
        ...


def parts(count: int, *, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers 0 to count - 1 in two parts: to train on, and held out (a share, at least one where there is one)."""
    order = np.random.default_rng([seed, count]).permutation(count)
    kept = 0 if held_out == 0 else max(1, round(held_out * count))
    return np.sort(order[kept:]), np.sort(order[:kept])


class Stretches:
    """Rows of float16 numbers of several lengths, one after another on disk, read by memory map."""

    def __init__(self, numbers: Path, lengths: Path, *, width: int, made_by: str) -> None:
        if not numbers.is_file() or not lengths.is_file():
            raise FormatError(f"there is no {numbers.name} in {numbers.parent}: run {made_by} first")
        counts = np.load(lengths)
        self._ends = np.cumsum(counts)
        flat = np.memmap(numbers, np.float16, "r")
        if len(flat) != int(counts.sum()) * width:
            raise FormatError(f"{numbers} does not hold {int(counts.sum()):,} frames of {width}: make it again")
        self._rows: np.ndarray = flat.reshape(-1, width)

    def __len__(self) -> int:
        return len(self._ends)

    def frames(self, index: int) -> int:
        """The length of one stretch."""
        return int(self._ends[index] - (self._ends[index - 1] if index else 0))

    def __getitem__(self, index: int) -> np.ndarray:
        """One stretch, float32 [frames, width]."""
        end = int(self._ends[index])
        return self._rows[end - self.frames(index) : end].astype(np.float32)


class Clips:
    """Single sounds: scripts are made up of a few of them.

    told: the share of scripts that look planned, with a reasoning; the others look as if a person wrote their events.
    """

    def __init__(self, folder: Path, *, channels: int, told: float) -> None:
        self.cache, self._told = ClipCache(folder), told
        made_by = "python -m pipeline.training.latents"
        self.latents = Stretches(folder / LATENTS, folder / FRAMES, width=channels, made_by=made_by)
        if len(self.latents) != len(self.cache):
            raise FormatError(f"{folder} has {len(self.cache)} clips and the latents of {len(self.latents)}")
        self.indices = np.arange(len(self.cache))

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:
        """See `Source`."""
        chosen = rng.choice(self.indices, int(rng.integers(1, events + 1)))
        captions = [self.caption(rng, index) for index in chosen]
        sounds = tuple(self._sound(index) for index in chosen)
        seconds = [self.cache.rows[index].length / RATE_HZ for index in chosen]
        made = tuple(Event(caption=c, duration_s=s) for c, s in zip(captions, seconds, strict=True))
        told = bool(rng.random() < self._told)
        story = Story(text=_told_by(captions, planned=told), duration_s=max(sum(seconds), MIN_TOTAL_S))
        reasoning = prompts.listing(captions) if told else ""
        return Sample(Timeline(story=story, reasoning=reasoning, events=made), sounds, spoken=False)

    def caption(self, rng: np.random.Generator, index: int) -> str:
        """One of a clip's captions."""
        return str(rng.choice(self.cache.rows[index].captions))

    def _sound(self, index: int) -> Sound | None:
        return _sound(self.latents, index, self.cache.rows[index].length / RATE_HZ, within=False)


class Narratives:
    """Whole narratives with their own reasoning."""

    def __init__(self, folder: Path, *, channels: int) -> None:
        self.rows = NarrativeSet(folder).rows
        made_by = "python -m pipeline.training.stages.data"
        self._latents = Stretches(folder / LATENTS, folder / FRAMES, width=channels, made_by=made_by)
        self._first = np.cumsum([0, *(len(row["events"]) for row in self.rows)])
        if len(self._latents) != self._first[-1]:
            raise FormatError(f"{folder} has {self._first[-1]} events and the latents of {len(self._latents)}")
        self.indices = np.arange(len(self.rows))

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:  # noqa: ARG002
        """See `Source`; a narrative has as many events as it has."""
        return self.sample(int(rng.choice(self.indices)))

    def sample(self, index: int) -> Sample:
        """One narrative."""
        row, first = self.rows[index], int(self._first[index])
        seconds = [event["length"] / RATE_HZ for event in row["events"]]
        sounds = tuple(_sound(self._latents, first + n, s, within=True) for n, s in enumerate(seconds))
        lengths = [event["end_s"] - event["start_s"] for event in row["events"]]
        pairs = zip(row["events"], lengths, strict=True)
        made = tuple(Event(caption=e["caption"], duration_s=s, tone=row["tone"]) for e, s in pairs)
        story = Story(text=row["instruction"], duration_s=max(row["total_s"], MIN_TOTAL_S), tone=row["tone"])
        timeline = Timeline(story=story, reasoning=row["reasoning"], events=made)
        told = [event["context"] for event in row["events"]]
        scenes = tuple(None if context is None else Context(**context) for context in told)
        return Sample(timeline, sounds, spoken=True, scenes=scenes)


class Lexicon:
    """Soundlab's stories: endless, and without any sound."""

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:  # noqa: ARG002
        """See `Source`; a story has as many events as it has."""
        made = example(rng)
        story = Story(text=made.text, duration_s=max(made.total_s, MIN_TOTAL_S), tone=made.tone)
        told = tuple(Event(caption=c, duration_s=s, tone=made.tone) for c, s in made.events)
        timeline = Timeline(story=story, reasoning=made.reasoning, events=told)
        return Sample(timeline, (None,) * len(told), spoken=True)


class Unheard:
    """Soundlab's narratives as words and scenes alone: endless, and without any sound.

    told: the share that looks planned, with a reasoning.
    """

    def __init__(self, split: str, *, told: float) -> None:
        self._split, self._told = split, told

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:  # noqa: ARG002
        """See `Source`; a narrative has as many events as it has."""
        made = narrative(self._split, int(rng.integers(NARRATIVES)), unheard=True)
        story = Story(text=made.instruction, duration_s=max(made.total_s, MIN_TOTAL_S), tone=made.tone)
        told = tuple(Event(caption=e.caption, duration_s=e.duration_s, tone=made.tone) for e in made.events)
        reasoning = made.reasoning if rng.random() < self._told else ""
        timeline = Timeline(story=story, reasoning=reasoning, events=told)
        scenes = tuple(event.context for event in made.events)
        return Sample(timeline, (None,) * len(told), spoken=bool(reasoning), scenes=scenes)


@dataclass(frozen=True, eq=False)
class Mixed:
    """Several sources, each drawn from with its share. `clips` is also what can be listened to."""

    sources: tuple[Source, ...]
    shares: tuple[float, ...]
    clips: Clips | None

    def draw(self, rng: np.random.Generator, *, events: int) -> Sample:
        """See `Source`."""
        chosen = rng.choice(len(self.sources), p=np.array(self.shares) / sum(self.shares))
        return self.sources[int(chosen)].draw(rng, events=events)


def sources(settings: StageSettings, *, channels: int) -> tuple[Mixed, Mixed | None]:
    """(to train on, held out or None): the sources that the settings name. SettingsError where they name none."""
    given: list[tuple[float, Clips | Narratives]] = []
    for name, folder, share in (
        ("clips", settings.clips, settings.clip_share),
        ("narratives", settings.narratives, settings.narrative_share),
    ):
        if folder is None and share > 0 and name == "narratives":
            raise SettingsError("narrative_share is set, but no folder of narratives")
        if folder is not None and share > 0:
            made = Clips(folder, channels=channels, told=settings.told) if name == "clips" else None
            given.append((share, made or Narratives(folder, channels=channels)))
    train, held = (_part(settings, given, which) for which in (0, 1))
    if not train.sources:
        raise SettingsError("there is nothing to train on: set clips, narratives, lexicon_share or unheard_share")
    return train, held if held.sources and settings.held_out else None


def _part(settings: StageSettings, given: Sequence[tuple[float, Clips | Narratives]], which: int) -> Mixed:
    """The train part (0) or the held-out part (1) of all sources."""
    found: list[tuple[float, Source]] = []
    clips = None
    for share, source in given:
        own = copy.copy(source)
        own.indices = parts(len(source.indices), held_out=settings.held_out, seed=settings.split_seed)[which]
        if len(own.indices):
            found.append((share, own))
            clips = own if isinstance(own, Clips) else clips
    if settings.lexicon_share > 0:
        found.append((settings.lexicon_share, Lexicon()))
    if settings.unheard_share > 0:
        found.append((settings.unheard_share, Unheard(("train", "valid")[which], told=settings.told)))
    return Mixed(tuple(source for _, source in found), tuple(share for share, _ in found), clips)


def _sound(latents: Stretches, index: int, seconds: float, *, within: bool) -> Sound | None:
    return Sound(latents[index], seconds, within) if latents.frames(index) <= MAX_FRAMES else None


def _told_by(captions: Sequence[str], *, planned: bool) -> str:
    """A story that names its sounds and nothing else: as a planner gets it, or of a timeline without a story."""
    if not planned or len(captions) == 1:
        return ". ".join(captions)
    return f"{capital(', then '.join(captions)).rstrip('.')}."
