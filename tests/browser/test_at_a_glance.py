"""What is seen without asking: a failure and why, a lock; and edges that find each other while snapping is on."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.hands import Open, drag, held, pixels_per_second, plan, press, until
from tests.browser.test_speed import filled


def test_a_failure_says_why_and_a_lock_is_seen(site: Open, served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise RuntimeError("a bug")

    page = site()
    plan(page, "rain; wind", total="2")
    page.click(".ev >> nth=1")
    press(page, "Shift+k")
    expect(page.locator(".ev").nth(1)).to_have_attribute("data-locked", "")
    renderer: Any = served.service._loaded.renderer  # type: ignore[union-attr]
    with monkeypatch.context() as patched:
        patched.setattr(renderer, "before_step", broken)
        page.click("#render")
        failed = page.locator(".ev[data-state='failed']")
        expect(failed).to_have_count(1)
        expect(failed).to_contain_text("failed")
        assert "unexpected" in str(failed.get_attribute("aria-label"))
        expect(page.locator(".eventrows tr").nth(0).locator(".c-state")).to_contain_text("unexpected")
        expect(page.locator(".eventrows tr").nth(1).locator(".c-state")).to_contain_text("locked")
        expect(page.locator(".notice")).to_contain_text("unexpected")
    page.click("#render")
    expect(page.locator(".ev[data-state='rendered']")).to_have_count(1)


def test_a_clip_snaps_to_an_edge_only_while_snapping_is_on(site: Open, served: Site) -> None:
    page = site(f"?project={filled(served, 2, lanes=1).id}")
    by = 2 * pixels_per_second(page) + 3  # a little beyond the edge between the two events

    def start_s() -> float:
        return held(served, page).desk.lanes[0].clips[0].start_s

    drag(page, page.locator(".clip"), by)
    until(page, lambda: start_s() == 2.0, "the clip at the edge")
    press(page, "Control+z")
    until(page, lambda: start_s() == 0.0, "the clip back")
    press(page, "n")
    expect(page.locator("[data-act='snap']")).to_have_attribute("aria-pressed", "false")
    drag(page, page.locator(".clip"), by)
    until(page, lambda: 2.0 < start_s() < 2.1, "the clip where it was let go")
