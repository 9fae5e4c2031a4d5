"""The stages at toy size: losses fall, only what a stage trains changes, and a run that was cut ends as an uncut one.

What a stage leaves behind is read back as a pipeline whose conditions are those of the training.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.errors import FormatError, SettingsError, WeightsMissing
from pipeline.model.adapted import adapt, assembled, read_stage
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.listening import CodecEars, Listener, described
from pipeline.model.parts import load_network
from pipeline.model.script import Script
from pipeline.timeline import Event, Story, Timeline
from pipeline.training import loop
from pipeline.training.ship import ship_stage
from pipeline.training.stages import run
from pipeline.training.stages.batches import Batches, Targets
from pipeline.training.stages.folder import begun
from pipeline.training.stages.run import train
from pipeline.training.stages.scripts import Rows
from pipeline.training.stages.settings import OF_STAGE, StageSettings
from pipeline.training.stages.sources import sources
from tests.training import toy

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
STAGES = ("warm", "whole", "understanding", "narrative")  # the paper's
STEPS = {"warm": 8, "whole": 5, "understanding": 5, "narrative": 5}
NEVER = ["transformer/", "bridge/residual_projector", "bridge/fusion", "listener/"]
UNTOUCHED = {"warm": NEVER, "whole": ["listener/"], "understanding": [], "narrative": ["listener/"]}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_clips(tmp_path_factory.mktemp("data") / "clips")


@pytest.fixture(scope="module")
def narratives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_narratives(tmp_path_factory.mktemp("data") / "narratives")


@pytest.fixture(scope="module")
def told(clips: Path, narratives: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, StageSettings]:
    """All four stages, one after another: the settings of each, its folder being `out`."""
    root, found = tmp_path_factory.mktemp("stages"), {}
    before: Path | None = None
    for stage in STAGES:
        changes: dict[str, object] = {"start": before, "clips": clips, "steps": STEPS[stage]}
        if stage == "warm":
            changes |= {"layout": "branches", "rows": 4}
        if stage == "narrative":
            changes |= {"narratives": narratives, "clip_share": 0.3, "narrative_share": 0.7, "flow_frames": 40}
        found[stage] = toy.settings(root / stage, **changes)
        before = train(stage, found[stage], base=toy.base)
    return found


def tensors(folder: Path) -> dict[str, Tensor]:
    """All tensors of a stage's folder, by file and name."""
    files = sorted(folder.rglob("*.safetensors"))
    return {
        f"{file.parent.relative_to(folder)}/{name}".removeprefix("./"): value
        for file in files
        for name, value in load_file(file).items()
    }


def curve(out: Path) -> list[dict[str, float]]:
    return [row for row in map(json.loads, (out / "log.jsonl").read_text().splitlines()) if "match" in row]


def pipeline_of(folder: Path) -> AudioStoryPipeline:
    """A toy stage's folder as a pipeline. Its text encoder is not asked."""
    base = toy.base(toy.settings(folder))
    return assembled(
        read_stage(folder), tokenizer=base.tokenizer, llm=base.llm, text_encoder=torch.nn.Linear(1, 1),
        text_tokenizer=base.tokenizer, autoencoder=toy.codec(),
        transformer=next(f for f in (folder / "transformer", folder.parent / "transformer") if f.is_dir()),
    )  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_the_losses_of_a_stage_fall(told: dict[str, StageSettings], stage: str):
    rows = curve(told[stage].out)
    assert len(rows) == STEPS[stage]
    assert set(rows[0]) == {"t", "step", *OF_STAGE[stage]}
    weighted = [sum(told[stage].weight(name) * row[name] for name in OF_STAGE[stage]) for row in rows]
    assert np.mean(weighted[-2:]) < np.mean(weighted[:2])


