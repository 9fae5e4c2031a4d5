"""A small project with real takes on disk: three events (one at another rate), a bed that is looped and ducks.

And what deliveries of it are asked for with.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile

from pipeline.arrangement import Arrangement, Clip, Ducking, Lane, Marker
from pipeline.delivery.bundle import Options
from pipeline.delivery.material import Material
from pipeline.delivery.presets import PRESETS
from pipeline.formats.audio_format import AudioFormat
from pipeline.formats.description import TakeFile
from pipeline.timeline import Boundary, Event, Story, Timeline

EVENTS = (
    Event(id="e1", caption="rain <on> a tin roof", duration_s=1.0, seed=11),
    Event(id="e2", caption="../a train: “whistle” & steam", duration_s=1.5, seed=12),
    Event(id="e3", caption="=wind", duration_s=0.75, seed=13),
)
LENGTH_S = 3.25
LENGTH = round(LENGTH_S * 48_000)
MADE = datetime(2026, 3, 9, 7, 5, 3)
OPTIONS = Options(creator="Ada", made=MADE, suggest=lambda caption: "RAIN" if "rain" in caption else "WIND")
TITLE = "Night train"
LIGHT = replace(PRESETS["everything"], mixes=(AudioFormat(),), pictures=False, sheet=False, captions=False)


def noise(seconds: float, rate_hz: int, *, channels: int = 1, level: float = 0.2, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).uniform(-level, level, (channels, round(seconds * rate_hz)))
    return made.astype(np.float32)


def take(folder: Path, name: str, samples: np.ndarray, rate_hz: int, **fields) -> TakeFile:
    path = folder / f"{sha256(name.encode()).hexdigest()[:12]}.wav"
    soundfile.write(path, samples.T, rate_hz, subtype="FLOAT", format="WAV")
    usual = {"caption": name, "seed": 5, "model": "sketch", "made_at": "2026-03-09T00:00:00+00:00"}
    return TakeFile(id=name, path=path, rate_hz=rate_hz, samples=samples.shape[1], **{**usual, **fields})


def material(folder: Path, *, level: float = 0.2, lanes: bool = True, **fields) -> Material:
    folder.mkdir(exist_ok=True)
    takes = [
        take(folder, "t1", noise(1.5, 48_000, level=level, seed=1), 48_000, caption="rain", seed=11),
        take(folder, "t1b", noise(1.5, 48_000, level=level, seed=2), 48_000, caption="older rain", seed=10),
        take(folder, "t2", noise(4.0, 32_000, channels=2, level=level, seed=3), 32_000, caption="train"),
        take(folder, "t3", noise(0.75, 48_000, level=level, seed=4), 48_000, caption="wind"),
        take(folder, "bed", noise(1.0, 48_000, level=level / 4, seed=5), 48_000, caption="bed"),
    ]
    clip = Clip(id="c1", source="bed", name="a bed", start_s=0.25, duration_s=2.5, fit="loop")
    timeline = Timeline(
        story=Story(text="Rain, a train, wind.", duration_s=LENGTH_S),
        events=EVENTS,
        boundaries=(Boundary(length_s=0.5), Boundary(length_s=0.0)),
    )
    arrangement = Arrangement(
        timeline=timeline,
        lanes=(Lane(id="l1", name="Bed / “soft”", clips=(clip,), duck=Ducking()),) if lanes else (),
        markers=(Marker(id="m1", at_s=1.25, name="hit"),),
    )
    usual = {
        "title": "Night <train>",
        "arrangement": arrangement,
        "chosen": {"e1": "t1", "e2": "t2", "e3": "t3"},
        "takes": {one.id: one for one in takes},
        "versions": {"e1": ("t1b", "t1"), "e2": ("t2",), "e3": ("t3",), "c1": ("bed",)},
        "settings": {"seed": 3, "steps": 25},
    }
    return Material(**{**usual, **fields})
