"""Which public tensors each of ours is made of. Every public tensor is used once, or named in one error.

A language model wrapped by an old PEFT keeps `<name>.weight` beside `<name>.lora_A.default.weight` and `lora_B`:
merged = weight + alpha / rank * B @ A. A norm that was saved whole has `modules_to_save.default` (used) and
`original_module` (the untrained one, left). Tied tensors that are there twice must be equal. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import FormatError
from pipeline.model.public_tensors import Shape, Tensors

LLM = "seedx.llm.base_model.model."
TEXT = "tangoflux.text_encoder."
BRIDGE_NAMES = {
    "bridging_projector.": "seedx.projector.",
    "residual_projector.": "seedx.audio_projector.",
    "fusion.": "multihead_attention.",
}
TRANSFORMER_NAMES = {
    "flux.": "tangoflux.transformer.",
    "duration.frequencies": "tangoflux.duration_emebdder.time_positional_embedding.0.weights",  # sic
    "duration.linear.": "tangoflux.duration_emebdder.time_positional_embedding.1.",
    "pool.": "tangoflux.fc.0.",
}
NAMED_IN_FULL = 20


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One tensor of ours: a source, and the low-rank update (A, B) that is merged into it, if there is one."""

    source: str
    lora: tuple[str, str] | None = None
    scale: float = 0.0

    @property
    def sources(self) -> tuple[str, ...]:
        """All public tensors that it takes."""
        return (self.source, *(self.lora or ()))

    def made(self, tensors: Tensors, dtype: torch.dtype) -> Tensor:
        """The tensor; merging is done in float32."""
        value = tensors.get(self.source)
        if self.lora:
            down, up = (tensors.get(key).float() for key in self.lora)
            value = value.float() + self.scale * (up @ down)
        return value.to(dtype, copy=True).contiguous() if value.is_floating_point() else value.clone()


@dataclass
class Plan:
    """Recipes of all parts, and what is said of the tensors they don't take."""

    parts: dict[str, dict[str, Recipe]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)  # of public tensors, as our parts want them
    unused: set[str] = field(default_factory=set)  # known, and left
    same: dict[str, str] = field(default_factory=dict)  # a tied copy -> what it must equal

    def add(self, part: str, name: str, recipe: Recipe, shape: Shape) -> None:
        """Our tensor `name` of `part` and its shape."""
        self.parts.setdefault(part, {})[name] = recipe
        self.shapes[recipe.source] = shape


def plan_llm(plan: Plan, tensors: Tensors, wanted: Mapping[str, Shape], *, alpha: float, tied: bool) -> None:
    """The language model: adapters merged, saved norms taken."""
    for name, shape in wanted.items():
        plan.add("llm", name, _adapted(plan, tensors, name, shape, alpha), shape)
    head = f"{LLM}lm_head.weight"
    if tied and head in tensors:
        plan.same[head] = f"{LLM}model.embed_tokens.weight"


def _adapted(plan: Plan, tensors: Tensors, name: str, shape: Shape, alpha: float) -> Recipe:
    stem = LLM + name.removesuffix(".weight")
    saved, original = f"{stem}.modules_to_save.default.weight", f"{stem}.original_module.weight"
    down, up = f"{stem}.lora_A.default.weight", f"{stem}.lora_B.default.weight"
    if saved in tensors:
        plan.unused.add(original)
        return Recipe(source=saved)
    if down not in tensors and up not in tensors:
        return Recipe(source=LLM + name)
    rank = tensors.shape(down)[0] if down in tensors else tensors.shape(up)[-1]
    plan.shapes |= {down: (rank, shape[1]), up: (shape[0], rank)}
    return Recipe(source=LLM + name, lora=(down, up), scale=alpha / rank)


def plan_renamed(plan: Plan, part: str, wanted: Mapping[str, Shape], names: Mapping[str, str]) -> None:
    """A part whose tensors only have other names: prefixes of ours to public ones."""
    for name, shape in wanted.items():
        ours = next(prefix for prefix in names if name.startswith(prefix))
        plan.add(part, name, Recipe(source=names[ours] + name.removeprefix(ours)), shape)


def plan_text_encoder(plan: Plan, tensors: Tensors, wanted: Mapping[str, Shape], prefix: str) -> None:
    """The T5 encoder; its embedding may be there twice."""
    plan_renamed(plan, "text_encoder", wanted, {"": prefix})
    twin = f"{prefix}encoder.embed_tokens.weight"
    if twin in tensors:
        plan.same[twin] = f"{prefix}shared.weight"


def ranks(tensors: Tensors) -> set[int]:
    """The ranks of all adapters."""
    return {tensors.shape(key)[0] for key in tensors if key.startswith(LLM) and key.endswith(".lora_A.default.weight")}


def check(plan: Plan, tensors: Tensors, *, left_out: Iterable[str] = ()) -> None:
    """FormatError that names every tensor missing, misshapen or extra; `left_out` are prefixes not asked for."""
    used = [key for part in plan.parts.values() for recipe in part.values() for key in recipe.sources]
    known = {*used, *plan.unused, *plan.same}
    prefixes = tuple(left_out)
    faults = {
        "missing": [key for key in used if key not in tensors],
        "misshapen": [_misshapen(key, shape, tensors) for key, shape in plan.shapes.items() if key in tensors],
        "extra": [key for key in tensors if key not in known and not (prefixes and key.startswith(prefixes))],
        "used twice": sorted({key for key in used if used.count(key) > 1}) if len(used) != len(set(used)) else [],
    }
    told = [f"{kind}: {_named([k for k in keys if k])}" for kind, keys in faults.items() if any(keys)]
    if told:
        raise FormatError(f"the checkpoint's tensors are not those of its configuration; {'; '.join(told)}")
    _check_same(plan, tensors)


def _misshapen(key: str, shape: Shape, tensors: Tensors) -> str:
    found = tensors.shape(key)
    return f"{key} is {list(found)}, not {list(shape)}" if found != shape else ""


def _named(keys: list[str]) -> str:
    more = f" and {len(keys) - NAMED_IN_FULL} more" if len(keys) > NAMED_IN_FULL else ""
    return ", ".join(keys[:NAMED_IN_FULL]) + more


def _check_same(plan: Plan, tensors: Tensors) -> None:
    for copy, original in plan.same.items():
        if tensors.shape(copy) != tensors.shape(original) or not torch.equal(tensors.get(copy), tensors.get(original)):
            raise FormatError(f"{copy} and {original} are one tensor by the configuration, but differ in the file")


def wanted_shapes(model: Any, *, without: Iterable[str] = ()) -> dict[str, Shape]:
    """Names and shapes of a network's tensors."""
    left = set(without)
    return {name: tuple(value.shape) for name, value in model.state_dict().items() if name not in left}
