"""Arguments that several commands ask for, and the values they become. Knows no command."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from pipeline.errors import PlanError
from pipeline.formats.wav import BITS, RATES_HZ
from pipeline.settings import MAX_SEED, RenderSettings, Settings
from pipeline.timeline import MAX_STORY_CHARS, Story


def add_story(parser: argparse.ArgumentParser) -> None:
    """The story, its length and its tone."""
    parser.add_argument("story", metavar="STORY", help="the story, or - to read it from standard input")
    parser.add_argument("--duration", type=float, required=True, metavar="S", help="seconds in all")
    parser.add_argument("--tone", default="", help="the tone of the whole, for example: calm, rainy")


def add_common(parser: argparse.ArgumentParser, *, seed: int | None) -> None:
    """The seed, the backend and the device. seed: the one where none is given; None keeps those that are there."""
    told = "the same seed gives the same sound (0 if not given)"
    other = "new seeds for all events; without it each keeps its own"
    parser.add_argument("--seed", type=_seed, default=seed, metavar="N", help=other if seed is None else told)
    usual = Settings()
    parser.add_argument(
        "--backend", default=usual.backend, metavar="NAME", help="nano (default), captions, or audiostory[:FOLDER]"
    )
    parser.add_argument(
        "--device", default=usual.device, metavar="D", help="cpu, cuda, mps (default: the best there is)"
    )


def add_sampler(parser: argparse.ArgumentParser) -> None:
    """How the sampler runs."""
    usual = RenderSettings()
    parser.add_argument("--steps", type=int, default=usual.steps, metavar="N", help="sampler steps (%(default)s)")
    parser.add_argument("--guidance", type=float, default=usual.guidance, metavar="X", help="(%(default)s)")


def add_output(parser: argparse.ArgumentParser) -> None:
    """The WAV file to write, and how it is rendered."""
    parser.add_argument("-o", "--output", type=_wav_path, required=True, metavar="OUT.wav", dest="output")
    add_sampler(parser)
    parser.add_argument("--rate", type=int, choices=RATES_HZ, default=48_000, help="Hz of the file (%(default)s)")
    parser.add_argument("--bits", type=int, choices=BITS, default=24, help="per sample (%(default)s)")


def story_of(args: argparse.Namespace) -> Story:
    """The story of `add_story`, read from standard input where it is "-"; PlanError for what is none."""
    text = args.story
    if text == "-":
        try:
            text = sys.stdin.read(4 * MAX_STORY_CHARS)
        except UnicodeDecodeError as error:
            raise PlanError("the story on standard input is not text in UTF-8") from error
    return Story(text=text, duration_s=args.duration, tone=args.tone)


def settings_of(args: argparse.Namespace, render: RenderSettings | None = None) -> Settings:
    """The settings of `add_common`, with those of the sampler."""
    return Settings(backend=args.backend, device=args.device, render=render or RenderSettings())


def sampler_of(args: argparse.Namespace) -> RenderSettings:
    """The settings of `add_sampler`; SettingsError for what is out of range."""
    return RenderSettings(steps=args.steps, guidance=args.guidance)


def _seed(text: str) -> int:
    with contextlib.suppress(ValueError):
        number = int(text)
        if 0 <= number <= MAX_SEED:
            return number
    raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to {MAX_SEED}, not {text[:40]!r}")


def _wav_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".wav":
        raise argparse.ArgumentTypeError(f"the output is a .wav file, not {text!r}")
    return path
