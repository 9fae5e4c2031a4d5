"""The Export panel's choices: what goes before a preset is checked in the page, is in the files, and is foretold."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import soundfile
from playwright.sync_api import expect

from pipeline.formats.ffmpeg import find_ffmpeg, run_ffmpeg
from tests.browser.conftest import screenshot
from tests.browser.hands import Open, rendered
from tests.browser.test_exporting import downloaded, export, figure, opened


def test_choices_go_before_the_preset_and_are_checked_in_the_page(site: Open, tmp_path: Path) -> None:
    page = site(dark=False)
    rendered(page, "wind; rain", total="2")
    opened(page)
    page.select_option("select[name='format']", "opus")
    expect(page.locator("select[name='bits']")).to_be_disabled()
    assert page.locator("select[name='rate'] option").all_inner_texts() == ["As the preset (48 kHz)", "48 kHz"]
    page.select_option("select[name='format']", "flac")
    page.select_option("select[name='rate']", "44100")
    page.select_option("select[name='bits']", "16")
    page.select_option("select[name='loudness']", "own")
    page.fill("input[name='lufs']", "7")
    page.click("dialog [data-act='export_start']")
    expect(page.locator(".exportstatus")).to_have_text("the loudness must be a number from −50 to −5 LUFS")
    expect(page.locator("input[name='lufs']")).to_have_class("invalid")
    page.fill("input[name='lufs']", "-5")
    page.fill("input[name='ceiling']", "-12")
    page.keyboard.press("Tab")
    expect(page.locator(".exportloudness tr[data-figure='integrated_lufs'] .now")).to_contain_text("LUFS")
    export(page)
    expect(page.locator(".exportnotes .gave").last).to_contain_text("The loudness gave way: -5 LUFS")
    assert figure(page, "true_peak_dbtp", "after") <= -11.9
    expect(page.locator(".exportwords")).to_contain_text("FLAC 44.1 kHz 16 bit")
    _, data = downloaded(page, ".exportrow a[download$='.flac']", tmp_path)
    info = soundfile.info(io.BytesIO(data))
    assert (info.samplerate, info.subtype, info.frames) == (44_100, "PCM_16", 88_200)
    screenshot(page, "41-export-light")


def test_channels_handles_frames_and_a_video_are_chosen_in_the_panel(site: Open, tmp_path: Path) -> None:
    film = tmp_path / "Cut 3.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=3", "-c:v", "mpeg4", f"file:{film}"]
    run_ffmpeg(picture, binary=find_ffmpeg(need="this test"))
    page = site()
    rendered(page, "wind; rain", total="2")
    opened(page)
    expect(page.locator("input[name='handles']")).to_be_hidden()
    page.check("input[name='preset'][value='game-stems-rpp']")
    page.select_option("select[name='naming']", "plain")
    page.select_option("select[name='channels']", "1")
    page.select_option("select[name='frames']", "24")
    page.fill("input[name='handles']", "90")
    page.click("dialog [data-act='export_start']")
    expect(page.locator(".exportstatus")).to_have_text("handles must be a number from 0 to 60 s")
    page.fill("input[name='handles']", "0,25")
    expect(page.locator(".handlesnote")).to_contain_text("an event has one after it; a clip has them on both sides")
    with page.expect_file_chooser() as chooser:
        page.click("[data-act='export_video']")
    (tmp_path / "words.mp4").write_text("words")
    chooser.value.set_files(tmp_path / "words.mp4")
    expect(page.locator(".exportstatus")).to_contain_text("this is not a video that can be read")
    with page.expect_file_chooser() as chooser:
        page.click("[data-act='export_video']")
    chooser.value.set_files(film)
    expect(page.locator(".exportvideo")).to_contain_text("Lay the mix under “Cut 3”")
    expect(page.locator("input[name='video']")).to_be_checked()
    expect(page.locator(".exportvideo")).to_contain_text("the last 1.00 s of the picture are silent")
    screenshot(page, "43-export-video")
    export(page)
    page.locator(".exportrow summary").first.click()
    _, data = downloaded(page, ".exportrow a[download^='01 wind']", tmp_path)
    info = soundfile.info(io.BytesIO(data))
    assert (info.channels, info.frames) == (1, 48_000 + 12_000)
    _, data = downloaded(page, ".exportrow a[download$='Story.edl']", tmp_path)
    assert b"00:00:01:00 00:00:02:00" in data
    (tmp_path / "laid.mp4").write_bytes(downloaded(page, ".exportrow a[download$='.mp4']", tmp_path)[1])
    argv = [find_ffmpeg(need="this test"), "-i", str(tmp_path / "laid.mp4")]
    told = subprocess.run(argv, capture_output=True, text=True, check=False).stderr
    assert "Video: mpeg4" in told and "Audio: aac" in told and "mono" in told
    page.click("[data-act='export_no_video']")
    expect(page.locator(".exportvideo")).to_contain_text("No video")
    expect(page.locator("input[name='video']")).to_be_hidden()


def test_what_was_chosen_for_sound_does_not_keep_pictures_from_being_exported(site: Open) -> None:
    page = site()
    rendered(page, "a; b", total="2")
    opened(page)
    for name, value in (("format", "flac"), ("rate", "44100"), ("bits", "16"), ("loudness", "own")):
        page.select_option(f"select[name='{name}']", value)
    page.fill("input[name='lufs']", "words")
    page.check("input[name='preset'][value='pictures']")
    expect(page.locator("select[name='bits']")).to_be_disabled()
    export(page)
    expect(page.locator(".exportwords b")).to_have_text(page.locator(".exportpreset:has(:checked) b").inner_text())


def test_a_loudness_is_foretold_only_where_one_is_given(site: Open) -> None:
    page = site()
    rendered(page, "a; b", total="2")
    opened(page)
    notes = page.locator(".exportnotes")
    expect(notes).to_contain_text("dB to −23 LUFS")
    page.select_option("select[name='loudness']", "own")
    for typed, foretold in (("-18,5", True), ("words", False), ("−19.5", True), ("", False)):
        page.fill("input[name='lufs']", typed)
        page.keyboard.press("Tab")
        if foretold:
            expect(notes).to_contain_text(f"dB to {typed.replace(',', '.').replace('-', '−')} LUFS")
        else:
            expect(notes).to_be_empty()
            expect(page.locator(".exportstatus")).to_contain_text("the loudness must be a number")
