"""Whole deliveries with real files: what is in them, and what they say of themselves."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import soundfile

from pipeline.delivery.bundle import Options, deliver
from pipeline.delivery.presets import PRESETS, Naming, Preset, preset
from pipeline.errors import FormatError, SettingsError
from pipeline.formats.audio_format import AudioFormat
from pipeline.mixer import Target
from tests.delivery.materials import LENGTH, LIGHT, MADE, OPTIONS, TITLE, material
from tests.formats.wavreading import read_wav

SUFFIXES = ("wav", "flac", "mp3", "ogg", "opus", "json", "html", "rpp", "otio", "csv", "srt", "vtt")


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_everything_is_there_and_nothing_else(everything):
    made, _, _ = everything
    assert made.path.name == TITLE
    assert sorted(made.files) == names(made.path)
    assert set(made.files) == {
        *(f"{TITLE}.{suffix}" for suffix in SUFFIXES),
        f"{TITLE} labels.txt", f"{TITLE} 1 Story.edl", f"{TITLE} 2 Bed “soft”.edl",
        "stems/Story.wav", "stems/Bed “soft”.wav",
        "events/01 rain on a tin roof.wav", "events/02 .. a train “whistle” & steam.wav", "events/03 =wind.wav",
        "clips/01 a bed.wav",
        "media/rain.wav", "media/older rain.wav", "media/train.wav", "media/wind.wav", "media/bed.wav",
        "media/a bed loop.wav",
        *(f"pictures/{name}" for name in ("timeline.png", "timeline.svg", "spectrogram.png", "spectrogram.svg")),
        "pictures/overview.png",
    }  # fmt: skip
    assert [p.name for p in made.path.parent.iterdir()] == [TITLE]


def test_progress_rises_to_the_end(everything):
    _, seen, _ = everything
    steps = [done for done, _ in seen]
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert [done for done, what in seen if what == "writing events"][-1] == pytest.approx(0.9)
    assert list(dict.fromkeys(what for _, what in seen)) == [
        "measuring",
        "writing the mix",
        "writing stems",
        "writing events",
        "writing sessions",
        "writing the sheet",
        "done",
    ]


def test_every_mix_has_the_length_and_the_loudness(everything):
    made, _, _ = everything
    for suffix in ("wav", "flac", "mp3", "ogg", "opus"):
        info = soundfile.info(made.path / f"{TITLE}.{suffix}")
        assert (info.samplerate, info.channels) == (48_000, 2)
        assert abs(info.frames - LENGTH) <= (0 if suffix in ("wav", "flac", "ogg") else 4_608)
    assert made.report.after.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    info = read_wav(made.path / f"{TITLE}.wav")
    assert info.bext.loudness_value == pytest.approx(-23.0, abs=0.1)
    assert info.bext.max_true_peak == pytest.approx(made.report.after.true_peak_dbtp, abs=0.01)
    assert info.bext.originator_date == "2026-03-09"
    assert info.info.title == "Night <train>"
    assert "1. 0.000 s rain <on> a tin roof (seed 11, model sketch)" in info.info.comment
    assert "4. 0.250 s a bed (lane Bed / “soft”, seed 5, model sketch)" in info.info.comment
    stem = read_wav(made.path / "stems" / "Bed “soft”.wav")
    assert stem.info.comment.endswith("1. 0.250 s a bed (lane Bed / “soft”, seed 5, model sketch)")
    event = read_wav(made.path / "events" / "03 =wind.wav")
    assert event.info.comment.endswith("1. 2.500 s =wind (seed 5, model sketch)")
    assert [cue.position for cue in info.cues.cues] == [0, 48_000, 60_000, 120_000]


def test_the_settings_say_everything(everything):
    made, _, told = everything
    data = json.loads((made.path / f"{TITLE}.json").read_text(encoding="utf-8"))
    assert data["schema"] == "audiostory.delivery/1"
    assert data["timeline"]["events"][0]["seed"] == 11
    assert data["arrangement"]["lanes"][0]["duck"]["amount_db"] == 9.0
    assert data["takes"]["t2"]["model"] == "sketch"
    assert data["loudness"]["after"]["integrated_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert data["settings"] == {"seed": 3, "steps": 25}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "xlink:href")]

    def handle_data(self, data):
        self.words.append(data)


def test_the_sheet_needs_nothing_beside_it_and_escapes_everything(everything):
    made, _, _ = everything
    page = Page()
    text = (made.path / f"{TITLE}.html").read_text(encoding="utf-8")
    page.feed(text)
    assert not set(page.tags) & {"script", "link", "iframe", "train", "on"}
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    shown = " ".join(page.words)
    for words in ("Night <train>", "rain <on> a tin roof", "=wind", "11", "-23.0", "Heavy wind", "Night train.wav"):
        assert words in shown
    assert "svg" in page.tags


def test_game_stems_are_named_by_ucs(tmp_path):
    told = Options(creator="Ada", source="DEMO", made=MADE, suggest=OPTIONS.suggest, categories={"e2": "TRNSteam"})
    made = deliver(material(tmp_path / "t"), PRESETS["game-stems-rpp"], tmp_path / "out", options=told)
    assert {name for name in made.files if name.startswith("events/")} == {
        "events/RAIN_rain on a tin roof_Ada_DEMO.wav",
        "events/TRNSteam_a train “whistle” & steam_Ada_DEMO.wav",
        "events/WIND_=wind_Ada_DEMO.wav",
    }
    assert "stems/MIX_Story_Ada_DEMO.wav" in made.files
    assert "MIX_Night train_Ada_DEMO.wav" in made.files
    assert made.report.gain_db == 0.0
    with pytest.raises(FormatError, match="no category 'TRAIN'"):
        deliver(
            material(tmp_path / "t"), PRESETS["game-stems-rpp"], tmp_path / "out",
            options=replace(told, categories={"e1": "TRAIN"}),
        )  # fmt: skip


def test_a_podcast_is_an_mp3_with_captions_and_a_second_one_gets_a_number(tmp_path):
    for name, wanted in ((TITLE, replace(LIGHT, sessions=False)), (f"{TITLE} 2", PRESETS["podcast"])):
        made = deliver(material(tmp_path / "t"), wanted, tmp_path / "out", options=OPTIONS)
        assert made.path == tmp_path / "out" / name
    assert {path.rsplit(".")[-1] for path in made.files} == {"mp3", "srt", "vtt", "json", "html"}
    assert made.report.after.integrated_lufs == pytest.approx(-16.0, abs=0.5)


def test_pictures_alone(tmp_path):
    made = deliver(material(tmp_path / "t"), PRESETS["pictures"], tmp_path / "out", options=OPTIONS)
    assert set(made.files) == {
        f"pictures/{name}"
        for name in ("timeline.png", "timeline.svg", "spectrogram.png", "spectrogram.svg", "overview.png")
    }
    assert made.sentences == ()
    with pytest.raises(SettingsError, match="“pictures only” has no mix"):
        deliver(material(tmp_path / "t"), PRESETS["pictures"], tmp_path / "out", options=Options(video=tmp_path / "v"))


def test_an_archive_holds_the_same_files(tmp_path):
    made = deliver(material(tmp_path / "t"), LIGHT, tmp_path / "out", options=replace(OPTIONS, archive=True))
    assert [p.name for p in (tmp_path / "out").iterdir()] == [f"{TITLE}.zip"]
    with zipfile.ZipFile(made.path) as packed:
        assert packed.testzip() is None
        assert sorted(packed.namelist()) == [f"{TITLE}/{name}" for name in sorted(made.files)]


def test_mono_is_mono(tmp_path):
    wanted = Preset(
        name="m", title="m", mixes=(AudioFormat(),), target=Target(name="x"), channels=1, events=AudioFormat()
    )
    made = deliver(material(tmp_path / "t"), wanted, tmp_path / "out", options=OPTIONS)
    assert all(soundfile.info(made.path / name).channels == 1 for name in made.files if name.endswith(".wav"))


def test_a_silent_mix_is_delivered_and_said(tmp_path):
    made = deliver(material(tmp_path / "t", level=0.0), PRESETS["48k-24bit-ebu"], tmp_path / "out", options=OPTIONS)
    assert "silent (loudness -inf LUFS): no gain was applied" in made.sentences[0]
    assert read_wav(made.path / f"{TITLE}.wav").bext.loudness_value == 0x7FFF / 100
    assert "-∞" in (made.path / f"{TITLE}.html").read_text(encoding="utf-8")
    assert json.loads((made.path / f"{TITLE}.json").read_text())["loudness"]["after"]["integrated_lufs"] is None


def test_presets_have_names_and_refuse_what_cannot_be():
    assert list(PRESETS) == ["48k-24bit-ebu", "podcast", "game-stems-rpp", "everything", "pictures"]
    assert preset("podcast").title == "podcast"
    with pytest.raises(SettingsError, match="no preset 'best'; there are 48k-24bit-ebu, podcast"):
        preset("best")
    usual = {"name": "x", "title": "x", "mixes": (AudioFormat(),), "target": Target(name="x")}
    for fields, words in (
        ({"mixes": ()}, "at least one file"),
        ({"stems": AudioFormat(rate_hz=96_000)}, "at one rate, not at 48000 and 96000 Hz"),
        ({"channels": 6}, "1 or 2 channels, not 6"),
        ({"handles_s": -1.0}, "0 to 60 s"),
    ):
        with pytest.raises(FormatError, match=words):
            Preset(**{**usual, **fields})
    assert preset("game-stems-rpp").naming is Naming.UCS
