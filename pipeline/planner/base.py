"""The base language model with the six new tokens: the same for training and for planning. Knows no adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.planner import prompts
from pipeline.planner.smollm2 import DELETE, converted, reading

LIKENESS = {  # a new tag starts as the mean of words that mean what it does
    prompts.THINK: "think", prompts.END_THINK: " done", prompts.GEN: "\n- sound", prompts.END_GEN: "\n",
    prompts.TIME: " seconds:", prompts.END_TIME: " s",
}  # fmt: skip


def load_base(*, cache: Path | None = None) -> tuple[Any, Any]:
    """(tokenizer, float32 model in evaluation mode) with the new tokens added by name and sensibly initialised.

    `WeightsMissing` names the folder in the cache that is damaged.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = converted(cache=cache)
    with reading(folder, remedy=DELETE):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    meanings = {tag: tokenizer(words, add_special_tokens=False).input_ids for tag, words in LIKENESS.items()}
    tokenizer.add_tokens(list(prompts.NEW_TOKENS), special_tokens=True)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table = model.get_input_embeddings().weight
    with torch.no_grad():
        for tag, ids in meanings.items():
            table[tokenizer.convert_tokens_to_ids(tag)] = table[ids].mean(0)
    return tokenizer, model.eval()
