"""Free lanes: beds and spots at absolute times, dragged along and between lanes, trimmed, faded, muted."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, drag, pixels_per_second, press, rendered, until, view_of


def lane(served: Site, page: Page, number: int = 0) -> dict[str, Any]:
    """A free lane as the server has it."""
    return view_of(served, page)["lanes"][number]


def add_lane(page: Page, name: str) -> None:
    """Add a lane by its button."""
    count = page.locator(".freelane").count()
    page.click("[data-act='lane_add']")
    page.fill("dialog[open] input", name)
    page.press("dialog[open] input", "Enter")
    expect(page.locator(".freelane")).to_have_count(count + 1)


def test_a_bed_is_laid_moved_trimmed_faded_and_muted(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    add_lane(page, "Ambience")
    add_lane(page, "Spots")
    page.click(".ev >> nth=0")
    press(page, "Shift+d")
    expect(page.locator(".clip")).to_have_count(1)
    pps = pixels_per_second(page)
    press(page, "n")
    clip = page.locator(".clip")
    lanes = [page.locator(".freelane").nth(n).bounding_box() for n in (0, 1)]
    assert lanes[0] and lanes[1]
    start = view_of(served, page)["lanes"][1]["clips"][0]["start_s"]
    drag(page, clip, 2 * pps, down=lanes[0]["y"] - lanes[1]["y"])
    until(page, lambda: lane(served, page)["clips"], "the clip in the other lane")
    assert abs(lane(served, page)["clips"][0]["start_s"] - start - 2) < 0.1
    length = lane(served, page)["clips"][0]["duration_s"]
    drag(page, page.locator(".clip .clipend"), -pps)
    until(page, lambda: abs(lane(served, page)["clips"][0]["duration_s"] - length + 1) < 0.1, "the shorter clip")
    page.hover(".clip")
    drag(page, page.locator(".clip .fadein"), 0.5 * pps)
    until(page, lambda: abs(lane(served, page)["clips"][0]["fade_in_s"] - 0.5) < 0.1, "the fade")
    page.click(".freelane >> nth=0 >> .mute")
    until(page, lambda: lane(served, page)["mute"], "the muted lane")
    page.click(".freelane >> nth=1 >> .solo")
    until(page, lambda: lane(served, page, 1)["solo"], "the soloed lane")
    screenshot(page, "13-lanes")
    expect(page.locator(".ev[data-muted]")).to_have_count(page.locator(".ev").count())  # solo silences the story
    page.click(".clip")
    page.fill(".inspector [data-clip='start']", "1,5")
    page.press(".inspector [data-clip='start']", "Enter")
    until(page, lambda: lane(served, page)["clips"][0]["start_s"] == 1.5, "the typed start")
    press(page, "Delete")
    expect(page.locator(".clip")).to_have_count(0)
    press(page, "Control+z")
    expect(page.locator(".clip")).to_have_count(1)


def test_lanes_are_renamed_and_removed(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    add_lane(page, "Ambience")
    name = page.locator(".freelane .lanename")
    name.fill("<b>bed</b>")
    name.press("Enter")
    until(page, lambda: lane(served, page)["name"] == "<b>bed</b>", "the new name")
    expect(name).to_have_value("<b>bed</b>")
    page.click(".freelane [data-act='lane_menu']")
    expect(page.locator(".lanepane [data-lanefield='name']")).to_have_value("<b>bed</b>")
    page.click(".lanepane [data-act='lane_remove']")
    expect(page.locator(".freelane")).to_have_count(0)
    expect(page.locator(".lanepane")).to_be_hidden()
    press(page, "Control+z")
    expect(page.locator(".freelane")).to_have_count(1)
