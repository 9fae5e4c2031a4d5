"""What the files of a delivery say of themselves: metadata, broadcast fields, marks, loudness. Writes nothing."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

import numpy as np

from pipeline.arrangement import STORY_LANE, PlacedLane, Session
from pipeline.delivery.material import Material
from pipeline.formats.broadcast import Broadcast, LoudnessFigures
from pipeline.formats.description import Description, Media
from pipeline.formats.marks import Mark
from pipeline.formats.metadata import SOFTWARE, Metadata
from pipeline.mixer import Loudness

_FIGURES = {
    "integrated, LUFS": "integrated_lufs",
    "loudness range, LU": "range_lu",
    "true peak, dBTP": "true_peak_dbtp",
    "momentary, highest, LUFS": "momentary_max_lufs",
    "short-term, highest, LUFS": "short_term_max_lufs",
}


class Facts:
    """About one material played as `session`. metadata: of the whole mix. described: with the takes where they are."""

    def __init__(self, material: Material, session: Session, *, creator: str, made: datetime, reference: str) -> None:
        self.metadata = material.metadata(session, creator=creator, made=made)
        media = {name: Media(file=take.path.name, take=take) for name, take in material.takes.items()}
        markers = material.arrangement.markers
        self.described = Description(title=material.title, session=session, media=media, markers=markers)
        self._made, self._reference = made, reference

    @property
    def marks(self) -> list[Mark]:
        """A region for every event and a point for every marker, in samples of the mix."""
        marks = [Mark(at=span.start, name=span.name, length=span.length) for span in self.described.spans]
        return marks + [Mark(at=self.described.at(marker), name=marker.name) for marker in self.described.markers]

    def broadcast(self, name: str, *, time_reference: int = 0) -> Broadcast:
        """The bext fields of a file; time_reference in samples from the beginning of the mix."""
        return Broadcast(
            description=name, originator=SOFTWARE, reference=self._reference, made=self._made,
            time_reference=time_reference,
        )  # fmt: skip

    def of_event(self, index: int) -> Metadata:
        """The metadata of the file of one event or clip, counted through all lanes."""
        event = self.metadata.events[index]
        return replace(self.metadata, title=event.caption, events=(event,))

    def of_lane(self, lane: PlacedLane) -> Metadata:
        """The metadata of a lane's stem."""
        name = "" if lane.id == STORY_LANE else lane.name
        return replace(self.metadata, title=lane.name, events=tuple(e for e in self.metadata.events if e.lane == name))


def bext_figures(loudness: Loudness) -> LoudnessFigures:
    """What a meter read, for a bext chunk."""
    return LoudnessFigures(
        integrated_lufs=loudness.integrated_lufs,
        range_lu=loudness.range_lu,
        true_peak_dbtp=loudness.true_peak_dbtp,
        max_momentary_lufs=loudness.momentary_max_lufs,
        max_short_term_lufs=loudness.short_term_max_lufs,
    )


def figure_rows(before: Loudness, after: Loudness) -> dict[str, tuple[float, float]]:
    """Name -> (before, after), for people."""
    return {words: (getattr(before, name), getattr(after, name)) for words, name in _FIGURES.items()}


def json_figures(loudness: Loudness) -> dict[str, float | None]:
    """Fit for JSON, which has no infinity: null where there is no loudness."""
    return {name: value if np.isfinite(value) else None for name, value in asdict(loudness).items()}
