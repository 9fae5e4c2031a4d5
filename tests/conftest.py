"""Shared test set-up: hypothesis without deadlines, and the fakes as fixtures. Knows nothing of what is tested."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import ListPlanner, SketchRenderer

settings.register_profile(
    "suite",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture
def renderer() -> SketchRenderer:
    """Noise bursts at 8 kHz."""
    return SketchRenderer()


@pytest.fixture
def planner() -> ListPlanner:
    """Splits at semicolons."""
    return ListPlanner()
