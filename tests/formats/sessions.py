"""A small arrangement with everything in it, described for the exporters: used by several tests."""

from __future__ import annotations

from pathlib import Path

from pipeline.arrangement import Arrangement, Clip, Ducking, Fade, Lane, Marker, Strip, session
from pipeline.formats.description import Description, Media, TakeFile
from pipeline.timeline import Boundary, Event, Story, Timeline

RATE = 48_000
EVENTS = (
    Event(id="e1", caption='heavy "rain" on a tin roof', duration_s=2.0, seed=11),
    Event(id="e2", caption="a train & its whistle <far>", duration_s=3.1, seed=12),
    Event(id="e3", caption="=ein Zug 🚂 hält", duration_s=1.337, seed=2**53 - 1),
)
SEAMS = (Boundary(length_s=0.75, curve="s_curve"), Boundary(length_s=0.0))


def take(name: str, samples: int, **fields) -> TakeFile:
    usual = {"rate_hz": RATE, "caption": name, "seed": 5, "model": "nano", "made_at": "2026-03-09"}
    return TakeFile(id=name, path=Path(f"{name}.wav"), samples=samples, **{**usual, **fields})


def arrangement() -> Arrangement:
    story = Story(text="Rain, a train, silence.", duration_s=6.437)
    bed = (
        Clip(id="c1", source="bed", name="wind", start_s=0.5, duration_s=3.0, offset_s=0.25,
             fade_in=Fade(length_s=0.5, curve="logarithmic"), fade_out=Fade(length_s=1.0, curve="exponential"),
             strip=Strip(gain_db=-6.0, pan=-0.5)),
        Clip(id="c2", source="bed", name="wind again", start_s=2.5, duration_s=2.0, fit="loop"),
        Clip(id="c3", source="bird", name="a bird", start_s=4.5, duration_s=1.0, fit="stretch",
             strip=Strip(mute=True)),
    )  # fmt: skip
    return Arrangement(
        timeline=Timeline(story=story, events=EVENTS, boundaries=SEAMS),
        strips={"e2": Strip(gain_db=3.0, pan=1.0)},
        fade_out=Fade(length_s=0.25, curve="linear"),
        lanes=(
            Lane(id="l1", name="Ambience, bed", clips=bed, strip=Strip(gain_db=-3.0, pan=0.25), duck=Ducking()),
            Lane(id="l2", name="Empty", strip=Strip(mute=True)),
        ),
        markers=(Marker(id="m1", at_s=1.234567, name="“hit”"), Marker(id="m2", at_s=99.0, name="after the end")),
        master_db=-1.5,
    )


def described(*, rate_hz: int = RATE) -> Description:
    arranged = arrangement()
    takes = {
        "t1": take("t1", 2 * RATE + 36_000),
        "t1b": take("t1b", 2 * RATE + 40_000, seed=99, caption="an older rain"),
        "t2": take("t2", 170_000),
        "t3": take("t3", 70_000, rate_hz=44_100, seed=None),
        "bed": take("bed", 5 * RATE),
        "bird": take("bird", 2 * RATE),
    }
    chosen = {"e1": "t1", "e2": "t2", "e3": "t3"}
    return Description(
        title="Night train",
        session=session(arranged, chosen, rate_hz=rate_hz),
        media={name: Media(file=f"media/{name} a.wav", take=one) for name, one in takes.items()},
        versions={"e1": ("t1b", "t1"), "e2": ("t2",)},
        markers=arranged.markers,
        notes=("The lane “Ambience, bed” gives way to the story by 9 dB; that is not in this session.",),
    )


def samples(text: str, rate: int = RATE) -> int:
    """Seconds in a file as samples: no rounding may be needed."""
    exact = float(text) * rate
    assert abs(exact - round(exact)) < 0.1
    return round(exact)
