"""A project as JSON, schema "audiostory.project/2", and back; /1 is read too. Knows nothing of where the text is kept.

In `arrangement` a clip names the take that is heard, so that a reader who knows nothing of this program finds its
audio; `clip_sources` says which source of `sources` it really shows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from pipeline.arrangement import Arrangement
from pipeline.errors import AudioStoryError, FormatError
from pipeline.formats.arrangement_json import arrangement_from_dict, arrangement_to_dict
from pipeline.formats.timeline_json import timeline_from_dict, timeline_to_dict
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Timeline
from studio.project import MIX_RATE_HZ, Project
from studio.takes import Options, TakeRecord

SCHEMA, SCHEMA_1 = "audiostory.project/2", "audiostory.project/1"


def dumps(project: Project, *, journal: int = 0) -> str:
    """The whole project as JSON text; `journal`: bytes of its history that belong to this state."""
    data = {
        "schema": SCHEMA,
        "id": project.id,
        "title": project.title,
        "revision": project.revision,
        "changes": project.changes,
        "journal": journal,
        "seed": project.seed,
        "rate_hz": project.rate_hz,
        "settings": asdict(project.settings),
        **desk_to_dict(project),
        "sources": {key: event_to_dict(event) for key, event in project.sources.items()},
        "takes": {event: [dict(vars(t)) for t in takes] for event, takes in project.takes.items()},
        "chosen": dict(project.chosen),
        "options": {key: dict(vars(options)) for key, options in project.options.items()},
        "favourites": sorted(project.favourites),
        "trashed": sorted(project.trashed),
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def loads(text: str) -> Project:
    """JSON text to a project; FormatError when it is not one."""
    return read(text)[0]


def read(text: str) -> tuple[Project, int]:
    """JSON text to a project and the bytes of history that belong to it; FormatError when it is no project."""
    try:
        data = json.loads(text)
        if data["schema"] not in (SCHEMA, SCHEMA_1):
            raise FormatError(f"the schema {data['schema']!r} is unknown; this version reads {SCHEMA} and {SCHEMA_1}")
        return _project(data), int(data.get("journal", 0))
    except AudioStoryError as error:
        raise FormatError(f"this project is damaged: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError("this project is damaged: its file is not what this program writes") from error


def desk_to_dict(project: Project) -> dict[str, Any]:
    """The timeline, the rest of the arrangement, and which clip shows which source."""
    desk = project.arrangement
    if desk is None:
        return {"timeline": None, "arrangement": None, "clip_sources": {}}
    arrangement = arrangement_to_dict(desk)
    shown = {}
    for lane in arrangement["lanes"]:
        for clip in lane["clips"]:
            shown[clip["id"]] = clip["source"]
            clip["source"] = project.chosen.get(clip["source"], clip["source"])
    return {"timeline": timeline_to_dict(desk.timeline), "arrangement": arrangement, "clip_sources": shown}


def event_to_dict(event: Event) -> dict[str, Any]:
    """An event, fit for JSON."""
    return dict(vars(event))


def timeline_of(data: dict[str, Any]) -> Timeline:
    """The timeline; one without events is allowed here, though not in a file written by hand."""
    if data["events"]:
        return timeline_from_dict(data)
    with_one = timeline_from_dict({**data, "boundaries": [], "events": [{"caption": "-", "duration_s": 1.0}]})
    return Timeline(story=with_one.story, events=(), reasoning=with_one.reasoning)


def desk_of(data: dict[str, Any]) -> Arrangement | None:
    """What `desk_to_dict` wrote, or a project of the first schema, which had events alone."""
    if data["timeline"] is None:
        return None
    timeline, rest = timeline_of(data["timeline"]), data.get("arrangement")
    if rest is None:
        return Arrangement(timeline=timeline)
    desk, shown = arrangement_from_dict(rest, timeline), data.get("clip_sources", {})
    lanes = tuple(
        replace(lane, clips=tuple(replace(clip, source=shown.get(clip.id, clip.source)) for clip in lane.clips))
        for lane in desk.lanes
    )
    return replace(desk, lanes=lanes)


def _project(data: dict[str, Any]) -> Project:
    return Project(
        id=str(data["id"]),
        title=str(data.get("title", "")),
        revision=int(data["revision"]),
        changes=int(data["changes"]),
        seed=int(data["seed"]),
        rate_hz=int(data.get("rate_hz", MIX_RATE_HZ)),
        settings=RenderSettings(**data["settings"]),
        arrangement=desk_of(data),
        sources={str(key): Event(**event) for key, event in data.get("sources", {}).items()},
        takes={event: tuple(TakeRecord(**t) for t in takes) for event, takes in data["takes"].items()},
        chosen={str(event): str(take) for event, take in data["chosen"].items()},
        options={str(key): Options(**options) for key, options in data.get("options", {}).items()},
        favourites=frozenset(map(str, data.get("favourites", ()))),
        trashed=frozenset(map(str, data.get("trashed", ()))),
    )
