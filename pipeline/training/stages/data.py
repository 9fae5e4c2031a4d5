"""The stages' data on disk: narratives as latents, and clips as Whisper hears them, beside what they are made from.

    python -m pipeline.training.stages.data --narratives cache/narratives [--codec assets/nano/codec]
    python -m pipeline.training.stages.data --clips cache/train --whisper FOLDER [--every 10]

Clips get their latents from `pipeline.training.latents`. A file is there whole or not at all. Captions, scripts and
token ids are made while training: that costs nothing beside reading them.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from pipeline.errors import AudioStoryError, WeightsMissing
from pipeline.model.codec import NanoCodec
from pipeline.model.listening import CodecEars, Ears, WhisperEars, pooled
from pipeline.renderer.nano import NANO, load_part
from pipeline.soundlab.narratives import NarrativeSet
from pipeline.soundlab.registry import RATE_HZ
from pipeline.training.clips import ClipCache
from pipeline.training.stages.sources import EARS, EARS_FRAMES, EARS_JSON, FRAMES, LATENTS

log = logging.getLogger(__name__)
EVERY = 10  # of Whisper's 50 states a second


def write_stretches(numbers: Path, lengths: Path, stretches: Iterable[torch.Tensor]) -> None:
    """Write stretches [frames, width] one after another as float16, and how many frames each has."""
    part, counts = numbers.with_suffix(".part"), list[int]()
    with part.open("wb") as out:
        for stretch in stretches:
            out.write(stretch.to(torch.float16).numpy().tobytes())
            counts.append(len(stretch))
            if len(counts) % 500 == 0:
                log.info("%s: %d written", numbers.name, len(counts))
    with lengths.with_suffix(".part").open("wb") as file:
        np.save(file, np.array(counts))
    part.replace(numbers)
    lengths.with_suffix(".part").replace(lengths)


def encode_narratives(folder: Path, codec: NanoCodec) -> None:
    """Latents of every event of a set of narratives, each as if it stood alone."""
    narratives, ears = NarrativeSet(folder), CodecEars(codec)
    events = (event for index in range(len(narratives)) for event in narratives[index].events)
    made = (ears.states(event.samples, RATE_HZ) for event in events)
    write_stretches(folder / LATENTS, folder / FRAMES, made)


def hear_clips(folder: Path, ears: Ears, *, name: str, every: int) -> None:
    """What ears hear of every clip, `every` states pooled into one."""
    clips = ClipCache(folder)
    made = (pooled(ears.states(clips.samples(index), RATE_HZ), every) for index in range(len(clips)))
    write_stretches(folder / EARS, folder / EARS_FRAMES, made)
    told = {"ears": name, "every": every, "width": ears.width}
    (folder / EARS_JSON).write_text(json.dumps(told), encoding="utf-8")


def whisper(folder: Path) -> WhisperEars:
    """Whisper's encoder from a folder in transformers' layout; WeightsMissing when it is not there."""
    from transformers import WhisperFeatureExtractor, WhisperModel

    try:
        extractor = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
        model = WhisperModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise WeightsMissing(
            f"there is no Whisper in {folder}: download openai/whisper-large-v3 (model.safetensors, config.json, "
            "preprocessor_config.json) into it"
        ) from error
    return WhisperEars(model.get_encoder(), extractor)


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0, or 1 for a problem told in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Encode narratives, or let Whisper hear clips, for the stages.")
    parser.add_argument("--narratives", type=Path)
    parser.add_argument("--codec", type=Path, default=NANO / "codec")
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--whisper", type=Path)
    parser.add_argument("--every", type=int, default=EVERY)
    args = parser.parse_args(arguments)
    if not args.narratives and not (args.clips and args.whisper):
        parser.error("give --narratives, or --clips with --whisper")
    try:
        if args.narratives:
            encode_narratives(args.narratives, load_part(NanoCodec, args.codec))
        if args.clips and args.whisper:
            hear_clips(args.clips, whisper(args.whisper), name="whisper", every=args.every)
    except (AudioStoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
