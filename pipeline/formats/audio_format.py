"""Which audio files there are: codecs, the rates and depths each can hold, and what to say of the others.

Knows nothing of samples or of how a file is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.errors import FormatError

RATES_HZ = (44_100, 48_000, 96_000)
MAX_CHANNELS = 2


class Codec(str, Enum):
    """A kind of audio file; the value is its suffix."""

    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    VORBIS = "ogg"
    OPUS = "opus"
    M4A = "m4a"

    @property
    def label(self) -> str:
        """What people call it."""
        return _ABILITIES[self].name

    @property
    def rates_hz(self) -> tuple[int, ...]:
        """The rates it can hold."""
        return _ABILITIES[self].rates_hz

    @property
    def depths(self) -> tuple[int, ...]:
        """Bits per sample that it can hold; none for a lossy codec, which has no word length."""
        return _ABILITIES[self].bits


@dataclass(frozen=True)
class _Abilities:
    name: str
    rates_hz: tuple[int, ...]
    bits: tuple[int, ...] = ()  # none: a lossy codec, which has no word length


_ABILITIES = {
    Codec.WAV: _Abilities("WAV", RATES_HZ, (16, 24, 32)),
    Codec.FLAC: _Abilities("FLAC", RATES_HZ, (16, 24)),
    Codec.MP3: _Abilities("MP3", (44_100, 48_000)),
    Codec.VORBIS: _Abilities("Ogg Vorbis", RATES_HZ),
    Codec.OPUS: _Abilities("Opus", (48_000,)),
    Codec.M4A: _Abilities("M4A", RATES_HZ),
}


def _listed(values: tuple[int, ...]) -> str:
    words = [f"{value:g}" for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, kw_only=True)
class AudioFormat:
    """A codec at a rate. bits: 16, 24 or, in WAV only, 32 (float); None for the usual 24, and for lossy codecs.

    FormatError says what the codec can hold where the combination does not exist.
    """

    codec: Codec = Codec.WAV
    rate_hz: int = 48_000
    bits: int | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "codec", Codec(self.codec))
        except ValueError:
            known = ", ".join(codec.value for codec in Codec)
            raise FormatError(f"there is no audio format {self.codec!r:.60}; there are {known}") from None
        able = _ABILITIES[self.codec]
        if self.rate_hz not in able.rates_hz:
            raise FormatError(f"{able.name} is written at {_listed(able.rates_hz)} Hz, not {self.rate_hz!r:.60}")
        if self.bits is None and able.bits:
            object.__setattr__(self, "bits", 24)
        if self.bits is not None and not able.bits:
            raise FormatError(f"{able.name} has no bits per sample to choose, so {self.bits!r:.60} can't be kept")
        if able.bits and self.bits not in able.bits:
            raise FormatError(f"{able.name} is written with {_listed(able.bits)} bits, not {self.bits!r:.60}")

    @property
    def lossy(self) -> bool:
        """Whether the codec changes the sound."""
        return not _ABILITIES[self.codec].bits

    @property
    def floating(self) -> bool:
        """Whether samples above full scale survive."""
        return self.bits == 32

    @property
    def suffix(self) -> str:
        """With the dot."""
        return f".{self.codec.value}"

    def __str__(self) -> str:
        kind = f"{self.bits} bit{' float' if self.floating else ''}" if self.bits else ""
        return " ".join(part for part in (_ABILITIES[self.codec].name, f"{self.rate_hz / 1000:g} kHz", kind) if part)
