"""What one stage of the training is told: a small JSON or YAML file, read into one frozen value.

Loss weights and learning rates are the paper's (arXiv 2508.20088, section 3 and its appendix) unless a file says
otherwise. Knows the stages and their order, and nothing of models.
"""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, Field, asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import SettingsError

WARM, WHOLE, UNDERSTANDING, NARRATIVE, SCENES = STAGES = ("warm", "whole", "understanding", "narrative", "scenes")
BEFORE = {  # what a stage may start from; None is the language model without any of this training
    WARM: (None, WARM),
    WHOLE: (WARM, WHOLE),
    UNDERSTANDING: (WHOLE, UNDERSTANDING),
    NARRATIVE: (WHOLE, UNDERSTANDING, NARRATIVE),
    SCENES: (WARM, WHOLE, UNDERSTANDING, NARRATIVE, SCENES),
}
MATCH, BRACKETS, FLOW, TEXT, HEARD, SCENE = LOSSES = ("match", "brackets", "flow", "text", "heard", "scene")
OF_STAGE = {
    WARM: (MATCH,),
    WHOLE: (MATCH, BRACKETS, FLOW),
    UNDERSTANDING: (MATCH, BRACKETS, FLOW, HEARD),
    NARRATIVE: (MATCH, BRACKETS, FLOW, TEXT),
    SCENES: (SCENE,),
}
RATES = {
    WARM: (2e-4, 2e-4), WHOLE: (2e-4, 2e-4), UNDERSTANDING: (1e-4, 1e-4), NARRATIVE: (2e-5, 5e-5), SCENES: (1e-3, 0.0),
}  # fmt: skip
BRANCHES, SCRIPTS = LAYOUTS = ("branches", "scripts")
EARS = ("codec", "whisper")
COUNTS = (
    "steps", "accumulate", "rows", "events", "most_tokens", "flow_frames", "draws", "heard_rows", "ears_every", "rank",
    "bridging", "width", "heads", "save_every",
)  # fmt: skip
SHARES = ("held_out", "lora_dropout", "decay", "dropout", "told", "exact_share", "alone_share")


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """Settings of one run of one stage. Paths are relative to the working directory.

    Data: folders of clips and of narratives with their caches, and how often a script is drawn from each source
    (`lexicon`: soundlab's stories, `unheard`: its narratives, both as text alone). `held_out` of each folder is never
    trained on; which part is decided by `split_seed`.

    A step of one process is `accumulate` passes of `rows` rows. With the layout "scripts" a row is a whole script of
    at most `events` events (narratives have as many as they have). With "branches" all rows of a pass share one prompt
    and reasoning that tell `events` of them, each row being one event as the first after it.

    most_tokens: a narrative's script ends with the last event that fits. flow_frames: the most latent frames that go
    through the diffusion transformer in one pass, `draws` noises each. heard_rows: sounds to be described in one pass.
    exact_share: of the events that go through the transformer, how many have what they are from the text encoder and
    not from their bridging tokens; alone_share: how many of those that are no part of a narrative have nothing but
    that, so that the same transformer goes on serving captions alone. floor: see `Bridge`.

    closed: how many of the language model's first layers the stage "scenes" leaves as they are, and with any the
    embeddings too: a step then costs less. told: of made-up scripts and of narratives as text, how many look planned.

    `rate` is that of the low-rank updates and the projectors; the new embeddings and the norms learn at shares of it
    (`norm_share`): a caution for norms of small numbers, as SmolLM2's (0.03 in its first layer).

    `start` is the folder `model` of an earlier run; the first stage starts from the language model and, if one is
    given, the low-rank `adapter` (a peft folder of the planner's kind). A `transformer` takes the place of the start's;
    without either it is nano's.
    """

    out: Path
    start: Path | None = None
    adapter: Path | None = None
    transformer: Path | None = None
    clips: Path | None = None
    narratives: Path | None = None
    clip_share: float = 1.0
    narrative_share: float = 0.0
    lexicon_share: float = 0.0
    unheard_share: float = 0.0
    held_out: float = 0.02
    split_seed: int = 1
    steps: int = 500
    minutes: float = 1e9
    accumulate: int = 1
    rows: int = 4
    events: int = 4
    layout: str = SCRIPTS
    most_tokens: int = 2048
    flow_frames: int = 1400
    draws: int = 1
    heard_rows: int = 4
    ears: str = "codec"
    ears_every: int = 5
    rank: int = 16
    lora_dropout: float = 0.0
    bridging: int = 24
    residual: int = 8
    width: int = 384
    heads: int = 8
    feature_scale: float = 1.0
    floor: float = 2.0
    rate: float | None = None
    token_share: float = 1.0
    norm_share: float = 1.0
    transformer_rate: float | None = None
    warmup: int = 20
    weight_decay: float = 0.01
    decay: float = 0.998
    dropout: float = 0.1
    exact_share: float = 0.0
    alone_share: float = 0.0
    match: float = 1.0
    brackets: float = 1.0
    flow: float = 0.2
    text: float = 0.4
    heard: float = 1.0
    scene: float = 1.0
    closed: int = 0
    told: float = 0.5
    save_every: int = 100
    check_batches: int = 4
    seed: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _checked(field, getattr(self, field.name)))
        _check_ranges(self)

    def weight(self, loss: str) -> float:
        """The weight of a loss, by its name."""
        return float(getattr(self, loss))

    def rates(self, stage: str) -> tuple[float, float]:
        """Peak learning rates of the language model with its bridge, and of the diffusion transformer."""
        own = (self.rate, self.transformer_rate)
        language, transformer = (
            usual if given is None else given for given, usual in zip(own, RATES[stage], strict=True)
        )
        return language, transformer

    def plain(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}


