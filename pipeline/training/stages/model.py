"""AudioStory while it is trained: a language model with low-rank updates, new embeddings, bridge and transformer.

One call reads a pass of scripts and gives every loss of the stage. The output layer, which is as wide as the
vocabulary, sees only the places whose token is to be foretold. Knows neither files nor where scripts come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import DynamicCache

from pipeline.errors import SettingsError
from pipeline.model.adapted import norms_of
from pipeline.model.bridge import Bridge
from pipeline.model.listening import Listener
from pipeline.model.query_tokens import QueryTokens
from pipeline.training.latents import Batch as FlowBatch
from pipeline.training.scene import SceneTokens
from pipeline.training.stages.batches import Batch, Flow, Hearing, Words
from pipeline.training.stages.settings import (
    BRACKETS,
    FLOW,
    HEARD,
    MATCH,
    OF_STAGE,
    SCENE,
    SCENES,
    TEXT,
    WARM,
    StageSettings,
)  # fmt: skip
from pipeline.training.transformer import flow_loss

LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def with_adapter(llm: Any, *, rank: int, dropout: float, seed: int) -> Any:
    """The language model with low-rank updates of all its linear layers, none of which does anything yet."""
    config = LoraConfig(
        r=rank, lora_alpha=rank, lora_dropout=dropout, target_modules=LINEARS, task_type="CAUSAL_LM"
    )  # the authors' alpha equals their rank, too
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return get_peft_model(llm, config)


class StageModel(nn.Module):
    """All networks of a stage; what the stage does not train asks for no gradient.

    llm: with its adapter, output layer and embeddings being one; ids: the added tokens', whose embeddings are `rows`;
    unconditional: [1, bridging, width], the text encoder's states of "". scenes: what residual tokens are to say in the
    stage "scenes". closed: see `StageSettings`.
    """

    def __init__(  # noqa: PLR0913 - the parts of a model
        self,
        stage: str,
        *,
        llm: Any,
        ids: list[int],
        tokens: QueryTokens,
        bridge: Bridge,
        transformer: Any,
        listener: Listener | None,
        unconditional: Tensor,
        scenes: SceneTokens | None = None,
        closed: int = 0,
    ) -> None:
        super().__init__()
        table = llm.get_input_embeddings().weight
        if llm.get_output_embeddings().weight is not table:
            raise SettingsError("this training needs a language model whose output layer is its embeddings")
        self.stage, self.tokens, self.scenes, self._closed = stage, tokens, scenes, closed
        self.llm, self.bridge, self.transformer, self.listener = llm, bridge, transformer, listener
        self.rows = nn.Parameter(table.detach()[ids].clone())
        slots = torch.full((len(table),), -1)
        slots[ids] = torch.arange(len(ids))
        self.register_buffer("ids", torch.tensor(ids), persistent=False)
        self.register_buffer("slots", slots, persistent=False)
        self.register_buffer("unconditional", unconditional, persistent=False)
        self._open()

    def _open(self) -> None:
        """Ask for gradients of what the stage trains, and of nothing else."""
        self.requires_grad_(False)
        self.rows.requires_grad_(not self._closed)
        for name, value in self.llm.named_parameters():
            value.requires_grad_("lora_" in name)
        for value in norms_of(self.llm).values():
            value.requires_grad_(True)
        for layer in self.llm.base_model.model.model.layers[: self._closed]:
            layer.requires_grad_(False)
        opened: nn.Module = self.bridge.bridging_projector if self.stage == WARM else self.bridge
        if self.stage == SCENES and self.bridge.residual_projector is not None:
            opened = self.bridge.residual_projector
        opened.requires_grad_(True)
        if FLOW in OF_STAGE[self.stage]:
            self.transformer.requires_grad_(True)
        if self.listener is not None and HEARD in OF_STAGE[self.stage]:
            self.listener.requires_grad_(True)

    def trained(self) -> dict[str, nn.Parameter]:
        """What the stage trains, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def forward(self, batch: Batch, totals: Mapping[str, int], generator: torch.Generator) -> dict[str, Tensor]:
        """Every loss of the stage over one pass, as its share of the mean over `totals` of a whole step.

        generator: draws the noise and its level for the flow loss.
        """
        losses = OF_STAGE[self.stage]
        hidden = self._read(batch)
        if SCENE in losses:
            return {SCENE: self._scene(hidden, batch) / max(totals[SCENE], 1)}
        bridging = self._states(hidden, batch, self.tokens.bridging_slice)
        found = {MATCH: self._match(bridging, batch.targets) / totals[MATCH]}
        for name in (BRACKETS, TEXT):
            if name in losses and totals.get(name):
                found[name] = self._foretold(hidden, batch.words[name]) / totals[name]
        if FLOW in losses and totals[FLOW]:
            residual = self._states(hidden, batch, self.tokens.residual_slice) if self.tokens.residual.count else None
            found[FLOW] = self._flow(bridging, residual, batch, generator) / totals[FLOW]
        if HEARD in losses and totals[HEARD] and batch.hearing is not None:
            found[HEARD] = self._heard(batch.hearing) / totals[HEARD]
        return found

    def conditions(self, batch: Batch) -> Tensor:
        """The conditions [E, bridging, width] of a pass's events."""
        hidden = self._read(batch)
        residual = self._states(hidden, batch, self.tokens.residual_slice) if self.tokens.residual.count else None
        return self.bridge(self._states(hidden, batch, self.tokens.bridging_slice), residual)

    def _embedded(self, ids: Tensor) -> Tensor:
        """[...] -> [..., hidden]."""
        slots = self.slots[ids]
        old = functional.embedding(ids, self.llm.get_input_embeddings().weight)
        return torch.where((slots >= 0)[..., None], self.rows[slots.clamp_min(0)], old)

    def _read(self, batch: Batch) -> Tensor:
        """Last-layer states [B, T, hidden] of the rows; a trunk that they share is read once."""
        body = self.llm.base_model.model.model
        if not len(batch.trunk):
            return body(inputs_embeds=self._embedded(batch.ids), use_cache=False).last_hidden_state
        cache = DynamicCache(config=body.config)
        body(inputs_embeds=self._embedded(batch.trunk[None]), past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(batch.ids))
        read = body(inputs_embeds=self._embedded(batch.ids), past_key_values=cache, use_cache=True)
        return read.last_hidden_state

    def _states(self, hidden: Tensor, batch: Batch, which: slice) -> Tensor:
        """States [E, tokens, hidden] at a block of the events' query tokens."""
        places = batch.places[:, None] + torch.arange(which.start, which.stop, device=hidden.device)
        return hidden[batch.rows[:, None], places]

    def said(self, hidden: Tensor, batch: Batch) -> Tensor:
        """The scene tokens [E, slots, width] that events' residual states say."""
        assert self.bridge.residual_projector is not None
        states = self._states(hidden, batch, self.tokens.residual_slice)
        return self.bridge.residual_projector(states) / float(self.bridge.config["feature_scale"])

    def _scene(self, hidden: Tensor, batch: Batch) -> Tensor:
        """How far what residual states say is from scene tokens, and from the right one of a slot's, over events."""
        if self.scenes is None or batch.scenes is None:
            return hidden.sum() * 0.0
        return self.scenes.loss(
            self.said(hidden, batch)[batch.scenes.events], batch.scenes.tokens, batch.scenes.choices
        )

    @torch.no_grad()
    def read_scenes(self, batch: Batch) -> dict[str, Tensor]:
        """By slot, how well events' scenes are told, [n]: whether the choice is right, or how far the number is off."""
        if self.scenes is None or batch.scenes is None:
            return {}
        said = self.said(self._read(batch), batch)[batch.scenes.events]
        return self.scenes.judged(said, batch.scenes.tokens, batch.scenes.choices)

    def _match(self, bridging: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error of projected bridging states to text states, added up over events."""
        wanted = targets * float(self.bridge.config["feature_scale"])
        return (self.bridge.bridging_projector(bridging) - wanted).square().mean((1, 2)).sum()

    def _foretold(self, hidden: Tensor, words: Words) -> Tensor:
        """Cross entropy of the tokens, added up."""
        states = hidden[words.rows, words.places]
        logits = functional.linear(states, self.llm.get_input_embeddings().weight)
        logits = logits.index_copy(1, self.ids, functional.linear(states, self.rows))
        return functional.cross_entropy(logits, words.tokens, reduction="sum")

    def _flow(self, bridging: Tensor, residual: Tensor | None, batch: Batch, generator: torch.Generator) -> Tensor:
        """Squared error of the velocities, added up over all numbers."""
        total = bridging.new_zeros(())
        for group in batch.flow:
            condition = self._condition(bridging, residual, batch.targets, group)
            condition = torch.where(group.dropped[:, None, None], self.unconditional, condition)
            item = FlowBatch(group.latents, condition, group.seconds)
            total = total + flow_loss(self.transformer, item, generator) * group.latents.numel()
        return total

    def _condition(self, bridging: Tensor, residual: Tensor | None, targets: Tensor, group: Flow) -> Tensor:
        """Conditions [n, tokens, width] of a group, each with what it is from where the group says."""
        wanted = targets[group.events] * float(self.bridge.config["feature_scale"])
        query = self.bridge.bridging_projector(bridging[group.events])
        query = torch.where(group.exact[:, None, None] | group.alone[:, None, None], wanted, query)
        fused = self.bridge.fused(query, None if residual is None else residual[group.events])
        return torch.where(group.alone[:, None, None], targets[group.events], fused)

    def _heard(self, hearing: Hearing) -> Tensor:
        """Cross entropy of the descriptions of sounds, added up."""
        assert self.listener is not None
        embedded = self._embedded(hearing.ids)
        places = (hearing.rows, hearing.places)
        embedded = embedded.index_put(places, self.listener(hearing.states))
        body = self.llm.base_model.model.model
        return self._foretold(body(inputs_embeds=embedded, use_cache=False).last_hidden_state, hearing.words)


def parameter_groups(model: StageModel, settings: StageSettings) -> list[dict[str, Any]]:
    """Groups for an optimizer, each with its peak rate as `peak`.

    Weight decay is for the transformer, the bridge and the listener; norms, embeddings and low-rank updates have none.
    """
    language, transformer = settings.rates(model.stage)
    kinds = {
        "transformer.": (transformer, settings.weight_decay),
        "bridge.": (language, settings.weight_decay),
        "listener.": (language, settings.weight_decay),
        "rows": (language * settings.token_share, 0.0),
        "lora_": (language, 0.0),
        "norm": (language * settings.norm_share, 0.0),
    }
    found: dict[str, list[nn.Parameter]] = {kind: [] for kind in kinds}
    for name, value in model.trained().items():
        found[next(kind for kind in kinds if kind in name)].append(value)
    return [
        {"params": found[kind], "lr": rate, "peak": rate, "weight_decay": decay}
        for kind, (rate, decay) in kinds.items()
        if found[kind]
    ]
