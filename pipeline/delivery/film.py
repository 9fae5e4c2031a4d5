"""A video that the mix of a delivery is laid under: whether that can be, and how long its picture is beside the mix.

Knows nothing of how either is written.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.delivery.choices import check_video
from pipeline.delivery.presets import Preset
from pipeline.formats.video import picture_length_s
from pipeline.progress import CancelToken

TOLERANCE_S = 0.05  # about a frame


def checked_length_s(video: Path, preset: Preset, *, cancel: CancelToken | None = None) -> float:
    """Seconds of the picture, once it is sure that a mix can be laid under it: asked before hours of work, not after.

    SettingsError where the preset has no mix; what `picture_length_s` raises.
    """
    check_video(preset)
    return picture_length_s(video, cancel=cancel)


def length_sentence(picture_s: float | None, mix_s: float) -> str:
    """What becomes of the longer of the two, for a person; nothing where both are equally long or one is not known."""
    if picture_s is None or abs(picture_s - mix_s) <= TOLERANCE_S:
        return ""
    both = f"The video's picture lasts {picture_s:.2f} s and the mix {mix_s:.2f} s"
    if picture_s > mix_s:
        return f"{both}: the last {picture_s - mix_s:.2f} s of the picture are silent."
    return f"{both}: the last {mix_s - picture_s:.2f} s of the mix have no picture."
