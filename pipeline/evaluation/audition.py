"""The audition: every synthesised concept is heard by the judge before anything trains on it.

    python -m pipeline.evaluation.audition

writes assets/soundlab/audition.json: per concept, the share of clips recognised, on draws of its own.
Training takes the concepts at or above `PASS`; the others wait for a better synthesis.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

import numpy as np

from pipeline.evaluation.judge import Judge
from pipeline.soundlab.registry import AUDITION, PASS, concepts

SEED = 20


@lru_cache(maxsize=1)
def _judge() -> Judge:
    return Judge()


def heard(job: tuple[str, int, float]) -> tuple[str, float]:
    """Name and share of `draws` clips of `duration_s` seconds in whose top five the concept is."""
    name, draws, duration_s = job
    concept, judge = concepts()[name], _judge()
    clips = (concept.draw(np.random.default_rng([SEED, d, *name.encode()]), duration_s) for d in range(draws))
    return name, sum(judge.recognises(judge.hear(c.samples), concept) for c in clips) / draws


def main() -> None:
    parser = argparse.ArgumentParser(description="Hold the audition of the synthesised concepts.")
    parser.add_argument("names", nargs="*", help="concepts to hear again; none for all")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--duration", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    table = concepts()
    shares = json.loads(AUDITION.read_text())["shares"] if args.names and AUDITION.is_file() else {}
    jobs = [(n, args.draws, args.duration) for n in args.names or table]
    with ProcessPoolExecutor(args.workers) as pool:
        for name, share in pool.map(heard, jobs):
            shares[name] = round(share, 3)
            print(f"{share:5.0%} {name}", flush=True)
    shares = {n: shares[n] for n in sorted(shares) if n in table}
    AUDITION.write_text(json.dumps({"judge": "YAMNet top 5", "draws": args.draws, "shares": shares}, indent=1) + "\n")
    print(f"{sum(s >= PASS for s in shares.values())} of {len(shares)} pass at {PASS:.0%}")


if __name__ == "__main__":
    main()
