"""A take made to fit its slot: cut, looped without a seam, or stretched at the same pitch.

Each gives a source that is exactly as long as the slot. Knows nothing of fades, gains or lanes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipeline.arrangement import GUARD_S, Fit, Placed
from pipeline.errors import MixError
from pipeline.mixer.curves import falling, rise
from pipeline.mixer.sources import Scratch, Source
from pipeline.timeline import Curve

LOOP_FADE_S = 0.25  # the crossfade of a loop's end into its beginning; a third of a shorter take
LOOP_SEARCH_S = 0.02  # how much earlier the loop may end where that makes both sides fit better
MAX_STRETCH = 4.0  # beyond it the sound smears
SECTION_S = 30.0  # what is longer, before or after, is stretched in sections of this length, so as to bound memory
_SECTION_FADE_S, _CONTEXT_S = 0.1, 0.25


def fitted(source: Source, clip: Placed, *, scratch: Scratch) -> Source:
    """A source of exactly `clip.length` samples: the take from `clip.offset` on, made to fit as `clip.fit` says.

    TRIM: cut; after the take's end silence, into which it fades within 5 ms (see `ending`, too). LOOP and STRETCH: see
    `LoopSource` and `stretched_pieces`. MixError as `check_fit`.
    """
    available = max(source.length - clip.offset, 0)
    check_fit(clip, available=available)
    if clip.fit is Fit.TRIM or available == clip.length or (clip.fit is Fit.LOOP and available > clip.length):
        return TrimSource(source, offset=clip.offset, length=clip.length)
    if clip.fit is Fit.LOOP:
        return LoopSource(source, offset=clip.offset, length=clip.length)
    return scratch.kept(
        ("stretch", clip.source, source.rate_hz, clip.offset, clip.length),
        lambda: stretched_pieces(source, offset=clip.offset, length=clip.length),
        rate_hz=source.rate_hz,
        channels=source.channels,
    )


def ending(clip: Placed, *, available: int, guard: int) -> Placed:
    """The clip as it sounds, with so many samples of its take left: where it is cut to fit and its take ends before its
    slot does, it ends with the take and fades out there, over at least `guard` samples; then there is silence.

    A clip whose end is one half of a crossfade keeps its place; its take fades into silence by itself (TrimSource).
    """
    if clip.fit is not Fit.TRIM or clip.joined_after or available >= clip.length:
        return clip
    length = max(available, 0)
    least = min(guard, length // 2)
    fade_in = min(clip.fade_in, length - least)
    return replace(clip, length=length, fade_in=fade_in, fade_out=max(min(clip.fade_out, length - fade_in), least))


def check_fit(clip: Placed, *, available: int) -> None:
    """MixError where nothing of the take is left to loop or stretch, or it would be stretched beyond MAX_STRETCH."""
    if clip.fit is Fit.TRIM:
        return
    if available <= 0:
        raise MixError("it begins after the end of its take")
    ratio = clip.length / available
    if clip.fit is Fit.STRETCH and not 1 / MAX_STRETCH <= ratio <= MAX_STRETCH:
        speed = f"{ratio:.3g} times slower" if ratio > 1 else f"{1 / ratio:.3g} times faster"
        raise MixError(f"it would have to play {speed} to fill its slot; {MAX_STRETCH:g} times is the most")


class TrimSource:
    """`length` samples of a source from `offset` on; where it ends sooner, a 5 ms fade to silence."""

    def __init__(self, source: Source, *, offset: int, length: int) -> None:
        self._source, self._offset, self.length = source, offset, length
        self.rate_hz, self.channels = source.rate_hz, source.channels
        self._there = min(max(source.length - offset, 0), length)
        ends_early = self._there < length
        self._guard = min(round(GUARD_S * self.rate_hz), self._there) if ends_early else 0

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [C, count]."""
        heard = min(max(self._there - start, 0), count)
        sound = self._source.read(self._offset + start, heard) if heard else np.zeros((self.channels, 0), "f4")
        if start + heard <= self._there - self._guard and heard == count:
            return sound
        out = np.zeros((self.channels, count), "f4")
        out[:, :heard] = sound
        fade = self._there - self._guard  # where the guard begins
        if self._guard and start + heard > fade:
            at, last = max(fade - start, 0), start + heard - fade
            first = start + at - fade
            out[:, at:heard] *= falling(Curve.LINEAR, samples=self._guard, start=first, stop=last).astype("f4")
        return out


