"""`export`: a project of the studio delivered as a preset says."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.delivering import add_delivery, category, options_of, preset_of
from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable, out, progress_bar, say
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.delivery.material import Material


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT.story", help="the folder of a project")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="gets a folder with the files")
    add_delivery(parser)
    chosen = "the UCS category of an event, for example 2=TRNSteam; may be given again (as its caption suggests)"
    parser.add_argument("--category", type=category, action="append", default=[], metavar="N=CATID", help=chosen)
    parser.add_argument("--video", type=Path, metavar="FILE", help="also lay the mix under this video")


def run(args: argparse.Namespace, _: Load) -> None:
    """Deliver a project and write to stdout where it lies."""
    from pipeline.delivery.bundle import deliver  # brings what draws pictures
    from pipeline.delivery.project_file import read_project

    preset, material = preset_of(args), read_project(args.project)
    categories = _categories(args.category, material)
    options = replace(options_of(args), video=args.video, categories=categories)
    with cancellable() as cancel, progress_bar() as (bar, _console):
        task = bar.add_task("reading", total=1.0)
        done = deliver(
            material, preset, args.output, options=options, cancel=cancel,
            on_progress=lambda share, what: bar.update(task, description=what, completed=share),
        )  # fmt: skip
    for sentence in done.sentences:
        say(sentence)
    out(f"{done.path}\n")


def _categories(given: list[tuple[int, str]], material: Material) -> dict[str, str]:
    """Event id -> CatID."""
    events = material.arrangement.timeline.events
    for number, _ in given:
        if not 1 <= number <= len(events):
            raise SettingsError(f"there is no event {number} in this project; it has {len(events)}")
    return {events[number - 1].id: found for number, found in given}
