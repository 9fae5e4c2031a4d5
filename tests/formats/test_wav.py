"""WAV files: exact samples, dither, and that a failure leaves nothing behind."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio import Audio
from pipeline.errors import FormatError
from pipeline.formats.files import check_writable, replacing
from pipeline.formats.wav import write_wav

ROOT = Path(__file__).resolve().parents[2]


def tone(length: int = 70_000, *, channels: int = 2, rate_hz: int = 48_000, level: float = 0.5) -> Audio:
    wave = level * np.sin(2 * np.pi * 440 * np.arange(length) / rate_hz)
    return Audio(np.tile(wave, (channels, 1)), rate_hz)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_is_what_is_read(tmp_path, rate_hz, bits, channels):
    audio = tone(rate_hz=rate_hz, channels=channels)
    write_wav(tmp_path / "a.wav", audio, bits=bits)
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.channels, info.frames) == (rate_hz, channels, audio.length)
    assert info.subtype == f"PCM_{bits}"
    back, _ = soundfile.read(tmp_path / "a.wav", always_2d=True)
    most = 1.5 if bits == 16 else 0.5  # steps: rounding, and +-1 of dither at 16 bit
    assert np.abs(back.T - audio.samples).max() <= most * 2.0 ** (1 - bits) + 1e-12
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_full_scale_does_not_wrap_round(tmp_path):
    for bits in (16, 24):
        write_wav(tmp_path / "a.wav", Audio(np.array([[1.0, -1.0] * 50]), 48_000), bits=bits)
        back, _ = soundfile.read(tmp_path / "a.wav")
        assert np.abs(back[::2] - 1).max() < 1e-4
        assert np.abs(back[1::2] + 1).max() < 1e-4


def test_dither_keeps_a_sound_below_the_last_step_and_adds_no_offset(tmp_path):
    quiet = tone(48_000, channels=1, level=0.4 * 2.0**-15)
    write_wav(tmp_path / "a.wav", quiet, bits=16)
    back, _ = soundfile.read(tmp_path / "a.wav")
    gain = np.dot(back, quiet.samples[0]) / np.dot(quiet.samples[0], quiet.samples[0])
    assert gain == pytest.approx(1.0, abs=0.1)  # rounding alone would give silence
    assert abs(back.mean()) < 0.02 * 2.0**-15


def test_equal_audio_gives_equal_files(tmp_path):
    for name in ("a.wav", "b.wav"):
        write_wav(tmp_path / name, tone(), bits=16)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_what_would_clip_is_refused_with_the_excess(tmp_path):
    with pytest.raises(FormatError, match=r"6\.0 dB above full scale"):
        write_wav(tmp_path / "a.wav", Audio(np.full((1, 10), 2.0), 48_000), bits=24)
    assert not list(tmp_path.iterdir())


def test_other_depths_are_refused(tmp_path):
    with pytest.raises(FormatError, match="16 or 24"):
        write_wav(tmp_path / "a.wav", tone(), bits=8)


def test_a_vanished_folder_is_told(tmp_path):
    with pytest.raises(FormatError, match="the folder does not exist"):
        write_wav(tmp_path / "gone" / "a.wav", tone(), bits=16)


def test_a_folder_that_vanishes_while_writing_is_told(tmp_path):
    folder = tmp_path / "soon gone"
    folder.mkdir()
    with pytest.raises(FormatError, match="the folder does not exist"), replacing(folder / "a.wav") as part:
        part.write_bytes(b"x")
        shutil.rmtree(folder)


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path):
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(FormatError, match="folder"):
        write_wav(tmp_path / "a.wav", tone(), bits=16)
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "not allowed")])
def test_a_disk_that_refuses_at_the_last_moment_leaves_the_old_file(tmp_path, monkeypatch, code, words):
    target = tmp_path / "a.wav"
    target.write_bytes(b"the old file")

    def refuse(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FormatError, match=words):
        write_wav(target, tone(), bits=16)
    assert target.read_bytes() == b"the old file"
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.skipif(os.name == "nt", reason="file size limits are POSIX")
def test_a_disk_that_fills_while_writing_leaves_nothing(tmp_path):
    code = (
        "import resource, signal, sys; from pathlib import Path; import numpy as np\n"
        "from pipeline.audio import Audio; from pipeline.errors import FormatError\n"
        "from pipeline.formats.wav import write_wav\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: write_wav(Path(sys.argv[1]) / 'a.wav', Audio(np.zeros((2, 300_000)), 48_000), bits=24)\n"
        "except FormatError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert "larger than allowed" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


def test_an_interruption_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "a.wav") as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_whether_a_file_can_be_written_is_known_beforehand(tmp_path):
    check_writable(tmp_path / "new.wav")
    (tmp_path / "file").write_bytes(b"x")
    for path, words in [
        (tmp_path, "it is a folder"),
        (tmp_path / "gone" / "a.wav", "the folder does not exist"),
        (tmp_path / "file" / "a.wav", "the folder does not exist"),
        (tmp_path / ("x" * 300 + ".wav"), "too long"),
        (tmp_path / "a\0.wav", "not allowed"),
    ]:
        with pytest.raises(FormatError, match=words):
            check_writable(path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(FormatError, match="not allowed"):
        check_writable(tmp_path / "a.wav")
