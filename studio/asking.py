"""A request of the page at the door: that it is one, its body, and what is answered. Knows nothing of what is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request

from pipeline.errors import AudioStoryError, ProjectError, StaleRevision

GUARD = "X-Studio"
MAX_REQUEST_BYTES = 2_000_000
Answer = dict[str, Any]


async def told(request: Request, act: Callable[[], Any]) -> Answer:
    """Do it; {ok, error} and what it gives. `stale`: refused only because the project was changed meanwhile."""
    try:
        _check_guard(request)
        return {"ok": True, "error": "", **await act()}
    except StaleRevision as error:
        return {"ok": False, "error": str(error), "stale": True}
    except AudioStoryError as error:
        return {"ok": False, "error": str(error)}


def _check_guard(request: Request) -> None:
    if GUARD not in request.headers:
        raise ProjectError("this request does not come from the studio's page")


async def json_body(request: Request) -> object:
    """The body as JSON; None for what is none, which no request is."""
    if GUARD not in request.headers:
        raise HTTPException(403, "this request does not come from the studio's page")
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_REQUEST_BYTES:
            raise HTTPException(413, f"a request has at most {MAX_REQUEST_BYTES:,} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
