"""The timeline under the hand: drags, seams, order, zoom, selection, playhead, and the keyboard for all of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import (
    Open,
    drag,
    held,
    in_state,
    pixels_per_second,
    plan,
    press,
    rendered,
    states,
    until,
)  # fmt: skip

IN_ORDER = """all => all.sort((a, b) => parseFloat(a.style.left) - parseFloat(b.style.left))
  .map(n => n.firstChild.textContent)"""


def captions(page: Page) -> list[str]:
    """What the blocks say, from left to right."""
    blocks = page.locator(".ev").evaluate_all(IN_ORDER)
    return [text.split("  ", 1)[1] for text in blocks]


def test_edges_seams_and_blocks_are_dragged(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    pps = pixels_per_second(page)
    press(page, "n")
    block = page.locator(".ev").nth(1)
    drag(page, block.locator(".edgegrip"), pps)
    until(page, lambda: abs(held(served, page).plan.events[1].duration_s - 4.0) < 0.1, "the longer event")
    expect(states(page, "stale")).to_have_count(1)
    expect(page.locator("#total-line")).to_contain_text("too long")

    seam = page.locator(".ev").nth(2).locator(".seamgrip")
    drag(page, seam, 0.5 * pixels_per_second(page))
    until(page, lambda: abs(held(served, page).plan.boundaries[1].length_s - 1.0) < 0.1, "the longer crossfade")

    before = captions(page)
    drag(page, page.locator(".ev").first, 3 * pixels_per_second(page))
    wanted = [before[1], before[0], *before[2:]]
    until(page, lambda: [e.caption for e in held(served, page).plan.events] == wanted, "the new order")
    until(page, lambda: captions(page) == wanted, "the new order on the page")


def test_escape_cancels_a_drag(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    before = held(served, page)
    left = page.locator(".ev").nth(2).evaluate("n => n.style.left")
    drag(page, page.locator(".ev").nth(1).locator(".edgegrip"), 80, drop=False)
    expect(page.locator(".bubble")).to_be_visible()
    expect(page.locator(".ev").nth(2)).not_to_have_css("left", left)
    screenshot(page, "7-dragging")
    page.keyboard.press("Escape")
    expect(page.locator(".ev").nth(2)).to_have_css("left", left)
    page.mouse.up()
    expect(page.locator(".bubble")).to_be_hidden()
    assert held(served, page).revision == before.revision


def test_zoom_scroll_fit_and_ruler(site: Open) -> None:
    page = site()
    plan(page)
    fitted = pixels_per_second(page)
    box = page.locator(".scroller").bounding_box()
    assert box
    page.mouse.move(box["x"] + 700, box["y"] + 60)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Control")
    until(page, lambda: pixels_per_second(page) > 3 * fitted, "the zoom of the wheel")
    assert page.locator(".scroller").evaluate("n => n.scrollLeft") > 100
    page.click("[data-act='fit']")
    until(page, lambda: abs(pixels_per_second(page) - fitted) < 0.01, "the fit")
    press(page, "+", "+")
    until(page, lambda: pixels_per_second(page) > 2 * fitted, "the zoom of the key")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    press(page, "0")
    until(page, lambda: abs(pixels_per_second(page) - fitted) < 0.01, "the fit of the key")


def test_the_playhead_is_set_on_the_ruler_and_splits_there(site: Open, served: Site) -> None:
    page = site()
    events = plan(page)
    ruler = page.locator(".rulerbar").bounding_box()
    assert ruler
    page.mouse.click(ruler["x"] + 4 * pixels_per_second(page), ruler["y"] + 15)
    expect(page.locator(".clock")).to_have_text("0:04.00")
    press(page, "s")
    expect(page.locator(".ev")).to_have_count(events + 1)
    assert [round(e.duration_s, 2) for e in held(served, page).plan.events] == [3, 1, 2, 3, 3]
    press(page, "Control+z")
    expect(page.locator(".ev")).to_have_count(events)
    press(page, "Control+Shift+z")
    expect(page.locator(".ev")).to_have_count(events + 1)
    press(page, "Control+z", "Home")
    expect(page.locator(".clock")).to_have_text("0:00.00")
    expect(page.locator(".ev")).to_have_count(events)


def test_several_are_selected_duplicated_nudged_and_deleted_from_the_keyboard(site: Open, served: Site) -> None:
    page = site()
    events = plan(page)
    page.click(".ev >> nth=0")
    page.click(".ev >> nth=2", modifiers=["Shift"])
    expect(page.locator(".ev[aria-selected='true']")).to_have_count(3)
    page.click(".ev >> nth=1", modifiers=["Control"])
    expect(page.locator(".ev[aria-selected='true']")).to_have_count(2)
    expect(page.locator(".inspector h2")).to_have_text("2 selected")
    press(page, "d")
    expect(page.locator(".ev")).to_have_count(events + 2)
    page.click("[data-act='undo']")
    expect(page.locator(".ev")).to_have_count(events)
    page.click(".ev >> nth=0")
    press(page, "ArrowRight", "Shift+ArrowRight")
    expect(page.locator(".ev[aria-selected='true']")).to_have_count(2)
    press(page, "Delete")
    expect(page.locator(".ev")).to_have_count(events - 2)
    press(page, "Control+z")
    expect(page.locator(".ev")).to_have_count(events)
    page.click(".ev >> nth=1")
    press(page, "Alt+ArrowRight")
    until(page, lambda: round(held(served, page).plan.events[0].duration_s, 3) == 3.01, "the nudge")
    press(page, "Alt+Shift+ArrowRight")
    until(page, lambda: round(held(served, page).plan.events[0].duration_s, 3) == 3.05, "the nudge by a frame")


def test_trims_and_markers_at_the_playhead(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=1")
    ruler = page.locator(".rulerbar").bounding_box()
    assert ruler
    page.mouse.click(ruler["x"] + 5.0 * pixels_per_second(page), ruler["y"] + 15)
    press(page, "m", "]")
    until(page, lambda: held(served, page).plan.events[1].duration_s == 2.0, "the trimmed end")
    expect(page.locator(".flag")).to_have_text("Marker 1")
    press(page, "Control+z")
    press(page, "[")
    until(page, lambda: held(served, page).plan.events[1].duration_s == 1.0, "the trimmed beginning")


@pytest.mark.usefixtures("slowly")
def test_states_are_seen_while_it_renders(site: Open) -> None:
    page = site()
    events = plan(page)
    page.click("#render")
    expect(states(page, "rendering")).to_have_count(1)
    expect(states(page, "rendering").locator(".tag")).to_contain_text("step")
    page.wait_for_function("parseFloat(document.querySelector('.ev[data-state=rendering] .done')?.style.width) > 20")
    assert in_state(page, "queued") >= 1
    screenshot(page, "8-rendering")
    press(page, "q")
    expect(page.locator(".jobrow").first).to_contain_text("render")
    page.locator(".jobrow [data-act='job_cancel']").first.click()
    expect(page.locator(".jobline")).to_have_attribute("data-status", "cancelled")
    assert in_state(page, "rendered") < events


def test_keys_are_left_alone_while_typing_and_the_sheet_lists_them(site: Open) -> None:
    page = site()
    events = plan(page)
    caption = page.locator("tbody tr:nth-child(1) textarea")
    caption.click()
    page.keyboard.type("s m ? d")
    expect(page.locator(".ev")).to_have_count(events)
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Escape")
    press(page, "?")
    sheet = page.locator("dialog[open]")
    expect(sheet).to_contain_text("Split at the playhead")
    screenshot(page, "9-keys")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('dialog') || document.activeElement === document.body")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.locator(".ev")).to_have_count(events)
