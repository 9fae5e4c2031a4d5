"""A project's folder, read for delivery: what is heard in it, and where the audio lies.

    project.json      schemas "audiostory.project/1" and /2         takes/FILE.wav

Reads only what a delivery needs and changes nothing. The studio writes these files; that it and this reader agree is
held by a test. Knows nothing of the studio's code.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.arrangement import Arrangement
from pipeline.delivery.material import Material, title_of
from pipeline.errors import AudioStoryError, FormatError
from pipeline.formats.arrangement_json import arrangement_from_dict
from pipeline.formats.description import TakeFile
from pipeline.formats.files import is_file, is_folder, read_reason
from pipeline.formats.timeline_json import timeline_from_dict
from pipeline.timeline import Timeline

log = logging.getLogger(__name__)

SCHEMAS = ("audiostory.project/2", "audiostory.project/1")
MAX_BYTES = 256_000_000
_FILE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DAMAGED = "its project.json is not what this program writes"


def read_project(path: Path) -> Material:
    """The project in the folder `path`, or whose project.json is `path`; FormatError says what is wrong with it."""
    file = path / "project.json" if is_folder(path) else path
    try:
        if file.stat().st_size > MAX_BYTES:
            raise FormatError(f"{file} is larger than {MAX_BYTES:,} bytes and can't be a project")
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FormatError(f"there is no project at {path}: a project is a folder with a project.json") from error
    except (OSError, ValueError) as error:
        why = read_reason(error) if isinstance(error, OSError) else "it is not text in UTF-8"
        raise FormatError(f"can't read {file}: {why}") from error
    return material_of(text, folder=file.parent, name=str(path))


def material_of(text: str, *, folder: Path, name: str) -> Material:
    """A project whose project.json is `text` and whose takes lie below `folder`; errors call it `name`. FormatError."""
    try:
        data = json.loads(text)
        if data["schema"] not in SCHEMAS:
            raise FormatError(f"the schema {data['schema']!r:.80} is unknown; this version reads {SCHEMAS[0]}")
        return _read(data, folder=folder)
    except AudioStoryError as error:
        raise FormatError(f"the project {name} can't be delivered: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(f"the project {name} is damaged: {_DAMAGED}") from error


def _read(data: Mapping[str, Any], *, folder: Path) -> Material:
    if data["timeline"] is None:
        raise FormatError("it has no timeline yet")
    arrangement = _arrangement(data)
    trashed = set(map(str, data.get("trashed", ())))
    owned = {str(owner): [_take(item, folder) for item in items] for owner, items in data["takes"].items()}
    kept = {owner: [take for take in takes if take.id not in trashed] for owner, takes in owned.items()}
    versions = {owner: tuple(take.id for take in takes if is_file(take.path)) for owner, takes in kept.items()}
    shown = data.get("clip_sources", {})
    for lane in arrangement.lanes:
        for clip in lane.clips:
            versions[clip.id] = versions.get(str(shown.get(clip.id, clip.source)), ())
    return Material(
        title=title_of(str(data.get("title", "")), arrangement),
        arrangement=arrangement,
        chosen={str(event): str(take) for event, take in data["chosen"].items()},
        takes={take.id: take for takes in owned.values() for take in takes},
        versions=versions,
        settings={"seed": data.get("seed"), **data.get("settings", {})},
    )


def _arrangement(data: Mapping[str, Any]) -> Arrangement:
    timeline, rest = _timeline(data["timeline"]), data.get("arrangement")
    return Arrangement(timeline=timeline) if rest is None else arrangement_from_dict(rest, timeline)


def _timeline(data: Mapping[str, Any]) -> Timeline:
    """The timeline; a project may have one without events, which a file written by hand may not."""
    if data["events"]:
        return timeline_from_dict(data)
    with_one = timeline_from_dict({**data, "boundaries": [], "events": [{"caption": "-", "duration_s": 1.0}]})
    return Timeline(story=with_one.story, events=(), reasoning=with_one.reasoning)


def _take(item: Mapping[str, Any], folder: Path) -> TakeFile:
    file = str(item["file"])
    if not _FILE.fullmatch(file):
        raise FormatError(f"a take's file is called {file!r:.80}, which is no name of one")
    return TakeFile(
        id=str(item["id"]),
        path=folder / "takes" / f"{file}.wav",
        rate_hz=int(item["rate_hz"]),
        samples=int(item["samples"]),
        caption=str(item.get("name") or item["caption"]),
        seed=int(item["seed"]),
        model=str(item["renderer"]),
        made_at=str(item["made_at"]),
    )
