"""Whole deliveries with real files: what is in them, that stems sum to the mix, and that no failure leaves a trace."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import opentimelineio
import pytest
import rpp
import soundfile
import soxr

from pipeline.arrangement import Arrangement, Fade, Strip
from pipeline.delivery.bundle import Options, deliver
from pipeline.delivery.presets import PRESETS, Naming, Preset, preset
from pipeline.errors import Cancelled, FormatError, MixError, SettingsError
from pipeline.formats import files as formats_files
from pipeline.formats.audio_format import AudioFormat
from pipeline.formats.reaper import SHAPES
from pipeline.mixer import Target
from pipeline.mixer.curves import rise
from pipeline.progress import CancelToken
from pipeline.timeline import Story, Timeline
from tests.delivery.materials import LENGTH_S, material, noise, take
from tests.formats.wavreading import read_wav

LENGTH = round(LENGTH_S * 48_000)
MADE = datetime(2026, 3, 9, 7, 5, 3)
OPTIONS = Options(creator="Ada", made=MADE, suggest=lambda caption: "RAIN" if "rain" in caption else "WIND")
TITLE = "Night train"
SUFFIXES = ("wav", "flac", "mp3", "ogg", "opus", "json", "html", "rpp", "otio", "csv", "srt", "vtt")
WAV = AudioFormat()
LIGHT = replace(PRESETS["everything"], mixes=(WAV,), pictures=False, sheet=False, captions=False)


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    root = tmp_path_factory.mktemp("everything")
    seen = []
    made = deliver(
        material(root / "takes"), PRESETS["everything"], root / "out", options=OPTIONS,
        on_progress=lambda done, what: seen.append((done, what)),
    )  # fmt: skip
    return made, seen, material(root / "takes")


def test_everything_is_there_and_nothing_else(everything):
    made, _, _ = everything
    assert made.path.name == TITLE
    assert sorted(made.files) == names(made.path)
    assert set(made.files) == {
        *(f"{TITLE}.{suffix}" for suffix in SUFFIXES),
        f"{TITLE} labels.txt", f"{TITLE} 1 Story.edl", f"{TITLE} 2 Bed “soft”.edl",
        "stems/Story.wav", "stems/Bed “soft”.wav",
        "events/01 rain on a tin roof.wav", "events/02 .. a train “whistle” & steam.wav", "events/03 =wind.wav",
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


def test_stems_are_as_long_as_the_mix_and_sum_to_it(everything):
    made, _, _ = everything
    stems = [soundfile.read(path)[0] for path in sorted((made.path / "stems").iterdir())]
    assert all(stem.shape == (LENGTH, 2) for stem in stems)
    mix, _ = soundfile.read(made.path / f"{TITLE}.flac")
    assert made.report.limited_db == 0.0
    assert np.abs(sum(stems) - mix).max() <= 2.0**-23


def test_events_are_stamped_and_have_their_handles(everything):
    made, _, told = everything
    files = sorted((made.path / "events").iterdir())
    found = []
    for path in files:
        info = read_wav(path)
        cue, region = info.cues.cues[0], info.cues.ranges[0]
        found.append((info.bext.time_reference, info.data.frame_count, cue.position, region.length))
    # rain: 1 s and half a second more; the train: 1.5 of 4 s at another rate; wind: no more than its event
    assert found == [
        (0, 72_000, 0, 48_000),
        (48_000, 192_000, 0, 72_000),
        (120_000, 36_000, 0, 36_000),
    ]
    rain, _ = soundfile.read(files[0], dtype="float32")
    assert np.array_equal(rain[:, 0], noise(1.5, 48_000, seed=1)[0])  # as rendered: no fade, gain or pan


def played(track, folder) -> np.ndarray:
    """float64 [2, LENGTH] of a track of an RPP file, by a player of our own: REAPER's words, our curves."""
    curves = {shape: curve for curve, shape in SHAPES.items()}
    out = np.zeros((2, LENGTH))
    for item in track.findall("ITEM"):
        start, length, offset = (round(float(item.find(n)[1]) * 48_000) for n in ("POSITION", "LENGTH", "SOFFS"))
        chosen = 0
        for index, row in enumerate(item.findall("TAKE"), 1):
            chosen = index if row[1:] == ["SEL"] else chosen
        sound, rate = soundfile.read(folder / item.findall("SOURCE")[chosen].find("FILE")[1], always_2d=True)
        sound = soxr.resample(sound, rate, 48_000, quality="VHQ")[offset : offset + length].T
        gains = np.ones(length)
        for name, way in (("FADEIN", 1), ("FADEOUT", -1)):
            shape, samples = int(item.find(name)[1]), round(float(item.find(name)[2]) * 48_000)
            gains[::way][:samples] *= rise(curves[shape], (np.arange(samples) + 0.5) / samples)
        volume, pan = map(float, item.find("VOLPAN")[1:3])
        angle = (pan + 1) * np.pi / 4
        sides = np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])
        muted = item.find("MUTE")[1] == "1"
        out[:, start : start + length] += 0 if muted else sound * gains * volume * sides
    volume, pan = map(float, track.find("VOLPAN")[1:3])
    assert pan == 0
    return out * volume


