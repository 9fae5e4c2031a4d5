"""Writing a network's tensors shard by shard: what has been written is let go before the next is made.

Knows file names as diffusers and transformers expect them; knows no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

SHARD_BYTES = 2_000_000_000
STEMS = {"transformers": "model", "diffusers": "diffusion_pytorch_model"}


def planned(shapes: Mapping[str, tuple[int, ...]], *, dtype: torch.dtype, most_bytes: int) -> list[list[str]]:
    """Names in order, cut into shards of at most `most_bytes` each; a larger tensor has one to itself."""
    shards: list[list[str]] = [[]]
    room = most_bytes
    for name, shape in shapes.items():
        size = torch.Size(shape).numel() * dtype.itemsize
        if shards[-1] and size > room:
            shards.append([])
            room = most_bytes
        shards[-1].append(name)
        room -= size
    return shards


def write(folder: Path, stem: str, shards: Sequence[Sequence[str]], make: Callable[[str], Tensor]) -> None:
    """Make and write the tensors of one shard after the other, and the index when there are several."""
    folder.mkdir(parents=True, exist_ok=True)
    where: dict[str, str] = {}
    total = 0
    for number, names in enumerate(shards, 1):
        suffix = f"-{number:05d}-of-{len(shards):05d}" if len(shards) > 1 else ""
        file = f"{stem}{suffix}.safetensors"
        tensors = {name: make(name) for name in names}
        total += sum(tensor.nbytes for tensor in tensors.values())
        save_file(tensors, folder / file, metadata={"format": "pt"})
        where |= dict.fromkeys(names, file)
        tensors.clear()  # before the next are made
    if len(shards) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": where}
        (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index, indent=1), encoding="utf-8")
