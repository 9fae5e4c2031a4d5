"""Exports of projects as jobs of a queue of their own, beside the device's: no render and no edit waits for one.

An export is of the project as it was when it was asked for, at a stated revision. Measuring a mix goes through
another queue, so that it never waits for an export. Knows no gradio, no page and no model that renders.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.delivery.facts import json_figures
from pipeline.delivery.film import length_sentence
from pipeline.delivery.material import Material
from pipeline.errors import AudioStoryError, FormatError, MixError, ProjectError, StaleRevision
from pipeline.formats.files import reason
from pipeline.formats.ucs import suggester
from studio.exportable import held, material, pieces, second_name, stamp, trouble_of
from studio.exports import Exports
from studio.jobs import Job, JobQueue, Status
from studio.measuring import Measuring
from studio.project import Project
from studio.store import CHANGED_ELSEWHERE, Store
from studio.videos import Videos
from studio.wishes import Wish

if TYPE_CHECKING:
    from pipeline.delivery.bundle import Delivered

PATIENCE_S = 5.0  # for an export that was asked to stop
_TAKES = "takes"  # inside of an export in the making
_FINE = 1_000  # steps of a progress bar
_PACKING = 0.97  # of the work, once everything but the archive is there
_REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # what only the disk that is written to says


@dataclass(frozen=True)
class _Snapshot:
    """A project as it was at one moment, and what is delivered of it."""

    project: Project
    material: Material
    stamp: str


class Exporting:
    """One per process. Methods may be called from any thread."""

    def __init__(self, store: Store, *, suggest: Callable[[str], str] | None = None) -> None:
        self.exports, self.videos = Exports(store), Videos(store)
        self.queue, self.measuring = JobQueue("export"), Measuring(store)
        self._store, self._suggest = store, suggest
        self._lock, self._suggesting = threading.Lock(), threading.Lock()
        self._stamps: dict[str, tuple[int, str]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._suggested: dict[str, str] = {}

    def close(self) -> None:
        """Stop; what is under way leaves nothing behind."""
        self.queue.close()
        self.measuring.close()

    # --- exports

    def start(self, project_id: str, wish: Wish, *, revision: int) -> Job:
        """Export the project as it is now; `revision` is the one that the user saw. What can't be is told at once."""
        taken = self._snapshot(project_id, revision)
        if wish.video:
            self.videos.path(project_id)  # told at once where there is none
        with self._lock:
            if self.queue.active(project_id):
                raise ProjectError("an export of this project is under way; wait for it, or cancel it first")
            self._told[project_id] = {"revision": taken.project.revision, "preset": wish.preset.name}
            return self.queue.submit(
                project_id, f"export “{wish.preset.title}”", lambda job: self._work(job, taken, wish)
            )

    def cancel(self, project_id: str, *, number: int | None = None) -> int:
        """Stop the project's export at its next block; nothing of it stays."""
        return self.queue.cancel(project_id, number=number)

    def abandon(self, project_id: str) -> None:
        """Stop whatever is done for a project that is about to go away, and wait until it writes nothing any more."""
        self.queue.cancel(project_id)
        self.measuring.abandon(project_id)
        deadline_s = time.monotonic() + PATIENCE_S
        while self.queue.active(project_id) and time.monotonic() < deadline_s:
            time.sleep(0.02)

    def state(self, project_id: str) -> dict[str, Any]:
        """What the page shows: the export under way or how the last ended, the finished ones, what is in the way."""
        project = self._store.get(project_id)
        with self._lock:  # the job and what is told of it belong together
            job, told = self.queue.latest(project_id), self._told.get(project_id, {})
        shown = job_shown(job, self.queue.ahead_of(job)) if job else {}  # read before what it brings about
        current = self._stamp(project)
        found = [{**note, "changed": note.get("stamp") != current} for note in self.exports.recent(project_id)]
        return {
            "revision": project.revision,
            "job": shown | told if shown else None,
            "exports": found,
            "trouble": trouble_of(self._store, project),
            "video": self._video(project),
        }

    def categories(self, project_id: str) -> list[dict[str, Any]]:
        """The category that is suggested for each event and each clip of the free lanes: by caption, or a clip's name.

        Numbered in the order of a lane; `lane` is empty for events. WeightsMissing where the text model is not there.
        """
        return [
            {"id": piece, "n": number, "lane": lane, "caption": words, "category": self._category(words)}
            for lane, number, piece, words in pieces(self._store.get(project_id))
        ]

    # --- inside

    def _snapshot(self, project_id: str, revision: int) -> _Snapshot:
        project = self._store.get(project_id)
        if project.revision != revision:
            raise StaleRevision(CHANGED_ELSEWHERE)
        trouble = trouble_of(self._store, project)
        if trouble:
            raise MixError(trouble)
        return _Snapshot(project, material(self._store, project), self._stamp(project))

    def _video(self, project: Project) -> dict[str, Any] | None:
        """The video, and what is to be said of its length beside the mix's."""
        found = self.videos.shown(project.id)
        mix_s = project.arrangement.length_s if project.arrangement else 0.0
        return {**found, "lasts": length_sentence(found["length_s"], mix_s) if mix_s else ""} if found else None

    def _stamp(self, project: Project) -> str:
        known = self._stamps.get(project.id)
        if known is None or known[0] != project.changes:
            known = self._stamps[project.id] = (project.changes, stamp(project))
        return known[1]

    def _work(self, job: Job, taken: _Snapshot, wish: Wish) -> str:
        job.begin("reading", part=1, parts=1)
        project_id = taken.project.id
        with _disk_told(), self.exports.making(project_id) as part:
            still = held(
                self._store, taken.project, taken.material, part / _TAKES,
                versions=wish.preset.sessions, cancel=job.cancel,
            )  # fmt: skip
            video = self._held_video(project_id, part / _TAKES, job) if wish.video else None
            done = self._delivered(job, replace(taken, material=still), wish, part, video)
            shutil.rmtree(part / _TAKES)
            job.cancel.raise_if_cancelled()
            self.exports.keep(part, done.path, _note(taken, wish, done))
        self.exports.thin(project_id)
        count = len(done.files)
        return f"exported {count} file{'s' if count != 1 else ''} at revision {taken.project.revision}"

    def _held_video(self, project_id: str, folder: Path, job: Job) -> Path:
        """The video as it is now, whatever becomes of it meanwhile."""
        path = self.videos.path(project_id)
        try:
            second_name(path, folder / path.name, job.cancel)
        except FileNotFoundError as error:  # it was replaced just then
            raise ProjectError("the video is gone; choose one and export again") from error
        return folder / path.name

    def _delivered(self, job: Job, taken: _Snapshot, wish: Wish, part: Path, video: Path | None) -> Delivered:
        from pipeline.delivery.bundle import Options, deliver  # brings what draws pictures

        options = Options(
            creator=wish.creator, source=wish.source, naming=wish.naming, categories=wish.categories,
            suggest=self._category, archive=True, frames_per_s=wish.frames_per_s, video=video,
        )  # fmt: skip

        def told(share: float, doing: str) -> None:
            job.doing = "packing" if share >= 1.0 else doing
            job.on_step(round(min(share, 1.0) * _PACKING * _FINE), _FINE)

        return deliver(taken.material, wish.preset, part, options=options, cancel=job.cancel, on_progress=told)

    def _category(self, caption: str) -> str:
        with self._suggesting:
            if self._suggest is None:
                model = suggester()
                self._suggest = lambda text: model.suggest(text, count=1)[0].category.id
            if caption not in self._suggested:
                self._suggested[caption] = self._suggest(caption)
            return self._suggested[caption]


