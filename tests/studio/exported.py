"""What tests of exports do again and again: a wish, an export from beginning to end, what lies in its folder."""

from __future__ import annotations

import threading

import pytest

from pipeline.delivery import bundle as delivering
from studio import wishes
from studio.jobs import Job, Status
from studio.project import Project
from tests.studio.conftest import Studio, wait_until

EBU = "48k-24bit-ebu"


def wish(preset: str = EBU, **fields: object) -> wishes.Wish:
    return wishes.wish_of({"preset": preset, **fields}, pieces={"e1", "e2", "e3"})


def begun(studio: Studio, project: Project, asked: wishes.Wish | None = None) -> Job:
    revision = studio.service.store.get(project.id).revision
    return studio.service.exporting.start(project.id, asked or wish(), revision=revision)


def exported(studio: Studio, project: Project, asked: wishes.Wish | None = None) -> dict:
    """What is told of an export once it is there."""
    job = begun(studio, project, asked)
    wait_until(lambda: job.status.over)
    assert job.status is Status.DONE, job.message
    return studio.service.exporting.state(project.id)["exports"][0]


def content(studio: Studio, project: Project, made: dict, suffix: str) -> bytes:
    """The content of the one file of an export with this suffix."""
    [index] = [i for i, file in enumerate(made["files"]) if file["name"].endswith(suffix)]
    piece = studio.service.exporting.exports.piece(project.id, made["id"], index)
    data = b"".join(piece.content())
    assert len(data) == piece.size == made["files"][index]["bytes"]
    return data


def left(studio: Studio, project: Project) -> list[str]:
    """What lies in the folder of exports."""
    folder = studio.service.store.path(project.id) / "exports"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def held_up(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Mixing stops within an export: (it has begun, it may go on)."""
    reached, go = threading.Event(), threading.Event()
    real = delivering._Bundle._step

    def step(self: object, samples: int) -> None:
        reached.set()
        assert go.wait(60)
        real(self, samples)  # type: ignore[arg-type]

    monkeypatch.setattr(delivering._Bundle, "_step", step)
    return reached, go
