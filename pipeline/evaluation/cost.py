"""What the embedded models cost: seconds per second of audio, time to a ready planner, peak memory."""

from __future__ import annotations

import resource
import sys
import time

from pipeline.progress import CancelToken
from pipeline.renderer import Job
from pipeline.renderer.nano import NanoRenderer
from pipeline.settings import RenderSettings
from pipeline.timeline import Story


def peak_rss_gb() -> float:
    """Peak resident memory of this process in gigabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def report(*, duration_s: float = 10.0) -> str:
    """Load the planner and the renderer as the studio does, plan a story, render events, and say what it took."""
    from pipeline.planner.llm import SmolPlanner

    start = time.perf_counter()
    planner = SmolPlanner()
    planner.load()
    ready = time.perf_counter()
    story = Story(text="Rain falls on a tin roof, thunder rolls far away, then birds sing.", duration_s=20)
    planner.plan(story, seed=0, cancel=CancelToken())
    planned = time.perf_counter()
    renderer = NanoRenderer()
    job = Job(event_id="e", caption="rain on a roof", seed=1, samples=round(duration_s * renderer.rate_hz))
    renderer.render([job], settings=RenderSettings(steps=1), cancel=CancelToken())
    warm = time.perf_counter()
    renderer.render([job], settings=RenderSettings(), cancel=CancelToken())
    took = time.perf_counter() - warm
    return "\n".join(
        (
            f"planner ready in {ready - start:.1f} s; a plan of three sounds in {planned - ready:.1f} s",
            f"renderer: {took / duration_s:.2f} s per second of audio ({duration_s:g} s event, "
            f"{RenderSettings().steps} steps)",
            f"peak resident memory, planner and renderer together: {peak_rss_gb():.2f} GB",
        )
    )
