"""The Universal Category System: its table of categories, and which of them a caption suggests.

The table is data (assets/ucs). A suggestion compares texts by an embedding that is handed in; `minilm` gives the
embedded one and is the only function here that needs torch. Knows nothing of files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from pipeline.errors import FormatError, MissingDependency
from pipeline.formats.files import replacing
from pipeline.settings import ASSETS

TABLE = ASSETS / "ucs" / "categories.csv"
VECTORS = ASSETS / "ucs" / "vectors.npz"
Embed = Callable[[Sequence[str]], np.ndarray]  # texts -> float [N, W], rows of length 1


@dataclass(frozen=True, kw_only=True)
class Category:
    """One row of the table: its CatID, the two names it stands for, what it means and words for it."""

    id: str
    category: str
    subcategory: str
    explanation: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A category and how alike it is to the caption, from -1 to 1."""

    category: Category
    likeness: float


def categories(path: Path = TABLE) -> tuple[Category, ...]:
    """The rows of the table, in its order; FormatError where the file is gone or is not that table."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_category(row) for row in csv.DictReader(file))
    except (OSError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise FormatError(f"the table of categories {path} can't be read") from error


def _category(row: dict[str, str]) -> Category:
    return Category(
        id=row["CatID"],
        category=row["Category"],
        subcategory=row["SubCategory"],
        explanation=row["Explanation"],
        synonyms=tuple(word.strip() for word in row["Synonyms"].split(",")),
    )


class CategorySuggester:
    """Suggests categories for captions.

    A caption is compared with each row's explanation and with each of its words; the likeness is the mean of the
    explanation's and the best word's. vectors: of `texts_of(table)`, where they are known; else embedded when asked.
    """

    def __init__(
        self, embed: Embed, table: Sequence[Category] | None = None, *, vectors: np.ndarray | None = None
    ) -> None:
        self._embed = embed
        self._table = tuple(categories() if table is None else table)
        self._vectors = vectors
        self._rows = np.array([i for i, row in enumerate(self._table) for _ in row.synonyms], dtype=int)

    def suggest(self, caption: str, *, count: int = 5) -> list[Suggestion]:
        """The `count` categories most alike to the caption, the likeliest first."""
        likeness = self._likeness(caption)
        best = np.argsort(-likeness, kind="stable")[:count]
        return [Suggestion(category=self._table[i], likeness=float(likeness[i])) for i in best]

    def _likeness(self, caption: str) -> np.ndarray:
        if self._vectors is None:
            self._vectors = self._embed(texts_of(self._table))
        alike = self._vectors @ self._embed([caption])[0]
        meaning, words = np.split(alike, [len(self._table)])
        best = np.full(len(self._table), -1.0)
        np.maximum.at(best, self._rows, words)
        return (meaning + best) / 2


def texts_of(table: Sequence[Category]) -> list[str]:
    """What is embedded of a table: every row's explanation, then every row's words."""
    return [row.explanation for row in table] + [word for row in table for word in row.synonyms]


def suggester() -> CategorySuggester:
    """The suggester with the embedded MiniLM; WeightsMissing or MissingDependency where it is not installed."""
    table = categories()
    return CategorySuggester(minilm(), table, vectors=_kept_vectors(table))


def keep_vectors(path: Path = VECTORS) -> None:
    """Embed the table with MiniLM and keep the result beside it: to be run once after the table was changed."""
    table = categories()
    vectors = minilm()(texts_of(table)).astype(np.float16)
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, vectors=vectors, made_of=np.frombuffer(_fingerprint(table), np.uint8))


def _kept_vectors(table: Sequence[Category], path: Path = VECTORS) -> np.ndarray | None:
    """The kept vectors, unless they are of another table."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        if kept["made_of"].tobytes() != _fingerprint(table):
            return None
        return np.asarray(kept["vectors"], dtype=np.float32)


def _fingerprint(table: Sequence[Category]) -> bytes:
    return sha256("\n".join(texts_of(table)).encode()).digest()


@cache
def minilm() -> Embed:
    """The embedded MiniLM as an embedding of texts; WeightsMissing or MissingDependency where it is not installed."""
    try:
        from pipeline.model.text_states import TextStates, pooled
    except ImportError as error:
        raise MissingDependency(f"suggesting categories needs {error.name}: pip install {error.name}") from error
    states = TextStates()

    def embed(texts: Sequence[str]) -> np.ndarray:
        parts = [pooled(states.encode(texts[i : i + 64])).cpu().numpy() for i in range(0, len(texts), 64)]
        vectors = np.concatenate(parts)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return embed
