"""The one mixer: a `Session` and its takes to sound, block by block, in bounded memory.

Sums are float64, what comes out is float32. It computes in grains of 64 steps of 5 ms or more that begin at multiples
of their length, wherever reading begins and however long the blocks are: block sizes never change a sample. Clips and
lanes are summed in an order of their own, so that the order in a session doesn't either. Knows nothing of files or
loudness.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.arrangement import GUARD_S, STORY_LANE, Placed, PlacedLane, Session, Strip
from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer.curves import falling, rising
from pipeline.mixer.ducking import Follower, hop_peaks, hop_samples, settled
from pipeline.mixer.fits import check_fit, ending, fitted
from pipeline.mixer.pan import pan_gains
from pipeline.mixer.sources import BLOCK, Opener, Scratch, Source, at_rate
from pipeline.progress import CancelToken

GRAIN_HOPS, GRAIN_SAMPLES = 64, 1 << 15  # a grain has at least so many steps, and at least so many samples


@dataclass(frozen=True, eq=False)
class Part:
    """A block of the mix from sample `start`: `mix` [C, n] and, by lane id, the stems [C, n] that sum to it."""

    start: int
    mix: np.ndarray
    stems: dict[str, np.ndarray]


class Mixer:
    """Plays a session. Every take is looked at once at the beginning, so that what is missing is said at once.

    opener: gives the source of a take's id. stereo: two channels even if everything is mono and centred; otherwise
    the mix has one channel exactly when every take of the session is mono and every pan is 0, whether it is muted or
    not. For one thread at a time. Raises MixError that names the clip whose take is missing, damaged or can't be made
    to fit, or when there is nothing to mix.
    """

    def __init__(self, session: Session, opener: Opener, *, stereo: bool = False) -> None:
        if session.length <= 0:
            raise MixError("there is nothing to mix: no events and no clips")
        self.session, self.rate_hz, self.length = session, session.rate_hz, session.length
        self._opener, self._scratch = opener, Scratch()
        self.channels = 2 if self._checked_takes() or stereo else 1
        self._hop = hop_samples(session.rate_hz)
        self._hops = max(GRAIN_HOPS, -(-GRAIN_SAMPLES // self._hop))
        self._grain = self._hop * self._hops
        self._master = Strip(gain_db=session.master_db).gain

    def blocks(
        self, *, start: int = 0, stop: int | None = None, block: int = BLOCK, cancel: CancelToken | None = None
    ) -> Iterator[np.ndarray]:
        """The mix from sample `start` to `stop` (the end) as float32 [C, block]; the last block may be shorter.

        Samples may exceed 1. Raises MixError when a take can't be read any more, Cancelled between blocks.
        """
        return (part.mix for part in self._parts(start, stop, block, cancel, stems=False))

    def parts(
        self, *, start: int = 0, stop: int | None = None, block: int = BLOCK, cancel: CancelToken | None = None
    ) -> Iterator[Part]:
        """As `blocks`, with every lane's stem; a stem has the lane's strip, ducking and the master gain in it."""
        return self._parts(start, stop, block, cancel, stems=True)

    def audio(self, *, start: int = 0, stop: int | None = None, cancel: CancelToken | None = None) -> Audio:
        """The mix, or a part of it, in memory."""
        return Audio(self.samples(start=start, stop=stop, cancel=cancel), self.rate_hz)

    def samples(self, *, start: int = 0, stop: int | None = None, cancel: CancelToken | None = None) -> np.ndarray:
        """float32 [C, stop - start] of the mix, in memory."""
        first, last = self._range(start, stop)
        out = np.empty((self.channels, last - first), "f4")
        for at, mixed, _ in self._grains(first, last):
            if cancel:
                cancel.raise_if_cancelled()
            low, high = max(first - at, 0), min(last - at, self._grain)
            out[:, at + low - first : at + high - first] = mixed[:, low:high]
        return out

    def close(self) -> None:
        """Delete the temporary files, which otherwise go with the mixer."""
        self._scratch.close()

    def __enter__(self) -> Mixer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _range(self, start: int, stop: int | None) -> tuple[int, int]:
        last = self.length if stop is None else stop
        if not 0 <= start <= last <= self.length:
            raise MixError(f"the mix has the samples 0 to {self.length}, not {start} to {last}")
        return start, last

    def _checked_takes(self) -> bool:
        """Whether anything is stereo, once every take is known to be there and to fit."""
        seen: dict[str, Source] = {}
        wide = False
        for lane in self.session.lanes:
            wide |= lane.strip.pan != 0
            for clip in lane.clips:
                with _named(clip):
                    if clip.source not in seen:
                        seen[clip.source] = self._opener(clip.source)
                    source = seen[clip.source]
                    check_fit(clip, available=round(source.length * self.rate_hz / source.rate_hz) - clip.offset)
                wide |= source.channels > 1 or clip.strip.pan != 0
        return wide

    def _parts(
        self, start: int, stop: int | None, block: int, cancel: CancelToken | None, *, stems: bool
    ) -> Iterator[Part]:
        """Grains joined and cut into blocks."""
        first, last = self._range(start, stop)
        if block < 1:
            raise MixError(f"a block holds at least one sample, not {block}")
        names = [lane.id for lane in self.session.lanes]
        rows = 1 + len(names) * stems
        out, filled, begin = np.empty((rows, self.channels, min(block, last - first)), "f4"), 0, first
        for at, mixed, lanes in self._grains(first, last):
            if cancel:
                cancel.raise_if_cancelled()
            low, high = max(first - at, 0), min(last - at, self._grain)
            while low < high:
                count = min(high - low, out.shape[2] - filled)
                span = slice(filled, filled + count)
                out[0, :, span] = mixed[:, low : low + count]
                for row, name in enumerate(names if stems else (), 1):
                    out[row, :, span] = lanes[name][:, low : low + count] if name in lanes else 0.0
                filled, low = filled + count, low + count
                if filled == out.shape[2]:
                    yield Part(begin, out[0], dict(zip(names, out[1:], strict=False)))
                    begin += filled
                    filled, out = 0, np.empty((rows, self.channels, min(block, last - begin)), "f4")

    def _grains(self, first: int, last: int) -> Iterator[tuple[int, np.ndarray, dict[str, np.ndarray]]]:
        """(start, mix, the lanes that sound by id), float64 [C, grain], master gain in it, touching first to last."""
        start = first - first % self._grain
        players = sorted((self._player(lane, start) for lane in self.session.lanes), key=lambda p: p.order)
        followers = [player.follower for player in players if player.follower]
        if followers:
            settled(followers, self._story_peaks, hop_index=start // self._hop)
        for at in range(start, last, self._grain):
            mixed: np.ndarray | None = None
            lanes, peaks = {}, np.zeros(self._hops)
            for player in players:
                sound = player.play(at, self._grain)
                if player.lane.id == STORY_LANE and followers:
                    peaks = hop_peaks(sound, hops=self._hops, hop=self._hop)
                if player.follower:
                    sound = player.ducked(sound, peaks, hop=self._hop)
                if sound is not None:
                    if self._master != 1.0:
                        sound *= self._master
                    mixed = sound if mixed is None else mixed + sound
                    lanes[player.lane.id] = sound
            yield at, mixed if mixed is not None else np.zeros((self.channels, self._grain)), lanes

    def _story_peaks(self, first: int, stop: int) -> np.ndarray:
        """The story lane's peaks in the steps `first` to `stop`, of which `stop` begins a grain."""
        story = next((lane for lane in self.session.lanes if lane.id == STORY_LANE), None)
        if story is None:
            return np.zeros(stop - first)
        begin = first - first % self._hops
        player = self._player(story, begin * self._hop)
        peaks = [
            hop_peaks(player.play(at * self._hop, self._grain), hops=self._hops, hop=self._hop)
            for at in range(begin, stop, self._hops)
        ]
        return np.concatenate(peaks)[first - begin :]

    def _player(self, lane: PlacedLane, start: int) -> _LanePlayer:
        return _LanePlayer(lane, self._open, channels=self.channels, start=start)

    def _open(self, clip: Placed) -> tuple[Placed, Source]:
        """The clip as it sounds, and the sound itself, exactly as long."""
        with _named(clip):
            source = at_rate(self._opener(clip.source), clip.source, rate_hz=self.rate_hz, scratch=self._scratch)
            clip = ending(clip, available=source.length - clip.offset, guard=round(GUARD_S * self.rate_hz))
            return clip, fitted(source, clip, scratch=self._scratch)


