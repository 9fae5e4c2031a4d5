"""Sound under a video: the picture stays bit by bit, the sound is ours, and nothing is overwritten."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import soundfile

from pipeline.audio import Audio
from pipeline.errors import Cancelled, FormatError, MissingDependency
from pipeline.formats.ffmpeg import find_ffmpeg, run_ffmpeg
from pipeline.formats.video import lay_under, picture_length_s
from pipeline.formats.wav import write_wav
from pipeline.progress import CancelToken


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    """A second of moving picture with another sound, and a tone to lay under it."""
    folder = tmp_path_factory.mktemp("shot")
    binary = find_ffmpeg(need="this test")
    run_ffmpeg(
        ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1", "-f", "lavfi", "-i", "sine=1000:duration=1",
         "-c:v", "mpeg4", "-c:a", "aac", f"file:{folder / 'shot.mp4'}"],
        binary=binary,
    )  # fmt: skip
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    write_wav(folder / "tone.wav", Audio(np.stack([wave, wave]), 48_000), bits=24)
    return folder


def picture_of(path) -> str:
    """A hash of the packets of the picture, by ffmpeg."""
    argv = [find_ffmpeg(need="this test"), "-v", "error", "-i", path, "-map", "0:v", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_the_picture_is_copied_and_the_sound_is_ours(shot, tmp_path, suffix):
    target = tmp_path / f"out.{suffix}"
    lay_under(shot / "shot.mp4", shot / "tone.wav", target)
    assert picture_of(target) == picture_of(shot / "shot.mp4")
    run_ffmpeg(["-i", f"file:{target}", f"file:{tmp_path / 'back.wav'}"], binary=find_ffmpeg(need="this test"))
    back, rate = soundfile.read(tmp_path / "back.wav")
    assert rate == 48_000
    middle = back[10_000:34_000, 0]
    assert abs(np.fft.rfft(middle)).argmax() * 2 == 440
    assert np.sqrt(2) * middle.std() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    ("suffix", "rate", "frames"), [("mp4", "10", 10), ("mkv", "24", 37), ("mov", "30000/1001", 31)]
)
def test_the_length_of_a_picture_is_that_of_its_frames(tmp_path, suffix, rate, frames):
    video, sound = tmp_path / f"film.{suffix}", ["-f", "lavfi", "-i", "sine=1000:duration=3"]
    film = [*sound, "-f", "lavfi", "-i", f"testsrc=size=64x48:rate={rate}", "-frames:v", str(frames), "-c:v", "mpeg4"]
    run_ffmpeg([*film, "-bf", "2", "-c:a", "aac", f"file:{video}"], binary=find_ffmpeg(need="this test"))
    top, _, bottom = rate.partition("/")
    assert picture_length_s(video) == pytest.approx(frames * int(bottom or 1) / int(top), abs=0.002)  # whatever sounds


def test_what_cannot_be_is_told_and_nothing_is_left(shot, tmp_path, monkeypatch):
    video, sound = shot / "shot.mp4", shot / "tone.wav"
    before = video.read_bytes()
    silent, playlist = shot / "silent.mp4", shot / "list.mp4"
    run_ffmpeg(["-i", f"file:{sound}", "-c:a", "aac", f"file:{silent}"], binary=find_ffmpeg(need="this test"))
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{video}\n#EXT-X-ENDLIST\n")
    for given, words in (
        ((tmp_path / "none.mp4", sound, tmp_path / "o.mp4"), "there is no file"),
        ((video, tmp_path / "none.wav", tmp_path / "o.mp4"), "there is no file"),
        ((silent, sound, tmp_path / "o.mp4"), "holds no picture"),
        ((sound, sound, tmp_path / "o.mp4"), "tone.wav is not a video that can be read: choose MP4"),
        ((playlist, sound, tmp_path / "o.mp4"), "list.mp4 is not a video that can be read: choose MP4"),
        ((video, sound, tmp_path / "o.avi"), "written as .mp4, .m4v, .mov, .mkv, not '.avi'"),
        ((video, sound, video), "choose another name"),
        ((video, sound, tmp_path / "gone" / "o.mp4"), "No such file|does not exist"),
    ):
        with pytest.raises(FormatError, match=words):
            lay_under(*given)
    for path, words in (
        (tmp_path / "none.mp4", "there is no file"),
        (silent, "holds no picture"),
        (sound, "not a video"),
    ):
        with pytest.raises(FormatError, match=words):
            picture_length_s(path)
    cancel = CancelToken()
    cancel.cancel()
    for act in (lambda: lay_under(video, sound, tmp_path / "o.mp4", cancel=cancel),
                lambda: picture_length_s(video, cancel=cancel)):  # fmt: skip
        with pytest.raises(Cancelled):
            act()
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingDependency, match="under a video needs ffmpeg"):
        lay_under(video, sound, tmp_path / "o.mp4")
    assert not list(tmp_path.iterdir())
    assert video.read_bytes() == before
