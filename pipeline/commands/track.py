"""A rendering on the command line: shown as it goes, then written as a WAV file with its timeline beside it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from pipeline.audio import Audio, resampled
from pipeline.commands.arguments import sampler_of
from pipeline.commands.terminal import out, progress_bar, say
from pipeline.errors import AudioStoryError
from pipeline.formats.files import check_writable, replacing
from pipeline.formats.timeline_json import dumps
from pipeline.formats.wav import write_wav
from pipeline.mixer import peak_safe
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings
from pipeline.story import EventRendered, Mixed, Planned, Progress, StepDone
from pipeline.timeline import placements


def checked_sampler(args: argparse.Namespace) -> RenderSettings:
    """The sampler's settings, once it is sure that the result can be written."""
    check_writable(args.output)
    check_writable(_beside(args.output))
    return sampler_of(args)


def mixed(flow: Iterator[Progress], cancel: CancelToken) -> Mixed:
    """Run the flow, shown as a bar with the time left on a terminal, as lines elsewhere."""
    with progress_bar() as (bar, console):
        task = bar.add_task("planning", total=None)
        for progress in flow:
            match progress:
                case Planned(timeline):
                    console.print(f"planned: {timeline.duration_s:g} s, events: {len(timeline.events)}", markup=False)
                case StepDone(done, total):
                    bar.update(task, description="rendering", completed=done, total=total)
                case EventRendered(index, take):
                    name = f"event {index + 1} rendered: {take.audio.duration_s:.1f} s"
                    console.print(name, markup=False)
                case Mixed():
                    cancel.raise_if_cancelled()
                    return progress
    raise AudioStoryError("the rendering ended without a mix")


def write_track(done: Mixed, args: argparse.Namespace) -> None:
    """Write OUT.wav and OUT.timeline.json; both appear complete, or neither."""
    audio, gain_db = peak_safe(_at_rate(done, args.rate))
    beside = _beside(args.output)
    with replacing(beside) as part:
        part.write_text(dumps(done.timeline), encoding="utf-8")
        write_wav(args.output, audio, bits=args.bits)
    if gain_db:
        say(f"the mix was louder than full scale allows: lowered by {-gain_db:.1f} dB")
    out(f"{args.output}\n{beside}\n")


def _at_rate(done: Mixed, rate_hz: int) -> Audio:
    """The mix at another rate, as long as the plan is at that rate."""
    length = sum(p.planned for p in placements(done.timeline, rate_hz=rate_hz))
    return resampled(done.audio, rate_hz).fitted(length)


def _beside(output: Path) -> Path:
    return output.with_suffix(".timeline.json")
