"""Laws of mixing again: only what changed, and bit by bit what mixing anew gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.arrangement import (
    Arrangement,
    Clip,
    Ducking,
    Fade,
    Fit,
    Lane,
    Session,
    Strip,
    session,
    with_clip,
    with_lane,
    without_clip,
    without_lane,
)  # fmt: skip
from pipeline.mixer import AudioSource, FileSource, Mixer, audio_sources, changed, patched, patches
from pipeline.timeline import Boundary, Event, Story, Timeline, with_boundary, with_event
from tests.mixer.sounds import RATE, noise

TAKES = {f"t{i}": noise(1.5, seed=i, channels=2) for i in range(8)}
OPENER = audio_sources(TAKES)


def arranged(duck: Ducking | None = None) -> Arrangement:
    events = tuple(Event(caption=f"sound {i}", duration_s=1.0, id=f"e{i}") for i in range(5))
    timeline = Timeline(
        story=Story(text="x", duration_s=5), events=events, boundaries=(Boundary(length_s=0.3),) * 4
    )  # fmt: skip
    clips = tuple(
        Clip(source=f"t{5 + i % 3}", name="spot", start_s=at, duration_s=0.8, id=f"c{i}", fit=Fit.LOOP)
        for i, at in enumerate((0.1, 0.6, 2.0, 4.4))
    )
    bed = Lane(id="bed", name="bed", clips=clips[:2], duck=duck)
    return Arrangement(timeline=timeline, lanes=(bed, Lane(id="spots", name="spots", clips=clips[2:])), master_db=-3)


def played(arrangement: Arrangement, takes: dict[str, str] | None = None) -> Session:
    ids = {event.id: f"t{i}" for i, event in enumerate(arrangement.timeline.events)}
    return session(arrangement, {**ids, **(takes or {})}, rate_hz=RATE)


def checked(old: Session, new: Session) -> list[tuple[int, int]]:
    """The ranges that changed, once the patched mix is known to be the mix."""
    before, mixer = Mixer(old, OPENER).audio(), Mixer(new, OPENER)
    anew = mixer.samples()
    made = np.concatenate(list(patched(AudioSource(before), old, mixer)), axis=1)
    assert np.array_equal(made, anew)
    spans = changed(old, new)
    same = np.ones(new.length, bool)
    for start, stop in spans:
        same[start:stop] = False
    assert np.array_equal(anew[:, same], before.samples[:, : new.length][:, same[: before.length]])
    return spans


def edits(draw, arrangement: Arrangement) -> Arrangement:
    """Something that a person might do."""
    timeline, at = arrangement.timeline, draw(st.integers(0, 3))
    clip = Clip(source="t6", name="new", start_s=draw(st.floats(0, 4)), duration_s=draw(st.floats(0.05, 2)), id="new")
    lane = arrangement.lanes[draw(st.integers(0, 1))]
    strip = Strip(gain_db=draw(st.floats(-20, 6)), pan=draw(st.floats(-1, 1)), mute=draw(st.booleans()))
    old = arrangement.lanes[0].clips[draw(st.integers(0, 1))]
    lasting = replace(timeline.events[at], duration_s=draw(st.floats(0.5, 1.2)))
    choices = [
        lambda: with_clip(arrangement, lane.id, clip),
        lambda: without_clip(arrangement, f"c{at}"),
        lambda: without_lane(arrangement, lane.id),
        lambda: with_lane(arrangement, replace(lane, strip=strip)),
        lambda: with_lane(arrangement, replace(lane, duck=Ducking(amount_db=20))),
        lambda: with_clip(arrangement, "spots", replace(old, start_s=old.start_s + 0.4)),
        lambda: with_clip(arrangement, "bed", replace(old, strip=strip, fade_in=Fade(length_s=0.1))),
        lambda: replace(arrangement, timeline=with_boundary(timeline, at, Boundary(length_s=draw(st.floats(0, 0.4))))),
        lambda: replace(arrangement, timeline=with_event(timeline, at, lasting)),
        lambda: replace(arrangement, strips={f"e{at}": strip}),
        lambda: replace(arrangement, story=strip),
        lambda: replace(arrangement, master_db=draw(st.floats(-6, 0))),
    ]  # fmt: skip
    return draw(st.sampled_from(choices))()


@given(st.data(), st.sampled_from([None, Ducking(attack_s=0.02, release_s=0.1)]))
@settings(max_examples=30, deadline=None)
def test_a_patched_mix_is_the_mix_after_any_edits(data, duck):
    old = arranged(duck)
    checked(played(old), played(edits(data.draw, old)))


def test_nothing_changed_is_nothing_to_mix():
    old = arranged(Ducking())
    renamed = replace(old, lanes=tuple(replace(lane, name="other") for lane in old.lanes))
    assert checked(played(old), played(renamed)) == []
    turned = replace(old, lanes=old.lanes[::-1])
    assert checked(played(old), played(turned)) == []


def test_another_take_changes_its_event_and_its_crossfades():
    assert checked(played(arranged()), played(arranged(), {"e2": "t7"})) == [(2 * RATE, 3 * RATE + 2_400)]


def test_a_boundary_changes_its_neighbours_only():
    old = arranged()
    new = replace(old, timeline=with_boundary(old.timeline, 0, Boundary(length_s=0.1)))
    assert checked(played(old), played(new)) == [(0, 2 * RATE + 2_400)]


def test_a_moved_clip_changes_where_it_was_and_where_it_is():
    old = arranged()
    clip = old.clip("c3")[1]
    new = with_clip(old, "spots", replace(clip, start_s=3.0))
    assert checked(played(old), played(new)) == [(24_000, 30_400), (35_200, 40_000)]


def test_a_muted_clip_that_moves_changes_nothing():
    old = with_clip(arranged(), "spots", replace(arranged().clip("c3")[1], strip=Strip(mute=True)))
    new = with_clip(old, "spots", replace(old.clip("c3")[1], start_s=1.0))
    assert checked(played(old), played(new)) == []


def test_a_lane_that_ducks_changes_after_the_story_did():
    old = arranged(Ducking())
    new = played(old, {"e1": "t7"})
    assert checked(played(old), new) == [(RATE, 2 * RATE + 2_400)]
    assert checked(played(old), played(old, {"e0": "t7"})) == [(0, RATE + 3_200)]  # to the end of the bed's last clip


def test_a_longer_mix_gets_its_new_end():
    old = arranged()
    longer = replace(old, timeline=with_event(old.timeline, 4, replace(old.timeline.events[4], duration_s=1.4)))
    spans = checked(played(old), played(longer))
    assert spans[-1][1] == played(longer).length == round(5.4 * RATE)


def test_a_take_that_was_replaced_under_its_id_is_mixed_again():
    old = played(arranged())
    assert changed(old, old, replaced={"t1"}) == [(RATE, 2 * RATE + 2_400)]


def test_a_mix_on_disk_is_patched_in_place(tmp_path):
    old, new = played(arranged()), played(arranged(), {"e3": "t7"})
    path = tmp_path / "mix.wav"
    soundfile.write(path, Mixer(old, OPENER).samples().T, RATE, subtype="FLOAT")
    mixer, written = Mixer(new, OPENER), 0
    with soundfile.SoundFile(path, "r+") as file:
        for part in patches(old, mixer):
            file.seek(part.start)
            file.write(part.mix.T)
            written += part.mix.shape[1]
    assert np.array_equal(soundfile.read(path, dtype="float32")[0].T, mixer.samples())
    assert written == RATE + 2_400


def test_an_earlier_mix_on_disk_is_read_where_nothing_changed(tmp_path):
    old, new = played(arranged()), played(arranged(), {"e3": "t7"})
    path = tmp_path / "mix.wav"
    soundfile.write(path, Mixer(old, OPENER).samples().T, RATE, subtype="FLOAT")
    mixer = Mixer(new, OPENER)
    made = np.concatenate(list(patched(FileSource(path), old, mixer)), axis=1)
    assert np.array_equal(made, mixer.samples())


@pytest.mark.parametrize("channels", [1, 2])
def test_a_mix_that_became_wider_or_another_length_is_mixed_whole(channels):
    old = played(arranged())
    mixer = Mixer(old, OPENER)
    made = np.concatenate(list(patched(AudioSource(noise(4.0, channels=channels)), old, mixer)), axis=1)
    assert np.array_equal(made, mixer.samples())
