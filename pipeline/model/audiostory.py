"""AudioStory as one diffusers pipeline: a story is planned, its events conditioned, and rendered in batches.

    pipe = AudioStoryPipeline.from_pretrained("TencentARC/AudioStory-3B", device="cuda", dtype=torch.bfloat16)
    told = pipe(Story(text="A storm passes.", duration_s=26.5))

Each step can be called alone: `plan`, `condition`, `render`. One thread at a time. Knows no mixing and no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from torch import Tensor

from pipeline.audio import Audio
from pipeline.errors import PlanError, SettingsError
from pipeline.model import hub
from pipeline.model.audiostory_transformer import AudioStoryTransformer
from pipeline.model.batches import (
    Rendered,
    Start,
    Variation,
    as_long,
    check_batch,
    counted,
    decoder_noise,
    grouped,
    noise_of,
    origin_of,
)  # fmt: skip
from pipeline.model.bridge import Bridge
from pipeline.model.conditioner import OVERLAP, Conditioner
from pipeline.model.heard import Autoencoder, decode_heard, hop_of, rate_of
from pipeline.model.parts import load_parts, read_index
from pipeline.model.planning import write
from pipeline.model.query_tokens import BRIDGING, RESIDUAL, query_tokens
from pipeline.model.reading import context_length, execution_device
from pipeline.model.rules import Limits, TagRules
from pipeline.model.sampler import Conditions, sample, steps_of
from pipeline.model.script import PROMPT, Script, checked_prompt
from pipeline.model.transformer import NanoTransformer
from pipeline.progress import CancelToken, OnStep
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline, event_seed, placements

SETTINGS = RenderSettings(steps=50, guidance=4.0)  # the authors'
BATCH = 8
OPTIONS = ("bridging", "residual", "prompt", "zero_padding", "exact")  # what an index tells beside its parts


@dataclass(frozen=True, eq=False)
class Told:
    """A story told: the timeline, its conditions [E, tokens, width], and each event with its crossfade's tail."""

    timeline: Timeline
    conditions: Tensor
    rendered: Rendered


