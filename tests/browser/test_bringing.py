"""Own sounds: dropped on an event, a clip, a lane and below the lanes; and recorded with the microphone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from studio import editing
from tests.browser.conftest import Site
from tests.browser.hands import Open, held, pixels_per_second, plan, press, until, view_of
from tests.browser.test_lanes import add_lane

DROP = """([bytes, name, target, x]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: 'audio/wav' }));
  const box = document.querySelector(target).getBoundingClientRect();
  const [clientX, clientY] = [box.x + x, box.y + box.height / 2];
  const node = document.elementFromPoint(clientX, clientY);
  const where = { clientX, clientY, bubbles: true, cancelable: true, dataTransfer: data };
  node.dispatchEvent(new DragEvent('dragover', where));
  const lit = Boolean(document.querySelector('[data-drop]'));
  node.dispatchEvent(new DragEvent('drop', where));
  return lit;
}"""

RUNS = """(seconds) => {
  const shown = document.querySelector("[data-act='microphone']").textContent.match(/:(\\d\\d)$/);
  return shown && Number(shown[1]) >= seconds;
}"""


def dropped(page: Page, path: Path, target: str, *, x: float = 80) -> bool:
    """Drop a file from the disk `x` pixels into something; whether the page showed that it would be taken."""
    return bool(page.evaluate(DROP, [list(path.read_bytes()), path.name, target, x]))


def test_a_file_is_dropped_on_an_event_a_lane_a_clip_and_below(site: Open, served: Site, recording: Path) -> None:
    page = site()
    plan(page)
    assert dropped(page, recording, ".ev")
    expect(page.locator(".ev").first).to_have_attribute("data-state", "rendered")
    expect(page.locator(".takes li")).to_contain_text("a door in the yard")
    add_lane(page, "Spots")
    press(page, "n")
    pps = pixels_per_second(page)
    assert dropped(page, recording, ".freelane .track", x=4 * pps)
    expect(page.locator(".clip")).to_have_count(1)
    clip = view_of(served, page)["lanes"][0]["clips"][0]
    assert abs(clip["start_s"] - 4) < 0.1 and clip["duration_s"] == pytest.approx(2, abs=0.01)
    assert clip["name"] == "a door in the yard" and clip["take"]["source"] == "recording"
    assert dropped(page, recording, ".clip", x=40)
    until(page, lambda: len(view_of(served, page)["lanes"][0]["clips"][0]["takes"]) == 2, "a take of the clip")
    assert dropped(page, recording, ".lanesend .track", x=pps)
    expect(page.locator(".freelane")).to_have_count(2)
    assert abs(view_of(served, page)["lanes"][1]["clips"][0]["start_s"] - 1) < 0.1
    press(page, "Control+z")
    expect(page.locator(".freelane")).to_have_count(1)
    assert not dropped(page, recording, ".tablecard")


def test_a_file_that_is_no_sound_is_told(site: Open, served: Site, tmp_path: Path) -> None:
    page = site()
    plan(page)
    wrong = tmp_path / "notes.wav"
    wrong.write_text("not a sound")
    dropped(page, wrong, ".ev")
    expect(page.locator(".notice")).to_contain_text("not a sound file")
    assert not any(held(served, page).takes.values())


def test_the_microphone_makes_a_take(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=2")
    record = page.locator("[data-act='microphone']")
    assert not warned(page)
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    runs(page, 2)
    assert warned(page)
    page.click(".ev >> nth=0")  # what is recorded goes where it began
    record.click()
    event = held(served, page).plan.events[2].id
    until(page, lambda: held(served, page).takes.get(event), "the take")
    expect(record).to_have_text("Record")
    [take] = held(served, page).takes[event]
    audio = served.service.take_audio(held(served, page).id, take.file)
    assert take.recorded and take.name == "microphone" and audio.duration_s > 1
    assert float(np.abs(audio.samples).max()) > 0.01  # the browser's own microphone beeps
    expect(page.locator(".ev").nth(2)).to_have_attribute("data-state", "rendered")


def test_a_refused_microphone_is_told(site: Open) -> None:
    page = site()
    plan(page)
    page.evaluate("""() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    }""")
    page.click("[data-act='microphone']")
    expect(page.locator(".notice")).to_contain_text("allow it in the address bar")
    expect(page.locator("[data-act='microphone']")).to_have_attribute("aria-pressed", "false")


def runs(page: Page, seconds: int) -> None:
    """Wait until the button says that it has recorded for so many seconds, rounded."""
    page.wait_for_function(RUNS, arg=seconds)


def recorded(page: Page) -> None:
    """A second and a half of the beep, sent."""
    record = page.locator("[data-act='microphone']")
    record.click()
    runs(page, 2)
    record.click()


def warned(page: Page) -> bool:
    """Whether leaving the page now would make the browser ask first. Gradio, which would hang up, is not told."""
    return bool(
        page.evaluate("""() => {
      const guard = (event) => event.stopImmediatePropagation();
      window.addEventListener('beforeunload', guard, { capture: true });
      const asks = !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
      window.removeEventListener('beforeunload', guard, { capture: true });
      return asks;
    }""")
    )


def test_a_microphone_that_can_not_be_recorded_is_let_go(site: Open) -> None:
    page = site()
    plan(page)
    page.evaluate("""() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (what) => { window.given = await ask(what); return window.given; };
      MediaRecorder.prototype.start = () => { throw new DOMException('no', 'NotSupportedError'); };
    }""")
    page.click("[data-act='microphone']")
    expect(page.locator(".notice")).to_contain_text("can’t be used")
    assert page.evaluate("window.given.getTracks().map((track) => track.readyState)") == ["ended"]


def test_an_edit_while_a_recording_is_sent_does_not_lose_it(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=1")
    tries = []

    def edited_meanwhile(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            project = held(served, page)
            served.service.edit(project.id, project.revision, lambda p: editing.titled(p, "Meanwhile"))
        route.continue_()

    page.route("**/recording?*", edited_meanwhile)
    recorded(page)
    event = held(served, page).plan.events[1].id
    until(page, lambda: held(served, page).takes.get(event), "the take")
    assert len(tries) == 2 and held(served, page).title == "Meanwhile"
    expect(page.locator(".notice")).to_be_hidden()


def test_a_recording_is_kept_until_the_server_has_it(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=1")
    refused = {"ok": False, "error": "the upload can't be kept: is the disk full?"}
    page.route("**/recording?*", lambda route: route.fulfill(json=refused))
    recorded(page)
    box = page.locator("dialog[open]")
    expect(box).to_contain_text("is the disk full?")
    page.click("dialog[open] >> text=Try again")
    expect(box).to_contain_text("is the disk full?")
    page.keyboard.press("Escape")
    expect(page.locator(".notice")).to_contain_text("the recording is kept")
    assert warned(page)
    page.unroute("**/recording?*")
    page.click("[data-act='microphone']")
    page.click("dialog[open] >> text=Try again")
    event = held(served, page).plan.events[1].id
    until(page, lambda: held(served, page).takes.get(event), "the take")
    expect(box).to_have_count(0)
    assert not warned(page)


def test_what_was_recorded_for_an_event_that_is_gone_lies_in_a_lane(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=2")
    start = view_of(served, page)["events"][2]["start_s"]
    record = page.locator("[data-act='microphone']")
    record.click()
    runs(page, 1)
    press(page, "Delete")
    expect(page.locator(".ev")).to_have_count(3)
    record.click()
    expect(page.locator(".clip")).to_have_count(1)
    clip = view_of(served, page)["lanes"][0]["clips"][0]
    assert clip["start_s"] == pytest.approx(start, abs=0.01) and clip["take"]["source"] == "recording"
    expect(page.locator(".notice")).to_contain_text("is gone")
