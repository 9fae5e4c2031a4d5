"""The Export panel: what is chosen, what is written and downloaded, what is shown of loudness, and stopping it."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Page, expect

from pipeline.delivery import bundle as delivering
from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, plan, press, project_of, rendered, until
from tests.formats.wavreading import read_wav

STORY = "rain falls; a car passes; a door slams, and then"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Exports stop in the middle of their first pass until this is set."""
    go = threading.Event()
    real = delivering._Bundle._step

    def step(self: object, samples: int) -> None:
        real(self, samples)  # type: ignore[arg-type]
        assert go.wait(120)

    monkeypatch.setattr(delivering._Bundle, "_step", step)
    yield go
    go.set()


def opened(page: Page) -> None:
    """The panel, by its key, once the mix is measured."""
    press(page, "e")
    expect(page.locator("dialog[open] .exportpanel")).to_be_visible()


def figure(page: Page, key: str, column: str) -> float:
    """A number of the table of loudness."""
    text = page.locator(f".exportloudness tr[data-figure='{key}'] .{column}").inner_text()
    return float(text.split()[0].replace("−", "-"))


def export(page: Page, *, already: int = 0) -> None:
    """Press Export and wait for it."""
    page.click("dialog [data-act='export_start']")
    expect(page.locator(".exportrow")).to_have_count(already + 1)
    expect(page.locator(".exportstatus")).to_have_attribute("data-status", "done")


def downloaded(page: Page, selector: str, folder: Path) -> tuple[str, bytes]:
    """Name and content of what a link gives."""
    with page.expect_download() as caught:
        page.locator(selector).first.click()
    path = folder / "downloaded"
    caught.value.save_as(path)
    return caught.value.suggested_filename, path.read_bytes()


def test_an_exported_wav_has_the_length_rate_markers_and_loudness_that_are_shown(
    site: Open, served: Site, tmp_path: Path
) -> None:
    page = site()
    rendered(page, STORY, total="6")
    opened(page)
    expect(page.locator(".exportloudness tr[data-figure='range_lu'] .now")).to_contain_text("LU")
    before = figure(page, "integrated_lufs", "now")
    export(page)
    assert figure(page, "integrated_lufs", "before") == before
    assert figure(page, "integrated_lufs", "after") == pytest.approx(-23.0, abs=0.1)
    gain_db = figure(page, "true_peak_dbtp", "after") - figure(page, "true_peak_dbtp", "before")
    assert gain_db == pytest.approx(-23.0 - before, abs=0.21)  # four rounded figures
    expect(page.locator(".exportstatus")).to_contain_text(f"at revision {held(served, page).revision}")
    screenshot(page, "40-export")
    name, data = downloaded(page, ".exportrow a[download$='.wav']", tmp_path)
    assert name == "rain falls; a car passes.wav"
    info = soundfile.info(io.BytesIO(data))
    assert (info.frames, info.samplerate, info.channels, info.subtype) == (288_000, 48_000, 2, "PCM_24")
    (tmp_path / "read.wav").write_bytes(data)
    marks = read_wav(tmp_path / "read.wav").cues
    assert [cue.position for cue in marks.cues] == [0, 96_000, 192_000]
    assert [label.text for label in marks.labels] == ["rain falls", "a car passes", "a door slams, and then"]


def test_the_bundle_holds_what_the_panel_lists_by_names_and_categories(
    site: Open, served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.service.exporting, "_suggest", lambda _: "RAINMetl")
    page = site()
    rendered(page, "heavy rain; a car", total="2")
    opened(page)
    page.check("input[name='preset'][value='game-stems-rpp']")
    expect(page.locator(".exportcategories input").first).to_have_value("RAINMetl")
    page.locator(".exportcategories input").nth(1).fill("NOTHING")
    page.keyboard.press("Tab")
    expect(page.locator(".exportstatus")).to_contain_text("no category “NOTHING”")
    page.locator(".exportcategories input").nth(1).fill("VEHCar")
    page.fill("input[name='creator']", "Anna")
    page.keyboard.press("Tab")
    export(page)
    page.locator(".exportrow summary").first.click()
    expect(page.locator(".exportrow li a").first).to_be_visible()
    listed = page.locator(".exportrow li a").all_inner_texts()
    assert "events/RAINMetl_heavy rain_Anna_heavy rain; a car.wav" in listed
    assert "events/VEHCar_a car_Anna_heavy rain; a car.wav" in listed
    name, data = downloaded(page, ".exporthead a.download", tmp_path)
    assert name == "heavy rain; a car.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert sorted(n.partition("/")[2] for n in packed.namelist()) == sorted(listed)
    page.click(".exportrow [data-act='export_delete']")
    expect(page.locator("dialog[open]")).to_contain_text(f"its {len(listed)} files are removed from the disk")
    page.keyboard.press("Escape")
    expect(page.locator(".exportrow")).to_have_count(1)
    expect(page.locator("input[name='creator']")).to_have_value("Anna")  # the panel comes back as it was
    page.click(".exportrow [data-act='export_delete']")
    page.click("dialog[open] button.danger")
    expect(page.locator(".exportrow")).to_have_count(0)
    expect(page.locator(".exportrecent")).to_contain_text("The newest twenty exports of a project are kept here")
    assert served.service.exporting.exports.recent(project_of(page)) == []


