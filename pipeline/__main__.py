"""The command line: plan, tell, render, export. Results go to stdout, everything else to stderr.

Exit 0 done; 1 a problem, told in one line; 2 wrong usage; 130 cancelled. Knows no concrete planner or renderer.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from pipeline.audio import Audio, resampled
from pipeline.delivery.presets import PRESETS, Naming, preset
from pipeline.errors import AudioStoryError, Cancelled, FormatError, PlanError
from pipeline.formats.files import check_writable, replacing
from pipeline.formats.timeline_json import dumps, read_timeline
from pipeline.formats.wav import BITS, RATES_HZ, write_wav
from pipeline.mixer import peak_safe
from pipeline.progress import CancelToken
from pipeline.renderer import Renderer
from pipeline.settings import MAX_SEED, RenderSettings, Settings, offline
from pipeline.story import EventRendered, Mixed, Planned, Planner, Progress, StepDone, plan, render_timeline, tell
from pipeline.story import seeded as with_seeds
from pipeline.timeline import MAX_STORY_CHARS, Story, Timeline, placements

DONE, PROBLEM, USAGE, CANCELLED = 0, 1, 2, 130


class Backend(Protocol):
    """What a command needs of a backend; each part is loaded when it is first asked for."""

    @property
    def planner(self) -> Planner:
        """Story to timeline."""

    @property
    def renderer(self) -> Renderer:
        """Jobs to takes."""


Load = Callable[[str, Settings], Backend]


def _load(name: str, settings: Settings) -> Backend:
    import pipeline.backends as known

    return known.load(name, settings)


def main(argv: Sequence[str] | None = None, *, load: Load = _load) -> int:
    """Run one command and return its exit code; `load` gives the backend of a name."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        args = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what is wrong
        return stop.code if isinstance(stop.code, int) else USAGE
    offline(backend=getattr(args, "backend", "nano"))
    return _guarded(lambda: args.run(args, load))


def _guarded(run: Callable[[], None]) -> int:
    """Exit code of a command; its problems in one line on stderr."""
    try:
        run()
        sys.stdout.flush()
    except (Cancelled, KeyboardInterrupt):
        _say("cancelled")
        return CANCELLED
    except AudioStoryError as error:
        _say(f"error: {error}")
        return PROBLEM
    except MemoryError:
        _say("error: there is not enough memory for this; make the track shorter")
        return PROBLEM
    except BrokenPipeError:  # the reader of our stdout has gone; what Python flushes at exit must go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM
    return DONE


def _say(line: str) -> None:
    sys.stderr.write(" ".join(line.splitlines()) + "\n")


# ---------------------------------------------------------------- arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description="A story becomes a soundtrack.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_plan(commands.add_parser("plan", help="write the timeline of a story"))
    _add_tell(commands.add_parser("tell", help="plan a story, render and mix it to a WAV file"))
    _add_render(commands.add_parser("render", help="render a timeline that a person or a program wrote"))
    _add_export(commands.add_parser("export", help="deliver a project: mixes, stems, sessions, a sheet"))
    return parser


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_plan)
    _add_story(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    _add_common(parser, seed=0)


def _add_tell(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_tell)
    _add_story(parser)
    _add_common(parser, seed=0)
    _add_output(parser)


def _add_render(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_render)
    parser.add_argument("timeline", type=Path, metavar="TIMELINE.json")
    _add_common(parser, seed=None)
    _add_output(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_export)
    parser.add_argument("project", type=Path, metavar="PROJECT.story", help="the folder of a project")
    parser.add_argument("--preset", choices=tuple(PRESETS), required=True, help="what to deliver")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="gets a folder with the files")
    parser.add_argument("--names", choices=[naming.value for naming in Naming], help="plain words, or UCS names")
    parser.add_argument("--creator", default="", metavar="NAME", help="who made it")
    parser.add_argument("--zip", action="store_true", help="one archive instead of a folder")
    parser.add_argument("--video", type=Path, metavar="FILE", help="also lay the mix under this video")


