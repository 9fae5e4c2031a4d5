"""How a command ends: exit codes, and its problems in one line on stderr. Knows no command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from pipeline.commands.terminal import say
from pipeline.errors import AudioStoryError, Cancelled

DONE, PROBLEM, USAGE, CANCELLED = 0, 1, 2, 130


def guarded(run: Callable[[], None]) -> int:
    """Exit code of a command; its problems in one line on stderr."""
    try:
        run()
        sys.stdout.flush()
    except (Cancelled, KeyboardInterrupt):
        say("cancelled")
        return CANCELLED
    except AudioStoryError as error:
        say(f"error: {error}")
        return PROBLEM
    except MemoryError:
        say("error: there is not enough memory for this; make the track shorter")
        return PROBLEM
    except BrokenPipeError:  # the reader of our stdout has gone; what Python flushes at exit must go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM
    return DONE
