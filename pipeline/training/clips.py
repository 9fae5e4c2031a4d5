"""The training set on disk: soundlab's clips drawn once into a cache, read back by memory map.

    python -m pipeline.training.clips --split train --count 8000 --out cache/train

Deterministic: clip N is the same on every machine. The cache may be deleted and is never committed.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.errors import FormatError
from pipeline.soundlab.scenes import RecordingBank, clip

log = logging.getLogger(__name__)
SCALE = 32767.0
CHUNK = 50


@dataclass(frozen=True)
class Row:
    """Where one clip lies in the cache, and what may be said of it."""

    start: int
    length: int
    captions: tuple[str, ...]
    concepts: tuple[str, ...]


@lru_cache(maxsize=1)
def _bank(folder: str) -> RecordingBank | None:
    return RecordingBank(Path(folder)) if folder else None


def _drawn(job: tuple[str, int, int, str]) -> list[tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]]:
    split, first, last, recordings = job
    out = []
    for index in range(first, last):
        c = clip(split, index, bank=_bank(recordings))
        out.append(((np.clip(c.samples, -1, 1) * SCALE).astype(np.int16), c.captions, c.concepts))
    return out


def build(folder: Path, *, split: str, count: int, workers: int = 2, recordings: str = "") -> None:
    """Draw `count` clips of a split into `folder`: audio.i16 and rows.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(split, i, min(i + CHUNK, count), recordings) for i in range(0, count, CHUNK)]
    at = 0
    with (
        ProcessPoolExecutor(workers) as pool,
        (folder / "audio.i16").open("wb") as audio,
        (folder / "rows.jsonl").open("w") as rows,
    ):
        for done, part in enumerate(pool.map(_drawn, jobs), 1):
            for samples, captions, concepts in part:
                audio.write(samples.tobytes())
                rows.write(json.dumps([at, len(samples), captions, concepts]) + "\n")
                at += len(samples)
            log.info("%s: %d of %d clips, %.1f h", split, min(done * CHUNK, count), count, at / 44100 / 3600)


class ClipCache:
    """Reads a cache that `build` wrote."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "rows.jsonl").is_file():
            raise FormatError(f"there is no clip cache in {folder}: run python -m pipeline.training.clips first")
        lines = (folder / "rows.jsonl").read_text().splitlines()
        self.rows = [Row(a, n, tuple(c), tuple(k)) for a, n, c, k in map(json.loads, lines)]
        self._audio = np.memmap(folder / "audio.i16", np.int16, "r")

    def __len__(self) -> int:
        return len(self.rows)

    def samples(self, index: int) -> np.ndarray:
        """Mono float32 [T] of one clip."""
        row = self.rows[index]
        return self._audio[row.start : row.start + row.length].astype(np.float32) / SCALE

    def crops(self, rng: np.random.Generator, *, length: int, batch: int) -> np.ndarray:
        """Random crops [batch, length], drawn evenly over the clips that are long enough."""
        out = np.zeros((batch, length), np.float32)
        for i in range(batch):
            row = self.rows[rng.integers(len(self.rows))]
            at = row.start + int(rng.integers(0, max(row.length - length, 0) + 1))
            cut = self._audio[at : at + min(length, row.length)]
            out[i, : len(cut)] = cut.astype(np.float32) / SCALE
        return out

    def captions(self) -> Iterator[str]:
        """Every distinct caption, sorted."""
        return iter(sorted({c for row in self.rows for c in row.captions}))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Draw soundlab's clips into a cache.")
    parser.add_argument("--split", default="train", choices=("train", "valid", "test"))
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--recordings", default="", help="folder with the packages of pipeline.soundlab.recordings")
    args = parser.parse_args()
    build(args.out, split=args.split, count=args.count, workers=args.workers, recordings=args.recordings)


if __name__ == "__main__":
    main()
