"""The takes of a project to a finished track on disk: WAV, waveform and spectrogram.

What is heard in the page is the file that is downloaded. Knows nothing of jobs or the page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from pipeline.audio import Audio, resampled
from pipeline.errors import FormatError, MixError
from pipeline.formats.files import replacing
from pipeline.formats.wav import RATES_HZ, write_wav
from pipeline.mixer import fitting, mix, peak_safe
from pipeline.pictures import envelope, spectrogram_db
from pipeline.timeline import Timeline
from studio.project import Project, mix_key
from studio.store import Store

BITS = 24
PEAK_COLUMNS = 600
_ROWS, _LOWEST_HZ, _FLOOR_DB = 160, 40.0, -80.0


@dataclass(frozen=True, kw_only=True)
class Mixdown:
    """A mix on disk: `file` names its WAV and PNG, `key` what it was made of; gain_db is what the peak needed."""

    file: str
    key: str
    rate_hz: int
    duration_s: float
    gain_db: float
    shortened: tuple[int, ...]


def mixdown(store: Store, project: Project, *, rate_hz: int) -> Mixdown:
    """Mix the chosen takes and write the track; MixError names an event that has no take or a too short one."""
    if rate_hz not in RATES_HZ:
        raise FormatError(f"a track is written at {' or '.join(map(str, RATES_HZ))} Hz, not {rate_hz!r}")
    timeline = project.plan
    audio, fitted = _mixed(_takes(store, project), timeline)
    length = round(timeline.duration_s * rate_hz)
    track, gain_db = peak_safe(resampled(audio, rate_hz).fitted(length))
    key = mix_key(project)
    file = sha256(f"{key}/{rate_hz}".encode()).hexdigest()[:24]
    path = store.mix_path(project.id, file)
    write_wav(path.with_suffix(".wav"), track, bits=BITS)
    _write_spectrogram(path.with_suffix(".png"), track)
    with replacing(path.with_suffix(".json")) as part:
        part.write_text(json.dumps({"d": wave_path(track, columns=2 * PEAK_COLUMNS)}), encoding="ascii")
    pairs = zip(timeline.boundaries, fitted.boundaries, strict=True)
    shortened = tuple(i + 1 for i, (wanted, given) in enumerate(pairs) if wanted != given)
    return Mixdown(
        file=file, key=key, rate_hz=rate_hz, duration_s=track.duration_s, gain_db=gain_db, shortened=shortened
    )


def wave_path(audio: Audio, *, columns: int = PEAK_COLUMNS) -> str:
    """The waveform as the path of an SVG, in a box of `columns` by 200, drawn there and back."""
    low, high = envelope(audio, columns=columns)
    scale = columns / len(low)
    top = [f"{i * scale:.1f} {100 - 98 * v:.0f}" for i, v in enumerate(np.clip(high, -1, 1))]
    bottom = [f"{i * scale:.1f} {101 - 98 * v:.0f}" for i, v in enumerate(np.clip(low, -1, 1))]
    return "M" + "L".join([*top, *reversed(bottom)]) + "Z"


def mixdown_to_dict(done: Mixdown) -> dict[str, object]:
    """Fit for JSON."""
    return asdict(done)


def _takes(store: Store, project: Project) -> list[Audio]:
    if not project.plan.events:
        raise MixError("there are no events to mix")
    audios = []
    for index, event in enumerate(project.plan.events):
        take = project.chosen_take(event.id)
        if take is None:
            raise MixError(f"event {index + 1} (“{event.caption[:60]}”) is not rendered yet; press Render first")
        audios.append(store.read_take(project.id, take))
    return audios


def _mixed(audios: Sequence[Audio], timeline: Timeline) -> tuple[Audio, Timeline]:
    """The track at the highest rate among the takes, and the timeline with the crossfades that were possible."""
    rate_hz = max(audio.rate_hz for audio in audios)
    at_rate = [resampled(audio, rate_hz) for audio in audios]
    fitted_audios, fitted = fitting(at_rate, timeline, rate_hz=rate_hz)
    return mix(fitted_audios, fitted, rate_hz=rate_hz), replace(timeline, boundaries=fitted.boundaries)


def _write_spectrogram(path: Path, audio: Audio) -> None:
    """A PNG without margins: time across, frequency up on a logarithmic scale from 40 Hz."""
    from matplotlib.image import imsave

    levels = spectrogram_db(audio)
    wanted = np.geomspace(_LOWEST_HZ, audio.rate_hz / 2, _ROWS)
    rows = np.rint(wanted / (audio.rate_hz / 2) * (len(levels) - 1)).astype(int)
    with replacing(path) as part:
        imsave(part, levels[rows], cmap="magma", vmin=_FLOOR_DB, vmax=0.0, origin="lower", format="png")
