"""Scripts as rows of token ids, with what is to be learnt at which place. Knows no tensors and no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from pipeline.model.conditioner import HEAD
from pipeline.model.listening import QUESTION, asked
from pipeline.model.script import Script, Segment
from pipeline.soundlab.narrative_sound import Context
from pipeline.training.stages.settings import BRACKETS, HEARD, MATCH, SCENE, TEXT
from pipeline.training.stages.sources import Sample, Sound

QUESTIONS = (
    QUESTION, "Describe the sound.", "What sound is this?", "Say in a few words what you hear.",
    "Caption this audio.", "What makes this sound?",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Told:
    """An event within a row: where its forced tokens begin, its caption, its sound and its scene, or None."""

    at: int
    caption: str
    sound: Sound | None
    scene: Context | None = None


@dataclass(eq=False)
class Row:
    """Token ids, the events among them, and for each loss of words the places whose token is to be foretold."""

    ids: list[int] = field(default_factory=list)
    events: list[Told] = field(default_factory=list)
    words: dict[str, list[int]] = field(default_factory=lambda: {BRACKETS: [], TEXT: [], HEARD: []})

    def add(self, ids: Sequence[int], *, learnt: str | None = None) -> None:
        """More ids; all of them are to be foretold if `learnt` names a loss."""
        if learnt is not None:
            self.words[learnt] += range(len(self.ids), len(self.ids) + len(ids))
        self.ids += ids


@dataclass(frozen=True, eq=False)
class Rows:
    """Turns samples into rows for a set of losses. What no loss looks at is left out at a row's end.

    most: tokens of a row; a script that has more ends with the last event that fits, its first at least.
    """

    script: Script
    losses: tuple[str, ...]
    most: int = 2048

    def whole(self, sample: Sample) -> Row:
        """A whole script: prompt, reasoning, events."""
        row = self.trunk(sample)
        learnt = TEXT if sample.spoken and TEXT in self.losses else None
        segments = self.script.segments(sample.timeline)[HEAD:]
        fit = _fitting([len(segment.ids) for segment in segments], self.most - len(row.ids) - 1)
        scenes = sample.scenes or (None,) * len(segments)
        told = zip(segments, sample.timeline.events, sample.sounds, scenes, strict=True)
        for number, (segment, event, sound, scene) in enumerate(islice(told, fit), 1):
            self._event(row, segment, Told(0, event.caption, sound, scene), learnt=learnt, ends=number == fit)
        if learnt and fit == len(segments):
            row.add([self.script.tokens.tags.end_turn], learnt=learnt)
        return row

    def trunk(self, sample: Sample) -> Row:
        """Prompt and reasoning."""
        row = Row()
        row.add(self.script.prompt(sample.timeline.story).ids)
        learnt = TEXT if sample.spoken and TEXT in self.losses else None
        row.add(self.script.thought(sample.timeline.reasoning).ids, learnt=learnt)
        return row

    def branches(self, sample: Sample) -> list[Row]:
        """Every event in a row of its own, to be read straight after some trunk."""
        rows = []
        segments = self.script.segments(sample.timeline)[HEAD:]
        for segment, event, sound in zip(segments, sample.timeline.events, sample.sounds, strict=True):
            row = Row()
            self._event(row, segment, Told(0, event.caption, sound), learnt=None, ends=True)
            rows.append(row)
        return rows

    def heard(self, caption: str, frames: int, question: str) -> tuple[Row, int]:
        """(a row in which a sound of so many frames is described, the place of the first frame)."""
        ids, place = asked(self.script, frames, question=question)
        row = Row()
        row.add(ids)
        answer = [*self.script.ids(self.script.harmless(caption)), self.script.tokens.tags.end_turn]
        row.add(answer, learnt=HEARD)
        return row, place

    def _event(self, row: Row, segment: Segment, told: Told, *, learnt: str | None, ends: bool) -> None:
        """Add an event's segment; `ends` where nothing follows it in its row."""
        assert segment.queries_at is not None
        row.add(segment.ids[: segment.queries_at], learnt=learnt)
        at = len(row.ids)
        row.events.append(replace(told, at=at))
        tokens = self.script.tokens
        forced = tokens.forced
        if ends and self.losses == (MATCH,):
            forced = forced[: tokens.bridging_slice.stop]
        if ends and self.losses == (SCENE,):
            forced = forced[: tokens.residual_slice.stop]
        row.add(forced)
        if BRACKETS in self.losses:
            queries = {*range(len(forced))[tokens.bridging_slice], *range(len(forced))[tokens.residual_slice]}
            row.words[BRACKETS] += [at + n for n in range(len(forced)) if n not in queries]


def _fitting(lengths: Sequence[int], room: int) -> int:
    """How many of the first stretches fit, one at least."""
    return max(1, int(np.searchsorted(np.cumsum(lengths), room, side="right")))


def question(rng: np.random.Generator) -> str:
    """One of the ways to ask what is heard."""
    return QUESTIONS[int(rng.integers(len(QUESTIONS)))]
