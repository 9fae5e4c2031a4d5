"""What is remembered of takes, and how an event wants to be rendered. Values only; knows no disk and no model."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256

from pipeline.errors import ProjectError
from pipeline.settings import RenderSettings

MAX_VARIATIONS = 4
RENDER, RECORDING = "render", "recording"
FROM_NOISE = 1.0
_FILE = re.compile(r"[0-9a-f]{12,32}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def digest(parts: object) -> str:
    """Thirty-two hex digits that stand for a value of plain JSON."""
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class TakeRecord:
    """What is remembered of one take: the event as it was when the take was made, and where the audio is.

    samples at rate_hz; `context` is the fingerprint of what the model heard before the event, if it did, and `tone` the
    event's own, where it was heard (None: not recorded); `file` names the audio, which several records may share when
    the same content was asked for twice. A varied take began at the noise level `strength` (0 to 1) from the latents of
    the audio file `parent`. A recording (`source`) was brought in under `name`, and nothing that is written about its
    event makes it stale.
    """

    id: str
    event_id: str
    file: str
    caption: str
    duration_s: float
    seed: int
    steps: int
    guidance: float
    renderer: str
    context: str
    samples: int
    rate_hz: int
    made_at: str
    parent: str = ""
    strength: float = FROM_NOISE
    source: str = RENDER
    name: str = ""
    negative: str = ""
    tone: str | None = None

    def __post_init__(self) -> None:
        """Refuse what a file of unknown origin must not say: names that are no ids, numbers that are none."""
        named = _FILE.fullmatch(self.file) and (not self.parent or _FILE.fullmatch(self.parent))
        if not (named and _ID.fullmatch(self.id) and _ID.fullmatch(self.event_id)):
            raise ProjectError("a take has a name that is no id")
        numbers = (self.duration_s, self.seed, self.steps, self.guidance, self.samples, self.rate_hz, self.strength)
        if not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers) or self.rate_hz < 1:
            raise ProjectError("a take has a number that is none")

    @property
    def key(self) -> str:
        """Content key: a hash of everything that made the take."""
        parts = [self.renderer, self.caption, self.seed, self.steps, self.guidance, self.context, self.samples]
        if self.strength < FROM_NOISE:
            parts += [self.parent, self.strength]
        if self.negative:
            parts += ["not", self.negative]
        if self.tone:
            parts += ["tone", self.tone]
        return digest(parts if self.source == RENDER else [self.source, self.file, self.samples])

    @property
    def recorded(self) -> bool:
        """Whether somebody brought this audio in."""
        return self.source == RECORDING


@dataclass(frozen=True, kw_only=True)
class Options:
    """How one event wants to be rendered: its own steps and guidance (None: the project's), and how many at once.

    locked: no Render touches it and a new plan keeps it. seed_locked: Regenerate keeps its seed. alone: it is rendered
    from its caption alone, whatever stands before it.
    """

    steps: int | None = None
    guidance: float | None = None
    variations: int = 1
    locked: bool = False
    seed_locked: bool = False
    alone: bool = False

    def __post_init__(self) -> None:
        self.over(RenderSettings())  # refuses steps and guidance that cannot be
        checked_count(self.variations)
        if not isinstance(self.locked, bool) or not isinstance(self.seed_locked, bool):
            raise ProjectError("a lock is on or off")
        if not isinstance(self.alone, bool):
            raise ProjectError("rendering from the caption alone is on or off")

    def over(self, settings: RenderSettings) -> RenderSettings:
        """The project's settings with this event's own ones laid over them."""
        steps = settings.steps if self.steps is None else self.steps
        guidance = settings.guidance if self.guidance is None else self.guidance
        return RenderSettings(steps=steps, guidance=guidance)


def derived_seed(seed: int, number: int) -> int:
    """The seed of the variation `number` (from 1) of a locked seed: always the same one, and of one seed no two alike.

    It is drawn by a hash, and drawn again where that gives the seed itself or an earlier variation's.
    """
    taken, drawn = {seed}, seed
    for earlier in range(1, number + 1):
        drawn, again = _drawn(seed, f"{earlier}"), 0
        while drawn in taken:
            again += 1
            drawn = _drawn(seed, f"{earlier}, draw {again + 1}")
        taken.add(drawn)
    return drawn


def _drawn(seed: int, which: str) -> int:
    return int.from_bytes(sha256(f"{seed}/variation {which}".encode()).digest()[:4], "big") >> 1


def checked_count(count: object) -> int:
    """A number of takes to make at once, 1 to 4."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_VARIATIONS:
        raise ProjectError(f"1 to {MAX_VARIATIONS} variations are made at once, not {count!r:.40}")
    return count


def now() -> str:
    """The moment, in UTC to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
