"""The story and its timeline: what happens, in what order, for how long.

Values only: every edit returns a copy, no value can exist in a bad state, and nothing here knows of
models, audio samples or files. Imports neither torch nor gradio.
"""

from __future__ import annotations

import math
import re
import reprlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256

from pipeline.errors import AudioStoryError, PlanError

MAX_STORY_CHARS = 5_000
MAX_CAPTION_CHARS = 400
MAX_TONE_CHARS = 200
MAX_REASONING_CHARS = 20_000
MIN_EVENT_S, MAX_EVENT_S = 0.1, 600.0
MIN_TOTAL_S, MAX_TOTAL_S = 1.0, 3_600.0
MAX_EVENTS = 1_000
MAX_FADE_S = 30.0
DEFAULT_FADE_S = 0.5
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Curve(str, Enum):
    """The shape of a crossfade or a fade; `pipeline.mixer` gives each its formula."""

    EQUAL_POWER = "equal_power"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"
    LOGARITHMIC = "logarithmic"
    S_CURVE = "s_curve"


def new_id() -> str:
    """A fresh identifier for an event or a take."""
    return uuid.uuid4().hex[:12]


def event_seed(story_seed: int, event_id: str) -> int:
    """Stable per event: re-rendering one event never changes another. 0 <= seed < 2**53, exact in JSON."""
    return int.from_bytes(sha256(f"{story_seed}/{event_id}".encode()).digest()[:8], "big") >> 11


def _repr(value: object) -> str:
    """A value as a message shows it: never long, whatever it is."""
    return reprlib.repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a number that long"


def _checked_text(text: object, *, what: str, most: int, empty: bool = False) -> str:
    if not isinstance(text, str):
        raise PlanError(f"{what} must be text, not {type(text).__name__}")
    if any("\ud800" <= char <= "\udfff" for char in text):  # bytes that were not text; no file could hold them
        raise PlanError(f"{what} holds characters that are not text")
    clean = " ".join(text.split())
    if not clean and not empty:
        raise PlanError(f"{what} is empty")
    if len(clean) > most:
        raise PlanError(f"{what} has {len(clean):,} characters; at most {most:,} fit")
    return clean


