"""How soon a page stands with 100 events and ten lanes, against one with 10 events measured in the same run: a ratio,
so that a busy machine fails nothing and a page whose work grows faster than its events does.
"""

from __future__ import annotations

from playwright.sync_api import Page, Request

from studio.editing import lanes as desk
from studio.editing import story
from studio.project import Project
from tests.browser.conftest import ARTEFACTS, Site, screenshot
from tests.browser.hands import Open

MOST = 3  # times as long for ten times the events: the page itself, which is the same for both, is most of it
TRIES = 3
PAINTED = """() => {
  const blocks = document.querySelectorAll('.ev').length;
  const canvas = document.querySelector('.storylane .wavecanvas');
  return blocks === WANTED && canvas.width > 0 ? performance.now() : 0;
}"""


def filled(served: Site, events: int, lanes: int) -> Project:
    """A project of many events, and lanes with one sound each that is yet to be rendered."""

    def build(project: Project) -> Project:
        for number in range(events):
            project = story.added_event(project, caption=f"event {number}: rain, a far bell", duration_s=2 + number % 3)
        for number in range(lanes):
            project = desk.added_lane(project, name=f"Lane {number + 1}")
            lane = project.desk.lanes[-1].id
            project = desk.added_clip(project, lane, caption="crickets", start_s=number, duration_s=5.0)
        return project

    project = served.service.open(None)
    return served.service.edit(project.id, project.revision, build)


def first_paint(page: Page, served: Site, project: Project, events: int) -> int:
    """Milliseconds from asking for the page until all its events stand."""
    page.goto(f"{served.address}?project={project.id}")
    found = page.wait_for_function(PAINTED.replace("WANTED", str(events)))
    assert page.locator(".eventrows tr").count() == events
    return round(found.json_value())


def test_a_page_with_ten_times_the_events_stands_soon(site: Open, served: Site) -> None:
    few, many = filled(served, 10, lanes=10), filled(served, 100, lanes=10)
    page = site()  # what the browser keeps of the program is here now, as it is for every visit after the first
    sounds: list[str] = []

    def heard(request: Request) -> None:
        if request.url.endswith(".wav"):
            sounds.append(request.url)

    page.on("request", heard)
    took: dict[int, list[int]] = {10: [], 100: []}
    for _ in range(TRIES):  # in turns, so that both meet the same machine
        took[10].append(first_paint(page, served, few, 10))
        took[100].append(first_paint(page, served, many, 100))
        if min(took[100]) <= MOST / 2 * min(took[10]):
            break
    screenshot(page, "16-100-events")
    lines = [f"{events} events, 10 lanes: {times} ms\n" for events, times in took.items()]
    (ARTEFACTS / "first-paint.txt").write_text("".join(lines), encoding="utf-8")
    assert sounds == []  # no sound is loaded before it is played
    assert min(took[100]) <= MOST * min(took[10]), took
