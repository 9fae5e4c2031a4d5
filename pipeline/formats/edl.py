"""A lane as an edit decision list, CMX 3600: one event per clip, a dissolve for a crossfade, names in comments.

The format counts frames (at 23.976 and 29.97 a second without dropping any number), so times are rounded to the
nearest frame; a comment below each event keeps the samples. It holds one clip at a time and 999 events, so that a
longer lane goes on in further lists. Knows nothing of audio.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipeline.arrangement import Placed
from pipeline.errors import FormatError
from pipeline.formats.description import Description, layers, one_line, planned

_EXACT = {
    23.976: Fraction(24_000, 1_001),
    24.0: Fraction(24),
    25.0: Fraction(25),
    29.97: Fraction(30_000, 1_001),
    30.0: Fraction(30),
}
FRAME_RATES, USUAL_FRAME_RATE = tuple(_EXACT), 25.0
MAX_EVENTS = 999
_REEL = "AX"  # what the format calls a source that is a file


def exact_rate(frames_per_s: float) -> Fraction:
    """The frames per second that a name of them stands for; FormatError where it is not in FRAME_RATES."""
    if frames_per_s not in _EXACT:
        known = ", ".join(f"{rate:g}" for rate in FRAME_RATES)
        raise FormatError(f"an EDL counts {known} frames per second, not {frames_per_s!r:.60}")
    return _EXACT[frames_per_s]


def edl_lists(described: Description, *, frames_per_s: float = USUAL_FRAME_RATE) -> dict[str, str]:
    """Title -> text: one list per lane, further ones where its clips overlap or are more than 999; none if empty.

    A crossfade into the first event of a further list is a cut there. A clip shorter than a frame is named at the end
    of its list, which there is only if it holds anything else. FormatError: a rate that is not in FRAME_RATES.
    """
    fps = exact_rate(frames_per_s)
    lists = {}
    for number, lane in enumerate(described.session.lanes, 1):
        for layer, clips in enumerate(layers(lane), 1):
            title = f"{number} {one_line(lane.name)}" + (f" {layer}" if layer > 1 else "")
            shown = [clip for clip in clips if _frames(described, clip, fps)]
            short = [f"* SHORTER THAN A FRAME, LEFT OUT: {one_line(c.name)}\n" for c in clips if c not in shown]
            for start in range(0, len(shown), MAX_EVENTS):
                part = f"{title} part {start // MAX_EVENTS + 1}" if len(shown) > MAX_EVENTS else title
                lists[part] = _list(described, part, shown[start : start + MAX_EVENTS], fps)
            if shown:
                lists[part] += "".join(short)
    return lists


def _frames(described: Description, clip: Placed, fps: Fraction) -> int:
    """How many frames a clip lasts, up to the next event."""
    start, end = (round(at * fps / described.session.rate_hz) for at in (clip.start, clip.start + planned(clip)))
    return end - start


def _list(described: Description, title: str, clips: Sequence[Placed], fps: Fraction) -> str:
    lines = [f"TITLE: {one_line(described.title)} - {title}"[:70], "FCM: NON-DROP FRAME", ""]
    before: Placed | None = None
    for number, clip in enumerate(clips, 1):
        lines += _event(described, number, before, clip, fps)
        before = clip
    return "\n".join(lines) + "\n"


def _event(described: Description, number: int, before: Placed | None, clip: Placed, fps: Fraction) -> Iterator[str]:
    rate = described.session.rate_hz

    def frames(samples: int) -> int:
        return round(samples * fps / rate)

    start, end = frames(clip.start), frames(clip.start + planned(clip))
    source = frames(clip.offset)
    fade = frames(clip.start + clip.fade_in) - start if clip.joined_before and before else 0
    if fade and before:
        cut = frames(before.offset) + start - frames(before.start)
        yield _line(number, "C", (cut, cut, start, start), fps)
        yield _line(number, f"D    {fade:03}", (source, source + end - start, start, end), fps)
        yield f"* FROM CLIP NAME:  {one_line(before.name)}"
        yield f"* TO CLIP NAME:  {one_line(clip.name)}"
        yield f"* TO CLIP: {described.media[clip.source].file}"
    else:
        yield _line(number, "C", (source, source + end - start, start, end), fps)
        yield f"* FROM CLIP NAME:  {one_line(clip.name)}"
        yield f"* FROM CLIP: {described.media[clip.source].file}"
    yield (
        f"* SAMPLES: START {clip.start} LENGTH {clip.length} OFFSET {clip.offset} RATE {rate} "
        f"FADE IN {clip.fade_in} OUT {clip.fade_out}"
    )


def _line(number: int, edit: str, frames: Sequence[int], fps: Fraction) -> str:
    return f"{number:03}  {_REEL:8} A     {edit:9} {' '.join(_timecode(at, fps) for at in frames)}"


def _timecode(frames: int, fps: Fraction) -> str:
    total_s, frame = divmod(frames, round(fps))
    return f"{total_s // 3_600:02}:{total_s // 60 % 60:02}:{total_s % 60:02}:{frame:02}"
