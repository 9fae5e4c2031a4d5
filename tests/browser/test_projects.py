"""Projects: the start page, names, copies, the trash, one file out and in, the timeline as text."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, plan, press, project_of, rendered, until


def test_projects_are_listed_renamed_copied_deleted_and_opened(site: Open) -> None:
    page = site()
    rendered(page, "a kettle boils; a cup is set down")
    page.click("[data-act='title']")
    page.fill("dialog[open] input", "Kitchen, early")
    page.press("dialog[open] input", "Enter")
    expect(page.locator(".projectname")).to_have_text("Kitchen, early")
    first = project_of(page)
    page.click("[data-act='projects']")
    card = page.locator(f"dialog .project[data-project='{first}']")
    expect(card).to_contain_text("Kitchen, early")
    before = page.locator("dialog .project").count()
    card.hover()
    card.locator("[data-act='project_duplicate']").click()
    expect(page.locator("dialog .project")).to_have_count(before + 1)
    screenshot(page, "14-projects")
    copy = page.locator("dialog .project", has_text="(copy)")
    copy.hover()
    copy.locator("[data-act='project_delete']").click()
    page.click("dialog[open] .danger")
    expect(page.locator("dialog .projecttrash summary")).to_contain_text("Trash")
    page.keyboard.press("Escape")
    fresh = site()
    expect(fresh.locator(".recent .project").first).to_be_visible()
    screenshot(fresh, "15-start")
    fresh.locator(f".recent .project[data-project='{first}'] .projectopen").click()
    expect(fresh.locator(".projectname")).to_have_text("Kitchen, early")
    assert project_of(fresh) == first


def test_a_project_leaves_and_returns_as_one_file(site: Open, tmp_path: Path) -> None:
    page = site()
    rendered(page, "a gate creaks; steps on gravel")
    page.click("[data-act='projects']")
    card = page.locator(f"dialog .project[data-project='{project_of(page)}']")
    card.hover()
    with page.expect_download() as caught:
        card.locator("[data-act='project_export']").click()
    path = tmp_path / "project.zip"
    caught.value.save_as(path)
    was = project_of(page)
    page.set_input_files("dialog[open] input[type='file']", path)
    page.wait_for_url(lambda url: "project=" in url and was not in url)
    expect(page.locator(".ev[data-state='rendered']")).to_have_count(2)
    fresh = site()  # from the start page, too
    fresh.set_input_files(".recent .importbutton input", path)
    fresh.wait_for_url("**project=*")
    expect(fresh.locator(".ev")).to_have_count(2)


def test_the_timeline_is_copied_and_pasted_as_text(site: Open, served: Site) -> None:
    page = site()
    plan(page)
    press(page, "t")
    area = page.locator("dialog[open] .plantext")
    text = area.input_value()
    assert "thunder rolls far away" in text
    area.fill(text.replace("thunder rolls far away", "a dog barks"))
    page.click("dialog[open] .primary")
    expect(page.locator(".ev").nth(2)).to_contain_text("a dog barks")
    assert held(served, page).plan.events[2].caption == "a dog barks"
    press(page, "Control+z")
    expect(page.locator(".ev").nth(2)).to_contain_text("thunder")
    until(page, lambda: held(served, page).plan.events[2].caption.startswith("thunder"), "the undone text")


def test_a_thrown_project_is_restored_on_the_start_page_or_goes_for_good(site: Open, served: Site) -> None:
    page = site()
    plan(page, "a lamp buzzes; a moth")
    first = project_of(page)
    page.click("[data-act='projects']")
    card = page.locator(f"dialog .project[data-project='{first}']")
    card.hover()
    card.locator("[data-act='project_delete']").click()
    page.click("dialog[open] .danger")
    page.wait_for_url(lambda url: "project=" not in url)
    line = page.locator(f".recent .projecttrash li[data-project='{first}']")
    page.click(".recent .projecttrash summary")
    expect(line).to_contain_text("kept until")
    line.locator("[data-act='project_restore']").click()
    expect(page.locator(f".recent .project[data-project='{first}']")).to_be_visible()
    assert served.service.store.saved(first)
    served.service.delete(first)
    page.reload()
    page.click(".recent .projecttrash summary")
    line.locator("[data-act='project_purge']").click()
    expect(page.locator("dialog[open]")).to_contain_text("can’t be undone")
    page.keyboard.press("Escape")
    assert (served.service.store.root / ".trash" / first).is_dir()
    line.locator("[data-act='project_purge']").click()
    page.click("dialog[open] .danger")
    expect(line).to_have_count(0)
    assert not (served.service.store.root / ".trash" / first).exists()


def test_emptying_the_trash_removes_what_was_shown(site: Open, served: Site) -> None:
    page = site()
    plan(page, "a bell; a bird")
    shown, later = project_of(page), served.service.library.duplicate(project_of(page))
    served.service.delete(shown)
    page.goto(served.address)
    page.click(".recent .projecttrash summary")
    expect(page.locator(f".recent .projecttrash li[data-project='{shown}']")).to_be_visible()
    served.service.delete(later)  # in another window
    page.click(".recent [data-act='trash_empty']")
    page.click("dialog[open] .danger")
    expect(page.locator(f".recent .projecttrash li[data-project='{later}']")).to_be_visible()
    trash = served.service.store.root / ".trash"
    assert (trash / later).is_dir() and not (trash / shown).exists()