def _checked_number(value: object, *, what: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PlanError(f"{what} must be a number, not {_repr(value)}")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond the largest float
        number = math.inf
    if not (math.isfinite(number) and least <= number <= most):  # refuses NaN too
        raise PlanError(f"{what} is {number:g} s; allowed is {least:g} to {most:g} s")
    return number


def checked_curve(value: object, *, what: str, error: type[AudioStoryError] = PlanError) -> Curve:
    """The curve of this name; `error` lists those there are."""
    try:
        return Curve(value)
    except ValueError:
        raise error(f"{what} is one of {', '.join(c.value for c in Curve)}, not {_repr(value)}") from None


@dataclass(frozen=True, kw_only=True)
class Story:
    """The user's narrative, the length of the track in seconds, and its tone (may be empty)."""

    text: str
    duration_s: float
    tone: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", _checked_text(self.text, what="the story", most=MAX_STORY_CHARS))
        object.__setattr__(self, "tone", _checked_text(self.tone, what="the tone", most=MAX_TONE_CHARS, empty=True))
        total = _checked_number(self.duration_s, what="the total duration", least=MIN_TOTAL_S, most=MAX_TOTAL_S)
        object.__setattr__(self, "duration_s", total)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One sub-event: what is heard, for how many seconds, and the seed of its noise.

    negative: what should not be heard, for renderers that take such a caption; may be empty.
    """

    caption: str
    duration_s: float
    tone: str = ""
    seed: int = 0
    id: str = field(default_factory=new_id)
    negative: str = ""

    def __post_init__(self) -> None:
        caption = _checked_text(self.caption, what="a caption", most=MAX_CAPTION_CHARS)
        object.__setattr__(self, "caption", caption)
        name = f"the duration of “{caption[:60]}”"
        duration = _checked_number(self.duration_s, what=name, least=MIN_EVENT_S, most=MAX_EVENT_S)
        object.__setattr__(self, "duration_s", duration)
        object.__setattr__(self, "tone", _checked_text(self.tone, what="a tone", most=MAX_TONE_CHARS, empty=True))
        negative = _checked_text(self.negative, what="a negative caption", most=MAX_CAPTION_CHARS, empty=True)
        object.__setattr__(self, "negative", negative)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 2**53:
            raise PlanError(f"a seed must be a whole number from 0 to 2^53 - 1, not {_repr(self.seed)}")
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise PlanError(f"an event's id must be 1 to 64 letters, digits, - or _, not {_repr(self.id)}")


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """The crossfade between two neighbouring events: the length wanted, in seconds, and the curve."""

    length_s: float = DEFAULT_FADE_S
    curve: Curve = Curve.EQUAL_POWER

    def __post_init__(self) -> None:
        length = _checked_number(self.length_s, what="a crossfade", least=0.0, most=MAX_FADE_S)
        object.__setattr__(self, "length_s", length)
        object.__setattr__(self, "curve", checked_curve(self.curve, what="a crossfade's curve"))


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The ordered events of a story, joined by boundaries: one fewer than events.

    Boundaries that are not given are filled in with the default; ids are unique.
    """

    story: Story
    events: tuple[Event, ...]
    boundaries: tuple[Boundary, ...] = ()
    reasoning: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(self.events))
        seams = max(len(self.events) - 1, 0)
        if len(self.events) > MAX_EVENTS:
            raise PlanError(f"a timeline holds at most {MAX_EVENTS:,} events, not {len(self.events):,}")
        if len({e.id for e in self.events}) != len(self.events):
            raise PlanError("two events of a timeline have the same id")
        if len(self.boundaries) not in (0, seams):
            raise PlanError(f"{len(self.events)} events are joined by {seams} crossfades, not {len(self.boundaries)}")
        object.__setattr__(self, "boundaries", tuple(self.boundaries) or (Boundary(),) * seams)
        if self.duration_s > MAX_TOTAL_S + 1e-6:
            raise PlanError(f"the events last {self.duration_s:,.1f} s in all; at most {MAX_TOTAL_S:,.0f} s fit")
        if not isinstance(self.reasoning, str):
            raise PlanError(f"the reasoning must be text, not {type(self.reasoning).__name__}")
        reasoning = self.reasoning.encode("utf-8", "replace").decode().strip()
        if len(reasoning) > MAX_REASONING_CHARS:
            raise PlanError(f"the reasoning has {len(reasoning):,} characters; at most {MAX_REASONING_CHARS:,} fit")
        object.__setattr__(self, "reasoning", reasoning)

    @property
    def duration_s(self) -> float:
        """The sum of the events' durations: the length of the mix."""
        return math.fsum(e.duration_s for e in self.events)

    def index_of(self, event_id: str) -> int:
        """Position of an event; PlanError when it is not there."""
        for index, event in enumerate(self.events):
            if event.id == event_id:
                return index
        raise PlanError(f"there is no event {event_id!r} in this timeline")


def _checked_index(timeline: Timeline, index: int) -> int:
    if not 0 <= index < len(timeline.events):
        raise PlanError(f"there is no event {index + 1}; this timeline has {len(timeline.events)}")
    return index


def with_event(timeline: Timeline, index: int, event: Event) -> Timeline:
    """A copy with one event replaced."""
    _checked_index(timeline, index)
    return replace(timeline, events=(*timeline.events[:index], event, *timeline.events[index + 1 :]))


def with_boundary(timeline: Timeline, index: int, boundary: Boundary) -> Timeline:
    """A copy with the crossfade after event `index` replaced."""
    seams = timeline.boundaries
    if not 0 <= index < len(seams):
        raise PlanError(f"there is no crossfade {index + 1}; this timeline has {len(seams)}")
    return replace(timeline, boundaries=(*seams[:index], boundary, *seams[index + 1 :]))


def inserted(timeline: Timeline, index: int, event: Event) -> Timeline:
    """A copy with an event put in before `index`; the new seam has the default crossfade."""
    at = min(max(index, 0), len(timeline.events))
    events = (*timeline.events[:at], event, *timeline.events[at:])
    seam = (Boundary(),) if timeline.events else ()
    boundaries = (*timeline.boundaries[:at], *seam, *timeline.boundaries[at:])
    return replace(timeline, events=events, boundaries=boundaries)


