"""Many stories or timelines, one after another: planned, rendered, delivered. A failure keeps none from the others.

Knows the contracts of planners and renderers, no particular one, and nothing of the command line.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

import soundfile

from pipeline.arrangement import Arrangement
from pipeline.delivery.bundle import Delivered, Options, deliver
from pipeline.delivery.material import Material
from pipeline.delivery.presets import Preset
from pipeline.errors import AudioStoryError, Cancelled, FormatError, PlanError
from pipeline.formats.description import TakeFile
from pipeline.formats.files import is_folder, read_reason, reason
from pipeline.formats.story_list import ListedStory, read_story_list
from pipeline.formats.timeline_json import read_timeline
from pipeline.progress import CancelToken
from pipeline.renderer import Renderer
from pipeline.settings import RenderSettings
from pipeline.story import EventRendered, Planner, StepDone, plan, render_timeline
from pipeline.timeline import MAX_STORY_CHARS, Story, Timeline

log = logging.getLogger(__name__)

STORY, TIMELINE, LIST = ".txt", ".json", ".jsonl"
_NO_MEMORY = re.compile(r"out of memory|allocate memory", re.IGNORECASE)  # as torch tells it, by a RuntimeError
_RENDERED = 0.8  # of the work on one, once all its takes are there
OnProgress = Callable[[float, str], None]  # 0 to 1 of all, and what is being done


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What is the same for all. planner, renderer: asked for when first needed. duration_s: of a story's track."""

    preset: Preset
    folder: Path
    planner: Callable[[], Planner]
    renderer: Callable[[], Renderer]
    duration_s: float = 30.0
    seed: int = 0
    settings: RenderSettings = RenderSettings()
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Source:
    """One to deliver: a file, or one line of a list of stories."""

    path: Path
    listed: ListedStory | None = None

    def __str__(self) -> str:
        return f"{self.path}{self._line}"

    @property
    def name(self) -> str:
        """As a message calls it: without the folder."""
        return f"{self.path.name}{self._line}"

    @property
    def title(self) -> str:
        """What is delivered is named after it: the line's name, or the file's and the number of the line."""
        if self.listed is None:
            return self.path.stem
        return self.listed.name or f"{self.path.stem} {self.listed.line}"

    @property
    def _line(self) -> str:
        return f" line {self.listed.line}" if self.listed else ""


@dataclass(frozen=True)
class Outcome:
    """How one went: what was delivered, or why nothing was, in a sentence."""

    source: Source
    delivered: Delivered | None
    problem: str = ""


def sources(paths: Sequence[Path]) -> list[Source]:
    """What is to be delivered, each once; FormatError for anything that is none of these.

    Stories (.txt) and timelines (.json), given or in folders, and every line of lists of stories (.jsonl) that are
    given. Lists are read here, so that a wrong line is told before anything is made; the rest is read when it is due.
    """
    found: list[Source] = []
    for path in paths:
        suffix = path.suffix.lower()
        if is_folder(path):
            found += _inside(path)
        elif suffix in (STORY, TIMELINE):
            found.append(Source(path))
        elif suffix == LIST:
            found += [Source(path, listed) for listed in read_story_list(path)]
        else:
            raise FormatError(
                f"{path} is neither a story (.txt) nor a timeline (.json) nor a folder of them nor a list of stories"
                " (.jsonl)"
            )
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> list[Source]:
    """The stories and timelines in a folder; lists are taken only where they are given themselves."""
    try:
        inside = sorted(one for one in folder.iterdir() if one.suffix.lower() in (STORY, TIMELINE) and one.is_file())
    except OSError as error:
        raise FormatError(f"can't read {folder}: {read_reason(error)}") from error
    if not inside:
        raise FormatError(f"there are no stories (.txt) and no timelines (.json) in {folder}")
    return [Source(path) for path in inside]


