"""The command line: plan, tell, render, export, batch. Results go to stdout, everything else to stderr.

Exit 0 done; 1 a problem, told in one line; 2 wrong usage; 130 cancelled. Knows no concrete planner or renderer.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from pipeline.commands.exits import USAGE, guarded
from pipeline.commands.loading import Load, load_backend
from pipeline.commands.parser import command_parser
from pipeline.settings import offline


def main(argv: Sequence[str] | None = None, *, load: Load = load_backend) -> int:
    """Run one command and return its exit code; `load` gives the backend of a name."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("pipeline").setLevel(logging.INFO)  # the first start says that it prepares the language model
    try:
        args = command_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what is wrong
        return stop.code if isinstance(stop.code, int) else USAGE
    offline(backend=getattr(args, "backend", "nano"))
    return guarded(lambda: args.run(args, load))


if __name__ == "__main__":
    sys.exit(main())
