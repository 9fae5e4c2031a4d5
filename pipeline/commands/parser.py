"""The arguments of all commands together; each command says its own, and sets `run` to what does it."""

from __future__ import annotations

import argparse

from pipeline.commands import batch, export, plan, render, tell


def command_parser() -> argparse.ArgumentParser:
    """A parser whose result has `run(args, load)` beside the arguments of the command."""
    parser = argparse.ArgumentParser(prog="python -m pipeline", description="A story becomes a soundtrack.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    plan.add(commands.add_parser("plan", help="write the timeline of a story"))
    tell.add(commands.add_parser("tell", help="plan a story, render and mix it to a WAV file"))
    render.add(commands.add_parser("render", help="render a timeline that a person or a program wrote"))
    export.add(commands.add_parser("export", help="deliver a project: mixes, stems, sessions, a sheet"))
    batch.add(commands.add_parser("batch", help="plan, render and deliver many stories or timelines"))
    return parser
