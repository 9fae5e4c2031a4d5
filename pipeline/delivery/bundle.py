"""A whole delivery into one folder or archive: mixes, stems, events, sessions, captions, pictures, sheet, settings.

Everything is put together in a hidden place and appears under its name in one move, or not at all; the takes are only
read. Knows nothing of the studio or of the command line.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from pipeline.arrangement import STORY_LANE
from pipeline.delivery.choices import check_categories
from pipeline.delivery.documents import write_pictures, write_settings, write_sheet
from pipeline.delivery.facts import Facts, bext_figures
from pipeline.delivery.film import checked_length_s, length_sentence
from pipeline.delivery.material import Material
from pipeline.delivery.naming import FileNames
from pipeline.delivery.presets import Naming, Preset
from pipeline.delivery.sessions import write_captions, write_sessions
from pipeline.delivery.stems import Cut, cut_of, cut_stream, write_lanes
from pipeline.formats.audio_files import Labels, Write, audio_writer, write_audio
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.edl import USUAL_FRAME_RATE
from pipeline.formats.ffmpeg import find_ffmpeg
from pipeline.formats.files import assembling
from pipeline.formats.marks import Mark
from pipeline.formats.names import file_name
from pipeline.formats.stream import to_channels, with_channels
from pipeline.formats.video import SOUND, lay_under
from pipeline.mixer import Delivery, Mixer, Report, file_sources
from pipeline.pictures import Overview
from pipeline.progress import CancelToken

OnProgress = Callable[[float, str], None]  # 0 to 1, and what is being done
_SOUND_SHARE, _SHEET_SHARE = 0.9, 0.95  # of the work, once all sound is written, and all but the sheet


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person chooses beside the preset.

    creator, source: who made it and for what (UCS CreatorID and SourceID; source defaults to the title). naming: None
    for the preset's. categories: event id -> CatID as chosen; the others are suggested by `suggest` (caption -> CatID;
    None: by the embedded text model). archive: a zip instead of a folder. frames_per_s: of EDLs. video: a file whose
    picture gets the mix as its sound, as a file more; SettingsError where the preset has no mixes.
    """

    creator: str = ""
    source: str = ""
    naming: Naming | None = None
    categories: Mapping[str, str] = field(default_factory=dict)
    suggest: Callable[[str], str] | None = None
    archive: bool = False
    frames_per_s: float = USUAL_FRAME_RATE
    made: datetime | None = None
    video: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Where it lies, its files relative to that, what was done to the loudness, and sentences for a person."""

    path: Path
    files: tuple[str, ...]
    report: Report
    sentences: tuple[str, ...]


def deliver(
    material: Material,
    preset: Preset,
    folder: Path,
    *,
    options: Options | None = None,
    cancel: CancelToken | None = None,
    on_progress: OnProgress = lambda _done, _what: None,
) -> Delivered:
    """Deliver `material` as `preset` says into a folder, or archive, of its own below `folder`.

    Raises MixError (a take that is missing or damaged, nothing to mix), FormatError (what can't be written, a mix that
    would clip), SettingsError (a video, but no mix; categories, but no names that hold them), MissingDependency or
    WeightsMissing (M4A or a video without ffmpeg, UCS names without the text model), Cancelled.
    Then nothing is left in `folder`. A silent mix is delivered as it is, which the sentences say; so is a mix that is
    not as long as the picture of the video.
    """
    token, given = cancel or CancelToken(), options or Options()
    check_categories(preset, given.naming or preset.naming, given.categories)
    if any(wanted.codec is Codec.M4A for wanted in preset.mixes):
        find_ffmpeg(need="an M4A file")
    picture_s = None
    if given.video:
        on_progress(0.0, "reading the video")
        picture_s = checked_length_s(given.video, preset, cancel=token)
    with assembling(folder, file_name(material.title), archive=given.archive, cancel=token) as place:
        bundle = _Bundle(material, preset, place.folder, given, token)
        bundle.on_progress, bundle.picture_s = on_progress, picture_s
        with bundle.mixer:
            bundle.write()
        files = sorted(p.relative_to(place.folder).as_posix() for p in place.folder.rglob("*") if p.is_file())
    return Delivered(path=place.path, files=tuple(files), report=bundle.report, sentences=tuple(bundle.sentences))


class _Bundle:
    """One delivery in the making, in `folder`."""

    on_progress: OnProgress
    picture_s: float | None  # of the video

    def __init__(self, material: Material, preset: Preset, folder: Path, options: Options, cancel: CancelToken) -> None:
        self.material, self.preset, self.folder, self.options, self.cancel = material, preset, folder, options, cancel
        self.session = material.session(rate_hz=preset.rate_hz)
        self.opener = file_sources(material.paths)
        self.mixer = Mixer(self.session, self.opener, stereo=preset.channels == 2)
        self.channels = preset.channels or self.mixer.channels
        made = options.made or datetime.now(timezone.utc)
        self.facts = Facts(material, self.session, creator=options.creator, made=made, reference=preset.name)
        self.names = FileNames(
            naming=options.naming or preset.naming,
            title=material.title,
            creator=options.creator,
            source=options.source or material.title,
            categories=options.categories,
            suggest=options.suggest,
        )
        self.overview = Overview(rate_hz=self.session.rate_hz, length=self.session.length)
        self._cuts = [
            [
                cut_of(clip, material.takes[clip.source], rate_hz=preset.rate_hz, handles_s=preset.handles_s)
                for clip in lane.clips
            ]
            for lane in self.session.lanes
        ]
        self._names = [
            [self.names.event(index, cut.clip.id, cut.clip.name) for index, cut in enumerate(cuts) if preset.events]
            for cuts in self._cuts
        ]
        self._done = 0

    def write(self) -> None:
        """Everything, in order; what a later part tells of an earlier one is then known."""
        self._write_mixes()
        if self.options.video and self.preset.mixes:
            self._write_video(self.options.video)
        if self.preset.stems:
            self._write_stems(self.preset.stems)
        if self.preset.events:
            self._write_events(self.preset.events)
        if self.preset.sessions:
            self.on_progress(_SOUND_SHARE, "writing sessions")
            write_sessions(
                self.folder, self.material, self.session, self.opener, notes=self._notes,
                frames_per_s=self.options.frames_per_s, cancel=self.cancel,
            )  # fmt: skip
        if self.preset.captions:
            write_captions(self.folder, self.facts.described)
        self.on_progress(_SHEET_SHARE, "writing the sheet")
        self.cancel.raise_if_cancelled()
        if self.preset.pictures:
            write_pictures(self.folder, self.facts, self.overview)
        if self.preset.mixes:
            self._write_documents()
        self.on_progress(1.0, "done")

    def _write_documents(self) -> None:
        settings, sheet = (self.folder / f"{self.names.mix()}{suffix}" for suffix in (".json", ".html"))
        categories = self.names.chosen
        write_settings(settings, self.material, self.preset, self.facts, self.report, categories=categories)
        if self.preset.sheet:
            write_sheet(sheet, self.facts, self.overview, self.report, sentences=self.sentences)

    @property
    def report(self) -> Report:
        """What was done to the loudness."""
        return self._delivery.report

    @property
    def sentences(self) -> list[str]:
        """What a person should know."""
        told = [self.report.sentence] if self.preset.mixes else []
        if self.preset.stems and self.report.limited_db:
            told.append("The stems sum to the mix before the limiter.")
        if words := length_sentence(self.picture_s, self.session.length / self.session.rate_hz):
            told.append(words)
        return told + self.material.lacking(self.session)

    @property
    def _notes(self) -> tuple[str, ...]:
        gain_db = self.report.gain_db
        note = f"The delivered mix is this session with a gain of {gain_db:+.1f} dB ({self.preset.target.name})."
        return (note,) if gain_db else ()

    def _write_mixes(self) -> None:
        self._doing = "measuring"
        self._delivery = Delivery(self._mixed, self.preset.target, rate_hz=self.session.rate_hz, channels=self.channels)
        self._doing = "writing the mix"
        with ExitStack() as stack:
            writers = [stack.enter_context(self._mix_writer(wanted)) for wanted in self.preset.mixes]
            if self.options.video and self.preset.mixes[0].lossy:
                writers.append(stack.enter_context(self._under_writer()))
            for block in self._delivery.delivered():
                for write in writers:
                    write(block)
                self.overview.add(block)

    def _mixed(self) -> Iterator[np.ndarray]:
        for block in self.mixer.blocks(cancel=self.cancel):
            yield to_channels(block, self.channels)
            self._step(block.shape[1])

    def _mix_writer(self, wanted: AudioFormat) -> AbstractContextManager[Write]:
        labels = Labels(
            metadata=self.facts.metadata,
            marks=self.facts.marks,
            broadcast=self.facts.broadcast(self.material.title),
            measured=lambda: bext_figures(self.report.after),
        )
        path = self.folder / f"{self.names.mix()}{wanted.suffix}"
        return audio_writer(path, wanted, channels=self.channels, labels=labels)

    def _under_writer(self) -> AbstractContextManager[Write]:
        """The mix without loss, for the video alone."""
        return audio_writer(self._under, AudioFormat(rate_hz=self.preset.rate_hz, bits=32), channels=self.channels)

    @property
    def _under(self) -> Path:
        """The sound that is laid under the video."""
        first = self.preset.mixes[0]
        return self.folder / (".under.wav" if first.lossy else f"{self.names.mix()}{first.suffix}")

    def _write_video(self, video: Path) -> None:
        self._doing = "laying the mix under the video"
        self._step(0)
        kept = video.suffix.lower() if video.suffix.lower() in SOUND else ".mkv"
        lay_under(video, self._under, self.folder / f"{self.names.mix()}{kept}", cancel=self.cancel)
        if self.preset.mixes[0].lossy:
            self._under.unlink()

    def _write_stems(self, wanted: AudioFormat) -> None:
        self._doing = "writing stems"
        files = {
            lane.id: (
                self._below("stems") / f"{self.names.stem(lane.name)}{wanted.suffix}",
                Labels(metadata=self.facts.of_lane(lane), broadcast=self.facts.broadcast(lane.name)),
            )
            for lane in self.session.lanes
        }
        write_lanes(
            self.mixer, files, wanted, channels=self.channels, gain_db=self.report.gain_db, cancel=self.cancel,
            on_samples=self._step,
        )  # fmt: skip

    def _write_events(self, wanted: AudioFormat) -> None:
        """A file per event of the story, then one per clip of each free lane."""
        self._doing, number = "writing events", itertools.count()  # of what the metadata tells, in the same order
        for lane, cuts, names in zip(self.session.lanes, self._cuts, self._names, strict=True):
            for cut, name in zip(cuts, names, strict=True):
                folder = self._below("events" if lane.id == STORY_LANE else "clips")
                self._write_cut(cut, folder / name, wanted, next(number))

    def _write_cut(self, cut: Cut, place: Path, wanted: AudioFormat, index: int) -> None:
        name = cut.clip.name
        stream = cut_stream(cut, self.opener, rate_hz=self.session.rate_hz, cancel=self.cancel)
        stream = with_channels(stream, self.preset.channels or stream.channels)
        labels = Labels(
            metadata=self.facts.of_event(index),
            marks=[Mark(at=cut.before, name=name, length=cut.length - cut.before - cut.after)],
            broadcast=self.facts.broadcast(name, time_reference=cut.at),
        )
        path = place.with_name(f"{place.name}{wanted.suffix}")
        write_audio(path, stream, wanted, labels=labels, cancel=self.cancel)
        self._step(cut.length)

    def _below(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def _step(self, samples: int) -> None:
        """So many samples more were gone through, of all that the passes go through."""
        self._done += samples
        passes = 2 + bool(self.preset.stems)
        events = sum(cut.length for cuts in self._cuts for cut in cuts) if self.preset.events else 0
        share = self._done / (passes * self.session.length + events)
        self.on_progress(min(share, 1.0) * _SOUND_SHARE, self._doing)
