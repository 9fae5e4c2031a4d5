"""Takes: favourites, variations, settings copied back, the trash, locks, own recordings, jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, plan, press, rendered, until, view_of


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


def test_a_locked_seed_gives_several_sounds_and_keeps_its_own(site: Open) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=1")
    seed = page.locator(".inspector [data-field='seed']").input_value()
    page.click("[data-act='seedlock']")
    expect(page.locator("[data-act='seedlock']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-act='reroll']")).to_be_disabled()
    page.select_option(".inspector [name='count']", "3")
    press(page, "r")
    expect(page.locator(".takes li")).to_have_count(3)
    expect(page.locator(".jobtext")).to_contain_text(f"locked seed {seed}")
    expect(page.locator(".inspector [data-field='seed']")).to_have_value(seed)
    expect(page.locator(".takes li.chosen")).to_contain_text("Take 1")
    page.click("[data-act='seedlock']")
    expect(page.locator("[data-act='reroll']")).to_be_enabled()
    page.click("[data-act='reroll']")
    expect(page.locator(".inspector [data-field='seed']")).not_to_have_value(seed)


def test_a_thrown_take_is_listed_heard_and_fetched_back(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=0")
    press(page, "r")
    expect(page.locator(".takes li")).to_have_count(2)
    expect(page.locator(".taketrash")).to_be_hidden()
    page.locator(".takes li", has_text="Take 1").locator("[data-act='delete_take']").click()
    expect(page.locator(".taketrash summary")).to_have_text("Trash (1)")
    page.click(".taketrash summary")
    thrown = page.locator(".taketrash li")
    expect(thrown).to_contain_text("Take 1")
    with page.expect_request(lambda r: r.url.endswith(".wav")):
        thrown.locator("[data-act='playtake']").click()
    thrown.locator("[data-act='take_restore']").click()
    expect(page.locator(".takes li")).to_have_count(2)
    expect(page.locator(".taketrash")).to_be_hidden()
    assert not held(served, page).trashed


def test_what_the_model_can_is_offered_and_what_it_can_not_is_said(site: Open, served: Site) -> None:
    page = site()
    renderer: Any = served.service._loaded.renderer  # type: ignore[union-attr]
    renderer.contextual = False
    try:
        rendered(page)
        page.click(".ev >> nth=0")
        expect(page.locator(".eventpane .alone")).to_be_hidden()
        expect(page.locator(".eventpane .negative")).to_be_hidden()
        expect(page.locator(".offernote")).to_contain_text("from its caption alone")
        expect(page.locator(".offernote")).to_contain_text("This model takes no negative caption.")
        page.fill(".inspector [data-field='caption']", "hail on a tin roof")
        page.press(".inspector [data-field='caption']", "Enter")
        expect(page.locator(".ev[data-state='stale']")).to_have_count(1)
        expect(page.locator(".ev[data-state='context']")).to_have_count(0)  # it hears no other event
        renderer.contextual = renderer.takes_negative = True
        page.reload()
        page.click(".ev >> nth=0")
        page.check(".eventpane [data-option='alone']")
        until(page, lambda: held(served, page).options_of(held(served, page).plan.events[0].id).alone, "alone")
        expect(page.locator(".offernote")).to_be_hidden()
        negative = page.locator(".eventpane [data-field='negative']")
        negative.fill("<b>wind</b>")
        negative.press("Enter")
        until(page, lambda: held(served, page).plan.events[0].negative == "<b>wind</b>", "the negative caption")
        renderer.takes_negative = False
        page.reload()
        page.click(".ev >> nth=0")
        expect(negative).to_have_value("<b>wind</b>")  # seen, so that it can be cleared
        negative.fill("")
        negative.press("Enter")
        expect(negative).to_be_hidden()
    finally:
        renderer.contextual, renderer.takes_negative = True, False


def test_a_take_whose_file_vanished_shows_as_missing_and_is_rendered_again(site: Open, served: Site) -> None:
    page = site()
    events = rendered(page)
    project = held(served, page)
    lost = project.chosen_take(project.plan.events[1].id)
    assert lost is not None
    served.service.take_file(project.id, lost.file).unlink()
    page.reload()
    page.click(".ev >> nth=1")
    expect(page.locator(".ev").nth(1)).to_have_attribute("data-state", "lost")
    expect(page.locator("tbody tr:nth-child(2) .c-state")).to_contain_text("file missing")
    expect(page.locator(".takes li")).to_contain_text("file missing")
    page.click("#render")
    expect(page.locator(".ev[data-state='rendered']")).to_have_count(events)
    expect(page.locator(".takes li.chosen")).not_to_contain_text("file missing")
