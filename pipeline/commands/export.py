"""`export`: a project of the studio delivered as a preset says."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable, out, progress_bar, say
from pipeline.delivery.presets import PRESETS, Naming, preset


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT.story", help="the folder of a project")
    parser.add_argument("--preset", choices=tuple(PRESETS), required=True, help="what to deliver")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="gets a folder with the files")
    parser.add_argument("--names", choices=[naming.value for naming in Naming], help="plain words, or UCS names")
    parser.add_argument("--creator", default="", metavar="NAME", help="who made it")
    parser.add_argument("--zip", action="store_true", help="one archive instead of a folder")
    parser.add_argument("--video", type=Path, metavar="FILE", help="also lay the mix under this video")


def run(args: argparse.Namespace, _: Load) -> None:
    """Deliver a project and write to stdout where it lies."""
    from pipeline.delivery.bundle import Options, deliver  # brings what draws pictures
    from pipeline.delivery.project_file import read_project

    naming = Naming(args.names) if args.names else None
    options = Options(creator=args.creator, naming=naming, archive=args.zip, video=args.video)
    with cancellable() as cancel, progress_bar() as (bar, _console):
        task = bar.add_task("reading", total=1.0)
        done = deliver(
            read_project(args.project), preset(args.preset), args.output, options=options, cancel=cancel,
            on_progress=lambda share, what: bar.update(task, description=what, completed=share),
        )  # fmt: skip
    for sentence in done.sentences:
        say(sentence)
    out(f"{done.path}\n")
