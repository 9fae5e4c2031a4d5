"""`render`: a timeline that a person or a program wrote, rendered and mixed to a WAV file."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.arguments import add_common, add_output, settings_of
from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable
from pipeline.commands.track import checked_sampler, mixed, write_track
from pipeline.formats.timeline_json import read_timeline
from pipeline.story import render_timeline, seeded


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `render`."""
    parser.set_defaults(run=run)
    parser.add_argument("timeline", type=Path, metavar="TIMELINE.json")
    add_common(parser, seed=None)
    add_output(parser)


def run(args: argparse.Namespace, load: Load) -> None:
    """Render a timeline, with new seeds if one is given, and write the track with its timeline."""
    settings = checked_sampler(args)
    timeline = read_timeline(args.timeline)
    if args.seed is not None:
        timeline = seeded(timeline, seed=args.seed)
    renderer = load(args.backend, settings_of(args, settings)).renderer
    with cancellable() as cancel:
        flow = render_timeline(timeline, renderer=renderer, settings=settings, cancel=cancel)
        write_track(mixed(flow, cancel), args)