@contextlib.contextmanager
def _named(clip: Placed) -> Iterator[None]:
    """Puts the clip's name before what is wrong with it."""
    try:
        yield
    except MixError as error:
        raise MixError(f"“{clip.name[:60]}” can't be mixed: {error}") from error


def gains_of(strip: Strip, *, channels: int) -> np.ndarray | None:
    """Linear gains [channels, 1] in float64 of a strip: gain and pan; None where they change nothing."""
    gains = strip.gain * np.array(pan_gains(strip.pan)[:channels])[:, None]
    return None if (gains == 1.0).all() else gains


def sounding(clip: Placed) -> tuple[Any, ...]:
    """Everything about a clip that can be heard, and nothing else; orders clips too."""
    strip = (clip.strip.gain_db, clip.strip.pan, clip.joined_after)
    fades = (clip.fade_in, clip.fade_in_curve.value, clip.fade_out, clip.fade_out_curve.value)
    return clip.start, clip.length, clip.source, clip.offset, clip.fit.value, *fades, *strip


_Opener = Callable[[Placed], tuple[Placed, Source]]


class _LanePlayer:
    """One lane from a point on, grain after grain; holds the sources only of the clips that sound."""

    def __init__(self, lane: PlacedLane, opener: _Opener, *, channels: int, start: int) -> None:
        self.lane, self._opener, self._channels = lane, opener, channels
        self.order = (lane.id != STORY_LANE, lane.id)  # the story first: the others may follow it
        heard = [clip for clip in lane.clips if not clip.muted and not lane.muted and clip.end > start]
        self._waiting = sorted(heard, key=sounding, reverse=True)
        self._playing: list[tuple[Placed, np.ndarray | None, Source]] = []
        self._gains = gains_of(lane.strip, channels=channels)
        self.follower = Follower(lane.duck) if lane.duck and lane.id != STORY_LANE else None

    def play(self, at: int, count: int) -> np.ndarray | None:
        """float64 [C, count] of the lane after its strip, from sample `at`; None where nothing sounds."""
        while self._waiting and self._waiting[-1].start < at + count:
            clip, source = self._opener(self._waiting.pop())
            self._playing.append((clip, gains_of(clip.strip, channels=self._channels), source))
        self._playing = [voice for voice in self._playing if voice[0].end > at]
        if not self._playing:
            return None
        out = np.zeros((self._channels, count))
        for clip, gains, source in self._playing:
            start, stop = max(clip.start, at), min(clip.end, at + count)
            with _named(clip):
                sound = source.read(start - clip.start, stop - start)
            fades = _fades(clip, start - clip.start, stop - clip.start)
            if fades is not None:
                sound = sound * (fades if gains is None else gains * fades)
            elif gains is not None:
                sound = sound * gains
            out[:, start - at : stop - at] += sound
        if self._gains is not None:
            out *= self._gains
        return out

    def ducked(self, sound: np.ndarray | None, peaks: np.ndarray, *, hop: int) -> np.ndarray | None:
        """The lane's sound under the story's peaks; the follower moves on even where the lane is silent."""
        assert self.follower is not None
        gains = self.follower.gains(peaks, hop=hop)
        return None if sound is None else sound * gains


def _fades(clip: Placed, start: int, stop: int) -> np.ndarray | None:
    """Gains [stop - start] of both fades over the clip's samples `start` to `stop`; None where they are all 1."""
    begin = clip.length - clip.fade_out
    if start >= clip.fade_in and stop <= begin:
        return None
    gains = np.ones(stop - start)
    if start < clip.fade_in:
        last = min(stop, clip.fade_in)
        gains[: last - start] = rising(clip.fade_in_curve, samples=clip.fade_in, start=start, stop=last)
    if stop > begin:
        first, curve = max(start, begin), clip.fade_out_curve
        gains[first - start :] *= falling(curve, samples=clip.fade_out, start=first - begin, stop=stop - begin)
    return gains
