"""What is delivered, as arguments of a command: a preset, what goes before it, names. Knows nothing of projects."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.delivery.choices import AS_MIXED, Choices, check_frame_rate, own_target, with_choices
from pipeline.delivery.presets import MAX_HANDLES_S, PRESETS, Naming, Preset, preset
from pipeline.formats.audio_format import RATES_HZ as FILE_RATES_HZ
from pipeline.formats.audio_format import Codec
from pipeline.formats.edl import FRAME_RATES, USUAL_FRAME_RATE
from pipeline.mixer import TARGETS, Target

if TYPE_CHECKING:
    from pipeline.delivery.bundle import Options

OFF, NONE = "off", "none"
USUAL_CEILING_DBTP = -1.0


def add_delivery(parser: argparse.ArgumentParser) -> None:
    """The preset and everything that goes before it."""
    usual = "(as the preset)"
    parser.add_argument("--preset", choices=tuple(PRESETS), required=True, help="what to deliver")
    sound = parser.add_argument_group("sound")
    codecs = [codec.value for codec in Codec]
    sound.add_argument("--format", choices=codecs, help=f"one file of the whole mix, of this kind {usual}")
    sound.add_argument("--rate", type=int, choices=FILE_RATES_HZ, metavar="HZ", help=f"44100, 48000 or 96000 {usual}")
    sound.add_argument("--bits", type=int, metavar="N", help=f"16, 24, or 32 for float {usual}")
    sound.add_argument("--channels", type=int, choices=(1, 2), help=f"mono or stereo {usual}")
    known = ", ".join(TARGETS)
    sound.add_argument("--loudness", type=_loudness, metavar="L", help=f"{known}, off, or a number of LUFS {usual}")
    ceiling = "highest true peak in dBTP, or none (as the target; -1 with a number of LUFS)"
    sound.add_argument("--ceiling", type=_ceiling, metavar="DB", help=ceiling)
    handles = (
        f"seconds after each event, and before and after each clip, 0 to {MAX_HANDLES_S:g}, where its take has them; "
        f"the take of an event begins with it, so there is nothing before {usual}"
    )
    sound.add_argument("--handles", type=float, metavar="S", help=handles)
    names = parser.add_argument_group("names and sessions")
    names.add_argument(
        "--names", choices=[naming.value for naming in Naming], help=f"plain words, or UCS names {usual}"
    )
    names.add_argument("--creator", default="", metavar="NAME", help="who made it")
    names.add_argument("--source", default="", metavar="NAME", help="what it was made for (the title)")
    rates = f"of EDLs: {', '.join(f'{rate:g}' for rate in FRAME_RATES)} ({USUAL_FRAME_RATE:g})"
    names.add_argument("--frame-rate", type=float, metavar="FPS", help=rates)
    parser.add_argument("--zip", action="store_true", help="one archive instead of a folder")


def preset_of(args: argparse.Namespace) -> Preset:
    """The preset with what goes before it; an AudioStoryError where that can't be."""
    found = preset(args.preset)
    chosen = Choices(
        codec=Codec(args.format) if args.format else None,
        rate_hz=args.rate,
        bits=args.bits,
        channels=args.channels,
        target=_target(args, found),
        handles_s=args.handles,
    )
    check_frame_rate(found, args.frame_rate)
    return with_choices(found, chosen)


def options_of(args: argparse.Namespace) -> Options:
    """What is chosen beside the preset."""
    from pipeline.delivery.bundle import Options  # brings what draws pictures

    return Options(
        creator=args.creator,
        source=args.source,
        naming=Naming(args.names) if args.names else None,
        archive=args.zip,
        frames_per_s=args.frame_rate or USUAL_FRAME_RATE,
    )


def _target(args: argparse.Namespace, found: Preset) -> Target | None:
    """None where neither a loudness nor a ceiling is asked for."""
    ceiling = None if args.ceiling == NONE else args.ceiling
    if isinstance(args.loudness, float):
        return own_target(args.loudness, USUAL_CEILING_DBTP if args.ceiling is None else ceiling)
    wanted = found.target if args.loudness is None else AS_MIXED if args.loudness == OFF else TARGETS[args.loudness]
    if args.ceiling is None:
        return None if args.loudness is None else wanted
    return replace(wanted, ceiling_dbtp=ceiling)


def _loudness(text: str) -> str | float:
    if text in (OFF, *TARGETS):
        return text
    with contextlib.suppress(ValueError):
        return float(text)
    raise argparse.ArgumentTypeError(f"a loudness is {', '.join(TARGETS)}, off or a number of LUFS, not {text[:40]!r}")


def _ceiling(text: str) -> str | float:
    if text == NONE:
        return text
    with contextlib.suppress(ValueError):
        return float(text)
    raise argparse.ArgumentTypeError(f"a ceiling is a number of dBTP or none, not {text[:40]!r}")


def category(text: str) -> tuple[str, int, str]:
    """A lane (none: the story), the number of an event or clip in it, and a CatID: "2=TRNSteam", "Bed:1=RAIN"."""
    place, _, found = text.rpartition("=")
    lane, colon, number = place.rpartition(":")
    if found and number.isascii() and number.isdigit() and len(number) < 6 and bool(lane) == bool(colon):
        return lane, int(number), found
    wanted = "an event's number, or a lane, a colon and a clip's number, and a CatID, as 2=TRNSteam or Bed:1=RAIN"
    raise argparse.ArgumentTypeError(f"a category is {wanted}, not {text[:40]!r}")
