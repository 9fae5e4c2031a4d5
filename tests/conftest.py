"""Shared test set-up: hypothesis without deadlines, the fakes as fixtures, long files first. Knows nothing of what is
tested.
"""

from __future__ import annotations

from collections import Counter

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that processes which share them end together; those of the browser next to
    each other, so that each process opens it once.
    """
    tests = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def order(item: pytest.Item) -> tuple[bool, bool, int, str]:
        browser = item.path.parent.name == "browser"
        return not browser, item.path not in slow, -tests[item.path], str(item.path)

    items.sort(key=order)


@pytest.fixture
def renderer() -> SketchRenderer:
    """Noise bursts at 8 kHz."""
    return SketchRenderer()


@pytest.fixture
def planner() -> ListPlanner:
    """Splits at semicolons."""
    return ListPlanner()
