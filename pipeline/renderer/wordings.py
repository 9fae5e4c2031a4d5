"""Other words for a caption, out of those that nano learnt its sounds by: the ways to say the sound that is meant.

Knows the table of phrases and how to compare texts by their token states; nothing of sounds or stories.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import WeightsMissing
from pipeline.settings import ASSETS

if TYPE_CHECKING:
    from torch import Tensor

    from pipeline.model.text_states import TextStates

PHRASES = ASSETS / "soundlab" / "phrases.json"
LEAST_LIKE = 0.64  # cosine: below it a caption means something that is not in the table
_SAMPLED = 5  # ways to say a sound by which it is found, beside its name
_NEAREST = 3  # how many of these decide how near it is to a caption
_CHOICE = 8  # offers are drawn from so many of the nearest ways
_BATCH = 128


class Wordings:
    """The table of phrases by concept, read and encoded when it is first asked; `texts` is the text encoder."""

    def __init__(self, texts: TextStates, *, table: Path = PHRASES) -> None:
        self._texts, self._table = texts, table

    def of(self, caption: str, *, count: int, seed: int) -> list[str]:
        """At most `count` other ways to say a caption, the nearest first; none for a sound that is not in the table.

        Seed 0 gives the nearest ones, another seed draws among the near ones.
        """
        asked = self._encoded([caption])[0]
        name, nearness = self._nearest(asked)
        if nearness < LEAST_LIKE:
            return []
        phrases = [phrase for phrase in self._phrases[name] if _bare(phrase) != _bare(caption)]
        order = (self._encoded(phrases) @ asked).argsort(descending=True).tolist()
        others = [phrases[place] for place in order]
        if not seed:
            return others[:count]
        near = others[:_CHOICE]
        drawn = random.Random(seed).sample(near, min(count, len(near)))
        return sorted(drawn, key=near.index)

    @cached_property
    def _phrases(self) -> Mapping[str, list[str]]:
        try:
            return json.loads(self._table.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise WeightsMissing(f"the table of phrases {self._table} is missing or damaged") from error

    def _nearest(self, asked: Tensor) -> tuple[str, float]:
        """The concept that a unit vector [width] is nearest to, and how near, -1 to 1."""
        parts = (asked @ self._index.T).split([len(_samples(*item)) for item in self._phrases.items()])
        found = {
            name: float(part.topk(_NEAREST).values.mean()) for name, part in zip(self._phrases, parts, strict=True)
        }
        name = max(found, key=found.__getitem__)
        return name, found[name]

    @cached_property
    def _index(self) -> Tensor:
        """Unit vectors [texts, width] by which concepts are found, concept by concept."""
        return self._encoded([text for item in self._phrases.items() for text in _samples(*item)])

    def _encoded(self, texts: Sequence[str]) -> Tensor:
        import torch

        from pipeline.model.text_states import pooled

        parts = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
        vectors = torch.cat([pooled(self._texts.encode(part)) for part in parts])
        return torch.nn.functional.normalize(vectors, dim=-1)


def _samples(name: str, phrases: Sequence[str]) -> list[str]:
    """A concept's name in words, and some ways to say it."""
    return [name.replace("_", " "), *phrases[:_SAMPLED]]


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).strip(".")
