"""The arrangement of a project to a finished track on disk. What is heard in the page is the file that is downloaded.

A track is named by its content: an edit that is taken back finds its mix again. Knows nothing of jobs or the page.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from pipeline.arrangement import Arrangement, Session, session
from pipeline.audio import Audio, resampled
from pipeline.errors import AudioStoryError, FormatError, MixError
from pipeline.formats.audio_files import write_audio
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.files import replacing
from pipeline.formats.stream import stream_of
from pipeline.formats.wav import RATES_HZ
from pipeline.mixer import peak_safe
from pipeline.mixer.engine import Mixer
from pipeline.mixer.loudness import Meter
from pipeline.mixer.remix import patched
from pipeline.mixer.sources import AudioSource, Source
from pipeline.progress import CancelToken
from pipeline.timeline import Timeline, placements
from studio.project import Project
from studio.states import mix_key
from studio.store import Store
from studio.takes import TakeRecord

BITS = 24
KEPT_MIXES = 8
FLOOR_LUFS = -70.0
MIXES_AT_HAND = 3
CACHE_SAMPLES = 60_000_000  # float32: 240 MB of takes, ready to be mixed
SILENCE = "silence"


@dataclass(frozen=True, kw_only=True)
class Mixdown:
    """A mix on disk: `file` names its WAV, `key` what it was made of; gain_db is what the peak needed.

    shortened: numbers of the events after which the crossfade had to be shorter; missing: of those without a take.
    """

    file: str
    key: str
    rate_hz: int
    duration_s: float
    gain_db: float
    shortened: tuple[int, ...]
    missing: tuple[int, ...] = ()


class Memory:
    """Takes at the rate of a mix and the last mixes, the ones used longest ago forgotten first. Safe in any thread."""

    def __init__(self, limit: int = CACHE_SAMPLES) -> None:
        self._limit, self._held = limit, 0
        self._mixes: OrderedDict[str, tuple[Session, Audio]] = OrderedDict()
        self._lock = threading.Lock()
        self._audios: OrderedDict[tuple[str, str, int], Audio] = OrderedDict()

    def last_mix(self, project_id: str) -> tuple[Session, Audio] | None:
        """What was mixed last of a project, and how it sounds."""
        with self._lock:
            return self._mixes.get(project_id)

    def keep_mix(self, project_id: str, played: Session, audio: Audio) -> None:
        """Remember a mix, so that after the next edit only what it touched is mixed."""
        with self._lock:
            self._mixes[project_id] = (played, audio)
            self._mixes.move_to_end(project_id)
            while len(self._mixes) > MIXES_AT_HAND:
                self._mixes.popitem(last=False)

    def take(self, project_id: str, file: str, rate_hz: int, read: Callable[[], Audio]) -> Audio:
        """The take at that rate; `read` gives it at its own when it is not at hand."""
        key = (project_id, file, rate_hz)
        with self._lock:
            if key in self._audios:
                self._audios.move_to_end(key)
                return self._audios[key]
        audio = resampled(read(), rate_hz)
        with self._lock:
            self._audios[key] = audio
            self._held += audio.samples.size
            while self._held > self._limit and len(self._audios) > 1:
                self._held -= self._audios.popitem(last=False)[1].samples.size
        return audio


def mixdown(
    store: Store,
    project: Project,
    *,
    rate_hz: int,
    memory: Memory,
    silent: bool = False,
    cancel: CancelToken | None = None,
) -> Mixdown:
    """Mix what is heard and write the track. Cancelled is raised when asked to stop.

    silent: an event without a take is silence; else MixError names it.
    """
    if rate_hz not in RATES_HZ:
        raise FormatError(f"a track is written at {' or '.join(map(str, RATES_HZ))} Hz, not {rate_hz!r}")
    heard = _heard(store, project, silent=silent)
    missing = tuple(i + 1 for i, event in enumerate(project.plan.events) if event.id not in heard)
    key = mix_key(project)
    path = store.mix_path(project.id, sha256(f"{key}/{rate_hz}/{missing}".encode()).hexdigest()[:24])
    known = read_mixdown(path)
    if known is not None:
        path.with_suffix(".wav").touch()
        return known
    track, shortened = _track(store, project, heard, rate_hz=rate_hz, memory=memory, cancel=cancel)
    track, gain_db = peak_safe(track)
    done = Mixdown(
        file=path.name, key=key, rate_hz=rate_hz, duration_s=track.duration_s, gain_db=round(gain_db, 2),
        shortened=shortened, missing=missing,
    )  # fmt: skip
    wav = AudioFormat(codec=Codec.WAV, rate_hz=rate_hz, bits=BITS)
    write_audio(path.with_suffix(".wav"), stream_of(track), wav, cancel=cancel)
    with replacing(path.with_suffix(".mix")) as part:
        part.write_text(json.dumps(asdict(done)), encoding="utf-8")
    _clear(path.parent)
    return done


def meters(path: Path, *, cancel: CancelToken | None = None) -> dict[str, Any]:
    """What meters read of a mix: lufs and momentary (every 0.1 s) in LUFS, true_peak_db in dBTP; None for silence.

    Kept beside the mix. Values below FLOOR_LUFS are told as that. Cancelled is raised when asked to stop.
    """
    path = path.with_suffix(".meters")
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    try:
        with soundfile.SoundFile(path.with_suffix(".wav")) as file:
            meter = Meter(rate_hz=file.samplerate, channels=file.channels)
            for block in file.blocks(blocksize=1 << 17, dtype="float32", always_2d=True):
                meter.add(block.T)
                if cancel:
                    cancel.raise_if_cancelled()
    except (OSError, soundfile.SoundFileError) as error:
        raise FormatError("this mix can't be read; mix again") from error
    whole, course = meter.loudness(), meter.course(short_term=False)
    found = {
        "lufs": _finite(whole.integrated_lufs),
        "true_peak_db": _finite(whole.true_peak_dbtp),
        "momentary": np.maximum(course, FLOOR_LUFS).round(1).tolist(),
    }
    with replacing(path) as part:
        part.write_text(json.dumps(found), encoding="utf-8")
    return found


def _finite(value: float) -> float | None:
    return round(value, 1) if np.isfinite(value) else None


def read_mixdown(path: Path) -> Mixdown | None:
    """What is known of a mix that is on the disk, or None where it is not there whole."""
    try:
        data = json.loads(path.with_suffix(".mix").read_text(encoding="utf-8"))
        if not path.with_suffix(".wav").is_file():
            return None
        return Mixdown(**{**data, "shortened": tuple(data["shortened"]), "missing": tuple(data["missing"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _heard(store: Store, project: Project, *, silent: bool) -> dict[str, TakeRecord]:
    """The take that is heard of each piece of material, where there is one whose audio is there."""
    if not project.plan.events and not any(lane.clips for lane in project.desk.lanes):
        raise MixError("there are no events to mix")
    files = store.take_files(project.id)
    heard = {
        item.id: take
        for item in project.all_material()
        if (take := project.chosen_take(item.id)) is not None and take.file in files
    }
    for index, event in enumerate(project.plan.events):
        if event.id not in heard and not silent:
            raise MixError(f"event {index + 1} (“{event.caption[:60]}”) is not rendered yet; press Render first")
    return heard


def _track(
    store: Store, project: Project, heard: Mapping[str, TakeRecord], *, rate_hz: int, memory: Memory,
    cancel: CancelToken | None,
) -> tuple[Audio, tuple[int, ...]]:  # fmt: skip
    """The mix, and the numbers of the events after which the crossfade was shortened."""
    lengths = {key: take.samples / take.rate_hz for key, take in heard.items()}
    timeline, shortened = _with_possible_seams(project.plan, lengths, rate_hz=rate_hz)
    sources = {event.id: heard[event.id].file if event.id in heard else SILENCE for event in timeline.events}
    desk = _with_files(replace(project.desk, timeline=timeline), heard)
    played = session(desk, sources, rate_hz=rate_hz)
    with Mixer(played, _opener(store, project, heard, rate_hz=rate_hz, memory=memory)) as mixer:
        last = memory.last_mix(project.id)
        blocks = patched(AudioSource(last[1]), last[0], mixer, cancel=cancel) if last else mixer.blocks(cancel=cancel)
        audio = Audio(np.concatenate(list(blocks), axis=1), rate_hz)
    memory.keep_mix(project.id, played, audio)
    return audio, shortened


def _opener(
    store: Store, project: Project, heard: Mapping[str, TakeRecord], *, rate_hz: int, memory: Memory
) -> Callable[[str], Source]:
    """The mixer's way to the takes, which are read and resampled once."""
    records = {take.file: take for take in heard.values()}

    def opened(name: str) -> Source:
        if name == SILENCE:
            return AudioSource(Audio(np.zeros((1, 0), np.float32), rate_hz))
        try:
            return AudioSource(
                memory.take(project.id, name, rate_hz, lambda: store.read_take(project.id, records[name]))
            )
        except AudioStoryError as error:
            raise MixError(str(error)) from error

    return opened


