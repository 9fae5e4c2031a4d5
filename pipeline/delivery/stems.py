"""Lanes and events as files of their own, from one mixer.

A lane's stem is as long as the mix and has its strip, ducking and the master gain in it. The file of an event, or of a
clip of a free lane, is its take as rendered, without fades, gain or pan, with handles on both sides where the take has
them, and a time stamp. Knows nothing of loudness or of what else is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.arrangement import STORY_LANE, Fit, Placed, PlacedLane, Session, Strip
from pipeline.formats.audio_files import Labels, audio_writer
from pipeline.formats.audio_format import AudioFormat
from pipeline.formats.description import TakeFile, planned
from pipeline.formats.stream import Stream, to_channels
from pipeline.mixer import Mixer, Opener
from pipeline.progress import CancelToken
from pipeline.timeline import Curve


def write_lanes(
    mixer: Mixer,
    files: Mapping[str, tuple[Path, Labels]],
    wanted: AudioFormat,
    *,
    channels: int,
    gain_db: float = 0.0,
    cancel: CancelToken | None = None,
    on_samples: Callable[[int], None] = lambda _: None,
) -> None:
    """Write one file per lane id of `files`, in one pass; together they sum to the mix with `gain_db` on it.

    on_samples: called with the number of samples of each block. Raises what `audio_writer` and the mixer raise.
    """
    gain = 10.0 ** (gain_db / 20.0)
    with ExitStack() as stack:
        writers = {
            lane: stack.enter_context(audio_writer(path, wanted, channels=channels, labels=labels))
            for lane, (path, labels) in files.items()
        }
        for part in mixer.parts(cancel=cancel):
            for lane, write in writers.items():
                stem = to_channels(part.stems[lane], channels)
                write(stem * gain if gain_db else stem)
            on_samples(part.mix.shape[1])


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What the file of a clip holds, in samples: `length` of them; `at`: where it begins in the mix.

    before, after: how much of it are handles. A clip that is looped or stretched has none.
    """

    clip: Placed
    at: int
    length: int
    before: int
    after: int


def cut_of(clip: Placed, take: TakeFile, *, rate_hz: int, handles_s: float) -> Cut:
    """A clip's piece of its take, with handles no longer than `handles_s`, than the take and than the mix before."""
    body = planned(clip)
    if clip.fit is not Fit.TRIM:
        return Cut(clip=clip, at=clip.start, length=body, before=0, after=0)
    handles = round(handles_s * rate_hz)
    before = min(handles, clip.offset, clip.start)
    after = max(min(handles, take.samples_at(rate_hz) - clip.offset - body), 0)
    return Cut(clip=clip, at=clip.start - before, length=before + body + after, before=before, after=after)


def cut_stream(cut: Cut, opener: Opener, *, rate_hz: int, cancel: CancelToken | None = None) -> Stream:
    """The samples of a cut as they were rendered, or made to fit, at `rate_hz`, in as many channels as the take has."""
    if cut.clip.fit is not Fit.TRIM:
        return fitted_stream(cut.clip, opener, rate_hz=rate_hz, cancel=cancel)
    flat = _flat(source=cut.clip.source, offset=cut.clip.offset - cut.before, length=cut.length)
    return _alone(flat, opener, rate_hz=rate_hz, cancel=cancel)


def fitted_stream(clip: Placed, opener: Opener, *, rate_hz: int, cancel: CancelToken | None = None) -> Stream:
    """A clip as it fills its slot, without gain or pan: for programs that fit otherwise.

    Without fades too; where its take ends before the slot does it fades out there, as in the mix, into silence.
    """
    flat = replace(_flat(source=clip.source, offset=clip.offset, length=clip.length), fit=clip.fit)
    if clip.fit is Fit.TRIM:
        flat = replace(flat, fade_out=clip.fade_out, fade_out_curve=clip.fade_out_curve)
    return _alone(flat, opener, rate_hz=rate_hz, cancel=cancel)


def _flat(*, source: str, offset: int, length: int) -> Placed:
    return Placed(
        id="alone", source=source, name="take", start=0, length=length, offset=offset, fit=Fit.TRIM, fade_in=0,
        fade_in_curve=Curve.LINEAR, fade_out=0, fade_out_curve=Curve.LINEAR, strip=Strip(), muted=False,
    )  # fmt: skip


def _alone(clip: Placed, opener: Opener, *, rate_hz: int, cancel: CancelToken | None) -> Stream:
    lane = PlacedLane(id=STORY_LANE, name="alone", clips=(clip,), strip=Strip(), muted=False)
    mixer = Mixer(Session(rate_hz=rate_hz, length=clip.length, lanes=(lane,)), opener)

    def blocks() -> Iterator:
        with mixer:
            yield from mixer.blocks(cancel=cancel)

    return Stream(blocks=blocks(), rate_hz=rate_hz, channels=mixer.channels, length=clip.length)
