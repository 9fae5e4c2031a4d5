"""A project as something to be exported: what stands in its way, what is delivered of it, what keeps its takes there
meanwhile, and what stands for that.

Knows nothing of jobs or of how an export is made.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path

from pipeline.delivery.material import Material
from pipeline.delivery.project_file import material_of
from pipeline.errors import FormatError
from pipeline.formats.description import TakeFile
from pipeline.formats.files import copied
from pipeline.progress import CancelToken
from studio import codec
from studio.project import Project, shown_title
from studio.store import Store
from studio.takes import digest

_LOOKS = 3  # for a take that is moved to the trash, or back, just then
_UNSTAMPED = ("id", "revision", "changes", "journal", "favourites", "options", "rate_hz")


def trouble_of(store: Store, project: Project) -> str:
    """Why the project can't be exported as it is, in one sentence; nothing where it can."""
    clips = [clip for lane in project.arrangement.lanes for clip in lane.clips] if project.arrangement else []
    if project.arrangement is None or not (project.plan.events or clips):
        return "there is nothing to export yet: plan a story first"
    files = store.take_files(project.id)
    named = [(event.id, f"event {n} (“{event.caption[:60]}”)") for n, event in enumerate(project.plan.events, start=1)]
    named += [(clip.source, f"the sound “{clip.name[:60]}”") for clip in clips]
    for owner, name in named:
        take = project.chosen_take(owner)
        if take is None:
            return f"{name} is not rendered yet; press Render first"
        if take.file not in files:
            return f"the audio of {name} is gone from the disk; render it again or choose another take"
    return ""


def pieces(project: Project) -> list[tuple[str, int, str, str]]:
    """(lane, number in it, id, words) of each event, whose lane is "", then of each clip of the free lanes."""
    desk = project.desk
    events = [("", number, one.id, one.caption) for number, one in enumerate(desk.timeline.events, 1)]
    clips = [
        (lane.name, number, one.id, one.name) for lane in desk.lanes for number, one in enumerate(lane.clips, 1)
    ]  # fmt: skip
    return events + clips


def material(store: Store, project: Project) -> Material:
    """What is delivered of a project as it is in this value. FormatError where it can't be read for that."""
    return material_of(codec.dumps(project), folder=store.path(project.id), name=f"“{shown_title(project)}”")


def held(
    store: Store, project: Project, found: Material, folder: Path, *, versions: bool, cancel: CancelToken
) -> Material:
    """`found` with the takes that are heard, and all `versions`, in `folder` too: they stay whatever is thrown away.

    A second name for the same file where the disk has those, else a copy. A take that is gone is left as it is: the
    delivery names it. FormatError where nothing can be put there, Cancelled.
    """
    folder.mkdir()
    clips = [clip.source for lane in found.arrangement.lanes for clip in lane.clips]
    events = {event.id for event in found.arrangement.timeline.events}
    wanted = {take for event, take in found.chosen.items() if event in events} | set(clips)
    if versions:
        wanted |= {name for names in found.versions.values() for name in names}
    takes = dict(found.takes)
    for name in wanted & takes.keys():
        cancel.raise_if_cancelled()
        takes[name] = _held_take(store, project, takes[name], folder, cancel)
    return replace(found, takes=takes)


def _held_take(store: Store, project: Project, take: TakeFile, folder: Path, cancel: CancelToken) -> TakeFile:
    target = folder / take.path.name
    for _ in range(_LOOKS):
        source = store.take_path(project.id, take.path.stem)
        with contextlib.suppress(FileNotFoundError):
            second_name(source, target, cancel)
            return replace(take, path=target)
    return take


def second_name(source: Path, target: Path, cancel: CancelToken) -> None:
    """Takes are never written to once they are there, so that another name for one is as good as a copy."""
    if target.exists():  # two takes of one file
        return
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # a disk without such names
        try:
            copied(source, target, cancel=cancel)
        except FormatError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise error.__cause__ from error
            raise


def stamp(project: Project) -> str:
    """Stands for all that an export is made of: the same again after an edit is taken back."""
    parts = {name: value for name, value in json.loads(codec.dumps(project)).items() if name not in _UNSTAMPED}
    return digest(json.dumps(parts, sort_keys=True))