def _with_possible_seams(
    timeline: Timeline, lengths_s: Mapping[str, float], *, rate_hz: int
) -> tuple[Timeline, tuple[int, ...]]:  # fmt: skip
    """The timeline with every crossfade as long as the tail of its take allows, and which ones that shortened."""
    places, seams, shortened = placements(timeline, rate_hz=rate_hz), [], []
    for index, seam in enumerate(timeline.boundaries):
        place, length_s = places[index], lengths_s.get(timeline.events[index].id)
        tail = place.fade_out if length_s is None else max(round(length_s * rate_hz) - place.planned, 0)
        if tail + 2 < place.fade_out:  # a take of another rate may be a sample or two off
            seam = replace(seam, length_s=tail / rate_hz)
            shortened.append(index + 1)
        seams.append(seam)
    return replace(timeline, boundaries=tuple(seams)), tuple(shortened)


def _with_files(desk: Arrangement, heard: Mapping[str, TakeRecord]) -> Arrangement:
    """The arrangement whose clips name audio files; clips of sources that are not rendered are left out."""
    lanes = tuple(
        replace(
            lane,
            clips=tuple(replace(clip, source=heard[clip.source].file) for clip in lane.clips if clip.source in heard),
        )
        for lane in desk.lanes
    )
    return replace(desk, lanes=lanes)


def _clear(folder: Path) -> None:
    """Only the newest mixes are kept; one that is just being played stays readable where the system allows it."""
    with contextlib.suppress(OSError):
        tracks = sorted(folder.glob("*.wav"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in tracks[KEPT_MIXES:]:
            for kind in (".wav", ".mix", ".png", ".json", ".peaks", ".meters"):
                path.with_suffix(kind).unlink(missing_ok=True)
