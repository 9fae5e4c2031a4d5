"""The loudness of mixes before an export: as the export finds it, for every window, and given up with an edit."""

from __future__ import annotations

import threading
import time

import pytest

from pipeline.delivery.presets import Preset
from pipeline.errors import MixError
from studio import editing, measuring
from studio.exporting import Exporting
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import EBU, exported, wish


@pytest.fixture
def exporting(studio: Studio) -> Exporting:
    """The studio's."""
    return studio.service.exporting


def test_the_mix_is_measured_as_the_export_will_find_it(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered()
    for name in (EBU, "podcast"):  # two channels at 48 kHz; as many as there are at 44.1 kHz
        asked = wish(name)
        wait_until(lambda asked=asked: exporting.measuring.before(project.id, asked.preset)["before"])
        before = exporting.measuring.before(project.id, asked.preset)["before"]
        assert before == exported(studio, project, asked)["before"]


def test_windows_that_measure_differently_both_get_their_figures(studio: Studio, exporting: Exporting) -> None:
    project = studio.rendered()
    asked = [wish(rate=rate).preset for rate in (44_100, 48_000, 96_000)]
    for _ in range(2_000):  # each window asks again and again, in turns
        found = [exporting.measuring.before(project.id, preset) for preset in asked]
        if all(one["before"] for one in found):
            break
        time.sleep(0.005)
    assert all(one["before"] for one in found)


def test_measuring_a_mix_before_an_edit_is_given_up(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    real = measuring.measured_mix

    def slowly(*args: object, **rest: object) -> object:
        assert go.wait(60)
        return real(*args, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(measuring, "measured_mix", slowly)
    project, preset = studio.rendered(), wish().preset
    exporting.measuring.before(project.id, preset)
    [old] = exporting.measuring._queue.active(project.id)
    studio.service.edit(project.id, project.revision, lambda p: editing.mastered(p, gain_db=-3.0))
    exporting.measuring.before(project.id, preset)
    assert old.cancel.cancelled
    go.set()
    wait_until(lambda: exporting.measuring.before(project.id, preset)["before"])


def test_a_measure_that_fails_is_told_though_another_went_well_after_it(
    studio: Studio, exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = measuring.measured_mix

    def some(material: object, preset: Preset, **rest: object) -> object:
        if preset.rate_hz == 44_100:
            raise MixError("this rate is not to be had")
        return real(material, preset, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(measuring, "measured_mix", some)
    project = studio.rendered()
    bad, good = wish(rate=44_100).preset, wish().preset
    exporting.measuring.before(project.id, bad)
    wait_until(lambda: exporting.measuring.before(project.id, good)["before"])
    assert exporting.measuring.before(project.id, bad)["trouble"] == "this rate is not to be had"
