"""The table as the second way to what the timeline shows: the clips of free lanes too, from the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import expect

from pipeline.arrangement import Clip
from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, press, until
from tests.browser.test_access import violations
from tests.browser.test_speed import filled


def test_clips_are_named_moved_and_cut_in_the_table(site: Open, served: Site) -> None:
    page = site(f"?project={filled(served, 2, lanes=2).id}")

    def clip() -> Clip:
        return held(served, page).desk.lanes[1].clips[0]

    expect(page.locator(".laneclips tr")).to_have_count(4)
    for label, typed in (("Name of {}", "a fox"), ("Start of {}, seconds", "2.5"), ("Seconds of {}", "1.25")):
        field = page.get_by_label(label.format("clip 1 of Lane 2"), exact=True)
        field.fill(typed)
        field.press("Enter")
    until(page, lambda: (clip().name, clip().start_s, clip().duration_s) == ("a fox", 2.5, 1.25), "the three edits")
    expect(page.locator(".inspector h2")).to_have_text("a fox")  # whose line is typed in is selected
    assert held(served, page).desk.lanes[0].clips[0].name == "crickets"
    seconds = page.get_by_label("Seconds of clip 1 of Lane 2", exact=True)
    seconds.fill("9")
    seconds.press("Escape")
    expect(seconds).to_have_value("1.25")
    page.locator(".laneclips .lanerow button").first.press("Enter")
    expect(page.locator(".inspector h2")).to_have_text("Lane 1")
    assert violations(page) == []
    screenshot(page, "21-table-of-clips")
    press(page, "Control+z", "Control+z", "Control+z")
    until(page, lambda: (clip().name, clip().duration_s) == ("crickets", 5.0), "all taken back")
    expect(page.get_by_label("Name of clip 1 of Lane 2", exact=True)).to_have_value("crickets")
