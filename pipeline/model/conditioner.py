"""Conditions as a function of a timeline: one causal pass of the language model over all of it.

The states at the query tokens' places are the same as while generating, so a timeline that a person wrote or edited is
conditioned just as one that was planned. What was read stays read: after an edit of event k, reading goes on at k.
One thread at a time. Knows no diffusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import PlanError
from pipeline.model.bridge import Bridge
from pipeline.model.reading import Reader, context_length, execution_device
from pipeline.model.script import Script, Segment
from pipeline.progress import CancelToken
from pipeline.timeline import Timeline

OVERLAP = 2  # events that a window reads again before its own
HEAD = 2  # segments before the first event: prompt and reasoning


@dataclass(frozen=True, eq=False)
class States:
    """Last-layer states of events at their query tokens: bridging [E, B, hidden], residual [E, R, hidden]."""

    bridging: Tensor
    residual: Tensor


@dataclass(eq=False)
class _Memory:
    """What one reader has read: segments, and the states of those that hold query tokens (None for the others)."""

    reader: Reader
    segments: list[Segment] = field(default_factory=list)
    states: list[Tensor | None] = field(default_factory=list)

    def same(self, wanted: Sequence[Segment]) -> int:
        """How many leading segments are what was read."""
        equal = (old.key == new.key for old, new in zip(self.segments, wanted, strict=False))
        return next((i for i, same in enumerate(equal) if not same), min(len(self.segments), len(wanted)))

    def cut(self, count: int) -> None:
        del self.segments[count:], self.states[count:]
        self.reader.cut(_tokens(self.segments))


class Conditioner:
    """`conditions(timeline)` for one language model, script and bridge. `tokens_read` counts what was read in all."""

    def __init__(self, llm: Any, script: Script, bridge: Bridge) -> None:
        self._llm, self._script, self._bridge = llm, script, bridge
        self._memories: list[_Memory] = []
        self.tokens_read = 0

    def conditions(
        self, timeline: Timeline, *, overlap: int | None = None, cancel: CancelToken | None = None
    ) -> Tensor:
        """Conditions [E, B, width] of all events, each a function of the prompt, the reasoning and what is before it.

        A timeline longer than the model's context is a PlanError that says how many events fit. With `overlap` it is
        read in windows instead: each reads prompt, reasoning and the last `overlap` events before its own again. A
        prompt and reasoning that would fill more than half of the context are then cut to that.
        """
        states = self.states(timeline, overlap=overlap, cancel=cancel)
        return self.fused(states)

    @torch.inference_mode()
    def fused(self, states: States, *, exact: Tensor | None = None) -> Tensor:
        """Conditions [E, B, width] of states; `exact`: the text encoder's states, in place of the bridging tokens'."""
        device, dtype = execution_device(self._bridge), next(iter(self._bridge.parameters())).dtype
        residual = states.residual.to(device, dtype) if states.residual.shape[1] else None
        if exact is not None:
            return self._bridge.fused(exact.to(device, dtype) * float(self._bridge.config["feature_scale"]), residual)
        return self._bridge(states.bridging.to(device, dtype), residual)

    def states(self, timeline: Timeline, *, overlap: int | None = None, cancel: CancelToken | None = None) -> States:
        """The states that `conditions` fuses."""
        token = cancel or CancelToken()
        segments = self._script.segments(timeline)
        if overlap is not None and _tokens(segments[:HEAD]) > context_length(self._llm) // 2:
            segments[:HEAD] = self._script.short_head(timeline, most=context_length(self._llm) // 2)
        spans = self._spans(segments, overlap)
        self._reserve(len(spans))
        found: list[Tensor] = []
        for memory, (first, own, end) in zip(self._memories, spans, strict=True):
            token.raise_if_cancelled()
            states = self._read(memory, [*segments[:HEAD], *segments[HEAD + first : HEAD + end]])
            found += states[own - first :]
        return self._split(found)

    def forget(self) -> None:
        """Drop all that was read."""
        self._memories = []

    def remember(self, timeline: Timeline, written: Sequence[tuple[int, ...]], states: Tensor, reader: Reader) -> None:
        """Take over what a planner read while it wrote `timeline`: its ids, and its states [E, forced, hidden].

        written: the ids of the reasoning and of each event, as they were generated: another spelling of the same text
        is no reason to read it again. `reader` has read the prompt and all of them, and belongs to this object now.
        """
        segments = self._script.segments(timeline)
        segments[1:] = [replace(segment, ids=ids) for segment, ids in zip(segments[1:], written, strict=True)]
        self._memories = [_Memory(reader, segments, [None, None, *states.unbind()])]

    def _reserve(self, count: int) -> None:
        place = execution_device(self._llm)
        if any(state is not None and state.device != place for m in self._memories for state in m.states):
            self.forget()  # the model has moved since
        del self._memories[count:]
        self._memories += [_Memory(Reader(self._llm)) for _ in range(count - len(self._memories))]

    def _read(self, memory: _Memory, wanted: list[Segment]) -> list[Tensor]:
        """States [forced, hidden] of the events among the wanted segments, reading only what was not read before."""
        same = memory.same(wanted)
        new = wanted[same:]
        ids = [token for segment in new for token in segment.ids]
        if ids:  # else what was read reaches further, and may be wanted again
            memory.cut(same)
            try:
                states = memory.reader.read(ids).states
            except BaseException:
                self.forget()  # a pass that broke off leaves a cache that cannot be trusted
                raise
            self.tokens_read += len(ids)
            memory.segments += new
            memory.states += self._at_queries(new, states)
        return [state for state in memory.states[: len(wanted)] if state is not None]

    def _at_queries(self, segments: list[Segment], states: Tensor) -> list[Tensor | None]:
        found: list[Tensor | None] = []
        for segment, own in zip(segments, states.split([len(s.ids) for s in segments]), strict=True):
            found.append(None if segment.queries_at is None else own[segment.queries_at :].clone())
        return found

    def _split(self, found: list[Tensor]) -> States:
        if not found:
            raise PlanError("a timeline without events has no conditions")
        stacked = torch.stack(found)
        tokens = self._script.tokens
        return States(stacked[:, tokens.bridging_slice], stacked[:, tokens.residual_slice])

    def _spans(self, segments: list[Segment], overlap: int | None) -> list[tuple[int, int, int]]:
        """(first event read, first event of its own, end) of each window; one window where all fits."""
        limit = context_length(self._llm)
        head, events = _tokens(segments[:HEAD]), [len(s.ids) for s in segments[HEAD:]]
        fit = _fitting(events, 0, limit - head)
        if fit == len(events):
            return [(0, 0, fit)]
        if overlap is None or fit == 0:
            raise PlanError(_too_long(limit, head + sum(events), fit, len(events)))
        return _windows(events, limit - head, overlap)


def _tokens(segments: Sequence[Segment]) -> int:
    return sum(len(segment.ids) for segment in segments)


def _fitting(lengths: Sequence[int], first: int, room: int) -> int:
    """The end of the longest run of events from `first` that has at most `room` tokens."""
    end = first
    while end < len(lengths) and lengths[end] <= room:
        room -= lengths[end]
        end += 1
    return end


def _windows(lengths: Sequence[int], room: int, overlap: int) -> list[tuple[int, int, int]]:
    """Windows filled from the front, so that an edit never changes those before it."""
    spans, own = [], 0
    while own < len(lengths):
        first = max(own - overlap, 0)
        while (end := _fitting(lengths, first, room)) <= own and first < own:
            first += 1  # context gives way to the window's own events
        if end <= own:
            raise PlanError(f"event {own + 1} alone is longer than the language model can read")
        spans.append((first, own, end))
        own = end
    return spans


def _too_long(limit: int, needed: int, fit: int, total: int) -> str:
    return (
        f"the language model reads at most {limit:,} tokens and this timeline has {needed:,}: "
        f"{fit} of its {total} events fit; split the story, or shorten its reasoning"
    )
