"""What a delivery consists of, by name. Values only; knows nothing of how any of it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from pipeline.errors import FormatError, SettingsError
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.mixer import TARGETS, Target

MAX_HANDLES_S = 60.0


class Naming(str, Enum):
    """How stems and events are called: in plain words, or as the Universal Category System asks."""

    PLAIN = "plain"
    UCS = "ucs"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A delivery. mixes: the files of the whole mix, all at one rate; none where pictures alone are wanted.

    channels: 1, 2, or None for as many as the mix has.
    stems: a file per lane; events: one per event and per clip, with up to `handles_s` seconds before and after; None
    for none.
    sessions: REAPER, OpenTimelineIO, EDL, CSV and Audacity labels, with all takes beside them. captions: SRT and VTT.
    sheet: beside the settings as JSON, which every delivery with a mix has. pictures: timeline and spectrogram.
    """

    name: str
    title: str
    mixes: tuple[AudioFormat, ...]
    target: Target
    channels: int | None = None
    stems: AudioFormat | None = None
    events: AudioFormat | None = None
    handles_s: float = 5.0
    sessions: bool = False
    captions: bool = False
    sheet: bool = True
    pictures: bool = False
    naming: Naming = Naming.PLAIN

    def __post_init__(self) -> None:
        if not (self.mixes or self.pictures):
            raise FormatError("a delivery has at least one file of the whole mix, or pictures")
        formats = [*self.mixes, *(extra for extra in (self.stems, self.events) if extra)]
        rates = sorted({one.rate_hz for one in formats})
        if len(rates) > 1:
            raise FormatError(f"a delivery is at one rate, not at {' and '.join(map(str, rates))} Hz")
        if self.channels not in (None, 1, 2):
            raise FormatError(f"a delivery has 1 or 2 channels, not {self.channels!r:.60}")
        if not 0.0 <= self.handles_s <= MAX_HANDLES_S:
            raise FormatError(f"handles are 0 to {MAX_HANDLES_S:g} s long, not {self.handles_s!r:.60}")

    @property
    def rate_hz(self) -> int:
        """Of every file."""
        formats = (*self.mixes, *(extra for extra in (self.stems, self.events) if extra))
        return formats[0].rate_hz if formats else AudioFormat().rate_hz

    @property
    def contents(self) -> str:
        """What it writes, in one line."""
        parts = (
            (self.mixes, self._mixes_told()),
            (self.stems, "a stem per lane"),
            (self.events, "a file per event and clip"),
            (self.sessions, "sessions for REAPER, OTIO and EDL"),
            (self.captions, "captions (SRT, VTT)"),
            (self.pictures, "timeline and spectrogram as PNG and SVG"),
            (self.mixes and self.sheet, "a delivery sheet"),
            (self.naming is Naming.UCS, "UCS names"),
        )
        line = "; ".join(words for written, words in parts if written)
        return f"{line[0].upper()}{line[1:]}."

    def _mixes_told(self) -> str:
        names = ", ".join(wanted.codec.label for wanted in self.mixes)
        wanted, loudness = self.target, self.target.loudness_lufs
        files = str(self.mixes[0]) if len(self.mixes) == 1 else f"{names} at {self.rate_hz / 1000:g} kHz"
        plain = f"{wanted.name[0].lower()}{wanted.name[1:]}"
        return f"the mix as {files}, {plain if loudness is None else f'{loudness:g} LUFS'}"


_WAV24 = AudioFormat(codec=Codec.WAV, bits=24)
_FLOAT = AudioFormat(codec=Codec.WAV, bits=32)  # stems may exceed full scale where their sum does not
_UNTOUCHED = Target(name="As mixed, peaks below -1 dBTP", ceiling_dbtp=-1.0)
_ALL = Preset(
    name="48k-24bit-ebu",
    title="48 k / 24-bit, EBU",
    mixes=(_WAV24,),
    target=TARGETS["ebu"],
    channels=2,
)
PRESETS = {
    preset.name: preset
    for preset in (
        _ALL,
        Preset(
            name="podcast",
            title="podcast",
            mixes=(AudioFormat(codec=Codec.MP3, rate_hz=44_100),),
            target=TARGETS["podcast"],
            captions=True,
        ),
        Preset(
            name="game-stems-rpp",
            title="game stems + RPP",
            mixes=(_WAV24,),
            target=_UNTOUCHED,
            stems=_FLOAT,
            events=_FLOAT,
            sessions=True,
            naming=Naming.UCS,
        ),
        replace(
            _ALL,
            name="everything",
            title="everything",
            mixes=(_WAV24, *(AudioFormat(codec=codec) for codec in (Codec.FLAC, Codec.MP3, Codec.VORBIS, Codec.OPUS))),
            stems=_FLOAT,
            events=_FLOAT,
            sessions=True,
            captions=True,
            pictures=True,
        ),
        Preset(name="pictures", title="pictures only", mixes=(), target=TARGETS["film"], sheet=False, pictures=True),
    )
}


def preset(name: str) -> Preset:
    """A preset by name; SettingsError lists those there are."""
    if name not in PRESETS:
        raise SettingsError(f"there is no preset {name!r:.60}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
