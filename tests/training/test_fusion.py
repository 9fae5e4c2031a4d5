"""The fusion at toy size: the loss falls, the language model is read once, and captions alone stay served."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pipeline.errors import FormatError, SettingsError
from pipeline.model.adapted import read_stage
from pipeline.model.bridge import Bridge
from pipeline.model.parts import load_network
from pipeline.renderer.nano import CODEC_HOP
from pipeline.training import fusion
from pipeline.training.events import CAPTIONS, TENSORS, Events
from pipeline.training.fusion import FusionRun, Parts, train
from pipeline.training.stages.run import train as train_stage
from tests.training import toy
from tests.training.test_stages import pipeline_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FusionRun:
    root = tmp_path_factory.mktemp("fusion")
    clips, narratives = toy.write_clips(root / "clips"), toy.write_narratives(root / "narratives")
    toy.encode(["", *toy.CAPTIONS]).half().numpy().tofile(clips / "states.f16")
    stage = train_stage("warm", toy.settings(root / "warm", clips=clips), base=toy.base)
    return FusionRun(
        stage=stage, clips=clips, narratives=narratives, out=root / "run", steps=100, warmup=5, scripts=3,
        frames_per_batch=24, channels=toy.CHANNELS, decay=0.9, peak_lr=3e-3, bridge_lr=1e-2, word_dropout=0.0,
    )  # fmt: skip


def parts(run: FusionRun) -> Parts:
    transformer = toy.base(toy.settings(run.out)).transformer.requires_grad_(True)
    return Parts(lambda: pipeline_of(run.stage).conditioner, toy.encode, transformer)


@pytest.fixture(scope="module")
def trained(run: FusionRun) -> Path:
    return train(run, parts=parts)


def test_the_loss_falls_and_the_fusion_has_learnt(run: FusionRun, trained: Path):
    rows = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < rows[0]["loss"]
    before, after = (
        load_network("bridge", Bridge, folder / "bridge", torch.float32) for folder in (run.stage, trained)
    )
    assert after.fusion is not None and after.fusion.out_proj.weight.abs().max() > 1e-3
    for name, value in before.bridging_projector.state_dict().items():
        assert torch.equal(value, after.bridging_projector.state_dict()[name])


def test_what_comes_out_is_a_stage_with_the_language_model_it_was_given(run: FusionRun, trained: Path):
    assert read_stage(trained).exact
    for name in ("adapter/adapter_model.safetensors", "tokens.safetensors", "norms.safetensors"):
        assert (trained / name).read_bytes() == (run.stage / name).read_bytes()
    states = load_file(trained / "transformer" / "diffusion_pytorch_model.safetensors")
    begun = parts(run).transformer.state_dict()
    assert any(not torch.equal(states[name], value) for name, value in begun.items())


def test_the_language_model_is_read_once(run: FusionRun, trained: Path):
    """A run that goes on takes the states it has; it would fail without them, having no language model here."""

    def without(run: FusionRun) -> Parts:
        return replace(parts(run), conditioner=lambda: pytest.fail("the language model was asked for again"))

    assert train(replace(run, steps=run.steps + 1), parts=without) == trained


def test_states_are_those_of_the_pipeline(run: FusionRun, trained: Path):  # noqa: ARG001 - what was read
    """What is kept of the first narrative's events is what a renderer would condition them with."""
    tensors = load_file(run.out / TENSORS)
    narratives = fusion.Narratives(run.narratives, channels=toy.CHANNELS)
    pipe = pipeline_of(run.stage)
    wanted = pipe.conditioner.states(narratives.sample(0).timeline).residual
    assert torch.allclose(tensors["residual"][: len(wanted)].float(), wanted, atol=1e-2)


def test_events_of_a_batch_have_one_length_and_some_go_without(run: FusionRun, trained: Path):  # noqa: ARG001
    events = Events(run.out, encode=toy.encode)
    drawn = [events.batch(np.random.default_rng(n), frames_per_batch=24, dropout=0.5) for n in range(30)]
    assert {len(d.batch.latents) for d in drawn} > {1}
    for one in drawn:
        rows, frames, channels = one.batch.latents.shape
        assert channels == toy.CHANNELS and rows * frames <= max(24, frames)
        assert torch.allclose(one.batch.seconds, torch.full((rows,), frames * CODEC_HOP / 44_100))
        assert torch.equal(one.batch.condition[one.dropped], toy.encode([""]).expand(int(one.dropped.sum()), -1, -1))
    assert any(d.dropped.any() for d in drawn) and not all(d.dropped.all() for d in drawn)


def test_a_new_bridge_sees_states_of_one_size(run: FusionRun):
    old = load_network("bridge", Bridge, run.stage / "bridge", torch.float32)
    states = torch.randn(500, old.config["hidden"]) * 0.01 + 5
    bridge = fusion.new_bridge(old, states, seed=1)
    assert bridge.residual_projector is not None
    seen = bridge.residual_projector[0](states).detach()
    assert 0.2 < float(seen.std(0).mean()) < 5 and float(seen.mean(0).abs().mean()) < 1
    query = toy.encode(["rain"])
    assert torch.equal(bridge.fused(query, states[None, :2]), query)


@pytest.mark.parametrize("change", [{"scripts": 4}, {"seed": 2}, {"stage": None}])
def test_states_of_another_reading_are_not_taken(run: FusionRun, trained: Path, tmp_path: Path, change: dict):
    stage = Path(shutil.copytree(trained, tmp_path / "other"))
    (stage / "stage.json").write_text((stage / "stage.json").read_text() + " ")
    change = {**change, **({"stage": stage} if "stage" in change else {})}
    with pytest.raises(SettingsError, match="a folder of its own"):
        train(replace(run, **change), parts=parts)


def test_a_run_of_another_optimizer_is_not_gone_on_with(run: FusionRun, trained: Path):  # noqa: ARG001
    with pytest.raises(FormatError, match="begin in a new folder"):
        train(replace(run, optimizer="adamw"), parts=parts)


def test_bad_settings_and_folders_are_one_sentence(run: FusionRun, trained: Path, tmp_path: Path):  # noqa: ARG001
    with pytest.raises(SettingsError, match="share must be between 0 and 1"):
        replace(run, share=1.0)
    for name in (TENSORS, CAPTIONS):
        (tmp_path / name).write_bytes((run.out / name).read_bytes())
    (tmp_path / CAPTIONS).write_text('["one"]')
    with pytest.raises(FormatError, match="remove it and read again"):
        Events(tmp_path, encode=toy.encode)
