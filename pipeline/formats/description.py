"""A mix as the exporters of sessions, labels and sheets describe it: clips in samples, and the files they come from.

Values only; knows nothing of any file format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.arrangement import Marker, Placed, PlacedLane, Session
from pipeline.errors import FormatError


@dataclass(frozen=True, kw_only=True)
class TakeFile:
    """A take on disk and what made it. `samples` per channel at its own `rate_hz`; seed None where not known."""

    id: str
    path: Path
    rate_hz: int
    samples: int
    caption: str = ""
    seed: int | None = None
    model: str = ""
    made_at: str = ""

    def samples_at(self, rate_hz: int) -> int:
        """Its length in samples at another rate."""
        return round(self.samples * rate_hz / self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file that a session refers to: where it lies relative to the session's file, with / between folders."""

    file: str
    take: TakeFile


@dataclass(frozen=True, kw_only=True)
class Span:
    """One event of the story in the mix, in samples: its planned length, without the tail under the next event."""

    id: str
    name: str
    start: int
    length: int

    @property
    def end(self) -> int:
        """The first sample after it."""
        return self.start + self.length


@dataclass(frozen=True, kw_only=True)
class Description:
    """Everything an exporter may say. media: source of a clip -> its file; every clip's source is there.

    versions: id of an event, or source of a clip -> keys in `media` of all its takes, oldest first.
    notes: what a session in another program can't carry, in sentences.
    """

    title: str
    session: Session
    media: Mapping[str, Media]
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    markers: tuple[Marker, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for lane in self.session.lanes:
            for clip in lane.clips:
                if clip.source not in self.media:
                    raise FormatError(f"the take of “{clip.name[:60]}” is missing; render it again")

    @property
    def spans(self) -> list[Span]:
        """The events of the story, in order."""
        return [
            Span(id=clip.id, name=clip.name, start=clip.start, length=planned(clip))
            for clip in self.session.lanes[0].clips
        ]

    def at(self, marker: Marker) -> int:
        """A marker's sample in the mix, at most its end."""
        return min(round(marker.at_s * self.session.rate_hz), self.session.length)

    def takes_of(self, clip: Placed) -> list[Media]:
        """The files of all takes of a clip, oldest first; its own alone where no others are known."""
        sources = self.versions.get(clip.id) or self.versions.get(clip.source, ())
        known = [self.media[source] for source in sources if source in self.media]
        own = self.media[clip.source]
        return known if own in known else [*known, own]


def planned(clip: Placed) -> int:
    """Samples up to the beginning of the next event: without the tail that a crossfade adds."""
    return clip.length - (clip.fade_out if clip.joined_after else 0)


def layers(lane: PlacedLane) -> list[list[Placed]]:
    """The lane's clips as few sequences in which none overlaps the next.

    For formats whose tracks hold one clip at a time. Events joined by a crossfade follow each other in one sequence.
    """
    found: list[list[Placed]] = []
    ends: list[int] = []
    for clip in sorted(lane.clips, key=lambda c: c.start):
        index = next((i for i, end in enumerate(ends) if clip.start >= end), len(found))
        if index == len(found):
            found.append([])
            ends.append(0)
        found[index].append(clip)
        ends[index] = clip.start + planned(clip)
    return found


def one_line(text: str) -> str:
    """Text for formats in which a line end or a tab ends a field."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def seconds(samples: int, rate_hz: int, *, digits: int = 14) -> str:
    """Samples as decimal seconds without an exponent; 14 digits give every sample back exactly."""
    return f"{samples / rate_hz:.{digits}f}"


def check_text(names: Sequence[str]) -> None:
    """Raise FormatError where a file name would not survive a text format: a line end or a quote in it."""
    for name in names:
        if one_line(name) != name or '"' in name:
            raise FormatError(f"the file name {name!r:.80} can't stand in a session file")