def test_the_reaper_project_plays_what_the_stems_hold(tmp_path):
    told = material(tmp_path / "t")
    lane = replace(told.arrangement.lanes[0], duck=None, strip=Strip(gain_db=-2.0))
    clip = replace(
        lane.clips[0], strip=Strip(gain_db=-1.0, pan=0.3), fade_in=Fade(length_s=0.5, curve="exponential"),
        fade_out=Fade(length_s=0.25, curve="logarithmic"),
    )  # fmt: skip
    strips = {"e1": Strip(gain_db=3.0, pan=-0.7), "e2": Strip(pan=1.0), "e3": Strip(mute=True)}
    arranged = replace(
        told.arrangement, lanes=(replace(lane, clips=(clip,)),), strips=strips, master_db=-6.0,
        fade_in=Fade(length_s=0.3, curve="s_curve"),
    )  # fmt: skip
    told = replace(told, arrangement=arranged)
    made = deliver(told, replace(LIGHT, target=Target(name="as mixed")), tmp_path / "out", options=OPTIONS)
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    master = float(project.find("MASTER_VOLUME")[1])
    assert float(project.find("PANLAW")[1]) == pytest.approx(np.sqrt(2))
    for track, name in zip(project.findall("TRACK"), ("Story", "Bed “soft”"), strict=True):
        stem, _ = soundfile.read(made.path / "stems" / f"{name}.wav")
        assert stem.std() > 0.001
        assert np.abs(played(track, made.path) * master - stem.T).max() < 2e-5


def test_the_reaper_project_has_all_takes_and_says_what_it_leaves_out(everything):
    made, _, _ = everything
    project = rpp.loads((made.path / f"{TITLE}.rpp").read_text(encoding="utf-8"))
    notes = " ".join(map(str, project.find("NOTES").children))
    assert "gives way to the story by 9 dB" in notes
    assert "(EBU R 128)" in notes
    story, bed = project.findall("TRACK")
    assert [name[1] for name in story.find("ITEM").findall("NAME")] == ["older rain (seed 10)", "rain (seed 11)"]
    assert [source.find("FILE")[1] for source in bed.find("ITEM").findall("SOURCE")] == [
        "media/bed.wav",
        "media/a bed loop.wav",
    ]


def test_otio_media_are_there(everything):
    made, _, _ = everything
    timeline = opentimelineio.adapters.read_from_file(str(made.path / f"{TITLE}.otio"))
    from urllib.parse import unquote

    urls = [r.target_url for clip in timeline.find_clips() for r in clip.media_references().values()]
    assert len(urls) == 6
    assert all((made.path / unquote(url)).is_file() for url in urls)


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
    with pytest.raises(FormatError, match="“pictures only” has no mix"):
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


def nothing_is_left(tmp_path, before):
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    after = {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()}
    assert after == before


def failing(tmp_path, told, error, words, **options):
    before = {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()}
    with pytest.raises(error, match=words) as caught:
        deliver(told, LIGHT, tmp_path / "out", options=OPTIONS, **options)
    assert "\n" not in str(caught.value)
    assert ".part" not in str(caught.value)
    nothing_is_left(tmp_path, before)


