"""How loud the mixes of projects are before anything is done to them, read in the background and remembered.

A queue of its own, so that it never waits for an export or a render. Knows nothing of files that are written.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from typing import Any

from pipeline.delivery.facts import json_figures
from pipeline.delivery.measuring import measured_mix
from pipeline.delivery.presets import Preset
from pipeline.errors import ProjectError
from pipeline.mixer import Loudness
from studio.exportable import material, trouble_of
from studio.jobs import MAX_REMEMBERED, Job, JobQueue, Status
from studio.project import Project
from studio.states import mix_key
from studio.store import Store

MEASURES_KEPT = 200
_FINE = 1_000  # steps of a progress bar
_Key = tuple[str, int, "int | None"]


class Measuring:
    """Measures the mixes of projects, one after another. Methods may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store, self._queue, self._lock = store, JobQueue("measure"), threading.Lock()
        self._measured: OrderedDict[_Key, Loudness] = OrderedDict()
        self._told: set[int] = set()

    def close(self) -> None:
        """Stop."""
        self._queue.close()

    def abandon(self, project_id: str) -> None:
        """Give up what is measured of a project."""
        self._queue.cancel(project_id)

    def before(self, project_id: str, preset: Preset) -> dict[str, Any]:
        """The loudness of the mix as it is, or how far measuring it is; it is begun where it is not known."""
        project = self._store.get(project_id)
        trouble = trouble_of(self._store, project)
        if trouble:
            return {"before": None, "measuring": None, "trouble": trouble}
        key = (mix_key(project), preset.rate_hz, preset.channels)
        with self._lock:
            known, failure = self._measured.get(key), self._failure(project_id, key)
            if known is None and not failure:
                return {"before": None, "measuring": self._begin(project, preset, key).fraction, "trouble": ""}
        return {"before": json_figures(known) if known else None, "measuring": None, "trouble": failure}

    # --- inside

    def _failure(self, project_id: str, key: _Key) -> str:
        """Why measuring this mix ended without figures; told once, so that asking again tries again."""
        ended = self._queue.over(project_id, most=MAX_REMEMBERED)
        last = next((job for job in ended if job.about == _about(key)), None)
        if last is None or last.status is not Status.FAILED or last.number in self._told:
            return ""
        self._told.add(last.number)
        return last.message

    def _begin(self, project: Project, preset: Preset, key: _Key) -> Job:
        """The job that measures this mix; those of mixes before an edit are given up for it.

        The same mix at another rate or with other channels is what another window asks for: it waits its turn.
        """
        under_way = [job for job in self._queue.active(project.id) if not job.cancel.cancelled]
        same = next((job for job in under_way if job.about == _about(key)), None)
        if same:
            return same
        for job in under_way:
            if job.about[0] != key[0]:
                with contextlib.suppress(ProjectError):  # it ended just now
                    self._queue.cancel(project.id, number=job.number)
        return self._queue.submit(
            project.id, "measure", lambda job: self._read(job, project, preset, key), about=_about(key)
        )  # fmt: skip

    def _read(self, job: Job, project: Project, preset: Preset, key: _Key) -> str:
        job.begin("measuring", part=1, parts=1)
        found = measured_mix(
            material(self._store, project), preset, cancel=job.cancel,
            on_progress=lambda share: job.on_step(round(share * _FINE), _FINE),
        )  # fmt: skip
        with self._lock:
            self._measured[key] = found
            while len(self._measured) > MEASURES_KEPT:
                self._measured.popitem(last=False)
        return "measured"


def _about(key: _Key) -> tuple[str, ...]:
    """What tells jobs apart: the mix first, then how it is read."""
    mix, rate_hz, channels = key
    return mix, str(rate_hz), str(channels)
