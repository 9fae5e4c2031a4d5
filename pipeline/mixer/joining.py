"""The story lane alone: one audio per event becomes one track. The short way into `engine`; knows nothing of lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.arrangement import Arrangement, session
from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer.engine import Mixer
from pipeline.mixer.sources import audio_sources
from pipeline.timeline import Event, Placement, Timeline, placements


def mix(takes_audio: Sequence[Audio | None], timeline: Timeline, *, rate_hz: int) -> Audio:
    """Join one audio per event into the track: exactly the sum of the planned lengths, in samples at `rate_hz`.

    Each audio must be `placements(...)[i].render` samples long: its tail lies under the head of the next. A crossfade
    of 0 s, and the track's two ends, get a fade of 5 ms inside the take so as not to click. The result is stereo when
    any take is; samples may exceed 1 where loud sounds meet (see `peak_safe`).
    Raises MixError that names the event whose take is missing or does not fit.
    """
    places = placements(timeline, rate_hz=rate_hz)
    audios = _checked(takes_audio, timeline, places, rate_hz=rate_hz)
    takes = {event.id: audio for event, audio in zip(timeline.events, audios, strict=True)}
    played = session(Arrangement(timeline=timeline), {key: key for key in takes}, rate_hz=rate_hz)
    with Mixer(played, audio_sources(takes)) as mixer:
        return mixer.audio()


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
