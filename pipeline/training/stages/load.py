"""A stage's folder as a pipeline that plans, conditions and renders: nano with what the stage taught it."""

from __future__ import annotations

from pathlib import Path

from pipeline.model.adapted import assembled, read_stage
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.codec import NanoCodec
from pipeline.model.text_states import encoder_and_tokenizer
from pipeline.planner.base import load_base
from pipeline.renderer.nano import NANO, load_part


def load_stage(folder: Path, *, codec: Path = NANO / "codec", cache: Path | None = None) -> AudioStoryPipeline:
    """The pipeline of OUT/model: SmolLM2 with the adapter merged and the tokens added, MiniLM, and nano's codec.

    FormatError or WeightsMissing, in one sentence, for a folder that is not one, or is damaged.
    """
    told = read_stage(folder)
    tokenizer, llm = load_base(cache=cache)
    text_encoder, text_tokenizer = encoder_and_tokenizer()
    return assembled(
        told, tokenizer=tokenizer, llm=llm, text_encoder=text_encoder, text_tokenizer=text_tokenizer,
        autoencoder=load_part(NanoCodec, codec),
    )  # fmt: skip
