"""Spectrograms that the page draws, and two takes side by side."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, screenshot
from tests.browser.hands import Open, held, press, rendered, until

TONE = """async ([hz, rate]) => {
  const { analysed } = await import('/studio-assets/spectrogram.js');
  const samples = Float32Array.from({ length: rate }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));
  const levels = analysed(samples, rate);
  const rows = 144, middle = 240 * rows;
  const column = [...levels.slice(middle, middle + rows)];
  const top = Math.max(...column);
  const row = column.indexOf(top);
  const far = Math.max(...column.filter((_, at) => Math.abs(at - row) > 20));
  return { top, hz: 40 * 500 ** (row / (rows - 1)), far };
}"""
WAVE_AGAINST_DEFINITION = """async () => {
  const { fourier } = await import('/studio-assets/spectrogram.js');
  const n = 64;
  const signal = Float64Array.from({ length: n }, (_, at) => Math.sin(at * at) + 0.3 * at / n);
  const [re, im] = [Float64Array.from(signal), new Float64Array(n)];
  fourier(re, im);
  let worst = 0;
  for (let k = 0; k < n; k += 1) {
    let [a, b] = [0, 0];
    signal.forEach((value, at) => { a += value * Math.cos((2 * Math.PI * k * at) / n); b -= value * Math.sin((2 * Math.PI * k * at) / n); });
    worst = Math.max(worst, Math.hypot(a - re[k], b - im[k]));
  }
  return worst;
}"""  # noqa: E501
DRAWN = "(s) => [...document.querySelectorAll(s)].filter((c) => c.dataset.drawn).length"
INKS = """(s) => [...document.querySelectorAll(s)].map((canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(Array.from({ length: 400 }, (_, n) => data[4 * Math.floor((n * data.length) / 1600)])).size;
})"""


def test_a_tone_stands_at_its_frequency(site: Open) -> None:
    page = site()
    assert page.evaluate(WAVE_AGAINST_DEFINITION) < 1e-9
    for hz in (200.0, 1_000.0, 6_000.0):
        found = page.evaluate(TONE, [hz, 48_000])
        assert found["hz"] == pytest.approx(hz, rel=0.06)
        assert found["top"] == pytest.approx(0, abs=1.6)  # a full-scale sine
        assert found["far"] < -50  # the side lobes of its window


def test_takes_are_compared_by_eye_and_the_better_one_is_used(site: Open, served: Site) -> None:
    page = site()
    rendered(page)
    page.click(".ev >> nth=1")
    press(page, "Shift+b")
    expect(page.locator(".notice")).to_contain_text("two takes")
    for count in (2, 3):
        press(page, "r")
        expect(page.locator(".takes li")).to_have_count(count)
    press(page, "Shift+g")
    page.wait_for_function(f"() => ({DRAWN})('.pictures canvas') === 2")
    assert min(page.evaluate(INKS, ".pictures canvas")) > 4  # a picture, not a plain ground
    expect(page.locator(".pictures figcaption").first).to_contain_text("A: take 3")
    page.locator(".takes li", has_text="Take 1").locator("[data-act='side_b']").click()
    expect(page.locator(".pictures figcaption").nth(1)).to_contain_text("B: take 1")
    press(page, "Shift+b")
    halves = page.locator("dialog[open] .half")
    expect(halves).to_have_count(2)
    page.wait_for_function(f"() => ({DRAWN})('.halves canvas') === 2")
    expect(halves.nth(0).locator(".differs").first).to_be_visible()
    expect(halves.nth(1).locator(".loud")).to_contain_text("LUFS")
    screenshot(page, "21-side-by-side")
    halves.nth(1).locator("select").select_option(label="Take 2")
    expect(halves.nth(1).locator(".play")).to_have_attribute("aria-label", "Play take 2")
    halves.nth(1).locator(".use").click()
    event = held(served, page).plan.events[1].id
    until(page, lambda: held(served, page).chosen[event] == held(served, page).takes[event][1].id, "take 2 in use")
    expect(halves.nth(1).locator(".use")).to_have_text("in use")
    page.keyboard.press("Escape")
    expect(page.locator(".takes li.chosen")).to_contain_text("Take 2")
    press(page, "Shift+g")
    expect(page.locator(".wavebox")).to_be_visible()
