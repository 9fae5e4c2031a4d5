"""What the buttons ask of the planner and the renderer that are shipped: the sketches of other tests promise nothing
about words. Slow: two networks on the processor.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, plan, press, states, until, view_of

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("served", ["nano"], indirect=True)]
STORY = "Rain falls on a roof. A car passes by. A dog barks, and thunder rolls far away."


def test_the_planner_is_asked_again_for_more_for_less_and_for_other_words(site: Open, served: Site) -> None:
    page = site()
    events = plan(page, STORY)
    captions = lambda: [event.caption for event in held(served, page).plan.events]  # noqa: E731
    page.click(".ev >> nth=1")
    press(page, "Shift+k")
    expect(page.locator(".ev").nth(1)).to_have_attribute("data-locked", "")
    locked = held(served, page).plan.events[1]
    page.click("[data-act='plan_again']")
    expect(page.locator(".jobtext")).to_contain_text("1 locked")
    now = held(served, page)
    assert locked in now.plan.events and now.plan.duration_s == pytest.approx(12.0)

    page.click("[data-act='continue']")
    page.fill("dialog[open] textarea", "At dawn gulls cry over the harbour and an engine starts.")
    page.fill("dialog[open] input", "6")
    page.click("dialog[open] .primary")
    expect(page.locator(".jobtext")).to_contain_text("appended")
    longer = held(served, page).plan
    assert len(longer.events) > events and longer.duration_s == pytest.approx(18.0)
    assert "gull" in " ".join(captions()[events:])
    assert longer.story.text == f"{STORY} At dawn gulls cry over the harbour and an engine starts."

    page.click(".ev >> nth=0")
    page.fill(".inspector [data-field='caption']", "a dog barks, then a cat meows and a cow moos")
    page.press(".inspector [data-field='caption']", "Enter")
    until(page, lambda: captions()[0].startswith("a dog"), "the long caption")
    page.fill(".inspector [data-field='duration']", "9")  # a planner gives every sound its time
    page.press(".inspector [data-field='duration']", "Enter")
    until(page, lambda: held(served, page).plan.events[0].duration_s == 9, "the longer event")
    before = held(served, page).plan
    page.click("[data-act='splitplan']")
    expect(page.locator(".jobtext")).to_contain_text("one event became 3")
    split = held(served, page).plan
    assert split.duration_s == pytest.approx(before.duration_s)
    assert all(word in caption for word, caption in zip(("dog", "cat", "cow"), captions()[:3], strict=True))

    page.click(".ev >> nth=0")
    page.click("[data-act='rewrite']")
    offers = page.locator("dialog[open] .offers button")
    expect(offers).to_have_count(3)
    screenshot(page, "18-other-words")
    wanted = offers.nth(1).inner_text()
    offers.nth(1).click()
    until(page, lambda: captions()[0] == wanted, "the chosen words")


def test_only_the_edited_event_is_stale_and_a_negative_caption_makes_another_sound(site: Open, served: Site) -> None:
    page = site()
    plan(page, "Rain falls on a roof; a dog barks", total="4")
    page.fill("[data-form='settings'] [name='steps']", "2")
    page.press("[data-form='settings'] [name='steps']", "Enter")
    until(page, lambda: held(served, page).settings.steps == 2, "fewer steps")
    page.click("#render")
    expect(states(page, "rendered")).to_have_count(2)
    page.click(".ev >> nth=0")
    expect(page.locator(".offernote")).to_contain_text("from its caption alone")
    field = page.locator(".eventpane [data-field='negative']")
    field.fill("wind")
    field.press("Enter")
    expect(states(page, "stale")).to_have_count(1)
    expect(states(page, "rendered")).to_have_count(1)  # this model hears no event beside it
    expect(page.locator("tbody tr:nth-child(1) .c-state")).to_contain_text("the negative caption changed")
    screenshot(page, "19-negative-caption")
    page.click("#render")
    expect(states(page, "rendered")).to_have_count(2)
    project = held(served, page)
    old, new = project.takes[project.plan.events[0].id]
    assert (new.negative, new.seed) == ("wind", old.seed)
    one, other = (served.service.take_audio(project.id, take.file).samples for take in (old, new))
    assert one.shape == other.shape and abs(one - other).max() > 1e-2
    assert view_of(served, page)["events"][0]["take"]["negative"] == "wind"
