"""A preset with what somebody chose in its place: format, rate, depth, channels, loudness, handles.

Values only; knows neither the page nor the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.delivery.presets import Naming, Preset
from pipeline.errors import FormatError, SettingsError
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.edl import exact_rate
from pipeline.mixer import Target

AS_MIXED = Target(name="As mixed")
_USUAL_RATE_HZ = 48_000


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What goes before a preset; None is "as the preset has it". codec and bits are those of the whole mix's file."""

    codec: Codec | None = None
    rate_hz: int | None = None
    bits: int | None = None
    channels: int | None = None
    target: Target | None = None
    handles_s: float | None = None


def own_target(loudness_lufs: float, ceiling_dbtp: float | None) -> Target:
    """A target of one's own; MixError where it is beyond reason."""
    return Target(name="Own", loudness_lufs=loudness_lufs, ceiling_dbtp=ceiling_dbtp)


def with_choices(found: Preset, chosen: Choices) -> Preset:
    """The preset with the choices in it.

    Raises FormatError for what a file can't be, SettingsError for a choice about something that the preset lacks.
    """
    if not found.mixes:
        if chosen != Choices():
            raise SettingsError(f"“{found.title}” writes no sound: there is no format and no loudness to choose")
        return found
    if chosen.handles_s is not None and not found.events:
        raise SettingsError(f"“{found.title}” writes no file per event: there are no handles to choose")
    mixes = _mixes(found, chosen)
    rate_hz = mixes[0].rate_hz
    return replace(
        found,
        mixes=mixes,
        target=chosen.target or found.target,
        channels=found.channels if chosen.channels is None else chosen.channels,
        handles_s=found.handles_s if chosen.handles_s is None else chosen.handles_s,
        stems=replace(found.stems, rate_hz=rate_hz) if found.stems else None,
        events=replace(found.events, rate_hz=rate_hz) if found.events else None,
    )


def check_video(preset: Preset) -> None:
    """SettingsError where a preset has nothing that could be laid under a video."""
    if not preset.mixes:
        raise SettingsError(f"“{preset.title}” has no mix that could be laid under a video")


def check_frame_rate(preset: Preset, frames_per_s: float | None) -> None:
    """SettingsError where a frame rate is chosen that there is not, or there is nothing that counts frames."""
    if frames_per_s is None:
        return
    exact_rate(frames_per_s)
    if not preset.sessions:
        raise SettingsError(f"“{preset.title}” writes no EDL: there is no frame rate to choose")


def check_categories(preset: Preset, naming: Naming, categories: Mapping[str, str]) -> None:
    """SettingsError where categories are chosen for events that get no file, or names that hold none."""
    if not categories:
        return
    if not preset.events:
        raise SettingsError(f"“{preset.title}” writes no file per event: there are no categories to choose")
    if naming is not Naming.UCS:
        raise SettingsError("plain names hold no category: choose UCS names, or no categories")


def _mixes(found: Preset, chosen: Choices) -> tuple[AudioFormat, ...]:
    """The files of the whole mix; FormatError where a format does not exist at that rate or depth."""
    bits = chosen.bits
    if chosen.codec:
        kept_hz = found.rate_hz if found.rate_hz in chosen.codec.rates_hz else _USUAL_RATE_HZ
        return (AudioFormat(codec=chosen.codec, rate_hz=_first(chosen.rate_hz, kept_hz), bits=bits),)
    if bits is not None and all(wanted.lossy for wanted in found.mixes):
        raise FormatError(f"{found.mixes[0].codec.label} has no bits per sample to choose; choose another format")
    return tuple(
        replace(
            wanted,
            rate_hz=_first(chosen.rate_hz, wanted.rate_hz),
            bits=wanted.bits if wanted.lossy or bits is None else bits,
        )
        for wanted in found.mixes
    )


def _first(chosen: int | None, usual: int) -> int:
    return usual if chosen is None else chosen
