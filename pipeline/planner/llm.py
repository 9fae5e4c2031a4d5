"""The planner: SmolLM2-135M with the adapter in assets/planner, writing AudioStory's format under a grammar.

A story longer than the model's reach is planned in stretches. Knows text models and timelines, no audio.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PlanError
from pipeline.planner import coverage, fitting, prompts
from pipeline.planner.grammar import Limits
from pipeline.planner.parsing import Plan, parse_tagged
from pipeline.planner.windows import Window, windows
from pipeline.progress import CancelToken
from pipeline.settings import ASSETS
from pipeline.timeline import Event, Story, Timeline, new_id

if TYPE_CHECKING:
    from pipeline.planner.decoding import Writer

log = logging.getLogger(__name__)

MAX_EVENTS_A_WINDOW = 10
SECONDS_AN_EVENT = 1.0
DEFAULT_MAX_EVENT_S = 26.0
TEMPERATURE = 0.4


class SmolPlanner:
    """Plans on the CPU. Seed 0 decodes greedily; another seed varies wording and timing mildly, never what is heard.

    The model is loaded on first use (or by `load`) and kept; one plan runs at a time.
    """

    def __init__(self, *, adapter: Path = ASSETS / "planner", cache: Path | None = None) -> None:
        self._adapter, self._cache = adapter, cache
        self._lock = threading.Lock()
        self._writer: Writer | None = None

    def load(self) -> None:
        """Load the model now; `WeightsMissing` says in one sentence what is absent."""
        with self._lock:
            self._ready()

    def plan(
        self,
        story: Story,
        *,
        seed: int = 0,
        cancel: CancelToken | None = None,
        max_event_s: float = DEFAULT_MAX_EVENT_S,
    ) -> Timeline:
        """Plan the story: events in its order whose durations sum to its total, none longer than `max_event_s`."""
        check_readable(story.text)
        token = cancel or CancelToken()
        parts = windows(story.text, total_s=story.duration_s)
        with self._lock:
            plans = [self._planned(part, story, seed=seed, cancel=token) for part in parts]
        events = _fitted(plans, parts, total_s=story.duration_s, max_event_s=max_event_s)
        reasoning = "\n".join(plan.reasoning for plan in plans)
        made = tuple(Event(id=new_id(), caption=c, duration_s=d, tone=story.tone) for c, d in events)
        return Timeline(story=story, reasoning=reasoning, events=made)

    def _planned(self, part: Window, story: Story, *, seed: int, cancel: CancelToken) -> Plan:
        import torch

        from pipeline.planner.decoding import Sampling

        text = _harmless(part.text)
        limits = Limits(max_events=max(1, min(MAX_EVENTS_A_WINDOW, int(part.duration_s / SECONDS_AN_EVENT))))
        answer = self._ready().write(
            prompts.prompt(text, duration_s=part.duration_s, tone=_harmless(story.tone)),
            limits=limits,
            sampling=Sampling(temperature=TEMPERATURE if seed else 0.0),
            generator=torch.Generator().manual_seed(seed),
            cancel=cancel,
            mend=lambda sounds: coverage.mended(sounds, text, most=limits.max_events),
        )
        return parse_tagged(answer)

    def _ready(self) -> Writer:
        if self._writer is None:
            self._writer = _load(self._adapter, cache=self._cache)
        return self._writer


def check_readable(text: str) -> None:
    """`PlanError` for a story without words, or in a script that the planner's model cannot read."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        raise PlanError("the story has no words: tell in a sentence what is heard")
    if sum(ord(char) < 0x250 for char in letters) < 0.6 * len(letters):
        raise PlanError("the planner reads English: tell the story in English, or write its timeline yourself")


def _harmless(text: str) -> str:
    """The text without anything that the tokenizer would read as a control token."""
    return text.replace("<|", "< ").replace("|>", " >").replace("timestamp>", "timestamp >")


def _fitted(plans: list[Plan], parts: list[Window], *, total_s: float, max_event_s: float) -> list[tuple[str, float]]:
    """All windows' events, each window in its share of the time, all to the exact total; captions differ."""
    captions = _distinct([caption for plan in plans for caption, _ in plan.events])
    lengths: list[float] = []
    for plan, part in zip(plans, parts, strict=True):
        lengths += fitting.fitted([duration_s for _, duration_s in plan.events], total_s=part.duration_s)
    events = list(zip(captions, fitting.fitted(lengths, total_s=total_s), strict=True))
    return fitting.split_long(events, max_event_s=max_event_s)


def _distinct(captions: list[str]) -> list[str]:
    """Windows know nothing of each other: a caption that an earlier one wrote is marked as coming again."""
    seen: dict[str, int] = {}
    result = []
    for caption in captions:
        times = seen[caption.lower()] = seen.get(caption.lower(), 0) + 1
        result.append(caption if times == 1 else f"{caption}, again" + (f" {times}" if times > 2 else ""))
    return result


def _load(adapter: Path, *, cache: Path | None) -> Writer:
    from pipeline.planner.decoding import Masks, Writer
    from pipeline.planner.merged import load_merged
    from pipeline.planner.vocabulary import vocabulary_of

    words, model = load_merged(adapter, cache=cache)
    vocabulary = vocabulary_of(words)
    log.debug("the planner is ready")
    return Writer(words, model, vocabulary, Masks(vocabulary, size=words.count))
