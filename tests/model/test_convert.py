"""The converter is strict and trusts nothing: every tensor used once or named, no class instantiated, no pickle run."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from pipeline.errors import FormatError, WeightsMissing
from pipeline.model import shards
from pipeline.model.convert import convert, main
from tests.model import public

LLM = public.LLM
NORM = f"{LLM}model.norm.modules_to_save.default.weight"


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return public.reference_tensors()


@pytest.fixture
def source(public_folder: Path, tmp_path: Path) -> Path:
    """A public folder to spoil; its weights are the shared ones until a test writes others."""
    return Path(shutil.copytree(public_folder, tmp_path / "source", copy_function=os.link))


def rewritten(source: Path, tensors: dict[str, torch.Tensor]) -> Path:
    path = source / "audiostory_3b" / "pytorch_model.bin"
    path.unlink()
    torch.save(tensors, path)
    return source


def replaced(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def test_adapters_are_merged_and_saved_norms_taken(folder: Path, tensors):
    ours = load_file(folder / "llm" / "model.safetensors")
    stem, told = f"{LLM}model.layers.0.mlp.down_proj", public.fixture()
    update = tensors[f"{stem}.lora_B.default.weight"] @ tensors[f"{stem}.lora_A.default.weight"]
    expected = tensors[f"{stem}.weight"] + told["lora_alpha"] / told["lora_r"] * update
    assert torch.equal(ours["model.layers.0.mlp.down_proj.weight"], expected)
    assert torch.equal(ours["model.norm.weight"], tensors[NORM])
    assert "lm_head.weight" not in ours  # tied
    assert not list(folder.rglob("*.bin"))


def test_bfloat16_is_the_rounded_float32_and_half_as_large(source: Path, folder: Path, tmp_path: Path):
    convert([source], tmp_path / "half", dtype=torch.bfloat16)
    for path in folder.rglob("*.safetensors"):
        exact, half = load_file(path), load_file(tmp_path / "half" / path.relative_to(folder))
        assert exact.keys() == half.keys()
        assert all(torch.equal(half[key], value.to(torch.bfloat16)) for key, value in exact.items())


def test_safetensors_in_two_files_do_as_well_as_one_torch_file(source: Path, folder: Path, tmp_path: Path, tensors):
    (source / "audiostory_3b" / "pytorch_model.bin").unlink()
    parts = [dict(list(tensors.items())[half::2]) for half in (0, 1)]
    for number, part in enumerate(parts):
        copies = {key: value.clone() for key, value in part.items()}
        save_file(copies, source / f"model-{number}.safetensors")
    convert([source], tmp_path / "ours")
    path = Path("transformer") / "diffusion_pytorch_model.safetensors"
    ours, theirs = load_file(tmp_path / "ours" / path), load_file(folder / path)
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    save_file({NORM: tensors[NORM].clone()}, source / "again.safetensors")
    with pytest.raises(FormatError, match=f"{NORM} is in .* and in"):
        convert([source], tmp_path / "twice")


def test_missing_extra_and_misshapen_tensors_are_all_named_at_once(source: Path, tmp_path: Path, tensors):
    spoilt = dict(tensors) | {"tangoflux.surplus": torch.zeros(1), "seedx.projector.0.bias": torch.zeros(3)}
    del spoilt[NORM], spoilt["tangoflux.fc.0.bias"]
    with pytest.raises(FormatError) as caught:
        convert([rewritten(source, spoilt)], tmp_path / "out")
    told = str(caught.value)
    assert "missing: " in told and "tangoflux.fc.0.bias" in told and f"{LLM}model.norm" in told
    assert "misshapen: seedx.projector.0.bias is [3], not [1024]" in told
    assert "extra: " in told and "tangoflux.surplus" in told
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out-*"))


@pytest.mark.parametrize("half", ["lora_A", "lora_B"])
def test_half_an_adapter_is_missing_its_other_half(source: Path, tmp_path: Path, tensors, half):
    gone = f"{LLM}model.layers.1.self_attn.q_proj.{half}.default.weight"
    with pytest.raises(FormatError, match=f"missing: {gone}"):
        convert([rewritten(source, {k: v for k, v in tensors.items() if k != gone})], tmp_path / "out")


def test_surplus_is_left_out_only_when_asked_to(source: Path, tmp_path: Path, tensors):
    rewritten(source, tensors | {"seedx.input_resampler.weight": torch.zeros(2)})
    with pytest.raises(FormatError, match="extra: seedx.input_resampler.weight"):
        convert([source], tmp_path / "out")
    convert([source], tmp_path / "out", left_out=["seedx.input_resampler."])
    assert (tmp_path / "out" / "model_index.json").is_file()


def test_tied_tensors_that_differ_are_refused(source: Path, tmp_path: Path, tensors):
    head = f"{LLM}lm_head.weight"
    with pytest.raises(FormatError, match="are one tensor by the configuration, but differ"):
        convert([rewritten(source, tensors | {head: tensors[head] + 1})], tmp_path / "out")


def test_a_rank_that_is_not_the_configurations_is_refused(source: Path, tmp_path: Path):
    options = public.configuration(lora_alpha=8, lora_r=16, bridging=64, residual=8)
    replaced(source / "audiostory_3b" / "config.yaml", yaml.safe_dump(options))
    with pytest.raises(FormatError, match=r"the rank 16, the tensors have \[8\]"):
        convert([source], tmp_path / "out")


class Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_malicious_pickle_is_refused_and_not_run(source: Path, tmp_path: Path, tensors):
    with pytest.raises(FormatError, match="holds more than tensors and is not read"):
        convert([rewritten(source, {**tensors, "bomb": Bomb(tmp_path / "boom")})], tmp_path / "out")
    assert not (tmp_path / "boom").exists()


def test_a_configuration_that_names_a_program_is_data(source: Path, tmp_path: Path):
    evil = public.configuration(lora_alpha=8, lora_r=8, bridging=64, residual=8)
    evil["llm_model"] |= {"_target_": "os.system", "command": f"touch {tmp_path / 'boom'}"}
    replaced(source / "audiostory_3b" / "config.yaml", yaml.safe_dump(evil))
    path = source / "Qwen" / "llm_config" / "config.json"
    replaced(path, json.dumps(json.loads(path.read_text()) | {"auto_map": {"AutoConfig": "evil.Config"}}))
    convert([source], tmp_path / "out")
    assert not (tmp_path / "boom").exists()
    assert "auto_map" not in (tmp_path / "out" / "llm" / "config.json").read_text()


def test_yaml_that_would_build_objects_is_refused(source: Path, tmp_path: Path):
    text = f'!!python/object/apply:os.system ["touch {tmp_path / "boom"}"]'
    replaced(source / "audiostory_3b" / "config.yaml", text)
    with pytest.raises(FormatError, match="config.yaml is not a configuration of plain values"):
        convert([source], tmp_path / "out")
    assert not (tmp_path / "boom").exists()


def test_circular_references_in_yaml_are_read_once(source: Path, tmp_path: Path):
    text = yaml.safe_dump(public.configuration(lora_alpha=8, lora_r=8, bridging=64, residual=8))
    replaced(source / "audiostory_3b" / "config.yaml", text + "again: &a\n  - *a\n")
    convert([source], tmp_path / "out")


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("audiostory_3b/config.yaml", "lora_alpha"),
        ("audiostory_3b/pytorch_model.bin", "its own weights"),
        ("Flux_detokenizer/model.safetensors", "autoencoder's weights"),
        ("Flux_detokenizer/config.json", "transformer's configuration"),
        ("Qwen/llm_config/config.json", "language model's configuration"),
        ("Qwen/tokenizer/tokenizer.json", "tokenizer with AudioStory's tokens"),
        ("flan-t5/config.json", "text encoder's configuration"),
        ("flan-t5/tokenizer.json", "text encoder's tokenizer"),
    ],
)
def test_what_is_not_there_is_named(source: Path, tmp_path: Path, gone: str, words: str):
    (source / gone).unlink()
    with pytest.raises(WeightsMissing, match=words):
        convert([source], tmp_path / "out")


def test_a_tokenizer_without_the_added_tokens_is_refused(source: Path, tmp_path: Path):
    path = source / "Qwen" / "tokenizer" / "tokenizer.json"
    data = json.loads(path.read_text())
    data["added_tokens"] = [t for t in data["added_tokens"] if not t["content"].startswith("<aud")]
    replaced(path, json.dumps(data))
    with pytest.raises(WeightsMissing, match=r"lacks 9 of AudioStory's tokens \(<aud>"):
        convert([source], tmp_path / "out")


def test_the_command_reports_in_one_line(source: Path, tmp_path: Path, capsys):
    assert main([str(source), str(tmp_path / "out"), "--dtype", "bfloat16"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    assert main([str(source), str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), str(tmp_path / "new")]) == 1
    assert "there is no checkpoint in" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main([str(source), str(tmp_path / "new"), "--dtype", "int8"])
    assert caught.value.code == 2


def test_one_shard_is_let_go_before_the_next_is_made(tmp_path: Path):
    shapes = {f"t{i}": (10, 10) for i in range(7)}
    alive: weakref.WeakSet = weakref.WeakSet()
    most = 0

    def make(name: str) -> torch.Tensor:
        nonlocal most
        tensor = torch.full((10, 10), float(name[1:]))
        alive.add(tensor)
        most = max(most, len(alive))
        return tensor

    cut = shards.planned(shapes, dtype=torch.float32, most_bytes=900)
    assert [len(names) for names in cut] == [2, 2, 2, 1]
    shards.write(tmp_path, "model", cut, make)
    assert most == 2
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 7 * 400
    for name, file in index["weight_map"].items():
        assert load_file(tmp_path / file)[name][0, 0] == float(name[1:])
