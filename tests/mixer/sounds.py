"""Sounds and sessions that the mixer's tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.arrangement import STORY_LANE, Arrangement, Ducking, Fit, Placed, PlacedLane, Session, Strip, session
from pipeline.audio import Audio
from pipeline.mixer import Mixer, audio_sources
from pipeline.timeline import Boundary, Curve, Event, Story, Timeline

RATE = 8_000


def noise(seconds: float, *, rate_hz: int = RATE, channels: int = 1, seed: int = 0, level: float = 0.1) -> Audio:
    samples = np.random.default_rng(seed).standard_normal((channels, round(seconds * rate_hz))) * level
    return Audio(samples, rate_hz)


def tone(seconds: float, hz: float, *, rate_hz: int = RATE, channels: int = 1, level: float = 0.5) -> Audio:
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz + 0.7)
    return Audio(np.tile(wave, (channels, 1)), rate_hz)


def constant(seconds: float, value: float = 1.0, *, rate_hz: int = RATE, channels: int = 1) -> Audio:
    return Audio(np.full((channels, round(seconds * rate_hz)), value), rate_hz)


def placed(
    source: str, *, start: int, length: int, fades: tuple[int, int] = (0, 0), curve: Curve = Curve.LINEAR, **more: Any
) -> Placed:
    """A clip; more: offset, fit, strip, muted."""
    plain = {"offset": 0, "fit": Fit.TRIM, "strip": Strip(), "muted": False}
    return Placed(
        id=f"{source}-{start}", source=source, name=f"the {source}", start=start, length=length, fade_in=fades[0],
        fade_in_curve=curve, fade_out=fades[1], fade_out_curve=curve, **(plain | more),
    )  # fmt: skip


def lane(
    name: str, *clips: Placed, strip: Strip | None = None, muted: bool = False, duck: Ducking | None = None
) -> PlacedLane:
    return PlacedLane(id=name, name=name, clips=clips, strip=strip or Strip(), muted=muted, duck=duck)


def playing(*lanes: PlacedLane, length: int, rate_hz: int = RATE, master_db: float = 0.0) -> Session:
    story = () if any(one.id == STORY_LANE for one in lanes) else (lane(STORY_LANE),)
    return Session(rate_hz=rate_hz, length=length, lanes=(*story, *lanes), master_db=master_db)


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


def told(*durations_s: float, fade_s: float, curve: Curve = Curve.EQUAL_POWER) -> Timeline:
    events = tuple(Event(caption=f"sound {i}", duration_s=d, id=f"e{i}") for i, d in enumerate(durations_s))
    seams = (Boundary(length_s=fade_s, curve=curve),) * (len(events) - 1)
    return Timeline(story=Story(text="x", duration_s=60), events=events, boundaries=seams)


def story_of(timeline: Timeline, *, rate_hz: int = RATE) -> Session:
    ids = {event.id: event.id for event in timeline.events}
    return session(Arrangement(timeline=timeline), ids, rate_hz=rate_hz)


def mixed(*lanes: PlacedLane, takes: dict[str, Audio], length: int = 3 * RATE, **more: Any) -> np.ndarray:
    return Mixer(playing(*lanes, length=length, **more), audio_sources(takes)).samples()
