"""A language model taught AudioStory, as the difference to the model it began from, in one folder.

    stage.json                 which training made it, with what settings; the added tokens by name
    adapter/                   low-rank updates of all linear layers, as peft writes them
    tokens.safetensors         the embeddings of the added tokens, and of those only
    norms.safetensors          the norms, whole
    bridge/  transformer/      in the diffusers layout;  listener/ beside them once it has learnt to hear

A folder that is shipped beside its transformer has none of its own.

Needs no peft. Every tensor has to find its place. Knows neither where the first language model comes from nor training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.errors import FormatError, WeightsMissing
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.bridge import Bridge
from pipeline.model.heard import Autoencoder
from pipeline.model.parts import NETWORKS, load_network

SCHEMA = "audiostory.stage/1"
INDEX = "stage.json"
ADAPTER, ADAPTER_CONFIG = "adapter/adapter_model.safetensors", "adapter/adapter_config.json"
TOKENS, NORMS, ROWS = "tokens.safetensors", "norms.safetensors", "rows"
BRIDGE, TRANSFORMER, LISTENER = "bridge", "transformer", "listener"
PEFT = "base_model.model."


@dataclass(frozen=True, kw_only=True)
class StageFolder:
    """What `stage.json` says. tokens: names of the added tokens, in the order of their rows.

    exact: see `AudioStoryPipeline`.
    """

    folder: Path
    stage: str
    tokens: tuple[str, ...]
    bridging: int
    residual: int
    settings: dict[str, Any]
    exact: bool = False


def read_stage(folder: Path) -> StageFolder:
    """The description of a folder; FormatError when it is not one of ours."""
    path = folder / INDEX
    if not path.is_file():
        raise FormatError(f"{folder} is no stage of AudioStory's training: it has no {INDEX}")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FormatError(f"{path} is not JSON") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise FormatError(f"{path} is not of the kind {SCHEMA}")
    try:
        names = tuple(map(str, told["tokens"]))
        counts = {name: int(told[name]) for name in ("bridging", "residual")}
        kept, exact = told["settings"], bool(told.get("exact", False))
        return StageFolder(folder=folder, stage=str(told["stage"]), tokens=names, settings=kept, exact=exact, **counts)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} is damaged") from error


def with_tokens(tokenizer: Any, llm: Any, names: tuple[str, ...]) -> list[int]:
    """Add tokens by name to both; their ids in the order of `names`. Rows of new ones are whatever they are."""
    tokenizer.add_tokens(list(names), special_tokens=True)
    if len(tokenizer) > llm.get_input_embeddings().num_embeddings:
        llm.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    vocabulary = tokenizer.get_vocab()
    return [vocabulary[name] for name in names]


@torch.no_grad()
def adapt(llm: Any, tokenizer: Any, told: StageFolder) -> None:
    """Make the model of `told` from the one it began from: tokens added and set, norms replaced, updates merged.

    WeightsMissing where a tensor is absent, of another shape, or left over.
    """
    folder = told.folder
    ids = with_tokens(tokenizer, llm, told.tokens)
    rows = tensors_of(folder / TOKENS)
    if set(rows) != {ROWS}:
        raise WeightsMissing(f"{folder / TOKENS} holds other tensors than the rows of {len(ids)} tokens")
    table = llm.get_input_embeddings().weight
    _fit(folder / TOKENS, ROWS, rows[ROWS], (len(ids), table.shape[1]))
    table[ids] = rows[ROWS].to(table)
    _replace_norms(llm, folder / NORMS)
    _merge(llm, folder)


def norms_of(llm: nn.Module) -> dict[str, nn.Parameter]:
    """The norms' weights by name, as the model without an adapter names them."""
    named = ((name.removeprefix(PEFT), value) for name, value in llm.named_parameters())
    return {name: value for name, value in named if "norm" in name}


def tensors_of(path: Path) -> dict[str, Tensor]:
    """A safetensors file; WeightsMissing when it is absent or damaged."""
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsMissing(f"the checkpoint file {path} is missing or damaged") from error


def transformer_kind(folder: Path) -> Any:
    """The class of the diffusion transformer in a folder, from the table of those there are."""
    try:
        name = json.loads((folder / "config.json").read_text(encoding="utf-8"))["_class_name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(f"the checkpoint's transformer is missing or damaged: {folder / 'config.json'}") from error
    for kind in NETWORKS[TRANSFORMER]:
        if kind.__name__ == name:
            return kind
    raise FormatError(f"{folder / 'config.json'} gives {name!r} as the transformer's class, which this version lacks")


def assembled(
    told: StageFolder,
    *,
    tokenizer: Any,
    llm: Any,
    text_encoder: Any,
    text_tokenizer: Any,
    autoencoder: Autoencoder,
    transformer: Path,
) -> AudioStoryPipeline:
    """The pipeline of a folder, in float32 on the CPU; `llm` and `tokenizer` are those it began from, and change.

    transformer: the folder of the diffusion transformer.
    """
    adapt(llm, tokenizer, told)
    return AudioStoryPipeline(
        llm=llm.eval().requires_grad_(False),
        tokenizer=tokenizer,
        bridge=load_network(BRIDGE, Bridge, told.folder / BRIDGE, torch.float32),
        text_encoder=text_encoder,
        text_tokenizer=text_tokenizer,
        transformer=load_network(TRANSFORMER, transformer_kind(transformer), transformer, torch.float32),
        autoencoder=autoencoder,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        bridging=told.bridging,
        residual=told.residual,
        zero_padding=True,
        exact=told.exact,
    )


def _replace_norms(llm: nn.Module, path: Path) -> None:
    norms, new = norms_of(llm), tensors_of(path)
    if set(norms) != set(new):
        raise WeightsMissing(f"{path} does not hold the norms of this language model")
    for name, value in norms.items():
        _fit(path, name, new[name], tuple(value.shape))
        value.copy_(new[name])


def _merge(llm: nn.Module, folder: Path) -> None:
    path = folder / ADAPTER
    tensors = {name.removeprefix(PEFT): value.float() for name, value in tensors_of(path).items()}
    try:
        config = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        scale = config["lora_alpha"] / config["r"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(f"the checkpoint file {folder / ADAPTER_CONFIG} is missing or damaged") from error
    downs = [name for name in tensors if name.endswith(".lora_A.weight")]
    if 2 * len(downs) != len(tensors):
        raise WeightsMissing(f"{path} holds other tensors than low-rank updates")
    for down in downs:
        name = down.removesuffix(".lora_A.weight")
        try:
            weight, up = llm.get_submodule(name).weight, tensors[f"{name}.lora_B.weight"]
            update = scale * up @ tensors[down]
        except (AttributeError, KeyError, RuntimeError) as error:
            raise WeightsMissing(f"{path} does not go with this language model: {name}") from error
        _fit(path, name, update, tuple(weight.shape))
        weight += update.to(weight)


def _fit(path: Path, name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(tensor.shape) != shape:
        raise WeightsMissing(f"{path}: {name} has the shape {list(tensor.shape)}, not {list(shape)}")
