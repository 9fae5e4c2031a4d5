"""One queue owns the device: a worker thread does one job after another. A job can be watched by any window.

Work that yields between its parts (a generator) lets more urgent jobs go first there and goes on after them. Knows
nothing of what the jobs do, nor of who watches them.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from pipeline.errors import AudioStoryError, Cancelled, ProjectError
from pipeline.progress import CancelToken

log = logging.getLogger(__name__)

MAX_REMEMBERED = 500


class Status(str, Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (Status.DONE, Status.FAILED, Status.CANCELLED)


class Priority(IntEnum):
    """Who goes first: what somebody waits for, before what runs in batches."""

    INTERACTIVE = 0
    BATCH = 1


Parts = Generator[None, None, str]


@dataclass(eq=False)
class Job:
    """One piece of work for the device. The worker writes it, everybody may read it.

    part, parts: events begun (from 1) and in all. fraction: of the whole job, 0 to 1. message: how it ended.
    about: ids of what it is going to render; event_id: what is being rendered now. work returns the sentence that
    says how it went, or is a generator that yields between parts and returns it.
    """

    project_id: str
    kind: str
    work: Callable[[Job], str | Parts]
    number: int
    priority: Priority = Priority.INTERACTIVE
    about: tuple[str, ...] = ()
    cancel: CancelToken = field(default_factory=CancelToken)
    status: Status = Status.QUEUED
    message: str = ""
    doing: str = ""
    event_id: str = ""
    part: int = 0
    parts: int = 0
    step: int = 0
    steps: int = 0
    spent_s: float = 0.0
    started_s: float = 0.0
    rest: Parts | None = None

    @property
    def fraction(self) -> float:
        """How much of the whole is done, by events and sampler steps."""
        if self.status is Status.DONE:
            return 1.0
        within = self.step / self.steps if self.steps else 0.0
        return (max(self.part - 1, 0) + within) / self.parts if self.parts else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far, not counting pauses; None before there is one."""
        done = self.fraction
        if self.status is not Status.RUNNING or done < 0.02:
            return None
        return (self.spent_s + time.monotonic() - self.started_s) * (1.0 - done) / done

    def shown(self) -> dict[str, Any]:
        """What every view of a job shows, fit for JSON."""
        return {
            "number": self.number,
            "kind": self.kind,
            "status": self.status.value,
            "active": not self.status.over,
            "fraction": round(self.fraction, 4),
        }

    def begin(self, doing: str, *, event_id: str = "", part: int = 0, parts: int = 0) -> None:
        """Report the next part of the work."""
        self.doing, self.event_id, self.part, self.parts, self.step, self.steps = doing, event_id, part, parts, 0, 0

    def on_step(self, done: int, total: int) -> None:
        """Report sampler steps of the current part."""
        self.step, self.steps = done, total


class JobQueue:
    """The most urgent first, else first come, first served, on one thread that is started with the first job."""

    def __init__(self, name: str = "device") -> None:
        self._name = name
        self._ready = threading.Condition()
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._jobs: deque[Job] = deque(maxlen=MAX_REMEMBERED)
        self._numbers = itertools.count(1)
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        project_id: str,
        kind: str,
        work: Callable[[Job], str | Parts],
        *,
        priority: Priority = Priority.INTERACTIVE,
        about: tuple[str, ...] = (),
    ) -> Job:
        """Queue `work`; it should watch `job.cancel`."""
        with self._ready:
            job = Job(project_id, kind, work, next(self._numbers), priority, about)
            self._waiting.append(job)
            self._jobs.append(job)
            self._start()
            self._ready.notify()
        return job

    def active(self, project_id: str) -> list[Job]:
        """The project's jobs that are not over, in the order in which they will go on."""
        return [job for job in self.order() if job.project_id == project_id]

    def order(self) -> list[Job]:
        """All jobs that are not over: the running one, then the others as they will come."""
        with self._ready:
            waiting = sorted(self._waiting, key=_urgency)
            return ([self._running] if self._running else []) + waiting

    def over(self, project_id: str, *, most: int) -> list[Job]:
        """The project's jobs that ended, the latest first."""
        with self._ready:
            ended = [job for job in self._jobs if job.project_id == project_id and job.status.over]
        return ended[::-1][:most]

    def latest(self, project_id: str) -> Job | None:
        """The project's running job, else the next in line, else the one that ended last."""
        waiting = self.active(project_id)
        ended = self.over(project_id, most=1)
        return waiting[0] if waiting else (ended[0] if ended else None)

    def ahead_of(self, job: Job) -> int:
        """How many jobs come before one that waits."""
        order = self.order()
        return order.index(job) if job in order else 0

    def cancel(self, project_id: str, *, number: int | None = None) -> int:
        """Ask all jobs of a project to stop, or one of them; returns how many. Queued ones end at once.

        ProjectError when the project has no such job.
        """
        with self._ready:
            mine = [job for job in self.order() if job.project_id == project_id]
            jobs = [job for job in mine if number in (None, job.number)]
            if number is not None and not jobs:
                raise ProjectError("there is no such job under way")
            for job in jobs:
                job.cancel.cancel()
                if job in self._waiting:
                    self._waiting.remove(job)
                    kept = "; everything finished before that is kept" if job.rest else " before it began"
                    job.status, job.message = Status.CANCELLED, f"cancelled{kept}"
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
                job = min(self._waiting, key=_urgency)
                self._waiting.remove(job)
                self._running = job
                job.started_s, job.status = time.monotonic(), Status.RUNNING
            self._carry_out(job)
            with self._ready:
                self._running = None

    def _carry_out(self, job: Job) -> None:
        """Run one job until it is over or gives way; whatever it raises ends the job and never the worker."""
        try:
            while True:
                job.cancel.raise_if_cancelled()
                message = _one_part(job)
                if message is not None:
                    break
                if self._gave_way(job):
                    return
            status = Status.DONE
        except Cancelled:
            message, status = "cancelled; everything finished before that is kept", Status.CANCELLED
        except AudioStoryError as error:
            message, status = str(error), Status.FAILED
        except Exception:
            log.exception("job %d (%s) failed", job.number, job.kind)
            message, status = "an unexpected problem stopped this job; the log tells more", Status.FAILED
        job.message = message
        job.status = status

    def _gave_way(self, job: Job) -> bool:
        """Put the job back if a more urgent one waits, and say whether it was."""
        with self._ready:
            urgent = any(other.priority < job.priority for other in self._waiting)
            if urgent:
                job.spent_s += time.monotonic() - job.started_s
                job.status = Status.PAUSED
                self._waiting.append(job)
                self._running = None
            return urgent


def _urgency(job: Job) -> tuple[int, int]:
    return job.priority, job.number


def _one_part(job: Job) -> str | None:
    """Do the next part of a job's work; the sentence about how it went, once it is done."""
    if job.rest is None:
        begun: Any = job.work(job)
        if isinstance(begun, str):
            return begun
        job.rest = begun
    try:
        next(job.rest)
    except StopIteration as done:
        return str(done.value)
    return None
