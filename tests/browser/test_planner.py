"""What the planner and the renderer are asked for by buttons: other words, smaller events, another plan, more of the
story, all of it again, what is stale, what is selected.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pipeline.timeline import Story
from tests.browser.conftest import Site
from tests.browser.hands import STORY, Open, held, plan, press, rendered, states, until
from tests.fakes import ListPlanner


class WordyPlanner(ListPlanner):
    """The list planner, which has other words for a lone caption: one for every seed but 0."""

    def plan(self, story: Story, **rest: object):  # type: ignore[no-untyped-def, override]
        """The caption with the seed's manner put before it."""
        seed = int(rest["seed"])  # type: ignore[call-overload]
        lone = ";" not in story.text and seed > 0 and story.text != STORY
        text = f"{('softly', 'loudly', 'far away', 'close by')[seed % 4]}: {story.text}" if lone else story.text
        told = super().plan(Story(text=text, duration_s=story.duration_s, tone=story.tone), **rest)  # type: ignore[arg-type]
        return told


@pytest.fixture
def wordy(served: Site) -> Iterator[None]:
    """The studio's planner knows other words during this test."""
    until_ready(served)
    loaded = served.service._loaded
    assert loaded is not None
    plain = loaded.planner
    object.__setattr__(loaded, "planner", WordyPlanner())
    yield
    object.__setattr__(loaded, "planner", plain)


def until_ready(served: Site) -> None:
    """Wait for the model."""
    from tests.studio.conftest import wait_until

    wait_until(lambda: served.service._loaded is not None)


def captions(served: Site, page: Page) -> list[str]:
    """The events as the server has them."""
    return [event.caption for event in held(served, page).plan.events]


@pytest.mark.usefixtures("wordy")
def test_other_words_are_offered_where_they_were_asked_for_and_taken(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    other = site(f"?project={held(served, page).id}")
    expect(other.locator(".ev").first).to_be_visible()
    page.click(".ev >> nth=1")
    before = captions(served, page)
    page.click("[data-act='rewrite']")
    offers = page.locator("dialog[open] .offers button")
    expect(offers).to_have_count(3)
    assert len(set(offers.all_inner_texts())) == 3
    assert captions(served, page) == before
    expect(other.locator("dialog[open]")).to_have_count(0)
    wanted = offers.nth(2).inner_text()
    offers.nth(2).click()
    until(page, lambda: captions(served, page)[1] == wanted, "the new words")
    expect(page.locator(".ev").nth(1)).to_contain_text(wanted)
    press(page, "Control+z")
    until(page, lambda: captions(served, page) == before, "the old words")
    page.click("[data-act='rewrite']")
    expect(offers).to_have_count(3)  # asked again, they are offered again
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator(".ev").first).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_an_event_is_broken_up_and_one_sound_is_told(site: Open, served: Site) -> None:
    page = site()
    events = plan(page)
    page.click(".ev >> nth=0")
    page.click("[data-act='splitplan']")
    expect(page.locator(".notice")).to_contain_text("one sound")
    page.fill(".inspector [data-field='caption']", "a dog; a cat; a cow")
    page.press(".inspector [data-field='caption']", "Enter")
    until(page, lambda: captions(served, page)[0] == "a dog; a cat; a cow", "the long caption")
    page.click("[data-act='splitplan']")
    expect(page.locator(".ev")).to_have_count(events + 2)
    assert captions(served, page)[:3] == ["a dog", "a cat", "a cow"]
    assert held(served, page).plan.duration_s == pytest.approx(12.0)
    expect(page.locator(".notice")).to_be_hidden()
    press(page, "Control+z")
    expect(page.locator(".ev")).to_have_count(events)


def test_planning_again_keeps_the_locked_event_and_its_take(site: Open, served: Site) -> None:
    page = site()
    events = rendered(page)
    page.click(".ev >> nth=1")
    press(page, "Shift+k")
    expect(page.locator(".ev").nth(1)).to_have_attribute("data-locked", "")
    kept = held(served, page).plan.events[1]
    page.click("[data-act='plan_again']")
    expect(states(page, "missing")).to_have_count(events - 1)
    now = held(served, page)
    assert now.plan.events[1] == kept and now.chosen_take(kept.id) is not None
    expect(page.locator(".jobtext")).to_contain_text("1 locked")


def test_the_story_goes_on_and_a_refusal_keeps_what_was_typed(site: Open, served: Site) -> None:
    page = site()
    events = plan(page)
    page.click("[data-act='continue']")
    page.fill("dialog[open] textarea", "a train comes; a whistle blows")
    page.fill("dialog[open] input", "9999")
    page.click("dialog[open] .primary")
    expect(page.locator("dialog[open] .refused")).to_contain_text("total duration")
    expect(page.locator("dialog[open] textarea")).to_have_value("a train comes; a whistle blows")
    page.fill("dialog[open] input", "6")
    page.click("dialog[open] .primary")
    expect(page.locator(".ev")).to_have_count(events + 2)
    assert captions(served, page)[-2:] == ["a train comes", "a whistle blows"]
    assert held(served, page).plan.story.text.endswith("a train comes; a whistle blows")


def test_stale_all_and_selected_are_rendered_and_nothing_else(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    takes = lambda: [len(held(served, page).takes_of(e.id)) for e in held(served, page).plan.events]  # noqa: E731
    field = page.locator("tbody tr:nth-child(2) textarea")
    field.fill("a heavy truck roars past")
    field.press("Enter")
    expect(states(page, "stale")).to_have_count(1)
    page.click("[data-act='renderstale']")
    expect(states(page, "stale")).to_have_count(0)
    until(page, lambda: takes() == [1, 2, 1, 1], "only the stale one")
    expect(states(page, "context")).to_have_count(2)
    page.click("[data-act='renderall']")
    expect(states(page, "context")).to_have_count(0)
    until(page, lambda: takes() == [1, 2, 2, 2], "those of another context")
    page.wait_for_selector(".jobline[data-status='done']")
    page.click(".ev >> nth=0")
    page.click(".ev >> nth=3", modifiers=["Control"])
    expect(page.locator(".manypane")).to_be_visible()
    page.click(".manypane [data-act='regenerate']")
    until(page, lambda: takes() == [2, 2, 2, 3], "the two that were selected")
