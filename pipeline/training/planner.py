"""Fine-tune SmolLM2-135M to plan: LoRA on every linear layer, six new tokens, stories drawn as they are needed.

Cross entropy on the answer alone (reasoning, events, end of turn). Resumable: the state is saved every `save_every`
steps and step n always draws the same stories. Writes a peft folder in half precision, which `pipeline.planner` loads.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from pipeline.planner import prompts
from pipeline.planner.base import load_base
from pipeline.soundlab.stories import Example, example

log = logging.getLogger(__name__)
LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Config:
    """How long and how fast to train: `steps`, or `minutes` if those pass first; the rate falls with the nearer."""

    output: Path
    work: Path
    steps: int = 330
    minutes: float = math.inf
    batch: int = 8
    micro: int = 2
    rate: float = 5e-4
    warmup: int = 15
    rank: int = 16
    save_every: int = 25
    seed: int = 7
    start: Path | None = None


def adapter_config(tokenizer, *, rank: int) -> LoraConfig:
    """LoRA on all linear layers, and the six new tokens' embeddings trained by their names."""
    ids = tokenizer.convert_tokens_to_ids(list(prompts.NEW_TOKENS))
    return LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=LINEARS, task_type="CAUSAL_LM",
                      trainable_token_indices={"embed_tokens": ids})  # fmt: skip


def encoded(tokenizer, item: Example) -> tuple[list[int], list[int]]:
    """(ids, labels) of one story; only the answer carries labels."""
    ask = tokenizer(
        prompts.prompt(item.text, duration_s=item.total_s, tone=item.tone), add_special_tokens=False
    ).input_ids
    told = tokenizer(prompts.answer(item.reasoning, item.events), add_special_tokens=False).input_ids
    return ask + told, [IGNORED] * len(ask) + told


def batches_of(tokenizer, *, step: int, config: Config) -> list[dict[str, torch.Tensor]]:
    """The stories of one step as small batches of like length: little padding, little memory."""
    rng = np.random.default_rng([config.seed, step])
    rows = sorted((encoded(tokenizer, example(rng)) for _ in range(config.batch)), key=lambda row: len(row[0]))
    groups = [rows[at : at + config.micro] for at in range(0, len(rows), config.micro)]
    return [_padded(group, filler=tokenizer.pad_token_id) for group in groups]


def _padded(rows: list[tuple[list[int], list[int]]], *, filler: int) -> dict[str, torch.Tensor]:
    length = max(len(ids) for ids, _ in rows)

    def column(values: list[list[int]], empty: int) -> torch.Tensor:
        return torch.tensor([row + [empty] * (length - len(row)) for row in values])

    return {
        "input_ids": column([ids for ids, _ in rows], filler),
        "labels": column([labels for _, labels in rows], IGNORED),
        "attention_mask": column([[1] * len(ids) for ids, _ in rows], 0),
    }


def learning_rate(step: int, *, done: float, config: Config) -> float:
    """Linear warm-up, then a cosine to a twentieth; `done` is the part of the training behind us, 0 to 1."""
    warm = min(1.0, (step + 1) / config.warmup)
    return config.rate * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def train(config: Config) -> Path:
    """Train, resuming where an earlier run was saved, and export the adapter; returns its folder."""
    tokenizer, base = load_base()
    model = get_peft_model(base, adapter_config(tokenizer, rank=config.rank))
    model.print_trainable_parameters()
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=config.rate, weight_decay=0.0, betas=(0.9, 0.98))
    tokens = NewTokens(model)
    step, earlier_s = _resumed(model, optimiser, config)
    started, mean, done = time.monotonic(), 0.0, max(step / config.steps, earlier_s / 60 / config.minutes)
    while step < config.steps and done < 1:
        batches = batches_of(tokenizer, step=step, config=config)
        loss = _step(model, tokens, optimiser, batches, rate=learning_rate(step, done=done, config=config))
        mean = 0.95 * mean + 0.05 * loss if mean else loss
        step += 1
        spent_s = earlier_s + time.monotonic() - started
        done = max(step / config.steps, spent_s / 60 / config.minutes)
        log.info("step %d loss %.3f mean %.3f, %.0f %% done, %.0f s", step, loss, mean, 100 * done, spent_s)
        if step % config.save_every == 0 or done >= 1:
            _save(model, optimiser, step, spent_s, config)
    export(model, config.output)
    return config.output


