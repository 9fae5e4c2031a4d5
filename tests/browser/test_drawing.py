"""What is drawn of fades and clips is what the mixer makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.mixer.curves import rise
from pipeline.timeline import Curve
from tests.browser.hands import Open

GAINS = """(places) => import('/studio-assets/timeline.js').then(({ fadeGain }) =>
  Object.fromEntries(%s.map((curve) => [curve, places.map((u) => fadeGain(curve, u))])))"""
PASSES = """([clip, from, to]) => import('/studio-assets/lanes.js').then(({ passes }) => passes(clip, { from, to })
  .map((one) => [one.at, one.length, one.from, one.to]))"""


def test_fades_and_clips_are_drawn_as_they_are_mixed(site: Open) -> None:
    page = site()
    places = [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]
    drawn = page.evaluate(GAINS % [curve.value for curve in Curve], places)
    for curve in Curve:
        assert drawn[curve.value] == pytest.approx(list(rise(curve, np.array(places))), abs=1e-9), curve

    clip = {"start_s": 10.0, "duration_s": 4.0, "offset_s": 1.0, "fit": "trim", "take": {"length_s": 3.0}}

    def passes(fit: str, begin: float = 0.0, end: float = 100.0, **fields: float) -> list[list[float]]:
        return page.evaluate(PASSES, [{**clip, "fit": fit, **fields}, begin, end])

    assert passes("trim") == [[9.0, 3.0, 10.0, 14.0]]  # nothing is drawn after the take's end
    assert passes("stretch") == [[8.0, 6.0, 10.0, 14.0]]  # two seconds of the take fill four
    looped = passes("loop")  # two seconds, whose last quarter lies under the next round
    assert [row[2:] for row in looped] == [[10.0, 11.75], [11.75, 13.5], [13.5, 14.0]]
    assert [row[0] for row in looped] == [9.0, 10.75, 12.5]
    assert [row[2] for row in passes("loop", 12.0, 13.0)] == [11.75]  # only what is in sight
    assert passes("loop", duration_s=1.5) == passes("trim", duration_s=1.5)
    assert len(passes("loop", duration_s=3_600.0, offset_s=2.99)) == 1
