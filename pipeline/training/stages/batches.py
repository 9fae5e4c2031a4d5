"""Rows to tensors: what one pass of a stage reads, and what it has to come to.

A step's scripts are sorted by length and cut into its passes, so that rows of one pass are padded little; padding
stands at the end, where a causal model never sees it. Rows of the layout "branches" share one trunk, which is read
once. Knows no network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.model.listening import pooled
from pipeline.training.scene import CHOICES, SceneTokens
from pipeline.training.stages.scripts import Row, Rows, Told, question
from pipeline.training.stages.settings import BRACKETS, BRANCHES, FLOW, HEARD, MATCH, SCENE, TEXT, StageSettings
from pipeline.training.stages.sources import Clips, Mixed, Stretches

KEPT_CAPTIONS = 20_000


@dataclass(frozen=True, eq=False)
class Words:
    """Tokens to be foretold: from the states at (rows, places), the token after each. All [N]."""

    rows: Tensor
    places: Tensor
    tokens: Tensor


@dataclass(frozen=True, eq=False)
class Flow:
    """Events of one latent length: their numbers [n], latents [n, frames, channels], seconds [n].

    dropped: [n], whether an event goes without its condition. exact: [n], whether what it is comes from the text
    encoder and not from its bridging tokens. alone: [n], whether that is all, as where a caption is all there is.
    """

    events: Tensor
    latents: Tensor
    seconds: Tensor
    dropped: Tensor
    exact: Tensor
    alone: Tensor


@dataclass(frozen=True, eq=False)
class Hearing:
    """Sounds to describe: ids [B, T], pooled states [N, width] of the ears, and where each of these stands, [N]."""

    ids: Tensor
    states: Tensor
    rows: Tensor
    places: Tensor
    words: Words


@dataclass(frozen=True, eq=False)
class Scenes:
    """Events whose scene is known: their numbers [n], scene tokens [n, slots, width], and by slot what it is, [n]."""

    events: Tensor
    tokens: Tensor
    choices: dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Batch:
    """One pass. ids: [B, T] after the trunk [L], which may be empty; E events at (rows, places), with targets.

    places: where an event's forced tokens begin. targets: [E, bridging, width], the text encoder's states.
    """

    trunk: Tensor
    ids: Tensor
    rows: Tensor
    places: Tensor
    targets: Tensor
    words: dict[str, Words]
    flow: tuple[Flow, ...]
    hearing: Hearing | None
    scenes: Scenes | None = None

    def counts(self) -> dict[str, int]:
        """How much each loss is a mean of."""
        found = {name: len(words.tokens) for name, words in self.words.items()}
        flow, scenes = sum(f.latents.numel() for f in self.flow), len(self.scenes.events) if self.scenes else 0
        heard = len(self.hearing.words.tokens) if self.hearing else 0
        return {**found, MATCH: len(self.rows), FLOW: flow, HEARD: heard, SCENE: scenes}

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return _moved(self, device)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: _moved(item, device) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_moved(item, device) for item in value)
    if value is None:
        return None
    return type(value)(**{field.name: _moved(getattr(value, field.name), device) for field in fields(value)})


class Targets:
    """Text states of captions [N, bridging, width], each computed once and kept while there is room."""

    def __init__(self, encode: Callable[[Sequence[str]], Tensor], *, bridging: int) -> None:
        self._encode, self._bridging = encode, bridging
        self._kept: OrderedDict[str, Tensor] = OrderedDict()

    def of(self, captions: Sequence[str]) -> Tensor:
        """float32; a text encoder that gives fewer tokens leaves zeros, one that gives more is cut."""
        new = [caption for caption in dict.fromkeys(captions) if caption not in self._kept]
        if new:
            self._kept.update(zip(new, self._encode(new).float().cpu(), strict=True))
        found = [self._kept[caption] for caption in captions]
        while len(self._kept) > KEPT_CAPTIONS:
            self._kept.popitem(last=False)
        states = torch.stack(found)[:, : self._bridging]
        return torch.nn.functional.pad(states, (0, 0, 0, self._bridging - states.shape[1]))


class Batches:
    """Draws the passes of a step: the same for the same generator."""

    def __init__(
        self,
        rows: Rows,
        targets: Targets,
        settings: StageSettings,
        ears: Stretches | None,
        scenes: SceneTokens | None = None,
    ) -> None:
        self._rows, self._targets, self._settings, self._ears, self._scenes = rows, targets, settings, ears, scenes
        self._filler = int(rows.script.tokens.tags.end_turn)

    def step(self, source: Mixed, rng: np.random.Generator, *, dropout: float) -> list[Batch]:
        """`accumulate` passes."""
        s = self._settings
        if s.layout == BRANCHES:
            drawn = [self._branches(source, rng) for _ in range(s.accumulate)]
        else:
            whole = [self._rows.whole(source.draw(rng, events=s.events)) for _ in range(s.accumulate * s.rows)]
            whole.sort(key=lambda row: len(row.ids))
            drawn = [(Row(), whole[at : at + s.rows]) for at in range(0, len(whole), s.rows)]
        return [self._batch(trunk, rows, source.clips, rng, dropout) for trunk, rows in drawn]

    def _branches(self, source: Mixed, rng: np.random.Generator) -> tuple[Row, list[Row]]:
        first = source.draw(rng, events=self._settings.events)
        rows = self._rows.branches(first)
        while len(rows) < self._settings.rows:
            rows += self._rows.branches(source.draw(rng, events=self._settings.rows))
        return self._rows.trunk(first), rows[: self._settings.rows]

    def _batch(
        self, trunk: Row, rows: list[Row], clips: Clips | None, rng: np.random.Generator, dropout: float
    ) -> Batch:
        events = [event for row in rows for event in row.events]
        losses = self._rows.losses
        told = [name for name in (BRACKETS, TEXT) if name in losses]
        return Batch(
            trunk=torch.tensor(trunk.ids, dtype=torch.long),
            ids=_padded(rows, self._filler),
            rows=torch.tensor([n for n, row in enumerate(rows) for _ in row.events]),
            places=torch.tensor([event.at for event in events]),
            targets=self._targets.of([event.caption for event in events]),
            words={name: _words(rows, name) for name in told},
            flow=self._flow(events, rng, dropout) if FLOW in losses else (),
            hearing=self._hearing(clips, rng) if HEARD in losses and clips is not None else None,
            scenes=self._told_scenes(events) if SCENE in losses else None,
        )

    def _told_scenes(self, events: Sequence[Told]) -> Scenes | None:
        known = [(number, event.scene) for number, event in enumerate(events) if event.scene is not None]
        if self._scenes is None or not known:
            return None
        contexts = [context for _, context in known]
        choices = {slot: self._scenes.choices(contexts, slot) for slot in CHOICES}
        return Scenes(torch.tensor([number for number, _ in known]), self._scenes.of(contexts), choices)

    def _flow(self, events: Sequence[Told], rng: np.random.Generator, dropout: float) -> tuple[Flow, ...]:
        """As many events as `flow_frames` holds, in a random choice; the shortest one where none fits."""
        sounds = {n: event.sound for n, event in enumerate(events) if event.sound is not None}
        room, chosen = self._settings.flow_frames, list[int]()
        for number in rng.permutation(list(sounds)).tolist():
            if len(sounds[number].latents) <= room:
                chosen.append(number)
                room -= len(sounds[number].latents)
        if sounds and not chosen:
            chosen = [min(sounds, key=lambda n: len(sounds[n].latents))]
        equal: dict[int, list[int]] = {}
        for number in sorted(chosen):
            equal.setdefault(len(sounds[number].latents), []).append(number)
        draws = self._settings.draws
        return tuple(
            Flow(
                events=torch.tensor(group).repeat(draws),
                latents=torch.from_numpy(np.stack([sounds[n].latents for n in group])).repeat(draws, 1, 1),
                seconds=torch.tensor([sounds[n].seconds for n in group], dtype=torch.float32).repeat(draws),
                dropped=torch.from_numpy(rng.random(len(group) * draws) < dropout),
                exact=torch.from_numpy(rng.random(len(group) * draws) < self._settings.exact_share),
                alone=torch.from_numpy(rng.random(len(group) * draws) < self._settings.alone_share)
                & ~torch.tensor([sounds[n].within for n in group]).repeat(draws),
            )
            for group in equal.values()
        )

    def _hearing(self, clips: Clips, rng: np.random.Generator) -> Hearing:
        ears = self._ears if self._ears is not None else clips.latents
        made, parts, at = [], [], list[int]()
        for index in rng.choice(clips.indices, self._settings.heard_rows):
            states = torch.from_numpy(ears[int(index)])
            parts.append(pooled(states, self._settings.ears_every) if self._ears is None else states)
            row, place = self._rows.heard(clips.caption(rng, index), len(parts[-1]), question(rng))
            made.append(row)
            at.append(place)
        return Hearing(
            ids=_padded(made, self._filler),
            states=torch.cat(parts),
            rows=torch.tensor([n for n, part in enumerate(parts) for _ in range(len(part))]),
            places=torch.tensor([p + k for p, part in zip(at, parts, strict=True) for k in range(len(part))]),
            words=_words(made, HEARD),
        )


def _padded(rows: Sequence[Row], filler: int) -> Tensor:
    longest = max(len(row.ids) for row in rows)
    return torch.tensor([row.ids + [filler] * (longest - len(row.ids)) for row in rows])


def _words(rows: Sequence[Row], name: str) -> Words:
    """Where the tokens of a loss are foretold from. A row's first token has nothing before it to foretell it from."""
    found = [(n, place - 1, row.ids[place]) for n, row in enumerate(rows) for place in row.words[name] if place]
    columns = torch.tensor(found, dtype=torch.long).reshape(-1, 3)
    return Words(columns[:, 0], columns[:, 1], columns[:, 2])
