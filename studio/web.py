"""The page and its files over HTTP: Gradio for the page, own routes for audio, pictures and style.

A file is served only as part of a project whose id the caller knows; paths from the address never reach the disk.
"""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from pipeline.errors import AudioStoryError
from studio.app import build_app
from studio.mixing import wave_path
from studio.panels import FOLDER
from studio.service import StudioService

_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_HEAD = '<link rel="stylesheet" href="studio-assets/studio.css"><meta name="color-scheme" content="dark light">'


def build_web(service: StudioService) -> FastAPI:
    """Everything the browser asks for, as one application."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    web.mount("/studio-assets", StaticFiles(directory=FOLDER))
    _add_take_routes(web, service)
    _add_mix_routes(web, service)
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
    @web.get("/studio/{project_id}/takes/{file}.wav")
    def take(project_id: str, file: str) -> FileResponse:
        try:
            path = service.take_file(project_id, file)
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error
        return _file(str(path), "audio/wav")

    @web.get("/studio/{project_id}/takes/{file}.json")
    def wave(project_id: str, file: str) -> JSONResponse:
        try:
            audio = service.take_audio(project_id, file)
            return JSONResponse({"d": wave_path(audio), "length_s": audio.duration_s}, headers=_FOREVER)
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error


def _add_mix_routes(web: FastAPI, service: StudioService) -> None:
    kinds = {"wav": "audio/wav", "png": "image/png", "json": "application/json"}

    @web.get("/studio/{project_id}/mixes/{file}.{kind}")
    def mix(project_id: str, file: str, kind: str) -> FileResponse:
        try:
            path = service.mix_file(project_id, file).with_suffix(f".{kind}")
        except AudioStoryError as error:
            raise HTTPException(404, str(error)) from error
        if kind not in kinds:
            raise HTTPException(404, "there is no such file")
        return _file(str(path), kinds[kind])


def _file(path: str, media_type: str) -> FileResponse:
    return FileResponse(path, media_type=media_type, headers=_FOREVER)
