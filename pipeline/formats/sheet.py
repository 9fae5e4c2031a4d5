"""A delivery sheet: one HTML page that needs nothing beside it, with pictures, figures, captions, seeds and credits.

Every text in it is escaped. Knows nothing of how sound is mixed, measured or drawn: figures and pictures are given.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from pipeline.formats.metadata import Metadata

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#24292f;max-width:1200px;margin:2rem auto;padding:0 1rem}
h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.1rem}img,svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9dde1}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
pre{white-space:pre-wrap;font:13px/1.4 ui-monospace,monospace}
.quiet{color:#57606a}details{margin:.5rem 0}
""".strip()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What stands on the page. Texts are plain text, `timeline` is an SVG of ours, `spectrogram` the bytes of a PNG.

    figures: name -> (before, after), None where not known. files: name -> size in bytes. credits: heading -> text.
    """

    metadata: Metadata
    rate_hz: int
    length: int
    timeline: str = ""
    spectrogram: bytes = b""
    figures: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    sentences: Sequence[str] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    credits: Mapping[str, str] = field(default_factory=dict)


def sheet_html(sheet: Sheet) -> str:
    """The page's text, UTF-8, without a link to anything outside of it."""
    title = escape(sheet.metadata.title or "Untitled")
    parts = "".join(
        (*_head(sheet), *_pictures(sheet), *_figures(sheet), *_events(sheet), *_files(sheet), *_credits(sheet))
    )
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{parts}</body></html>\n"
    )


def _head(sheet: Sheet) -> Iterator[str]:
    told = sheet.metadata
    yield f"<h1>{escape(told.title or 'Untitled')}</h1>"
    about = [f"{sheet.length / sheet.rate_hz:.3f} s", f"{sheet.length:,} samples at {sheet.rate_hz:,} Hz"]
    about += [text for text in (told.creator, told.date, told.software) if text]
    yield f'<p class="quiet">{escape(" · ".join(about))}</p>'
    if told.story:
        yield f"<p>{escape(told.story)}</p>"


def _pictures(sheet: Sheet) -> Iterator[str]:
    if sheet.timeline:
        yield f"<h2>Timeline</h2>{sheet.timeline}"
    if sheet.spectrogram:
        data = base64.b64encode(sheet.spectrogram).decode("ascii")
        yield f'<h2>Spectrogram</h2><img alt="Spectrogram of the mix" src="data:image/png;base64,{data}">'


def _figures(sheet: Sheet) -> Iterator[str]:
    if not sheet.figures and not sheet.sentences:
        return
    yield "<h2>Loudness</h2>"
    yield from (f"<p>{escape(sentence)}</p>" for sentence in sheet.sentences)
    rows = ((name, _number(before), _number(after)) for name, (before, after) in sheet.figures.items())
    yield _table(("", "before", "after"), rows, numbers={1, 2})


def _events(sheet: Sheet) -> Iterator[str]:
    if not sheet.metadata.events:
        return
    yield "<h2>Events and clips</h2>"
    rows = (
        (str(number), f"{e.start_s:.3f}", f"{e.duration_s:.3f}", e.lane or "Story", e.caption, _seed(e.seed), e.model)
        for number, e in enumerate(sheet.metadata.events, 1)
    )
    yield _table(("", "start in s", "length in s", "lane", "caption", "seed", "model"), rows, numbers={0, 1, 2, 5})


def _files(sheet: Sheet) -> Iterator[str]:
    if sheet.files:
        yield "<h2>Files</h2>"
        rows = ((name, f"{size:,}") for name, size in sheet.files.items())
        yield _table(("file", "bytes"), rows, numbers={1})


def _credits(sheet: Sheet) -> Iterator[str]:
    if sheet.credits:
        yield "<h2>Credits</h2>"
        for heading, text in sheet.credits.items():
            yield f"<details><summary>{escape(heading)}</summary><pre>{escape(text)}</pre></details>"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]], *, numbers: set[int]) -> str:
    def cells(row: Sequence[str], kind: str) -> str:
        classes = (' class="n"' if i in numbers else "" for i in range(len(row)))
        return "".join(f"<{kind}{c}>{escape(text)}</{kind}>" for text, c in zip(row, classes, strict=True))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _number(value: float | None) -> str:
    if value is None:
        return "not known"
    return "-∞" if value == -math.inf else f"{value:.1f}"


def _seed(seed: int | None) -> str:
    return "" if seed is None else str(seed)
