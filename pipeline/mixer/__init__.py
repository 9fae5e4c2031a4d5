"""Takes become a mix: the one mixer, and what a mix needs to be handed over.

  curves, pan       the formulas of fades and of left and right
  sources, fits     takes in memory or in files, at any rate; made to fit their slots
  ducking, engine   a session to sound, streamed; stems
  remix             after an edit only what it touches
  joining, peaks    the short way for a story's events alone
  loudness, true_peak, limiter, delivery     measured, and brought to a target

Knows nothing of models or of what files look like; every number is linear gain or dB.
"""

from __future__ import annotations

from pipeline.mixer.curves import fade_in, fade_out
from pipeline.mixer.delivery import TARGETS, Delivery, Report, Target, delivered
from pipeline.mixer.engine import Mixer, Part
from pipeline.mixer.joining import fitting, mix
from pipeline.mixer.loudness import Loudness, Meter, measured, measured_blocks
from pipeline.mixer.peaks import CEILING_DB, peak_db, peak_safe
from pipeline.mixer.remix import changed, patched, patches
from pipeline.mixer.sources import AudioSource, FileSource, Opener, Source, audio_sources, file_sources

__all__ = [
    "CEILING_DB",
    "TARGETS",
    "AudioSource",
    "Delivery",
    "FileSource",
    "Loudness",
    "Meter",
    "Mixer",
    "Opener",
    "Part",
    "Report",
    "Source",
    "Target",
    "audio_sources",
    "changed",
    "delivered",
    "fade_in",
    "fade_out",
    "file_sources",
    "fitting",
    "measured",
    "measured_blocks",
    "mix",
    "patched",
    "patches",
    "peak_db",
    "peak_safe",
]