def _add_story(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("story", metavar="STORY", help="the story, or - to read it from standard input")
    parser.add_argument("--duration", type=float, required=True, metavar="S", help="seconds in all")
    parser.add_argument("--tone", default="", help="the tone of the whole, for example: calm, rainy")


def _add_common(parser: argparse.ArgumentParser, *, seed: int | None) -> None:
    told = "the same seed gives the same sound (0 if not given)"
    other = "new seeds for all events; without it each keeps its own"
    parser.add_argument("--seed", type=_seed, default=seed, metavar="N", help=other if seed is None else told)
    usual = Settings()
    parser.add_argument(
        "--backend", default=usual.backend, metavar="NAME", help="nano (default), or audiostory[:FOLDER]"
    )
    parser.add_argument(
        "--device", default=usual.device, metavar="D", help="cpu, cuda, mps (default: the best there is)"
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    usual = RenderSettings()
    parser.add_argument("-o", "--output", type=_wav_path, required=True, metavar="OUT.wav", dest="output")
    parser.add_argument("--steps", type=int, default=usual.steps, metavar="N", help="sampler steps (%(default)s)")
    parser.add_argument("--guidance", type=float, default=usual.guidance, metavar="X", help="(%(default)s)")
    parser.add_argument("--rate", type=int, choices=RATES_HZ, default=48_000, help="Hz of the file (%(default)s)")
    parser.add_argument("--bits", type=int, choices=BITS, default=24, help="per sample (%(default)s)")


def _seed(text: str) -> int:
    with contextlib.suppress(ValueError):
        number = int(text)
        if 0 <= number <= MAX_SEED:
            return number
    raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to {MAX_SEED}, not {text[:40]!r}")


def _wav_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".wav":
        raise argparse.ArgumentTypeError(f"the output is a .wav file, not {text!r}")
    return path


def _story_of(args: argparse.Namespace) -> Story:
    text = args.story
    if text == "-":
        try:
            text = sys.stdin.read(4 * MAX_STORY_CHARS)
        except UnicodeDecodeError as error:
            raise PlanError("the story on standard input is not text in UTF-8") from error
    return Story(text=text, duration_s=args.duration, tone=args.tone)


# ---------------------------------------------------------------- commands


def _plan(args: argparse.Namespace, load: Load) -> None:
    story = _story_of(args)
    planner = load(args.backend, Settings(backend=args.backend, device=args.device)).planner
    with _cancellable() as cancel:
        timeline = plan(story, seed=args.seed, planner=planner, cancel=cancel)
        cancel.raise_if_cancelled()
    _out(dumps(timeline, ascii_only=True) if args.json else _table(timeline))


def _tell(args: argparse.Namespace, load: Load) -> None:
    story, settings = _story_of(args), _render_settings(args)
    backend = load(args.backend, Settings(backend=args.backend, device=args.device, render=settings))
    planner, renderer = backend.planner, backend.renderer
    with _cancellable() as cancel:
        flow = tell(story, seed=args.seed, planner=planner, renderer=renderer, settings=settings, cancel=cancel)
        _finish(_mixed(flow, cancel), args)


def _render(args: argparse.Namespace, load: Load) -> None:
    settings = _render_settings(args)
    timeline = read_timeline(args.timeline)
    if args.seed is not None:
        timeline = with_seeds(timeline, seed=args.seed)
    renderer = load(args.backend, Settings(backend=args.backend, device=args.device, render=settings)).renderer
    with _cancellable() as cancel:
        flow = render_timeline(timeline, renderer=renderer, settings=settings, cancel=cancel)
        _finish(_mixed(flow, cancel), args)


def _export(args: argparse.Namespace, _: Load) -> None:
    from pipeline.delivery.bundle import Options, deliver  # brings what draws pictures
    from pipeline.delivery.project_file import read_project

    naming = Naming(args.names) if args.names else None
    options = Options(creator=args.creator, naming=naming, archive=args.zip, video=args.video)
    with _cancellable() as cancel, _bar() as (bar, _console):
        task = bar.add_task("reading", total=1.0)
        done = deliver(
            read_project(args.project), preset(args.preset), args.output, options=options, cancel=cancel,
            on_progress=lambda share, what: bar.update(task, description=what, completed=share),
        )  # fmt: skip
    for sentence in done.sentences:
        _say(sentence)
    _out(f"{done.path}\n")


def _render_settings(args: argparse.Namespace) -> RenderSettings:
    """The sampler's settings, once it is sure that the result can be written."""
    check_writable(args.output)
    check_writable(_beside(args.output))
    return RenderSettings(steps=args.steps, guidance=args.guidance)


@contextlib.contextmanager
def _cancellable() -> Iterator[CancelToken]:
    """A token that Ctrl-C cancels; a second Ctrl-C interrupts at once."""
    cancel = CancelToken()

    def on_interrupt(*_: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()

    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield cancel
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _bar() -> Iterator[tuple[Bar, Console]]:
    """A bar with the time left, on a terminal; nothing elsewhere."""
    console = Console(stderr=True, highlight=False)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    left = TextColumn("left"), TimeRemainingColumn()
    with Bar(*columns, *left, console=console, disable=not console.is_terminal, transient=True) as bar:
        yield bar, console


def _mixed(flow: Iterator[Progress], cancel: CancelToken) -> Mixed:
    """Run the flow, shown as a bar with the time left on a terminal, as lines elsewhere."""
    with _bar() as (bar, console):
        task = bar.add_task("planning", total=None)
        for progress in flow:
            match progress:
                case Planned(timeline):
                    console.print(f"planned: {timeline.duration_s:g} s, events: {len(timeline.events)}", markup=False)
                case StepDone(done, total):
                    bar.update(task, description="rendering", completed=done, total=total)
                case EventRendered(index, take):
                    name = f"event {index + 1} rendered: {take.audio.duration_s:.1f} s"
                    console.print(name, markup=False)
                case Mixed():
                    cancel.raise_if_cancelled()
                    return progress
    raise AudioStoryError("the rendering ended without a mix")


def _finish(mixed: Mixed, args: argparse.Namespace) -> None:
    """Write OUT.wav and OUT.timeline.json; both appear complete, or neither."""
    audio, gain_db = peak_safe(_at_rate(mixed, args.rate))
    beside = _beside(args.output)
    with replacing(beside) as part:
        part.write_text(dumps(mixed.timeline), encoding="utf-8")
        write_wav(args.output, audio, bits=args.bits)
    if gain_db:
        _say(f"the mix was louder than full scale allows: lowered by {-gain_db:.1f} dB")
    _out(f"{args.output}\n{beside}\n")


def _at_rate(mixed: Mixed, rate_hz: int) -> Audio:
    """The mix at another rate, as long as the plan is at that rate."""
    length = sum(p.planned for p in placements(mixed.timeline, rate_hz=rate_hz))
    return resampled(mixed.audio, rate_hz).fitted(length)


def _beside(output: Path) -> Path:
    return output.with_suffix(".timeline.json")


# ---------------------------------------------------------------- stdout


def _out(text: str) -> None:
    """Write a result to stdout, whatever the terminal's encoding; a full disk behind it is a problem like others."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FormatError(f"can't write to standard output: {error.strerror}") from error


def _table(timeline: Timeline) -> str:
    """The plan for people: the reasoning, then one line per event with its start, length and caption."""
    lines, start = [timeline.reasoning, ""] if timeline.reasoning else [], 0.0
    for number, event in enumerate(timeline.events, 1):
        lines.append(f"{number:3}  {start:7.1f} s  {event.duration_s:6.1f} s  {event.caption}")
        start += event.duration_s
    return "\n".join([*lines, f"     {start:7.1f} s  in all"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
