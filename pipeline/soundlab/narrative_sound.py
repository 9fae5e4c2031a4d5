"""How a narrative sounds: one track in which rooms, beds and recurring sources go on across the events.

The track is made as a whole and cut at the events' edges, so that the pieces join without a seam. Mono float32 at
44.1 kHz. Knows nothing of wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.signal import fftconvolve

from pipeline.soundlab import dsp
from pipeline.soundlab.narrative_places import PLACES, ROOMS, Room
from pipeline.soundlab.narrative_plan import Beat, Plan, Source
from pipeline.soundlab.registry import RATE_HZ, Concept

SOURCE_RMS, SOURCE_PEAK, PEAK = 0.1, 0.7, 0.95
WALL_HZ, WALL_GAIN = 700.0, 1.0
EDGE_S = 0.02
UNHEARD_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Context:
    """The truth about one event that its caption does not tell.

    Levels in dB: of the source at the event's start and end, and of the bed. `open_start` and `open_end` are 0 where
    the source is behind walls. `recurring` is the id of a source heard more than once; `seed` is its draw.
    """

    place: str
    room: str
    bed: str
    bed_seed: int
    bed_db: float
    level_db: float
    level_end_db: float
    open_start: float
    open_end: float
    concept: str
    recurring: str | None
    seed: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class NarrativeEvent:
    """One event: mono samples [T] float32, T = round(end_s * RATE_HZ) - round(start_s * RATE_HZ)."""

    caption: str
    start_s: float
    end_s: float
    samples: np.ndarray
    context: Context | None = None

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, kw_only=True, eq=False)
class Narrative:
    """A story with its events in order. Those of soundlab tile `total_s` without a gap; a user's own may not."""

    instruction: str
    tone: str
    total_s: float
    reasoning: str
    events: tuple[NarrativeEvent, ...]


def edges(seconds: Sequence[float]) -> list[float]:
    """Where the events begin, and where the last one ends, in exact tenths of a second."""
    return [0.0, *(int(n) / 10 for n in np.cumsum([round(s * 10) for s in seconds]))]


def contexts(plan: Plan, *, tone_db: float) -> tuple[Context, ...]:
    """The truth about every event of a plan."""
    return tuple(_context(plan, beat, tone_db) for beat in plan.beats)


def _context(plan: Plan, beat: Beat, tone_db: float) -> Context:
    bed, source = plan.beds[beat.place], plan.sources[beat.source]
    known = beat.source in plan.recurring
    return Context(
        place=beat.place, room=PLACES[beat.place].room, bed=bed.source.concept, bed_seed=bed.source.seed,
        bed_db=bed.level_db + tone_db, level_db=beat.start_db + tone_db, level_end_db=beat.end_db + tone_db,
        open_start=beat.open_start, open_end=beat.open_end, concept=source.concept,
        recurring=beat.source if known else None, seed=source.seed if known else None,
    )  # fmt: skip


class Takes:
    """The draws of a plan: one for each source, as long as all its beats together, with the words it may be called.

    unheard: only the words are wanted, and the draws are as short as they can be.
    """

    def __init__(self, plan: Plan, table: Mapping[str, Concept], *, unheard: bool = False) -> None:
        self.words: dict[str, Mapping[str, str]] = {}
        self._left: dict[str, np.ndarray] = {}
        for name in dict.fromkeys(beat.source for beat in plan.beats):
            lengths = [beat.seconds for beat in plan.beats if beat.source == name]
            seconds = UNHEARD_S if unheard else sum(lengths)
            self._left[name], self.words[name] = _drawn(table, plan.sources[name], seconds)

    def next(self, name: str, length: int) -> np.ndarray:
        """The following `length` samples of a source."""
        taken, self._left[name] = np.split(self._left[name], [length])
        return taken


def _drawn(table: Mapping[str, Concept], source: Source, seconds: float) -> tuple[np.ndarray, Mapping[str, str]]:
    draw = table[source.concept].draw(np.random.default_rng(source.seed), round(seconds, 1))
    return _levelled(draw.samples.astype(float)), draw.words


