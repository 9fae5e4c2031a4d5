"""The arrangement: what a mix is made of beside the story's events, and where everything lies in samples.

  parts       strips, fades, ducking, clips, lanes, markers
  whole       all of them with the timeline; lanes and clips put in and taken out
  placing     the same in samples, at a rate
  checks      what numbers and names may be

The story lane holds the timeline's events, joined by its boundaries. Free lanes hold clips at absolute times: beds
and spot effects. Values only, as in `timeline`: every edit returns a copy, and no value exists in a bad state.
Knows neither audio samples nor files; a `source` is the id of a take.
"""

from __future__ import annotations

from pipeline.arrangement.checks import MAX_NAME_CHARS
from pipeline.arrangement.parts import (
    MAX_GAIN_DB,
    MAX_LENGTH_S,
    MIN_CLIP_S,
    MIN_GAIN_DB,
    STORY_LANE,
    Clip,
    Ducking,
    Fade,
    Fit,
    Lane,
    Marker,
    Strip,
)
from pipeline.arrangement.placing import GUARD_S, Placed, PlacedLane, Session, session, within_takes
from pipeline.arrangement.whole import (
    MAX_CLIPS,
    MAX_LANES,
    MAX_MARKERS,
    Arrangement,
    with_clip,
    with_lane,
    without_clip,
    without_lane,
)

__all__ = [
    "GUARD_S",
    "MAX_CLIPS",
    "MAX_GAIN_DB",
    "MAX_LANES",
    "MAX_LENGTH_S",
    "MAX_MARKERS",
    "MAX_NAME_CHARS",
    "MIN_CLIP_S",
    "MIN_GAIN_DB",
    "STORY_LANE",
    "Arrangement",
    "Clip",
    "Ducking",
    "Fade",
    "Fit",
    "Lane",
    "Marker",
    "Placed",
    "PlacedLane",
    "Session",
    "Strip",
    "session",
    "with_clip",
    "with_lane",
    "within_takes",
    "without_clip",
    "without_lane",
]
