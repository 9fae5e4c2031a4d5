"""The mix of every project is made anew in the background after each change. The newest state is always the next."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any

from pipeline.errors import AudioStoryError, Cancelled
from pipeline.progress import CancelToken
from studio.mixing import Memory, Mixdown, meters, mixdown
from studio.store import Store

log = logging.getLogger(__name__)
METERS_KEPT = 200
QUIET_S = 0.4  # after which a mix is measured
SETTLE_S = 0.03  # edits that follow each other this fast are mixed together


class Remixer:
    """One thread that mixes, beside the device's queue. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store, self.memory = store, Memory()
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._now: tuple[str, CancelToken] | None = None
        self._mixes: dict[str, Mixdown] = {}
        self._meters: dict[str, dict[str, Any]] = {}
        self._troubles: dict[str, str] = {}
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def request(self, project_id: str) -> None:
        """Mix this project as it then is; a mix of it that is under way is given up."""
        with self._changed:
            if self._closed:
                return
            if self._now and self._now[0] == project_id:
                self._now[1].cancel()
            self._waiting[project_id] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mix", daemon=True)
                self._thread.start()
            self._changed.notify()

    def busy(self, project_id: str) -> bool:
        """Whether a mix of this project waits, is being made or is being measured."""
        with self._changed:
            return project_id in self._waiting or (self._now is not None and self._now[0] == project_id)

    def levels(self, project_id: str) -> dict[str, Any]:
        """What the meters read of the newest mix; nothing before they have."""
        done = self._mixes.get(project_id)
        return self._meters.get(done.file, {}) if done else {}

    def latest(self, project_id: str) -> Mixdown | None:
        """The newest mix that there is."""
        return self._mixes.get(project_id)

    def trouble(self, project_id: str) -> str:
        """Why the last background mix could not be made, or nothing."""
        return self._troubles.get(project_id, "")

    def mix(self, project_id: str, *, rate_hz: int) -> Mixdown:
        """Mix at once, at that rate; an event without a take is an error."""
        with self._one:
            done = mixdown(self._store, self._store.get(project_id), rate_hz=rate_hz, memory=self.memory)
        self._mixes[project_id] = done
        return done

    def close(self) -> None:
        """Stop; a mix that is under way is given up."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            if self._now:
                self._now[1].cancel()
            self._changed.notify()
        if self._thread:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while (project_id := self._next()) is not None:
            assert self._now is not None
            self._try(project_id, self._now[1])
            with self._changed:
                self._now = None

    def _next(self) -> str | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._changed.wait(SETTLE_S)
            if self._closed or not self._waiting:
                return None
            project_id, _ = self._waiting.popitem(last=False)
            self._now = (project_id, CancelToken())
            return project_id

    def _background(self, project_id: str, token: CancelToken) -> None:
        project = self._store.get(project_id)
        if project.arrangement is None or not any(project.chosen_take(item.id) for item in project.all_material()):
            self._mixes.pop(project_id, None)
            return
        with self._one:
            done = mixdown(self._store, project, rate_hz=project.rate_hz, memory=self.memory, silent=True, cancel=token)
        self._mixes[project_id] = done
        self._measure(project_id, done, token)

    def _measure(self, project_id: str, done: Mixdown, token: CancelToken) -> None:
        """Read the meters once no further edit has come for a while."""
        with self._changed:
            if done.file not in self._meters:
                self._changed.wait_for(lambda: token.cancelled or bool(self._waiting) or self._closed, QUIET_S)
        token.raise_if_cancelled()
        self._meters[done.file] = meters(self._store.mix_path(project_id, done.file), cancel=token)
        while len(self._meters) > METERS_KEPT:
            self._meters.pop(next(iter(self._meters)))

    def _try(self, project_id: str, token: CancelToken) -> None:
        """Whatever goes wrong is told with the project and never ends the thread."""
        self._troubles.pop(project_id, None)
        try:
            self._background(project_id, token)
        except Cancelled:
            return
        except AudioStoryError as error:
            self._troubles[project_id] = str(error)
        except Exception:
            log.exception("mixing project %s failed", project_id)
            self._troubles[project_id] = "an unexpected problem stopped the mix; the log tells more"
