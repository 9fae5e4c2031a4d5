"""The events and clips of a mix as tables for people and programs: Audacity labels and CSV.

Times are exact to the sample. Knows nothing of audio.
"""

from __future__ import annotations

import csv
import io

from pipeline.arrangement import Placed, PlacedLane
from pipeline.formats.description import Description, one_line, seconds

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run instead of showing
CSV_COLUMNS = (
    "lane", "id", "name", "start_s", "end_s", "start_samples", "length_samples", "offset_samples", "rate_hz",
    "fade_in_samples", "fade_in_curve", "fade_out_samples", "fade_out_curve", "gain_db", "pan", "muted", "fit",
    "seed", "model", "file",
)  # fmt: skip


def audacity_labels(described: Description) -> str:
    """One line per event (a region) and per marker (a point): start, end and text, with tabs between."""
    rate = described.session.rate_hz
    rows = [(span.start, span.end, span.name) for span in described.spans]
    rows += [(described.at(marker), described.at(marker), marker.name) for marker in described.markers]
    lines = (f"{seconds(a, rate, digits=6)}\t{seconds(b, rate, digits=6)}\t{one_line(name)}\n" for a, b, name in rows)
    return "".join(lines)


def csv_table(described: Description) -> str:
    """One row per clip of every lane, comma separated (RFC 4180), with a header.

    Text that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for lane in described.session.lanes:
        for clip in lane.clips:
            writer.writerow(_row(described, lane, clip))
    return out.getvalue()


def _row(described: Description, lane: PlacedLane, clip: Placed) -> list[object]:
    rate, media = described.session.rate_hz, described.media[clip.source]
    row = (
        lane.name, clip.id, clip.name, seconds(clip.start, rate, digits=6), seconds(clip.end, rate, digits=6),
        clip.start, clip.length, clip.offset, rate, clip.fade_in, clip.fade_in_curve.value, clip.fade_out,
        clip.fade_out_curve.value, clip.strip.gain_db, clip.strip.pan, "yes" if clip.muted or lane.muted else "no",
        clip.fit.value, "" if media.take.seed is None else media.take.seed, media.take.model, media.file,
    )  # fmt: skip
    return [_shown(value) if isinstance(value, str) else value for value in row]


def _shown(text: str) -> str:
    text = one_line(text)
    return f"'{text}" if text.startswith(_FORMULA) else text
