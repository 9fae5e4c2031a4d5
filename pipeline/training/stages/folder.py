"""A stage's model from an earlier folder, or from nothing, and into a folder again. See `pipeline.model.adapted`.

Knows no training.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor

from pipeline.errors import SettingsError, WeightsMissing
from pipeline.model import adapted
from pipeline.model.adapted import StageFolder
from pipeline.model.bridge import APPEND, Bridge
from pipeline.model.listening import MARKS, Listener
from pipeline.model.parts import load_network
from pipeline.model.query_tokens import QueryTokens, added_names, query_tokens
from pipeline.planner import prompts
from pipeline.renderer.nano import NANO
from pipeline.training.scene import SLOTS, SceneTokens
from pipeline.training.stages.model import StageModel, with_adapter
from pipeline.training.stages.settings import BEFORE, HEARD, OF_STAGE, SCENES, StageSettings

SAME = ("rank", "bridging", "residual", "width", "heads", "feature_scale", "floor")  # what no later stage may change
MOSTLY = 0.5  # of the sounds learnt with the text encoder's own states: then they are what a model is to be given
BASE_NAME = "SmolLM2-135M-Instruct"


@dataclass(frozen=True, eq=False)
class Base:
    """What the first stage begins from, and no stage changes: a chat model, a text encoder, and a transformer.

    encode: captions to states [N, tokens, width], zero past a caption's end.
    """

    tokenizer: Any
    llm: Any
    encode: Callable[[Sequence[str]], Tensor]
    transformer: Any


def nano_base(settings: StageSettings) -> Base:
    """SmolLM2-135M, MiniLM and nano's transformer. WeightsMissing says what is absent and how to get it."""
    from pipeline.model.text_states import TextStates
    from pipeline.model.transformer import NanoTransformer
    from pipeline.planner.base import load_base

    tokenizer, llm = load_base()
    folder = settings.transformer or NANO / adapted.TRANSFORMER
    transformer = load_network(adapted.TRANSFORMER, NanoTransformer, folder, torch.float32)
    return Base(tokenizer, llm, TextStates().encode, transformer)


def begun(stage: str, settings: StageSettings, base: Base, *, ears_width: int) -> tuple[StageModel, Any]:
    """(the stage's model as the stage before left it, its tokenizer). SettingsError for a folder that can't be that.

    ears_width: channels of what the model may have to listen to.
    """
    told = _checked_start(stage, settings)
    names = (*added_names(bridging=settings.bridging, residual=settings.residual), *MARKS)
    if told is not None and told.tokens != names:
        raise SettingsError(f"{told.folder} has other added tokens than this version's")
    scenes = _scene_tokens(stage, settings, base)
    ids = _seeded(settings, base, names)
    llm = with_adapter(base.llm, rank=settings.rank, dropout=settings.lora_dropout, seed=settings.seed)
    tokens = query_tokens(base.tokenizer, bridging=settings.bridging, residual=settings.residual)
    bridge, transformer = _new_bridge(settings, llm), base.transformer
    if told is not None:
        bridge = load_network(adapted.BRIDGE, Bridge, told.folder / adapted.BRIDGE, torch.float32)
        bridge = _appending(bridge, seed=settings.seed) if stage == SCENES else bridge
    folder = None if told is None else told.folder / adapted.TRANSFORMER
    if folder is not None and folder.is_dir() and settings.transformer is None:
        transformer = load_network(adapted.TRANSFORMER, adapted.transformer_kind(folder), folder, torch.float32)
    model = StageModel(
        stage, llm=llm, ids=ids, tokens=tokens, bridge=bridge, transformer=transformer,
        listener=_listener(stage, settings, told, width=ears_width, hidden=llm.config.hidden_size),
        unconditional=_unconditional(base, tokens), scenes=scenes, closed=settings.closed if stage == SCENES else 0,
    )  # fmt: skip
    if told is not None:
        _restore(model, told.folder)
    elif settings.adapter is not None:
        _adopt(model, names, settings.adapter)
    return model.train(), base.tokenizer


