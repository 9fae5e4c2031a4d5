"""A project's history on disk: lines of JSON that are only appended. Knows no projects beside their states.

`project.json` says how many bytes of the journal belong to it. What lies behind them was never confirmed and is cut
off by the next line. A journal that is damaged costs the undo of earlier sessions, never the project.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.files import reason, replacing
from studio.history import History, Line, State, replay

log = logging.getLogger(__name__)
NAME = "history.jsonl"
_ROOM = 1 << 16  # bytes of lines that lead nowhere any more before a journal is written anew


def read(folder: Path, *, length: int, present: State) -> tuple[History, int]:
    """The history up to `length` bytes, and how long its journal is; a fresh one where it does not lead to `present`.

    The journal is written anew once what can no longer be reached outweighs the rest.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(length)
        if len(data) != length or not length:
            raise ValueError("a part is missing")
        history = replay(json.loads(line) for line in data.decode("utf-8").splitlines())
        if dict(history.present) != dict(present):
            raise ValueError("it does not lead to the present state")
    except FileNotFoundError:
        return History([present]), 0
    except (OSError, ValueError, AttributeError) as error:
        log.warning("the history of %s can't be read, so nothing before now can be undone: %s", folder.name, error)
        return History([present]), 0
    return history, length


def compacted(folder: Path, history: History, *, length: int) -> int:
    """Write the journal anew if most of it is of no use any more; returns how long it is then."""
    lines = [_text(line) for line in history.lines()]
    size = sum(map(len, lines))
    if length <= 2 * size + _ROOM:
        return length
    with replacing(folder / NAME) as part:
        part.write_bytes(b"".join(lines))
    return size


def append(folder: Path, lines: list[Line], *, length: int) -> int:
    """Put lines behind the first `length` bytes, on the disk; returns the new length. FormatError when it can't."""
    path = folder / NAME
    data = b"".join(map(_text, lines))
    try:
        with path.open("r+b" if length else "wb") as file:
            file.truncate(length)
            file.seek(length)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FormatError(f"the project's history can't be written: {reason(error)}") from error
    return length + len(data)


def _text(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8") + b"\n"
