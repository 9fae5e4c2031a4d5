"""The strips: pan, ducking and order of lanes, the fades at the story's ends, the master gain."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.hands import Open, drag, held, pixels_per_second, press, rendered, until, view_of
from tests.browser.test_lanes import add_lane, lane

PANE = ".lanepane"


def typed(page: Page, selector: str, value: str) -> None:
    """A value typed into a field and sent."""
    page.fill(selector, value)
    page.press(selector, "Enter")


def slid(page: Page, selector: str, value: float) -> None:
    """A slider let go at a value."""
    page.locator(selector).evaluate(
        """(node, value) => {
          node.value = value;
          for (const kind of ['input', 'change']) node.dispatchEvent(new Event(kind, { bubbles: true }));
        }""",
        value,
    )


def test_a_lane_gives_way_to_the_story(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    add_lane(page, "Ambience")
    page.click(".freelane [data-act='lane_menu']")
    expect(page.locator(f"{PANE} .ducknote")).to_contain_text("Not ducked")
    typed(page, f"{PANE} [data-duck='amount']", "12")
    until(page, lambda: (lane(served, page)["duck"] or {}).get("amount_db") == 12, "the ducking")
    expect(page.locator(f"{PANE} .ducknote")).to_contain_text("12 dB")
    typed(page, f"{PANE} [data-duck='attack']", "0,05")
    typed(page, f"{PANE} [data-duck='release']", "1.5")
    until(page, lambda: lane(served, page)["duck"]["release_s"] == 1.5, "the release")
    assert lane(served, page)["duck"] == {"amount_db": 12, "attack_s": 0.05, "release_s": 1.5}
    typed(page, f"{PANE} [data-duck='attack']", "99")
    expect(page.locator(".notice")).to_contain_text("attack_s is 99")
    expect(page.locator(f"{PANE} [data-duck='attack']")).to_have_class("invalid")
    page.press(f"{PANE} [data-duck='attack']", "Escape")
    expect(page.locator(f"{PANE} [data-duck='attack']")).to_have_value("0.05")
    typed(page, f"{PANE} [data-duck='amount']", "0")
    until(page, lambda: lane(served, page)["duck"]["amount_db"] == 0, "no ducking")
    expect(page.locator(f"{PANE} .ducknote")).to_contain_text("Not ducked")
    expect(page.locator(f"{PANE} [data-duck='attack']")).to_have_value("0.05")  # kept for when it ducks again
    typed(page, f"{PANE} [data-duck='release']", "2")
    until(page, lambda: lane(served, page)["duck"]["release_s"] == 2, "the release typed before the amount")


def test_lanes_change_places_and_are_panned(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    for name in ("Beds", "Spots", "Steps"):
        add_lane(page, name)
    names = lambda: [one["name"] for one in view_of(served, page)["lanes"]]  # noqa: E731
    page.click(".freelane >> nth=0 >> .head >> .headtop", position={"x": 100, "y": 3})
    page.click(".freelane >> nth=0 >> [data-act='lane_menu']")
    expect(page.locator(f"{PANE} [data-act='lane_up']")).to_be_disabled()
    page.click(f"{PANE} [data-act='lane_down']")
    until(page, lambda: names() == ["Spots", "Beds", "Steps"], "one lower")
    expect(page.locator(".inspector .span")).to_have_text("lane 2 of 3")
    page.click(f"{PANE} [data-act='lane_down']")
    until(page, lambda: names() == ["Spots", "Steps", "Beds"], "the last")
    expect(page.locator(f"{PANE} [data-act='lane_down']")).to_be_disabled()
    press(page, "Control+z")
    until(page, lambda: names() == ["Spots", "Beds", "Steps"], "undone")
    slid(page, f"{PANE} [data-lanefield='pan']", -0.5)
    until(page, lambda: lane(served, page, 1)["pan"] == -0.5, "the pan")
    expect(page.locator(f"{PANE} .panvalue")).to_have_text("50 % left")
    page.click(f"{PANE} .mute")
    until(page, lambda: lane(served, page, 1)["mute"], "the mute")
    page.click(".ev >> nth=0")
    expect(page.locator(PANE)).to_be_hidden()
    expect(page.locator(".inspector h2")).to_have_text("Event 1")


def test_the_story_fades_in_and_out_by_number_and_by_hand(site: Open, served: Site) -> None:
    page = site()
    events = rendered(page)
    ends = lambda: view_of(served, page)["story_lane"]  # noqa: E731
    page.click(".ev >> nth=0")
    expect(page.locator(".eventpane [data-seam='out']")).to_be_hidden()
    typed(page, ".eventpane [data-storyfade='in']", "0.75")
    until(page, lambda: ends()["fade_in_s"] == 0.75, "the typed fade")
    page.select_option(".eventpane [data-storycurve='in']", "linear")
    until(page, lambda: ends()["fade_in_curve"] == "linear", "the curve")
    last = page.locator(".ev").nth(events - 1)
    last.hover()
    drag(page, last.locator(".fadeout"), -1.0 * pixels_per_second(page))
    until(page, lambda: abs(ends()["fade_out_s"] - 1.0) < 0.15, "the dragged fade")
    last.click()
    expect(page.locator(".eventpane [data-storyfade='out']")).not_to_have_value("0")
    page.click(".storyhead [data-act='lane_menu']")
    expect(page.locator(f"{PANE} [data-storyfade='in']")).to_have_value("0.75")
    expect(page.locator(f"{PANE} .ducking")).to_be_hidden()
    typed(page, f"{PANE} [data-storyfade='in']", "0")
    until(page, lambda: ends()["fade_in_s"] == 0, "no fade")


def test_the_master_gain_is_set_and_put_back(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    slid(page, ".master", -6)
    until(page, lambda: held(served, page).desk.master_db == -6, "the master gain")
    expect(page.locator(".mastervalue")).to_have_text("-6.0 dB")
    press(page, "Control+z")
    until(page, lambda: held(served, page).desk.master_db == 0, "undone")
    press(page, "Control+y")
    until(page, lambda: held(served, page).desk.master_db == -6, "done again")
    page.locator(".master").dblclick()
    until(page, lambda: held(served, page).desk.master_db == 0, "0 dB again")
    expect(page.locator(".mastervalue")).to_have_text("0.0 dB")
