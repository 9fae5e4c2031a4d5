"""What happens in a narrative: places, sources and beats, drawn so that what came before matters for what comes next.

A source that is heard in two beats is one thing: the same draw going on. Knows no wording and makes no sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.soundlab.narrative_places import MOVING, MUSIC, PLACES, RECURRING, WEATHER, Place

MIN_BEAT_S, MAX_BEAT_S = 2.0, 28.0
COUNTS, COUNT_WEIGHTS = range(2, 9), np.array([12, 24, 26, 18, 11, 6, 3]) / 100
LONG_SHARE = 0.06
SEEDS = 2**31
FAR_DB = -13.0


@dataclass(frozen=True)
class Source:
    """One thing that sounds: the same concept and seed are the same thing, wherever it is heard."""

    concept: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Beat:
    """One event of a plan. Levels are relative to a source close by; `open` is 0 behind walls and 1 in the free.

    `note` says what a story has to tell of it: again, on, nearer, away, through, clear,
    door, shut, or nothing.
    """

    source: str
    place: str
    seconds: float = 4.0
    start_db: float = 0.0
    end_db: float = 0.0
    open_start: float = 1.0
    open_end: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Bed:
    """What lies under all events of a place: a source, and its level in dB."""

    source: Source
    level_db: float


@dataclass(frozen=True)
class Plan:
    """Everything that decides how a narrative sounds. `rooms` are the seeds of the places' reflections."""

    beats: tuple[Beat, ...]
    sources: dict[str, Source]
    beds: dict[str, Bed]
    rooms: dict[str, int]

    @property
    def recurring(self) -> frozenset[str]:
        """The ids of the sources that are heard more than once."""
        heard = [beat.source for beat in self.beats]
        return frozenset(name for name in heard if heard.count(name) > 1)


class Cast:
    """The sources of one narrative: each concept is used once, unless a plot brings it back by its id."""

    def __init__(self, rng: np.random.Generator, allowed: frozenset[str]) -> None:
        self.rng, self._allowed = rng, allowed
        self.sources: dict[str, Source] = {}

    def choices(self, names: Sequence[str]) -> list[str]:
        """The concepts of `names` that may be used and are not yet."""
        used = {source.concept for source in self.sources.values()}
        return [name for name in names if name in self._allowed and name not in used]

    def add(self, names: Sequence[str]) -> str:
        """A new source of one of `names`; its id."""
        left = self.choices(names)
        chosen = left[int(self.rng.integers(len(left)))]
        name = f"s{len(self.sources)}"
        self.sources[name] = Source(chosen, int(self.rng.integers(SEEDS)))
        return name

    def fill(self, place: str, count: int) -> list[Beat]:
        """`count` beats of sounds that belong to a place."""
        return [self._filler(place) for _ in range(count)]

    def _filler(self, place: str) -> Beat:
        level = float(self.rng.choice((0.0, -3.0, -6.0, FAR_DB), p=(0.45, 0.25, 0.2, 0.1)))
        return Beat(source=self.add(PLACES[place].sounds), place=place, start_db=level, end_db=level)


def _place(rng: np.random.Generator, accept: Callable[[Place], bool] = lambda _: True) -> str:
    names = [name for name, place in PLACES.items() if accept(place)]
    return names[int(rng.integers(len(names)))]


def _walled(place: Place) -> bool:
    return place.roofed and place.name not in ("underwater", "cave")


def _parted(rng: np.random.Generator, count: int, parts: int) -> list[int]:
    """`count` dealt out to `parts`, each at least zero."""
    return np.bincount(rng.integers(0, parts, count), minlength=parts).tolist() if count > 0 else [0] * parts


def weather(cast: Cast, count: int) -> list[Beat]:
    """The same weather heard inside and outside, in either order, sometimes through an opening door."""
    rng = cast.rng
    inside, outside = _place(rng, _walled), _place(rng, lambda p: not p.roofed)
    storm = cast.add(WEATHER)
    closed = Beat(source=storm, place=inside, open_start=0.0, open_end=0.0, note="through")
    free = Beat(source=storm, place=outside)
    opens = count > 3 and rng.random() < 0.5
    a, b = _parted(rng, count - 2 - opens, 2)
    if rng.random() < 0.6:
        door = [replace(closed, open_end=0.8, note="door")] if opens else []
        return [closed, *cast.fill(inside, a), *door, replace(free, note="clear"), *cast.fill(outside, b)]
    shut = [replace(closed, open_start=0.8, note="shut")] if opens else []
    return [free, *cast.fill(outside, a), *(shut or [closed]), *cast.fill(inside, b + opens)]


def returns(cast: Cast, count: int) -> list[Beat]:
    """Something is heard, other things happen, and it is there again: in the same place or in another."""
    place = _with(cast, RECURRING)
    source = cast.add(_both(PLACES[place].sounds, RECURRING))
    first = Beat(source=source, place=place)
    if count == 2:
        return [first, replace(first, start_db=-8.0, end_db=-8.0, note="again")]
    other = place if cast.rng.random() < 0.6 else _place(cast.rng, lambda p: _apt(p, cast, source))
    a, b, c = _parted(cast.rng, count - 3, 3)
    between = [*cast.fill(place, a + 1), *cast.fill(other, b)]
    again = replace(first, place=other, note="again")
    level = float(cast.rng.choice((0.0, -6.0)))
    return [first, *between, replace(again, start_db=level, end_db=level), *cast.fill(other, c)]


