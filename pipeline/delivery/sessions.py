"""Sessions for other programs with their media beside them, and captions, into a delivery's folder.

What another program would play otherwise is written as a file that is heard as it is: looped and stretched clips, and
those whose take ends before they do. Knows nothing of loudness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.arrangement import GUARD_S, Fit, Placed, Session
from pipeline.delivery.documents import write_text
from pipeline.delivery.material import Material
from pipeline.delivery.stems import fitted_stream
from pipeline.formats.audio_files import write_audio
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.description import Description, Media, TakeFile
from pipeline.formats.edl import USUAL_FRAME_RATE, edl_lists
from pipeline.formats.files import copied
from pipeline.formats.labels import audacity_labels, csv_table
from pipeline.formats.names import Names, file_name
from pipeline.formats.otio import otio_timeline
from pipeline.formats.reaper import reaper_project
from pipeline.formats.subtitles import srt, vtt
from pipeline.mixer import Opener
from pipeline.mixer.fits import ending
from pipeline.progress import CancelToken
from pipeline.timeline import Curve

MEDIA = "media"


def write_sessions(
    folder: Path,
    material: Material,
    session: Session,
    opener: Opener,
    *,
    notes: tuple[str, ...] = (),
    frames_per_s: float = USUAL_FRAME_RATE,
    cancel: CancelToken | None = None,
) -> Description:
    """Write REAPER, OpenTimelineIO, EDL, CSV and Audacity files, and the takes they name into `folder`/media."""
    (folder / MEDIA).mkdir(exist_ok=True)
    names = Names()
    media = _copies(folder, material, session, names, cancel)
    fitted, baked, versions = _fitted(folder, session, material, opener, names, cancel)
    described = Description(
        title=material.title,
        session=fitted,
        media={**media, **baked},
        versions=versions,
        markers=material.arrangement.markers,
        notes=(*notes, *_ducking_notes(session)),
    )
    title = file_name(material.title)
    write_text(folder / f"{title}.rpp", reaper_project(described))
    write_text(folder / f"{title}.otio", otio_timeline(described))
    write_text(folder / f"{title}.csv", csv_table(described))
    write_text(folder / f"{title} labels.txt", audacity_labels(described))
    lists = Names()
    for name, text in edl_lists(described, frames_per_s=frames_per_s).items():
        write_text(folder / lists.unique(f"{title} {name}", ".edl"), text)
    return described


def write_captions(folder: Path, described: Description) -> None:
    """Write the captions as SRT and VTT."""
    title = file_name(described.title)
    write_text(folder / f"{title}.srt", srt(described))
    write_text(folder / f"{title}.vtt", vtt(described))


def _copies(
    folder: Path, material: Material, session: Session, names: Names, cancel: CancelToken | None
) -> dict[str, Media]:
    """The takes that a clip shows or could show, copied: id -> its file."""
    clips = [clip for lane in session.lanes for clip in lane.clips]
    shown = {name: None for clip in clips for name in (clip.source, *_versions(material, clip))}
    media = {}
    for name in shown:
        take = material.takes[name]
        file = f"{MEDIA}/{names.unique(take.caption or take.id, take.path.suffix)}"
        copied(take.path, folder / file, cancel=cancel)
        media[name] = Media(file=file, take=take)
    return media


def _versions(material: Material, clip: Placed) -> tuple[str, ...]:
    return tuple(name for name in material.versions.get(clip.id, ()) if name in material.takes)


def _fitted(
    folder: Path, session: Session, material: Material, opener: Opener, names: Names, cancel: CancelToken | None
) -> tuple[Session, dict[str, Media], Mapping[str, tuple[str, ...]]]:
    """The session with clips that are made to fit showing files that fill their slots, those files, and all takes."""
    wanted = AudioFormat(codec=Codec.WAV, rate_hz=session.rate_hz, bits=32)
    media: dict[str, Media] = {}
    versions: dict[str, tuple[str, ...]] = {}
    lanes = []
    for lane in session.lanes:
        clips = []
        for clip in lane.clips:
            versions[clip.id] = _versions(material, clip)
            take = material.takes[clip.source]
            early = _ends_early(clip, take, rate_hz=session.rate_hz)
            if clip.fit is not Fit.TRIM or early:
                key = f"fitted-{clip.id}"
                how = "padded" if early else clip.fit.value
                clip = _as_heard(clip, take, rate_hz=session.rate_hz)
                file = f"{MEDIA}/{names.unique(f'{clip.name} {how}', wanted.suffix)}"
                stream = fitted_stream(clip, opener, rate_hz=session.rate_hz, cancel=cancel)
                write_audio(folder / file, stream, wanted, cancel=cancel)
                made = _made_to_fit(take, key, clip, folder / file, rate_hz=session.rate_hz)
                media[key] = Media(file=file, take=made)
                clip = replace(clip, source=key, offset=0, fit=Fit.TRIM)
                if early:  # its fade-out is in the file, at the take's end
                    guard = min(round(GUARD_S * session.rate_hz), clip.length - clip.fade_in)
                    clip = replace(clip, fade_out=guard, fade_out_curve=Curve.LINEAR)
            clips.append(clip)
        lanes.append(replace(lane, clips=tuple(clips)))
    return replace(session, lanes=tuple(lanes)), media, versions


def _ends_early(clip: Placed, take: TakeFile, *, rate_hz: int) -> bool:
    """Whether silence follows a clip's take within the clip; in another program it would end in a click."""
    lacks = clip.offset + clip.length - take.samples_at(rate_hz)
    return clip.fit is Fit.TRIM and not clip.joined_after and lacks > rate_hz / take.rate_hz


def _as_heard(clip: Placed, take: TakeFile, *, rate_hz: int) -> Placed:
    """The clip with the fades that it is heard with."""
    available = take.samples_at(rate_hz) - clip.offset
    heard = ending(clip, available=available, guard=round(GUARD_S * rate_hz))
    return replace(clip, fade_in=heard.fade_in, fade_out=heard.fade_out)


def _made_to_fit(take: TakeFile, key: str, clip: Placed, path: Path, *, rate_hz: int) -> TakeFile:
    return replace(take, id=key, path=path, rate_hz=rate_hz, samples=clip.length)


def _ducking_notes(session: Session) -> list[str]:
    return [
        f"The lane “{lane.name}” gives way to the story by {lane.duck.amount_db:g} dB; this session plays it without."
        for lane in session.lanes
        if lane.duck
    ]