def test_a_take_that_is_missing_is_named(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t2"].path.unlink()
    failing(tmp_path, told, MixError, "a train.*missing")
    failing(tmp_path, replace(told, chosen={"e1": "t1"}), MixError, "event 2 .* has no take yet")
    failing(tmp_path, replace(told, takes={}), MixError, "has no take yet")


def test_an_older_take_whose_file_is_gone_is_told_before_anything_is_delivered(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t1b"].path.unlink()
    failing(tmp_path, told, FormatError, "can't read .*: there is no such file")


def test_a_damaged_take_is_named(tmp_path):
    told = material(tmp_path / "t")
    told.takes["t3"].path.write_bytes(b"RIFF nonsense")
    failing(tmp_path, told, MixError, "=wind.*damaged")


def test_no_events_and_no_clips_are_nothing_to_deliver(tmp_path):
    told = material(tmp_path / "t")
    empty = Arrangement(timeline=Timeline(story=Story(text="x", duration_s=1), events=()))
    failing(tmp_path, replace(told, arrangement=empty), MixError, "nothing to mix")


def test_free_clips_without_events_are_delivered(tmp_path):
    told = material(tmp_path / "t")
    timeline = Timeline(story=Story(text="x", duration_s=1), events=())
    beds = replace(told, arrangement=replace(told.arrangement, timeline=timeline))
    made = deliver(beds, LIGHT, tmp_path / "out", options=OPTIONS)
    assert soundfile.info(made.path / f"{TITLE}.wav").frames == round(2.75 * 48_000)
    assert not [name for name in made.files if name.startswith("events/")]


def test_a_mix_above_full_scale_is_refused_where_nothing_lowers_it(tmp_path):
    told = material(tmp_path / "t", level=3.0)
    wanted = replace(PRESETS["48k-24bit-ebu"], target=Target(name="as mixed"))
    with pytest.raises(FormatError, match="dB above full scale .* would clip"):
        deliver(told, wanted, tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("at", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_cancel_at_any_point_leaves_nothing(tmp_path, at):
    cancel = CancelToken()

    def on_progress(done, _):
        if done >= at:
            cancel.cancel()

    failing(
        tmp_path, material(tmp_path / "t"), Cancelled, "stopped by the user", cancel=cancel, on_progress=on_progress
    )


def test_a_target_folder_that_vanishes_is_told(tmp_path):
    def on_progress(done, _):
        if done > 0.5:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)

    failing(tmp_path, material(tmp_path / "t"), FormatError, "the folder does not exist", on_progress=on_progress)


def test_a_disk_that_fills_midway_is_told(tmp_path, monkeypatch):
    told, real, count = material(tmp_path / "t"), formats_files._sync, iter(range(100))

    def full(path):
        if next(count) == 9:
            raise OSError(28, "No space left on device")
        real(path)

    monkeypatch.setattr(formats_files, "_sync", full)
    failing(tmp_path, told, FormatError, "the disk is full")


def test_a_file_in_the_place_of_the_folder_is_told_and_left_alone(tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(FormatError, match="it is no folder"):
        deliver(material(tmp_path / "t"), PRESETS["podcast"], tmp_path / "out", options=OPTIONS)
    assert (tmp_path / "out").read_bytes() == b"a file"


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


def test_a_take_alone_is_enough(tmp_path):
    """A ten-millisecond clip and one event of a tenth of a second."""
    told = material(tmp_path / "t", lanes=False)
    short = take(tmp_path / "t", "s", noise(0.1, 48_000), 48_000)
    event = replace(told.arrangement.timeline.events[0], duration_s=0.1)
    timeline = Timeline(story=told.arrangement.timeline.story, events=(event,))
    told = replace(
        told, arrangement=Arrangement(timeline=timeline), chosen={"e1": "s"}, takes={"s": short}, versions={}
    )
    made = deliver(told, replace(LIGHT, sheet=True), tmp_path / "out", options=OPTIONS)
    assert soundfile.info(made.path / f"{TITLE}.wav").frames == 4_800
    assert "no loudness" in made.sentences[0]
