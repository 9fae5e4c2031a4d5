"""Takes: favourites, variations, settings copied back, the trash, locks, own recordings, jobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, plan, press, rendered, until, view_of


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two seconds of a falling tone."""
    rate = 16_000
    time = np.arange(2 * rate) / rate
    path = tmp_path / "a door in the yard.wav"
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * (600 - 150 * time) * time), rate, subtype="PCM_16")
    return path


def test_takes_are_varied_kept_copied_back_and_thrown_away(site: Open) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=1")
    page.select_option(".inspector [name='count']", "2")
    press(page, "r")
    expect(page.locator(".takes li")).to_have_count(3)
    press(page, "f")
    expect(page.locator(".takes li.chosen .star")).to_have_attribute("aria-pressed", "true")
    page.select_option(".inspector [name='count']", "1")
    page.click("[data-act='vary']")
    expect(page.locator(".takes li")).to_have_count(4)
    expect(page.locator(".takes li").first).to_contain_text("variation 50 %")
    screenshot(page, "12-takes")
    page.fill(".inspector [data-field='caption']", "a tractor passes")
    page.press(".inspector [data-field='caption']", "Enter")
    expect(page.locator(".ev[data-state='stale']")).to_have_count(1)
    page.locator(".takes li", has_text="Take 1").locator("[data-act='copy_settings']").click()
    expect(page.locator(".inspector [data-field='caption']")).to_have_value("a car passes")
    page.locator(".takes li", has_text="Take 1").locator("[data-act='delete_take']").click()
    expect(page.locator(".takes li")).to_have_count(3)
    press(page, "Control+z")
    expect(page.locator(".takes li")).to_have_count(4)


def test_an_event_has_own_settings_and_a_lock(site: Open, served: Site) -> None:
    page = site()
    events = plan(page)
    page.click(".ev >> nth=0")
    page.fill(".inspector [data-field='steps']", "7")
    page.press(".inspector [data-field='steps']", "Enter")
    until(page, lambda: view_of(served, page)["events"][0]["steps"] == 7, "own steps")
    page.click(".inspector .eventpane [data-act='lock']")
    expect(page.locator(".ev").first).to_have_attribute("data-locked", "")
    page.click("#render")
    expect(page.locator(".ev[data-state='rendered']")).to_have_count(events - 1)
    assert not held(served, page).takes.get(held(served, page).plan.events[0].id)


def test_an_own_recording_becomes_a_take(site: Open, recording: Path) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=3")
    with page.expect_file_chooser() as chooser:
        press(page, "i")
    chooser.value.set_files(recording)
    expect(page.locator(".takes li")).to_have_count(1)
    expect(page.locator(".takes li")).to_contain_text("recording")
    expect(page.locator(".ev").nth(3)).to_have_attribute("data-state", "rendered")
    dropped(page, recording, ".ev:nth-child(1)")
    expect(page.locator(".ev").first).to_have_attribute("data-state", "rendered")


def dropped(page, path: Path, target: str) -> None:  # type: ignore[no-untyped-def]
    """Drop a file from the disk on something."""
    data = list(path.read_bytes())
    page.evaluate(
        """([bytes, name, target]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], name, { type: 'audio/wav' }));
          const node = document.querySelector(target);
          const box = node.getBoundingClientRect();
          const where = { clientX: box.x + 80, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
          node.dispatchEvent(new DragEvent('dragover', { ...where, dataTransfer: data }));
          node.dispatchEvent(new DragEvent('drop', { ...where, dataTransfer: data }));
        }""",
        [data, path.name, target],
    )