def removed(timeline: Timeline, index: int) -> Timeline:
    """A copy without event `index`; the crossfade before it (or after the first) goes with it."""
    _checked_index(timeline, index)
    events = (*timeline.events[:index], *timeline.events[index + 1 :])
    seam = max(index - 1, 0)
    return replace(timeline, events=events, boundaries=(*timeline.boundaries[:seam], *timeline.boundaries[seam + 1 :]))


def moved(timeline: Timeline, index: int, to: int) -> Timeline:
    """A copy with event `index` at position `to`; crossfades stay where they are."""
    events = list(timeline.events)
    event = events.pop(_checked_index(timeline, index))
    events.insert(min(max(to, 0), len(events)), event)
    return replace(timeline, events=tuple(events))


def split(timeline: Timeline, index: int, *, at_s: float, seed: int) -> Timeline:
    """A copy with event `index` cut in two at `at_s` seconds; the second half gets a new id and `seed`."""
    event = timeline.events[_checked_index(timeline, index)]
    if not MIN_EVENT_S <= at_s <= event.duration_s - MIN_EVENT_S:
        raise PlanError(f"“{event.caption[:60]}” lasts {event.duration_s:g} s and can't be split at {at_s:g} s")
    first = replace(event, duration_s=at_s)
    rest = max(event.duration_s - at_s, MIN_EVENT_S)  # the difference may round to just below
    second = replace(event, duration_s=rest, id=new_id(), seed=seed)
    return inserted(with_event(timeline, index, first), index + 1, second)


def _read_by_model(event: Event) -> tuple[str, float, str]:
    return event.caption, event.duration_s, event.tone


def first_stale(old: Timeline, new: Timeline) -> int:
    """First event whose condition must be recomputed: the language model is causal, so k..N change.

    Only what the model reads counts: captions, durations and tones, not seeds or ids.
    """
    if old.story != new.story or old.reasoning != new.reasoning:
        return 0
    same = (_read_by_model(a) == _read_by_model(b) for a, b in zip(old.events, new.events, strict=False))
    return next((i for i, equal in enumerate(same) if not equal), min(len(old.events), len(new.events)))


@dataclass(frozen=True)
class Placement:
    """Where one event's take sits in the mix, in samples.

    The take is `planned + fade_out` long: its tail lies under the head of the next event.
    """

    start: int
    planned: int
    fade_in: int
    fade_out: int

    @property
    def render(self) -> int:
        """Samples to render."""
        return self.planned + self.fade_out


def _lengths(durations_s: Sequence[float], rate_hz: int) -> list[int]:
    """Whole samples per event whose sum is the rounded total: rounding never accumulates."""
    edges, total = [0], 0.0
    for duration in durations_s:
        total += duration
        edges.append(round(total * rate_hz))
    return [b - a for a, b in zip(edges[:-1], edges[1:], strict=True)]


def placements(timeline: Timeline, *, rate_hz: int) -> list[Placement]:
    """Where each event sits in the mix and how much of it to render, in samples at `rate_hz`.

    The planned lengths sum to the length of the mix, exactly. A fade into the next event takes place in
    the first part of that event, over a tail that is rendered in addition to the planned length. It is
    clamped so as to fit both neighbours: at most the planned length of either. Each fade therefore lies
    within one event, no two fades overlap, and none becomes a hard cut.
    """
    planned = _lengths([e.duration_s for e in timeline.events], rate_hz)
    fades = [0]
    for i, boundary in enumerate(timeline.boundaries):
        wanted = round(boundary.length_s * rate_hz)
        fades.append(min(wanted, planned[i], planned[i + 1]))
    starts = _starts(planned)
    outs = [*fades[1:], 0]
    return [Placement(s, p, i, o) for s, p, i, o in zip(starts, planned, fades, outs, strict=False)]


def _starts(planned: Sequence[int]) -> list[int]:
    starts, at = [], 0
    for length in planned:
        starts.append(at)
        at += length
    return starts