def test_a_studio_that_is_away_is_told_until_it_is_back(site: Open) -> None:
    page = site()
    rendered(page, "a; b", total="2")
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.away = '';
          window.fetch = (address, rest) => {
            const away = window.away && String(address).includes(window.away);
            return away ? Promise.reject(new TypeError('no')) : real(address, rest);
          };
        }"""
    )
    page.evaluate("window.away = 'export-choices'")
    press(page, "e")
    expect(page.locator(".notice")).to_contain_text("what can be exported is not known: the studio does not answer")
    page.evaluate("window.away = 'exports/before'")
    opened(page)
    status = page.locator(".exportstatus")
    expect(status).to_contain_text("the loudness of the mix can’t be had: the studio does not answer")
    page.evaluate("window.away = 'exports.json'")
    expect(status).to_have_text("the studio does not answer; is it still running?")
    page.evaluate("window.away = ''")
    expect(status).to_be_empty()
    expect(page.locator(".exportloudness tr[data-figure='integrated_lufs'] .now")).to_contain_text("LUFS")


def test_an_export_is_cancelled_and_the_page_goes_on_meanwhile(site: Open, served: Site, gate: threading.Event) -> None:
    page = site()
    rendered(page, "a; b", total="2")
    opened(page)
    page.click("dialog [data-act='export_start']")
    expect(page.locator(".exportstatus")).to_contain_text("measuring,")
    expect(page.locator(".sheetfoot .bar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".exportshare")).to_contain_text("%")
    edited = held(served, page).revision
    press(page, "d")  # the project changes while its export goes on
    until(page, lambda: held(served, page).revision > edited, "the edit")
    opened(page)
    expect(page.locator(".exportstatus")).to_contain_text(f"revision {edited}; the project changed since")
    page.reload()
    page.wait_for_selector("#model-line[data-state='ready']")
    expect(page.locator(".exportshare")).to_contain_text("%")  # a reloaded page finds its export again
    opened(page)
    page.click("[data-act='export_cancel']")
    gate.set()
    expect(page.locator(".exportstatus")).to_contain_text("cancelled; nothing was written")
    expect(page.locator(".exportrow")).to_have_count(0)
    folder = served.service.store.path(project_of(page)) / "exports"
    assert list(folder.iterdir()) == []


def test_an_export_of_an_earlier_revision_says_so(site: Open, served: Site) -> None:
    page = site()
    rendered(page, "a; b", total="2")
    opened(page)
    export(page)
    expect(page.locator(".exportsince")).to_be_hidden()
    page.keyboard.press("Escape")
    revision = held(served, page).revision
    press(page, "m")  # a marker is in the files
    until(page, lambda: held(served, page).revision > revision, "the marker")
    opened(page)
    expect(page.locator(".exportsince")).to_be_visible()
    expect(page.locator("dialog [data-act='export_start']")).to_have_text(f"Export revision {revision + 1}")


def test_what_stands_in_the_way_is_one_sentence_in_the_panel(site: Open, served: Site) -> None:
    page = site()
    opened(page)
    expect(page.locator(".exportstatus")).to_have_text("there is nothing to export yet: plan a story first")
    expect(page.locator("dialog [data-act='export_start']")).to_be_disabled()
    page.keyboard.press("Escape")
    plan(page, "a; b", total="2")
    opened(page)
    expect(page.locator(".exportstatus")).to_have_text("event 1 (“a”) is not rendered yet; press Render first")
    page.keyboard.press("Escape")
    page.click("#render")
    page.wait_for_selector(".ev[data-state='rendered']:nth-child(2)")
    project = held(served, page)
    served.service.store.take_path(project.id, project.takes["e2"][0].file).unlink()
    opened(page)
    expect(page.locator(".exportstatus")).to_contain_text("the audio of event 2 (“b”) is gone from the disk")


def test_a_silent_mix_is_told(site: Open) -> None:
    page = site(width=1024, height=768)
    rendered(page, "a; b", total="2")
    press(page, "Control+a", "u")
    expect(page.locator(".ev[data-muted]")).to_have_count(2)
    opened(page)
    expect(page.locator(".exportnotes")).to_contain_text("The mix is silent")
    export(page)
    expect(page.locator(".exportnotes")).to_contain_text("no gain was applied")
    expect(page.locator(".exportloudness tr[data-figure='integrated_lufs'] .after")).to_contain_text("−∞")
    screenshot(page, "42-export-small")
