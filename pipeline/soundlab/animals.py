"""The family of four-legged and wild animals; importing this file registers all of them."""

from __future__ import annotations

from pipeline.soundlab import animals_farm, animals_pets, animals_wild, hooves

__all__ = ["animals_farm", "animals_pets", "animals_wild", "hooves"]
