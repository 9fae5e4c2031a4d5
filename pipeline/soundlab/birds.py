"""The family of birds; importing this file registers all of them."""

from __future__ import annotations

from pipeline.soundlab import birds_harsh, birds_song

__all__ = ["birds_harsh", "birds_song"]
