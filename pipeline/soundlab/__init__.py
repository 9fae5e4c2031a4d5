"""Captioned training sounds: synthesised concepts and openly licensed recordings."""
