"""The captions of the events as subtitles: SubRip (SRT) and WebVTT, in milliseconds. Knows nothing of audio."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.formats.description import Description, one_line


def srt(described: Description) -> str:
    """SubRip: numbered cues, a comma before the milliseconds."""
    cues = (
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text.replace('-->', '->')}\n"
        for number, (start, end, text) in enumerate(_cues(described), 1)
    )
    return "\n".join(cues)


def vtt(described: Description) -> str:
    """WebVTT: text escaped as the standard says."""
    cues = (
        f"\n{number}\n{_clock(start, '.')} --> {_clock(end, '.')}\n{_escaped(text)}\n"
        for number, (start, end, text) in enumerate(_cues(described), 1)
    )
    return "WEBVTT\n" + "".join(cues)


def _cues(described: Description) -> Iterator[tuple[int, int, str]]:
    """Start and end in ms, rounded, and the text; a cue lasts at least 1 ms."""
    rate = described.session.rate_hz
    for span in described.spans:
        start, end = (round(1_000 * at / rate) for at in (span.start, span.end))
        yield start, max(end, start + 1), one_line(span.name)


def _clock(ms: int, point: str) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1_000:02}{point}{rest % 1_000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
