"""What the Export panel asks for: what there is to choose, exports begun, stopped and deleted, and their files."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from pipeline.errors import AudioStoryError, ProjectError
from studio import videos, wishes
from studio.asking import Answer, json_body, told
from studio.exportable import pieces
from studio.payload import UNKNOWN, Payload, text, whole
from studio.receiving import received
from studio.service import StudioService
from studio.wishes import Wish

Doing = Callable[[str, Payload], Answer]
_FRESH = {"Cache-Control": "no-store"}


def add_export_routes(web: FastAPI, service: StudioService) -> None:
    """Everything about exports."""
    _add_doings(web, service)
    _add_files(web, service)

    @web.get("/studio/export-choices.json")
    def choices() -> JSONResponse:
        return JSONResponse(wishes.choices())

    @web.post("/studio/{project_id}/video")
    async def video(project_id: str, request: Request) -> JSONResponse:
        async def act() -> Answer:
            service.store.get(project_id)
            name = request.query_params.get("name", "")
            async with received(request, service.store, check=videos.check_size) as path:
                await run_in_threadpool(lambda: service.exporting.videos.bring(project_id, path, name=name))
            return {"state": service.exporting.state(project_id)}

        return JSONResponse(await told(request, act), headers=_FRESH)

    @web.get("/studio/{project_id}/exports.json")
    def state(project_id: str) -> JSONResponse:
        try:
            return JSONResponse(service.exporting.state(project_id), headers=_FRESH)
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error


def _add_doings(web: FastAPI, service: StudioService) -> None:
    doings = _doings(service)

    @web.post("/studio/{project_id}/exports/{doing}")
    async def do(project_id: str, doing: str, request: Request) -> JSONResponse:
        async def act() -> Answer:
            asked = await json_body(request)
            if doing not in doings or not isinstance(asked, dict):
                raise ProjectError(UNKNOWN)
            return await run_in_threadpool(doings[doing], project_id, asked)

        return JSONResponse(await told(request, act), headers=_FRESH)


def _doings(service: StudioService) -> dict[str, Doing]:
    exporting = service.exporting

    def wish(project_id: str, p: Payload) -> Wish:
        project = service.store.get(project_id)
        found = pieces(project) if project.arrangement else []
        return wishes.wish_of(p, pieces={piece for _, _, piece, _ in found})

    def start(project_id: str, p: Payload) -> Answer:
        exporting.start(project_id, wish(project_id, p), revision=whole(p.get("revision"), what="the revision"))
        return {"state": exporting.state(project_id)}

    def cancel(project_id: str, p: Payload) -> Answer:
        exporting.cancel(project_id, number=whole(p.get("job"), what="the export's number"))
        return {"state": exporting.state(project_id)}

    def delete(project_id: str, p: Payload) -> Answer:
        exporting.exports.delete(project_id, text(p, "export"))
        return {"state": exporting.state(project_id)}

    def no_video(project_id: str, _: Payload) -> Answer:
        exporting.videos.remove(project_id)
        return {"state": exporting.state(project_id)}

    def before(project_id: str, p: Payload) -> Answer:
        return exporting.measuring.before(project_id, wishes.preset_of(p))

    def categories(project_id: str, _: Payload) -> Answer:
        return {"events": exporting.categories(project_id), "table": wishes.category_table()}

    return {
        "start": start, "cancel": cancel, "delete": delete, "before": before, "categories": categories,
        "no_video": no_video,
    }  # fmt: skip


def _add_files(web: FastAPI, service: StudioService) -> None:
    exports = service.exporting.exports

    @web.get("/studio/{project_id}/exports/{export_id}/bundle.zip")
    def bundle(project_id: str, export_id: str) -> FileResponse:
        path, name = _there(lambda: exports.bundle(project_id, export_id))
        return FileResponse(path, media_type="application/zip", filename=name)

    @web.get("/studio/{project_id}/exports/{export_id}/files/{index}")
    def piece(project_id: str, export_id: str, index: str) -> StreamingResponse:
        found = _there(lambda: exports.piece(project_id, export_id, whole(index, what="the file's number")))
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        headers = {
            "Content-Length": str(found.size),
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(found.name)}",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(found.content(), media_type=kind, headers=headers)


def _there(find: Callable[[], Any]) -> Any:
    """What is found; 404 with the sentence why it is not there."""
    try:
        return find()
    except AudioStoryError as error:
        raise HTTPException(404, str(error)) from error