def job_shown(job: Job, ahead: int) -> dict[str, Any]:
    """An export under way, or how it ended, for the page."""
    if job.status is Status.QUEUED:
        text = f"waits for {ahead} other export{'s' if ahead != 1 else ''}" if ahead else "starting"
    elif job.status is Status.CANCELLED:
        text = "cancelled; nothing was written"
    elif job.status.over:
        text = job.message
    else:
        text = f"{job.doing}{', stopping' if job.cancel.cancelled else ''}"
    return {
        **job.shown(),
        "text": text,
    }


def _note(taken: _Snapshot, wish: Wish, done: Delivered) -> dict[str, Any]:
    """What is remembered of an export beside its files."""
    report, project = done.report, taken.project
    return {
        "title": taken.material.title,
        "preset": wish.preset.name,
        "preset_title": wish.preset.title,
        "formats": [str(wanted) for wanted in wish.preset.mixes],
        "made_at": datetime.now(timezone.utc).isoformat(timespec="microseconds"),
        "revision": project.revision,
        "stamp": taken.stamp,
        "sentences": list(done.sentences),
        "sound": bool(wish.preset.mixes),
        "target": {
            "title": report.target.name,
            "lufs": report.target.loudness_lufs,
            "ceiling": report.target.ceiling_dbtp,
        },
        "before": json_figures(report.before),
        "after": json_figures(report.after),
        "gain_db": report.gain_db,
        "limited_db": report.limited_db,
        "gave_way": report.gave_way,
    }


@contextlib.contextmanager
def _disk_told() -> Iterator[None]:
    """What the disk refuses, in one sentence without places that nobody is to see."""
    try:
        yield
    except AudioStoryError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__
        if cause is None or cause.errno not in _REFUSALS:
            raise
        raise FormatError(f"the export can't be written: {reason(cause)}") from error
