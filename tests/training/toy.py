"""A toy AudioStory to train in tests: random networks of the real kinds, and a few sounds on disk. Tests nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from pipeline.model.codec import HOP, NanoCodec
from pipeline.model.transformer import NanoTransformer
from pipeline.planner import prompts
from pipeline.soundlab.narrative_sound import Narrative, NarrativeEvent
from pipeline.soundlab.narratives import write
from pipeline.soundlab.registry import RATE_HZ
from pipeline.training.stages.data import encode_narratives
from pipeline.training.stages.folder import Base
from pipeline.training.stages.settings import StageSettings

REFERENCE = Path(__file__).parents[1] / "model" / "reference_tiny" / "tokenizer"
WIDTH, CHANNELS, BRIDGING, RESIDUAL = 16, 4, 6, 2
CAPTIONS = ("rain", "a bell rings", "two dogs bark", "wind in trees")
SOUND_FRAMES = (3, 3, 4, 5)


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes and the three control tokens of a chat model."""
    made = PreTrainedTokenizerFast.from_pretrained(REFERENCE)
    told = json.loads(made.backend_tokenizer.to_str())
    told["added_tokens"] = [token for token in told["added_tokens"] if token["id"] <= 258]
    return PreTrainedTokenizerFast(tokenizer_object=type(made.backend_tokenizer).from_str(json.dumps(told)))


def language_model() -> LlamaForCausalLM:
    """Of SmolLM2's kind, its output layer being its embeddings."""
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=259, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=2048, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=258, pad_token_id=256,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def codec() -> NanoCodec:
    """A codec of four channels."""
    torch.manual_seed(4)
    return NanoCodec(wide=16, middle=16, narrow=8, channels=CHANNELS, low_bins=8, oscillators=2).eval()


def encode(captions: Sequence[str]) -> Tensor:
    """States [N, tokens, width] of captions: a token for every word, one more at the front, zero beyond."""
    states = torch.zeros(len(captions), BRIDGING, WIDTH)
    for row, caption in enumerate(captions):
        for place, word in enumerate(("", *caption.split())[:BRIDGING]):
            generator = torch.Generator().manual_seed(zlib.crc32(word.encode()))
            states[row, place] = torch.nn.functional.normalize(torch.randn(WIDTH, generator=generator), dim=0) * 3
    return states


def base(settings: StageSettings) -> Base:  # noqa: ARG001 - stands in for nano's
    """What the first stage begins from."""
    torch.manual_seed(5)
    options = {"latent_channels": CHANNELS, "condition_width": WIDTH, "heads": 1, "head_width": 16}
    transformer = NanoTransformer(layers=1, single_layers=1, **options)
    return Base(tokenizer(), language_model(), encode, transformer.eval().requires_grad_(False))


def settings(out: Path, **changes: object) -> StageSettings:
    """Settings at toy size."""
    sizes = {"width": WIDTH, "heads": 2, "bridging": BRIDGING, "residual": RESIDUAL, "rank": 2, "floor": 1.0}
    run = {"steps": 4, "rows": 3, "events": 2, "warmup": 1, "rate": 1e-2, "transformer_rate": 1e-2, "save_every": 100}
    rest = {"flow_frames": 12, "heard_rows": 2, "ears_every": 2, "held_out": 0.0, "check_batches": 1}
    return StageSettings(out=out, **{**sizes, **run, **rest, **changes})  # type: ignore[arg-type]


def write_clips(folder: Path) -> Path:
    """Four clips with latents of their own; their sound is silence."""
    folder.mkdir(parents=True)
    starts = np.cumsum([0, *SOUND_FRAMES]) * HOP
    rows = [[int(a), n * HOP, [c], [c]] for a, n, c in zip(starts[:-1], SOUND_FRAMES, CAPTIONS, strict=True)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.zeros(int(starts[-1]), np.int16).tofile(folder / "audio.i16")
    rng = np.random.default_rng(0)
    latents = [np.full((n, CHANNELS), rng.standard_normal(), np.float16) for n in SOUND_FRAMES]
    np.concatenate(latents).tofile(folder / "latents.f16")
    np.save(folder / "frames.npy", np.array(SOUND_FRAMES))
    return folder


def narrative(captions: Sequence[str], frames: Sequence[int]) -> Narrative:
    """A narrative of hums."""
    ends = np.cumsum([0, *frames]) * HOP
    events = tuple(
        NarrativeEvent(
            caption=c, start_s=a / RATE_HZ, end_s=b / RATE_HZ,
            samples=0.1 * np.sin(np.arange(b - a) * 0.05 * (n + 1)).astype(np.float32),
        )
        for n, (c, a, b) in enumerate(zip(captions, ends[:-1], ends[1:], strict=True))
    )  # fmt: skip
    story = f"{' and '.join(captions)}."
    total_s = float(ends[-1] / RATE_HZ)
    return Narrative(
        instruction=story, tone="calm", total_s=total_s, reasoning=prompts.listing(captions), events=events
    )


def write_narratives(folder: Path) -> Path:
    """Two narratives, encoded."""
    write(folder, [narrative(CAPTIONS[:2], (12, 14)), narrative(CAPTIONS[1:], (10, 12, 11))])
    encode_narratives(folder, codec())
    return folder
