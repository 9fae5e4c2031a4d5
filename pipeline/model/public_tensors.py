"""Tensors of a public checkpoint, one at a time, from safetensors and torch files that are read as data only.

Torch files go through `weights_only=True`: a pickle that would call anything is refused. Both kinds are mapped into
memory, so that a tensor costs memory only while it is used. Knows no layout.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from pipeline.errors import FormatError

TORCH_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt")
SUFFIXES = (".safetensors", *TORCH_SUFFIXES)
Shape: TypeAlias = tuple[int, ...]


class TensorFile(Protocol):
    """A file of named tensors: shapes without reading, and each tensor when asked for."""

    path: Path
    shapes: Mapping[str, Shape]

    def get(self, key: str) -> Tensor:
        """One tensor."""
        ...


class SafetensorsFile:
    """A safetensors file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: Any = safe_open(path, framework="pt")
            self.shapes: Mapping[str, Shape] = {
                key: tuple(self._file.get_slice(key).get_shape())
                for key in self._file.keys()  # noqa: SIM118
            }
        except (SafetensorError, OSError) as error:
            raise FormatError(f"{path} is not a readable safetensors file") from error

    def get(self, key: str) -> Tensor:
        """One tensor, read now."""
        return self._file.get_tensor(key)


class TorchFile:
    """A torch file that holds a flat table of tensors and nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        data = _unpickled(path)
        if not isinstance(data, dict) or not all(isinstance(value, Tensor) for value in data.values()):
            raise FormatError(f"{path} is not a flat table of tensors")
        self._data: dict[str, Tensor] = data
        self.shapes: Mapping[str, Shape] = {key: tuple(value.shape) for key, value in data.items()}

    def get(self, key: str) -> Tensor:
        """One tensor, a view of the mapped file."""
        return self._data[key]


def _unpickled(path: Path) -> Any:
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError:  # the format of before torch 1.6 cannot be mapped
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise FormatError(f"{path} holds more than tensors and is not read: a pickle can run any program") from error
    except (RuntimeError, OSError, EOFError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise FormatError(f"{path} is not a readable torch file") from error


def opened(path: Path) -> TensorFile:
    """The file, by its suffix; FormatError when it cannot be read, or would have to be trusted."""
    return SafetensorsFile(path) if path.suffix == ".safetensors" else TorchFile(path)


@dataclass(frozen=True)
class Tensors:
    """Several files as one table; no key is in two of them."""

    files: Mapping[str, TensorFile]

    @classmethod
    def of(cls, files: Iterable[TensorFile]) -> Tensors:
        """Join files; FormatError names a key that two of them hold."""
        joined: dict[str, TensorFile] = {}
        for file in files:
            for key in file.shapes:
                if key in joined:
                    raise FormatError(f"the tensor {key} is in {joined[key].path} and in {file.path}")
                joined[key] = file
        return cls(joined)

    def __contains__(self, key: object) -> bool:
        return key in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def shape(self, key: str) -> Shape:
        """The shape of a tensor."""
        return self.files[key].shapes[key]

    def get(self, key: str) -> Tensor:
        """A tensor."""
        return self.files[key].get(key)
