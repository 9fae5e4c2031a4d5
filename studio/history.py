"""Undo and redo without limit: every state that the project was in, each kept as what differs from the one before.

Why states and not inverse operations: an edit is any pure function of a project, and none can be forgotten or wrongly
inverted. A state is a flat table (one entry per event, seam, clip, lane, choice …) whose entries are shared with the
states around it, in memory and in the journal on disk, so that a step costs what it changed. Takes are no part of a
state: undo takes back what is heard, never a take (nor the rate of the mix). Pure; knows no disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

from pipeline.errors import FormatError, ProjectError
from pipeline.settings import RenderSettings
from pipeline.timeline import Event
from studio import codec
from studio.project import Project
from studio.takes import Options

State = Mapping[str, Any]
Line = dict[str, Any]
_GROUPS = ("event", "seam", "strip", "lane", "clip", "source", "options", "chosen")


def state_of(project: Project) -> State:
    """Everything of a project that undo takes back, as one flat table of plain values."""
    state: dict[str, Any] = {
        "project": [project.title, project.seed, asdict(project.settings)],
        "marked": [sorted(project.favourites), sorted(project.trashed)],
    }
    data = codec.desk_to_dict(project)
    timeline, desk = data["timeline"], data["arrangement"]
    if timeline is not None:
        events, seams = timeline.pop("events"), timeline.pop("boundaries")
        state["timeline"] = timeline
        state["order"] = [event["id"] for event in events]
        state.update((f"event/{event['id']}", event) for event in events)
        state.update((f"seam/{event['id']}", seam) for event, seam in zip(events[:-1], seams, strict=True))
        state.update((f"strip/{key}", strip) for key, strip in desk.pop("strips").items())
        lanes = desk.pop("lanes")
        state["desk"] = desk
        state["lanes"] = [lane["id"] for lane in lanes]
        for lane in lanes:
            clips = lane.pop("clips")
            state[f"lane/{lane['id']}"] = {**lane, "clips": [clip["id"] for clip in clips]}
            for clip in clips:
                state[f"clip/{clip['id']}"] = {**clip, "source": data["clip_sources"][clip["id"]]}
    state.update((f"source/{key}", codec.event_to_dict(event)) for key, event in project.sources.items())
    state.update((f"options/{key}", dict(vars(options))) for key, options in project.options.items())
    state.update((f"chosen/{key}", take) for key, take in project.chosen.items())
    return state


def restored(project: Project, state: State) -> Project:
    """The project with that state; its takes, its id and its counters stay. FormatError for a damaged state."""
    groups: dict[str, dict[str, Any]] = {name: {} for name in _GROUPS}
    for key, value in state.items():
        group, _, name = key.partition("/")
        if name:
            groups[group][name] = value
    try:
        title, seed, settings = state["project"]
        favourites, trashed = state["marked"]
        return replace(
            project,
            title=title,
            seed=seed,
            settings=RenderSettings(**settings),
            arrangement=codec.desk_of(_desk(state, groups)),
            sources={key: Event(**event) for key, event in groups["source"].items()},
            options={key: Options(**options) for key, options in groups["options"].items()},
            chosen=groups["chosen"],
            favourites=frozenset(favourites),
            trashed=frozenset(trashed),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError("this step of the history is damaged") from error


def _desk(state: State, groups: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if "timeline" not in state:
        return {"timeline": None}
    order, seams = state["order"], groups["seam"]
    events = [groups["event"][key] for key in order]
    lanes = []
    for key in state["lanes"]:
        lane = groups["lane"][key]
        lanes.append({**lane, "clips": [groups["clip"][clip] for clip in lane["clips"]]})
    return {
        "timeline": {**state["timeline"], "events": events, "boundaries": [seams[key] for key in order[:-1]]},
        "arrangement": {**state["desk"], "strips": groups["strip"], "lanes": lanes},
    }


def difference(old: State, new: State) -> Line:
    """What to set and what to drop so that `old` becomes `new`."""
    changed = {key: value for key, value in new.items() if key not in old or old[key] != value}
    gone = [key for key in old if key not in new]
    return {"set": changed, **({"drop": gone} if gone else {})}


def patched(old: State, line: Line) -> State:
    """The state after a difference; entries that did not change are shared."""
    state = {**old, **line.get("set", {})}
    for key in line.get("drop", ()):
        state.pop(key, None)
    return state


@dataclass
class History:
    """The states of a project, the labels of the steps between them, and which state is the present one.

    Every method that moves on returns the line of the journal that says so; `replay` reads such lines.
    tags: what a step belongs to (a job), so that what the same job brings next becomes a part of it.
    """

    states: list[State]
    labels: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    at: int = 0

    @property
    def present(self) -> State:
        """The state that the project is in."""
        return self.states[self.at]

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self.labels[self.at - 1] if self.at else None

    @property
    def redo_label(self) -> str | None:
        """What redo would bring back."""
        return self.labels[self.at] if self.at < len(self.labels) else None

    def step(self, new: State, label: str, *, tag: str = "") -> Line | None:
        """An edit happened; what could be redone is gone. None when nothing changed."""
        if new == self.present:
            return None
        line = {"do": label, "tag": tag, **difference(self.present, new)}
        self._did(line)
        return line

    def arrived(self, new: State, label: str, *, tag: str) -> Line | None:
        """Something came in by itself (a take). It is a step, or a part of the step of the same tag.

        While something can be redone it is no step: it is laid into the present and into every state to come that
        still has what the present had there, so that a redo loses neither.
        """
        if new == self.present:
            return None
        behind = self.at < len(self.labels)
        if not behind and not (self.at and tag and self.tags[self.at - 1] == tag):
            return self.step(new, label, tag=tag)
        line = {"amend": True, **difference(self.present, new)}
        self._amended(line)
        return line

    def undo(self) -> Line:
        """One step back; ProjectError when there is none."""
        if not self.at:
            raise ProjectError("there is nothing to undo")
        self.at -= 1
        return {"undo": True}

    def redo(self) -> Line:
        """One step forward again; ProjectError when there is none."""
        if self.at >= len(self.labels):
            raise ProjectError("there is nothing to redo")
        self.at += 1
        return {"redo": True}

    def _did(self, line: Line) -> None:
        state = patched(self.present, line)
        del self.states[self.at + 1 :], self.labels[self.at :], self.tags[self.at :]
        self.states.append(state)
        self.labels.append(str(line["do"]))
        self.tags.append(str(line.get("tag", "")))
        self.at += 1

    def _amended(self, line: Line) -> None:
        before = self.present
        touched = [*line.get("set", {}), *line.get("drop", ())]
        for at in range(self.at, len(self.states)):
            state = self.states[at]
            same = [key for key in touched if state.get(key) == before.get(key)]
            part = {"set": {k: line["set"][k] for k in same if k in line["set"]}, "drop": [
                k for k in same if k in line.get("drop", ())
            ]}  # fmt: skip
            self.states[at] = patched(state, part)

    def replayed(self, line: Line) -> None:
        """Take up one line of a journal; ValueError when it cannot follow here."""
        try:
            if "do" in line:
                self._did(line)
            elif "amend" in line:
                self._amended(line)
            elif "undo" in line:
                self.undo()
            elif "redo" in line:
                self.redo()
            else:
                raise ValueError("an unknown line")
        except (ProjectError, KeyError, TypeError) as error:
            raise ValueError("a line that does not fit") from error

    def lines(self) -> Iterator[Line]:
        """A journal of just what can still be undone and redone."""
        yield {"base": self.states[0]}
        for label, tag, (old, new) in zip(self.labels, self.tags, pairwise(self.states), strict=True):
            yield {"do": label, "tag": tag, **difference(old, new)}
        for _ in range(len(self.labels) - self.at):
            yield {"undo": True}


def replay(lines: Iterable[Line]) -> History:
    """The history that a journal tells; ValueError when it is none."""
    rest = iter(lines)
    first = next(rest, None)
    if first is None or not isinstance(first.get("base"), dict):
        raise ValueError("a journal begins with a state")
    history = History([first["base"]])
    for line in rest:
        history.replayed(line)
    return history
