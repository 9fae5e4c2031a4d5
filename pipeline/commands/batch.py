"""`batch`: many stories and timelines, planned, rendered and delivered one after another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.arguments import add_common, add_sampler, sampler_of, settings_of
from pipeline.commands.delivering import add_delivery, options_of, preset_of
from pipeline.commands.loading import Load
from pipeline.commands.terminal import cancellable, out, progress_bar, say
from pipeline.errors import AudioStoryError

if TYPE_CHECKING:
    from pipeline.batch import Orders, Outcome, Source


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batch`."""
    parser.set_defaults(run=run)
    kinds = "stories (.txt, one each), timelines (.json), folders of them, or lists of stories (.jsonl, one a line)"
    parser.add_argument("sources", type=Path, nargs="+", metavar="FOLDER_OR_FILE", help=kinds)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="gets a folder for each")
    parser.add_argument("--duration", type=float, default=30.0, metavar="S", help="seconds of a story (%(default)s)")
    add_common(parser, seed=0)
    add_sampler(parser)
    add_delivery(parser)


def run(args: argparse.Namespace, load: Load) -> None:
    """Deliver all that can be delivered; AudioStoryError names what could not."""
    from pipeline.batch import Orders, sources  # brings what draws pictures

    preset, these, settings = preset_of(args), sources(args.sources), sampler_of(args)
    backend = load(args.backend, settings_of(args, settings))
    orders = Orders(
        preset=preset, folder=args.output, options=options_of(args), planner=lambda: backend.planner,
        renderer=lambda: backend.renderer, duration_s=args.duration, seed=args.seed, settings=settings,
    )  # fmt: skip
    went = _delivered(these, orders)
    failed = [one.source.name for one in went if one.delivered is None]
    say(f"{len(went) - len(failed)} of {len(went)} delivered into {args.output}")
    if failed:
        raise AudioStoryError(f"not delivered: {', '.join(failed)}")


def _delivered(these: list[Source], orders: Orders) -> list[Outcome]:
    """How each went; told as it goes, and on stdout where each delivery lies."""
    from pipeline.batch import deliver_all

    went: list[Outcome] = []
    with cancellable() as cancel, progress_bar() as (bar, console):
        task = bar.add_task("reading", total=1.0)
        show = lambda share, what: bar.update(task, description=what, completed=share)  # noqa: E731
        for one in deliver_all(these, orders, cancel=cancel, on_progress=show):
            went.append(one)
            console.print(f"{one.source}: {one.problem or 'done'}", markup=False, soft_wrap=True)
            if one.delivered:
                for sentence in one.delivered.sentences:
                    console.print(f"{one.source}: {sentence}", markup=False, soft_wrap=True)
                out(f"{one.delivered.path}\n")
    return went
