"""What the page draws of a sound: its waveform as a path, peaks at two zoom levels, a spectrogram. Cached by content.

Knows nothing of projects; a sound is named by a path whose file never changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audio import Audio
from pipeline.formats.files import replacing
from pipeline.pictures import envelope, spectrogram_db

PEAK_COLUMNS = 600
LEVELS_PER_S = (25.0, 200.0)
MAX_COLUMNS = 60_000
_ROWS, _LOWEST_HZ, _FLOOR_DB = 160, 40.0, -80.0
_SILENCE_DB = -120.0


def wave_path(audio: Audio, *, columns: int = PEAK_COLUMNS) -> str:
    """The waveform as the path of an SVG, in a box of `columns` by 200, drawn there and back."""
    low, high = envelope(audio, columns=columns)
    scale = columns / len(low)
    top = [f"{i * scale:.1f} {100 - 98 * v:.0f}" for i, v in enumerate(np.clip(high, -1, 1))]
    bottom = [f"{i * scale:.1f} {101 - 98 * v:.0f}" for i, v in enumerate(np.clip(low, -1, 1))]
    return "M" + "L".join([*top, *reversed(bottom)]) + "Z"


def peaks(audio: Audio) -> dict[str, Any]:
    """Lowest and highest sample per column in 127ths of full scale, at two zoom levels, the coarse one first.

    per_s: columns a second. peak_db and rms_db are those of the whole sound, -120 for silence: what an A/B comparison
    needs to bring two takes to one loudness.
    """
    levels = []
    for wanted in LEVELS_PER_S:
        columns = int(min(max(audio.duration_s * wanted, 1), MAX_COLUMNS))
        low, high = envelope(audio, columns=columns)
        low_127, high_127 = (np.rint(np.clip(v, -1, 1) * 127).astype(int).tolist() for v in (low, high))
        levels.append({"per_s": len(low) / audio.duration_s, "low": low_127, "high": high_127})
    power = float(np.mean(np.square(audio.samples, dtype=np.float64)))
    peak = float(np.abs(audio.samples).max(initial=0.0))
    return {
        "length_s": audio.duration_s,
        "peak_db": _db(peak),
        "rms_db": _db(power**0.5),
        "levels": levels,
    }


def _db(value: float) -> float:
    return round(20.0 * float(np.log10(value)), 2) if value > 1e-6 else _SILENCE_DB


def cached_json(path: Path, make: Callable[[], dict[str, Any]]) -> Path:
    """The file at `path`, made by `make` if it is not there."""
    if not path.is_file():
        text = json.dumps(make(), separators=(",", ":"))
        with replacing(path) as part:
            part.write_text(text, encoding="ascii")
    return path


def cached_picture(path: Path, audio: Callable[[], Audio]) -> Path:
    """A spectrogram at `path`, drawn if it is not there: time across, frequency up, logarithmic from 40 Hz."""
    if not path.is_file():
        _draw_spectrogram(path, audio())
    return path


def _draw_spectrogram(path: Path, audio: Audio) -> None:
    from matplotlib.image import imsave

    levels = spectrogram_db(audio)
    wanted = np.geomspace(_LOWEST_HZ, audio.rate_hz / 2, _ROWS)
    rows = np.rint(wanted / (audio.rate_hz / 2) * (len(levels) - 1)).astype(int)
    with replacing(path) as part:
        imsave(part, levels[rows], cmap="magma", vmin=_FLOOR_DB, vmax=0.0, origin="lower", format="png")
