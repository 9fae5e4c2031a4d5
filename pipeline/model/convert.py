"""A public AudioStory checkpoint into this project's layout: python -m pipeline.model.convert SOURCE TARGET

SOURCE holds what the authors publish, found by what it is (see `public_layout`). TARGET appears by one rename, when all
of it is written. Strict: a tensor that is missing, extra or misshapen is an error that names it.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderOobleck, FlowMatchEulerDiscreteScheduler
from diffusers import __version__ as diffusers_version
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, T5Config, T5EncoderModel

from pipeline.errors import AudioStoryError, Cancelled, FormatError, WeightsMissing
from pipeline.model import public_recipes, shards
from pipeline.model.audiostory_transformer import AudioStoryTransformer
from pipeline.model.bridge import Bridge
from pipeline.model.parts import FROM_TRANSFORMERS, INDEX, PIPELINE, SCHEDULER, TOKENIZERS, UNWANTED, load_tokenizer
from pipeline.model.public_layout import PublicCheckpoint, found
from pipeline.model.public_recipes import LLM, Plan, wanted_shapes
from pipeline.model.public_tensors import Tensors
from pipeline.model.query_tokens import query_tokens
from pipeline.model.script import PROMPT

log = logging.getLogger(__name__)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
LANGUAGE_MODELS: dict[str, tuple[Any, Any]] = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "llama": (LlamaConfig, LlamaForCausalLM),
}
NOT_SIZES = ("auto_map", "_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version", *UNWANTED)
TRANSFORMER_OPTIONS = {
    "in_channels": "latent_channels", "joint_attention_dim": "condition_width", "num_layers": "layers",
    "num_single_layers": "single_layers", "num_attention_heads": "heads", "attention_head_dim": "head_width",
    "audio_seq_len": "audio_seq_len", "max_duration": "max_seconds",
}  # fmt: skip
AUTOENCODER_OPTIONS = (
    "encoder_hidden_size", "downsampling_ratios", "channel_multiples", "decoder_channels", "decoder_input_channels",
    "audio_channels", "sampling_rate",
)  # fmt: skip


def convert(
    sources: Sequence[Path],
    target: Path,
    *,
    dtype: torch.dtype = torch.float32,
    left_out: Iterable[str] = (),
    shard_bytes: int = shards.SHARD_BYTES,
) -> None:
    """Read folders, write `target`; nothing is left there when it fails. One shard is held in memory at a time.

    left_out: prefixes of public tensors that are not asked for. WeightsMissing and FormatError name what is wrong.
    """
    if target.exists():
        raise FormatError(f"{target} is there already: remove it, or name another folder")
    checkpoint = found(sources)
    networks = _networks(checkpoint)
    plan, tensors = _plan(checkpoint, networks)
    public_recipes.check(plan, tensors, left_out=left_out)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write_tokenizers(checkpoint, scratch)
        for name, network in networks.items():
            log.info("writing %s", name)
            _write_network(name, network, plan, tensors, scratch, dtype=dtype, shard_bytes=shard_bytes)
        FlowMatchEulerDiscreteScheduler().save_pretrained(scratch / SCHEDULER)
        _write_index(checkpoint, networks, scratch)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _networks(checkpoint: PublicCheckpoint) -> dict[str, Any]:
    """All parts on the meta device: names and shapes, no memory."""
    main = Tensors.of(checkpoint.main)
    embedding = f"{LLM}model.embed_tokens.weight"
    if embedding not in main:
        raise FormatError(f"the checkpoint's tensors are not those of its configuration; missing: {embedding}")
    rows, hidden = main.shape(embedding)
    config_kind, llm_kind = LANGUAGE_MODELS[checkpoint.llm_config["model_type"]]
    options = {k: v for k, v in checkpoint.llm_config.items() if k not in NOT_SIZES}
    transformer = {ours: checkpoint.transformer_config.get(theirs) for theirs, ours in TRANSFORMER_OPTIONS.items()}
    autoencoder = {k: v for k, v in checkpoint.autoencoder_config.items() if k in AUTOENCODER_OPTIONS}
    text = {k: v for k, v in checkpoint.text_config.items() if k not in NOT_SIZES}
    settings = checkpoint.settings
    try:
        with torch.device("meta"):
            return {
                "llm": llm_kind(config_kind.from_dict({**options, "vocab_size": rows})),
                "bridge": Bridge(hidden, feature_scale=settings.feature_scale, residual=settings.residual > 0),
                "text_encoder": T5EncoderModel(T5Config.from_dict(text)),
                "transformer": AudioStoryTransformer(**{k: v for k, v in transformer.items() if v is not None}),
                "autoencoder": AutoencoderOobleck(**autoencoder),
            }
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise FormatError("the checkpoint's configurations do not describe networks that this version knows") from error


def _plan(checkpoint: PublicCheckpoint, networks: dict[str, Any]) -> tuple[Plan, Tensors]:
    main = Tensors.of(checkpoint.main)
    own_text = any(key.startswith(public_recipes.TEXT) for key in main)
    texts = () if own_text else checkpoint.text_encoder
    tensors = Tensors.of([*checkpoint.main, *checkpoint.autoencoder, *texts])
    _check_rank(checkpoint, tensors)
    plan = Plan()
    tied = bool(networks["llm"].config.tie_word_embeddings)
    wanted = wanted_shapes(networks["llm"], without=("lm_head.weight",) if tied else ())
    public_recipes.plan_llm(plan, tensors, wanted, alpha=checkpoint.settings.lora_alpha, tied=tied)
    public_recipes.plan_renamed(plan, "bridge", wanted_shapes(networks["bridge"]), public_recipes.BRIDGE_NAMES)
    transformer = wanted_shapes(networks["transformer"])
    public_recipes.plan_renamed(plan, "transformer", transformer, public_recipes.TRANSFORMER_NAMES)
    text = wanted_shapes(networks["text_encoder"], without=("encoder.embed_tokens.weight",))
    public_recipes.plan_text_encoder(plan, tensors, text, public_recipes.TEXT if own_text else "")
    public_recipes.plan_renamed(plan, "autoencoder", wanted_shapes(networks["autoencoder"]), {"": ""})
    return plan, tensors


def _check_rank(checkpoint: PublicCheckpoint, tensors: Tensors) -> None:
    told, there = checkpoint.settings.lora_rank, public_recipes.ranks(tensors)
    if told is not None and there - {told}:
        raise FormatError(f"the configuration gives LoRA the rank {told}, the tensors have {sorted(there)}")


def _write_network(
    name: str, network: Any, plan: Plan, tensors: Tensors, folder: Path, *, dtype: torch.dtype, shard_bytes: int
) -> None:
    recipes = plan.parts[name]
    shapes = {ours: plan.shapes[recipe.source] for ours, recipe in recipes.items()}
    stem = shards.STEMS["transformers" if name in FROM_TRANSFORMERS else "diffusers"]
    cut = shards.planned(shapes, dtype=dtype, most_bytes=shard_bytes)
    shards.write(folder / name, stem, cut, lambda ours: recipes[ours].made(tensors, dtype))
    if name in FROM_TRANSFORMERS:
        network.config.architectures = [type(network).__name__]
        network.config.save_pretrained(folder / name)
    else:
        network.save_config(folder / name)


def _write_tokenizers(checkpoint: PublicCheckpoint, folder: Path) -> None:
    """Both tokenizers; WeightsMissing when the language model's lacks the tokens that the configuration counts."""
    tokenizer = load_tokenizer(checkpoint.tokenizer)
    tokenizer.add_tokens(list(checkpoint.added_tokens))
    query_tokens(tokenizer, bridging=checkpoint.settings.bridging, residual=checkpoint.settings.residual)
    rows = Tensors.of(checkpoint.main).shape(f"{LLM}model.embed_tokens.weight")[0]
    if len(tokenizer) > rows:
        raise WeightsMissing(f"the tokenizer has {len(tokenizer):,} tokens, the language model only {rows:,}")
    for name, made in zip(TOKENIZERS, (tokenizer, load_tokenizer(checkpoint.text_tokenizer)), strict=True):
        made.save_pretrained(folder / name)


