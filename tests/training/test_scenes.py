"""Scenes at toy size: tokens say what they were made from, the transformer and the language model each learn them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.errors import FormatError, SettingsError
from pipeline.model.adapted import read_stage
from pipeline.model.batches import as_long
from pipeline.model.conditioner import States
from pipeline.renderer.nano import CODEC_HOP
from pipeline.soundlab.narrative_sound import Context
from pipeline.soundlab.narratives import narrative, write
from pipeline.training import in_scene as training
from pipeline.training.events import Events
from pipeline.training.in_scene import SceneRun, drawn
from pipeline.training.latents import LatentCache
from pipeline.training.scene import CHOICES, NORM, SCALES, SLOTS, SceneTokens
from pipeline.training.stages.data import encode_narratives
from pipeline.training.stages.run import train as train_stage
from pipeline.training.stages.sources import Narratives, Unheard
from tests.training import toy
from tests.training.test_stages import pipeline_of, tensors

HERE = Context(
    place="cave", room="cave", bed="stream", bed_seed=1, bed_db=-20.0, level_db=-3.0, level_end_db=-16.0,
    open_start=0.0, open_end=0.8, concept="thud", recurring=None, seed=None,
)  # fmt: skip
THERE = replace(HERE, place="street", room="street", bed="traffic", bed_db=-12.0, level_db=-8.0, open_start=1.0)


@pytest.fixture(scope="module")
def tokens() -> SceneTokens:
    return SceneTokens(toy.encode)


def test_tokens_say_what_they_were_made_from(tokens: SceneTokens):
    made = tokens.of([HERE, THERE])
    assert made.shape == (2, len(SLOTS), toy.WIDTH)
    for row, slot in enumerate(SLOTS):
        if slot in CHOICES:
            names = list(CHOICES[slot])
            assert [names[i] for i in tokens.nearest(made[:, row], slot)] == [getattr(c, slot) for c in (HERE, THERE)]
            assert torch.allclose(made[:, row].norm(dim=-1), torch.tensor(NORM))
        else:
            wanted = torch.tensor([SCALES[slot].of(c) for c in (HERE, THERE)])
            assert torch.allclose(tokens.read(made[:, row], slot), wanted, atol=1e-3)


def test_what_is_between_two_scenes_tells_numbers_between(tokens: SceneTokens):
    """A language model that is unsure says a mean."""
    made = tokens.of([HERE, THERE])
    for slot, scale in SCALES.items():
        wanted = (scale.of(HERE) + scale.of(THERE)) / 2
        assert float(tokens.read(made.mean(0)[SLOTS.index(slot)][None], slot)) == pytest.approx(wanted, abs=1e-3)


def test_the_loss_is_least_at_the_truth_and_judges_slot_by_slot(tokens: SceneTokens):
    made = tokens.of([HERE, THERE])
    choices = {slot: tokens.choices([HERE, THERE], slot) for slot in CHOICES}
    right, wrong = tokens.loss(made, made, choices), tokens.loss(made.flip(0), made, choices)
    assert 0 <= right < 0.5 * wrong
    assert all(float(v.mean()) == 1 for slot, v in tokens.judged(made, made, choices).items() if slot in CHOICES)
    found = tokens.judged(made.flip(0), made, choices)
    assert float(found["place"].mean()) == 0 and float(found["bed level"].mean()) == pytest.approx(8.0, abs=1e-3)


def test_narratives_as_text_have_scenes_and_no_sound():
    sample = Unheard("train", told=1.0).draw(np.random.default_rng(2), events=1)
    assert sample.scenes is not None and len(sample.scenes) == len(sample.timeline.events) == len(sample.sounds)
    assert not any(sample.sounds) and sample.timeline.reasoning and all(sample.scenes)
    assert not Unheard("train", told=0.0).draw(np.random.default_rng(2), events=1).timeline.reasoning


def test_guidance_leads_away_from_no_scene():
    free = torch.randn(1, 3, 4, generator=torch.Generator().manual_seed(1))
    made = as_long(free, torch.ones(2, 5, 4))
    assert torch.equal(made[:, :3], free) and not made[:, 3:].any() and made.shape == (1, 5, 4)
    assert torch.equal(as_long(free, torch.ones(2, 3, 4)), free)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SceneRun:
    root = tmp_path_factory.mktemp("scenes")
    clips, narratives = toy.write_clips(root / "clips"), root / "narratives"
    toy.encode(["", *toy.CAPTIONS]).half().numpy().tofile(clips / "states.f16")
    scenes = [(HERE, THERE), (THERE, HERE, THERE), (HERE, HERE), (THERE, THERE)]
    stories = [toy.narrative(toy.CAPTIONS[: len(s)], (12, 10, 11)[: len(s)]) for s in scenes]
    told = [
        replace(story, events=tuple(replace(e, context=c) for e, c in zip(story.events, s, strict=True)))
        for story, s in zip(stories, scenes, strict=True)
    ]
    write(narratives, told)
    encode_narratives(narratives, toy.codec())
    return SceneRun(
        clips=clips, narratives=narratives, out=root / "run", steps=40, warmup=3, frames_per_batch=24,
        channels=toy.CHANNELS, decay=0.9, peak_lr=3e-3, word_dropout=0.0, held_out=0.5,
    )  # fmt: skip


def test_events_of_a_batch_have_one_length_and_scenes_of_their_own(run: SceneRun, tokens: SceneTokens):
    source = Narratives(run.narratives, channels=toy.CHANNELS)
    events = Events(source, [0, 1, 2], encode=toy.encode)
    here, there = tokens.of([HERE, THERE])
    wrong = 0
    for n in range(20):
        told = events.batch(np.random.default_rng(n), frames_per_batch=24, dropout=0.5)
        rows, frames, _ = told.batch.latents.shape
        assert rows * frames <= max(24, frames)
        assert torch.allclose(told.batch.seconds, torch.full((rows,), frames * CODEC_HOP / 44_100))
        assert all(torch.equal(scene, here) or torch.equal(scene, there) for scene in told.scene)
        wrong += int((told.scene != told.other).any())
    assert wrong


def test_some_batches_go_without_a_scene_and_some_are_clips(run: SceneRun):
    events = Events(Narratives(run.narratives, channels=toy.CHANNELS), [0, 1, 2], encode=toy.encode)
    cache = LatentCache(run.clips, channels=toy.CHANNELS, tokens=toy.BRIDGING, width=toy.WIDTH)
    lengths = [drawn(events, cache, np.random.default_rng(n), run).condition.shape[1] for n in range(60)]
    assert set(lengths) == {toy.BRIDGING, toy.BRIDGING + len(SLOTS)}
    assert 0.15 < lengths.count(toy.BRIDGING + len(SLOTS)) / 60 < 0.6


def test_narratives_that_tell_no_scene_are_refused(tmp_path: Path):
    source = Narratives(toy.write_narratives(tmp_path / "plain"), channels=toy.CHANNELS)
    with pytest.raises(FormatError, match="do not tell their scenes"):
        Events(source, [0, 1], encode=toy.encode)


def test_one_narrative_is_no_other_scene(run: SceneRun):
    with pytest.raises(FormatError, match="two narratives or more"):
        Events(Narratives(run.narratives, channels=toy.CHANNELS), [0], encode=toy.encode)


def test_bad_shares_are_one_sentence(run: SceneRun):
    with pytest.raises(SettingsError, match="without must be from 0 to 1"):
        replace(run, without=1.5)


@pytest.mark.slow
def test_the_transformer_learns_and_says_how_well_it_hears_scenes(run: SceneRun):
    base = toy.base(toy.settings(run.out))
    before = {name: value.clone() for name, value in base.transformer.state_dict().items()}
    made = training.train(run, encode=toy.encode, begin=lambda: base.transformer)
    *rows, last = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    assert set(last) == {"t", "held_out_right", "held_out_wrong", "held_out_none"}
    assert any(not torch.equal(value, before[name]) for name, value in made.state_dict().items())
    assert (run.out / "transformer" / "config.json").is_file() and rows[-1]["step"] == run.steps


@pytest.mark.slow
def test_the_language_model_learns_to_say_scenes_and_nothing_else_changes(run: SceneRun, tmp_path: Path):
    residual = {"residual": len(SLOTS)}
    warm = train_stage("warm", toy.settings(tmp_path / "warm", clips=run.clips, **residual), base=toy.base)
    settings = toy.settings(
        tmp_path / "scenes", start=warm, narratives=run.narratives, narrative_share=1.0, steps=30, rows=1,
        closed=1, held_out=0.4, **residual,
    )  # fmt: skip
    folder = train_stage("scenes", settings, base=toy.base)
    rows = [json.loads(line) for line in (tmp_path / "scenes" / "log.jsonl").read_text().splitlines()]
    losses = [row["scene"] for row in rows if "scene" in row]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    assert {f"held_out_{slot}" for slot in SLOTS} <= set(rows[-1]) and 0 <= rows[-1]["held_out_place"] <= 1
    before, after = tensors(warm), tensors(folder)
    kept = [name for name in before if name.startswith(("transformer/", "bridge/bridging_projector", "tokens"))]
    kept += [name for name in before if ".layers.0." in name]
    assert kept and all(torch.equal(before[name], after[name]) for name in kept)
    assert any(not torch.equal(before[name], after[name]) for name in before if ".layers.1." in name)
    told, pipe = read_stage(folder), pipeline_of(folder)
    assert told.exact and pipe.bridge.config["joined"] == "append"
    timeline = Narratives(run.narratives, channels=toy.CHANNELS).sample(0).timeline
    states: States = pipe.conditioner.states(timeline)
    exact = toy.encode([event.caption for event in timeline.events])
    made = pipe.conditioner.fused(states, exact=exact)
    assert made.shape == (len(exact), toy.BRIDGING + len(SLOTS), toy.WIDTH)
    assert torch.allclose(made[:, : toy.BRIDGING], exact, atol=1e-5)


@pytest.mark.slow
def test_a_scene_needs_as_many_residual_tokens_as_it_has_slots(run: SceneRun, tmp_path: Path):
    warm = train_stage("warm", toy.settings(tmp_path / "warm", clips=run.clips), base=toy.base)
    settings = toy.settings(tmp_path / "s", start=warm, unheard_share=1.0)
    with pytest.raises(SettingsError, match="8 residual tokens, not by 2"):
        train_stage("scenes", settings, base=toy.base)


def test_unheard_narratives_keep_the_plan_of_the_sounding_ones():
    made, sounding = narrative("valid", 3, unheard=True), narrative("valid", 3)
    assert [e.context.place for e in made.events if e.context] == [
        e.context.place for e in sounding.events if e.context
    ]
    assert all(len(event.samples) == 0 for event in made.events) and made.total_s == sounding.total_s
