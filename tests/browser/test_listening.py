"""Playing: the server's mix from the playhead, the selection, one event; two takes at equal loudness."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, press, rendered, until

HEARD = """async () => {
  const { nowPlaying } = await import('/studio-assets/player.js');
  const { state } = await import('/studio-assets/state.js');
  const on = nowPlaying();
  return on ? { kind: on.kind, at: state.cursor, to: on.to, source: on.source } : null;
}"""
LEVELS = """async () => {
  const { comparing } = await import('/studio-assets/ab.js');
  const on = comparing();
  return on ? { heard: on.heard, gains: on.gains.map((g) => g.gain.value), levels: on.levels } : null;
}"""
WHERE = "import('/studio-assets/state.js').then(({ state }) => state.cursor)"
BACK_AGAIN = """() => import('/studio-assets/state.js').then(({ state }) => {
  const before = window.before ?? 0;
  window.before = state.cursor;
  return state.cursor < before - 0.1;
})"""


def sound(request: Request) -> bool:
    return request.url.endswith(".wav")


def test_the_mix_plays_from_the_playhead_and_nothing_is_loaded_before(site: Open) -> None:
    page = site()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if sound(r) else None)
    rendered(page)
    page.wait_for_selector(".inspector canvas[data-drawn^='studio/']")
    assert asked == []
    press(page, "Space")
    until(page, lambda: page.evaluate(HEARD), "the mix plays")
    assert {url.split("/")[-2] for url in asked} == {"mixes"}
    until(page, lambda: (page.evaluate(HEARD) or {"at": 0})["at"] > 0.2, "the playhead moves")
    screenshot(page, "10-playing")
    press(page, "k")
    assert page.evaluate(HEARD) is None
    press(page, "Home")
    page.click(".ev >> nth=2")
    press(page, "p")
    until(page, lambda: page.evaluate(HEARD), "the event plays with its seams")
    found = page.evaluate(HEARD)
    assert found["kind"] == "mix" and 4 <= found["at"] < 9 and found["to"] == 11
    press(page, "Space")
    until(page, lambda: page.evaluate(HEARD) is None, "it stops")


def test_a_selection_loops_and_an_edit_brings_a_new_mix(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    page.fill(".inspector [data-field='duration']", "0.4")
    page.press(".inspector [data-field='duration']", "Enter")
    until(page, lambda: held(served, page).plan.events[0].duration_s == 0.4, "the short event")
    expect(page.locator("tbody tr:nth-child(1) [data-field='duration']")).to_have_value("0.4")
    press(page, "o", "Shift+Space")
    until(page, lambda: page.evaluate(HEARD), "the selection plays")
    first = page.evaluate(HEARD)
    assert first["to"] == 0.4
    page.wait_for_function(BACK_AGAIN)
    press(page, "k")


def test_two_takes_are_compared_at_equal_loudness(site: Open) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=1")
    press(page, "r")
    expect(page.locator(".takes li")).to_have_count(2)
    press(page, "a")
    until(page, lambda: page.evaluate(LEVELS), "A plays")
    assert page.evaluate(LEVELS)["heard"] == "a"
    press(page, "a")
    until(page, lambda: page.evaluate(LEVELS)["gains"][0] < 0.01, "B is heard")
    after = page.evaluate(LEVELS)
    assert after["heard"] == "b" and max(after["levels"]) == 1
    expect(page.locator(".side.heard")).to_have_text("B")
    screenshot(page, "11-a-b")
    press(page, "k")
    until(page, lambda: page.evaluate(LEVELS) is None, "it stops")


def test_meters_show_what_the_server_measured(site: Open) -> None:
    page = site()
    rendered(page)
    page.click("#mix")
    expect(page.locator(".integrated")).not_to_have_text("–")
    expect(page.locator(".truepeak")).not_to_have_text("–")
    shown(page)


def shown(page: Page) -> None:
    """The momentary meter moves while it plays."""
    press(page, "Space")
    expect(page.locator(".momentary")).not_to_have_text("–")
    press(page, "Space")


def test_j_jumps_back_and_the_help_sheet_says_so(site: Open) -> None:
    page = site()
    rendered(page)
    press(page, "End", "j")
    assert page.evaluate(WHERE) == 10
    press(page, "j", "j", "j", "j", "j", "j")
    assert page.evaluate(WHERE) == 0
    press(page, "?")
    line = page.locator("dialog[open] .helpsheet dd", has_text="Jump two seconds back")
    expect(line).to_contain_text("backwards is not possible")
    keys = page.locator("dialog[open] .helpsheet kbd").all_text_contents()
    assert "+" in keys and "Ctrl O" in keys and all(key.strip() == key and key for key in keys)
