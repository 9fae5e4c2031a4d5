"""AudioStory's savings, each against what it replaces, side by side in one run.

    python -m benchmarks.audiostory planning [--shape qwen-0.5b|smollm2]    forced tokens in chunks, single steps
    python -m benchmarks.audiostory conditioning [--shape …]                 an edited timeline conditioned, generated
    python -m benchmarks.audiostory batches                                  eight events in batches, one by one
    python -m benchmarks.audiostory decoding                                 what is heard decoded, all 645 frames

Weights are random: only shapes matter to speed. `planning` also tells the bytes of hidden states that each way keeps.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderOobleck
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from pipeline.model.audiostory_transformer import AudioStoryTransformer
from pipeline.model.bridge import Bridge
from pipeline.model.conditioner import Conditioner
from pipeline.model.heard import decode_heard
from pipeline.model.parts import load_tokenizer
from pipeline.model.planning import Draft, write
from pipeline.model.query_tokens import query_tokens
from pipeline.model.rules import Limits, Phase, State, TagRules
from pipeline.model.sampler import Conditions, noise, sample
from pipeline.model.script import Script
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline

TOKENIZER = Path(__file__).resolve().parent.parent / "tests" / "model" / "reference_tiny" / "tokenizer"
STORY = Story(text="A storm rolls over a village at night, then birds sing at dawn.", duration_s=40)
EVENTS = 5
SHAPES: dict[str, Callable[[], Any]] = {
    "qwen-0.5b": lambda: Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=152_277, hidden_size=896, intermediate_size=4_864, num_hidden_layers=24, num_attention_heads=14,
            num_key_value_heads=2, tie_word_embeddings=True,
        )
    ),
    "smollm2": lambda: LlamaForCausalLM(
        LlamaConfig(
            vocab_size=49_240, hidden_size=576, intermediate_size=1_536, num_hidden_layers=30, num_attention_heads=9,
            num_key_value_heads=3, max_position_embeddings=8_192, tie_word_embeddings=True,
        )
    ),
}  # fmt: skip


class FiveEvents(TagRules):
    """The format's rules; an answer has exactly five events, whatever a random model would like."""

    def _allowed(self, state: State) -> tuple[Tensor | None, set[int]]:
        if state.phase is Phase.NEXT:
            tags = self._tokens.tags
            return None, {tags.gen if state.events < EVENTS else tags.end_turn}
        return super()._allowed(state)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


@torch.inference_mode()
def single_steps(llm: Any, prompt: list[int], rules: TagRules) -> tuple[list[int], int]:
    """(ids, bytes of states kept) of an answer made one token at a time, all layers' states kept, as the authors do."""
    out = llm(input_ids=torch.tensor([prompt]), use_cache=True, output_hidden_states=True, logits_to_keep=1)
    kept, ids, queue, state = [out.hidden_states], [], [], rules.start()
    while True:
        if not queue:
            token = int(rules.kept(out.logits[0, -1], state).argmax())
            state, forced = rules.advance(state, token)
            queue = [token, *forced]
            if rules.done(state):
                return ids, sum(layer.nbytes for step in kept for layer in step)
        ids.append(queue.pop(0))
        out = llm(
            input_ids=torch.tensor([ids[-1:]]), past_key_values=out.past_key_values, use_cache=True,
            output_hidden_states=True,
        )  # fmt: skip
        kept.append(out.hidden_states)


