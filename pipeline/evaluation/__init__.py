"""Measurements of the planner, the renderer and the codec. Nothing in the library imports this package."""
