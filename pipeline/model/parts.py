"""A pipeline's parts from a folder in the diffusers layout, each of a class that a fixed table gives.

What the folder says of classes is data: it may choose within the table and is refused outside of it, and nothing is
ever imported by a name from a file. Weights are safetensors, every tensor accounted for.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderOobleck, FlowMatchEulerDiscreteScheduler
from safetensors import SafetensorError
from transformers import (
    BertModel,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2ForCausalLM,
    T5EncoderModel,
)

from pipeline.errors import FormatError, WeightsMissing
from pipeline.model.audiostory_transformer import AudioStoryTransformer
from pipeline.model.bridge import Bridge
from pipeline.model.codec import NanoCodec
from pipeline.model.transformer import NanoTransformer

log = logging.getLogger(__name__)
INDEX = "model_index.json"
PIPELINE = "AudioStoryPipeline"
NETWORKS: dict[str, tuple[type, ...]] = {
    "llm": (Qwen2ForCausalLM, LlamaForCausalLM),
    "bridge": (Bridge,),
    "text_encoder": (T5EncoderModel, BertModel),
    "transformer": (AudioStoryTransformer, NanoTransformer),
    "autoencoder": (AutoencoderOobleck, NanoCodec),
}
TOKENIZERS = ("tokenizer", "text_tokenizer")  # always read as plain fast tokenizers, whatever wrote them
SCHEDULER = "scheduler"
FROM_TRANSFORMERS = ("llm", "text_encoder")
UNWANTED = ("attn_implementation", "_attn_implementation", "experts_implementation", "quantization_config")
DAMAGE = (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError)


def read_index(folder: Path) -> dict[str, Any]:
    """The folder's index; WeightsMissing when there is none, FormatError when it is not an index of ours."""
    path = folder / INDEX
    if not path.is_file():
        raise WeightsMissing(
            f"{folder} has no {INDEX}: if it is the authors' checkpoint, convert it with "
            f"python -m pipeline.model.convert {folder} TARGET"
        )
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FormatError(f"{path} is not JSON") from error
    if not isinstance(index, dict) or index.get("_class_name") != PIPELINE:
        raise FormatError(f"{path} does not describe an {PIPELINE}")
    return index


def load_parts(folder: Path, index: dict[str, Any], *, dtype: torch.dtype) -> dict[str, Any]:
    """All parts, in evaluation mode on the CPU; WeightsMissing names what is absent or damaged."""
    chosen = {name: _chosen(name, index.get(name)) for name in NETWORKS}  # before anything is loaded
    parts: dict[str, Any] = {name: load_network(name, kind, folder / name, dtype) for name, kind in chosen.items()}
    for name in TOKENIZERS:
        parts[name] = load_tokenizer(folder / name)
    parts[SCHEDULER] = _scheduler(folder / SCHEDULER)
    return parts


def _chosen(name: str, entry: object) -> type:
    """The class of a part, from the table."""
    wanted = entry[1] if isinstance(entry, list) and len(entry) == 2 else None
    for kind in NETWORKS[name]:
        if kind.__name__ == wanted:
            return kind
    known = " or ".join(kind.__name__ for kind in NETWORKS[name])
    raise FormatError(f"{INDEX} gives {wanted!r} as the class of {name}; this version knows {known}")


def load_network(name: str, kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """One network, every tensor there and of the right shape, none left over."""
    _check_config(name, folder / "config.json")
    try:
        model, report = kind.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
    except DAMAGE as error:
        log.debug("loading %s failed", folder, exc_info=error)
        raise WeightsMissing(f"the checkpoint's {name} in {folder} is damaged or of another version") from error
    _check_report(name, report)
    return model.eval().requires_grad_(False)


def _check_config(name: str, path: Path) -> None:
    """A configuration may give sizes; what would make a library fetch or choose other code is refused."""
    if not path.is_file():
        raise WeightsMissing(f"the checkpoint's {name} is missing: there is no {path}")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsMissing(f"the checkpoint's {name} is damaged: {path} is not JSON") from error
    asked = [key for key in UNWANTED if isinstance(config, dict) and config.get(key) is not None]
    if asked:
        raise FormatError(f"{path} asks for {asked[0]}, which no checkpoint of ours needs")


def _check_report(name: str, report: dict[str, Any]) -> None:
    for fault in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        found = sorted(str(key[0] if isinstance(key, tuple) else key) for key in report.get(fault) or ())
        if found:
            shown = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
            raise WeightsMissing(f"the checkpoint's {name} has {fault.replace('_', ' ')}: {shown}")


def load_tokenizer(folder: Path) -> Any:
    """A fast tokenizer from its `tokenizer.json`."""
    if not (folder / "tokenizer.json").is_file():
        raise WeightsMissing(f"a tokenizer is missing: there is no {folder / 'tokenizer.json'}")
    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the tokenizers library raises plain Exception
        raise WeightsMissing(f"the tokenizer in {folder} is damaged") from error


def _scheduler(folder: Path) -> Any:
    path = folder / "scheduler_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return FlowMatchEulerDiscreteScheduler.from_config({k: v for k, v in config.items() if k[:1] != "_"})
    except (*DAMAGE, AttributeError) as error:
        raise WeightsMissing(f"the checkpoint's scheduler is missing or damaged: {path}") from error