def write(folder: Path, model: StageModel, *, settings: StageSettings, average: dict[str, Tensor]) -> None:
    """Write the model with the averaged weights of its transformer, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        part = Path(scratch) / folder.name
        (part / "adapter").mkdir(parents=True)
        _write_language(part, model)
        model.bridge.save_pretrained(part / adapted.BRIDGE)
        transformer = copy.deepcopy(model.transformer)
        transformer.load_state_dict(average)
        transformer.save_pretrained(part / adapted.TRANSFORMER)
        if model.listener is not None:
            model.listener.save_pretrained(part / adapted.LISTENER)
        names = (*added_names(bridging=settings.bridging, residual=settings.residual), *MARKS)
        exact = model.stage == SCENES or settings.exact_share > MOSTLY
        told = {
            "schema": adapted.SCHEMA, "stage": model.stage, "tokens": names, "bridging": settings.bridging,
            "residual": settings.residual, "settings": settings.plain(), "exact": exact,
        }  # fmt: skip
        (part / adapted.INDEX).write_text(json.dumps(told, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rename(Path(scratch) / "before")
        part.rename(folder)


def _write_language(part: Path, model: StageModel) -> None:
    config = copy.copy(model.llm.peft_config["default"])
    config.inference_mode, config.base_model_name_or_path = True, BASE_NAME
    config.save_pretrained(part / "adapter")
    _save({name: value for name, value in _updates(model).items()}, part / adapted.ADAPTER)
    _save({adapted.ROWS: model.rows}, part / adapted.TOKENS)
    _save(dict(adapted.norms_of(model.llm)), part / adapted.NORMS)


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, path, metadata={"format": "pt"})


def _updates(model: StageModel) -> dict[str, Tensor]:
    return get_peft_model_state_dict(model.llm, save_embedding_layers=False)


def _checked_start(stage: str, settings: StageSettings) -> StageFolder | None:
    told = None if settings.start is None else adapted.read_stage(settings.start)
    before = BEFORE[stage]
    if (told.stage if told else None) not in before:
        wanted = " or ".join(f"the folder of {name}" if name else "nothing" for name in before)
        given = f"{told.folder}, which is of {told.stage}" if told else "nothing"
        raise SettingsError(f"the stage {stage} starts from {wanted}, not from {given}")
    if told is None:
        return None
    if settings.adapter is not None:
        raise SettingsError("an adapter is where the first stage begins; with a start there is one already")
    for name in SAME:
        if told.settings.get(name) != getattr(settings, name):
            raise SettingsError(
                f"{told.folder} was made with {name} = {told.settings.get(name)}; {getattr(settings, name)} can't go on"
            )
    return told


@torch.no_grad()
def _seeded(settings: StageSettings, base: Base, names: tuple[str, ...]) -> list[int]:
    """Ids of the added tokens. New ones start as draws around the mean embedding; those there were stay as they are."""
    known = set(base.tokenizer.get_vocab())
    table = base.llm.get_input_embeddings().weight.detach()
    mean, spread = table.mean(0), table.std(0)
    ids = adapted.with_tokens(base.tokenizer, base.llm, names)
    new = [token for name, token in zip(names, ids, strict=True) if name not in known]
    generator = torch.Generator().manual_seed(settings.seed)
    draws = torch.randn(len(new), len(mean), generator=generator)
    base.llm.get_input_embeddings().weight[new] = mean + spread * draws
    return ids


def _new_bridge(settings: StageSettings, llm: Any) -> Bridge:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return Bridge(
            llm.config.hidden_size, width=settings.width, heads=settings.heads, residual=settings.residual > 0,
            feature_scale=settings.feature_scale, floor=settings.floor,
        )  # fmt: skip


def _scene_tokens(stage: str, settings: StageSettings, base: Base) -> SceneTokens | None:
    """What the residual tokens are to say, where the stage is about that."""
    if stage != SCENES:
        return None
    if settings.residual != len(SLOTS):
        raise SettingsError(f"a scene is told by {len(SLOTS)} residual tokens, not by {settings.residual}")
    return SceneTokens(base.encode)


def _appending(old: Bridge, *, seed: int) -> Bridge:
    """The bridge if it appends already; else one that does, with the same bridging projector and a new residual one."""
    if old.config["joined"] == APPEND:
        return old
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = Bridge(**{k: v for k, v in old.config.items() if not k.startswith("_")} | {"joined": APPEND})
    new.bridging_projector.load_state_dict(old.bridging_projector.state_dict())
    return new


def _listener(
    stage: str, settings: StageSettings, told: StageFolder | None, *, width: int, hidden: int
) -> Listener | None:
    """What an earlier stage left, or a new one where the stage is about hearing."""
    folder = told.folder / adapted.LISTENER if told else None
    if folder is not None and folder.is_dir():
        found = load_network(adapted.LISTENER, Listener, folder, torch.float32)
        if HEARD in OF_STAGE[stage] and (found.config["width"], found.config["every"]) != (width, settings.ears_every):
            raise SettingsError(f"{folder} was made for other ears than these settings ask for")
        return found
    if HEARD not in OF_STAGE[stage]:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return Listener(width, hidden, every=settings.ears_every)


@torch.no_grad()
def _unconditional(base: Base, tokens: QueryTokens) -> Tensor:
    states = base.encode([""]).float().cpu()[:, : tokens.bridging.count]
    return torch.nn.functional.pad(states, (0, 0, 0, tokens.bridging.count - states.shape[1]))


@torch.no_grad()
def _restore(model: StageModel, folder: Path) -> None:
    """Adapter, rows and norms of an earlier stage; WeightsMissing where one does not fit."""
    updates = adapted.tensors_of(folder / adapted.ADAPTER)
    norms, rows = adapted.tensors_of(folder / adapted.NORMS), adapted.tensors_of(folder / adapted.TOKENS)
    own = adapted.norms_of(model.llm)
    for there, wanted, name in (
        (updates, _updates(model), adapted.ADAPTER), (norms, own, adapted.NORMS),
        (rows, {adapted.ROWS: model.rows}, adapted.TOKENS),
    ):  # fmt: skip
        if {k: v.shape for k, v in there.items()} != {k: v.shape for k, v in wanted.items()}:
            raise WeightsMissing(f"{folder / name} does not fit this language model")
    set_peft_model_state_dict(model.llm, updates)
    for key, value in own.items():
        value.copy_(norms[key])
    model.rows.copy_(rows[adapted.ROWS])


@torch.no_grad()
def _adopt(model: StageModel, names: tuple[str, ...], folder: Path) -> None:
    """Begin from a planner's adapter: its low-rank updates, and the rows of the tags it knows."""
    tensors = {k: v.float() for k, v in adapted.tensors_of(folder / Path(adapted.ADAPTER).name).items()}
    rows = [tensors.pop(key) for key in list(tensors) if "token_adapter" in key or "trainable_tokens" in key]
    wanted = {k: v.shape for k, v in _updates(model).items()}
    if len(rows) != 1 or {k: v.shape for k, v in tensors.items()} != wanted:
        raise SettingsError(f"the adapter in {folder} is not of rank {model.llm.peft_config['default'].r} as set")
    set_peft_model_state_dict(model.llm, tensors)
    model.rows[[names.index(tag) for tag in prompts.NEW_TOKENS]] = rows[0]
