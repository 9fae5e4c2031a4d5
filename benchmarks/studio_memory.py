"""Memory of the studio over a scripted hour of work: resident size before, at its highest, and after.

    python -m benchmarks.studio_memory [--minutes 60] [--clips 20]

A designer who does something every five seconds does 720 things in an hour. The script does as many, without the
pauses, the page's way (payload to view as JSON): captions, durations, seams, gains, moves, clips, mutes, nudges, undo
and redo, now and then a new take (4 s of stereo noise) and a mix that is waited for. The project is new; the memory
at the start is that of the studio with the rendered project. Prints megabytes of resident memory every tenth of the
script, its highest value, what was gained in the second half (a leak goes on growing), and what lies on the disk.
"""

from __future__ import annotations

import argparse
import gc
import resource
import tempfile
from pathlib import Path

from benchmarks.studio import Bench, operations

EVERY_S = 5.0
TAKE_EVERY, MIX_EVERY = 20, 15
RATE_HZ = 44_100


def resident_mb() -> float:
    """Megabytes that the process has in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def highest_mb() -> float:
    """Megabytes that the process had at most (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def acted(bench: Bench, number: int) -> None:
    """The `number`th thing that is done; every kind of edit in turns, and takes and mixes between them."""
    kinds = list(operations(bench).values())
    if number % TAKE_EVERY == 0:
        events = bench.view()["events"]
        bench.service.regenerate(bench.id, events[number // TAKE_EVERY % len(events)]["id"])
        bench.settle()
    elif number % MIX_EVERY == 0:
        bench.do(op="mix")
        bench.settle()
    elif number % 11 == 10:
        for op in ("undo", "undo", "redo"):
            bench.do(op=op)
    else:
        payload = kinds[number % len(kinds)](number)
        if payload["op"] == "duplicate" and number % 4:  # so that the project does not grow without end
            payload = {"op": "undo"}
        bench.do(**payload)


def report(minutes: float, clips: int) -> None:
    """Do the script and print what it cost."""
    count = round(minutes * 60 / EVERY_S)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), clips=clips, rate_hz=RATE_HZ)
        start, seen = resident_mb(), []
        print(f"{count} operations on {clips} events and {clips} clips; {start:.0f} MB before", flush=True)
        for number in range(1, count + 1):
            acted(bench, number)
            if number % max(count // 10, 1) == 0:
                seen.append(resident_mb())
                print(f"  after {number:4d}  {seen[-1]:6.0f} MB", flush=True)
        project, steps = bench.service.store.get(bench.id), bench.view()["history"]
        disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
        bench.service.close()
    takes = sum(map(len, project.takes.values()))
    print(f"highest {highest_mb():.0f} MB; second half {seen[-1] - seen[len(seen) // 2 - 1]:+.0f} MB")
    print(f"{takes} takes, {steps['undos']} steps to undo, {disk:.0f} MB on the disk")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--clips", type=int, default=20)
    args = parser.parse_args()
    report(args.minutes, args.clips)


if __name__ == "__main__":
    main()
