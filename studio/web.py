"""The page and its files over HTTP: Gradio for the page, own routes for audio, pictures and style.

A file is served only as part of a project whose id the caller knows; paths from the address never reach the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from pipeline.errors import AudioStoryError
from studio.app import build_app
from studio.export_routes import add_export_routes
from studio.handlers import Handlers
from studio.panels import FOLDER
from studio.routes import add_routes
from studio.service import StudioService

Finder = Callable[[str, str], Path]
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_STYLES = ("studio", "timeline", "panes", "export")
_HEAD = "".join(f'<link rel="stylesheet" href="studio-assets/{name}.css">' for name in _STYLES) + "".join(
    f'<link rel="modulepreload" href="studio-assets/{path.name}">'
    for path in sorted(FOLDER.glob("*.js"))
    if path.name != "bench.js"  # Gradio carries that one inside the page
)


class _Assets(StaticFiles):
    """The page's own files: kept by a browser, but asked about each time, so that no page mixes two versions."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def build_web(service: StudioService) -> FastAPI:
    """Everything the browser asks for, as one application."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    web.mount("/studio-assets", _Assets(directory=FOLDER))
    _add_take_routes(web, service)
    _add_mix_routes(web, service)
    add_routes(web, service, Handlers(service))
    add_export_routes(web, service)
    weights = (400, 700)  # the bundled files of the weights between hold only a part of the alphabet
    font = gr.themes.LocalFont("IBM Plex Sans", weights=weights)
    mono = gr.themes.LocalFont("IBM Plex Mono", weights=weights)
    theme = gr.themes.Base(font=[font, "system-ui", "sans-serif"], font_mono=[mono, "monospace"])
    return gr.mount_gradio_app(
        web,
        build_app(service),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        allowed_paths=[],
        theme=theme,
        head=_HEAD,
        favicon_path=str(FOLDER / "favicon.svg"),
    )


def _add_take_routes(web: FastAPI, service: StudioService) -> None:
    files = service.files

    @web.get("/studio/{project_id}/takes/{file}.{kind}")
    def take(project_id: str, file: str, kind: str) -> FileResponse:
        made = {"wav": files.take, "json": files.take_wave, "peaks": files.take_peaks, "png": files.take_picture}
        return _answer(lambda path: path(project_id, file), made.get(kind), kind)


def _add_mix_routes(web: FastAPI, service: StudioService) -> None:
    files = service.files

    def track(project_id: str, file: str) -> Path:
        return files.mix(project_id, file).with_suffix(".wav")

    @web.get("/studio/{project_id}/mixes/{file}.{kind}")
    def mix(project_id: str, file: str, kind: str) -> FileResponse:
        made = {"wav": track, "json": files.mix_wave, "peaks": files.mix_peaks, "png": files.mix_picture,
                "meters": files.mix_meters}  # fmt: skip
        return _answer(lambda path: path(project_id, file), made.get(kind), kind)


_TYPES = {"wav": "audio/wav", "png": "image/png", "json": "application/json", "peaks": "application/json",
          "meters": "application/json"}  # fmt: skip


def _answer(ask: Callable[[Finder], Path], finder: Finder | None, kind: str) -> FileResponse:
    """A file for the browser; 404 with the sentence why there is none."""
    if finder is None:
        raise HTTPException(404, "there is no such file")
    try:
        return FileResponse(ask(finder), media_type=_TYPES[kind], headers=_FOREVER)
    except AudioStoryError as error:
        raise HTTPException(404, str(error)) from error
