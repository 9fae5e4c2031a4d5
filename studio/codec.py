"""A project as JSON, schema "audiostory.project/1", and back. Knows nothing of where the text is kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pipeline.errors import AudioStoryError, FormatError
from pipeline.formats.timeline_json import timeline_from_dict, timeline_to_dict
from pipeline.settings import RenderSettings
from pipeline.timeline import Timeline
from studio.project import Project, TakeRecord

SCHEMA = "audiostory.project/1"


def dumps(project: Project) -> str:
    """The whole project as JSON text."""
    data = {
        "schema": SCHEMA,
        "id": project.id,
        "revision": project.revision,
        "changes": project.changes,
        "seed": project.seed,
        "settings": asdict(project.settings),
        "timeline": _timeline_to_dict(project.timeline),
        "takes": {event: [asdict(t) for t in takes] for event, takes in project.takes.items()},
        "chosen": dict(project.chosen),
    }
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def loads(text: str) -> Project:
    """JSON text to a project; FormatError when it is not one."""
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise FormatError(f"the schema {data['schema']!r} is unknown; this version reads {SCHEMA}")
        return _project(data)
    except AudioStoryError as error:
        raise FormatError(f"this project is damaged: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError("this project is damaged: its file is not what this program writes") from error


def _timeline_to_dict(timeline: Timeline | None) -> dict[str, Any] | None:
    if timeline is None:
        return None
    return timeline_to_dict(timeline)


def _timeline(data: dict[str, Any] | None) -> Timeline | None:
    """The timeline; one whose last event was deleted is allowed here, though not in a file written by hand."""
    if data is None or data["events"]:
        return None if data is None else timeline_from_dict(data)
    with_one = timeline_from_dict({**data, "boundaries": [], "events": [{"caption": "-", "duration_s": 1.0}]})
    return Timeline(story=with_one.story, events=(), reasoning=with_one.reasoning)


def _project(data: dict[str, Any]) -> Project:
    return Project(
        id=str(data["id"]),
        revision=int(data["revision"]),
        changes=int(data["changes"]),
        seed=int(data["seed"]),
        settings=RenderSettings(**data["settings"]),
        timeline=_timeline(data["timeline"]),
        takes={event: tuple(TakeRecord(**t) for t in takes) for event, takes in data["takes"].items()},
        chosen={str(event): str(take) for event, take in data["chosen"].items()},
    )
