"""A session as a REAPER project (.RPP): lanes as tracks, clips as items, takes as takes, markers and regions.

The text format of REAPER 5 and later. Crossfades are overlapping items with fades; REAPER's seven fade shapes are the
nearest to our curves, and its +3 dB pan law is ours: the centre unchanged, constant power to the sides. Knows nothing
of audio: media are named by relative path.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from pipeline.arrangement import Fit, Placed, PlacedLane
from pipeline.formats.description import Description, Media, check_text, one_line, seconds
from pipeline.timeline import Curve

# REAPER: 0 linear, 1 fast start, 2 slow start, 3 fast start steep, 4 slow start steep, 5 slow start and end
SHAPES = {
    Curve.LINEAR: 0,
    Curve.EQUAL_POWER: 1,
    Curve.EXPONENTIAL: 4,
    Curve.LOGARITHMIC: 3,
    Curve.S_CURVE: 5,
}
_NAMESPACE = uuid.UUID("6d9a3f0e-70a5-4a53-9c62-5f2f1f1f8a01")


def reaper_project(described: Description) -> str:
    """The project's text; positions and lengths in seconds that give back every sample."""
    check_text([media.file for media in described.media.values()])
    lines = ['<REAPER_PROJECT 0.1 "6.80" 0', *_indented(_project(described)), ">"]
    return "\n".join(lines) + "\n"


def _project(described: Description) -> Iterator[str]:
    session = described.session
    yield "<NOTES 0 2"
    for note in (described.title, *described.notes):
        yield f"  |{one_line(note)}"
    yield ">"
    yield f"SAMPLERATE {session.rate_hz} 1 0"
    yield "PANLAW 1.41421356237310"
    yield f"MASTER_VOLUME {_gain(session.master_db)} 0 -1 -1 1"
    yield from _markers(described)
    for lane in session.lanes:
        yield from _track(described, lane)


def _markers(described: Description) -> Iterator[str]:
    rate = described.session.rate_hz
    for number, span in enumerate(described.spans, 1):
        yield f"MARKER {number} {seconds(span.start, rate)} {quoted(span.name)} 1"
        yield f'MARKER {number} {seconds(span.end, rate)} "" 1'
    for number, marker in enumerate(described.markers, 1):
        yield f"MARKER {number} {seconds(described.at(marker), rate)} {quoted(marker.name)} 0"


def _track(described: Description, lane: PlacedLane) -> Iterator[str]:
    yield f"<TRACK {_guid('lane', lane.id)}"
    yield f"  NAME {quoted(lane.name)}"
    yield f"  VOLPAN {_gain(lane.strip.gain_db)} {lane.strip.pan:.6f} -1 -1 1"
    yield f"  MUTESOLO {int(lane.strip.mute)} {int(lane.strip.solo)} 0"
    yield "  NCHAN 2"
    yield f"  TRACKID {_guid('lane', lane.id)}"
    for clip in lane.clips:
        yield "  <ITEM"
        yield from _indented(_item(described, clip), by=4)
        yield "  >"
    yield ">"


def _item(described: Description, clip: Placed) -> Iterator[str]:
    rate = described.session.rate_hz
    yield f"POSITION {seconds(clip.start, rate)}"
    yield "SNAPOFFS 0"
    yield f"LENGTH {seconds(clip.length, rate)}"
    yield f"LOOP {int(clip.fit is Fit.LOOP)}"
    yield "ALLTAKES 0"
    yield f"FADEIN {_fade(clip.fade_in_curve, clip.fade_in, rate)}"
    yield f"FADEOUT {_fade(clip.fade_out_curve, clip.fade_out, rate)}"
    yield f"MUTE {int(clip.muted)} 0"
    yield f"IGUID {_guid('item', clip.id)}"
    for index, media in enumerate(described.takes_of(clip)):
        chosen = media == described.media[clip.source]
        if index:
            yield "TAKE SEL" if chosen else "TAKE"
        yield from _take(clip, media, rate, first=index == 0)


def _take(clip: Placed, media: Media, rate: int, *, first: bool) -> Iterator[str]:
    pan = f"{clip.strip.pan:.6f}"
    seed = "" if media.take.seed is None else f" (seed {media.take.seed})"
    yield f"NAME {quoted(f'{media.take.caption or clip.name}{seed}')}"
    yield f"VOLPAN {_gain(clip.strip.gain_db)} {pan} 1 -1" if first else f"TAKEVOLPAN {pan} 1 -1"
    yield f"SOFFS {seconds(clip.offset, rate)}"
    yield f"PLAYRATE {_play_rate(clip, media, rate):.14f} 1 0 -1 0 0.0025"
    yield "CHANMODE 0"
    yield f"GUID {_guid('take', f'{clip.id}/{media.take.id}')}"
    yield "<SOURCE WAVE"
    yield f'  FILE "{media.file}"'
    yield ">"


def _play_rate(clip: Placed, media: Media, rate: int) -> float:
    """1, or what makes the take from its offset on fill the clip."""
    left = media.take.samples_at(rate) - clip.offset
    return left / clip.length if clip.fit is Fit.STRETCH and left > 0 else 1.0


def _fade(curve: Curve, samples: int, rate: int) -> str:
    shape = SHAPES[curve]
    return f"{shape} {seconds(samples, rate)} 0 {shape} 0 0 0"


def _gain(gain_db: float) -> str:
    return f"{10.0 ** (gain_db / 20.0):.12f}"


def quoted(text: str) -> str:
    """A string as REAPER writes it: in the first kind of quotes that it does not hold itself."""
    text = one_line(text)
    for quote in ('"', "'", "`"):
        if quote not in text:
            return f"{quote}{text}{quote}"
    return "`" + text.replace("`", "'") + "`"


def _guid(kind: str, name: str) -> str:
    return "{" + str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}")).upper() + "}"


def _indented(lines: Iterator[str], *, by: int = 2) -> Iterator[str]:
    return (" " * by + line for line in lines)
