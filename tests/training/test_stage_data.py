"""What the stages train on: the same parts for the same seed, sounds with their captions, and faults told plainly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

from pipeline.errors import FormatError, SettingsError, WeightsMissing
from pipeline.model.listening import WhisperEars
from pipeline.model.query_tokens import query_tokens
from pipeline.model.script import Script
from pipeline.soundlab import own_recordings
from pipeline.timeline import Event, Story, Timeline
from pipeline.training.stages import data
from pipeline.training.stages.batches import Batches, Targets
from pipeline.training.stages.folder import begun
from pipeline.training.stages.run import train
from pipeline.training.stages.scripts import Rows
from pipeline.training.stages.settings import OF_STAGE
from pipeline.training.stages.sources import Narratives, Sample, Sound, Stretches, parts, sources
from tests.training import toy


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_clips(tmp_path_factory.mktemp("data") / "clips")


@pytest.fixture(scope="module")
def narratives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_narratives(tmp_path_factory.mktemp("data") / "narratives")


def batches_of(tmp_path: Path, stage: str, **changes: object) -> tuple[Batches, Script]:
    settings = toy.settings(tmp_path / "run", **changes)
    model, tokenizer = begun("warm", settings, toy.base(settings), ears_width=toy.CHANNELS)
    script = Script(tokenizer, model.tokens)
    return Batches(Rows(script, OF_STAGE[stage]), Targets(toy.encode, bridging=toy.BRIDGING), settings, None), script


def test_the_held_out_part_is_always_the_same_and_never_trained_on():
    train_part, held = parts(100, held_out=0.1, seed=3)
    again = parts(100, held_out=0.1, seed=3)
    assert len(held) == 10 and sorted([*train_part, *held]) == list(range(100))
    assert (train_part == again[0]).all() and (held == again[1]).all()
    assert (held != parts(100, held_out=0.1, seed=4)[1]).any()
    assert len(parts(5, held_out=0.0, seed=1)[1]) == 0


def test_a_clip_brings_its_own_sound_and_length(clips: Path, tmp_path: Path):
    source, held = sources(toy.settings(tmp_path, clips=clips, held_out=0.25), channels=toy.CHANNELS)
    assert held is not None and held.clips is not None and source.clips is not None
    assert len(held.clips.indices) == 1 and len(source.clips.indices) == 3
    whole = Stretches(clips / "latents.f16", clips / "frames.npy", width=toy.CHANNELS, made_by="…")
    seen = set()
    for seed in range(20):
        sample = source.draw(np.random.default_rng(seed), events=3)
        seen.add(len(sample.sounds))
        for event, sound in zip(sample.timeline.events, sample.sounds, strict=True):
            number = toy.CAPTIONS.index(event.caption)
            assert number in source.clips.indices and sound is not None
            assert (sound.latents == whole[number]).all() and sound.seconds == event.duration_s
            assert event.caption.casefold() in sample.timeline.story.text.casefold()
    assert seen == {1, 2, 3}


def test_a_narrative_is_read_as_it_was_written(narratives: Path):
    sample = Narratives(narratives, channels=toy.CHANNELS).sample(1)
    assert [event.caption for event in sample.timeline.events] == list(toy.CAPTIONS[1:])
    assert [len(sound.latents) for sound in sample.sounds if sound] == [10, 12, 11]
    assert sample.timeline.story.tone == "calm" and sample.spoken
    assert sample.timeline.reasoning.startswith("1. a bell rings")


def test_own_recordings_become_narratives_to_train_on(tmp_path: Path):
    folder, made = tmp_path / "own", tmp_path / "set"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.zeros(44_100, np.float32), 44_100)
    rows = [{"file": "a.wav", "caption": c, "narrative": "n"} for c in ("a hum", "a hiss")]
    (folder / "captions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert own_recordings.main([str(folder), "--out", str(made)]) == 0
    with pytest.raises(FormatError, match="no latents.f16 in .*: run python -m pipeline.training.stages.data first"):
        Narratives(made, channels=toy.CHANNELS)
    data.encode_narratives(made, toy.codec())
    sample = Narratives(made, channels=toy.CHANNELS).sample(0)
    assert [event.caption for event in sample.timeline.events] == ["a hum", "a hiss"]


def test_damaged_caches_are_told(clips: Path, tmp_path: Path):
    made_by = "make it"
    with pytest.raises(FormatError, match="there is no x.f16"):
        Stretches(tmp_path / "x.f16", tmp_path / "frames.npy", width=4, made_by=made_by)
    with pytest.raises(FormatError, match="does not hold 15 frames of 8"):
        Stretches(clips / "latents.f16", clips / "frames.npy", width=8, made_by=made_by)
    assert data.main(["--narratives", str(tmp_path)]) == 1
    with pytest.raises(WeightsMissing, match="download openai/whisper-large-v3"):
        data.whisper(tmp_path)


def sounding(frames: Sequence[int]) -> Sample:
    """A script whose events have latents of these lengths."""
    events = tuple(Event(caption="hum", duration_s=1.0) for _ in frames)
    timeline = Timeline(story=Story(text="Hums.", duration_s=len(frames)), events=events)
    return Sample(timeline, tuple(Sound(np.zeros((n, toy.CHANNELS), np.float32), 1.0) for n in frames), spoken=True)


def test_no_more_frames_than_set_go_through_the_transformer(tmp_path: Path, clips: Path):
    batches, script = batches_of(tmp_path, "whole", flow_frames=10, draws=3, clips=clips)
    row = Rows(script, OF_STAGE["whole"]).whole(sounding([4, 5, 6, 4, 30]))
    flow = batches._flow(row.events, np.random.default_rng(0), 0.0)
    frames = [len(group.events) // 3 * group.latents.shape[1] for group in flow]
    assert 0 < sum(frames) <= 10
    assert all(group.latents.shape[0] == len(group.seconds) == len(group.dropped) for group in flow)
    alone = batches._flow(
        Rows(script, OF_STAGE["whole"]).whole(sounding([30, 20])).events, np.random.default_rng(0), 0.0
    )
    assert [group.latents.shape for group in alone] == [(3, 20, toy.CHANNELS)]


def test_a_rows_words_are_what_a_planner_would_write(tmp_path: Path, narratives: Path, clips: Path):
    """Reasoning, captions, durations and the end of the turn are learnt; the prompt and the query tokens are not."""
    _, script = batches_of(tmp_path, "narrative", clips=clips)
    sample = Narratives(narratives, channels=toy.CHANNELS).sample(0)
    row = Rows(script, OF_STAGE["narrative"]).whole(sample)
    text = script.decoded([row.ids[place] for place in row.words["text"]])
    first, second = sample.timeline.events
    heads = [f"<|gen|>{e.caption}<timestamp>{e.duration_s:.1f}</timestamp>" for e in (first, second)]
    assert text == f"{sample.timeline.reasoning}<|/think|>{''.join(heads)}<|im_end|>"
    brackets = script.decoded([row.ids[place] for place in row.words["brackets"]])
    assert brackets == "<t5></t5><aud></aud><|/gen|>" * 2
    tokens = query_tokens(script.tokenizer, bridging=toy.BRIDGING, residual=toy.RESIDUAL)
    assert [tuple(row.ids[e.at : e.at + len(tokens.forced)]) for e in row.events] == [tokens.forced] * 2
    unspoken = Rows(script, OF_STAGE["narrative"]).whole(replace(sample, spoken=False))
    assert not unspoken.words["text"]


def tiny_whisper() -> WhisperEars:
    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16, decoder_layers=1,
        decoder_attention_heads=2, decoder_ffn_dim=16, num_mel_bins=8, max_source_positions=100, vocab_size=60_000,
    )  # fmt: skip
    return WhisperEars(WhisperModel(config).get_encoder(), WhisperFeatureExtractor(feature_size=8, chunk_length=2))


def test_a_script_that_is_too_long_ends_with_the_last_event_that_fits(tmp_path: Path, clips: Path):
    _, script = batches_of(tmp_path, "narrative", clips=clips)
    sample = sounding([4] * 5)
    whole = Rows(script, OF_STAGE["narrative"]).whole(sample)
    third = Rows(script, OF_STAGE["narrative"], most=whole.events[3].at).whole(sample)
    assert len(third.events) == 3 and third.ids == whole.ids[: len(third.ids)]
    assert third.ids[-1] != script.tokens.tags.end_turn == whole.ids[-1]
    assert len(Rows(script, OF_STAGE["narrative"], most=1).whole(sample).events) == 1


def test_whisper_hears_as_long_as_there_is_sound():
    ears = tiny_whisper()
    assert (ears.width, ears.states_hz) == (16, 50)
    heard = ears.states(np.sin(np.arange(44_100, dtype=np.float32)), 44_100)
    assert heard.shape == (50, 16)


def test_the_second_stage_can_listen_with_whisper(clips: Path, tmp_path: Path):
    warm = train("warm", toy.settings(tmp_path / "warm", clips=clips, steps=1), base=toy.base)
    whole = train("whole", toy.settings(tmp_path / "whole", start=warm, clips=clips, steps=1), base=toy.base)
    settings = toy.settings(tmp_path / "run", start=whole, clips=clips, ears="whisper", ears_every=4, steps=2)
    with pytest.raises(FormatError, match="run python -m pipeline.training.stages.data --whisper first"):
        train("understanding", settings, base=toy.base)
    data.hear_clips(clips, tiny_whisper(), name="whisper", every=4)
    with pytest.raises(SettingsError, match="4 states pooled into one: set ears_every to that"):
        train("understanding", replace(settings, ears_every=5), base=toy.base)
    folder = train("understanding", settings, base=toy.base)
    assert json.loads((folder / "listener" / "config.json").read_text())["width"] == 16
