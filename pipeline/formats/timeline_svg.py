"""A mix's lanes and clips as one SVG picture: fades, names, markers, the seconds, and the waveform above them.

Self-contained: no style sheet, no script, no link. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from pipeline.arrangement import Placed, PlacedLane
from pipeline.formats.description import Description, one_line

WIDTH = 1_200
_LEFT, _RIGHT, _WAVE, _ROW, _AXIS = 120, 12, 90, 54, 28
_INK, _FILL, _EDGE, _SEAM, _GRID = "#30363d", "#cfe0e5", "#4f7c8a", "#c9803c", "#d9dde1"
_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600)
_CHAR = 6.2  # width of a letter at the size of a clip's name
_QUIET = 0.1  # the waveform is drawn up to its peak, or to this where it is lower


def timeline_svg(described: Description, *, low: Sequence[float] = (), high: Sequence[float] = ()) -> str:
    """The picture's text. low, high: the mix's lowest and highest sample in equal stretches, for the waveform."""
    wave = _WAVE if len(low) else 0
    height = wave + _ROW * len(described.session.lanes) + _AXIS
    body = [*_seconds(described, height), *_waveform(low, high), *_lanes(described, wave), *_markers(described, height)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="11" fill="{_INK}" role="img">'
        f"<title>{_text(described.title)}</title>{''.join(body)}</svg>\n"
    )


def _x(described: Description, samples: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * samples / max(described.session.length, 1)


def _text(text: str) -> str:
    return escape(one_line(text))


def _seconds(described: Description, height: int) -> Iterator[str]:
    rate = described.session.rate_hz
    total_s = described.session.length / rate
    step = next((s for s in _STEPS_S if total_s / s <= 12), _STEPS_S[-1])
    for index in range(int(total_s / step + 1e-9) + 1):
        x = _x(described, index * step * rate)
        yield f'<path d="M{x:.1f} 0V{height - _AXIS + 6}" stroke="{_GRID}"/>'
        yield f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{index * step:g} s</text>'


def _waveform(low: Sequence[float], high: Sequence[float]) -> Iterator[str]:
    if not len(low):
        return
    middle, scale = _WAVE / 2, (_WAVE / 2 - 4) / max(_QUIET, *(abs(v) for v in (*low, *high)))
    step = (WIDTH - _LEFT - _RIGHT) / len(low)
    above = [f"{_LEFT + i * step:.1f} {middle - v * scale:.1f}" for i, v in enumerate(high)]
    below = [f"{_LEFT + i * step:.1f} {middle - v * scale:.1f}" for i, v in enumerate(low)]
    yield f'<path d="M{"L".join([*above, *reversed(below)])}Z" fill="{_EDGE}"/>'
    yield f'<text x="8" y="{middle + 4}" font-weight="bold">Mix</text>'


def _lanes(described: Description, top: int) -> Iterator[str]:
    for index, lane in enumerate(described.session.lanes):
        y = top + index * _ROW
        yield f'<path d="M0 {y}H{WIDTH}" stroke="{_GRID}"/>'
        yield f'<text x="8" y="{y + _ROW / 2 + 4}" font-weight="bold">{_text(_fitting(lane.name, _LEFT - 16))}</text>'
        for clip in lane.clips:
            yield from _clip(described, lane, clip, y + 6)


def _clip(described: Description, lane: PlacedLane, clip: Placed, y: float) -> Iterator[str]:
    left, right = _x(described, clip.start), _x(described, clip.end)
    bottom = y + _ROW - 12
    opacity = 0.4 if clip.muted or lane.muted else 0.85
    rise, fall = _x(described, clip.start + clip.fade_in), _x(described, clip.end - clip.fade_out)
    shape = f"M{left:.1f} {bottom}L{rise:.1f} {y}H{fall:.1f}L{right:.1f} {bottom}Z"
    yield f'<g opacity="{opacity}"><path d="{shape}" fill="{_FILL}" stroke="{_EDGE}"/>'
    begin = rise if clip.joined_before else left  # beside the crossfade
    name = _fitting(clip.name, right - begin - 8)
    yield f'<text x="{begin + 5:.1f}" y="{bottom - 5}">{_text(name)}</text><title>{_text(clip.name)}</title></g>'


def _markers(described: Description, height: int) -> Iterator[str]:
    for marker in described.markers:
        x = _x(described, described.at(marker))
        yield f'<path d="M{x:.1f} 0V{height - _AXIS}" stroke="{_SEAM}" stroke-dasharray="3 2"/>'
        yield f'<text x="{x + 3:.1f}" y="10" fill="{_SEAM}">{_text(_fitting(marker.name, 160))}</text>'


def _fitting(text: str, width: float) -> str:
    room = int(width / _CHAR)
    text = one_line(text)
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…" if room > 1 else ""
