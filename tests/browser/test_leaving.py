"""A page that is left, or whose project is switched, while a file is on its way: the browser asks first, and whoever
stays has the file while whoever leaves leaves nothing half done behind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Dialog, Page, Route, expect

from studio import editing
from tests.browser.conftest import Site
from tests.browser.hands import Open, held, plan, press, project_of, until
from tests.browser.test_bringing import warned

SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000}
FAST = {**SLOW, "uploadThroughput": -1}


@pytest.fixture
def long_recording(tmp_path: Path) -> Path:
    """Some 700 kB, which take a while at SLOW."""
    path = tmp_path / "yard.wav"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.2, 0.2, 350_000), 48_000, subtype="PCM_16")
    return path


def another_project(served: Site) -> str:
    """Of one event, so that it is listed."""
    project = served.service.open(None)
    served.service.edit(project.id, project.revision, lambda p: editing.added_event(p, caption="rain", duration_s=2.0))
    return project.id


def bring(page: Page, path: Path) -> None:
    """Choose a file as a take of the selected event."""
    with page.expect_file_chooser() as chooser:
        press(page, "i")
    chooser.value.set_files(path)


def switch(page: Page, project: str) -> None:
    """Open another project from the sheet of projects."""
    press(page, "Control+o")
    page.click(f"dialog .project[data-project='{project}'] [data-act='project_open']", no_wait_after=True)


def test_another_project_is_opened_while_a_file_is_on_its_way(site: Open, served: Site, long_recording: Path) -> None:
    page, other, asked = site(), another_project(served), []
    plan(page, "rain; wind", total="2")
    mine, inbox = project_of(page), served.service.store.inbox()
    wire = page.context.new_cdp_session(page)

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    wire.send("Network.emulateNetworkConditions", SLOW)
    page.click(".ev >> nth=0")
    bring(page, long_recording)
    until(page, lambda: list(inbox.iterdir()), "the first bytes")
    page.once("dialog", stay)
    switch(page, other)
    until(page, lambda: asked, "the question")
    assert asked == ["beforeunload"] and project_of(page) == mine
    page.keyboard.press("Escape")
    wire.send("Network.emulateNetworkConditions", FAST)
    expect(page.locator(".takes li")).to_have_count(1)  # who stays has it
    until(page, lambda: not warned(page), "nothing is on its way any more")
    page.fill(".inspector [data-field='caption']", "still here")
    page.press(".inspector [data-field='caption']", "Enter")
    until(page, lambda: held(served, page).plan.events[0].caption == "still here", "the page still talks to the server")

    wire.send("Network.emulateNetworkConditions", SLOW)
    bring(page, long_recording)
    until(page, lambda: list(inbox.iterdir()), "the first bytes again")
    page.once("dialog", leave)
    switch(page, other)
    page.wait_for_url(f"**project={other}")
    assert asked == ["beforeunload"] * 2
    until(page, lambda: not list(inbox.iterdir()), "nothing half done is left")
    assert [len(takes) for takes in served.service.store.get(mine).takes.values()] == [1]
    assert not any(served.service.store.get(other).takes.values())


def test_what_is_sent_once_more_still_keeps_the_page(site: Open, served: Site) -> None:
    page = site()
    plan(page, "rain; wind", total="2")
    page.click(".ev >> nth=1")
    waiting: list[Route] = []
    page.route("**/recording?*", lambda route: route.fulfill(json={"ok": False, "error": "the disk is full"}))
    record = page.locator("[data-act='microphone']")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(800)
    record.click()
    expect(page.locator("dialog[open]")).to_contain_text("the disk is full")
    assert warned(page)
    page.unroute("**/recording?*")
    page.route("**/recording?*", lambda route: waiting.append(route))
    page.click("dialog[open] >> text=Try again")
    until(page, lambda: waiting, "the second try")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert warned(page)
    waiting[0].continue_()
    until(page, lambda: held(served, page).takes.get(held(served, page).plan.events[1].id), "the take")
    until(page, lambda: not warned(page), "nothing is on its way any more")
    expect(page.locator(".notice")).to_be_hidden()


@pytest.mark.parametrize(("address", "button"), [("**/video?*", "export_video"), ("**/library/import", "")])
def test_a_video_and_a_project_on_their_way_keep_the_page(
    site: Open, tmp_path: Path, address: str, button: str
) -> None:
    page, waiting = site(), []
    plan(page, "rain; wind", total="2")
    (tmp_path / "x.zip").write_bytes(b"x")
    page.route(address, lambda route: waiting.append(route))
    press(page, "e" if button else "Control+o")
    with page.expect_file_chooser() as chooser:
        page.click(f"[data-act='{button}']" if button else "dialog .importbutton")
    chooser.value.set_files(tmp_path / "x.zip")
    until(page, lambda: waiting, "the request")
    assert warned(page)
    waiting[0].fulfill(json={"ok": False, "error": "this is none"})
    told = page.locator(".exportstatus" if button else ".notice")
    expect(told).to_contain_text("this is none")
    until(page, lambda: not warned(page), "nothing is on its way any more")