def read_settings(path: Path) -> StageSettings:
    """A settings file, JSON or YAML by its name; SettingsError in one sentence for whatever is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} can't be read") from error
    try:
        told = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f"the settings file {path} is neither JSON nor YAML") from error
    if not isinstance(told, dict):
        raise SettingsError(f"the settings file {path} must hold names and values")
    known = {field.name: field for field in fields(StageSettings)}
    unknown = sorted(str(key) for key in told if key not in known)
    if unknown:
        raise SettingsError(f"{path}: there is no setting {unknown[0]!r}; there are: {', '.join(known)}")
    missing = [name for name, field in known.items() if field.default is MISSING and name not in told]
    if missing:
        raise SettingsError(f"{path}: the setting {missing[0]!r} is missing")
    return StageSettings(**told)


def check_stage(stage: str) -> str:
    """The name of a stage; SettingsError for another."""
    if stage not in STAGES:
        raise SettingsError(f"there is no stage {stage!r}; there are: {', '.join(STAGES)}")
    return stage


def _checked(field: Field, value: Any) -> Any:
    """A value as its field's type wants it."""
    kind, optional = str(field.type).removesuffix(" | None"), str(field.type).endswith("None")
    if value is None and optional:
        return None
    if kind == "Path" and isinstance(value, (str, Path)) and str(value):
        return Path(value)
    if kind == "str" and isinstance(value, str):
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "int" and number and isinstance(value, int):
        return value
    if kind == "float" and number and math.isfinite(value):
        return float(value)
    names = {"Path": "a path", "str": "text", "int": "a whole number", "float": "a number"}
    raise SettingsError(f"{field.name} must be {names[kind]}, not {value!r}")


def _check_ranges(s: StageSettings) -> None:
    """SettingsError for a number that makes no sense."""
    for name in COUNTS:
        if getattr(s, name) < 1:
            raise SettingsError(f"{name} must be at least 1, not {getattr(s, name)}")
    for name in SHARES:
        if not 0 <= getattr(s, name) <= 1:
            raise SettingsError(f"{name} must be from 0 to 1, not {getattr(s, name)}")
    for field in fields(s):
        value = getattr(s, field.name)
        if isinstance(value, (int, float)) and value < 0:
            raise SettingsError(f"{field.name} must not be negative, and is {value}")
    for name in ("feature_scale", "minutes"):
        if getattr(s, name) == 0:
            raise SettingsError(f"{name} must be greater than 0")
    _check_choices(s)


def _check_choices(s: StageSettings) -> None:
    for name, known in (("layout", LAYOUTS), ("ears", EARS)):
        if getattr(s, name) not in known:
            raise SettingsError(f"{name} is one of {', '.join(known)}, not {getattr(s, name)!r}")
    if s.width % s.heads:
        raise SettingsError(f"a width of {s.width} can't be divided among {s.heads} heads")
    if s.layout == BRANCHES and s.events > s.rows:
        raise SettingsError(f"with branches, events ({s.events}) must not be more than rows ({s.rows})")