def _levelled(x: np.ndarray) -> np.ndarray:
    """At the reference level: the loud half of its 50 ms frames at `SOURCE_RMS`, its peak at most `SOURCE_PEAK`."""
    frame = RATE_HZ // 20
    energy = (x[: len(x) // frame * frame].reshape(-1, frame) ** 2).mean(1)
    active = np.sqrt(np.sort(energy)[len(energy) // 2 :].mean()) + 1e-9
    return x * min(SOURCE_RMS / active, SOURCE_PEAK / (np.abs(x).max() + 1e-9))


def gain(db: float) -> float:
    """Decibels as a factor."""
    return float(10 ** (db / 20))


def track(plan: Plan, takes: Takes, table: Mapping[str, Concept], *, tone_db: float) -> np.ndarray:
    """The whole narrative, float32 [T]: each run of events in one place shares its room and its bed."""
    scenes = [(place, list(run)) for place, run in groupby(plan.beats, key=lambda beat: beat.place)]
    beds = {place: _bed(plan, place, table) for place in plan.beds}
    out = []
    for place, beats in scenes:
        dry = _scene(beats, takes)
        under, beds[place] = np.split(beds[place], [len(dry)])
        scene = in_room(dry, ROOMS[PLACES[place].room], plan.rooms[place]) + under
        out.append(dsp.faded(scene * gain(tone_db), EDGE_S))
    whole = np.concatenate(out)
    return (whole * min(1.0, PEAK / (np.abs(whole).max() + 1e-9))).astype(np.float32)


def _bed(plan: Plan, place: str, table: Mapping[str, Concept]) -> np.ndarray:
    bed, room = plan.beds[place], ROOMS[PLACES[place].room]
    samples, _ = _drawn(table, bed.source, sum(beat.seconds for beat in plan.beats if beat.place == place))
    return _banded(samples, room) * gain(bed.level_db)


def _scene(beats: Sequence[Beat], takes: Takes) -> np.ndarray:
    """The sources of one scene one after another [T], at their levels, before the room."""
    parts = []
    for index, beat in enumerate(beats):
        goes_on = index > 0 and beats[index - 1].source == beat.source
        kept = index + 1 < len(beats) and beats[index + 1].source == beat.source
        x = _heard(takes.next(beat.source, dsp.samples_of(beat.seconds)), beat)
        parts.append(_edged(x, head=not goes_on, tail=not kept))
    return np.concatenate(parts)


def _edged(x: np.ndarray, *, head: bool, tail: bool) -> np.ndarray:
    soft = dsp.faded(x, EDGE_S)
    half = len(x) // 2
    return np.concatenate([(soft if head else x)[:half], (soft if tail else x)[half:]])


def _heard(x: np.ndarray, beat: Beat) -> np.ndarray:
    """A source at its level and behind its walls, both moving evenly from the event's start to its end."""
    along = np.linspace(0.0, 1.0, len(x), endpoint=False)
    if min(beat.open_start, beat.open_end) < 1:
        opened = beat.open_start + (beat.open_end - beat.open_start) * along
        x = x * opened + dsp.lowpass(x, WALL_HZ) * WALL_GAIN * (1 - opened)
    return x * 10 ** ((beat.start_db + (beat.end_db - beat.start_db) * along) / 20)


def in_room(x: np.ndarray, room: Room, seed: int) -> np.ndarray:
    """The sound [T] with a room's reflections, which run on into what follows; the same seed is the same room."""
    n = dsp.samples_of(room.decay_s)
    noise = np.random.default_rng(seed).standard_normal(n)
    tail = dsp.lowpass(noise * np.exp(-6.9 * np.arange(n) / n), room.bright_hz, order=1)
    tail /= np.sqrt((tail**2).sum())
    return _banded((1 - room.wet) * x + room.wet * fftconvolve(x, tail)[: len(x)], room)


def _banded(x: np.ndarray, room: Room) -> np.ndarray:
    """The bands that remain in a place: under water or in a cab not all of them do."""
    x = dsp.lowpass(x, room.lowpass_hz) if room.lowpass_hz < 20_000 else x
    return dsp.highpass(x, room.highpass_hz) if room.highpass_hz > 20 else x
