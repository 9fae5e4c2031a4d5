"""The page as a Gradio app: which event calls which handler. Wiring only."""

from __future__ import annotations

import functools
from typing import Any

import gradio as gr

from studio.handlers import Handlers
from studio.panels import Panels, build_panels
from studio.service import StudioService

TITLE = "AudioStory Studio"
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_EDITS: dict[str, Any] = {**_QUIET, "concurrency_id": "edits", "concurrency_limit": 1, "trigger_mode": "multiple"}
_MIXING: dict[str, Any] = {**_QUIET, "concurrency_id": "mix", "concurrency_limit": 2}
_FOLLOWING: dict[str, Any] = {**_QUIET, "concurrency_limit": None, "trigger_mode": "multiple"}


def build_app(service: StudioService) -> gr.Blocks:
    """A fresh app on top of a service; may be called any number of times."""
    handlers = Handlers(service)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as app:
        project = gr.State(None)
        panels = build_panels()
        _wire_story(app, project, panels, handlers)
        _wire_desk(project, panels, handlers)
    app.queue(default_concurrency_limit=4, max_size=256)
    return app


def _wire_story(app: gr.Blocks, project: gr.State, panels: Panels, handlers: Handlers) -> None:
    fields = [panels.text, panels.total, panels.tone, panels.seed]
    app.load(handlers.load, None, [project, panels.bench, *fields], api_name="load", **_QUIET)
    panels.plan.click(
        handlers.plan, [project, panels.bench, *fields], [panels.bench], api_name="plan", **_EDITS
    )  # fmt: skip
    for button, story in panels.examples:
        values = (story["text"], story["duration_s"], story["tone"])
        button.click(functools.partial(tuple, values), None, fields[:3], api_name="example", queue=False, **_QUIET)


def _wire_desk(project: gr.State, panels: Panels, handlers: Handlers) -> None:
    bench = panels.bench
    panels.render.click(handlers.render, [project], [bench], api_name="render", **_EDITS)
    panels.cancel.click(handlers.cancel, [project], [bench], api_name="cancel", queue=False, **_QUIET)
    panels.mix.click(handlers.mix, [project, panels.rate], [bench], api_name="mix", **_MIXING)
    bench.op(handlers.op, [project], [bench], api_name="op", **_EDITS)
    bench.follow(handlers.follow, [project], [bench], api_name="follow", **_FOLLOWING)
