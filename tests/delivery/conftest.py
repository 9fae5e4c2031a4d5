"""One delivery of everything, made once for all tests that look at it."""

from __future__ import annotations

import pytest

from pipeline.delivery.bundle import deliver
from pipeline.delivery.presets import PRESETS
from tests.delivery.materials import OPTIONS, material


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    """(Delivered, (share, what) as they were told, the material)."""
    root = tmp_path_factory.mktemp("everything")
    seen = []
    made = deliver(
        material(root / "takes"), PRESETS["everything"], root / "out", options=OPTIONS,
        on_progress=lambda done, what: seen.append((done, what)),
    )  # fmt: skip
    return made, seen, material(root / "takes")
