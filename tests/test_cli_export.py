"""`export` on the command line: what is chosen is in the files, and what can't be is told in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from pipeline.__main__ import main


@pytest.fixture
def run(capfd):
    def run(*argv):
        code = main([str(a) for a in argv])
        out = capfd.readouterr()
        return code, out.out, out.err

    return run


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def story_folder(folder, *lanes):
    """A project on disk as the page keeps it: one event with its take, and free lanes of two short clips each."""
    (folder / "takes").mkdir(parents=True)
    samples = np.random.default_rng(0).uniform(-0.2, 0.2, 16_000)
    soundfile.write(folder / "takes" / "t1.wav", samples, 8_000, subtype="FLOAT")
    take = {
        "id": "t1", "event_id": "e1", "file": "t1", "caption": "rain", "duration_s": 2.0, "seed": 7, "steps": 5,
        "guidance": 2.0, "renderer": "sketch", "context": "", "samples": 16_000, "rate_hz": 8_000, "made_at": "",
    }  # fmt: skip
    timeline = {"events": [{"id": "e1", "caption": "rain on a roof", "duration_s": 2.0, "seed": 7}]}
    project = {
        "schema": "audiostory.project/2", "title": "My film", "timeline": timeline, "takes": {"e1": [take]},
        "chosen": {"e1": "t1"}, "seed": 1, "arrangement": {"lanes": [lane(name) for name in lanes]},
    }  # fmt: skip
    (folder / "project.json").write_text(json.dumps(project))
    return folder


def lane(name):
    clips = [{"source": "t1", "name": words, "start_s": at, "duration_s": 0.25} for at, words in enumerate("ab")]
    return {"name": name, "clips": clips}


def test_export_delivers_a_project(run, tmp_path):
    project = story_folder(tmp_path / "My.story")
    code, out, err = run("export", project, "--preset", "48k-24bit-ebu", "--creator", "Ada", "-o", tmp_path / "out")
    assert (code, out) == (0, f"{tmp_path / 'out' / 'My film'}\n")
    assert "Now -23.0 LUFS" in err
    assert names(tmp_path / "out" / "My film") == ["My film.html", "My film.json", "My film.wav"]
    info = soundfile.info(tmp_path / "out" / "My film" / "My film.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (48_000, 2, 96_000, "PCM_24")
    code, out, _ = run("export", project, "--preset", "podcast", "--zip", "-o", tmp_path / "out")
    assert (code, out) == (0, f"{tmp_path / 'out' / 'My film.zip'}\n")


def test_what_is_chosen_goes_before_the_preset(run, tmp_path):
    project = story_folder(tmp_path / "My.story")
    sound = ["--rate", 96_000, "--bits", 32, "--channels", 1, "--loudness", "-30.5", "--ceiling", "-3"]
    code, out, err = run("export", project, "--preset", "48k-24bit-ebu", *sound, "-o", tmp_path / "out")
    assert (code, "Now -30.5 LUFS" in err) == (0, True)
    info = soundfile.info(tmp_path / "out" / "My film" / "My film.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (96_000, 1, 192_000, "FLOAT")
    for loudness, told in (("atsc", "Now -24.0 LUFS"), ("off", "no gain was applied")):
        code, _, err = run(
            "export", project, "--preset", "podcast", "--format", "flac", "--loudness", loudness, "-o", tmp_path
        )
        assert (code, told in err) == (0, True)
    names_of = [
        "--category",
        "1=RAINMetl",
        "--creator",
        "Ada",
        "--source",
        "SHOW",
        "--frame-rate",
        "24",
        "--handles",
        "0",
    ]
    code, out, _ = run("export", project, "--preset", "game-stems-rpp", *names_of, "-o", tmp_path / "game")
    assert code == 0
    folder = tmp_path / "game" / "My film"
    assert soundfile.info(folder / "events" / "RAINMetl_rain on a roof_Ada_SHOW.wav").frames == 96_000
    assert "00:00:02:00" in (folder / "My film 1 Story.edl").read_text()


def test_clips_of_lanes_get_the_category_that_was_chosen_too(run, tmp_path):
    project = story_folder(tmp_path / "My.story", "Bed: low", "Spots")
    chosen = [word for piece in ("1=RAINMetl", "Bed: low:1=WIND", "Bed: low:2=THUN", "Spots:1=HAIL", "Spots:2=STORM")
              for word in ("--category", piece)]  # fmt: skip
    code, _, _ = run("export", project, "--preset", "game-stems-rpp", *chosen, "-o", tmp_path / "out")
    assert code == 0
    found = {name.split("_")[0]: name.split("_")[1] for name in names(tmp_path / "out" / "My film" / "clips")}
    assert found == {"WIND": "a", "THUN": "b", "HAIL": "a", "STORM": "b"}


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ("Bed:3=WIND", "there is no clip 3 in the lane “Bed”; it has 2"),
        ("bed:1=WIND", "there is no lane “bed” in this project; its free lanes: “Bed”, “Twin”, “Twin”"),
        ("Twin:1=WIND", "there are 2 lanes “Twin” in this project"),
        ("Bed:1=NONE", "no category 'NONE'"),
    ],
)
def test_a_category_for_a_clip_that_is_not_there_is_told(run, tmp_path, piece, words):
    project = story_folder(tmp_path / "My.story", "Bed", "Twin", "Twin")
    code, _, err = run("export", project, "--preset", "game-stems-rpp", "--category", piece, "-o", tmp_path / "out")
    assert (code, words in err) == (1, True), err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--loudness", "loud"], 2, "a loudness is ebu, atsc"),
        (["--loudness", "3"], 1, "a loudness in LUFS is 3; allowed is -50 to -5"),
        (["--loudness", "nan"], 1, "a loudness in LUFS is nan"),
        (["--ceiling", "high"], 2, "a ceiling is a number of dBTP or none"),
        (["--ceiling", "3"], 1, "a ceiling in dBTP is 3; allowed is -20 to 0"),
        (["--rate", "22050"], 2, "invalid choice: 22050"),
        (["--bits", "0"], 1, "WAV is written with 16, 24 or 32 bits, not 0"),
        (["--bits", "20"], 1, "WAV is written with 16, 24 or 32 bits, not 20"),
        (["--format", "opus", "--rate", "44100"], 1, "Opus is written at 48000 Hz, not 44100"),
        (["--format", "aiff"], 2, "invalid choice: 'aiff'"),
        (["--channels", "6"], 2, "invalid choice: 6"),
        (["--handles", "2"], 1, "writes no file per event"),
        (["--frame-rate", "25"], 1, "writes no EDL"),
        (["--frame-rate", "26"], 1, "an EDL counts 23.976"),
        (["--category", "RAIN"], 2, "an event's number, or a lane, a colon and a clip's number"),
        (["--category", ":1=RAIN"], 2, "a category is an event's number"),
        (["--category", "Bed:one=RAIN"], 2, "a category is an event's number"),
        (["--category", "9=RAIN"], 1, "there is no event 9 in this project; it has 1"),
        (["--preset", "game-stems-rpp", "--category", "1=NONE"], 1, "no category 'NONE'"),
        (["--category", "1=RAIN"], 1, "writes no file per event: there are no categories to choose"),
        (["--preset", "game-stems-rpp", "--names", "plain", "--category", "1=RAIN"], 1, "hold no category"),
    ],
)
def test_a_choice_that_can_not_be_is_told_in_one_line(run, tmp_path, argv, code, words):
    story_folder(tmp_path / "My.story")
    found, out, err = run("export", tmp_path / "My.story", "--preset", "48k-24bit-ebu", *argv, "-o", tmp_path / "out")
    assert (found, out) == (code, "")
    assert words in err.strip().splitlines()[-1]
    assert names(tmp_path) == ["My.story"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["export", "{tmp}/none", "--preset", "podcast", "-o", "{tmp}/out"], "there is no project at"),
        (["export", "{tmp}/My.story", "--preset", "podcast", "-o", "{tmp}/file"], "it is no folder"),
        (["export", "{tmp}/My.story", "--preset", "podcast", "--video", "{tmp}/no", "-o", "{tmp}/out"], "no file"),
        (
            ["export", "{tmp}/My.story", "--preset", "podcast", "--video", "{tmp}/file", "-o", "{tmp}/out"],
            "not a video",
        ),
    ],
)
def test_an_export_that_cannot_be_is_told_in_one_line(run, tmp_path, argv, words):
    story_folder(tmp_path / "My.story")
    (tmp_path / "file").write_bytes(b"x")
    code, out, err = run(*[a.replace("{tmp}", str(tmp_path)) for a in argv])
    last = err.strip().splitlines()[-1]
    assert (code, out) == (1, "")
    assert last.startswith("error: ")
    assert words in last
    assert names(tmp_path) == ["My.story", "file"]
