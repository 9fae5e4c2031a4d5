"""First paint of the page with 10 and with 100 clips in ten lanes: from asking for the page until all of it stands.

    python -m benchmarks.studio_paint [--clips 10 100] [--rounds 5]

A project with as many events as clips in free lanes, 4 s each, all rendered (noise bursts), is opened in a real
Chromium (CHROMIUM, or `chromium` on the path) at 1440 x 900. Painted: every event, clip and line of the table is there,
and the outline of the story is drawn. The first visit brings the program, too; the others find it in the browser's
cache. Prints milliseconds of the first visit, the median and the slowest of the others, and how many sound files were
asked for, which is none. Aim: 2.5 s with 100 clips.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import tempfile
import threading
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

from benchmarks.studio import Bench
from studio.web import build_web

RATE_HZ = 44_100
LONGEST_MS = 120_000
PAINTED = """(clips) => {
  const count = (selector) => document.querySelectorAll(selector).length;
  const drawn = document.querySelector('.storylane .wavecanvas');
  const there = count('.ev') === clips && count('.clip') === clips && count('tr[data-event]') >= clips;
  if (!there || !drawn.width) return 0;
  const ink = drawn.getContext('2d').getImageData(0, Math.round(drawn.height * 0.65), drawn.width, 1).data;
  return ink.some((value, at) => at % 4 === 3 && value > 0) ? performance.now() : 0;
}"""


def chromium() -> str:
    """The browser's path; exits with a sentence where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise SystemExit("this needs a Chromium: install the package chromium, or set CHROMIUM to its path")
    return found


def painted_ms(page: Page, address: str, clips: int) -> float:
    """Milliseconds of one visit, by the browser's own clock."""
    page.goto(address, wait_until="commit")
    return float(page.wait_for_function(PAINTED, arg=clips, timeout=LONGEST_MS).json_value())


def visits(bench: Bench, clips: int, rounds: int) -> tuple[list[float], int]:
    """How long each visit took, and how many sounds were asked for in all."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_web(bench.service), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    address, sounds = f"http://127.0.0.1:{listener.getsockname()[1]}/?project={bench.id}", []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--mute-audio"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("request", lambda asked: sounds.append(asked.url) if asked.url.endswith(".wav") else None)
        took = [painted_ms(page, address, clips) for _ in range(rounds + 1)]
        browser.close()
    server.should_exit = True
    thread.join(timeout=20)
    return took, len(sounds)


def report(clips: int, rounds: int) -> None:
    """Measure one size and print it."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), clips=clips, rate_hz=RATE_HZ)
        (first, *others), sounds = visits(bench, clips, rounds)
        bench.service.close()
    usual = f"then {statistics.median(others):6.0f} ms (slowest {max(others):6.0f} ms)"
    print(f"{clips:4d} events, {clips:4d} clips: first visit {first:6.0f} ms, {usual}; {sounds} sounds asked for")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    for clips in args.clips:
        report(clips, max(args.rounds, 1))


if __name__ == "__main__":
    main()
