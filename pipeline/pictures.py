"""Pictures of a track: its waveform, its spectrogram, its lanes and clips, calm, as PNG or SVG.

Knows nothing of how the audio was made.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from pipeline.arrangement import Placed
from pipeline.audio import Audio
from pipeline.errors import AudioError
from pipeline.formats.description import Description
from pipeline.formats.files import replacing
from pipeline.timeline import Timeline, placements

COLUMNS = 1_200
FLOOR_DB = -90.0
_INK, _WAVE, _CLIP, _SEAM, _GRID = "#30363d", "#4f7c8a", "#cfe0e5", "#c9803c", "#d9dde1"
_WINDOW = 2_048
_SIZE_IN, _DPI = (12.0, 5.2), 120


class Overview:
    """A track seen from afar, gathered from blocks [C, n] that need not be kept.

    low, high: lowest and highest sample of all channels in each of at most `columns` equal stretches, float32.
    `levels_db` is as of `spectrogram_db`. Raises AudioError for a length of 0.
    """

    def __init__(self, *, rate_hz: int, length: int, columns: int = COLUMNS) -> None:
        if length <= 0:
            raise AudioError("there is no sound to draw")
        self.rate_hz, self.length = rate_hz, length
        self._starts = np.linspace(0, length, min(columns, length) + 1).astype(int)[:-1]
        self.low = np.full(len(self._starts), np.inf, np.float32)
        self.high = np.full(len(self._starts), -np.inf, np.float32)
        self._hop = max(_WINDOW // 8, -(-length // columns))
        self._window = np.hanning(_WINDOW).astype(np.float32)
        self._done = 0
        self._mono = np.zeros(_WINDOW // 2, np.float32)  # from where the next frame begins, or later by `_skip`
        self._skip = 0
        self._frames: list[np.ndarray] = []

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.length / self.rate_hz

    def add(self, block: np.ndarray) -> None:
        """The next samples [C, n]."""
        if not block.shape[1]:
            return
        first = int(np.searchsorted(self._starts, self._done, side="right")) - 1
        last = int(np.searchsorted(self._starts, self._done + block.shape[1], side="left"))
        edges = np.maximum(self._starts[first:last] - self._done, 0)
        span = slice(first, last)
        self.low[span] = np.minimum(self.low[span], np.minimum.reduceat(block.min(axis=0), edges))
        self.high[span] = np.maximum(self.high[span], np.maximum.reduceat(block.max(axis=0), edges))
        self._done += block.shape[1]
        self._take_frames(block.mean(axis=0, dtype=np.float32))
        if self._done == self.length:
            self._take_frames(np.zeros(_WINDOW // 2, np.float32))

    @property
    def levels_db(self) -> np.ndarray:
        """[frequencies, frames], once all samples were added."""
        return np.concatenate(self._frames).T

    def _take_frames(self, mono: np.ndarray) -> None:
        skipped = min(self._skip, len(mono))
        self._skip -= skipped
        self._mono = np.concatenate([self._mono, mono[skipped:]])
        if len(self._mono) < _WINDOW:
            return
        frames = np.lib.stride_tricks.sliding_window_view(self._mono, _WINDOW)[:: self._hop]
        level = np.abs(np.fft.rfft(frames * self._window, axis=1)) * (2.0 / self._window.sum())
        self._frames.append(np.maximum(20.0 * np.log10(np.maximum(level, 1e-9)), FLOOR_DB).astype(np.float32))
        used = len(frames) * self._hop
        self._skip = max(used - len(self._mono), 0)
        self._mono = self._mono[used:]


def overview_of(audio: Audio, *, columns: int = COLUMNS) -> Overview:
    """The overview of audio in memory."""
    overview = Overview(rate_hz=audio.rate_hz, length=audio.length, columns=columns)
    overview.add(audio.samples)
    return overview


def picture(path: Path, audio: Audio, *, title: str = "", timeline: Timeline | None = None) -> None:
    """Write a PNG of the waveform above the spectrogram; with a timeline, its events are marked and named.

    Raises AudioError for audio without samples and FormatError when the file cannot be written.
    """
    places = placements(timeline, rate_hz=audio.rate_hz) if timeline else ()
    events = timeline.events if timeline else ()
    marks = [(place.start / audio.rate_hz, event.caption) for event, place in zip(events, places, strict=True)]
    overview_picture(path, overview_of(audio), title=title, marks=marks)


def overview_picture(
    path: Path, overview: Overview, *, title: str = "", marks: Sequence[tuple[float, str]] = ()
) -> None:
    """Write the waveform above the spectrogram, as a PNG or, if `path` ends so, an SVG.

    marks: where events begin, in seconds, and what they are called. Raises FormatError when the file can't be written.
    """
    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.6))
    _draw_waveform(above, overview)
    _draw_spectrogram(below, overview)
    _mark_events(above, below, marks, duration_s=overview.duration_s)
    figure.suptitle(_plain(title), x=0.01, ha="left", fontsize=11, color=_INK)
    _save(figure, path)


def spectrogram_picture(path: Path, overview: Overview) -> None:
    """Write the spectrogram alone, as a PNG or, if `path` ends so, an SVG; FormatError when it can't be written."""
    figure = Figure(figsize=(_SIZE_IN[0], 3.4), dpi=_DPI, layout="constrained")
    _draw_spectrogram(figure.subplots(), overview)
    _save(figure, path)


