"""A folder of the user's own recordings with a captions file, as clips and narratives to train on.

    python -m pipeline.soundlab.own_recordings FOLDER [--out SET]

`captions.jsonl` or `captions.csv` has a row for each sound: `file` (below the folder) and `caption`; where wanted also
`start_s` and `end_s` (the part of the file), and `narrative` with `order`, `instruction`, `reasoning` and `tone`: rows
of one narrative are its events, one after another. Every bad row is told in one sentence that names file and line.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NoReturn

import numpy as np
import soundfile
import soxr

from pipeline.errors import AudioStoryError, FormatError
from pipeline.planner import prompts
from pipeline.soundlab.narrative_sound import Narrative, NarrativeEvent
from pipeline.soundlab.narratives import write
from pipeline.soundlab.registry import RATE_HZ
from pipeline.soundlab.scenes import Clip
from pipeline.soundlab.story_lexicon import capital

CAPTIONS = ("captions.jsonl", "captions.csv")
NEEDED = ("file", "caption")
FIELDS = (*NEEDED, "start_s", "end_s", "narrative", "order", "instruction", "reasoning", "tone")
LEAST_S = 0.1
Row = tuple[int, dict | str]


@dataclass(frozen=True, kw_only=True)
class OwnRow:
    """One checked row: the part from `start_s` to `end_s` of a sound file; `where` names the row in messages."""

    where: str
    path: Path
    caption: str
    start_s: float
    end_s: float
    narrative: str = ""
    order: int = 0
    instruction: str = ""
    reasoning: str = ""
    tone: str = ""


def _bad(where: str, what: str) -> NoReturn:
    raise FormatError(f"{where}: {what}")


def clips(folder: Path) -> Iterator[Clip]:
    """Every row as a clip: mono float32 [T] at RATE_HZ. Raises FormatError at the first bad row."""
    for row in rows(folder):
        yield Clip(samples(row), (row.caption,), ("",))


def narratives(folder: Path) -> Iterator[Narrative]:
    """Every narrative, a row without one being its own. Raises FormatError at the first bad row."""
    for group in _grouped(rows(folder)):
        yield _narrative(group)


def rows(folder: Path) -> list[OwnRow]:
    """The checked rows of a folder. Raises FormatError for the first bad one, or where there is no captions file."""
    good, bad = scanned(folder)
    if bad:
        raise bad[0]
    return good


def scanned(folder: Path) -> tuple[list[OwnRow], list[FormatError]]:
    """The good rows of a folder, and one error for each bad one. Audio is opened, its samples are not yet read.

    Raises FormatError where the captions file itself can't be read.
    """
    path = _captions_file(folder)
    good, bad = list[OwnRow](), list[FormatError]()
    for line, fields in _raw(path):
        where = f"{path.name} line {line}"
        try:
            good.append(_checked(folder, where, fields))
        except FormatError as error:
            bad.append(error)
    if not good and not bad:
        raise FormatError(f"{path} has no rows")
    return good, [*bad, *_clashes(good)]


def samples(row: OwnRow) -> np.ndarray:
    """A row's sound as mono float32 [T], T = round((end_s - start_s) * RATE_HZ), peak at most 1."""
    try:
        with soundfile.SoundFile(row.path) as file:
            rate_hz = file.samplerate
            file.seek(round(row.start_s * rate_hz))
            raw = file.read(round((row.end_s - row.start_s) * rate_hz), dtype="float32", always_2d=True).mean(1)
    except (soundfile.SoundFileError, OSError) as error:
        raise FormatError(f"{row.where}: {row.path.name} can't be read as audio") from error
    if not np.isfinite(raw).all():
        _bad(row.where, f"{row.path.name} holds samples that are not finite numbers")
    x = soxr.resample(raw, rate_hz, RATE_HZ, quality="HQ") if rate_hz != RATE_HZ else raw
    length = round((row.end_s - row.start_s) * RATE_HZ)
    x = np.pad(x[:length], (0, max(length - len(x), 0)))
    return np.ascontiguousarray(x / max(float(np.abs(x).max(initial=0.0)), 1.0), dtype=np.float32)


def _captions_file(folder: Path) -> Path:
    found = [folder / name for name in CAPTIONS if (folder / name).is_file()]
    if len(found) != 1:
        state = "holds both" if found else "holds neither"
        raise FormatError(f"{folder} {state} {CAPTIONS[0]} {'and' if found else 'nor'} {CAPTIONS[1]}; one is needed")
    return found[0]


