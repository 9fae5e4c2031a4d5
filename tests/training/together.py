"""Several processes of one training run: forked from one that has read the program, with what torchrun tells them."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable


def together(work: Callable[[], None], *, processes: int = 2) -> None:
    """Do `work` in each process and end this one: with 0 where all of them came to their end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    common = {"WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    children = [_forked(work, {**common, "RANK": rank, "LOCAL_RANK": rank}) for rank in range(processes)]
    while children:
        child, status = os.wait()
        children.remove(child)
        if status:
            for other in children:  # they would wait for it
                os.kill(other, signal.SIGKILL)
            sys.exit(1)
    sys.exit(0)


def _forked(work: Callable[[], None], told: dict[str, object]) -> int:
    child = os.fork()
    if child:
        return child
    os.environ.update({name: str(value) for name, value in told.items()})
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - a forked process must never return into its parent's stack
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
