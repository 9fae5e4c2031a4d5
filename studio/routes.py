"""What the browser asks for beside the page: requests, uploads, the library. JSON in and out, every error a sentence.

A request that changes anything carries the header `X-Studio`, which a form of another site can't send.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from pipeline.errors import AudioStoryError, FormatError, ProjectError
from pipeline.planner.parsing import format_lines
from pipeline.timeline import Story
from studio import archive, bringing, recordings
from studio.asking import Answer, json_body, told
from studio.handlers import Handlers
from studio.panels import example_stories
from studio.payload import UNKNOWN, ids, maybe_text, number, text, whole
from studio.receiving import received
from studio.service import StudioService


def add_routes(web: FastAPI, service: StudioService, handlers: Handlers) -> None:
    """Everything below /studio that is not a file of a take or a mix."""
    _add_requests(web, handlers)
    _add_recordings(web, service, handlers)
    _add_library(web, service)
    _add_exports(web, service)


def _add_requests(web: FastAPI, handlers: Handlers) -> None:
    @web.post("/studio/{project_id}/op")
    async def op(project_id: str, request: Request) -> JSONResponse:
        payload = await json_body(request)
        return JSONResponse(await run_in_threadpool(handlers.answer, project_id, payload))


def _add_recordings(web: FastAPI, service: StudioService, handlers: Handlers) -> None:
    @web.post("/studio/{project_id}/recording")
    async def recording(project_id: str, request: Request) -> JSONResponse:
        asked = dict(request.query_params)

        def bring(path: Path) -> Answer:
            place = bringing.Place(
                item_id=asked.get("id", ""),
                lane=asked.get("lane", ""),
                start_s=number(asked.get("start", "0"), what="the start"),
                fit=asked.get("fit", "trim"),
            )
            revision = whole(asked.get("revision"), what="the revision")
            name = asked.get("name", "recording")
            bringing.bring(service.store, project_id, path, name=name, place=place, revision=revision)
            return {}

        async def act() -> Answer:
            service.store.get(project_id)
            async with received(request, service.store, check=recordings.check_size) as path:
                return await run_in_threadpool(bring, path)

        answer = await told(request, act)
        with contextlib.suppress(AudioStoryError):  # a project that is not there has no view
            answer["view"] = await run_in_threadpool(handlers.shown, project_id)
        return JSONResponse(answer)


def _add_exports(web: FastAPI, service: StudioService) -> None:
    @web.get("/studio/{project_id}/timeline.txt")
    def timeline(project_id: str) -> PlainTextResponse:
        try:
            return PlainTextResponse(format_lines(service.store.get(project_id).plan))
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error

    @web.get("/studio/{project_id}/project.zip")
    def packed(project_id: str) -> FileResponse:
        try:
            path = service.library.export(project_id)
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, media_type="application/zip", filename=f"audiostory-{project_id[:8]}.story.zip")


def _add_library(web: FastAPI, service: StudioService) -> None:
    library = service.library

    @web.get("/studio/library.json")
    def listed() -> JSONResponse:
        try:
            found = {"projects": library.recent(), "trash": library.thrown(), "examples": example_stories()}
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    doings = _doings(service)

    @web.post("/studio/library/import")
    async def bring_in(request: Request) -> JSONResponse:
        async def act() -> Answer:
            async with received(request, service.store, check=_check_archive) as path:
                return {"project": await run_in_threadpool(library.bring_in, path)}

        return JSONResponse(await told(request, act))

    @web.post("/studio/library/{doing}")
    async def do(doing: str, request: Request) -> JSONResponse:
        async def act() -> Answer:
            if doing not in doings:
                raise ProjectError(UNKNOWN)
            asked = await json_body(request)
            return {"project": await run_in_threadpool(doings[doing], asked if isinstance(asked, dict) else {})}

        return JSONResponse(await told(request, act))


def _doings(service: StudioService) -> dict[str, Callable[[Answer], str]]:
    """What can be done to whole projects; each gives the id of the project that it is then about, if any."""
    library = service.library

    def new(asked: Answer) -> str:
        project = service.open(None)
        if maybe_text(asked, "text"):
            duration_s = number(asked.get("duration_s", 30), what="the total duration")
            story = Story(text=text(asked, "text"), duration_s=duration_s, tone=maybe_text(asked, "tone") or "")
            service.plan(project.id, project.revision, story)
        return project.id

    def emptied(asked: Answer) -> str:
        library.empty_trash(ids(asked))
        return ""

    def acting(act: Callable[[str], object]) -> Callable[[Answer], str]:
        return lambda asked: _same(text(asked, "project"), act)

    return {
        "new": new,
        "duplicate": lambda asked: library.duplicate(text(asked, "project")),
        "rename": lambda asked: _same(text(asked, "project"), lambda i: library.rename(i, text(asked, "title"))),
        "delete": acting(service.delete),
        "restore": acting(library.restore),
        "purge": acting(library.purge),
        "empty_trash": emptied,
    }


def _same(project_id: str, act: Callable[[str], object]) -> str:
    act(project_id)
    return project_id


def _check_archive(length: int | None) -> None:
    if length is not None and length > archive.MAX_BYTES:
        raise FormatError(f"a project has at most {archive.MAX_BYTES / 1e9:g} GB as one file")
