"""The mix follows every edit by itself, and what is played is what is exported."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
import soundfile

from pipeline.arrangement import Ducking, Fade, Fit
from pipeline.timeline import Story
from studio import editing, mixing
from studio.mixing import Memory, mixdown
from studio.project import Project
from tests.studio.conftest import Studio, wait_until
from tests.studio.exported import content, exported, wish


def current(studio: Studio, project_id: str) -> dict:
    """The mix of the present state, once it is there and measured."""
    wait_until(lambda: not studio.service.remixer.busy(project_id))
    mix = studio.service.view(project_id)["mix"]
    assert mix is not None and mix["current"]
    return mix


def samples(studio: Studio, project_id: str, file: str) -> np.ndarray:
    return soundfile.read(studio.service.mix_file(project_id, file).with_suffix(".wav"), always_2d=True)[0].T


def edited(studio: Studio, project: Project, change) -> Project:
    return studio.service.edit(project.id, studio.service.store.get(project.id).revision, change)


def test_every_edit_is_mixed_without_being_asked(studio: Studio) -> None:
    project = studio.rendered(Story(text="a; b; c", duration_s=7.3))
    first = current(studio, project.id)
    edited(studio, project, lambda p: editing.strips_set(p, [p.plan.events[0].id], gain_db=-12.0))
    second = current(studio, project.id)
    assert first["file"] != second["file"] and second["duration_s"] == pytest.approx(7.3)
    assert (
        np.abs(samples(studio, project.id, second["file"])[:, :48_000]).max()
        < 0.3 * np.abs(samples(studio, project.id, first["file"])[:, :48_000]).max()
    )


def test_what_is_played_is_what_is_exported_sample_for_sample(studio: Studio) -> None:
    project = studio.rendered()
    for gain in (-3.0, -6.0):
        edited(studio, project, lambda p, g=gain: editing.mastered(p, gain_db=g))
    played = current(studio, project.id)
    whole = mixdown(studio.service.store, studio.service.store.get(project.id), rate_hz=48_000, memory=Memory())
    assert whole.file == played["file"]  # the same content is the same file
    heard = samples(studio, project.id, played["file"])
    path = studio.service.mix_file(project.id, played["file"])
    for kind in (".wav", ".mix"):
        path.with_suffix(kind).unlink()
    again = mixdown(studio.service.store, studio.service.store.get(project.id), rate_hz=48_000, memory=Memory())
    assert np.array_equal(samples(studio, project.id, again.file), heard)


@pytest.mark.parametrize("seam_s", [0.2, 3.0])  # takes have tails for the usual one: a longer one is shortened
def test_what_is_played_is_what_the_export_panel_writes_sample_for_sample(studio: Studio, seam_s: float) -> None:
    project = studio.rendered()

    def desk(p: Project) -> Project:
        first, second = (p.chosen_take(event.id) for event in p.plan.events[:2])
        p = editing.added_lane(editing.with_seam(p, p.plan.events[0].id, length_s=seam_s), name="Bed")
        lane = p.desk.lanes[0].id
        for take, start_s in ((first, 0.5), (second, 2.25)):
            p = editing.clip_of_take(p, lane, take, start_s=start_s)
        looped = p.desk.lanes[0].clips[0].id
        p = editing.clip_with(p, looped, duration_s=4.0, fit=Fit.LOOP, fade_in=Fade(length_s=0.5, curve="s_curve"))
        p = editing.lane_with(editing.ducked(p, lane, Ducking(amount_db=6.0)), lane, gain_db=-9.0, pan=0.3)
        return editing.strips_set(editing.mastered(p, gain_db=-6.0), [p.plan.events[2].id], gain_db=-2.0, pan=-0.5)

    edited(studio, project, desk)
    played = current(studio, project.id)
    made = exported(studio, project, wish(loudness="off"))
    (studio.service.store.path(project.id) / "exported.wav").write_bytes(content(studio, project, made, ".wav"))
    written, rate_hz = soundfile.read(studio.service.store.path(project.id) / "exported.wav", always_2d=True)
    assert (rate_hz, written.shape, played["gain_db"]) == (48_000, (288_000, 2), 0.0)
    assert written.std() > 0.001
    assert np.array_equal(written.T, samples(studio, project.id, played["file"]))


def test_an_edit_that_is_taken_back_finds_its_mix_again(studio: Studio) -> None:
    project = studio.rendered()
    first = current(studio, project.id)
    done = edited(studio, project, lambda p: editing.mastered(p, gain_db=-3.0))
    current(studio, project.id)
    studio.service.undo(project.id, done.revision)
    assert current(studio, project.id)["file"] == first["file"]


def test_an_event_without_a_take_is_silence_until_it_has_one(studio: Studio) -> None:
    project = studio.planned()
    studio.service.regenerate(project.id, project.plan.events[2].id)
    studio.settled(project.id)
    mix = current(studio, project.id)
    assert mix["missing"] == [1, 2] and "silence" in mix["text"]
    assert not samples(studio, project.id, mix["file"])[:, : 3 * 48_000].any()


def test_a_bed_is_heard_a_muted_one_is_not_and_the_length_stays(studio: Studio) -> None:
    project = studio.rendered()
    bare = samples(studio, project.id, current(studio, project.id)["file"])
    edited(studio, project, lambda p: editing.added_clip(p, "", caption="a bed", start_s=1.0, duration_s=2.0))
    studio.service.render(project.id)
    done = studio.settled(project.id)
    with_bed = samples(studio, project.id, current(studio, project.id)["file"])
    assert with_bed.shape == bare.shape and not np.array_equal(with_bed, bare)
    lane = done.desk.lanes[0].id
    edited(studio, project, lambda p: editing.lane_with(p, lane, mute=True))
    assert np.array_equal(samples(studio, project.id, current(studio, project.id)["file"]), bare)


def test_only_the_newest_state_is_mixed_when_edits_follow_each_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = studio.rendered()
    current(studio, project.id)
    made: list[float] = []
    real = mixing.session
    slow = threading.Event()

    def session(desk, *args, **kwargs):
        made.append(desk.master_db)
        slow.wait(0.05)
        return real(desk, *args, **kwargs)

    monkeypatch.setattr("studio.mixing.session", session)
    for n in range(12):
        edited(studio, project, lambda p, n=n: editing.mastered(p, gain_db=-float(n + 1)))
    current(studio, project.id)
    assert made[-1] == -12.0 and len(made) < 12


def test_meters_and_peaks_of_the_mix(studio: Studio) -> None:
    project = studio.rendered()
    mix = current(studio, project.id)
    assert -60 < mix["lufs"] < 0 and -60 < mix["true_peak_db"] < 3
    meters = json.loads(studio.service.files.mix_meters(project.id, mix["file"]).read_text())
    assert len(meters["momentary"]) > 50
    peaks = json.loads(studio.service.files.mix_peaks(project.id, mix["file"]).read_text())
    coarse, fine = peaks["levels"]
    assert fine["per_s"] > coarse["per_s"] and len(fine["low"]) == len(fine["high"])
    assert peaks["length_s"] == 6.0 and max(fine["high"]) <= 127


def test_two_projects_are_mixed_each_for_itself(studio: Studio) -> None:
    one, two = studio.rendered(), studio.rendered(Story(text="x; y", duration_s=4.0))
    assert current(studio, one.id)["duration_s"] == 6.0 and current(studio, two.id)["duration_s"] == 4.0


def test_old_mixes_are_cleared_away(studio: Studio) -> None:
    project = studio.rendered()
    for n in range(mixing.KEPT_MIXES + 4):
        edited(studio, project, lambda p, n=n: editing.mastered(p, gain_db=-float(n)))
        current(studio, project.id)
    assert len(list((studio.service.store.root / project.id / "mixes").glob("*.wav"))) == mixing.KEPT_MIXES
