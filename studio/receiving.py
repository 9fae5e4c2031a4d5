"""An upload as a file that is there while it is looked at. Knows nothing of what it holds."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from pipeline.errors import FormatError
from studio.store import Store


@contextlib.asynccontextmanager
async def received(request: Request, store: Store, *, check: Callable[[int | None], None]) -> AsyncIterator[Path]:
    """The body as a file that goes away afterwards; `check` refuses it by its announced length, and as it grows."""
    announced = request.headers.get("content-length", "")
    check(int(announced) if announced.isdigit() else None)
    path = store.inbox() / uuid.uuid4().hex
    came = 0
    try:
        with path.open("xb") as file:
            async for chunk in request.stream():
                came += len(chunk)
                check(came)
                await run_in_threadpool(file.write, chunk)
        yield path
    except OSError as error:
        raise FormatError("the upload can't be kept: is the disk full?") from error
    finally:
        path.unlink(missing_ok=True)
