"""python -m pipeline.evaluation planner | renderer | coherence | cost: measure the models and print the figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.errors import AudioStoryError


def main(argv: list[str] | None = None) -> int:
    """Run one measurement."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.evaluation", description=__doc__)
    parser.add_argument("what", choices=("planner", "renderer", "coherence", "cost"))
    parser.add_argument(
        "names", nargs="*", help="renderer: concepts; planner: story files; coherence: ways (none for all)"
    )
    parser.add_argument("--per-concept", type=int, default=4)
    parser.add_argument("--save", type=Path, help="renderer, coherence: also write the report as JSON")
    parser.add_argument("--narratives", type=int, default=24, help="coherence: how many held-out ones")
    parser.add_argument("--seeds", type=int, default=1, help="coherence: renders of each narrative in each way")
    parser.add_argument("--model", type=Path, help="coherence: the folder `model` of a stage")
    args = parser.parse_args(argv)
    if args.what == "coherence" and args.model is None:
        parser.error("say which stage's model: --model FOLDER")
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
    elif args.what == "coherence":
        from pipeline.evaluation import coherence

        print(
            coherence.summary(
                coherence.evaluate(
                    args.model, count=args.narratives, seeds=args.seeds, save=args.save, names=args.names
                )
            )
        )
    elif args.what == "cost":
        from pipeline.evaluation import cost

        print(cost.report())
    else:
        from pipeline.evaluation import planner

        planner.main(args.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
