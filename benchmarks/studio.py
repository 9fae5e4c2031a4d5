"""Server time of the studio's operations, with 10 and with 100 clips: p50 and p95, and how long a mix takes afterwards.

    python -m benchmarks.studio [--clips 10 100] [--rounds 40]

A project with as many events as clips in ten free lanes, 4 s each, is made with a renderer of noise bursts; each
operation goes the page's way, from its payload to the view as JSON. Prints one line per operation in milliseconds, by
the clock and by the processor (which others on the machine don't change); the size of a view; and the time until the
background mix after an edit is there. Aim: 150 ms p95.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.timeline import Story
from studio import editing
from studio.handlers import Handlers
from studio.project import Project
from studio.service import StudioService
from studio.store import Store
from tests.fakes import ListPlanner, SketchRenderer
from tests.studio.conftest import FakeBackend

LANES = 10
Times = tuple[float, float]
EVENT_S = 4.0


class Bench:
    """A service with one project of `clips` events and as many clips, all rendered."""

    def __init__(self, folder: Path, *, clips: int, rate_hz: int) -> None:
        backend = FakeBackend(ListPlanner(), SketchRenderer(rate_hz=rate_hz, channels=2))
        self.service = StudioService(Store(folder), lambda: backend, model="sketch")
        self.service.start()
        self.handlers = Handlers(self.service)
        self.id = self.service.open(None).id
        text = "; ".join(f"sound number {i}" for i in range(clips))
        self.service.plan(self.id, 0, Story(text=text, duration_s=EVENT_S * clips), seed=1)
        self.settle()
        revision = self.service.store.get(self.id).revision
        self.service.edit(self.id, revision, lambda p: _with_clips(p, clips))
        self.service.render(self.id)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        while self.service.busy(self.id):
            time.sleep(0.02)

    def view(self) -> dict[str, Any]:
        """What the page shows."""
        return self.service.view(self.id)

    def do(self, **payload: Any) -> str:
        """One request, and the view as it is sent; raises when it was refused."""
        revision = self.service.store.get(self.id).revision
        answer = self.handlers.answer(self.id, {"revision": revision, "seq": 1, **payload})
        if answer["notice"]:
            raise RuntimeError(f"{payload['op']}: {answer['notice']}")
        return json.dumps(answer)


def _with_clips(project: Project, clips: int) -> Project:
    """Ten lanes, or as many as there are clips, and the clips spread over them."""
    for lane in range(min(LANES, clips)):
        project = editing.added_lane(project, name=f"lane {lane}")
    lanes = [lane.id for lane in project.desk.lanes]
    for number in range(clips):
        project = editing.added_clip(
            project, lanes[number % len(lanes)], caption=f"bed {number}", start_s=number * EVENT_S / 2,
            duration_s=EVENT_S,
        )  # fmt: skip
    return project


def operations(bench: Bench) -> dict[str, Callable[[int], dict[str, Any]]]:
    """Payloads of a designer's edits; each gets the number of the round."""
    view = bench.view()
    events = [event["id"] for event in view["events"]]
    lanes = [lane["id"] for lane in view["lanes"]]
    clips = [clip["id"] for lane in view["lanes"] for clip in lane["clips"]]
    middle = events[len(events) // 2]
    return {
        "caption": lambda n: {"op": "caption", "id": middle, "value": f"other words {n}"},
        "duration": lambda n: {"op": "duration", "id": middle, "value": 5 + n % 7 / 10, "carry": True},
        "seam": lambda n: {"op": "fade", "id": middle, "value": 0.3 + n % 5 / 10},
        "move event": lambda n: {"op": "move", "id": middle, "to": n % len(events)},
        "gain": lambda n: {"op": "set", "ids": events, "gain": -(n % 10)},
        "clip move": lambda n: {"op": "clip_move", "id": clips[n % len(clips)], "lane": lanes[n % len(lanes)],
                                "start": n / 2},
        "nudge clips": lambda _: {"op": "nudge", "ids": clips, "by": 0.01},
        "mute lane": lambda n: {"op": "lane", "id": lanes[0], "mute": bool(n % 2)},
        "duplicate": lambda n: {"op": "duplicate", "ids": [clips[n % len(clips)]]},
        "undo": lambda _: {"op": "undo"},
    }  # fmt: skip


def measured(bench: Bench, rounds: int) -> dict[str, list[Times]]:
    """Milliseconds per operation, by the clock and by the processor; undo and redo take turns."""
    found: dict[str, list[Times]] = {}
    for name, payload in operations(bench).items():
        times = found.setdefault(name, [])
        for number in range(rounds):
            times.append(_timed(bench, payload(number)))
            if name == "undo":
                found.setdefault("redo", []).append(_timed(bench, {"op": "redo"}))
    return found


def _timed(bench: Bench, payload: dict[str, Any]) -> Times:
    begun, busy = time.perf_counter(), time.thread_time()
    bench.do(**payload)
    return 1_000 * (time.perf_counter() - begun), 1_000 * (time.thread_time() - busy)


def remixed(bench: Bench, rounds: int = 4) -> list[float]:
    """Milliseconds from an edit until the mix of that state is there (meters come after it)."""
    event, times = bench.view()["events"][0]["id"], []
    for number in range(rounds):
        begun = time.perf_counter()
        bench.do(op="set", ids=[event], gain=-1 - number)
        while not (mix := bench.view()["mix"]) or not mix["current"]:
            time.sleep(0.05)  # often asking would take the time that is measured
        times.append(1_000 * (time.perf_counter() - begun))
    return times


def report(clips: int, rounds: int, rate_hz: int) -> None:
    """Measure one size and print it."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), clips=clips, rate_hz=rate_hz)
        size = len(json.dumps(bench.view()))
        seconds = bench.view()["length_s"]
        mixes = remixed(bench)
        found = measured(bench, rounds)
        bench.service.close()
    print(f"{clips} events, {clips} clips, {seconds:g} s; view {size / 1_000:.0f} kB")
    print(f"  {'re-mix after an edit':22s} median {statistics.median(mixes):7.0f} ms")
    for name, times in {**found, "all": [one for every in found.values() for one in every]}.items():
        print(f"  {name:22s} {_figures([a for a, _ in times])}   processor {_figures([b for _, b in times])}")


def _figures(times: list[float]) -> str:
    return f"p50 {statistics.median(times):7.1f} ms   p95 {statistics.quantiles(times, n=20)[-1]:7.1f} ms"


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--rate", type=int, default=44_100, help="of the takes, in Hz")
    args = parser.parse_args()
    for clips in args.clips:
        report(clips, args.rounds, args.rate)


if __name__ == "__main__":
    main()
