"""`plan`: the timeline of a story, as a table or as JSON."""

from __future__ import annotations

import argparse

from pipeline.commands.arguments import add_common, add_story, settings_of, story_of
from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable, out
from pipeline.formats.timeline_json import dumps
from pipeline.story import plan
from pipeline.timeline import Timeline


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `plan`."""
    parser.set_defaults(run=run)
    add_story(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_common(parser, seed=0)


def run(args: argparse.Namespace, load: Load) -> None:
    """Plan a story and write its timeline to stdout."""
    story = story_of(args)
    planner = load(args.backend, settings_of(args)).planner
    with cancellable() as cancel:
        timeline = plan(story, seed=args.seed, planner=planner, cancel=cancel)
        cancel.raise_if_cancelled()
    out(dumps(timeline, ascii_only=True) if args.json else _table(timeline))


def _table(timeline: Timeline) -> str:
    """The plan for people: the reasoning, then one line per event with its start, length and caption."""
    lines, start = [timeline.reasoning, ""] if timeline.reasoning else [], 0.0
    for number, event in enumerate(timeline.events, 1):
        lines.append(f"{number:3}  {start:7.1f} s  {event.duration_s:6.1f} s  {event.caption}")
        start += event.duration_s
    return "\n".join([*lines, f"     {start:7.1f} s  in all"]) + "\n"
