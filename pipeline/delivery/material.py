"""What is delivered: an arrangement, the takes that are heard in it, and everything that is known of them.

Knows nothing of project folders, presets or of how anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.arrangement import GUARD_S, STORY_LANE, Arrangement, Placed, PlacedLane, Session, session, within_takes
from pipeline.errors import MixError
from pipeline.formats.description import TakeFile, planned
from pipeline.formats.metadata import EventNote, Metadata
from pipeline.formats.names import whole_phrase

UNTITLED = "Untitled"
_TITLE_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class Material:
    """A title, the arrangement and its takes.

    chosen: event id -> id of the take that is heard; a clip's source is such an id itself. takes: by id, all there
    are. versions: id of an event or a clip -> ids of all its takes, oldest first. settings: what else made the sound,
    fit for JSON.
    """

    title: str
    arrangement: Arrangement
    chosen: Mapping[str, str]
    takes: Mapping[str, TakeFile]
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def session(self, *, rate_hz: int) -> Session:
        """The arrangement in samples, crossfades no longer than the takes allow. MixError names a missing take."""
        played = session(self.arrangement, self.chosen, rate_hz=rate_hz)
        for lane in played.lanes:
            for clip in lane.clips:
                if clip.source not in self.takes:
                    raise MixError(f"“{clip.name[:60]}” has no take yet; render it first")
        return within_takes(played, {name: take.samples_at(rate_hz) for name, take in self.takes.items()})

    def lacking(self, played: Session) -> list[str]:
        """A sentence about every event whose take ends before it does, by more than rounding or a guard."""
        told, rate_hz = [], played.rate_hz
        for number, clip in enumerate(played.lanes[0].clips, 1):
            take = self.takes[clip.source]
            lacks_s = (planned(clip) + clip.offset - take.samples_at(rate_hz)) / rate_hz
            if lacks_s > GUARD_S + 1 / take.rate_hz:
                told.append(f"The take of event {number} ends {lacks_s:.2f} s before its event: silence follows it.")
        return told

    @property
    def paths(self) -> dict[str, Path]:
        """Where the takes are, for the mixer."""
        return {name: take.path for name, take in self.takes.items()}

    def metadata(self, played: Session, *, creator: str = "", made: datetime | None = None) -> Metadata:
        """What a file of the whole mix says of itself: every event and clip with the seed and the model of its take.

        Events come first, in the order of the story.
        """
        return Metadata(
            title=self.title,
            story=self.arrangement.timeline.story.text if self.arrangement.timeline.events else "",
            creator=creator,
            made=made,
            events=tuple(self._note(played, lane, clip) for lane in played.lanes for clip in lane.clips),
        )

    def _note(self, played: Session, lane: PlacedLane, clip: Placed) -> EventNote:
        take = self.takes[clip.source]
        return EventNote(
            caption=clip.name,
            start_s=clip.start / played.rate_hz,
            duration_s=planned(clip) / played.rate_hz,
            seed=take.seed,
            model=take.model,
            lane="" if lane.id == STORY_LANE else lane.name,
        )


def title_of(title: str, arrangement: Arrangement | None) -> str:
    """The project's name, or the first words of its story."""
    if title.strip():
        return " ".join(title.split())
    words = (arrangement.timeline.story.text if arrangement else "").split()
    begun = " ".join(words[:_TITLE_WORDS])
    return (whole_phrase(begun) if len(words) > _TITLE_WORDS else begun).strip(" .,;:") or UNTITLED
