"""python -m pipeline.evaluation planner | renderer | cost: measure the shipped models and print the figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.errors import AudioStoryError


def main(argv: list[str] | None = None) -> int:
    """Run one measurement."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.evaluation", description=__doc__)
    parser.add_argument("what", choices=("planner", "renderer", "cost"))
    parser.add_argument("names", nargs="*", help="renderer: concepts (none for all); planner: story files")
    parser.add_argument("--per-concept", type=int, default=4)
    parser.add_argument("--save", type=Path, help="renderer: also write the report as JSON")
    args = parser.parse_args(argv)
    try:
        return _run(args)
    except AudioStoryError as error:
        print(error, file=sys.stderr)
        return 1


def _run(args: argparse.Namespace) -> int:
    if args.what == "renderer":
        from pipeline.evaluation import renderer

        report = renderer.evaluate(per_concept=args.per_concept, names=args.names)
        if args.save:
            renderer.save(report, args.save)
        print(renderer.summary(report))
    elif args.what == "cost":
        from pipeline.evaluation import cost

        print(cost.report())
    else:
        from pipeline.evaluation import planner

        planner.main(args.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
