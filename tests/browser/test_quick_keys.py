"""Keys pressed faster than the studio answers: edits wait for the view that the one before them makes, and are about
what was selected and where the playhead was when they were asked for; listening and looking never wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from studio import handlers
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.hands import Open, answered, held, pixels_per_second, plan, press, until, view_of


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Requests of the page are carried out only while this is set."""
    free = threading.Event()
    free.set()
    real = handlers.carry_out

    def later(*request: object) -> None:
        assert free.wait(PATIENCE_MS / 1000)
        real(*request)  # type: ignore[arg-type]

    monkeypatch.setattr(handlers, "carry_out", later)
    yield free
    free.set()


def started(site: Open) -> Page:
    """Four events of three seconds, the second one selected, the playhead at its fifth second."""
    page = site()
    plan(page)
    page.click(".ev >> nth=1")
    ruler = page.locator(".rulerbar").bounding_box()
    assert ruler
    page.mouse.click(ruler["x"] + 5.0 * pixels_per_second(page), ruler["y"] + 15)
    expect(page.locator(".clock")).to_have_text("0:05.00")
    return page


def lengths(served: Site, page: Page) -> list[float]:
    """How long the events are, in seconds."""
    return [round(event.duration_s, 3) for event in held(served, page).plan.events]


def test_race_a_trim_waits_for_the_undo_before_it(site: Open, served: Site, door: threading.Event) -> None:
    page = started(site)
    press(page, "]")
    answered(page)
    assert lengths(served, page) == [3, 2, 3, 3]
    door.clear()
    press(page, "Control+z", "[")  # in the shown view the playhead stands at the event's end: nothing to trim
    door.set()
    answered(page)
    expect(page.locator(".notice")).to_be_hidden()
    assert lengths(served, page) == [3, 1, 3, 3]


def test_race_an_edit_is_about_what_was_selected_and_where_the_playhead_was(
    site: Open, served: Site, door: threading.Event
) -> None:
    page = started(site)
    door.clear()
    press(page, "m", "[", "Home", "ArrowRight", "ArrowRight")
    expect(page.locator(".clock")).to_have_text("0:00.00")  # neither playhead nor selection wait for the answer
    expect(page.locator(".inspector h2")).to_have_text("Event 4")
    assert lengths(served, page) == [3, 3, 3, 3]
    door.set()
    answered(page)
    assert lengths(served, page) == [3, 1, 3, 3]
    assert [marker.at_s for marker in held(served, page).desk.markers] == [5.0]
    expect(page.locator(".clock")).to_have_text("0:00.00")
    expect(page.locator(".inspector h2")).to_have_text("Event 4")


def test_race_edits_are_made_in_the_order_in_which_they_were_asked_for(
    site: Open, served: Site, door: threading.Event
) -> None:
    page = started(site)
    door.clear()
    press(page, "m", "[", "d")  # the copy is one of the trimmed event
    page.fill("[data-form='add'] [name='caption']", "a dog barks")
    page.press("[data-form='add'] [name='caption']", "Enter")  # a request that needs no view, after edits that do
    door.set()
    answered(page)
    assert lengths(served, page) == [3, 1, 5, 1, 3, 3]
    history = view_of(served, page)["history"]
    assert (history["undos"], history["undo"]) == (5, "new event")


def test_race_what_is_turned_on_twice_is_off(site: Open, served: Site, door: threading.Event) -> None:
    page = started(site)
    door.clear()
    press(page, "u", "u", "Shift+k", "m", "m")
    door.set()
    expect(page.locator("dialog[open]")).to_contain_text("Marker")  # the second one finds the first one there
    page.keyboard.press("Escape")
    answered(page)
    shown = view_of(served, page)["events"][1]
    assert (shown["mute"], shown["locked"]) == (False, True)
    assert len(held(served, page).desk.markers) == 1
    assert view_of(served, page)["history"]["undos"] == 5


def test_race_what_was_selected_and_is_gone_takes_nothing_with_it(
    site: Open, served: Site, door: threading.Event
) -> None:
    page = started(site)
    kept = [event.id for event in held(served, page).plan.events if event.id != held(served, page).plan.events[1].id]
    door.clear()
    press(page, "Delete", "Delete")
    door.set()
    answered(page)
    assert [event.id for event in held(served, page).plan.events] == kept
    expect(page.locator(".notice")).to_contain_text("select an event or a clip first")


def test_race_a_held_key_is_repeated_no_faster_than_it_is_answered(
    site: Open, served: Site, door: threading.Event
) -> None:
    page = started(site)
    door.clear()
    press(page)
    page.keyboard.down("Alt")
    for _ in range(20):
        page.keyboard.down("ArrowRight")  # from the second on, a repetition
    door.set()
    answered(page)
    assert lengths(served, page)[0] == 3.01
    page.keyboard.down("ArrowRight")
    until(page, lambda: lengths(served, page)[0] == 3.02, "the next repetition")
    page.keyboard.up("ArrowRight")
    page.keyboard.up("Alt")
    answered(page)
    press(page, "Alt+ArrowRight", "Alt+ArrowRight")  # pressed twice, it is two
    until(page, lambda: lengths(served, page)[0] == 3.04, "both nudges")


def test_race_an_edit_whose_answer_is_lost_to_another_view_is_shown_and_the_next_one_is_made(
    site: Open, served: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = handlers.Handlers.answer, []

    def answer(self: handlers.Handlers, project_id: str, payload: object) -> handlers.View:
        earlier = self.shown(project_id)  # what a followed view told that was put together before
        told = real(self, project_id, payload)
        if lost:
            return told
        lost.append(told)
        return earlier

    page = started(site)
    monkeypatch.setattr(handlers.Handlers, "answer", answer)
    press(page, "m", "[")
    expect(page.locator(".flag")).to_have_count(1)
    answered(page)
    assert lost and lengths(served, page) == [3, 1, 3, 3]
    expect(page.locator(".notice")).to_be_hidden()
