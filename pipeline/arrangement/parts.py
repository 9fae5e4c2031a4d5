"""What an arrangement consists of: channel strips, fades, ducking, clips, lanes, markers.

Each checks itself and knows nothing of the others beside it. A clip's `source` is the id of a take.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pipeline.arrangement.checks import checked_flag, checked_id, checked_name, checked_number
from pipeline.errors import MixError
from pipeline.timeline import Curve, checked_curve, new_id

MIN_GAIN_DB, MAX_GAIN_DB = -96.0, 24.0
MAX_LENGTH_S = 4 * 3_600.0
MIN_CLIP_S = 0.01
STORY_LANE = "story"


class Fit(str, Enum):
    """What becomes of a take that is shorter or longer than its slot."""

    TRIM = "trim"  # cut; silence after its end
    LOOP = "loop"  # repeated without a seam
    STRETCH = "stretch"  # played slower or faster at the same pitch


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A channel strip, of a clip or a lane: gain in dB, pan from -1 (left) to 1 (right), mute and solo."""

    gain_db: float = 0.0
    pan: float = 0.0
    mute: bool = False
    solo: bool = False

    def __post_init__(self) -> None:
        gain = checked_number(self.gain_db, what="a gain in dB", least=MIN_GAIN_DB, most=MAX_GAIN_DB)
        object.__setattr__(self, "gain_db", gain)
        object.__setattr__(self, "pan", checked_number(self.pan, what="a pan", least=-1.0, most=1.0))
        checked_flag(self.mute, what="mute")
        checked_flag(self.solo, what="solo")

    @property
    def gain(self) -> float:
        """Linear gain; the lowest gain in dB is silence."""
        return 0.0 if self.gain_db <= MIN_GAIN_DB else 10.0 ** (self.gain_db / 20.0)


@dataclass(frozen=True, kw_only=True)
class Fade:
    """A fade at a clip's beginning or end, of `length_s` seconds inside the clip."""

    length_s: float = 0.0
    curve: Curve = Curve.EQUAL_POWER

    def __post_init__(self) -> None:
        length = checked_number(self.length_s, what="a fade in seconds", least=0.0, most=MAX_LENGTH_S)
        object.__setattr__(self, "length_s", length)
        object.__setattr__(self, "curve", checked_curve(self.curve, what="a fade's curve", error=MixError))


@dataclass(frozen=True, kw_only=True)
class Ducking:
    """A lane that gives way to the story lane: by `amount_db` while the story sounds, with these time constants."""

    amount_db: float = 9.0
    attack_s: float = 0.1
    release_s: float = 0.6

    def __post_init__(self) -> None:
        for name, most in (("amount_db", 60.0), ("attack_s", 10.0), ("release_s", 10.0)):
            number = checked_number(getattr(self, name), what=f"ducking's {name}", least=0.0, most=most)
            object.__setattr__(self, name, number)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A take in a free lane: from `start_s`, `duration_s` long, beginning `offset_s` into its source."""

    source: str
    name: str
    start_s: float
    duration_s: float
    offset_s: float = 0.0
    fit: Fit = Fit.TRIM
    strip: Strip = Strip()
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        checked_id(self.id, what="a clip")
        checked_id(self.source, what="a clip's source")
        object.__setattr__(self, "name", checked_name(self.name, what="a clip"))
        shown = f"“{self.name[:60]}”"
        for name, least in (("start_s", 0.0), ("duration_s", MIN_CLIP_S), ("offset_s", 0.0)):
            number = checked_number(getattr(self, name), what=f"{name} of {shown}", least=least, most=MAX_LENGTH_S)
            object.__setattr__(self, name, number)
        try:
            object.__setattr__(self, "fit", Fit(self.fit))
        except ValueError:
            known = ", ".join(f.value for f in Fit)
            raise MixError(f"a clip fits its slot by one of {known}, not {self.fit!r:.60}") from None

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds."""
        return self.start_s + self.duration_s


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A free lane: clips at absolute times, which may overlap. `duck`: how it gives way to the story, or None."""

    name: str
    clips: tuple[Clip, ...] = ()
    strip: Strip = Strip()
    duck: Ducking | None = None
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        checked_id(self.id, what="a lane")
        if self.id == STORY_LANE:
            raise MixError(f"the id {STORY_LANE!r} belongs to the story lane")
        object.__setattr__(self, "name", checked_name(self.name, what="a lane"))
        object.__setattr__(self, "clips", tuple(self.clips))


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A point in the mix that a person named."""

    at_s: float
    name: str
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        checked_id(self.id, what="a marker")
        at_s = checked_number(self.at_s, what="a marker's place", least=0.0, most=MAX_LENGTH_S)
        object.__setattr__(self, "at_s", at_s)
        object.__setattr__(self, "name", checked_name(self.name, what="a marker"))