def _raw(path: Path) -> Iterator[Row]:
    """(line number, fields as they stand or what is wrong) of every row that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise FormatError(f"{path} can't be read as UTF-8 text") from error
    return _raw_csv(path, text) if path.suffix == ".csv" else _raw_jsonl(text)


def _raw_jsonl(text: str) -> Iterator[Row]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            try:
                fields = json.loads(row)
            except (ValueError, RecursionError):
                fields = None
            yield line, fields if isinstance(fields, dict) else "this is not a JSON object"


def _raw_csv(path: Path, text: str) -> Iterator[Row]:
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    try:
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise FormatError(f"{path.name} line 1: the column {missing[0]!r} is missing")
        for row in reader:
            filled = {name: value for name, value in row.items() if value not in (None, "")}
            yield reader.line_num, "there are more values than columns" if None in row else filled
    except csv.Error as error:
        raise FormatError(f"{path.name} line {reader.line_num}: this is not a row of a CSV file ({error})") from error


def _checked(folder: Path, where: str, fields: dict | str) -> OwnRow:
    if isinstance(fields, str):
        _bad(where, fields)
    unknown = [str(name) for name in fields if name not in FIELDS]
    if unknown:
        _bad(where, f"there is no field {unknown[0]!r}; known are {', '.join(FIELDS)}")
    path, caption = _sound_file(folder, where, _text(where, fields, "file")), _text(where, fields, "caption")
    length_s = _length_s(where, path)
    start_s = _number(where, fields, "start_s", 0.0)
    end_s = _number(where, fields, "end_s", length_s)
    _check_span(where, path, start_s, end_s, length_s)
    order = _number(where, fields, "order", 0.0)
    if order != int(order):
        _bad(where, f"order must be a whole number, not {order:g}")
    optional = {name: _text(where, fields, name, needed=False) for name in ("instruction", "reasoning", "tone")}
    return OwnRow(
        where=where, path=path, caption=caption, start_s=start_s, end_s=min(end_s, length_s), order=int(order),
        narrative=_name(where, fields), **optional,
    )  # fmt: skip


def _text(where: str, fields: dict, name: str, *, needed: bool = True) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        _bad(where, f"{name} must be text, not {type(value).__name__}")
    clean = " ".join((value or "").split())
    if needed and not clean:
        _bad(where, f"the {name} is empty")
    return clean


def _name(where: str, fields: dict) -> str:
    """A narrative's id, which may be written as a whole number."""
    value = fields.get("narrative")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(where, fields, "narrative", needed=False)


def _number(where: str, fields: dict, name: str, default: float) -> float:
    value = fields.get(name)
    if value is None:
        return default
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        _bad(where, f"{name} must be a number, not {str(value)[:40]!r}")
    return number


def _sound_file(folder: Path, where: str, name: str) -> Path:
    try:
        path = (folder / name).resolve()
        inside, there = path.is_relative_to(folder.resolve()), path.is_file()
    except (OSError, ValueError, RuntimeError):  # a null character, a name too long, links in a circle
        _bad(where, f"{name[:80]!r} is no file name")
    if not inside:
        _bad(where, f"{name[:80]!r} lies outside the folder")
    if not there:
        _bad(where, f"there is no file {name[:80]!r} in the folder")
    return path


def _length_s(where: str, path: Path) -> float:
    try:
        info = soundfile.info(path)
    except (soundfile.SoundFileError, OSError):
        _bad(where, f"{path.name} can't be read as audio")
    return float(info.frames / info.samplerate)


def _check_span(where: str, path: Path, start_s: float, end_s: float, length_s: float) -> None:
    if start_s < 0:
        _bad(where, f"start_s is {start_s:g}; a sound starts at 0 or later")
    if end_s > length_s + LEAST_S:
        _bad(where, f"end_s is {end_s:g}, but {path.name} lasts only {length_s:.2f} s")
    if start_s >= min(end_s, length_s):
        _bad(where, f"start_s is {start_s:g} and the end is {min(end_s, length_s):g}; the start must come first")
    if min(end_s, length_s) - start_s < LEAST_S:
        _bad(where, f"the sound lasts {min(end_s, length_s) - start_s:.3f} s; at least {LEAST_S:g} s are needed")


def _grouped(checked: Iterable[OwnRow]) -> list[list[OwnRow]]:
    """The rows by narrative, in the order of their first rows, each in its own order."""
    groups: dict[str, list[OwnRow]] = {}
    for row in checked:
        groups.setdefault(f"id {row.narrative}" if row.narrative else row.where, []).append(row)
    return [sorted(group, key=lambda row: row.order) for group in groups.values()]


def _clashes(good: Sequence[OwnRow]) -> Iterator[FormatError]:
    """Rows of one narrative that contradict each other."""
    for group in _grouped(good):
        given = [row.order for row in group]
        for before, row in zip(group[:-1], group[1:], strict=True):
            if row.order == before.order and len(set(given)) > 1:
                yield FormatError(f"{row.where}: order {row.order} is already taken by {before.where}")
        for name in ("instruction", "reasoning", "tone"):
            said = [row for row in group if getattr(row, name)]
            for row in said[1:]:
                if getattr(row, name) != getattr(said[0], name):
                    yield FormatError(f"{row.where}: the narrative has another {name} in {said[0].where}")


def _narrative(group: Sequence[OwnRow]) -> Narrative:
    """The events of a narrative one after another; what the rows do not say follows from their captions."""
    heard = [samples(row) for row in group]
    ends = list(accumulate(len(x) for x in heard))
    events = tuple(
        NarrativeEvent(caption=row.caption, start_s=(end - len(x)) / RATE_HZ, end_s=end / RATE_HZ, samples=x)
        for row, x, end in zip(group, heard, ends, strict=True)
    )
    captions = [row.caption for row in group]
    return Narrative(
        instruction=_given(group, "instruction") or f"{capital(', then '.join(captions)).rstrip('.')}.",
        tone=_given(group, "tone"),
        total_s=ends[-1] / RATE_HZ,
        reasoning=_given(group, "reasoning") or prompts.listing(captions),
        events=events,
    )


def _given(group: Sequence[OwnRow], name: str) -> str:
    return next((value for row in group if (value := getattr(row, name))), "")


def main(arguments: list[str] | None = None) -> int:
    """Check a folder, and with --out write its narratives as a set. 0, or 1 where something is wrong."""
    parser = argparse.ArgumentParser(description="Check a folder of your own captioned recordings.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="write the narratives into this folder")
    args = parser.parse_args(arguments)
    try:
        good, bad = scanned(args.folder)
        sys.stderr.writelines(f"{error}\n" for error in bad)
        if args.out and not bad:
            write(args.out, (_narrative(group) for group in _grouped(good)))
    except (AudioStoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(good)} rows, {len(_grouped(good))} narratives, {len(bad)} problems\n")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
