"""The audio of takes on disk: written whole, found by id, moved to the project's trash and back.

takes/FILE.wav (32-bit float), FILE.json (what made it), FILE.safetensors (latents)      trash/  the same, thrown away
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.files import reason, replacing
from pipeline.renderer import Take
from studio.takes import TakeRecord

TAKES, TRASH = "takes", "trash"
_KINDS = (".wav", ".json", ".safetensors", ".npz")  # .npz: latents of the first version


def write_take(folder: Path, take: Take, record: TakeRecord) -> None:
    """Put a take's audio, its latents and what made it into `folder`; the audio last, so it stands for all."""
    stem = folder / record.file
    note = {"record": asdict(record), "recipe": dict(take.recipe)}
    with replacing(stem.with_suffix(".json")) as part:
        part.write_text(json.dumps(note, ensure_ascii=False, indent=1), encoding="utf-8")
    if take.latents is not None:
        with replacing(stem.with_suffix(".safetensors")) as part:
            save_file({"latents": np.ascontiguousarray(take.latents, dtype=np.float32)}, part)
    with replacing(stem.with_suffix(".wav")) as part:
        _write_float(part, take.audio)


def _write_float(path: Path, audio: Audio) -> None:
    try:
        with path.open("wb") as file:
            soundfile.write(file, audio.samples.T, audio.rate_hz, format="WAV", subtype="FLOAT")
        if path.stat().st_size < audio.samples.nbytes:
            raise OSError("only a part of it reached the disk")
    except (soundfile.SoundFileError, AssertionError) as error:
        raise FormatError("the audio of a take can't be written: is the disk full?") from error


def path_of(project: Path, file: str) -> Path:
    """Where the audio of a take lies: among the takes, or in the project's trash."""
    path = project / TAKES / f"{file}.wav"
    thrown = project / TRASH / f"{file}.wav"
    return thrown if thrown.is_file() and not path.is_file() else path


def read_audio(project: Path, record: TakeRecord) -> Audio:
    """The audio of a take; FormatError when its file is gone or damaged."""
    try:
        samples, rate_hz = soundfile.read(path_of(project, record.file), dtype="float32", always_2d=True)
        return Audio(samples.T, rate_hz)
    except (OSError, soundfile.SoundFileError) as error:
        raise FormatError(f"the audio of “{record.caption[:60]}” can't be read; render it again") from error


def read_latents(project: Path, record: TakeRecord) -> np.ndarray:
    """The latents [frames, channels] of a take; FormatError when it has none."""
    stem = path_of(project, record.file)
    try:
        if stem.with_suffix(".npz").is_file():
            with np.load(stem.with_suffix(".npz"), allow_pickle=False) as saved:
                return saved["latents"]
        return load_file(stem.with_suffix(".safetensors"))["latents"]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise FormatError(f"this take of “{record.caption[:60]}” has no latents to vary; render a new one") from error


def present(project: Path) -> frozenset[str]:
    """Names of the takes whose audio is there."""
    found: set[str] = set()
    for name in (TAKES, TRASH):
        try:
            with os.scandir(project / name) as entries:
                found.update(entry.name[:-4] for entry in entries if entry.name.endswith(".wav"))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise FormatError(f"the takes of this project can't be read: {reason(error)}") from error
    return frozenset(found)


def sort_out(project: Path, *, thrown: Iterable[str], kept: Iterable[str]) -> None:
    """Move the files of thrown takes to the trash and those of kept ones back; what is gone stays gone."""
    for files, source, target in ((thrown, TAKES, TRASH), (kept, TRASH, TAKES)):
        for file in files:
            for kind in _KINDS:
                _move(project / source / f"{file}{kind}", project / target / f"{file}{kind}")


def _move(source: Path, target: Path) -> None:
    try:
        if source.is_file():
            target.parent.mkdir(exist_ok=True)
            source.replace(target)
    except OSError as error:
        raise FormatError(f"a take can't be moved to or from the trash: {reason(error)}") from error
