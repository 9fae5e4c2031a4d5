"""Audio files of every kind: what libsndfile and ffmpeg read back, and that no failure leaves a part behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Audio
from pipeline.errors import Cancelled, FormatError, MissingDependency
from pipeline.formats import ffmpeg
from pipeline.formats.audio_files import Labels, write_audio
from pipeline.formats.audio_format import AudioFormat, Codec
from pipeline.formats.metadata import EventNote, Metadata
from pipeline.formats.stream import Stream, stream_of, with_channels
from pipeline.progress import CancelToken

ROOT = Path(__file__).resolve().parents[2]
ALL = [
    (codec, rate, bits)
    for codec in ("wav", "flac")
    for rate in (44_100, 48_000, 96_000)
    for bits in (16, 24, 32)
    if (codec, bits) != ("flac", 32)
] + [("mp3", 44_100, None), ("mp3", 48_000, None), ("ogg", 44_100, None), ("ogg", 96_000, None), ("opus", 48_000, None)]
LOSSLESS = [case for case in ALL if case[2]]


def tone(rate_hz: int, *, seconds: float = 0.5, channels: int = 2, level: float = 0.5) -> Audio:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    waves = [level * np.sin(2 * np.pi * hz * at) for hz in (440, 660)[:channels]]
    return Audio(np.stack(waves), rate_hz)


def stream(audio: Audio, *, block: int = 4_099, fail_after: int | None = None, error: BaseException | None = None):
    def blocks():
        for number, start in enumerate(range(0, audio.length, block)):
            if fail_after is not None and number == fail_after:
                raise error
            yield audio.samples[:, start : start + block]

    return Stream(blocks=blocks(), rate_hz=audio.rate_hz, channels=audio.channels, length=audio.length)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("codec", "rate", "bits"), LOSSLESS)
def test_lossless_files_hold_every_sample(tmp_path, codec, rate, bits, channels):
    audio = tone(rate, channels=channels, seconds=0.2)
    path = tmp_path / f"a.{codec}"
    write_audio(path, stream(audio), AudioFormat(codec=codec, rate_hz=rate, bits=bits))
    back, back_rate = soundfile.read(path, always_2d=True, dtype="float64")
    assert (back_rate, back.shape) == (rate, (audio.length, channels))
    assert soundfile.info(path).subtype == ("FLOAT" if bits == 32 else f"PCM_{bits}")
    most = {16: 1.5, 24: 0.5, 32: 0.0}[bits] * 2.0 ** (1 - bits)
    assert np.abs(back.T - audio.samples).max() <= most + 1e-12
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize(("codec", "rate"), [(c, r) for c, r, bits in ALL if not bits])
def test_lossy_files_sound_as_what_went_in(tmp_path, codec, rate):
    audio = tone(rate)
    path = tmp_path / f"a.{codec}"
    write_audio(path, stream(audio), AudioFormat(codec=codec, rate_hz=rate))
    back, back_rate = soundfile.read(path, always_2d=True)
    assert back_rate == rate
    middle = slice(rate // 8, rate // 4)
    error = back.T[:, middle] - audio.samples[:, middle]
    assert np.std(error) < 0.05 * np.std(audio.samples)


def test_m4a_is_written_by_ffmpeg_and_read_back_by_it(tmp_path):
    path, audio = tmp_path / "-odd name.m4a", tone(44_100)
    write_audio(path, stream(audio), AudioFormat(codec="m4a", rate_hz=44_100), labels=Labels(metadata=NOTES))
    binary = ffmpeg.find_ffmpeg(need="this test")
    ffmpeg.run_ffmpeg(["-i", f"file:{path}", "-c:a", "pcm_f32le", f"file:{tmp_path / 'back.wav'}"], binary=binary)
    back, rate = soundfile.read(tmp_path / "back.wav", always_2d=True)
    assert rate == 44_100
    assert abs(len(back) - audio.length) <= 2_048  # the codec's frames
    assert np.std(back[8_000:16_000]) == pytest.approx(np.std(audio.samples), rel=0.02)
    said = subprocess.run([binary, "-i", path], capture_output=True, text=True).stderr
    assert "Night train" in said
    assert "seed 7" in said


def test_without_ffmpeg_m4a_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingDependency, match="pip install imageio-ffmpeg"):
        write_audio(tmp_path / "a.m4a", stream(tone(48_000)), AudioFormat(codec="m4a"))
    assert not names(tmp_path)


NOTES = Metadata(
    title="Night train",
    story="Rain, then “ein Zug”.",
    creator="Ada",
    events=(
        EventNote(caption="rain", start_s=0, duration_s=2, seed=7, model="nano"),
        EventNote(caption="a train", start_s=2, duration_s=3),
    ),
)


@pytest.mark.parametrize("codec", ["flac", "mp3", "ogg", "opus"])
def test_compressed_files_say_how_they_were_made(tmp_path, codec):
    path = tmp_path / f"a.{codec}"
    write_audio(path, stream(tone(48_000)), AudioFormat(codec=codec), labels=Labels(metadata=NOTES))
    with soundfile.SoundFile(path) as file:
        assert file.title == "Night train"
        assert file.comment == NOTES.comment
        assert "“ein Zug”" in file.comment
        assert "seed 7, model nano" in file.comment


@settings(max_examples=12)
@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=6), st.sampled_from([16, 24, 32]))
def test_the_lengths_of_the_blocks_leave_no_trace_in_the_file(tmp_path, cuts, bits):
    audio = tone(48_000, seconds=0.1)
    edges = sorted({0, audio.length, *(cut for cut in cuts if cut < audio.length)})
    blocks = [audio.samples[:, a:b] for a, b in zip(edges, edges[1:], strict=False)]
    wanted = AudioFormat(bits=bits)
    write_audio(tmp_path / "a.wav", Stream(blocks=blocks, rate_hz=48_000, channels=2), wanted)
    write_audio(tmp_path / "b.wav", stream_of(audio), wanted)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_dither_makes_the_error_independent_of_the_signal(tmp_path):
    """TPDF: the mean error is zero and its power does not depend on where between two steps a sample lies."""
    powers = []
    for part in (0.0, 0.25, 0.5):
        level = (100 + part) * 2.0**-15
        write_audio(tmp_path / "a.wav", stream_of(Audio(np.full((1, 100_000), level), 48_000)), AudioFormat(bits=16))
        error = (soundfile.read(tmp_path / "a.wav")[0] - level) * 2.0**15
        assert abs(error.mean()) < 0.01
        powers.append(error.var())
    assert powers == pytest.approx([0.25] * 3, rel=0.03)  # 3/12 of a step squared


def test_mono_and_stereo_become_each_other(tmp_path):
    audio = tone(48_000)
    write_audio(tmp_path / "m.wav", with_channels(stream_of(audio), 1), AudioFormat(bits=32))
    mono, _ = soundfile.read(tmp_path / "m.wav", dtype="float32")
    assert np.array_equal(mono, audio.samples.mean(axis=0))
    both = with_channels(stream_of(Audio(mono[None], 48_000)), 2)
    write_audio(tmp_path / "s.wav", both, AudioFormat(bits=32))
    stereo, _ = soundfile.read(tmp_path / "s.wav", dtype="float32")
    assert np.array_equal(stereo, np.stack([mono, mono], axis=1))


def test_float_files_hold_what_is_above_full_scale_and_others_refuse_it(tmp_path):
    loud = tone(48_000, level=2.0)
    write_audio(tmp_path / "a.wav", stream(loud), AudioFormat(bits=32))
    assert np.abs(soundfile.read(tmp_path / "a.wav")[0]).max() == pytest.approx(2.0, abs=1e-3)
    for codec in ("wav", "flac", "mp3", "ogg", "opus"):
        with pytest.raises(FormatError, match=r"6\.0 dB above full scale near 0\.0 s"):
            write_audio(tmp_path / f"b.{codec}", stream(loud), AudioFormat(codec=codec))
    assert names(tmp_path) == ["a.wav"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"codec": "aiff"}, "no audio format 'aiff'; there are wav, flac"),
        ({"rate_hz": 8_000}, "WAV is written at 44100, 48000 or 96000 Hz, not 8000"),
        ({"rate_hz": True}, "not True"),
        ({"bits": 20}, "with 16, 24 or 32 bits, not 20"),
        ({"codec": "flac", "bits": 32}, "FLAC is written with 16 or 24 bits"),
        ({"codec": "mp3", "rate_hz": 96_000}, "MP3 is written at 44100 or 48000 Hz"),
        ({"codec": "opus", "rate_hz": 44_100}, "Opus is written at 48000 Hz, not 44100"),
        ({"codec": "ogg", "bits": 24}, "no bits per sample"),
    ],
)
def test_a_rate_depth_or_codec_that_does_not_exist_is_told(fields, words):
    with pytest.raises(FormatError, match=words):
        AudioFormat(**fields)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros((3, 10), np.float32), r"shape \[3, 10\]"),
        (np.zeros(10, np.float32), r"shape \[10\]"),
        (np.full((2, 10), np.nan, np.float32), "not finite"),
    ],
)
def test_blocks_that_are_not_audio_are_refused(tmp_path, bad, words):
    with pytest.raises(FormatError, match=words):
        write_audio(tmp_path / "a.wav", Stream(blocks=[bad], rate_hz=48_000, channels=2), AudioFormat())
    assert not names(tmp_path)


def test_a_stream_of_another_rate_or_length_than_promised_is_refused(tmp_path):
    with pytest.raises(FormatError, match="at 44100 Hz; the file is to be at 48000"):
        write_audio(tmp_path / "a.wav", stream(tone(44_100)), AudioFormat())
    short = Stream(blocks=[np.zeros((1, 90), np.float32)], rate_hz=48_000, channels=1, length=100)
    with pytest.raises(FormatError, match="90 samples where 100"):
        write_audio(tmp_path / "a.wav", short, AudioFormat())
    assert not names(tmp_path)


@pytest.mark.parametrize("codec", [codec.value for codec in Codec])
def test_a_cancel_in_the_middle_leaves_the_old_file_and_no_part(tmp_path, codec):
    path, cancel, seen = tmp_path / f"a.{codec}", CancelToken(), []
    path.write_bytes(b"the old file")

    def on_block(done, total):
        seen.append((done, total))
        if len(seen) == 3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        write_audio(path, stream(tone(48_000)), AudioFormat(codec=codec), cancel=cancel, on_block=on_block)
    assert [done for done, _ in seen] == [4_099, 8_198, 12_297]
    assert seen[0][1] == 24_000
    assert path.read_bytes() == b"the old file"
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("codec", [codec.value for codec in Codec])
def test_a_source_that_fails_in_the_middle_leaves_nothing(tmp_path, codec):
    failing = stream(tone(48_000), fail_after=2, error=FormatError("a take is gone"))
    with pytest.raises(FormatError, match="a take is gone"):
        write_audio(tmp_path / f"a.{codec}", failing, AudioFormat(codec=codec))
    assert not names(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="file size limits are POSIX")
@pytest.mark.parametrize("codec", ["wav", "flac"])
def test_a_disk_that_fills_midway_is_told_and_leaves_nothing(tmp_path, codec):
    code = (
        "import resource, signal, sys; from pathlib import Path; import numpy as np\n"
        "from pipeline.audio import Audio; from pipeline.errors import FormatError\n"
        "from pipeline.formats.audio_files import write_audio; from pipeline.formats.audio_format import AudioFormat\n"
        "from pipeline.formats.stream import stream_of\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\n"
        "noise = Audio(np.random.default_rng(0).uniform(-.5, .5, (2, 300_000)), 48_000)\n"
        "try: write_audio(Path(sys.argv[1]) / 'a', stream_of(noise), AudioFormat(codec=sys.argv[2]))\n"
        "except FormatError as error: print(error)\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path), codec]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert "larger than allowed" in done.stdout, done.stderr
    assert not names(tmp_path)


def test_ffmpeg_tells_why_it_stopped(tmp_path):
    binary = ffmpeg.find_ffmpeg(need="this test")
    with pytest.raises(FormatError, match="ffmpeg stopped: .*No such file"):
        ffmpeg.run_ffmpeg(["-i", f"file:{tmp_path / 'none.wav'}", f"file:{tmp_path / 'o.wav'}"], binary=binary)


def test_an_empty_track_is_a_valid_file(tmp_path):
    write_audio(tmp_path / "a.wav", Stream(blocks=[], rate_hz=48_000, channels=2, length=0), AudioFormat())
    assert soundfile.info(tmp_path / "a.wav").frames == 0
