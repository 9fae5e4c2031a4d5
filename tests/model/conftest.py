"""Checkpoints converted once for all tests of the models: the reference's tiny one and our second."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.convert import convert
from pipeline.timeline import Boundary, Event, Story, Timeline
from tests.model import public

STORY = Story(text="A storm passes.", duration_s=26.5)


@pytest.fixture(scope="session")
def public_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference's checkpoint as published."""
    return public.write_reference(tmp_path_factory.mktemp("public") / "reference")


@pytest.fixture(scope="session")
def folder(public_folder: Path) -> Path:
    """The reference's checkpoint, converted."""
    convert([public_folder], public_folder.parent / "ours")
    return public_folder.parent / "ours"


@pytest.fixture(scope="session")
def pipe(folder: Path) -> AudioStoryPipeline:
    """The reference's checkpoint, loaded. Tests that change it load their own."""
    return AudioStoryPipeline.from_pretrained(folder)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> AudioStoryPipeline:
    """The second checkpoint, converted from a tokenizer without the tokens and a list of them, in small shards."""
    base = tmp_path_factory.mktemp("second")
    convert([public.Second().write(base / "public")], base / "ours", shard_bytes=1_000_000)
    return AudioStoryPipeline.from_pretrained(base / "ours")


@pytest.fixture(scope="session")
def timeline() -> Timeline:
    """The reference's timeline: its reasoning, three events, crossfades of 3 s."""
    told = public.fixture()
    captions = [caption.split("<")[0] for caption in told["captions"]]
    events = [Event(caption=c, duration_s=s) for c, s in zip(captions, told["durations"], strict=True)]
    fades = (Boundary(length_s=told["crossfade_sec"]),) * 2
    return Timeline(story=STORY, reasoning=told["reasoning"], events=tuple(events), boundaries=fades)
