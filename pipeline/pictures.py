"""Pictures of a track: its waveform and its spectrogram as one calm PNG. Knows nothing of how the audio was made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.audio import Audio
from pipeline.errors import AudioError
from pipeline.formats.files import replacing
from pipeline.timeline import Timeline, placements

COLUMNS = 1_200
FLOOR_DB = -90.0
_INK, _WAVE, _SEAM, _GRID = "#30363d", "#4f7c8a", "#c9803c", "#d9dde1"
_WINDOW = 2_048
_SIZE_IN, _DPI = (12.0, 5.2), 120


def picture(path: Path, audio: Audio, *, title: str = "", timeline: Timeline | None = None) -> None:
    """Write a PNG of the waveform above the spectrogram; with a timeline, its events are marked and named.

    Raises AudioError for audio without samples and FormatError when the file cannot be written.
    """
    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.6))
    _draw_waveform(above, audio)
    _draw_spectrogram(below, audio)
    if timeline:
        _mark_events(above, below, timeline, rate_hz=audio.rate_hz)
    figure.suptitle(_plain(title), x=0.01, ha="left", fontsize=11, color=_INK)
    with replacing(path) as part:
        figure.savefig(part, format="png")


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


def _draw_waveform(axes: Axes, audio: Audio) -> None:
    low, high = envelope(audio)
    seconds = np.linspace(0.0, audio.duration_s, len(low))
    axes.fill_between(seconds, low, high, color=_WAVE, linewidth=0.4)
    top = max(1.0, float(np.abs(audio.samples).max(initial=0.0)))
    axes.set(ylim=(-top, top), xlim=(0.0, audio.duration_s), ylabel="sample value")
    _calm(axes)


def _draw_spectrogram(axes: Axes, audio: Audio) -> None:
    top_khz = audio.rate_hz / 2_000
    image = axes.imshow(
        spectrogram_db(audio),
        origin="lower",
        aspect="auto",
        extent=(0.0, audio.duration_s, 0.0, top_khz),
        cmap="magma",
        vmin=FLOOR_DB,
        vmax=0.0,
        interpolation="bilinear",
    )
    axes.set(xlabel="seconds", ylabel="kHz", ylim=(0.0, top_khz))
    _calm(axes)
    axes.grid(visible=False)
    axes.figure.colorbar(image, ax=axes, label="dB", pad=0.01, fraction=0.025)


def _mark_events(above: Axes, below: Axes, timeline: Timeline, *, rate_hz: int) -> None:
    for number, (event, place) in enumerate(
        zip(timeline.events, placements(timeline, rate_hz=rate_hz), strict=True), start=1
    ):
        start_s = place.start / rate_hz
        for axes in (above, below):
            axes.axvline(start_s, color=_SEAM, linewidth=0.9, alpha=0.9)
        room = max(int(100 * event.duration_s / timeline.duration_s) - 2, 1)
        name = f"{number} {event.caption}"
        short = name if len(name) <= room else f"{name[:room].rstrip()}…"
        above.annotate(
            _plain(short), (start_s, 1.0), xycoords=("data", "axes fraction"), xytext=(3, 3),
            textcoords="offset points", fontsize=8, color=_INK, annotation_clip=False,
        )  # fmt: skip


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
