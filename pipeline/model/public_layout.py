"""Where things are in a public AudioStory checkpoint: files are recognised by what they hold, not by where they lie.

    a YAML (or JSON) configuration      LoRA's alpha and rank, feature scale, numbers of query tokens
    tensors seedx.*, tangoflux.*, …     language model, projectors, fusion, transformer, text encoder
    tensors of an AutoencoderOobleck    in a file of their own, with its configuration unless it is the usual one
    configurations                      of the language model, of its T5 text encoder, of the transformer
    two tokenizers                      one with AudioStory's tokens, or a list of them to add in its order

Configurations that name classes to instantiate are read as data: names in them are looked at by nobody. Knows no part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from pipeline.errors import FormatError, WeightsMissing
from pipeline.model.public_tensors import SUFFIXES, TensorFile, opened
from pipeline.model.query_tokens import BRIDGING, RESIDUAL

MAX_CONFIG_BYTES = 2_000_000
LANGUAGE_MODELS, TEXT_ENCODERS = ("qwen2", "llama"), ("t5",)
MAIN = ("seedx.", "tangoflux.", "multihead_attention.")
PROBE = "<t5_00000>"
FEATURE_SCALE = 10.0  # what the authors' code does without being told


@dataclass(frozen=True, kw_only=True)
class PublicSettings:
    """What the configuration says. `lora_rank` is None where it says nothing of it: the tensors tell."""

    lora_alpha: float
    lora_rank: int | None
    feature_scale: float
    bridging: int
    residual: int


@dataclass(frozen=True, kw_only=True, eq=False)
class PublicCheckpoint:
    """A public checkpoint, found. added_tokens: names to add to the tokenizer in this order, unless it knows them."""

    main: Sequence[TensorFile]
    autoencoder: Sequence[TensorFile]
    text_encoder: Sequence[TensorFile]
    settings: PublicSettings
    llm_config: dict[str, Any]
    text_config: dict[str, Any]
    transformer_config: dict[str, Any]
    autoencoder_config: dict[str, Any]
    tokenizer: Path
    added_tokens: Sequence[str]
    text_tokenizer: Path


@dataclass(frozen=True)
class _Config:
    """A configuration file as plain data."""

    path: Path
    data: Any


def found(roots: Sequence[Path]) -> PublicCheckpoint:
    """Look through folders; WeightsMissing names what is not there, FormatError what cannot be read or is ambiguous."""
    paths = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
    if not paths:
        raise WeightsMissing(f"there is no checkpoint in {', '.join(str(root) for root in roots)}")
    configs = [_Config(path, data) for path in paths if (data := _config(path)) is not None]
    files = [opened(path) for path in paths if path.suffix in SUFFIXES]
    tokenizers = {path.parent: _token_names(path) for path in paths if path.name == "tokenizer.json"}
    tokenizer, added = _tokenizer(tokenizers, configs)
    return PublicCheckpoint(
        main=_files(files, "main"),
        autoencoder=_files(files, "autoencoder"),
        text_encoder=_files(files, "text encoder"),
        settings=_settings(configs),
        llm_config=_by_model_type(configs, LANGUAGE_MODELS, what="language model"),
        text_config=_by_model_type(configs, TEXT_ENCODERS, what="text encoder"),
        transformer_config=_with_key(configs, "audio_seq_len") or _lacking("the transformer's configuration"),
        autoencoder_config=_with_key(configs, "downsampling_ratios") or {},
        tokenizer=tokenizer,
        added_tokens=added,
        text_tokenizer=_text_tokenizer(tokenizers),
    )


def _lacking(what: str) -> NoReturn:
    raise WeightsMissing(f"the checkpoint lacks {what}: put it into the same folder")


def _config(path: Path) -> Any:
    """YAML and JSON as plain data; None for other files, and for tokenizers, which are no configurations."""
    if path.suffix not in (".yaml", ".yml", ".json") or path.name in ("tokenizer.json", "vocab.json"):
        return None
    if path.stat().st_size > MAX_CONFIG_BYTES:
        return None
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise FormatError(f"{path} is not a configuration of plain values") from error


def _mappings(data: Any) -> Iterator[dict[str, Any]]:
    """Every mapping within data once, outermost first, in the order of the file; YAML's references may be circular."""
    waiting, seen = [data], set()
    while waiting:
        value = waiting.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            yield value
        waiting += reversed(list(value.values()) if isinstance(value, dict) else value)


