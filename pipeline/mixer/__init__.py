"""Takes become one track: crossfades at the seams, one pass over the samples, and a safe peak.

The mix is as long as the plan, to the sample. Knows nothing of models or files; every number is linear gain or dB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.timeline import Boundary, Curve, Event, Placement, Timeline, placements

CEILING_DB = -1.0


def fade_in(curve: Curve, *, samples: int) -> np.ndarray:
    """Gains [samples] in float32 that rise from 0 to 1; the fade-out is the same read backwards.

    Equal power: sin, so that the squares of both sum to 1 (two different sounds keep their loudness).
    Linear: so that both sum to 1 (one sound with itself stays as it is). Gains are taken at the middle
    of each sample, which makes both sums exact at every length.
    """
    position = (np.arange(samples) + 0.5) / max(samples, 1)
    gains = np.sin(position * np.pi / 2) if curve is Curve.EQUAL_POWER else position
    return gains.astype(np.float32)


def fade_out(curve: Curve, *, samples: int) -> np.ndarray:
    """Gains [samples] in float32 that fall from 1 to 0."""
    return fade_in(curve, samples=samples)[::-1]


def mix(takes_audio: Sequence[Audio | None], timeline: Timeline, *, rate_hz: int) -> Audio:
    """Join one audio per event into the track: exactly the sum of the planned lengths, in samples at `rate_hz`.

    Each audio must be `placements(...)[i].render` samples long: its tail lies under the head of the next.
    The result is stereo when any take is; samples may exceed 1 where loud sounds meet (see `peak_safe`).
    Raises MixError that names the event whose take is missing or does not fit.
    """
    places = placements(timeline, rate_hz=rate_hz)
    audios = _checked(takes_audio, timeline, places, rate_hz=rate_hz)
    channels = max(audio.channels for audio in audios)
    out = np.zeros((channels, sum(p.planned for p in places)), dtype=np.float32)
    seams = timeline.boundaries
    for index, (audio, place) in enumerate(zip(audios, places, strict=True)):
        before = seams[index - 1] if index else None
        after = seams[index] if index < len(seams) else None
        _lay(out, audio.samples, place, before=before, after=after)
    return Audio(out, rate_hz)


def _lay(
    out: np.ndarray, samples: np.ndarray, place: Placement, *, before: Boundary | None, after: Boundary | None
) -> None:
    """Add one take [1 or C, render] to the track [C, T] at its place, faded at both ends."""
    start, body, end = place.start, place.start + place.fade_in, place.start + place.planned
    if before:
        out[:, start:body] += samples[:, : place.fade_in] * fade_in(before.curve, samples=place.fade_in)
    out[:, body:end] += samples[:, place.fade_in : place.planned]
    if after:
        tail = fade_out(after.curve, samples=place.fade_out)
        out[:, end : end + place.fade_out] += samples[:, place.planned :] * tail


def _name(index: int, event: Event) -> str:
    return f"event {index + 1} (“{event.caption[:60]}”)"


def _checked(
    takes: Sequence[Audio | None], timeline: Timeline, places: Sequence[Placement], *, rate_hz: int
) -> list[Audio]:
    """The takes, once every one is there and fits its place."""
    if not places:
        raise MixError("there is nothing to mix: the timeline has no events")
    if len(takes) != len(places):
        raise MixError(f"the timeline has {len(places)} events, but there are {len(takes)} takes")
    audios = []
    for index, (audio, event, place) in enumerate(zip(takes, timeline.events, places, strict=True)):
        if audio is None:
            raise MixError(f"{_name(index, event)} has no take yet; render it first")
        if audio.rate_hz != rate_hz:
            raise MixError(f"the take of {_name(index, event)} is at {audio.rate_hz} Hz; the mix is at {rate_hz} Hz")
        if audio.length != place.render:
            raise MixError(
                f"the take of {_name(index, event)} is {audio.length / rate_hz:.3f} s long; "
                f"with its crossfade it must be {place.render / rate_hz:.3f} s"
            )
        audios.append(audio)
    return audios


def fitting(takes_audio: Sequence[Audio], timeline: Timeline, *, rate_hz: int) -> tuple[list[Audio], Timeline]:
    """Make takes rendered for other crossfades mixable without rendering again.

    A tail that is longer than the seam needs is cut; a seam that is longer than the tail at hand is shortened
    in the returned timeline. Raises MixError when a take is shorter than its event.
    """
    if len(takes_audio) != len(timeline.events):
        raise MixError(f"the timeline has {len(timeline.events)} events, but there are {len(takes_audio)} takes")
    wanted = placements(timeline, rate_hz=rate_hz)
    seams = []
    for index, (audio, place) in enumerate(zip(takes_audio, wanted, strict=True)):
        if audio.length < place.planned:
            name = _name(index, timeline.events[index])
            raise MixError(f"the take of {name} is shorter than its event; render it again")
        if index < len(timeline.boundaries):
            fade = min(place.fade_out, audio.length - place.planned)
            seam = timeline.boundaries[index]
            seams.append(seam if fade == place.fade_out else replace(seam, length_s=fade / rate_hz))
    fitted = replace(timeline, boundaries=tuple(seams))
    places = placements(fitted, rate_hz=rate_hz)
    return [audio.fitted(place.render) for audio, place in zip(takes_audio, places, strict=True)], fitted


def peak_db(audio: Audio) -> float:
    """The highest sample in dBFS; -inf for silence."""
    peak = float(np.abs(audio.samples).max(initial=0.0))
    return 20.0 * float(np.log10(peak)) if peak else -np.inf


def peak_safe(audio: Audio, *, ceiling_db: float = CEILING_DB) -> tuple[Audio, float]:
    """The audio with its peak at `ceiling_db` dBFS or below, and the gain in dB that was needed (0.0 if none).

    One linear gain over the whole track: no limiting, no clipping.
    """
    gain_db = ceiling_db - peak_db(audio)
    if gain_db >= 0.0:
        return audio, 0.0
    return Audio(audio.samples * np.float32(10.0 ** (gain_db / 20.0)), audio.rate_hz), gain_db
