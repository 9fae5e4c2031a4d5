"""A studio over the fakes: real store, real queue, real handlers; only the model is small."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.timeline import Story
from studio import remixing
from studio.exporting import Exporting
from studio.project import Project
from studio.service import StudioService
from studio.store import Store
from tests.fakes import ListPlanner, SketchRenderer

STORY = Story(text="rain; a passing car; thunder", duration_s=6.0)
PATIENCE_S = 60.0


@dataclass
class FakeBackend:
    """A planner and a renderer, as a loaded model offers them."""

    planner: ListPlanner
    renderer: SketchRenderer


@dataclass
class Studio:
    """A service, its renderer, and shortcuts for what tests do again and again."""

    service: StudioService
    renderer: SketchRenderer

    def planned(self, story: Story = STORY) -> Project:
        """A new project with the planned story."""
        project = self.service.open(None)
        self.service.plan(project.id, project.revision, story, seed=7)
        return self.settled(project.id)

    def rendered(self, story: Story = STORY) -> Project:
        """A new project, planned and rendered."""
        project = self.planned(story)
        self.service.render(project.id)
        return self.settled(project.id)

    def settled(self, project_id: str) -> Project:
        """The project once its jobs are over."""
        wait_until(lambda: not self.service.queue.active(project_id))
        return self.service.store.get(project_id)

    def states(self, project_id: str) -> list[str]:
        """The state of every event, as the page shows it."""
        return [event["state"] for event in self.service.view(project_id)["events"]]


def wait_until(true: Callable[[], object]) -> None:
    """Wait for another thread; fails after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def studio(
    tmp_path: Path, renderer: SketchRenderer, planner: ListPlanner, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    """A started studio in an empty folder, which measures a mix soon after it is made."""
    monkeypatch.setattr(remixing, "QUIET_S", 0.02)
    service = StudioService(Store(tmp_path / "projects"), lambda: FakeBackend(planner, renderer), model="sketch")
    service.start()
    yield Studio(service, renderer)
    service.close()


@pytest.fixture
def exporting(studio: Studio) -> Exporting:
    """The studio's, with categories that need no text model."""
    studio.service.exporting._suggest = lambda caption: "RAINMetl" if "rain" in caption else "THUN"
    return studio.service.exporting