def music(cast: Cast, count: int) -> list[Beat]:
    """Music that goes on where it stopped: the same piece, key and tempo, perhaps heard from the next room."""
    place = _with(cast, MUSIC)
    source = cast.add(_both(PLACES[place].sounds, MUSIC))
    first = Beat(source=source, place=place)
    a, b = _parted(cast.rng, count - 2, 2)
    if cast.rng.random() < 0.45 and _walled(PLACES[place]):
        other = _place(cast.rng, lambda p: p.name != place and p.name not in ("underwater", "cave", "car", "train"))
        again = replace(first, place=other, open_start=0.0, open_end=0.0, note="through")
        return [first, *cast.fill(place, a), again, *cast.fill(other, b)]
    return [first, *cast.fill(place, a), replace(first, note="on"), *cast.fill(place, b)]


def journey(cast: Cast, count: int) -> list[Beat]:
    """From place to place, each with its room and bed, sometimes back to the first."""
    here = _place(cast.rng)
    there = _place(cast.rng, lambda p: p.name != here)
    stops = [here, there] + ([here] if count > 3 and cast.rng.random() < 0.5 else [])
    shares = _parted(cast.rng, count - len(stops), len(stops))
    return [beat for stop, share in zip(stops, shares, strict=True) for beat in cast.fill(stop, share + 1)]


def approach(cast: Cast, count: int) -> list[Beat]:
    """Something comes closer from event to event, and may go away again."""
    place = _with(cast, MOVING)
    source = cast.add(_both(PLACES[place].sounds, MOVING))
    near = Beat(source=source, place=place, start_db=-16.0, end_db=-8.0, note="nearer")
    here = replace(near, start_db=-8.0, end_db=0.0)
    gone = replace(near, start_db=0.0, end_db=-18.0, note="away")
    path = [near, here, gone] if count > 3 and cast.rng.random() < 0.6 else [replace(near, end_db=-2.0), gone]
    a, b, c = _parted(cast.rng, count - len(path), 3)
    tail = path[1:]
    return [*cast.fill(place, a), path[0], *cast.fill(place, b), *tail, *cast.fill(place, c)]


PLOTS = (weather, returns, music, journey, approach)
PLOT_WEIGHTS = np.array([26, 22, 16, 18, 18]) / 100


def _both(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name in others]


def _with(cast: Cast, names: Sequence[str]) -> str:
    return _place(cast.rng, lambda p: bool(cast.choices(_both(p.sounds, names))))


def _apt(place: Place, cast: Cast, source: str) -> bool:
    return cast.sources[source].concept in place.sounds


def plan(rng: np.random.Generator, allowed: frozenset[str]) -> Plan:
    """Draw a plan of 2 to 8 beats, 15 to 60 s in all and now and then up to 150, from the allowed concepts."""
    count = int(rng.choice(COUNTS, p=COUNT_WEIGHTS))
    cast = Cast(rng, allowed)
    beats = PLOTS[int(rng.choice(len(PLOTS), p=PLOT_WEIGHTS))](cast, count)
    places = list(dict.fromkeys(beat.place for beat in beats))
    beds = {name: _bed(cast, PLACES[name]) for name in places}
    rooms = {name: int(rng.integers(SEEDS)) for name in places}
    return Plan(_timed(rng, beats), cast.sources, beds, rooms)


def _bed(cast: Cast, place: Place) -> Bed:
    names = cast.choices(place.beds) or list(place.beds)
    concept = names[int(cast.rng.integers(len(names)))]
    return Bed(Source(concept, int(cast.rng.integers(SEEDS))), round(float(cast.rng.uniform(*place.bed_db)), 1))


def _timed(rng: np.random.Generator, beats: Sequence[Beat]) -> tuple[Beat, ...]:
    """The beats with seconds in tenths that sum to a whole number of seconds, none shorter or longer than fits."""
    total_s = _total(rng, len(beats))
    weights = rng.lognormal(0.0, 0.45, len(beats))
    free = round(total_s * 10) - round(MIN_BEAT_S * 10) * len(beats)
    for _ in range(8):  # a share above the most is cut, and the rest dealt out again
        weights = np.minimum(weights / weights.sum(), 0.96 * (MAX_BEAT_S - MIN_BEAT_S) * 10 / free)
    edges = np.round(np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum() * free).astype(int)
    tenths = np.diff(edges) + round(MIN_BEAT_S * 10)
    return tuple(replace(beat, seconds=int(n) / 10) for beat, n in zip(beats, tenths, strict=True))


def _total(rng: np.random.Generator, count: int) -> float:
    most = min(24.0 * count, 150.0)
    if most > 60 and rng.random() < LONG_SHARE * 1.3:
        return float(round(rng.uniform(60, most)))
    natural = count * rng.uniform(4.5, 9.5)
    return float(round(np.clip(natural, max(15.0, 2.5 * count), min(60.0, most))))