def _values(configs: Sequence[_Config], *keys: str) -> list[Any]:
    """All values of any of the keys, files in order."""
    return [mapping[key] for config in configs for mapping in _mappings(config.data) for key in keys if key in mapping]


def _number(configs: Sequence[_Config], *keys: str, default: float | None, first: bool = False) -> float | None:
    """The one number that the keys have; with `first` the first, where the authors' code takes that."""
    values = _values(configs, *keys)
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise FormatError(f"the configuration's {keys[0]} must be a number, not {str(value)[:60]!r}")
    if len(set(values)) > 1 and not first:
        raise FormatError(f"the configurations give {keys[0]} as {' and as '.join(map(str, dict.fromkeys(values)))}")
    return values[0] if values else default


def _settings(configs: Sequence[_Config]) -> PublicSettings:
    with_lora = [_Config(c.path, m) for c in configs for m in _mappings(c.data) if "lora_alpha" in m]
    if not with_lora:
        _lacking("a configuration with lora_alpha")
    rank = next((m.data[key] for m in with_lora for key in ("r", "lora_r") if key in m.data), None)
    alpha = _number(with_lora, "lora_alpha", default=None)
    scale = _number(configs, "t5_feature_scale", "feature_scale", default=FEATURE_SCALE)
    bridging = _number(configs, "num_t5_out_tokens", "num_bridging_tokens", default=BRIDGING, first=True)
    residual = _number(configs, "num_aud_out_tokens", "num_residual_tokens", default=RESIDUAL, first=True)
    if not scale or rank is not None and not isinstance(rank, int):
        raise FormatError("the configuration's feature scale is zero, or its LoRA rank is no whole number")
    return PublicSettings(
        lora_alpha=float(alpha or 0),
        lora_rank=rank,
        feature_scale=float(scale),
        bridging=int(bridging or 0),
        residual=int(residual or 0),
    )


def _by_model_type(configs: Sequence[_Config], kinds: Sequence[str], *, what: str) -> dict[str, Any]:
    matching = [c for c in configs if isinstance(c.data, dict) and c.data.get("model_type") in kinds]
    if not matching:
        _lacking(f"the {what}'s configuration (config.json with model_type {' or '.join(kinds)})")
    if any(c.data != matching[0].data for c in matching):
        raise FormatError(f"there are two {what}s: {matching[0].path} and {matching[1].path}")
    return dict(matching[0].data)


def _with_key(configs: Sequence[_Config], key: str) -> dict[str, Any] | None:
    return next((dict(m) for c in configs for m in _mappings(c.data) if key in m), None)


def _kind(file: TensorFile) -> str:
    """What a file's tensors are of. A file with no known key is taken for the main one, whose check names the key."""
    keys = list(file.shapes)
    if any(key.startswith(MAIN) for key in keys):
        return "main"
    if any(key.startswith("decoder.conv1.") for key in keys):
        return "autoencoder"
    if any(key.startswith("encoder.block.") for key in keys):
        return "text encoder"
    return "base" if any(key.startswith("model.") for key in keys) else "main"


def _files(files: Sequence[TensorFile], kind: str) -> list[TensorFile]:
    matching = [file for file in files if _kind(file) == kind]
    if not matching and kind != "text encoder":
        _lacking({"main": "its own weights (seedx.*, tangoflux.*)", "autoencoder": "the autoencoder's weights"}[kind])
    return matching


def _token_names(path: Path) -> set[str]:
    """The added tokens of a tokenizer, and the words of one that has few."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = {str(token["content"]) for token in data.get("added_tokens", ())}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise FormatError(f"{path} is not a tokenizer") from error
    return names


def _tokenizer(tokenizers: dict[Path, set[str]], configs: Sequence[_Config]) -> tuple[Path, Sequence[str]]:
    for folder, names in tokenizers.items():
        if PROBE in names:
            return folder, ()
    chat = next((folder for folder, names in tokenizers.items() if "<|im_end|>" in names), None)
    listed = next((list(m) for c in configs for m in _mappings(c.data) if PROBE in m), [])
    if chat is None or not listed:
        _lacking(f"a tokenizer with AudioStory's tokens ({PROBE} …), or a list of them beside a plain one")
    return chat, [str(name) for name in listed]


def _text_tokenizer(tokenizers: dict[Path, set[str]]) -> Path:
    for folder, names in tokenizers.items():
        if "</s>" in names and "<|im_end|>" not in names:
            return folder
    _lacking("the text encoder's tokenizer (tokenizer.json with </s>)")