class AudioStoryPipeline(DiffusionPipeline):
    """Language model, bridge, diffusion transformer and autoencoder; `text_encoder` gives the unconditional embedding.

    bridging, residual: how many query tokens an event has. prompt: how a story is put to the language model.
    zero_padding: whether the unconditional embedding is zero past the text's end, as nano's, or the text encoder's own
    states there, as the authors'. exact: whether what an event is comes from the text encoder itself, and not from the
    bridging tokens that learnt its states: for a language model too small to learn them well.
    """

    model_cpu_offload_seq = "llm->bridge->text_encoder->transformer->autoencoder"

    def __init__(  # noqa: PLR0913 - diffusers reads the parts off this signature
        self,
        llm: Any,
        tokenizer: Any,
        bridge: Bridge,
        text_encoder: Any,
        text_tokenizer: Any,
        transformer: AudioStoryTransformer | NanoTransformer,
        autoencoder: Autoencoder,
        scheduler: FlowMatchEulerDiscreteScheduler,
        bridging: int = BRIDGING,
        residual: int = RESIDUAL,
        prompt: str = PROMPT,
        zero_padding: bool = False,
        exact: bool = False,
    ) -> None:
        super().__init__()
        self.register_modules(
            llm=llm, tokenizer=tokenizer, bridge=bridge, text_encoder=text_encoder, text_tokenizer=text_tokenizer,
            transformer=transformer, autoencoder=autoencoder, scheduler=scheduler,
        )  # fmt: skip
        options = {"bridging": bridging, "residual": residual, "zero_padding": zero_padding, "exact": exact}
        self.register_to_config(**options, prompt=checked_prompt(prompt))
        if bool(residual) != bool(bridge.config["residual"]):
            raise SettingsError(f"{residual} residual tokens do not go with this bridge: one of the two has none")
        tokens = query_tokens(tokenizer, bridging=bridging, residual=residual)
        self.script = Script(tokenizer, tokens, prompt)
        self.conditioner = Conditioner(llm, self.script, bridge)
        self._unconditional: Tensor | None = None

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        name_or_folder: str | Path,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        cache: Path | None = None,
    ) -> AudioStoryPipeline:
        """From a folder that `save_pretrained` or the converter wrote, or a public name, converted once into the cache.

        Nothing in the folder is imported or run. WeightsMissing says what is absent and how to get it.
        """
        folder = Path(name_or_folder)
        if not folder.is_dir():
            folder = hub.converted(str(name_or_folder), cache=cache, dtype=dtype)
        index = read_index(folder)
        options = {key: index[key] for key in OPTIONS if key in index}
        pipe = cls(**load_parts(folder, index, dtype=dtype), **options)
        return pipe.to(device)

    @property
    def rate_hz(self) -> int:
        """Samples a second of what is rendered."""
        return rate_of(self.autoencoder)

    @property
    def max_samples(self) -> int:
        """The longest event with its crossfade, in samples."""
        config = self.transformer.config
        longest = int(float(config["max_seconds"]) * self.rate_hz)  # beyond it, its duration token says no more
        return min(int(config["audio_seq_len"]) * hop_of(self.autoencoder), longest)

    def latent_shape(self, samples: int) -> tuple[int, int]:
        """(frames, channels) of the latents of an event of so many samples."""
        frames = self.transformer.frames_for(-(-samples // hop_of(self.autoencoder)))
        return frames, self.transformer.latent_channels

    def check_inputs(self, timeline: Timeline, *, starts: Sequence[Start] | None = None, batch: int = BATCH) -> None:
        """Before any work on a device: PlanError or SettingsError in one sentence for what cannot be rendered."""
        if not timeline.events:
            raise PlanError("a timeline without events has nothing to render")
        samples = self.samples_of(timeline)
        check_batch(len(samples), samples, starts, batch=batch, most=self.max_samples, rate_hz=self.rate_hz)

    def samples_of(self, timeline: Timeline) -> list[int]:
        """Samples to render of each event: its length and the tail under the next one's head."""
        return [place.render for place in placements(timeline, rate_hz=self.rate_hz)]

    def plan(
        self, story: Story, *, seed: int = 0, limits: Limits | None = None, cancel: CancelToken | None = None
    ) -> Timeline:
        """The story's timeline, greedily; durations as the language model wrote them. Its states are kept.

        `seed` is that of the events' noise. PlanError when the story leaves the model no room for an event.
        """
        prompt = self.script.prompt(story).ids
        room = context_length(self.llm) - len(prompt)
        bounds = (limits or Limits()).within(room, forced=len(self.script.tokens.forced))
        rules = TagRules(self.tokenizer, self.script.tokens, bounds)
        draft = write(self.llm, prompt, rules=rules, tokens=self.script.tokens, cancel=cancel or CancelToken())
        events = tuple(
            Event(caption=caption, duration_s=seconds, tone=story.tone, seed=event_seed(seed, str(number)))
            for number, (caption, seconds) in enumerate(draft.events(self.script), 1)
        )
        timeline = Timeline(story=story, reasoning=draft.reasoning(self.script), events=events)
        self.conditioner.remember(timeline, draft.written, draft.states, draft.reader)
        return timeline

    def plan_in_stretches(
        self,
        story: Story,
        stretches: Sequence[Story],
        *,
        seed: int = 0,
        limits: Limits | None = None,
        cancel: CancelToken | None = None,
    ) -> Timeline:
        """One timeline of a story too long for the model's context, from plans of its stretches, in order."""
        numbered = enumerate(stretches)
        plans = [self.plan(part, seed=event_seed(seed, str(n)), limits=limits, cancel=cancel) for n, part in numbered]
        reasoning = "\n".join(plan.reasoning for plan in plans)
        return Timeline(story=story, reasoning=reasoning, events=tuple(e for plan in plans for e in plan.events))

    def condition(
        self, timeline: Timeline, *, overlap: int | None = OVERLAP, cancel: CancelToken | None = None
    ) -> Tensor:
        """Conditions [E, tokens, width] of all events, reading only what changed since; see `Conditioner`."""
        states = self.conditioner.states(timeline, overlap=overlap, cancel=cancel)
        exact = self.text_states([event.caption for event in timeline.events]) if self.config["exact"] else None
        return self.conditioner.fused(states, exact=exact)

    def unconditional(self, negatives: Sequence[str] = ()) -> Tensor:
        """What guidance leads away from: the text encoder's states of "", [1, tokens, width], computed once.

        Where there are negative captions, [N, tokens, width]: the states of each, "" where it is empty.
        """
        if self._unconditional is None:
            self._unconditional = self.text_states([""])
        if not any(negatives):
            return self._unconditional
        return torch.cat([self.text_states([text]) if text else self._unconditional for text in negatives])

    @torch.inference_mode()
    def text_states(self, texts: Sequence[str]) -> Tensor:
        """The text encoder's states of captions, padded to an event's bridging tokens: [N, tokens, width]."""
        count = int(self.config["bridging"])
        batch = self.text_tokenizer(list(texts), max_length=count, padding="max_length", truncation=True)
        device = execution_device(self.text_encoder)
        ids, mask = (torch.tensor(batch[key], device=device) for key in ("input_ids", "attention_mask"))
        states = self.text_encoder(input_ids=ids, attention_mask=mask)[0]
        return (states * mask[..., None] if self.config["zero_padding"] else states).cpu()

    def render(  # noqa: PLR0913 - each is a choice of the caller's
        self,
        conditions: Tensor,
        samples: Sequence[int],
        starts: Sequence[Start],
        *,
        settings: RenderSettings = SETTINGS,
        variations: Sequence[Variation | None] | None = None,
        negatives: Sequence[str] | None = None,
        batch: int = BATCH,
        cancel: CancelToken | None = None,
        on_step: OnStep | None = None,
    ) -> Rendered:
        """Events from conditions [E, tokens, width], at most `batch` of equal latent length at a time.

        Each event's noise is its own, so that it does not matter what it is rendered with. `variations` begin from the
        latents of an earlier take; `negatives` are captions that guidance leads away from. `on_step` counts the sampler
        steps of the whole call; Cancelled is raised between steps and between decodes.
        """
        check_batch(len(conditions), samples, starts, batch=batch, most=self.max_samples, rate_hz=self.rate_hz)
        token = cancel or CancelToken()
        frames = [self.latent_shape(count)[0] for count in samples]
        channels = self.transformer.latent_channels
        noises = [noise_of(start, length, channels) for start, length in zip(starts, frames, strict=True)]
        varied = variations if variations is not None else [None] * len(frames)
        away = negatives if negatives is not None else [""] * len(frames)
        levels = [1.0 if variation is None else variation.strength for variation in varied]
        groups = grouped(list(zip(frames, levels, strict=True)), batch)
        step = counted(on_step, sum(steps_of(settings, levels[group[0]]) for group in groups))
        latents: dict[int, Tensor] = {}
        for group in groups:
            seconds = torch.tensor([samples[i] / self.rate_hz for i in group])
            start = torch.stack([noises[i] for i in group])
            origin = origin_of([varied[i] for i in group], frames[group[0]], channels)
            token.raise_if_cancelled()
            free = self.unconditional([away[i] for i in group])  # first: offloaded parts take turns
            given = Conditions(conditions[group], as_long(free, conditions[group]), seconds, origin)
            made = self._sampled(given, start, settings, token, step)
            latents.update(zip(group, made.float().cpu(), strict=True))
        ordered = tuple(latents[i] for i in range(len(frames)))
        return Rendered(
            ordered, tuple(self._audio(*parts, token) for parts in zip(ordered, samples, starts, strict=True))
        )

    def __call__(
        self,
        story: Story | Timeline,
        *,
        starts: Sequence[Start] | None = None,
        seed: int = 0,
        settings: RenderSettings = SETTINGS,
        batch: int = BATCH,
        cancel: CancelToken | None = None,
        on_step: OnStep | None = None,
    ) -> Told:
        """Plan (unless a timeline is given), condition and render; `starts` defaults to the events' seeds."""
        timeline = story if isinstance(story, Timeline) else self.plan(story, seed=seed, cancel=cancel)
        self.check_inputs(timeline, starts=starts, batch=batch)
        noises = starts if starts is not None else [event.seed for event in timeline.events]
        samples = self.samples_of(timeline)
        try:
            conditions = self.condition(timeline, cancel=cancel)
            rendered = self.render(
                conditions, samples, noises, settings=settings, negatives=[e.negative for e in timeline.events],
                batch=batch, cancel=cancel, on_step=on_step,
            )  # fmt: skip
        finally:
            self.maybe_free_model_hooks()
        return Told(timeline, conditions, rendered)

    def _sampled(
        self,
        given: Conditions,
        start: Tensor,
        settings: RenderSettings,
        cancel: CancelToken,
        on_step: Callable[[], None],
    ) -> Tensor:
        device = execution_device(self.transformer)
        texts = (given.events.float().to(device), given.unconditional.float().to(device))
        return sample(
            self.transformer,
            start.to(device),
            Conditions(*texts, given.seconds.to(device), given.origin),
            settings=settings,
            cancel=cancel,
            on_step=on_step,
            scheduler=self.scheduler,
        )

    def _audio(self, latents: Tensor, samples: int, start: Start, cancel: CancelToken) -> Audio:
        cancel.raise_if_cancelled()
        audio = decode_heard(self.autoencoder, latents, samples=samples, generator=decoder_noise(start))
        return Audio(audio.cpu().numpy(), self.rate_hz)
