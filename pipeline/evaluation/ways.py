"""Ways to condition the events of a narrative with one AudioStory model, each rendered from the same noise.

    captions             the text encoder's states of each caption alone: "a language model plans, each clip by itself"
    bridging             the projected bridging states, without the fusion
    bridging + residual  fused, as in the paper
    captions + residual  the text encoder's states in the place of the bridging tokens', fused
    another story's      the same with the residual tokens of another narrative's events: the control

They differ in the condition alone: diffusion transformer, noise, settings and decoder are the same. Knows no measures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.settings import RenderSettings
from pipeline.soundlab.narratives import Narrative
from pipeline.timeline import MIN_TOTAL_S, Boundary, Event, Story, Timeline, event_seed

if TYPE_CHECKING:
    from torch import Tensor

    from pipeline.model.audiostory import AudioStoryPipeline
    from pipeline.model.text_states import TextStates

CAPTIONS, BRIDGING, BOTH, EXACT = "captions", "bridging", "bridging + residual", "captions + residual"
ELSEWHERE = "captions + another story's residual"
NAMES = (CAPTIONS, BRIDGING, BOTH, ELSEWHERE, EXACT)


def timeline_of(narrative: Narrative) -> Timeline:
    """What a language model reads of a narrative; its events are joined without a crossfade."""
    story = Story(text=narrative.instruction, duration_s=max(narrative.total_s, MIN_TOTAL_S), tone=narrative.tone)
    events = tuple(
        Event(caption=event.caption, duration_s=event.duration_s, tone=narrative.tone) for event in narrative.events
    )
    seams = (Boundary(length_s=0.0),) * (len(events) - 1)
    return Timeline(story=story, reasoning=narrative.reasoning, events=events, boundaries=seams)


def conditions(
    pipe: AudioStoryPipeline, texts: TextStates, narrative: Narrative, *, other: Narrative
) -> dict[str, Tensor]:
    """Conditions [events, tokens, width] in every way; `other` is what the control's residual tokens are about."""
    import torch

    elsewhere = pipe.conditioner.states(timeline_of(other)).residual
    states = pipe.conditioner.states(timeline_of(narrative))
    wrong = elsewhere[torch.arange(len(states.residual)) % len(elsewhere)]
    with torch.inference_mode():
        plain = pipe.bridge.plain(states.bridging)
    captions = texts.encode([event.caption for event in narrative.events])
    return {
        CAPTIONS: captions,
        BRIDGING: plain,
        BOTH: pipe.conditioner.fused(states),
        ELSEWHERE: pipe.conditioner.fused(replace(states, residual=wrong), exact=captions),
        EXACT: pipe.conditioner.fused(states, exact=captions),
    }


def ways(
    pipe: AudioStoryPipeline, narratives: Sequence[Narrative], *, settings: RenderSettings, names: Sequence[str] = NAMES
) -> Mapping[str, Callable[[Narrative, int], list[np.ndarray]]]:
    """By name: (one of the narratives, seed) -> mono samples [T] of each event at the pipeline's rate.

    The control takes the narrative after it, and for the last one the first.
    """
    from pipeline.model.text_states import TextStates

    texts = TextStates()
    kept: dict[int, dict[str, Tensor]] = {}
    following = {id(a): b for a, b in zip(narratives, (*narratives[1:], narratives[0]), strict=True)}

    def render(name: str, narrative: Narrative, seed: int) -> list[np.ndarray]:
        if id(narrative) not in kept:
            kept.clear()  # one narrative after another
            kept[id(narrative)] = conditions(pipe, texts, narrative, other=following[id(narrative)])
        seeds = [event_seed(seed, str(number)) for number in range(len(narrative.events))]
        lengths = [len(event.samples) for event in narrative.events]
        made = pipe.render(kept[id(narrative)][name], lengths, seeds, settings=settings)
        return [audio.samples.mean(0) for audio in made.audios]

    def way(name: str) -> Callable[[Narrative, int], list[np.ndarray]]:
        return lambda narrative, seed: render(name, narrative, seed)

    return {name: way(name) for name in names}
