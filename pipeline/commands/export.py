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
    from pipeline.arrangement import Arrangement
    from pipeline.delivery.material import Material


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT.story", help="the folder of a project")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="gets a folder with the files")
    add_delivery(parser)
    chosen = (
        "the UCS category of an event, for example 2=TRNSteam, or of a clip in a lane, for example Bed:1=RAIN; may be "
        "given again (as the caption suggests)"
    )
    parser.add_argument("--category", type=category, action="append", default=[], metavar="[LANE:]N=CATID", help=chosen)
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


def _categories(given: list[tuple[str, int, str]], material: Material) -> dict[str, str]:
    """Id of an event or clip -> CatID."""
    return {_piece(material.arrangement, lane, number): found for lane, number, found in given}


def _piece(arrangement: Arrangement, lane: str, number: int) -> str:
    """The id of the event with this number, or of the clip with this number in a free lane of this name."""
    if not lane:
        events = arrangement.timeline.events
        if not 1 <= number <= len(events):
            raise SettingsError(f"there is no event {number} in this project; it has {len(events)}")
        return events[number - 1].id
    named = [one for one in arrangement.lanes if one.name == lane]
    if len(named) != 1:
        known = ", ".join(f"“{one.name}”" for one in arrangement.lanes) or "none"
        why = f"there are {len(named)} lanes" if named else "there is no lane"
        raise SettingsError(f"{why} “{lane[:60]}” in this project; its free lanes: {known}")
    if not 1 <= number <= len(named[0].clips):
        raise SettingsError(f"there is no clip {number} in the lane “{lane[:60]}”; it has {len(named[0].clips)}")
    return named[0].clips[number - 1].id
