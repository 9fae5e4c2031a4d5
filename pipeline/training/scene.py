"""Scene tokens: what a caption does not tell of an event, as a few vectors among the text encoder's own states.

Place, room and bed are each the pooled states of a short phrase, of which there is a table. Levels and how open the way
to the source is are numbers, and lie between the pooled states of two phrases. So a transformer that learnt captions
knows much of what they mean, and a language model that is unsure says what is between. The transformer learns to hear
them and the language model to say them, each without the other. Knows neither of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.model.text_states import pooled
from pipeline.soundlab.narrative_places import BED_WORDS, PLACES, ROOMS
from pipeline.soundlab.narrative_sound import Context

Encode = Callable[[Sequence[str]], Tensor]
"""Captions to states [N, tokens, width], zero past a caption's end."""

NORM = 8.0  # of a phrase's token: that of MiniLM's token states
CONTRAST, NEARNESS = 0.3, 2.5  # of the choice within a slot's table: its weight, and the distance that counts as near
ROOM_SAID = {
    "open": "outdoors in the open air", "street": "echoing between houses", "small": "in a small room",
    "tiled": "in a tiled room", "hall": "echoing in a large hall", "cave": "echoing in a cave",
    "cabin": "inside the cabin of a vehicle", "water": "muffled under water",
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, str]] = {
    "place": {name: f"in the {name}" for name in PLACES},
    "room": {name: ROOM_SAID[name] for name in ROOMS},
    "bed": {name: f"{name.replace('_', ' ')} in the background" for name in BED_WORDS},
}


@dataclass(frozen=True)
class Scale:
    """A number of a context, and the phrases that stand for two values of it."""

    of: Callable[[Context], float]
    low: float
    low_said: str
    high: float
    high_said: str


SCALES: Mapping[str, Scale] = {
    "bed level": Scale(lambda c: c.bed_db, -30.0, "with a faint background", -8.0, "with a loud background"),
    "level": Scale(
        lambda c: (c.level_db + c.level_end_db) / 2, -18.0, "faint, in the distance", 0.0, "loud and close"
    ),
    "level change": Scale(
        lambda c: c.level_end_db - c.level_db, -18.0, "fading away into the distance", 18.0, "coming closer and closer"
    ),
    "openness": Scale(
        lambda c: (c.open_start + c.open_end) / 2, 0.0, "muffled behind a wall", 1.0, "clear, in the open"
    ),
    "opening": Scale(lambda c: c.open_end - c.open_start, -1.0, "a door is shut on it", 1.0, "a door is opened to it"),
}  # fmt: skip
SLOTS = (*CHOICES, *SCALES)


class SceneTokens:
    """Contexts to tokens [N, SLOTS, width], in the order of `SLOTS`."""

    def __init__(self, encode: Encode) -> None:
        self._names = {slot: list(said) for slot, said in CHOICES.items()}
        self.tables = {slot: _tokens(encode, list(said.values())) for slot, said in CHOICES.items()}
        self._ends = {slot: _tokens(encode, [s.low_said, s.high_said]) for slot, s in SCALES.items()}

    def of(self, contexts: Sequence[Context]) -> Tensor:
        """float32 [N, SLOTS, width]."""
        columns = [self.tables[slot][self.choices(contexts, slot)] for slot in CHOICES]
        for slot in SCALES:
            low, high = self._ends[slot]
            columns.append(torch.lerp(low, high, self.numbers(contexts, slot)[:, None]))
        return torch.stack(columns, 1)

    def choices(self, contexts: Sequence[Context], slot: str) -> Tensor:
        """Which row of a slot's table each context has, [N]."""
        return torch.tensor([self._names[slot].index(getattr(context, slot)) for context in contexts])

    @staticmethod
    def numbers(contexts: Sequence[Context], slot: str) -> Tensor:
        """A slot's number of each context, 0 and 1 being the ends of its scale, [N]."""
        scale = SCALES[slot]
        return torch.tensor([(scale.of(context) - scale.low) / (scale.high - scale.low) for context in contexts])

    def nearest(self, tokens: Tensor, slot: str) -> Tensor:
        """Which row of a slot's table is nearest to each of tokens [N, width], [N]."""
        return torch.cdist(tokens, self.tables[slot]).argmin(-1)

    def read(self, tokens: Tensor, slot: str) -> Tensor:
        """What number tokens [N, width] of a slot tell, in its own unit, [N]."""
        (low, high), scale = self._ends[slot], SCALES[slot]
        along = (tokens - low) @ (high - low) / (high - low).square().sum()
        return scale.low + along * (scale.high - scale.low)

    def loss(self, said: Tensor, tokens: Tensor, choices: Mapping[str, Tensor]) -> Tensor:
        """How far said tokens [n, SLOTS, width] are from `tokens`, and from the right one of a table, added up over n.

        The squared distance over a token's own squared length, and CONTRAST times the cross entropy of a choice by
        distances to all of a slot's table; both are means over slots.
        """
        off = (said - tokens).square().sum(-1).mean() * len(said) / NORM**2
        for row, slot in enumerate(CHOICES):
            near = -torch.cdist(said[:, row], self.tables[slot].to(said)).square() / (2 * NEARNESS**2)
            off = off + CONTRAST / len(CHOICES) * functional.cross_entropy(near, choices[slot], reduction="sum")
        return off

    def judged(self, said: Tensor, tokens: Tensor, choices: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """By slot, [n]: 1 where the nearest choice is the right one, else 0; how far a number is off, in its unit."""
        rows = {slot: said[:, SLOTS.index(slot)].cpu() for slot in SLOTS}
        found = {slot: (self.nearest(rows[slot], slot) == choices[slot].cpu()).float() for slot in CHOICES}
        for slot in SCALES:
            told = self.read(tokens[:, SLOTS.index(slot)].cpu(), slot)
            found[slot] = (self.read(rows[slot], slot) - told).abs()
        return found


@torch.no_grad()
def _tokens(encode: Encode, phrases: list[str]) -> Tensor:
    """The pooled states of phrases, all of one length, [N, width]."""
    return NORM * functional.normalize(pooled(encode(phrases).float()), dim=-1)
