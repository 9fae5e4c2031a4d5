"""The planner's own reading of its network, against transformers', with the weights that it plans with."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
import torch

from pipeline.errors import WeightsMissing
from pipeline.planner.llama import read_llama
from pipeline.planner.merged import merged_folder
from pipeline.planner.vocabulary import read_words
from pipeline.settings import ASSETS

TEXT = (
    "<|im_start|>user\nAn owl hoots — it’s 12.5 s.<|im_end|>\n<|think|>1. café; 2. rain.<|/think|><|gen|>owl<timestamp>"
)


@pytest.fixture(scope="module")
def folder():
    return merged_folder(ASSETS / "planner")


def test_every_logit_is_that_of_transformers(folder):
    """A start, single tokens, and chunks after a past: each takes its own way through attention."""
    from transformers import LlamaForCausalLM

    ours, theirs = read_llama(folder), LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    draw, past, cache = torch.Generator().manual_seed(0), None, None
    for count in (40, 1, 5, 1, 17):
        ids = torch.randint(20, 49_000, (count,), generator=draw).tolist()
        logits, past = ours(ids, past)
        with torch.inference_mode():
            out = theirs(input_ids=torch.tensor([ids]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache = out.past_key_values
        assert torch.equal(logits, out.logits[0, -1])


def test_a_past_can_be_read_on_from_twice(folder):
    model = read_llama(folder)
    _, past = model([20, 30, 40], None)
    first, _ = model([50], past)
    model([60, 70], past)
    assert torch.equal(model([50], past)[0], first)


def test_the_tokenizer_is_that_of_transformers(folder):
    from transformers import PreTrainedTokenizerFast

    ours, theirs = read_words(folder), PreTrainedTokenizerFast.from_pretrained(folder)
    ids = theirs(TEXT, add_special_tokens=False).input_ids
    assert ours.ids(TEXT) == ids
    assert ours.text(ids) == theirs.decode(ids) == TEXT
    assert ours.count == len(theirs)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_folder_is_named_in_one_sentence(folder, tmp_path, name, damage):
    read = read_words if name == "tokenizer.json" else read_llama
    for path in (folder / "config.json", folder / "tokenizer.json"):
        shutil.copy(path, tmp_path)
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    read(tmp_path)
    (tmp_path / name).unlink()
    if damage == "cut":
        (tmp_path / name).write_bytes((folder / name).read_bytes()[:300])
    with pytest.raises(WeightsMissing, match=f"{tmp_path} is damaged: delete"):
        read(tmp_path)


def test_a_start_of_the_planner_imports_no_transformers():
    """It would take longer than all the rest of the start."""
    merged_folder(ASSETS / "planner")  # the first start of all may
    code = (
        "import sys; sys.modules['transformers'] = sys.modules['peft'] = None\n"
        "from pipeline.planner.llm import SmolPlanner; SmolPlanner().load()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
