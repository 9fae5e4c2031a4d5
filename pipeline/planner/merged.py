"""The planner's language model with its adapter merged in, kept in the user's cache: what later starts load.

Merging needs seconds and the tools of training; loading the result needs neither. The folder's name tells the adapter
it was made from, so a new adapter gets a folder of its own. Knows nothing about stories or decoding.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import WeightsMissing
from pipeline.planner import prompts
from pipeline.planner.smollm2 import FOLDER as BASE
from pipeline.planner.smollm2 import made_once
from pipeline.settings import cache_dir

if TYPE_CHECKING:
    from pipeline.planner.llama import Llama
    from pipeline.planner.vocabulary import Words

WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."
RESTORE = "restore it from the project's repository (git checkout -- assets/planner)"


def load_merged(adapter: Path, *, cache: Path | None = None) -> tuple[Words, Llama]:
    """(tokenizer, model); merges and keeps the result on first use.

    `WeightsMissing` when the adapter is absent or not one this version can read, or what was kept is damaged.
    """
    from pipeline.planner.llama import read_llama
    from pipeline.planner.vocabulary import read_words

    folder = merged_folder(adapter, cache=cache)
    return read_words(folder), read_llama(folder)


def merged_folder(adapter: Path, *, cache: Path | None = None) -> Path:
    """Where the merged model of this adapter lies, made if need be."""
    path = adapter / WEIGHTS
    if not path.is_file():
        raise WeightsMissing(f"the planner's adapter is missing: {path}")
    digest = sha256(BASE.encode() + path.read_bytes()).hexdigest()[:12]
    return made_once((cache or cache_dir()) / f"planner-{digest}", lambda folder: _write(adapter, folder, cache=cache))


def _write(adapter: Path, folder: Path, *, cache: Path | None) -> None:
    import torch

    from pipeline.planner.base import load_base

    tokenizer, model = load_base(cache=cache)
    merge(model, adapter, tokenizer.convert_tokens_to_ids(list(prompts.NEW_TOKENS)))
    tokenizer.save_pretrained(folder)
    model.to(torch.float16).save_pretrained(folder)


def merge(model: Any, adapter: Path, new_ids: list[int]) -> None:
    """Add the adapter's low-rank updates into the model's weights and set the rows of the new tokens.

    What peft's merge does, without loading peft. Every tensor of the file must find its place, else `WeightsMissing`.
    """
    import torch

    scale, tensors = _read(adapter)
    rows = [tensors.pop(name) for name in list(tensors) if "token_adapter" in name or "trainable_tokens" in name]
    downs = [name for name in tensors if name.endswith(".lora_A.weight")]
    if len(rows) < 1 or 2 * len(downs) != len(tensors):
        raise WeightsMissing(f"the planner's adapter in {adapter} is not one this version can read")
    with torch.no_grad():
        model.get_input_embeddings().weight[new_ids] = rows[0]
        for down in downs:
            name = down.removesuffix(".lora_A.weight")
            model.get_submodule(name).weight += scale * tensors[f"{name}.lora_B.weight"] @ tensors[down]


def _read(adapter: Path) -> tuple[float, dict[str, Any]]:
    """(scale, tensors by the names of the model's modules); `WeightsMissing` for files that cannot be read."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = {name.removeprefix(PREFIX): value.float() for name, value in load_file(adapter / WEIGHTS).items()}
        return config["lora_alpha"] / config["r"], tensors
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(f"the planner's adapter in {adapter} is damaged or incomplete: {RESTORE}") from error
