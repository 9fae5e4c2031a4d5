"""Between the page and the service: values in, views out, every error a sentence. Decides nothing itself.

A view goes to the page with a serial (an older one never replaces a newer one), a notice, and the number of the
request that it answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from pipeline.errors import AudioStoryError, ProjectError
from pipeline.timeline import Story
from studio.payload import number, whole
from studio.requests import carry_out
from studio.service import StudioService

POLL_S, HEARTBEAT_S = 0.2, 1.0
_RELOAD = "this window lost its project; please reload the page"

View = dict[str, Any]


class Handlers:
    """The functions that the page's events call, bound to one service."""

    def __init__(self, service: StudioService) -> None:
        self.service = service

    def load(self, request: gr.Request) -> tuple[Any, ...]:
        """A page was opened: its own new project, or the one that its address names. -> id, view, story fields."""
        wanted, notice = request.query_params.get("project"), ""
        try:
            project = self.service.open(wanted)
        except AudioStoryError as error:
            project, notice = self.service.open(None), f"{error}; this is a new one"
        story = project.timeline.story if project.timeline else None
        fields = (story.text, story.duration_s, story.tone, str(project.seed)) if story else ("", 30, "", "")
        return (project.id, self._view(project.id, notice=notice), *fields)

    def plan(self, project_id: str, view: View | None, text: str, total: object, tone: str, seed: str) -> View:
        """Plan pressed."""

        def act() -> None:
            story = Story(text=text, duration_s=number(total, what="the total duration"), tone=tone or "")
            wanted = whole(seed, what="the seed") if seed and seed.strip() else None
            self.service.plan(project_id, _revision(view), story, seed=wanted)

        return self._answer(project_id, act)

    def render(self, project_id: str) -> View:
        """Render pressed."""
        return self._answer(project_id, lambda: self.service.render(project_id))

    def cancel(self, project_id: str) -> View:
        """Cancel pressed."""
        return self._answer(project_id, lambda: self.service.cancel(project_id))

    def mix(self, project_id: str, rate: str) -> View:
        """Mix pressed."""
        return self._answer(project_id, lambda: self.service.mix(project_id, rate_hz=_rate(rate)))

    def op(self, project_id: str, event: gr.EventData) -> View:
        """Something was done in the timeline, the table or the inspector."""
        return self.answer(project_id, event._data)

    def answer(self, project_id: str, payload: object) -> View:
        """One request carried out, and what the page then shows."""
        ack = payload.get("seq") if isinstance(payload, dict) else None
        return self._answer(project_id, lambda: carry_out(self.service, project_id, payload), ack=ack)

    async def follow(self, project_id: str) -> AsyncIterator[View]:
        """Views while something is under way, and the last one after it."""
        if not project_id:
            return
        shown, sent_s, busy = None, 0.0, True
        while busy:
            stamp = _stamped({})  # before it is read, so that it never counts as newer than what it has not seen
            busy = self.service.busy(project_id)
            view = self.service.view(project_id)
            if view != shown or time.monotonic() - sent_s > HEARTBEAT_S or not busy:
                shown, sent_s = view, time.monotonic()
                yield {**view, **stamp}
            await asyncio.sleep(POLL_S)

    def shown(self, project_id: str) -> View:
        """The project as it is now."""
        return self._view(project_id)

    def _answer(self, project_id: str, act: Callable[[], object], *, ack: object = None) -> View:
        """Do it; whatever comes of it, show the project as it is now, with a sentence if it could not be done."""
        notice = ""
        if not project_id:
            return {**_stamped({}), "notice": _RELOAD, "ack": ack}
        try:
            act()
        except AudioStoryError as error:
            notice = str(error)
        try:
            return self._view(project_id, notice=notice, ack=ack)
        except AudioStoryError as error:  # the project itself is gone: in the trash, or never there
            return {**_stamped({}), "notice": str(error), "ack": ack}

    def _view(self, project_id: str, *, notice: str = "", ack: object = None) -> View:
        stamp = _stamped({})
        return {**self.service.view(project_id), **stamp, "notice": notice, "ack": ack}


def _stamped(view: View) -> View:
    """With the microsecond at which it was asked for: what the page orders views by."""
    return {"notice": "", "ack": None, **view, "serial": time.time_ns() // 1000}


def _revision(view: View | None) -> int:
    found = view.get("revision") if isinstance(view, dict) else None
    if not isinstance(found, int):
        raise ProjectError(_RELOAD)
    return found


def _rate(text: str) -> int:
    return {"44.1 kHz": 44_100, "48 kHz": 48_000}.get(text, 0)
