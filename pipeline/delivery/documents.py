"""What accompanies the sound: pictures, the settings as JSON, the delivery sheet. Knows nothing of mixing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline.delivery.facts import Facts, figure_rows, json_figures
from pipeline.delivery.material import Material
from pipeline.delivery.presets import Preset
from pipeline.formats.arrangement_json import arrangement_to_dict
from pipeline.formats.files import replacing
from pipeline.formats.metadata import metadata_to_dict
from pipeline.formats.sheet import Sheet, sheet_html
from pipeline.formats.timeline_json import timeline_to_dict
from pipeline.formats.timeline_svg import timeline_svg
from pipeline.mixer import Report
from pipeline.pictures import Overview, overview_picture, spectrogram_picture, timeline_picture
from pipeline.settings import ASSETS

SCHEMA = "audiostory.delivery/1"
PICTURES = "pictures"
CREDITS = {
    "Recordings that the embedded model was trained on": ASSETS / "soundlab" / "CREDITS.md",
    "Terms of what came with this program": ASSETS / "LICENSES.md",
}


def write_pictures(folder: Path, facts: Facts, overview: Overview) -> None:
    """Timeline, spectrogram and both with the events marked, as PNG and SVG, into `folder`/pictures."""
    below = folder / PICTURES
    below.mkdir(exist_ok=True)
    described = facts.described
    for suffix in (".png", ".svg"):
        spectrogram_picture(below / f"spectrogram{suffix}", overview)
    timeline_picture(below / "timeline.png", described, overview)
    write_text(below / "timeline.svg", _svg(facts, overview))
    marks = [(span.start / described.session.rate_hz, span.name) for span in described.spans]
    overview_picture(below / "overview.png", overview, title=described.title, marks=marks)


def write_settings(
    path: Path, material: Material, preset: Preset, facts: Facts, report: Report, *, categories: Mapping[str, str]
) -> None:
    """Everything that made the delivery, as JSON: timeline, arrangement, takes with seeds and models, loudness."""
    data = {
        "schema": SCHEMA,
        "preset": preset.name,
        "mixes": [str(wanted) for wanted in preset.mixes],
        "target": asdict(preset.target),
        "gain_db": report.gain_db,
        "limited_db": report.limited_db,
        "loudness": {"before": json_figures(report.before), "after": json_figures(report.after)},
        "metadata": metadata_to_dict(facts.metadata),
        "settings": dict(material.settings),
        "timeline": timeline_to_dict(material.arrangement.timeline),
        "arrangement": arrangement_to_dict(material.arrangement),
        "chosen": dict(material.chosen),
        "takes": {name: {**asdict(take), "path": take.path.name} for name, take in material.takes.items()},
        "categories": dict(categories),
    }
    write_text(path, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_sheet(path: Path, facts: Facts, overview: Overview, report: Report, *, sentences: Sequence[str]) -> None:
    """The delivery sheet, about all files that lie in its folder by then."""
    folder, session = path.parent, facts.described.session
    files = {p.relative_to(folder).as_posix(): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}
    drawn = folder / ".spectrogram.png"
    spectrogram_picture(drawn, overview)
    picture = drawn.read_bytes()
    drawn.unlink()
    sheet = Sheet(
        metadata=facts.metadata,
        rate_hz=session.rate_hz,
        length=session.length,
        timeline=_svg(facts, overview),
        spectrogram=picture,
        figures=figure_rows(report.before, report.after),
        sentences=sentences,
        files=files,
        credits={heading: source.read_text(encoding="utf-8") for heading, source in CREDITS.items()},
    )
    write_text(path, sheet_html(sheet))


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8, its line ends as they are, whole or not at all."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def _svg(facts: Facts, overview: Overview) -> str:
    return timeline_svg(facts.described, low=overview.low.tolist(), high=overview.high.tolist())
