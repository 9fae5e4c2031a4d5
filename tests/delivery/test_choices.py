"""What goes before a preset: each choice is in the files, and what can't be is told."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import opentimelineio
import pytest
import soundfile

from pipeline.delivery.bundle import deliver
from pipeline.delivery.choices import Choices, check_categories, check_frame_rate, own_target, with_choices
from pipeline.delivery.presets import PRESETS, Naming
from pipeline.errors import AudioStoryError, FormatError, SettingsError
from pipeline.formats.audio_format import Codec
from tests.delivery.materials import LENGTH_S, LIGHT, OPTIONS, TITLE, material
from tests.formats.wavreading import read_wav


def test_every_choice_is_in_the_files(tmp_path: Path) -> None:
    chosen = Choices(rate_hz=96_000, bits=16, channels=1, target=own_target(-20.0, -3.0), handles_s=0.25)
    made = deliver(material(tmp_path / "t"), with_choices(LIGHT, chosen), tmp_path / "out", options=OPTIONS)
    mix = soundfile.info(made.path / f"{TITLE}.wav")
    assert (mix.samplerate, mix.channels, mix.subtype, mix.frames) == (96_000, 1, "PCM_16", round(LENGTH_S * 96_000))
    assert made.report.after.integrated_lufs == pytest.approx(-20.0, abs=0.1)
    for name in made.files:
        if name.startswith(("stems/", "events/", "clips/")):
            assert (soundfile.info(made.path / name).samplerate, soundfile.info(made.path / name).channels) == (
                96_000,
                1,
            )
    rain = read_wav(made.path / "events" / "01 rain on a tin roof.wav")
    assert rain.data.frame_count == round(1.25 * 96_000)


def test_another_format_is_the_one_file_of_the_mix(tmp_path: Path) -> None:
    wanted = with_choices(replace(LIGHT, sessions=False, stems=None, events=None), Choices(codec=Codec.M4A))
    made = deliver(material(tmp_path / "t"), wanted, tmp_path / "out", options=OPTIONS)
    assert [name for name in made.files if not name.endswith(".json")] == [f"{TITLE}.m4a"]


@pytest.mark.parametrize(
    ("name", "chosen", "words"),
    [
        ("pictures", Choices(rate_hz=48_000), "writes no sound"),
        ("podcast", Choices(handles_s=1.0), "writes no file per event"),
        ("podcast", Choices(bits=16), "MP3 has no bits per sample"),
        ("podcast", Choices(bits=0), "MP3 has no bits per sample"),
        ("48k-24bit-ebu", Choices(bits=0), "WAV is written with 16, 24 or 32 bits, not 0"),
        ("48k-24bit-ebu", Choices(codec=Codec.FLAC, bits=0), "FLAC is written with 16 or 24 bits, not 0"),
        ("48k-24bit-ebu", Choices(rate_hz=0), "WAV is written at 44100, 48000 or 96000 Hz, not 0"),
        ("everything", Choices(rate_hz=96_000), "MP3 is written at 44100 or 48000 Hz"),
        ("everything", Choices(handles_s=61.0), "handles are 0 to 60 s long, not 61.0"),
        ("everything", Choices(handles_s=float("nan")), "handles are 0 to 60 s long"),
        ("everything", Choices(channels=3), "1 or 2 channels, not 3"),
    ],
)
def test_a_choice_that_can_not_be_is_told(name: str, chosen: Choices, words: str) -> None:
    with pytest.raises(AudioStoryError, match=words):
        with_choices(PRESETS[name], chosen)


def test_frames_are_counted_as_asked(tmp_path: Path) -> None:
    made = deliver(material(tmp_path / "t"), LIGHT, tmp_path / "out", options=replace(OPTIONS, frames_per_s=23.976))
    text = (made.path / f"{TITLE} 1 Story.edl").read_text(encoding="utf-8")
    rate = 24_000 / 1_001
    track = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=rate).tracks[0]
    assert [clip.range_in_parent().start_time.value for clip in track.find_clips()] == [0, 24, 60]
    with pytest.raises(AudioStoryError, match="writes no EDL"):
        check_frame_rate(PRESETS["podcast"], 25.0)
    with pytest.raises(FormatError, match=re.escape("not 26.0")):
        check_frame_rate(LIGHT, 26.0)


@pytest.mark.parametrize(
    ("name", "naming", "words"),
    [
        ("podcast", None, "“podcast” writes no file per event: there are no categories to choose"),
        ("podcast", Naming.UCS, "“podcast” writes no file per event"),
        ("game-stems-rpp", Naming.PLAIN, "plain names hold no category"),
        ("everything", None, "plain names hold no category"),
    ],
)
def test_categories_that_no_name_would_hold_are_refused(
    tmp_path: Path, name: str, naming: Naming | None, words: str
) -> None:
    options = replace(OPTIONS, naming=naming, categories={"e1": "RAIN"})
    with pytest.raises(SettingsError, match=words):
        deliver(material(tmp_path / "t"), PRESETS[name], tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()
    check_categories(PRESETS[name], naming or PRESETS[name].naming, {})
    check_categories(PRESETS["everything"], Naming.UCS, {"e1": "RAIN"})
