"""When a project was thrown away, written beside it, and how long it stays in the trash. Knows one folder at a time."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.files import replacing

NOTE = "thrown.txt"
KEPT_DAYS = 30


def noted(folder: Path, *, at: datetime | None = None) -> datetime:
    """Write when this folder came into the trash (now, by default); a disk that takes no note is left as it is."""
    at = at or datetime.now(timezone.utc)
    with contextlib.suppress(OSError, FormatError), replacing(folder / NOTE) as part:
        part.write_text(at.isoformat(timespec="seconds"), encoding="ascii")
    return at


def thrown_at(folder: Path) -> datetime:
    """When it came there; where nothing says so its time begins now."""
    try:
        at = datetime.fromisoformat((folder / NOTE).read_text(encoding="ascii"))
        return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    except (OSError, ValueError):
        return noted(folder)


def until(folder: Path) -> datetime:
    """The moment from which it may be removed for good."""
    return thrown_at(folder) + timedelta(days=KEPT_DAYS)