def planning(shape: str) -> tuple[Any, Script, Draft, float]:
    """Both ways of planning five events; what the next benchmark needs of it."""
    torch.manual_seed(0)
    llm, tokenizer = SHAPES[shape]().eval(), load_tokenizer(TOKENIZER)
    tokens = query_tokens(tokenizer)
    script = Script(tokenizer, tokens)
    rules = FiveEvents(tokenizer, tokens, Limits(max_thought=40, max_caption=10))
    prompt = list(script.prompt(STORY).ids)
    llm(input_ids=torch.tensor([prompt]))
    chunked_s, draft = _timed(lambda: write(llm, prompt, rules=rules, tokens=tokens, cancel=CancelToken()))
    single_s, (ids, kept) = _timed(lambda: single_steps(llm, prompt, rules))
    print(
        f"{shape}: {len(ids)} tokens; chunks {chunked_s:.1f} s, single steps {single_s:.1f} s: "
        f"{single_s / chunked_s:.1f} times; same tokens: {ids == draft.ids}; "
        f"states kept {draft.states.nbytes / 1e6:.1f} MB and {kept / 1e6:.1f} MB"
    )
    return llm, script, draft, chunked_s


def conditioning(shape: str) -> None:
    """One event of five edited: conditioning again, beside generating again."""
    llm, script, draft, generated_s = planning(shape)
    events = [Event(caption=f"sound {n} of rain", duration_s=8.0) for n in range(EVENTS)]
    timeline = Timeline(story=STORY, reasoning=draft.reasoning(script), events=tuple(events))
    conditioner = Conditioner(llm, script, Bridge(llm.config.hidden_size))
    whole_s, _ = _timed(lambda: conditioner.conditions(timeline))
    for index in (0, EVENTS - 1):
        edited = replace(events[index], caption="thunder far away")
        other = replace(timeline, events=(*events[:index], edited, *events[index + 1 :]))
        conditioner.conditions(timeline)
        edited_s, _ = _timed(lambda other=other: conditioner.conditions(other))
        print(f"event {index + 1} edited: {edited_s:.2f} s, {generated_s / edited_s:.0f} times faster than generating")
    print(f"the whole timeline in one pass: {whole_s:.2f} s, {generated_s / whole_s:.0f} times")


def batches() -> None:
    """Eight events of 10 s through a small transformer."""
    torch.manual_seed(0)
    transformer = AudioStoryTransformer(layers=2, single_layers=4, heads=4, any_length=True).eval()
    frames, settings = 216, RenderSettings(steps=4, guidance=4.0)
    conditions, seconds = torch.randn(8, 64, 1024), torch.full((8,), 10.0)
    starts = torch.stack([noise(seed, frames, 64) for seed in range(8)])

    def rendered(size: int) -> None:
        for at in range(0, 8, size):
            part = slice(at, at + size)
            given = Conditions(conditions[part], torch.zeros(1, 64, 1024), seconds[part])
            sample(
                transformer, starts[part], given, settings=settings, cancel=CancelToken(), on_step=lambda: None
            )  # fmt: skip

    rendered(8)
    times = {size: min(_timed(lambda size=size: rendered(size))[0] for _ in range(3)) for size in (1, 2, 4, 8)}
    told = ", ".join(f"{size}: {seconds:.1f} s ({times[1] / seconds:.2f})" for size, seconds in times.items())
    print(f"eight events, by events in a batch (times faster than one by one): {told}")


def decoding() -> None:
    """A 5 s event of AudioStory's autoencoder."""
    torch.manual_seed(0)
    autoencoder = AutoencoderOobleck().eval()
    latents, samples = torch.randn(645, 64), 5 * 44_100
    with torch.inference_mode():
        whole_s, _ = _timed(lambda: autoencoder.decode(latents.T[None]))
    heard_s, _ = _timed(lambda: decode_heard(autoencoder, latents, samples=samples, generator=torch.Generator()))
    print(f"645 frames {whole_s:.1f} s, what is heard of 5 s {heard_s:.1f} s: {whole_s / heard_s:.1f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("planning", "conditioning", "batches", "decoding"))
    parser.add_argument("--shape", choices=sorted(SHAPES), default="smollm2")
    args = parser.parse_args()
    by_shape = {"planning": planning, "conditioning": conditioning}
    if args.what in by_shape:
        by_shape[args.what](args.shape)
    else:
        {"batches": batches, "decoding": decoding}[args.what]()


if __name__ == "__main__":
    main()
