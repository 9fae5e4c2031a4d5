"""Where a sound stands between left and right. Knows nothing of clips or lanes."""

from __future__ import annotations

import math


def pan_gains(pan: float) -> tuple[float, float]:
    """Linear gains of (left, right) at `pan` from -1 (left) to 1 (right): constant power, 0 dB in the centre.

    left = sqrt(2) cos((pan + 1) pi / 4), right = sqrt(2) sin((pan + 1) pi / 4): left^2 + right^2 = 2 everywhere. The
    centre is exactly (1, 1), so that a centred clip keeps its level; hard left or right is (sqrt 2, 0) or (0, sqrt 2),
    +3.01 dB on the side that is left. A mono source goes to both sides with these gains; of a stereo source each side
    is scaled by its own, as a balance control does: nothing moves across.
    """
    if pan == 0.0:
        return 1.0, 1.0
    if abs(pan) >= 1.0:
        return (math.sqrt(2.0), 0.0) if pan < 0 else (0.0, math.sqrt(2.0))
    angle = (pan + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)
