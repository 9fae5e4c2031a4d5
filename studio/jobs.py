"""One queue owns the device: a worker thread does one job after another. A job can be watched by any window.

Knows nothing of what the jobs do, nor of who watches them.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from pipeline.errors import AudioStoryError, Cancelled
from pipeline.progress import CancelToken

log = logging.getLogger(__name__)

MAX_REMEMBERED = 500


class Status(str, Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (Status.DONE, Status.FAILED, Status.CANCELLED)


@dataclass(eq=False)
class Job:
    """One piece of work for the device. The worker writes it, everybody may read it.

    part, parts: events begun (from 1) and in all. fraction: of the whole job, 0 to 1. message: how it ended.
    """

    project_id: str
    kind: str
    work: Callable[[Job], str]
    number: int
    cancel: CancelToken = field(default_factory=CancelToken)
    status: Status = Status.QUEUED
    message: str = ""
    doing: str = ""
    event_id: str = ""
    part: int = 0
    parts: int = 0
    step: int = 0
    steps: int = 0
    started_s: float = 0.0

    @property
    def fraction(self) -> float:
        """How much of the whole is done, by events and sampler steps."""
        if self.status is Status.DONE:
            return 1.0
        within = self.step / self.steps if self.steps else 0.0
        return (max(self.part - 1, 0) + within) / self.parts if self.parts else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far; None before there is one."""
        done = self.fraction
        if self.status is not Status.RUNNING or done < 0.02:
            return None
        return (time.monotonic() - self.started_s) * (1.0 - done) / done

    def begin(self, doing: str, *, event_id: str = "", part: int = 0, parts: int = 0) -> None:
        """Report the next part of the work."""
        self.doing, self.event_id, self.part, self.parts, self.step, self.steps = doing, event_id, part, parts, 0, 0

    def on_step(self, done: int, total: int) -> None:
        """Report sampler steps of the current part."""
        self.step, self.steps = done, total


class JobQueue:
    """First come, first served, on one thread that is started with the first job."""

    def __init__(self, name: str = "device") -> None:
        self._name = name
        self._ready = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._jobs: deque[Job] = deque(maxlen=MAX_REMEMBERED)
        self._numbers = itertools.count(1)
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, project_id: str, kind: str, work: Callable[[Job], str]) -> Job:
        """Queue `work`, which returns the sentence that says how it went; it should watch `job.cancel`."""
        with self._ready:
            job = Job(project_id, kind, work, next(self._numbers))
            self._waiting.append(job)
            self._jobs.append(job)
            self._start()
            self._ready.notify()
        return job

    def active(self, project_id: str) -> list[Job]:
        """The project's jobs that are not over, oldest first."""
        with self._ready:
            return [job for job in self._jobs if job.project_id == project_id and not job.status.over]

    def latest(self, project_id: str) -> Job | None:
        """The project's running job, else the next in line, else the one that ended last."""
        with self._ready:
            mine = [job for job in self._jobs if job.project_id == project_id]
        waiting = [job for job in mine if not job.status.over]
        return waiting[0] if waiting else (mine[-1] if mine else None)

    def ahead_of(self, job: Job) -> int:
        """How many jobs come before one that is queued."""
        with self._ready:
            return sum(1 for other in self._jobs if other.number < job.number and not other.status.over)

    def cancel(self, project_id: str) -> int:
        """Ask all jobs of a project to stop; returns how many there were. Queued ones end at once."""
        jobs = self.active(project_id)
        with self._ready:
            for job in jobs:
                job.cancel.cancel()
                if job in self._waiting:
                    self._waiting.remove(job)
                    job.status, job.message = Status.CANCELLED, "cancelled before it began"
        return len(jobs)

    def close(self) -> None:
        """Stop the worker after its current job, which is asked to stop."""
        with self._ready:
            self._closed = True
            self._waiting.clear()
            for job in self._jobs:
                job.cancel.cancel()
            self._ready.notify()
        if self._thread:
            self._thread.join(timeout=10)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._waiting and not self._closed:
                    self._ready.wait()
                if self._closed:
                    return
                job = self._waiting.popleft()
                job.status, job.started_s = Status.RUNNING, time.monotonic()
            _carry_out(job)


def _carry_out(job: Job) -> None:
    """Run one job; whatever it raises ends the job and never the worker."""
    try:
        job.cancel.raise_if_cancelled()
        message, status = job.work(job), Status.DONE
    except Cancelled:
        message, status = "cancelled; everything finished before that is kept", Status.CANCELLED
    except AudioStoryError as error:
        message, status = str(error), Status.FAILED
    except Exception:
        log.exception("job %d (%s) failed", job.number, job.kind)
        message, status = "an unexpected problem stopped this job; the log tells more", Status.FAILED
    job.message = message
    job.status = status
