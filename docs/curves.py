"""Draws docs/curves.png from the formulas of the mixer: `python -m docs.curves [FILE.png]`.

The fades, and what a crossfade of each does to the level of two different sounds and of a sound with itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.formats.files import replacing
from pipeline.mixer.curves import rise
from pipeline.timeline import Curve

TARGET = Path(__file__).with_name("curves.png")
_COLOURS = {
    Curve.EQUAL_POWER: "#1b666e",
    Curve.LINEAR: "#30363d",
    Curve.S_CURVE: "#5d4c9c",
    Curve.EXPONENTIAL: "#8f4a08",
    Curve.LOGARITHMIC: "#3f6f9a",
}
_INK, _GRID, _PAPER = "#30363d", "#d9dde1", "#ffffff"
_FLOOR_DB = -12.0
Pair = Callable[[np.ndarray, np.ndarray], np.ndarray]


def level_db(curve: Curve, x: np.ndarray, pair: Pair) -> np.ndarray:
    """The level of a crossfade at `x` (0 to 1), in dB: `pair` adds up the gains of the sound that comes and that goes.

    It is 0 dB before and after every crossfade.
    """
    return 10.0 * np.log10(pair(rise(curve, x), rise(curve, 1.0 - x)))


def different(comes: np.ndarray, goes: np.ndarray) -> np.ndarray:
    """The power of two sounds that have nothing in common."""
    return comes**2 + goes**2


def alike(comes: np.ndarray, goes: np.ndarray) -> np.ndarray:
    """The power of a sound with itself."""
    return (comes + goes) ** 2


def draw(path: Path) -> None:
    """Write the picture, whole or not at all."""
    figure = Figure(figsize=(12.0, 3.9), dpi=120, facecolor=_PAPER, layout="constrained")
    fades, *levels = figure.subplots(1, 3)
    x = (np.arange(2_000) + 0.5) / 2_000
    for curve, colour in _COLOURS.items():
        name = curve.value.replace("_", " ")
        fades.plot(x, rise(curve, x), color=colour, lw=1.8, label=name)
        fades.plot(x, rise(curve, 1.0 - x), color=colour, lw=1.0, alpha=0.35)
        for axes, pair in zip(levels, (different, alike), strict=True):
            axes.plot(x, level_db(curve, x, pair), color=colour, lw=1.8)
    _calm(fades, "Fade in, and out as its mirror image: gain", (0.0, 1.0))
    _calm(levels[0], "Crossfade of two different sounds: level, dB", (_FLOOR_DB, 7.0))
    _calm(levels[1], "Crossfade of a sound with itself: level, dB", (_FLOOR_DB, 7.0))
    figure.legend(loc="outside lower center", ncols=len(_COLOURS), frameon=False, labelcolor=_INK)
    with replacing(path) as part:
        figure.savefig(part, format="png", facecolor=_PAPER)


def _calm(axes: Axes, title: str, span: tuple[float, float]) -> None:
    axes.set_title(title, color=_INK, fontsize=10, loc="left")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(*span)
    axes.set_xticks([0.0, 0.5, 1.0], ["begin", "middle", "end"])
    axes.grid(color=_GRID, lw=0.8)
    axes.tick_params(colors=_INK, labelsize=8.5, length=0)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
