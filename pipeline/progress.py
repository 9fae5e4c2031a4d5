"""Cancelling and reporting. Knows nothing about what is being done."""

from __future__ import annotations

import threading
from typing import Protocol

from pipeline.errors import Cancelled


class CancelToken:
    """Goes in with a job; `raise_if_cancelled` is called at every step of it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop at its next step. May be called from any thread, any number of times."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody has asked the job to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` once `cancel` has been called."""
        if self._event.is_set():
            raise Cancelled("stopped by the user")


class OnStep(Protocol):
    """Called after each sampler step with the number of steps done and the number in all."""

    def __call__(self, done: int, total: int) -> None: ...