class NewTokens:
    """The trained rows of the tied embedding, used without copying the 49,000 rows that stay as they are.

    peft's own layer rebuilds the whole table in each pass, which costs more here than the model itself.
    """

    def __init__(self, model) -> None:
        wrapped = model.base_model.model.model.embed_tokens
        self.rows: torch.Tensor = wrapped.token_adapter.trainable_tokens_delta["default"]
        self.ids = torch.tensor(wrapped.token_adapter.token_indices["default"])
        self.table = wrapped.token_adapter.base_layer.weight.detach()

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """[B, T] -> [B, T, hidden]."""
        which = ids[..., None] == self.ids
        fresh = which.to(self.rows.dtype) @ self.rows
        return torch.where(which.any(-1, keepdim=True), fresh, self.table[ids])

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[N, hidden] -> [N, vocabulary]."""
        return (hidden @ self.table.T).index_copy(1, self.ids, hidden @ self.rows.T)


def _step(model, tokens: NewTokens, optimiser, batches: list[dict[str, torch.Tensor]], *, rate: float) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    answers = sum(int((batch["labels"] != IGNORED).sum()) for batch in batches)
    loss = sum(_backward(model, tokens, batch, answers=answers) for batch in batches)
    torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return loss


def _backward(model, tokens: NewTokens, batch: dict[str, torch.Tensor], *, answers: int) -> float:
    body = model.base_model.model.model
    hidden = body(
        inputs_embeds=tokens.embed(batch["input_ids"]), attention_mask=batch["attention_mask"]
    ).last_hidden_state
    labels = batch["labels"][:, 1:]
    wanted = labels != IGNORED  # the output layer is 49,158 wide: only answer tokens pass through it
    logits = tokens.logits(hidden[:, :-1][wanted])
    loss = torch.nn.functional.cross_entropy(logits, labels[wanted], reduction="sum") / answers
    loss.backward()
    return float(loss.detach())


def _save(model, optimiser, step: int, spent_s: float, config: Config) -> None:
    config.work.mkdir(parents=True, exist_ok=True)
    scratch = config.work / "state.tmp"
    torch.save(
        {"step": step, "spent_s": spent_s, "adapter": _trained(model), "optimiser": optimiser.state_dict()}, scratch
    )
    scratch.replace(config.work / "state.pt")


def _trained(model) -> dict[str, torch.Tensor]:
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: tensor for name, tensor in state.items() if "base_layer" not in name}


def _resumed(model, optimiser, config: Config) -> tuple[int, float]:
    path = config.work / "state.pt"
    if not path.is_file():
        if config.start:
            set_peft_model_state_dict(model, load_file(config.start / "adapter_model.safetensors"))
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    set_peft_model_state_dict(model, state["adapter"])
    optimiser.load_state_dict(state["optimiser"])
    log.info("resumed at step %d", state["step"])
    return int(state["step"]), float(state["spent_s"])


def export(model, folder: Path) -> None:
    """Write the adapter as a peft folder, its tensors in half precision; the frozen embedding stays out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = copy(model.peft_config["default"])
    config.inference_mode, config.base_model_name_or_path = True, "SmolLM2-135M-Instruct"
    config.save_pretrained(folder)
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    kept = {name: tensor.half().contiguous() for name, tensor in state.items() if wanted(name)}
    scratch = folder / "adapter_model.safetensors.tmp"
    save_file(kept, scratch, metadata={"format": "pt"})
    scratch.replace(folder / "adapter_model.safetensors")


def wanted(name: str) -> bool:
    """Whether the adapter keeps a tensor: low-rank updates, and the new rows once (the output layer shares them)."""
    return "base_layer" not in name and not name.startswith("base_model.model.lm_head")


def main() -> None:
    """Command line: `python -m pipeline.training.planner --output assets/planner`."""
    parser = argparse.ArgumentParser(description="fine-tune the planner")
    parser.add_argument("--output", type=Path, default=Path("assets/planner"))
    parser.add_argument("--work", type=Path, default=Path("runs/planner"))
    parser.add_argument("--steps", type=int, default=330)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Path, help="an adapter folder to begin from")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    train(Config(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