def deliver_all(
    these: Sequence[Source],
    orders: Orders,
    *,
    cancel: CancelToken,
    on_progress: OnProgress = lambda _share, _what: None,
) -> Iterator[Outcome]:
    """Deliver one after another, in order, and say how each went. Cancelled ends it; what is delivered stays."""
    for number, source in enumerate(these):

        def told(share: float, doing: str, number: int = number, source: Source = source) -> None:
            on_progress((number + share) / len(these), f"{source.name}: {doing}")

        try:
            yield Outcome(source, _one(source, _orders_of(source, orders), cancel, told))
        except Cancelled:
            raise
        except Exception as error:  # whatever it is, the others are delivered
            log.debug("%s is not delivered", source, exc_info=True)
            yield Outcome(source, None, _why(error))


def _why(error: Exception) -> str:
    """Why one was not delivered, in one sentence."""
    if isinstance(error, AudioStoryError):
        return str(error)
    if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
        return "there is not enough memory for this; make the track shorter"
    if isinstance(error, OSError):
        return f"a file can't be read or written: {reason(error)}"
    lines = str(error).strip().splitlines()
    return f"something unforeseen went wrong: {type(error).__name__}{f' ({lines[0][:120]})' if lines else ''}"


def _orders_of(source: Source, orders: Orders) -> Orders:
    """The orders with the seed and the length that a line asks for."""
    listed = source.listed
    if listed is None:
        return orders
    return replace(
        orders,
        seed=orders.seed if listed.seed is None else listed.seed,
        duration_s=orders.duration_s if listed.duration_s is None else listed.duration_s,
    )


def _one(source: Source, orders: Orders, cancel: CancelToken, told: OnProgress) -> Delivered:
    told(0.0, "planning")
    cancel.raise_if_cancelled()
    timeline = _timeline(source, orders, cancel)
    with tempfile.TemporaryDirectory(prefix="audiostory-") as place:
        takes = _takes(timeline, orders, Path(place), cancel, told)
        material = Material(
            title=source.title,
            arrangement=Arrangement(timeline=timeline),
            chosen={event.id: event.id for event in timeline.events},
            takes=takes,
            versions={event.id: (event.id,) for event in timeline.events},
            settings={"seed": orders.seed, "steps": orders.settings.steps, "guidance": orders.settings.guidance},
        )
        return deliver(
            material, orders.preset, orders.folder, options=orders.options, cancel=cancel,
            on_progress=lambda share, doing: told(_RENDERED + (1.0 - _RENDERED) * share, doing),
        )  # fmt: skip


def _timeline(source: Source, orders: Orders, cancel: CancelToken) -> Timeline:
    """The timeline of a file, or the plan of its story."""
    path, listed = source.path, source.listed
    if listed is None and path.suffix.lower() == TIMELINE:
        return read_timeline(path, seed=orders.seed)
    text, tone = (listed.text, listed.tone) if listed else (_text(path), "")
    story = Story(text=text, duration_s=orders.duration_s, tone=tone)
    return plan(story, seed=orders.seed, planner=orders.planner(), cancel=cancel)


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(4 * MAX_STORY_CHARS)
    except UnicodeDecodeError as error:
        raise PlanError(f"{path} is not text in UTF-8") from error
    except (OSError, ValueError) as error:
        raise FormatError(f"can't read {path}: {read_reason(error)}") from error


def _takes(
    timeline: Timeline, orders: Orders, place: Path, cancel: CancelToken, told: OnProgress
) -> dict[str, TakeFile]:
    """All takes, rendered and written below `place`: event id -> its take."""
    takes: dict[str, TakeFile] = {}
    renderer = orders.renderer()
    for step in render_timeline(timeline, renderer=renderer, settings=orders.settings, cancel=cancel):
        match step:
            case StepDone(done, total):
                told(_RENDERED * done / total, "rendering")
            case EventRendered(index, take):
                event, path = timeline.events[index], place / f"{index}.wav"
                try:
                    soundfile.write(path, take.audio.samples.T, take.audio.rate_hz, subtype="FLOAT")
                except (OSError, soundfile.SoundFileError) as error:
                    why = reason(error) if isinstance(error, OSError) else "is the disk full?"
                    raise FormatError(f"the takes can't be kept: {why}") from error
                takes[event.id] = TakeFile(
                    id=event.id, path=path, rate_hz=take.audio.rate_hz, samples=take.audio.length,
                    caption=event.caption, seed=event.seed, model=renderer.name,
                    made_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                )  # fmt: skip
    return takes
