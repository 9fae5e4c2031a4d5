"""The page for everybody: axe-core finds nothing serious, names and focus are where they are needed."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.hands import Open, press, rendered

OURS = {"include": [["#workspace"]]}


def violations(page: Page) -> list[str]:
    """What axe calls serious or critical, one line each."""
    found = Axe().run(page, context=OURS).response["violations"]
    return [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("dark", [True, False])
def test_axe_finds_nothing_serious(site: Open, dark: bool) -> None:
    page = site(dark=dark)
    assert violations(page) == []
    rendered(page)
    page.fill("tbody tr:nth-child(2) textarea", "a heavy truck roars past")
    page.press("tbody tr:nth-child(2) textarea", "Enter")
    expect(page.locator(".ev[data-state='stale']")).to_have_count(1)
    assert violations(page) == []
    press(page, "?")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page) == []


def test_blocks_have_names_and_take_the_focus(site: Open) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=1")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        "Event 2: a car passes, 0:03.0"
    )
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Event 3:")
    expect(page.get_by_role("option", name="Event 3: thunder")).to_have_attribute("aria-selected", "true")
