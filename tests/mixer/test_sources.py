"""Laws of sources: a file is what was written to it, in any order, at any rate; what can't be read is named."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audio import Audio, resampled
from pipeline.errors import MixError
from pipeline.mixer.sources import (
    MAX_OPEN_FILES,
    AudioSource,
    FileSource,
    OpenFiles,
    Scratch,
    at_rate,
    audio_sources,
    file_sources,
    pieces,
)  # fmt: skip
from tests.mixer.sounds import noise


def written(path, audio: Audio, *, subtype: str = "FLOAT"):
    soundfile.write(path, audio.samples.T, audio.rate_hz, subtype=subtype)
    return path


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    audio = noise(2.0, channels=2)
    return audio, written(tmp_path_factory.mktemp("takes") / "take.wav", audio)


@given(st.integers(0, 16_000), st.integers(0, 16_000))
def test_a_file_gives_the_samples_that_are_in_it(take, start, stop):
    audio, path = take
    source, (start, stop) = FileSource(path), sorted((start, stop))
    assert (source.rate_hz, source.channels, source.length) == (8_000, 2, 16_000)
    assert np.array_equal(source.read(start, stop - start), audio.samples[:, start:stop])


@pytest.mark.parametrize("rate_hz", [11_025, 6_000, 48_000])
def test_another_rate_is_the_same_from_a_file_and_from_memory(take, rate_hz):
    audio, path = take
    scratch = Scratch()
    with_file = at_rate(FileSource(path), "file", rate_hz=rate_hz, scratch=scratch)
    with_memory = at_rate(AudioSource(audio), "memory", rate_hz=rate_hz, scratch=scratch)
    assert with_file.length == with_memory.length == round(16_000 * rate_hz / 8_000)
    assert np.array_equal(with_memory.read(0, with_memory.length), resampled(audio, rate_hz).samples)
    assert np.abs(with_file.read(0, with_file.length) - with_memory.read(0, with_memory.length)).max() < 1e-6


def test_a_take_is_resampled_once_and_its_file_goes_with_the_scratch(take):
    scratch = Scratch()
    first, again = (at_rate(FileSource(take[1]), "take", rate_hz=16_000, scratch=scratch) for _ in range(2))
    assert first is again
    assert first.path.exists()
    scratch.close()
    assert not first.path.parent.exists()
    made = at_rate(FileSource(take[1]), "take", rate_hz=16_000, scratch=scratch)
    folder = made.path.parent
    del scratch, made
    assert not folder.exists()


def test_few_files_are_open_at_a_time(tmp_path):
    paths = {f"t{i}": written(tmp_path / f"t{i}.wav", noise(0.01, seed=i)) for i in range(MAX_OPEN_FILES + 20)}
    files = OpenFiles()
    sources = [FileSource(path, files) for path in paths.values()]
    for _ in range(2):
        for index, source in enumerate(sources):
            assert np.array_equal(source.read(0, 80), noise(0.01, seed=index).samples)
            assert len(files._open) <= MAX_OPEN_FILES


def test_pieces_are_the_whole(take):
    audio, path = take
    assert np.array_equal(np.concatenate(list(pieces(FileSource(path), block=999)), axis=1), audio.samples)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(MixError, match="take is missing"):
        file_sources({})("e1")
    with pytest.raises(MixError, match="take is missing"):
        audio_sources({})("e1")
    with pytest.raises(MixError, match=r"gone\.wav is missing"):
        file_sources({"e1": tmp_path / "gone.wav"})("e1")


def test_what_is_no_sound_is_said(tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF????WAVE nothing")
    with pytest.raises(MixError, match=r"bad\.wav is damaged"):
        FileSource(bad)
    soundfile.write(tmp_path / "six.wav", np.zeros((9, 6)), 8_000)
    with pytest.raises(MixError, match="6 channels"):
        FileSource(tmp_path / "six.wav")
    soundfile.write(tmp_path / "slow.wav", np.zeros((9, 1)), 100)
    with pytest.raises(MixError, match="100 Hz"):
        FileSource(tmp_path / "slow.wav")
    soundfile.write(tmp_path / "nan.wav", np.full((9, 1), np.nan), 8_000, subtype="FLOAT")
    with pytest.raises(MixError, match="not finite"):
        FileSource(tmp_path / "nan.wav").read(0, 9)


def test_a_file_that_was_cut_after_it_was_opened_is_said(tmp_path):
    path = written(tmp_path / "take.wav", noise(4.0))
    source = FileSource(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(MixError, match=r"take\.wav (ends before its time|can't be read)"):
        source.read(0, 32_000)
