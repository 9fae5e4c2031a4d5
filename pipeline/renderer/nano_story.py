"""Nano as an AudioStory: SmolLM2 with what the stages taught it, its bridge, and nano's transformer and codec.

A stage's folder is a difference to what the project has anyway; see `pipeline.model.adapted`. Knows no training.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.model.adapted import TRANSFORMER, assembled, read_stage
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.codec import NanoCodec
from pipeline.model.text_states import encoder_and_tokenizer
from pipeline.planner.base import load_base
from pipeline.renderer.audiostory import AudioStoryRenderer, SharedModel
from pipeline.renderer.nano import NANO, NanoRenderer, checked, fingerprint, load_part


def load_stage(folder: Path, *, nano: Path = NANO, cache: Path | None = None) -> AudioStoryPipeline:
    """The pipeline of a stage's folder; what it has no transformer of its own for, nano's renders.

    FormatError or WeightsMissing, in one sentence, for a folder that is not one, or is damaged.
    """
    told = read_stage(folder)
    tokenizer, llm = load_base(cache=cache)
    text_encoder, text_tokenizer = encoder_and_tokenizer()
    own = folder / TRANSFORMER
    return assembled(
        told, tokenizer=tokenizer, llm=llm, text_encoder=text_encoder, text_tokenizer=text_tokenizer,
        autoencoder=load_part(NanoCodec, nano / "codec"), transformer=own if own.is_dir() else nano / TRANSFORMER,
    )  # fmt: skip


class NanoStoryRenderer(AudioStoryRenderer):
    """Nano with a stage's folder: an event sounds as its story and the events before it ask for.

    FormatError or WeightsMissing at once where the folder is none or nano's files are absent; the networks are loaded
    on first use.
    """

    rate_hz, max_samples = NanoRenderer.rate_hz, NanoRenderer.max_samples

    def __init__(self, stage: Path, *, nano: Path = NANO, device: str = "cpu", cache: Path | None = None) -> None:
        read_stage(stage)
        for part in ("codec", "transformer"):
            checked(nano / part)
        model = SharedModel(lambda: load_stage(stage, nano=nano, cache=cache).to(device))
        super().__init__(model, name="nano-story", version=f"{fingerprint(nano)}{fingerprint(stage)}")
