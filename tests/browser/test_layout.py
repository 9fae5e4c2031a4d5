"""Nothing lies over anything, nothing is cut, and at the usual size everything is in reach without scrolling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import screenshot
from tests.browser.hands import Open, press, rendered
from tests.browser.test_lanes import add_lane

HIDDEN_CONTROLS = """() => {
  const shownIn = (node) => { // what of the window is left by the boxes around it
    let box = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    for (let at = node.parentElement; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.display === 'contents' || style.overflow === 'visible') continue;
      const r = at.getBoundingClientRect();
      box = { left: Math.max(box.left, r.left), top: Math.max(box.top, r.top), right: Math.min(box.right, r.right), bottom: Math.min(box.bottom, r.bottom) };
    }
    return box;
  };
  const bad = [];
  for (const node of document.querySelectorAll('#workspace button, #workspace input, #workspace select, #workspace textarea')) {
    if (!node.checkVisibility({ opacityProperty: true }) || node.closest('.lane, .rulerrow, label.selected, #rate')) continue;
    const r = node.getBoundingClientRect();
    const room = shownIn(node);
    const [x, y] = [(r.left + r.right) / 2, (r.top + r.bottom) / 2];
    if (x < room.left || x > room.right || y < room.top || y > room.bottom) continue; // scrolled away
    const there = document.elementFromPoint(x, y);
    if (there && there.closest('.buttons.last') && !node.closest('.buttons.last')) continue; // scrolled under the foot
    const name = node.dataset.act || node.dataset.field || node.name || node.id || node.className || `${node.type} in ${node.parentElement.className}`;
    if (!there || !(node.contains(there) || there.contains(node))) bad.push(`${name} lies under ${there && there.className}`);
    if (r.left < room.left - 1 || r.right > room.right + 1) bad.push(`${name} is cut`);
    if (node.matches('button') && node.scrollWidth > node.clientWidth + 1 && !node.matches('.flat')) bad.push(`${name} is too narrow`);
    if (r.width < 14) bad.push(`${name} is squashed`);
  }
  return bad;
}"""  # noqa: E501
REST = "document.querySelector('.inspector').scrollHeight - document.querySelector('.inspector').clientHeight"


def busy_page(site: Open, width: int, height: int, dark: bool) -> Page:
    """A project with four events, several takes and two lanes."""
    page = site(width=width, height=height, dark=dark)
    rendered(page)
    page.click(".ev >> nth=0")
    for count in (2, 3):
        press(page, "r")
        expect(page.locator(".takes li")).to_have_count(count)
    add_lane(page, "Ambience")
    press(page, "Shift+d")
    expect(page.locator(".clip")).to_have_count(1)
    return page


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, True), (1440, 900, False), (1024, 768, True)])
def test_no_control_is_covered_cut_or_squashed(site: Open, width: int, height: int, dark: bool) -> None:
    page = busy_page(site, width, height, dark)
    for number in range(4):
        page.click(f".ev >> nth={number}")
        assert page.evaluate(HIDDEN_CONTROLS) == [], f"event {number + 1}"
        if width >= 1440:
            assert page.evaluate(REST) <= 1, f"the inspector scrolls for event {number + 1}"
    screenshot(page, f"20-event-{width}-{'dark' if dark else 'light'}")
    for name, opened in (("clip", ".clip"), ("lane", ".freelane [data-act='lane_menu']")):
        page.click(opened)
        assert page.evaluate(HIDDEN_CONTROLS) == [], name
        screenshot(page, f"20-{name}-{width}-{'dark' if dark else 'light'}")
    page.click(".ev >> nth=1")
    press(page, "Control+a")
    assert page.evaluate(HIDDEN_CONTROLS) == [], "many"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_last_buttons_and_the_render_settings_are_in_the_window(site: Open, width: int, height: int) -> None:
    page = busy_page(site, width, height, True)
    page.click(".ev >> nth=0")
    for wanted in ("splitplan", "rewrite", "tolane", "renderall", "continue"):
        box = page.locator(f".bench [data-act='{wanted}']").bounding_box()
        assert box and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, wanted
    for name in ("steps", "guidance"):
        box = page.locator(f"[data-form='settings'] [name='{name}']").bounding_box()
        assert box and box["width"] >= 36 and box["height"] >= 20, name
        expect(page.locator("[data-form='settings'] label", has_text=name.capitalize())).to_be_visible()
