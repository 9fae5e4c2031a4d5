"""Narratives: what came before decides how an event sounds, and its caption does not tell."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import FormatError, SettingsError
from pipeline.soundlab import narrative_text as text
from pipeline.soundlab.narrative_places import BED_SAID, BED_WORDS, MOVING, MUSIC, PLACES, RECURRING, ROOMS, WEATHER
from pipeline.soundlab.narrative_plan import Beat, Bed, Plan, Source, plan
from pipeline.soundlab.narrative_sound import Takes, contexts, track
from pipeline.soundlab.narratives import AUDIO, ROWS, Narrative, NarrativeSet, build, cut, main, narrative, told, write
from pipeline.soundlab.registry import RATE_HZ, auditioned

TABLE = auditioned()
DRAWN = (("train", 5), ("valid", 3), ("test", 2))


@pytest.fixture(scope="module")
def made() -> list[Narrative]:
    return [narrative(split, index) for split, index in DRAWN]


def planned(*beats: Beat, bed: str = "engine_hum", bed_db: float = -70.0, **concepts: str) -> Plan:
    """A plan by hand: every place has the same kind of bed, every source is drawn with its own seed."""
    places = dict.fromkeys(beat.place for beat in beats)
    sources = {name: Source(concept, 11) for name, concept in concepts.items()}
    beds = {name: Bed(Source(bed, 5), bed_db) for name in places}
    return Plan(beats, sources, beds, dict.fromkeys(places, 3))


def heard(chosen: Plan) -> list[np.ndarray]:
    """The samples [T] of each event."""
    whole = track(chosen, Takes(chosen, TABLE), TABLE, tone_db=0.0)
    bounds = np.cumsum([0] + [round(beat.seconds * RATE_HZ) for beat in chosen.beats])
    return [whole[a:b] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]


def rms_db(x: np.ndarray) -> float:
    return float(10 * np.log10((x.astype(float) ** 2).mean() + 1e-12))


def spectrum(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.fft.rfftfreq(len(x), 1 / RATE_HZ), np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2


def centroid_hz(x: np.ndarray) -> float:
    hz, power = spectrum(x)
    return float((hz * power).sum() / power.sum())


def pitch_hz(x: np.ndarray) -> float:
    hz, power = spectrum(x)
    return float(hz[power.argmax()])


def test_a_narrative_is_a_function_of_its_number(made: list[Narrative]):
    again = narrative(*DRAWN[0])
    assert again.instruction == made[0].instruction
    assert [e.context for e in again.events] == [e.context for e in made[0].events]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(again.events, made[0].events, strict=True))


def test_events_tile_the_total_without_a_gap(made: list[Narrative]):
    for one in made:
        assert one.events[0].start_s == 0.0
        assert one.events[-1].end_s == one.total_s
        assert all(a.end_s == b.start_s for a, b in zip(one.events[:-1], one.events[1:], strict=True))
        assert sum(round(event.duration_s * 10) for event in one.events) == round(one.total_s * 10)
        assert sum(len(event.samples) for event in one.events) == round(one.total_s * RATE_HZ)


def test_samples_are_as_long_as_start_and_end_say_and_audible(made: list[Narrative]):
    for event in (event for one in made for event in one.events):
        assert event.samples.dtype == np.float32
        assert len(event.samples) == round(event.end_s * RATE_HZ) - round(event.start_s * RATE_HZ)
        assert rms_db(event.samples) > -60
        assert np.abs(event.samples).max() <= 1.0


def test_captions_tell_neither_place_nor_bed_nor_room(made: list[Narrative]):
    for event in (event for one in made for event in one.events):
        truth = event.context
        hidden = (*PLACES[truth.place].nouns, *BED_WORDS[truth.bed])
        assert not any(word in event.caption.lower() for word in hidden), event.caption
        assert not re.search(r"\b(inside|outside|again|distant|muffled|echo\w*|louder)\b", event.caption)


def test_the_story_names_the_places_and_the_sounds_in_order(made: list[Narrative]):
    for one in made:
        story = one.instruction.lower()
        at = 0
        for event in one.events:
            assert any(w.split()[-1] in story for w in PLACES[event.context.place].wordings)
            at = story.index(event.caption.lower(), at) + 1
        assert "total duration" not in story
        assert len(re.findall(r"(?:^|; )\d+\. ", one.reasoning)) == len(one.events)


def test_the_splits_share_no_wording(made: list[Narrative]):
    assert len({narrative.instruction for narrative in made}) == len(made)
    for one, is_trained in zip(made, (True, True, False), strict=True):
        for event in one.events:
            trained = [re.sub(r"\\{\w+\\}", r".*", re.escape(t)) for t in TABLE[event.context.concept].captions]
            assert any(re.fullmatch(pattern, event.caption) for pattern in trained) is is_trained
    for group in (*text.NOTES.values(), text.JOINS, text.FIRST, text.MOVED, *(p.wordings for p in PLACES.values())):
        rng = np.random.default_rng(0)
        said = {text.said(rng, group, held_out=False) for _ in range(60)}
        assert group is text.NOTES[""] or text.said(rng, group, held_out=True) not in said


def test_every_name_of_the_tables_is_a_concept_that_can_be_worded():
    for place in PLACES.values():
        assert place.room in ROOMS
        assert set(place.sounds) <= set(TABLE)
        assert set(place.beds) <= set(TABLE) & set(BED_WORDS) & set(BED_SAID)
        for held_out in (False, True):
            worded = [n for n in place.sounds if text.templates(TABLE[n], held_out=held_out)]
            assert len(set(worded)) >= 8, place.name  # a plan has at most eight beats
    assert {*WEATHER, *MUSIC, *RECURRING, *MOVING} <= set(TABLE)


def test_plans_have_two_to_eight_beats_and_fit_their_limits():
    allowed = frozenset(TABLE)
    drawn = [plan(np.random.default_rng(seed), allowed) for seed in range(400)]
    totals = [round(sum(beat.seconds for beat in p.beats), 1) for p in drawn]
    assert {len(p.beats) for p in drawn} == set(range(2, 9))
    assert all(15 <= total <= 150 for total in totals)
    assert 0 < sum(total > 60 for total in totals) < 40
    assert all(1.9 < beat.seconds < 28.5 for p in drawn for beat in p.beats)
    assert sum(bool(p.recurring) for p in drawn) > 250
    assert {b.note for p in drawn for b in p.beats} <= set(text.NOTES)


def test_what_comes_back_has_the_same_pitch_and_another_draw_has_not():
    first = Beat(source="a", place="hut", seconds=2.0)
    chosen = planned(first, replace(first, source="b"), replace(first, place="meadow"), a="smoke_alarm", b="coins")
    before, _, after = heard(chosen)
    assert pitch_hz(after) == pytest.approx(pitch_hz(before), rel=0.003)
    others = [replace(chosen, sources={**chosen.sources, "a": Source("smoke_alarm", seed)}) for seed in (12, 13)]
    assert any(abs(pitch_hz(heard(other)[0]) / pitch_hz(before) - 1) > 0.01 for other in others)


def test_context_names_what_comes_back_and_only_that():
    first = Beat(source="a", place="hut", seconds=2.0)
    chosen = planned(first, replace(first, source="b", start_db=-6.0), first, a="smoke_alarm", b="coins")
    truth = contexts(chosen, tone_db=-2.0)
    assert [t.recurring for t in truth] == ["a", None, "a"]
    assert [t.seed for t in truth] == [11, None, 11]
    assert truth[1].level_db == -8.0
    assert (truth[0].room, truth[0].bed) == ("small", "engine_hum")


def test_rain_is_darker_and_softer_inside_and_opens_with_the_door():
    inside = Beat(source="a", place="hut", seconds=2.0, open_start=0.0, open_end=0.0)
    chosen = planned(inside, replace(inside, open_end=1.0), Beat(source="a", place="meadow"), a="rain_heavy")
    closed, door, free = heard(chosen)
    assert centroid_hz(closed) < 0.5 * centroid_hz(free)
    assert rms_db(closed) < rms_db(free) - 3
    assert centroid_hz(door[: RATE_HZ // 2]) < centroid_hz(door[-RATE_HZ // 2 :])


def test_a_bed_goes_on_under_all_events_of_a_scene():
    beat = Beat(source="a", place="hut", seconds=2.0, start_db=-90.0, end_db=-90.0)
    one, two = heard(planned(beat, replace(beat, source="b"), bed="waterfall", bed_db=-6.0, a="coins", b="coins"))
    window = RATE_HZ // 10
    assert abs(rms_db(one[-window:]) - rms_db(two[:window])) < 2.5
    assert abs(two[0] - one[-1]) <= np.abs(np.diff(one[-window:])).max() * 1.5


def test_what_comes_nearer_grows_and_a_cave_rings_on():
    near = Beat(source="a", place="meadow", seconds=3.0, start_db=-18.0, end_db=0.0)
    (grown,) = heard(planned(near, a="engine_hum", bed="stream"))
    assert rms_db(grown[-RATE_HZ:]) > rms_db(grown[:RATE_HZ]) + 6
    beat = Beat(source="a", place="cave", seconds=2.0)
    quiet = replace(beat, source="b", start_db=-90.0, end_db=-90.0)
    (_, cave), (_, meadow) = (
        heard(planned(replace(beat, place=place), replace(quiet, place=place), a="smoke_alarm", b="coins"))
        for place in ("cave", "meadow")
    )
    assert rms_db(cave[: RATE_HZ // 2]) > rms_db(meadow[: RATE_HZ // 2]) + 6


def test_a_plan_that_can_only_be_worded_with_its_bed_is_refused():
    """Every held-out wording of wind has the word in it."""
    beat = Beat(source="a", place="meadow", seconds=2.0)
    assert told(planned(beat, a="wind", bed="wind"), np.random.default_rng(0), held_out=True) is None
    assert told(planned(beat, a="wind", bed="crickets"), np.random.default_rng(0), held_out=True) is not None


def test_a_set_is_read_as_it_was_written(made: list[Narrative], tmp_path):
    write(tmp_path, made)
    read = NarrativeSet(tmp_path)
    assert len(read) == len(made)
    for index, one in enumerate(made):
        back = read[index]
        fields = ("instruction", "tone", "total_s", "reasoning")
        assert all(getattr(back, name) == getattr(one, name) for name in fields)
        for a, b in zip(back.events, one.events, strict=True):
            assert (a.caption, a.start_s, a.end_s, a.context) == (b.caption, b.start_s, b.end_s, b.context)
            assert np.abs(a.samples - b.samples).max() < 1e-4


def test_the_command_writes_a_set(tmp_path):
    assert main(["--split", "train", "--count", "1", "--out", str(tmp_path), "--workers", "1"]) == 0
    assert len(NarrativeSet(tmp_path)) == 1
    assert {path.name for path in tmp_path.iterdir()} == {AUDIO, ROWS}


def test_a_set_that_is_missing_or_damaged_is_told(made: list[Narrative], tmp_path):
    with pytest.raises(FormatError, match="no narratives"):
        NarrativeSet(tmp_path)
    write(tmp_path, made[:1])
    with (tmp_path / AUDIO).open("ab") as file:
        file.write(b"\0\0")
    with pytest.raises(FormatError, match="build it again"):
        NarrativeSet(tmp_path)
    (tmp_path / ROWS).write_text("[]\n")
    with pytest.raises(FormatError, match="damaged"):
        NarrativeSet(tmp_path)


def test_numbers_that_make_no_sense_are_told(tmp_path):
    with pytest.raises(SettingsError, match="split 'dev'"):
        narrative("dev", 0)
    with pytest.raises(SettingsError, match="narrative -1"):
        narrative("train", -1)
    with pytest.raises(SettingsError, match="at least one"):
        build(tmp_path, split="train", count=0)
    with pytest.raises(ValueError, match="shorter|longer"):
        cut(np.zeros(RATE_HZ, np.float32), ["a"], [0.0, 1.0], ())
