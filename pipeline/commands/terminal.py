"""What a command and a person see of each other: results on stdout, the rest on stderr, a bar, Ctrl-C.

Knows no command and nothing of stories or sound.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from pipeline.errors import FormatError
from pipeline.progress import CancelToken


def say(line: str) -> None:
    """Tell a person something, in one line on stderr."""
    sys.stderr.write(" ".join(line.splitlines()) + "\n")


def out(text: str) -> None:
    """Write a result to stdout, whatever the terminal's encoding; a full disk behind it is a problem like others."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FormatError(f"can't write to standard output: {error.strerror}") from error


@contextlib.contextmanager
def cancellable() -> Iterator[CancelToken]:
    """A token that Ctrl-C cancels; a second Ctrl-C interrupts at once."""
    cancel = CancelToken()

    def on_interrupt(*_: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()

    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield cancel
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def progress_bar() -> Iterator[tuple[Bar, Console]]:
    """A bar with the time left, on a terminal; nothing elsewhere."""
    console = Console(stderr=True, highlight=False)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    left = TextColumn("left"), TimeRemainingColumn()
    with Bar(*columns, *left, console=console, disable=not console.is_terminal, transient=True) as bar:
        yield bar, console
