"""The credits of the recordings as Markdown, made from their table.

`python -m pipeline.soundlab.recordings_credits > assets/soundlab/CREDITS.md` rewrites the committed text.
Knows nothing of audio.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pipeline.soundlab.recordings import Package, Recording, packages, table

LICENCE_PAGES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "MIT": "https://opensource.org/license/mit",
}
OPENING = """# Credits of the recordings

The sounds that the embedded model was trained on are synthesised by this project, and varied from the recordings
listed here. The recordings themselves are not part of this project: each comes from the package named above its
table. For training they were mixed to one channel, resampled, trimmed, and varied at random in pitch, level,
filtering, repetition and reverberation. Their authors endorse neither this project nor its use.
"""


def credits_text() -> str:
    """The whole text: per package its source and licence note, then title, author, licence and page of every file."""
    licences = [f"- {name}: <{LICENCE_PAGES[name]}>\n" for name in sorted({r.licence for r in table()})]
    sections = [_section(package) for package in packages()]
    return "\n".join([OPENING, "".join(["Licences:\n\n", *licences]), *sections])


def _section(package: Package) -> str:
    rows = [recording for recording in table() if recording.package == package.name]
    head = f"## {package.title}\n\nPackage `{package.name}` (`{package.get}`). {package.note}\n\n"
    return head + "| title | author | licence | original |\n| --- | --- | --- | --- |\n" + "".join(_lines(rows))


def _lines(rows: list[Recording]) -> Iterator[str]:
    for row in rows:
        page = f"<https://{row.url}>" if row.url else ""
        yield f"| {_cell(row.title)} | {_cell(row.author)} | {row.licence} | {page} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(credits_text())