@pytest.mark.parametrize("stage", STAGES)
def test_only_what_a_stage_trains_changes(told: dict[str, StageSettings], stage: str):
    after = tensors(told[stage].out / "model")
    if stage == "warm":
        model, _ = begun("warm", told["warm"], toy.base(told["warm"]), ears_width=toy.CHANNELS)
        parts = {"bridge": model.bridge, "transformer": model.transformer}
        before = {f"{name}/{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    else:
        before = tensors(Path(str(told[stage].start)))
    same = {name for name in before if torch.equal(before[name], after[name])}
    kept = {name for name in before if name.startswith(tuple(UNTOUCHED[stage]))}
    assert kept <= same, f"changed: {sorted(kept - same)[:3]}"
    assert not {name for name in same - kept if "bias" not in name}, "these should have learnt something"


def test_the_language_model_itself_stays_as_it_was(clips: Path, tmp_path: Path):
    """Below adapter, norms and new embeddings not a bit changes, and nothing of it is written."""
    settings = toy.settings(tmp_path / "run", clips=clips, steps=2)
    base = toy.base(settings)
    whole = {name: value.clone() for name, value in base.llm.state_dict().items()}
    train("warm", settings, base=lambda _: base)
    for name, value in base.llm.state_dict().items():
        plain = name.replace(".base_layer", "")
        if "lora_" not in name and "norm" not in name:
            assert torch.equal(value[: len(whole[plain])], whole[plain]), name
    assert load_file(tmp_path / "run" / "model" / "tokens.safetensors")["rows"].shape == (6 + 8 + 4 + 2, 32)
    assert not [name for name in tensors(tmp_path / "run" / "model") if "embed" in name and "adapter" in name]


@pytest.mark.parametrize(
    ("stage", "options"),
    [
        ("warm", {"steps": 4, "save_every": 2, "accumulate": 2}),
        ("whole", {"steps": 8, "save_every": 4, "draws": 2, "rows": 2}),
        ("narrative", {"steps": 4, "save_every": 2, "rows": 2}),
    ],
)
def test_a_run_that_was_cut_ends_where_an_uncut_one_does(
    told: dict[str, StageSettings], stage: str, options: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With the adapters' dropout, too, four steps and four more are eight."""
    options = options | {"lora_dropout": 0.1}
    straight = replace(told[stage], out=tmp_path / "straight", **options)
    whole = tensors(train(stage, straight, base=toy.base))
    halves = replace(straight, out=tmp_path / "halves")
    monkeypatch.setattr(run.loop, "save_checkpoint", cut_after(loop.save_checkpoint))
    with pytest.raises(KeyboardInterrupt):
        train(stage, halves, base=toy.base)
    monkeypatch.undo()
    again = tensors(train(stage, halves, base=toy.base))
    assert all(torch.equal(value, again[name]) for name, value in whole.items())
    losses = [[row[name] for row in curve(out) for name in OF_STAGE[stage]] for out in (straight.out, halves.out)]
    assert losses[0] == losses[1]
    with pytest.raises(SettingsError, match="was begun with seed = 1: go on with that, or elsewhere"):
        train(stage, replace(halves, seed=2), base=toy.base)


def cut_after(save):
    def saving(path: Path, state: dict) -> None:
        save(path, state)
        raise KeyboardInterrupt

    return saving


def test_a_run_of_another_stage_is_not_gone_on_with(told: dict[str, StageSettings]):
    with pytest.raises(SettingsError, match="is of the stage warm: give whole a folder of its own"):
        train("whole", replace(told["whole"], out=told["warm"].out), base=toy.base)


@pytest.mark.parametrize(
    ("stage", "start", "words"),
    [
        ("warm", "whole", "warm starts from nothing or the folder of warm, not from .*, which is of whole"),
        ("whole", None, "whole starts from the folder of warm or the folder of whole, not from nothing"),
        ("narrative", "warm", "narrative starts from .*, not from .*, which is of warm"),
    ],
)
def test_a_stage_starts_from_the_one_before(told, stage: str, start: str | None, words: str, tmp_path: Path):
    folder = told[start].out / "model" if start else None
    changed = replace(told[stage], start=folder, out=tmp_path / "run")
    with pytest.raises(SettingsError, match=words) as found:
        train(stage, changed, base=toy.base)
    assert "\n" not in str(found.value)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_stage_or_does_not_fit_is_one_sentence(told, clips: Path, tmp_path: Path):
    with pytest.raises(FormatError, match="is no stage of AudioStory's training: it has no stage.json"):
        train("whole", replace(told["whole"], start=clips, out=tmp_path / "run"), base=toy.base)
    with pytest.raises(SettingsError, match="was made with rank = 2; 3 can't go on"):
        train("whole", replace(told["whole"], rank=3, out=tmp_path / "run"), base=toy.base)
    broken = Path(shutil.copytree(told["warm"].out / "model", tmp_path / "broken"))
    (broken / "norms.safetensors").unlink()
    with pytest.raises(WeightsMissing, match="norms.safetensors is missing or damaged"):
        train("whole", replace(told["whole"], start=broken, out=tmp_path / "run"), base=toy.base)


@pytest.mark.parametrize(
    ("stage", "changes", "words"),
    [
        ("narrative", {"layout": "branches", "events": 1}, "its layout can't be branches"),
        ("narrative", {"narratives": None, "narrative_share": 0.0}, "is about narratives"),
        ("narrative", {"narrative_share": 0.0}, "but narrative_share is 0"),
        ("understanding", {"clips": None, "lexicon_share": 1.0}, "listens to clips"),
        ("whole", {"clips": None}, "nothing to train on"),
        ("whole", {"narrative_share": 1.0}, "no folder of narratives"),
    ],
)
def test_what_a_stage_cannot_do_is_said_before_a_step(told, stage: str, changes: dict, words: str, tmp_path: Path):
    with pytest.raises(SettingsError, match=words):
        train(stage, replace(told[stage], out=tmp_path / "run", **changes), base=toy.base)


def test_events_that_share_a_trunk_read_as_if_each_stood_alone(told, narratives: Path):
    """A trunk read once, with branches, gives the losses and the gradients of whole scripts of one event."""
    settings = replace(told["whole"], narratives=narratives, clip_share=0.0, narrative_share=1.0, dropout=0.0)
    model, tokenizer = begun("whole", settings, toy.base(settings), ears_width=toy.CHANNELS)
    rows = Rows(Script(tokenizer, model.tokens), OF_STAGE["whole"])
    batches = Batches(rows, Targets(toy.encode, bridging=toy.BRIDGING), settings, None)
    sample = sources(settings, channels=toy.CHANNELS)[0].draw(np.random.default_rng(0), events=2)
    trunk, branches = rows.trunk(sample), rows.branches(sample)
    alone = [rows.trunk(sample) for _ in branches]
    for row, branch in zip(alone, branches, strict=True):
        row.events = [replace(branch.events[0], at=len(row.ids) + branch.events[0].at)]
        row.words["brackets"] = [len(row.ids) + place for place in branch.words["brackets"]]
        row.ids = row.ids + branch.ids
    found = []
    for shared, read in ((trunk, branches), (type(trunk)(), alone)):
        batch = batches._batch(shared, read, None, np.random.default_rng(1), 0.0)
        losses = model(batch, batch.counts(), torch.Generator().manual_seed(2))
        model.zero_grad()
        sum(losses.values()).backward()
        found.append((losses, {name: value.grad.clone() for name, value in model.trained().items()}))
    for name, value in found[0][0].items():
        assert torch.allclose(value, found[1][0][name], atol=1e-5), name
    for name, value in found[0][1].items():
        assert torch.allclose(value, found[1][1][name], atol=1e-4), name


def test_a_pipeline_conditions_as_the_training_did(told):
    """Merged and read chunk by chunk, a narrative's conditions are those of the pass that trained on it."""
    folder = told["narrative"].out / "model"
    settings = replace(told["narrative"], start=folder, clips=None, clip_share=0.0)
    model, tokenizer = begun("narrative", settings, toy.base(settings), ears_width=toy.CHANNELS)
    rows = Rows(Script(tokenizer, model.tokens), OF_STAGE["narrative"])
    batches = Batches(rows, Targets(toy.encode, bridging=toy.BRIDGING), settings, None)
    sample = sources(settings, channels=toy.CHANNELS)[0].draw(np.random.default_rng(0), events=2)
    batch = batches._batch(rows.whole(sample), [rows.whole(sample)], None, np.random.default_rng(1), 0.0)
    with torch.inference_mode():
        trained = model.eval().conditions(replace(batch, trunk=batch.trunk[:0]))
    pipe = pipeline_of(folder)
    assert torch.allclose(pipe.condition(sample.timeline), trained, atol=1e-5)
    assert pipe.transformer.frames_for(7) == 7
    assert pipe.config["zero_padding"] is True


def test_a_stage_that_has_learnt_to_hear_can_be_asked(told):
    folder = told["narrative"].out / "model"
    pipe = pipeline_of(folder)
    listener = load_network("listener", Listener, folder / "listener", torch.float32)
    heard = CodecEars(toy.codec()).states(np.zeros(30_000, np.float32), 44_100)
    assert isinstance(described(pipe.llm, pipe.script, listener, heard), str)


def test_two_processes_train_one_model(told, tmp_path: Path):
    """They draw different scripts, end with the same weights, and only the first one logs and saves."""
    changed = replace(told["whole"], out=tmp_path / "run", steps=2, rows=1, accumulate=2)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({name: value for name, value in changed.plain().items() if value is not None}))
    worker = [sys.executable, "-m", "tests.training.stage_worker", str(path), str(tmp_path)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(worker, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (load_file(tmp_path / f"process-{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(value, two[name]) for name, value in one.items())
    assert len(curve(changed.out)) == 2
    alone = tensors(train("whole", replace(changed, out=tmp_path / "alone"), base=toy.base))
    assert not torch.equal(alone["rows"], one["rows"])


def test_every_tensor_of_a_folder_has_to_find_its_place(told, tmp_path: Path):
    def spoilt(name: str, change: str) -> Path:
        folder = Path(shutil.copytree(told["whole"].out / "model", tmp_path / f"{name.replace('/', '-')}-{change}"))
        weights = load_file(folder / name)
        key = next(iter(weights))
        other = {key: weights[key][:1].clone()} if change == "cut" else {"x": weights[key].clone()}
        save_file(weights | other, folder / name)
        return folder

    for name in ("tokens.safetensors", "norms.safetensors", "adapter/adapter_model.safetensors"):
        for change in ("cut", "more"):
            base = toy.base(told["whole"])
            with pytest.raises(WeightsMissing, match=Path(name).name):
                adapt(base.llm, base.tokenizer, read_stage(spoilt(name, change)))


def test_a_shipped_stage_conditions_as_the_trained_one(told, tmp_path: Path):
    """Half the size, nearly the same conditions, and no path of the machine it was trained on."""
    source, target = told["narrative"].out / "model", tmp_path / "story"
    ship_stage(source, target)
    ship_stage(source, target)  # over an earlier one
    left = {"transformer", "listener"}
    assert {str(path.relative_to(target)) for path in target.rglob("*")} == {
        str(p.relative_to(source)) for p in source.rglob("*") if p.relative_to(source).parts[0] not in left
    }
    assert {path.name for path in (tmp_path / "transformer").iterdir()} == {
        path.name for path in (source / "transformer").iterdir()
    }
    assert str(tmp_path.parent) not in (target / "stage.json").read_text()
    event = Event(caption="rain", duration_s=2.0)
    timeline = Timeline(story=Story(text="Rain.", duration_s=2.0), events=(event,))
    conditions = [pipeline_of(folder).condition(timeline) for folder in (source, target)]
    assert torch.allclose(*conditions, atol=0.05)
    assert not torch.equal(*conditions)
    again = replace(told["narrative"], start=target, out=tmp_path / "run")
    assert begun("narrative", again, toy.base(again), ears_width=toy.CHANNELS)[0].stage == "narrative"


def test_the_transformer_goes_on_hearing_captions_alone(clips: Path, tmp_path: Path):
    """With every event going by its caption's own states, the flow loss says nothing to the language model."""
    warm = train("warm", toy.settings(tmp_path / "warm", clips=clips), base=toy.base)
    options = {"clips": clips, "start": warm, "dropout": 0.0, "flow": 1.0, "match": 0.0, "brackets": 0.0, "steps": 2}
    plain = tensors(train("whole", toy.settings(tmp_path / "a", alone_share=1.0, **options), base=toy.base))
    mixed = tensors(train("whole", toy.settings(tmp_path / "b", alone_share=0.0, **options), base=toy.base))
    before = tensors(warm)
    assert torch.equal(plain["rows"], before["rows"]) and not torch.equal(mixed["rows"], before["rows"])
    moved = [name for name in plain if name.startswith("transformer/") and not torch.equal(plain[name], before[name])]
    assert moved


def test_without_residual_tokens_it_is_plain_bridging(clips: Path, tmp_path: Path):
    options = {"clips": clips, "residual": 0, "steps": 1, "rows": 2}
    warm = train("warm", toy.settings(tmp_path / "warm", **options), base=toy.base)
    whole = train("whole", toy.settings(tmp_path / "whole", start=warm, **options), base=toy.base)
    assert not [name for name in tensors(whole) if "residual" in name or "fusion" in name]
    assert pipeline_of(whole).config["residual"] == 0


def test_an_exact_pipeline_takes_what_an_event_is_from_the_text_encoder(told):
    """Its conditions are those of captions until the fusion has learnt something, and differ by that alone after."""
    warm, last = (pipeline_of(told[stage].out / "model") for stage in ("warm", "narrative"))
    timeline = Timeline(story=Story(text="Rain.", duration_s=2.0), events=(Event(caption="rain", duration_s=2.0),))
    captions = toy.encode(["rain"])
    assert torch.equal(warm.conditioner.fused(warm.conditioner.states(timeline), exact=captions), captions)
    fused = last.conditioner.fused(last.conditioner.states(timeline), exact=captions)
    assert not torch.equal(fused, captions)
    assert torch.equal(fused[captions.abs().sum(-1) == 0], torch.zeros_like(fused[captions.abs().sum(-1) == 0]))
