"""What a short event costs beside a long one, in one run: latents follow the event's length.

python -m benchmarks.event_length
"""

from __future__ import annotations

import time

from pipeline.progress import CancelToken
from pipeline.renderer import Job
from pipeline.renderer.nano import NanoRenderer
from pipeline.settings import RenderSettings

SHORT_S, LONG_S, ROUNDS = 5.0, 29.9, 3


def main() -> None:
    renderer, settings = NanoRenderer(), RenderSettings(steps=8)

    def seconds(duration_s: float) -> float:
        job = Job(event_id="e", caption="rain on a roof", seed=1, samples=round(duration_s * renderer.rate_hz))
        start = time.perf_counter()
        renderer.render([job], settings=settings, cancel=CancelToken())
        return time.perf_counter() - start

    seconds(SHORT_S)
    pairs = [(seconds(SHORT_S), seconds(LONG_S)) for _ in range(ROUNDS)]
    short, long = (min(p[i] for p in pairs) for i in range(2))
    print(f"{SHORT_S:g} s event: {short:.2f} s; {LONG_S:g} s event: {long:.2f} s; ratio {long / short:.1f}")


if __name__ == "__main__":
    main()
