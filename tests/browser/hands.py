"""What a person does on the page again and again, and what the server then holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from studio.project import Project
from tests.browser.conftest import PATIENCE_MS, Site

STORY = "Rain falls on a tin roof; a car passes; thunder rolls far away; a door slams"
ASKING = "import('/studio-assets/requests.js').then(({ pending }) => pending())"
Open = Callable[..., Page]


def plan(page: Page, story: str = STORY, *, total: str = "12") -> int:
    """Type a story and press Plan; returns how many events there are."""
    page.fill("#story textarea", story)
    page.fill("#total input", total)
    page.click("#plan")
    page.wait_for_selector(".jobline[data-status='done']")
    expect(page.locator(".ev").first).to_be_visible()
    return page.locator(".ev").count()


def render(page: Page) -> None:
    """Press Render and wait until nothing is left to do."""
    expect(page.locator("#render")).not_to_have_attribute("data-off", "")
    page.click("#render")
    expect(page.locator(".ev:not([data-state='rendered'], [data-state='context'])")).to_have_count(0)
    page.wait_for_selector(".jobline[data-status='done']")


def rendered(page: Page, story: str = STORY, *, total: str = "12") -> int:
    """A planned and rendered story."""
    events = plan(page, story, total=total)
    render(page)
    expect(states(page, "rendered")).to_have_count(events)
    return events


def states(page: Page, state: str) -> Locator:
    """The blocks that show this state."""
    return page.locator(f".ev[data-state='{state}']")


def in_state(page: Page, state: str) -> int:
    """How many events the timeline shows in this state."""
    return states(page, state).count()


def project_of(page: Page) -> str:
    """The project that the page's address names."""
    return page.url.split("project=")[1].split("&")[0]


def held(served: Site, page: Page) -> Project:
    """The project as the server has it."""
    return served.service.store.get(project_of(page))


def view_of(served: Site, page: Page) -> dict[str, Any]:
    """What the server would show."""
    return served.service.view(project_of(page))


def until(page: Page, true: Callable[[], object], what: str) -> None:
    """Wait for the server, and then for the page to have its answer; the browser goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not true() or page.evaluate(ASKING):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        page.wait_for_timeout(50)


def answered(page: Page) -> None:
    """Wait until the page has an answer to everything that it asked for."""
    until(page, lambda: True, "every answer")


def drag(page: Page, grip: Locator, by: float, *, down: float = 0, drop: bool = True) -> None:
    """Take hold of the middle of something and move it by pixels; `drop=False` keeps holding it."""
    box = grip.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for part in (0.3, 0.7, 1.0):
        page.mouse.move(x + by * part, y + down * part)
    if drop:
        page.mouse.up()


def pixels_per_second(page: Page) -> float:
    """The zoom, measured on the first block."""
    return page.evaluate("""async () => (await import('/studio-assets/scale.js')).pixelsPerSecond()""")


def press(page: Page, *keys: str) -> None:
    """Keys, with the focus on nothing that is typed into."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    for key in keys:
        page.keyboard.press(key)
