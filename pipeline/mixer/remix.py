"""After an edit only what it touches is mixed again: which samples those are, and a mix put together of old and new.

Knows nothing of projects or of how a mix is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np

from pipeline.arrangement import STORY_LANE, PlacedLane, Session
from pipeline.mixer.ducking import hop_samples
from pipeline.mixer.engine import Mixer, Part, sounding
from pipeline.mixer.sources import BLOCK, Source
from pipeline.progress import CancelToken

Span = tuple[int, int]


def changed(old: Session, new: Session, *, replaced: Collection[str] = ()) -> list[Span]:
    """The ranges (start, stop) of `new`'s samples that may differ from `old`'s, in order and apart from each other.

    replaced: ids of takes whose sound is another one now (takes are usually immutable, then there are none). Outside
    these ranges both sessions mix to the same samples, bit by bit. Names, ids and muted clips are not heard and
    change nothing. A lane that ducks is taken to change from the story lane's first change to its own end, since
    its gain remembers.
    """
    if old.rate_hz != new.rate_hz or old.master_db != new.master_db:
        return _united([(0, new.length)])
    before, after = ({lane.id: lane for lane in of.lanes} for of in (old, new))
    spans: list[Span] = [(old.length, new.length)]
    by_lane = {key: _lane_spans(before.get(key), after.get(key), replaced) for key in {*before, *after}}
    for found in by_lane.values():
        spans += found
    if story := by_lane.get(STORY_LANE):
        hop = hop_samples(new.rate_hz)
        since = min(start for start, _ in story) // hop * hop
        ducking = [lane for lane in (*old.lanes, *new.lanes) if lane.duck and lane.id != STORY_LANE]
        spans += [(max(start, since), stop) for lane in ducking for start, stop in _all_spans(lane)]
    return _united((max(start, 0), min(stop, new.length)) for start, stop in spans)


def patches(
    old: Session, mixer: Mixer, *, replaced: Collection[str] = (), cancel: CancelToken | None = None
) -> Iterator[Part]:
    """The parts of the mixer's mix that differ from that of `old`, mixed: what to write over an older mix, in place."""
    for start, stop in changed(old, mixer.session, replaced=replaced):
        yield from mixer.parts(start=start, stop=stop, cancel=cancel)


def patched(
    earlier: Source,
    old: Session,
    mixer: Mixer,
    *,
    replaced: Collection[str] = (),
    cancel: CancelToken | None = None,
) -> Iterator[np.ndarray]:
    """The mixer's mix in blocks float32 [C, n], where only what changed since `old` is mixed; the rest is read.

    earlier: the mix of `old` as 32-bit floats, in memory (AudioSource) or a file (FileSource). The result is what
    `mixer.blocks()` gives, bit by bit. Where `earlier` has other channels, or is not as long as `old`, all is mixed.
    """
    fits = (earlier.channels, earlier.length, earlier.rate_hz) == (mixer.channels, old.length, mixer.rate_hz)
    spans = changed(old, mixer.session, replaced=replaced) if fits else [(0, mixer.length)]
    at = 0
    for start, stop in [*spans, (mixer.length, mixer.length)]:
        for begin in range(at, start, BLOCK):
            yield earlier.read(begin, min(BLOCK, start - begin))
        yield from mixer.blocks(start=start, stop=stop, cancel=cancel)
        at = stop


def _lane_spans(old: PlacedLane | None, new: PlacedLane | None, replaced: Collection[str]) -> list[Span]:
    """Where a lane's sound may have changed."""
    if old and new and old.muted and new.muted:
        return []
    if old is None or new is None or _as_heard(old) != _as_heard(new):
        return [span for lane in (old, new) if lane for span in _all_spans(lane)]
    before, after = (Counter(sounding(clip) for clip in lane.clips if not clip.muted) for lane in (old, new))
    differing = [*(before - after), *(after - before)]
    spans = [(start, start + length) for start, length, *_ in differing]
    return spans + [(clip.start, clip.end) for clip in new.clips if clip.source in replaced and not clip.muted]


def _as_heard(lane: PlacedLane) -> tuple[Any, ...]:
    return lane.strip.gain_db, lane.strip.pan, lane.muted, lane.duck


def _all_spans(lane: PlacedLane) -> list[Span]:
    return [] if lane.muted else [(clip.start, clip.end) for clip in lane.clips if not clip.muted]


def _united(spans: Iterable[Span]) -> list[Span]:
    """The same samples as few spans, in order."""
    out: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], stop)
        else:
            out.append((start, stop))
    return out
