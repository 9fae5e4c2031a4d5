"""`tell`: a story planned, rendered and mixed to a WAV file."""

from __future__ import annotations

import argparse

from pipeline.commands.arguments import add_common, add_output, add_story, settings_of, story_of
from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable
from pipeline.commands.track import checked_sampler, mixed, write_track
from pipeline.story import tell


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `tell`."""
    parser.set_defaults(run=run)
    add_story(parser)
    add_common(parser, seed=0)
    add_output(parser)


def run(args: argparse.Namespace, load: Load) -> None:
    """Plan a story, render it, and write the track with its timeline."""
    story, settings = story_of(args), checked_sampler(args)
    backend = load(args.backend, settings_of(args, settings))
    planner, renderer = backend.planner, backend.renderer
    with cancellable() as cancel:
        flow = tell(story, seed=args.seed, planner=planner, renderer=renderer, settings=settings, cancel=cancel)
        write_track(mixed(flow, cancel), args)
