"""Public names to local folders: downloaded where the hub is reachable, converted once, kept in the user's cache.

Where it is not, one sentence says what to download and where to put it. Knows no network library's classes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from pipeline.errors import WeightsMissing
from pipeline.settings import cache_dir

log = logging.getLogger(__name__)
CONFIGS = ("*.json", "*.yaml", "*.yml", "*.txt")
WEIGHTS = ("*.bin", "*.safetensors", "*.pt")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Public:
    """What a public checkpoint is made of: repositories with weights, and some of which only small files are needed.

    left_out: tensors of it that this pipeline has no use for.
    """

    weights: tuple[str, ...]
    configs: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


PUBLIC = {
    "TencentARC/AudioStory-3B": Public(
        weights=("TencentARC/AudioStory-3B",),
        configs=("Qwen/Qwen2.5-3B-Instruct", "google/flan-t5-large"),
        left_out=("seedx.input_resampler.", "seedx.output_resampler.", "seedx.whisper_resampler_llava."),
    )
}
Download = Callable[[str, tuple[str, ...]], Path]


def converted(
    name: str, *, cache: Path | None = None, dtype: torch.dtype = torch.float32, download: Download | None = None
) -> Path:
    """The folder of a public name in our layout, made on first use; WeightsMissing says what to do where that fails."""
    if not _NAME.fullmatch(name):
        raise WeightsMissing(f"there is no folder {name!r}, and it is not the name of a public checkpoint")
    kept = torch.float32 if dtype == torch.float32 else torch.bfloat16
    target = (cache or cache_dir()) / f"{name.replace('/', '--')}-{str(kept).removeprefix('torch.')}"
    if target.is_dir():
        return target
    public = PUBLIC.get(name, Public((name,)))
    fetch = download or _snapshot
    try:
        sources = [fetch(each, CONFIGS + WEIGHTS) for each in public.weights]
        sources += [fetch(each, CONFIGS) for each in public.configs]
    except Exception as error:  # whatever the network stack raises, the answer is the same
        raise WeightsMissing(_how(name, public, target)) from error
    from pipeline.model.convert import convert

    log.info("converting %s, once: %s", name, target)
    convert(sources, target, dtype=kept, left_out=public.left_out)
    return target


def _snapshot(name: str, patterns: tuple[str, ...]) -> Path:
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=list(patterns)))


def _how(name: str, public: Public, target: Path) -> str:
    small = "".join(f", the configuration and tokenizer of {each}" for each in public.configs)
    return (
        f"{name} is not here and the hub cannot be reached: download all of {' and '.join(public.weights)}{small} "
        f"into one folder, and run python -m pipeline.model.convert FOLDER {target}"
    )
