"""A sound designer's first steps in a real browser: story, plan, render, edit, regenerate, mix, download."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Page, expect

from pipeline.timeline import Curve
from tests.browser.conftest import USUAL_S, Pace, Site, screenshot
from tests.browser.hands import STORY, Open, held, in_state, plan, project_of, render, states, until


def sounds(page: Page) -> list[str]:
    """A digest of the audio behind each event of the timeline, fetched as the page would."""
    return page.evaluate("""async () => {
      const { events, address } = await import('/studio-assets/state.js');
      return Promise.all(events().map(async (event) => {
        const bytes = await (await fetch(address('takes', `${event.take.file}.wav`))).arrayBuffer();
        const hash = await crypto.subtle.digest('SHA-256', bytes);
        return [...new Uint8Array(hash)].join();
      }));
    }""")


@pytest.mark.parametrize("served", ["sketch", pytest.param("nano", marks=pytest.mark.slow)], indirect=True)
def test_a_story_becomes_a_track(site: Open, served: Site, tmp_path: Path) -> None:
    page = site()
    screenshot(page, "1-empty")
    events = plan(page)
    assert events >= 2
    expect(page.locator("#total-line")).to_contain_text("of 12 s requested")
    assert in_state(page, "missing") == events
    page.fill("[data-form='settings'] [name='steps']", "6")
    page.press("[data-form='settings'] [name='steps']", "Enter")
    until(page, lambda: held(served, page).settings.steps == 6, "fewer steps")
    render(page)
    assert in_state(page, "rendered") == events
    page.wait_for_selector(".inspector canvas[data-drawn^='studio/']")
    screenshot(page, "2-rendered")

    caption = page.locator("tbody tr:nth-child(2) textarea")
    caption.fill("a heavy truck roars past")
    caption.press("Enter")
    page.wait_for_selector(".ev[data-state='stale']")
    expect(states(page, "stale")).to_have_count(1)
    contextual = served.service.view(project_of(page))["capabilities"]["alone"]
    expect(states(page, "rendered")).to_have_count(1 if contextual else events - 1)  # who hears no story has no context
    expect(page.locator("tbody tr:nth-child(2) .c-state")).to_contain_text("the caption changed")
    screenshot(page, "3-stale")
    render(page)
    assert in_state(page, "stale") == 0

    before = sounds(page)
    page.click(".ev >> nth=1")
    page.click("[data-act='regenerate']")
    page.wait_for_function("document.querySelectorAll('.takes li').length === 3")
    page.wait_for_selector(".jobline[data-status='done']")
    after = sounds(page)
    assert [a != b for a, b in zip(before, after, strict=True)] == [i == 1 for i in range(events)]
    page.locator(".takes li", has_text="Take 2").locator(".use").click()
    expect(page.locator(".takes li.chosen")).to_contain_text("Take 2")
    assert sounds(page) == before

    page.click("#mix")
    page.wait_for_selector(".mixwave canvas[data-drawn]:not([data-drawn=''])")
    page.click("[data-act='spectrogram']")
    page.wait_for_function("document.querySelector('.spectrogram').naturalWidth > 0")
    screenshot(page, "4-mixed")
    with page.expect_download() as caught:
        page.click("#download")
    path = tmp_path / "track.wav"
    caught.value.save_as(path)
    info = soundfile.info(path)
    total_s = sum(e["duration_s"] for e in served.service.view(project_of(page))["events"])
    assert (info.samplerate, info.subtype, info.frames) == (48_000, "PCM_24", round(total_s * 48_000))


@pytest.mark.usefixtures("slowly")
def test_a_reloaded_page_finds_its_project_and_its_running_job(site: Open) -> None:
    page = site()
    events = plan(page)
    page.click("#render")
    page.wait_for_selector(".jobline[data-status='running']")
    page.reload()
    page.wait_for_selector(".ev")
    page.wait_for_selector(".jobline[data-status='running']")
    Pace.step_s = USUAL_S
    page.wait_for_selector(".jobline[data-status='done']")
    page.wait_for_function(f"document.querySelectorAll(\".ev[data-state='rendered']\").length === {events}")
    expect(page.locator("#story textarea")).to_have_value(STORY)


@pytest.mark.usefixtures("slowly")
def test_cancel_keeps_what_is_finished_and_render_goes_on(site: Open) -> None:
    page = site()
    events = plan(page)
    page.click("#render")
    page.wait_for_selector(".ev[data-state='rendered']")
    page.click("#cancel")
    page.wait_for_selector(".jobline[data-status='cancelled']")
    screenshot(page, "6-cancelled")
    assert 1 <= in_state(page, "rendered") < events
    Pace.step_s = USUAL_S
    render(page)
    assert in_state(page, "rendered") == events


def test_two_windows_never_mix_their_stories(site: Open) -> None:
    one, two = site(), site()
    plan(one, "wind in tall trees; an owl hoots")
    plan(two, "a tram bell rings; brakes squeal")
    assert project_of(one) != project_of(two)
    two.reload()
    two.wait_for_selector(".ev")
    expect(two.locator("#story textarea")).to_have_value("a tram bell rings; brakes squeal")


def test_an_edit_in_a_second_window_of_a_project_is_told_to_the_first(site: Open) -> None:
    one = site()
    plan(one)
    two = site(f"?project={project_of(one)}")
    two.wait_for_selector(".ev")
    first = two.locator("tbody tr:nth-child(1) textarea")
    first.fill("from the second window")
    first.press("Enter")
    expect(two.locator(".ev").first).to_contain_text("from the second window")
    mine = one.locator("tbody tr:nth-child(2) textarea")
    mine.fill("from the first window")
    mine.press("Enter")
    expect(one.locator(".notice")).to_contain_text("another window")
    expect(one.locator(".ev").first).to_contain_text("from the second window")
    expect(mine).to_have_value("from the first window")


@pytest.mark.parametrize(
    ("story", "total", "sentence"),
    [("", "12", "the story is empty"), ("rain", "0", "total duration"), ("rain", "10000", "total duration")],
)
def test_a_bad_story_is_told_in_one_sentence(site: Open, story: str, total: str, sentence: str) -> None:
    page = site()
    page.fill("#story textarea", story)
    page.fill("#total input", total)
    page.click("#plan")
    expect(page.locator(".notice")).to_contain_text(sentence)
    assert page.locator(".ev").count() == 0


def test_bad_values_in_the_table_are_told_and_what_was_typed_is_kept(site: Open) -> None:
    page = site()
    plan(page)
    seconds = page.locator("tbody tr:nth-child(1) input")
    for wrong in ("NaN", "soon", "-1", ""):
        seconds.fill(wrong)
        seconds.press("Enter")
        expect(page.locator(".notice")).to_contain_text("duration")
        expect(seconds).to_have_class("invalid")
        expect(seconds).to_have_value(wrong)
    seconds.press("Escape")
    expect(seconds).not_to_have_value("")
    caption = page.locator("tbody tr:nth-child(1) textarea")
    written = caption.input_value()
    caption.fill("given up before it was sent")
    caption.press("Escape")
    expect(caption).to_have_value(written)
    caption.fill("x" * 4_000)
    caption.press("Enter")
    expect(page.locator(".notice")).to_contain_text("4,000 characters")
    expect(caption).to_have_value("x" * 4_000)


DELAY_CAPTIONS = """() => {
  const send = window.fetch;
  window.fetch = async (url, options) => {
    const late = String(options && options.body).includes('xxxx');
    if (late) await new Promise((go) => setTimeout(go, 2500));
    return send(url, options);
  };
}"""


@pytest.mark.usefixtures("slowly")
def test_race_views_that_arrive_before_the_answer_leave_what_was_typed(site: Open) -> None:
    page = site()
    plan(page)
    page.evaluate(DELAY_CAPTIONS)
    page.click("#render")
    page.wait_for_selector(".jobline[data-status='running']")
    caption = page.locator("tbody tr:nth-child(1) textarea")
    caption.fill("x" * 4_000)
    caption.press("Enter")
    seen = page.locator(".jobtext").inner_text()
    expect(page.locator(".jobtext")).not_to_have_text(seen)
    assert caption.input_value() == "x" * 4_000
    expect(page.locator(".notice")).to_contain_text("4,000 characters")
    expect(caption).to_have_value("x" * 4_000)


def test_a_caption_of_html_is_shown_as_text(site: Open) -> None:
    page = site()
    plan(page)
    nasty = "<img src=x onerror=\"document.title='owned'\"><b>bold</b> {{value}} ${value}"
    caption = page.locator("tbody tr:nth-child(1) textarea")
    caption.fill(nasty)
    caption.press("Enter")
    expect(page.locator(".ev").first.locator("b")).to_have_text(f"1  {nasty}")
    assert page.locator("#bench img[src=x]").count() == 0
    assert "owned" not in page.title()


def test_events_are_added_moved_and_deleted(site: Open) -> None:
    page = site()
    events = plan(page)
    page.fill("[data-form='add'] [name='caption']", "a dog barks twice")
    page.press("[data-form='add'] [name='caption']", "Enter")
    expect(page.locator(".ev")).to_have_count(events + 1)
    expect(page.locator(".ev").nth(1)).to_contain_text("a dog barks twice")
    expect(page.locator("#total-line")).to_contain_text("5 s too long")
    page.click(".ev >> nth=1")
    page.click(".inspector [data-act='earlier']")
    expect(page.locator(".ev").first).to_contain_text("a dog barks twice")
    page.click(".timelinecard [data-act='delete']")
    expect(page.locator(".ev")).to_have_count(events)


def test_a_crossfade_is_changed_in_the_inspector(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    page.click(".ev >> nth=0")
    page.fill(".inspector [data-field='fade']", "0.25")
    page.press(".inspector [data-field='fade']", "Enter")
    page.select_option(".inspector [data-field='curve']", "linear")
    until(page, lambda: held(served, page).plan.boundaries[0].curve == Curve.LINEAR, "the curve")
    page.reload()
    page.click(".ev >> nth=0")
    expect(page.locator(".inspector [data-field='fade']")).to_have_value("0.25")
    expect(page.locator(".inspector [data-field='curve']")).to_have_value("linear")


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, True), (1440, 900, False), (1024, 768, True)])
def test_everything_is_in_reach(site: Open, width: int, height: int, dark: bool) -> None:
    page = site(width=width, height=height, dark=dark)
    page.click(".example >> nth=0")
    expect(page.locator("#story textarea")).not_to_have_value("")
    plan(page)
    render(page)
    page.click("#mix")
    page.wait_for_selector(".mixwave canvas[data-drawn]:not([data-drawn=''])")
    for wanted in ("#plan", "#render", "#cancel", "#mix", ".strip", "#download", "tbody tr:nth-child(1)"):
        box = page.locator(wanted).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, wanted
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(page, f"5-{width}-{'dark' if dark else 'light'}", whole=width < 1200)