def _write_index(checkpoint: PublicCheckpoint, networks: dict[str, Any], folder: Path) -> None:
    index: dict[str, Any] = {"_class_name": PIPELINE, "_diffusers_version": diffusers_version}
    index |= {
        name: [type(network).__module__.split(".")[0], type(network).__name__] for name, network in networks.items()
    }
    index |= dict.fromkeys(TOKENIZERS, ["transformers", "PreTrainedTokenizerFast"])
    index[SCHEDULER] = ["diffusers", FlowMatchEulerDiscreteScheduler.__name__]
    index |= {"bridging": checkpoint.settings.bridging, "residual": checkpoint.settings.residual, "prompt": PROMPT}
    (folder / INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.model.convert", description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, metavar="SOURCE", help="folder with the public checkpoint")
    parser.add_argument("target", type=Path, metavar="TARGET", help="folder to write; must not be there yet")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="float32")
    parser.add_argument(
        "--leave-out", action="append", default=[], metavar="PREFIX", help="tensors that are not wanted; repeatable"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The command: 0 done, 1 a problem told in one line, 2 wrong usage, 130 cancelled."""
    args = _arguments().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        convert([args.source], args.target, dtype=DTYPES[args.dtype], left_out=args.leave_out)
    except (KeyboardInterrupt, Cancelled):
        return 130
    except AudioStoryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{args.target} cannot be written: {error.strerror or error}\n")
        return 1
    sys.stdout.write(f"{args.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
