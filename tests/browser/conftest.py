"""A real Chromium on a real server. Fails, never skips, where there is no Chromium; fails on any console error and
on any request beyond this machine. Set CHROMIUM to the browser's path where it is not called chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
import uvicorn
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from pipeline.settings import Settings
from studio.service import Backend, StudioService
from studio.store import Store
from studio.web import build_web
from tests.fakes import ListPlanner, SketchRenderer
from tests.studio.conftest import FakeBackend

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "browser"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--mute-audio", "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a microphone that beeps
]  # fmt: skip
LEFT = ("AbortError: signal is aborted without reason", "Connection errored out.")
HERE = ("127.0.0.1", "localhost", "")
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


USUAL_S, SLOW_S = 0.001, 0.2


class Pace:
    """How long a step of the sketch takes, in seconds: tests slow it down to have time for what they do meanwhile."""

    step_s = USUAL_S


def _sketch() -> Backend:
    renderer = SketchRenderer(before_step=lambda _: time.sleep(Pace.step_s))
    return FakeBackend(ListPlanner(), renderer)


def _nano() -> Backend:
    from pipeline import backends

    return backends.load("nano", Settings())


BACKENDS: dict[str, Callable[[], Backend]] = {"sketch": _sketch, "nano": _nano}


def chromium() -> str:
    """The browser's path; the test fails when there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found or not Path(found).exists():
        pytest.fail("these tests drive a real Chromium: install the package chromium, or set CHROMIUM to its path")
    return found


@dataclass
class Site:
    """A running studio: where it is and what it holds."""

    address: str
    service: StudioService
    patience_ms: int
    pages: list[Page] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One Chromium with one profile for all tests of the page; its event loop ends with them.

    What it has read and compiled of the program serves every page after the first.
    """
    with sync_playwright() as playwright:
        profile = tmp_path_factory.mktemp("profile")
        found = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=FLAGS, accept_downloads=True
        )
        yield found
        found.close()


@pytest.fixture(scope="package")
def port() -> int:
    """One address for every studio of these tests, one after the other: the browser keeps the program by address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Site]:
    """The studio served from a thread; a test may name the backend as this fixture's parameter."""
    backend = getattr(request, "param", "sketch")
    projects = tmp_path_factory.mktemp("browser") / "projects"
    service = StudioService(Store(projects), BACKENDS[backend], model=backend)
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(build_web(service), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    service.start()
    patience_ms = PATIENCE_MS if backend == "sketch" else 540_000
    yield Site(f"http://127.0.0.1:{port}/", service, patience_ms)
    server.should_exit = True
    thread.join(timeout=20)
    service.close()


@pytest.fixture
def slowly() -> Iterator[None]:
    """Rendering takes its time during this test."""
    Pace.step_s = SLOW_S
    yield
    Pace.step_s = USUAL_S


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two seconds of a falling tone."""
    rate = 16_000
    time = np.arange(2 * rate) / rate
    path = tmp_path / "a door in the yard.wav"
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * (600 - 150 * time) * time), rate, subtype="PCM_16")
    return path


@pytest.fixture
def site(served: Site, browser: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Opens pages; afterwards no page may have complained or asked for anything beyond this machine."""
    troubles: list[str] = []
    pages: list[Page] = []

    def opened(query: str = "", *, width: int = 1440, height: int = 900, dark: bool = True) -> Page:
        page = browser.new_page()
        if not pages:
            _forget(page, served.address)
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_default_timeout(served.patience_ms)
        page.on("console", lambda m: troubles.append(f"console: {m.text}") if _is_trouble(m) else None)
        page.on("pageerror", lambda e: troubles.append(f"error: {e}"))
        page.on("request", lambda r: None if urlsplit(r.url).hostname in (*HERE, None) else troubles.append(r.url))
        page.goto(served.address + query)
        page.wait_for_selector("#model-line[data-state='ready']")
        return page

    yield opened
    for page in pages:
        page.close()
    assert troubles == []


def _forget(page: Page, address: str) -> None:
    """What the tests before this one chose in the browser (theme, open panels) is gone."""
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": address.rstrip("/"), "storageTypes": "local_storage"})
    session.detach()


def _is_trouble(message: ConsoleMessage) -> bool:
    """An error in the console, save those that Gradio's client logs when a page is left while it listens."""
    return message.type == "error" and not any(words in message.text for words in LEFT)


def screenshot(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of the page among the artefacts."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole)