def timeline_picture(path: Path, described: Description, overview: Overview) -> None:
    """Write lanes with their clips under the mix's waveform, as a PNG or SVG; FormatError when it can't be written."""
    session = described.session
    figure = Figure(figsize=(_SIZE_IN[0], 2.0 + 0.7 * len(session.lanes)), dpi=_DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.6, 0.7 * len(session.lanes)))
    _draw_waveform(above, overview)
    for row, lane in enumerate(session.lanes):
        alpha = 0.35 if lane.muted else 0.9
        shapes = PolyCollection([_shape(clip, row, session.rate_hz) for clip in lane.clips], alpha=alpha)
        shapes.set(facecolor=_CLIP, edgecolor=_WAVE, linewidth=0.8)
        below.add_collection(shapes)
        for clip in lane.clips:
            begin = clip.start + (clip.fade_in if clip.joined_before else 0)  # beside the crossfade
            short = _shortened(clip.name, share=(clip.end - begin) / session.rate_hz / overview.duration_s)
            where = begin / session.rate_hz, row
            below.text(*where, f" {_plain(short)}", va="center", fontsize=7, color=_INK, clip_on=True)
    for marker in described.markers:
        below.axvline(described.at(marker) / session.rate_hz, color=_SEAM, linewidth=0.9)
    names = [_plain(lane.name) for lane in session.lanes]
    below.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names, xlabel="seconds")
    _calm(below)
    _save(figure, path)


def _shape(clip: Placed, row: int, rate_hz: int) -> list[tuple[float, float]]:
    """A clip's outline with its fades, in seconds and rows (which count downwards)."""
    places = clip.start, clip.start + clip.fade_in, clip.end - clip.fade_out, clip.end
    return [(at / rate_hz, row + side) for at, side in zip(places, (0.4, -0.4, -0.4, 0.4), strict=True)]


def _save(figure: Figure, path: Path) -> None:
    kind = "svg" if path.suffix.lower() == ".svg" else "png"
    with replacing(path) as part, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # an emoji in a caption becomes a box
        figure.savefig(part, format=kind)


def envelope(audio: Audio, *, columns: int = COLUMNS) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest sample of all channels in each of at most `columns` equal stretches, two float32 arrays."""
    if not audio.length:
        raise AudioError("there is no sound to draw")
    edges = np.linspace(0, audio.length, min(columns, audio.length) + 1).astype(int)[:-1]
    low = np.minimum.reduceat(audio.samples.min(axis=0), edges)
    high = np.maximum.reduceat(audio.samples.max(axis=0), edges)
    return low, high


def spectrogram_db(audio: Audio, *, columns: int = COLUMNS) -> np.ndarray:
    """Level in dB below a full-scale sine [frequencies, frames] of the channels' mean; at most `columns` frames.

    Frequencies rise from 0 to half the rate in `_WINDOW // 2 + 1` steps; nothing lies below `FLOOR_DB`.
    """
    if not audio.length:
        raise AudioError("there is no sound to draw")
    mono = np.pad(audio.samples.mean(axis=0), _WINDOW // 2)
    hop = max(_WINDOW // 8, -(-audio.length // columns))
    window = np.hanning(_WINDOW).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::hop]
    level = np.abs(np.fft.rfft(frames * window, axis=1)) * (2.0 / window.sum())
    return np.maximum(20.0 * np.log10(np.maximum(level, 1e-9)), FLOOR_DB).T


def _draw_waveform(axes: Axes, overview: Overview) -> None:
    low, high = overview.low, overview.high
    seconds = np.linspace(0.0, overview.duration_s, len(low))
    axes.fill_between(seconds, low, high, color=_WAVE, linewidth=0.4)
    top = max(1.0, float(-low.min()), float(high.max()))
    axes.set(ylim=(-top, top), xlim=(0.0, overview.duration_s), ylabel="sample value")
    _calm(axes)


def _draw_spectrogram(axes: Axes, overview: Overview) -> None:
    top_khz = overview.rate_hz / 2_000
    image = axes.imshow(
        overview.levels_db,
        origin="lower",
        aspect="auto",
        extent=(0.0, overview.duration_s, 0.0, top_khz),
        cmap="magma",
        vmin=FLOOR_DB,
        vmax=0.0,
        interpolation="bilinear",
    )
    axes.set(xlabel="seconds", ylabel="kHz", ylim=(0.0, top_khz))
    _calm(axes)
    axes.grid(visible=False)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.01, fraction=0.025)
    bar.set_label("dB", fontsize=9, color=_INK)
    bar.ax.tick_params(labelsize=8, colors=_INK, length=3)


def _mark_events(above: Axes, below: Axes, marks: Sequence[tuple[float, str]], *, duration_s: float) -> None:
    ends = [start_s for start_s, _ in marks[1:]] + [duration_s]
    for number, ((start_s, caption), end_s) in enumerate(zip(marks, ends, strict=False), start=1):
        for axes in (above, below):
            axes.axvline(start_s, color=_SEAM, linewidth=0.9, alpha=0.9)
        short = _shortened(f"{number} {caption}", share=(end_s - start_s) / duration_s)
        above.annotate(
            _plain(short), (start_s, 1.0), xycoords=("data", "axes fraction"), xytext=(3, 3),
            textcoords="offset points", fontsize=8, color=_INK, annotation_clip=False,
        )  # fmt: skip


def _shortened(name: str, *, share: float) -> str:
    """As much of a name as fits into this share of the width."""
    room = max(int(100 * share) - 2, 1)
    return name if len(name) <= room else f"{name[:room].rstrip()}…"


def _plain(text: str) -> str:
    """Text that matplotlib draws as it is: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")


def _calm(axes: Axes) -> None:
    axes.grid(color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, labelsize=8, length=3)
    axes.xaxis.label.set(color=_INK, fontsize=9)
    axes.yaxis.label.set(color=_INK, fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
