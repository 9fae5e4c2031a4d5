"""What a file says of itself: title, story, date, software, and for every event its caption, seed and model.

One value, in the words of each container: LIST/INFO and iXML for WAV, the strings of libsndfile for FLAC, Ogg and MP3,
name=value pairs for ffmpeg, JSON for a sidecar. Knows nothing of samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from pipeline.formats.riff import Chunk, list_chunk

SOFTWARE = "AudioStory Studio"
SCHEMA = "audiostory.metadata/1"


@dataclass(frozen=True, kw_only=True)
class EventNote:
    """How the sound of an event, or of a clip in another lane, was made; start_s is where it begins in the mix.

    seed: None when not known. lane: the name of the clip's lane; empty for events of the story.
    """

    caption: str
    start_s: float
    duration_s: float
    seed: int | None = None
    model: str = ""
    lane: str = ""

    def line(self, number: int) -> str:
        """One line for people."""
        made = [f"seed {self.seed}" if self.seed is not None else "", f"model {self.model}" if self.model else ""]
        how = ", ".join(part for part in (f"lane {self.lane}" if self.lane else "", *made) if part)
        return f"{number}. {self.start_s:.3f} s {self.caption}" + (f" ({how})" if how else "")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What is known of a track or a part of one. `made` is when the file was made."""

    title: str = ""
    story: str = ""
    creator: str = ""
    made: datetime | None = None
    software: str = SOFTWARE
    events: tuple[EventNote, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(self.events))

    @property
    def date(self) -> str:
        """The day, as 2026-01-31, or nothing."""
        return self.made.strftime("%Y-%m-%d") if self.made else ""

    @property
    def comment(self) -> str:
        """The story and how each event was made, in lines."""
        lines = [self.story] if self.story else []
        return "\n".join([*lines, *(event.line(i) for i, event in enumerate(self.events, 1))])


def info_chunk(metadata: Metadata) -> Chunk:
    """A LIST/INFO chunk; text is UTF-8, which the format leaves open and readers today expect."""
    fields = {
        b"INAM": metadata.title,
        b"IART": metadata.creator,
        b"ICRD": metadata.date,
        b"ISFT": metadata.software,
        b"ISBJ": metadata.story,
        b"ICMT": metadata.comment,
    }
    return list_chunk(b"INFO", [Chunk(k, clean(v).encode("utf-8") + b"\0") for k, v in fields.items() if v])


def ixml_chunk(metadata: Metadata, *, time_reference: int, rate_hz: int, bits: int) -> Chunk:
    """An iXML chunk (specification 2.0): project, note, time stamp, and the events in a block of our own."""
    root = ElementTree.Element("BWFXML")
    _add(root, "IXML_VERSION", "2.0")
    _add(root, "PROJECT", metadata.title)
    _add(root, "NOTE", metadata.story)
    speed = ElementTree.SubElement(root, "SPEED")
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", str(time_reference >> 32))
    _add(speed, "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", str(time_reference & 0xFFFFFFFF))
    _add(speed, "TIMESTAMP_SAMPLE_RATE", str(rate_hz))
    _add(speed, "FILE_SAMPLE_RATE", str(rate_hz))
    _add(speed, "AUDIO_BIT_DEPTH", str(bits))
    own = ElementTree.SubElement(root, "AUDIOSTORY")
    _add(own, "SOFTWARE", metadata.software)
    _add(own, "DATE", metadata.made.isoformat(timespec="seconds") if metadata.made else "")
    for note in metadata.events:
        event = ElementTree.SubElement(own, "EVENT")
        for name, value in asdict(note).items():
            _add(event, name.upper(), "" if value is None else str(value))
    return Chunk(b"iXML", ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def tags(metadata: Metadata) -> dict[str, str]:
    """Non-empty fields under the names that libsndfile's strings and ffmpeg's -metadata share."""
    fields = {
        "title": metadata.title,
        "artist": metadata.creator,
        "date": metadata.date,
        "software": metadata.software,
        "comment": metadata.comment,
    }
    return {name: clean(text) for name, text in fields.items() if text}


def metadata_to_dict(metadata: Metadata) -> Mapping[str, Any]:
    """Everything, fit for JSON."""
    made = metadata.made.isoformat(timespec="seconds") if metadata.made else None
    return {"schema": SCHEMA, **asdict(metadata), "made": made, "events": [asdict(event) for event in metadata.events]}


def clean(text: str) -> str:
    """Text without the control characters that XML and tags can't hold; line ends stay."""
    return "".join(c for c in text if c >= " " and c not in "\x7f\ufffe\uffff" or c in "\n\t")


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = clean(text)
