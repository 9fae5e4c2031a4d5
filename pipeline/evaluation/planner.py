"""How well a planner keeps a story's order: the measure, and a table of it over files of stories.

A plan keeps the order when its captions name one of each sound's words, as a case-insensitive substring, in
non-decreasing event order. Knows no particular planner.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.errors import PlanError
from pipeline.progress import CancelToken
from pipeline.timeline import Story, Timeline

STORIES = Path(__file__).resolve().parents[2] / "tests" / "planner" / "stories"


class Planner(Protocol):
    """What is measured."""

    def plan(self, story: Story, *, seed: int, cancel: CancelToken) -> Timeline: ...


@dataclass(frozen=True)
class Case:
    """A story with the sounds to hear in order; each sound is a list of words of which one suffices."""

    story: Story
    sounds: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """One story planned: whether the order was kept, the total met to the millisecond, and the seconds it took."""

    case: Case
    timeline: Timeline
    in_order: bool
    exact_total: bool
    took_s: float


def read_cases(path: Path) -> list[Case]:
    """Read a file of stories: `{"stories": [{"story", "duration_s", "sounds"}]}`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanError(f"{path} is not a file of stories: {error}") from None
    return [
        Case(Story(text=item["story"], duration_s=item["duration_s"]), tuple(tuple(words) for words in item["sounds"]))
        for item in data["stories"]
    ]


def in_order(captions: Sequence[str], sounds: Iterable[Sequence[str]]) -> bool:
    """Whether each sound is named by a caption not before the one that named the sound before it."""
    at = 0
    for words in sounds:
        hits = (i for i in range(at, len(captions)) if any(word.lower() in captions[i].lower() for word in words))
        found = next(hits, None)
        if found is None:
            return False
        at = found
    return True


def measure(planner: Planner, cases: Iterable[Case], *, seed: int = 0) -> list[Outcome]:
    """Plan every story and judge it."""
    return [_outcome(planner, case, seed=seed) for case in cases]


def _outcome(planner: Planner, case: Case, *, seed: int) -> Outcome:
    started = time.monotonic()
    timeline = planner.plan(case.story, seed=seed, cancel=CancelToken())
    took_s = time.monotonic() - started
    exact = abs(timeline.duration_s - case.story.duration_s) < 5e-4
    return Outcome(case, timeline, in_order([event.caption for event in timeline.events], case.sounds), exact, took_s)


def table(name: str, outcomes: Sequence[Outcome]) -> str:
    """The summary line, then every story whose order was lost with the captions it got."""
    count = len(outcomes)
    kept = sum(outcome.in_order for outcome in outcomes)
    exact = sum(outcome.exact_total for outcome in outcomes)
    mean_s = sum(outcome.took_s for outcome in outcomes) / max(1, count)
    share = kept / max(1, count)
    lines = [f"{name}: in order {kept}/{count} ({share:.2f}), exact totals {exact}/{count}, {mean_s:.1f} s a plan"]
    for outcome in outcomes:
        if not outcome.in_order:
            captions = " | ".join(event.caption for event in outcome.timeline.events)
            lines.append(f"  lost: {outcome.case.story.text}\n        {captions}")
    return "\n".join(lines)


def report(planner: Planner, paths: Iterable[Path], *, seed: int = 0) -> str:
    """The tables of all files, ready to be printed."""
    return "\n".join(table(path.stem, measure(planner, read_cases(path), seed=seed)) for path in paths)


def main(names: Sequence[str] = ()) -> None:
    """Print the tables of the story files in `names` (default: the two sets beside the planner's tests)."""
    from pipeline.planner.llm import SmolPlanner

    paths = [Path(name) for name in names] or sorted(STORIES.glob("*.json"))
    print(report(SmolPlanner(), paths))