class LoopSource:
    """`length` samples of a source from `offset` on, repeated with its end crossfaded into its beginning.

    The crossfade keeps the power whatever the two sides have in common (see `joined`), so the level stays. The loop
    ends up to LOOP_SEARCH_S early, there where end and beginning resemble each other most, so that tones meet in phase.
    """

    def __init__(self, source: Source, *, offset: int, length: int) -> None:
        self._source, self._offset, self.length = source, offset, length
        self.rate_hz, self.channels = source.rate_hz, source.channels
        available = source.length - offset
        fade = min(round(LOOP_FADE_S * self.rate_hz), available // 3)
        search = min(round(LOOP_SEARCH_S * self.rate_hz), available // 6)
        head = source.read(offset, fade)
        ends = source.read(offset + available - fade - search, fade + search)
        at = _best_match(head, ends)
        self._seam = joined(ends[:, at : at + fade], head)
        self.period = available - fade - search + at

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [C, count]."""
        out = np.empty((self.channels, count), "f4")
        done = 0
        while done < count:
            cycle, at = divmod(start + done, self.period)
            fade = self._seam.shape[1]
            if cycle and at < fade:
                part = self._seam[:, at : at + count - done]
            else:
                part = self._source.read(self._offset + at, min(self.period - at, count - done))
            out[:, done : done + part.shape[1]] = part
            done += part.shape[1]
        return out


def _best_match(head: np.ndarray, ends: np.ndarray) -> int:
    """Where in `ends` [C, n + search] the piece lies that resembles `head` [C, n] most."""
    size = head.shape[1]
    if ends.shape[1] <= size:
        return 0
    wanted, given = head.sum(axis=0, dtype=np.float64), ends.sum(axis=0, dtype=np.float64)
    products = np.correlate(given, wanted, mode="valid")
    energy = np.concatenate([[0.0], np.cumsum(given**2)])
    energies = energy[size:] - energy[:-size]
    return int(np.argmax(products / np.sqrt(np.maximum(energies, 1e-12 * max(energy[-1], 1e-30)))))


def joined(tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    """A crossfade of `tail` into `head`, both [C, n], that keeps the power whatever they have in common -> float32.

    Equal-power gains a = cos, b = sin give the power 1 + 2 r a b where the two correlate by r; dividing by its root
    keeps it at 1. The same sound twice (r = 1) stays as it is; different sounds (r = 0) fade at equal power.
    """
    count = head.shape[1]
    x = (np.arange(count) + 0.5) / max(count, 1)
    up, down = rise(Curve.EQUAL_POWER, x), rise(Curve.EQUAL_POWER, 1.0 - x)
    a, b = tail.astype(np.float64), head.astype(np.float64)
    energy = np.sqrt((a * a).sum() * (b * b).sum())
    likeness = float(np.clip((a * b).sum() / energy, -0.5, 1.0)) if energy else 0.0
    return ((a * down + b * up) / np.sqrt(1.0 + 2.0 * likeness * up * down)).astype(np.float32)


def stretched_pieces(source: Source, *, offset: int, length: int) -> Iterator[np.ndarray]:
    """A source from `offset` to its end, played within `length` samples at the same pitch, in blocks float32 [C, n].

    By Signalsmith Stretch (MIT), always with the same seed. Longer than SECTION_S it is stretched in sections that
    are joined as loops are.
    """
    speed = (source.length - offset) / length
    section = round(SECTION_S / max(speed, 1.0) * source.rate_hz)
    fade = round(_SECTION_FADE_S * source.rate_hz)
    tail: np.ndarray | None = None
    for start in range(0, length, section):
        stop = start + section
        last = stop + fade >= length
        made = _section(source, offset, start=start, stop=length if last else stop + fade, speed=speed)
        if tail is not None:
            made[:, :fade] = joined(tail, made[:, :fade])
        if last:
            yield made
            return
        yield made[:, :section]
        tail = made[:, section:]


def _section(source: Source, offset: int, *, start: int, stop: int, speed: float) -> np.ndarray:
    """Samples `start` to `stop` of the stretched sound, made with some context on both sides."""
    from python_stretch import Signalsmith

    context = round(_CONTEXT_S * source.rate_hz)  # of the result; the sound itself where there is more, mirrored else
    first, last = round((start - context) * speed), round((stop + context) * speed)
    here, there = max(first, 0), min(last, source.length - offset)
    heard = source.read(offset + here, there - here)
    heard = np.pad(heard, ((0, 0), (here - first, last - there)), mode="reflect" if there - here > 1 else "edge")
    stretch = Signalsmith.Stretch(0)
    stretch.preset(source.channels, source.rate_hz)
    stretch.setTimeFactor(heard.shape[1] / (stop - start + 2 * context))
    made = np.asarray(stretch.process(np.ascontiguousarray(heard)), dtype=np.float32)
    return made[:, context : context + stop - start].copy()
