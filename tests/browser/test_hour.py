"""A designer's hour in one go: plan, drag, edit, regenerate while editing, compare, vary, record, lay a bed, undo,
reload, export. What each part does alone is tested beside this file; here they have to live together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.browser.conftest import SLOW_S, USUAL_S, Pace, Site, screenshot
from tests.browser.hands import (
    Open,
    drag,
    held,
    in_state,
    pixels_per_second,
    plan,
    press,
    project_of,
    render,
    states,
    until,
    view_of,
)  # fmt: skip


def typed(page: Page, row: int, caption: str) -> None:
    """Another caption in the table."""
    field = page.locator(f"tbody tr:nth-child({row}) textarea")
    field.fill(caption)
    field.press("Enter")


def steps_back(served: Site, page: Page) -> int:
    """How many edits can be undone."""
    return view_of(served, page)["history"]["undos"]


@pytest.mark.usefixtures("slowly")
def test_a_designers_hour(site: Open, served: Site, tmp_path: Path) -> None:
    Pace.step_s = USUAL_S
    page = site()
    events = plan(page)
    press(page, "n")
    drag(page, page.locator(".ev").nth(0).locator(".edgegrip"), 0.5 * pixels_per_second(page))
    until(page, lambda: held(served, page).plan.events[0].duration_s > 3.3, "the longer event")
    expect(page.locator("#total-line")).to_contain_text("too long")  # the page is fitted anew
    drag(page, page.locator(".ev").nth(1).locator(".seamgrip"), 0.4 * pixels_per_second(page))
    until(page, lambda: held(served, page).plan.boundaries[0].length_s > 0.7, "the longer crossfade")
    render(page)
    expect(states(page, "rendered")).to_have_count(events)

    typed(page, 2, "a heavy truck roars past")
    expect(states(page, "stale")).to_have_count(1)
    Pace.step_s = SLOW_S
    page.click(".ev >> nth=1")
    press(page, "r")
    expect(states(page, "rendering")).to_have_count(1)
    typed(page, 4, "a window shuts")  # while event 2 renders: neither may be lost
    expect(page.locator(".ev").nth(3)).to_contain_text("a window shuts")
    page.click(".ev >> nth=1")
    expect(page.locator(".takes li")).to_have_count(2)
    assert held(served, page).plan.events[3].caption == "a window shuts"
    expect(states(page, "stale")).to_have_count(1)
    Pace.step_s = USUAL_S

    press(page, "a", "a", "k")
    page.click("[data-act='vary']")
    expect(page.locator(".takes li")).to_have_count(3)
    page.locator(".takes li", has_text="Take 2").locator(".use").click()
    expect(page.locator(".takes li.chosen")).to_contain_text("Take 2")

    path = tmp_path / "door.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(16_000) / 20), 16_000)
    page.click(".ev >> nth=3")
    with page.expect_file_chooser() as chooser:
        press(page, "i")
    chooser.value.set_files(path)
    expect(page.locator(".takes li", has_text="recording")).to_have_count(1)

    page.click("[data-act='lane_add']")
    page.fill("dialog[open] input", "Ambience")
    page.press("dialog[open] input", "Enter")
    expect(page.locator(".freelane")).to_have_count(1)
    page.click(".ev >> nth=0")
    press(page, "Shift+d")
    expect(page.locator(".clip")).to_have_count(1)
    page.click(".freelane .mute")
    expect(page.locator(".freelane .mute")).to_have_attribute("aria-pressed", "true")
    screenshot(page, "17-the-hour")

    back_and_forth(page, served)
    reload_in_mid_render(page, served)
    page.click("#mix")
    expect(page.locator(".mixstale")).to_have_text("")
    with page.expect_download() as caught:
        page.click("#download")
    caught.value.save_as(tmp_path / "track.wav")
    length_s = view_of(served, page)["length_s"]
    assert soundfile.info(tmp_path / "track.wav").frames == round(length_s * 48_000)


def back_and_forth(page: Page, served: Site) -> None:
    """Ten steps undone and done again lead to the same project."""
    before, there = steps_back(served, page), held(served, page)
    count = 10
    assert before >= count
    for number in range(count):
        press(page, "Control+z")
        until(page, lambda n=number: steps_back(served, page) == before - n - 1, f"undo {number + 1}")  # type: ignore[misc]
    for number in range(count):
        press(page, "Control+y")
        until(page, lambda n=number: steps_back(served, page) == before - count + n + 1, f"redo {number + 1}")  # type: ignore[misc]
    again = held(served, page)
    assert (again.arrangement, again.chosen) == (there.arrangement, there.chosen)


def reload_in_mid_render(page: Page, served: Site) -> None:
    """A page that is reloaded while it renders finds everything again."""
    Pace.step_s = SLOW_S
    page.click(".ev >> nth=2")
    press(page, "r")
    expect(page.locator(".notice")).to_be_hidden()
    expect(states(page, "rendering")).to_have_count(1)
    project = project_of(page)
    page.reload()
    expect(page.locator(".ev").first).to_be_visible()
    assert project_of(page) == project
    Pace.step_s = USUAL_S
    expect(page.locator(".jobline")).to_have_attribute("data-status", "done")
    assert in_state(page, "rendering") == 0
    assert len(held(served, page).takes[held(served, page).plan.events[2].id]) == 2
