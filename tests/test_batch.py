"""Many stories at once from the command line: each delivered, failures gone past, a summary and an exit code."""

from __future__ import annotations

import json
import os

import pytest
import soundfile

from pipeline.__main__ import main
from pipeline.commands.exits import CANCELLED, DONE, PROBLEM, USAGE
from pipeline.errors import Cancelled, FormatError
from pipeline.formats.story_list import MAX_STORIES, ListedStory, read_story_list
from pipeline.settings import MAX_SEED
from pipeline.timeline import event_seed
from tests.fakes import ListPlanner, SketchRenderer


class Fakes:
    """A backend of fakes."""

    def __init__(self) -> None:
        self.planner, self.renderer = ListPlanner(), SketchRenderer()

    def load(self, *_):
        return self


@pytest.fixture
def batch(tmp_path, capfd):
    fakes = Fakes()

    def run(*argv, preset="48k-24bit-ebu"):
        usual = ["--preset", preset, "-o", str(tmp_path / "out"), "--steps", "2", "--duration", "2"]
        code = main(["batch", *map(str, argv), *usual], load=fakes.load)
        told = capfd.readouterr()
        return code, told.out.split("\n")[:-1], told.err

    run.fakes = fakes
    return run


@pytest.fixture
def folder(tmp_path):
    """Two stories, a timeline, one that is none, and a file that is nobody's business."""
    place = tmp_path / "in"
    place.mkdir()
    (place / "a night.txt").write_text("rain; thunder\n", encoding="utf-8")
    (place / "b.txt").write_bytes(b"\xff\xfe\x00")
    (place / "c.json").write_text(json.dumps({"events": [{"caption": "wind", "duration_s": 1.5}]}))
    (place / "d.txt").write_text("", encoding="utf-8")
    (place / "notes.md").write_text("no story")
    return place


def test_every_one_is_delivered_and_a_failure_is_gone_past(batch, folder, tmp_path):
    code, out, err = batch(folder)
    assert code == PROBLEM
    assert out == [str(tmp_path / "out" / name) for name in ("a night", "c")]
    for name, frames in (("a night", 96_000), ("c", 72_000)):
        info = soundfile.info(tmp_path / "out" / name / f"{name}.wav")
        assert (info.frames, info.samplerate) == (frames, 48_000)
    assert "2 of 4 delivered" in err and err.strip().endswith("error: not delivered: b.txt, d.txt")
    assert "b.txt is not text in UTF-8" in err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a night", "c"]


def test_all_well_is_exit_0_and_the_same_file_twice_is_one(batch, folder):
    code, out, err = batch(folder / "c.json", folder / "c.json")
    assert (code, len(out)) == (DONE, 1)
    assert "1 of 1 delivered" in err


def test_a_cancelled_batch_keeps_what_was_delivered(batch, folder, tmp_path):
    def stop(_):
        if len(batch.fakes.renderer.rendered) > 2:
            raise Cancelled("stopped by the user")

    batch.fakes.renderer.before_step = stop
    code, out, _ = batch(folder)
    assert code == CANCELLED
    assert out == [str(tmp_path / "out" / "a night")]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a night"]


@pytest.mark.parametrize(("name", "words"), [("notes.md", "neither a story"), ("empty", "there are no stories")])
def test_what_is_no_source_is_told_before_anything_is_made(batch, folder, tmp_path, name, words):
    (folder / "empty").mkdir()
    code, out, err = batch(folder / name)
    assert (code, out) == (PROBLEM, [])
    assert words in err and not (tmp_path / "out").exists()


OUT_OF_MEMORY = "there is not enough memory for this; make the track shorter"
CPU = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError(f"{CPU} 99 bytes. Error code 12 (Cannot allocate memory)\n"), OUT_OF_MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB.\nSee documentation"), OUT_OF_MEMORY),
        (MemoryError(), OUT_OF_MEMORY),
        (OSError(28, "No space left on device", "/tmp/somewhere"), "a file can't be read or written: the disk is full"),
        (ValueError("a shape\nand more"), "something unforeseen went wrong: ValueError (a shape)"),
        (KeyError(), "something unforeseen went wrong: KeyError"),
    ],
)
def test_whatever_fails_keeps_none_from_the_others(batch, folder, caplog, error, words):
    def fail(_):
        if batch.fakes.renderer.rendered[-1].caption != "wind":
            raise error

    batch.fakes.renderer.before_step = fail
    caplog.set_level("DEBUG", logger="pipeline.batch")
    code, out, err = batch(folder / "a night.txt", folder / "c.json")
    assert code == PROBLEM and [path.rsplit("/", 1)[1] for path in out] == ["c"]
    [line] = [line for line in err.splitlines() if line.startswith(f"{folder / 'a night.txt'}: ")]
    assert line == f"{folder / 'a night.txt'}: {words}"
    assert type(error).__name__ in caplog.text and "Traceback" in caplog.text


def test_a_disk_without_room_for_the_takes_is_a_sentence(batch, folder, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    code, _, err = batch(folder / "c.json")
    assert code == PROBLEM and "c.json: a file can't be read or written: the disk is full" in err


def test_a_folder_that_can_not_be_read_is_a_sentence(batch, folder, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.iterdir", refused)
    code, out, err = batch(folder)
    assert (code, out) == (PROBLEM, [])
    assert err == f"error: can't read {folder}: reading is not allowed there\n"


def test_a_file_in_a_folder_that_can_not_be_looked_into_is_a_sentence(batch, folder, monkeypatch):
    real = os.stat

    def refused(path, **rest):
        if str(path).startswith(str(folder / "shut")):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **rest)

    monkeypatch.setattr("os.stat", refused)
    for name in ("story.txt", "list.jsonl", "folder"):
        code, out, err = batch(folder / "shut" / name)
        assert (code, out) == (PROBLEM, [])
        assert err == f"error: can't read {folder / 'shut' / name}: reading is not allowed there\n"


def test_what_the_loudness_gave_way_to_is_told(batch, folder):
    code, _, err = batch(folder / "c.json", preset="48k-24bit-ebu")
    sentences = [line for line in err.splitlines() if line.startswith(f"{folder / 'c.json'}: ")]
    assert code == DONE and sentences[0].endswith(": done")
    assert len(sentences) > 1, err


def test_wrong_usage_is_exit_2(batch, folder):
    assert batch(folder, preset="cd")[0] == USAGE


# ---------------------------------------------------------------- lists of stories, one a line


class Asked(ListPlanner):
    """Keeps what it was asked to plan."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, str, int]] = []

    def plan(self, story, *, seed, cancel):
        self.asked.append((story.text, story.duration_s, story.tone, seed))
        return super().plan(story, seed=seed, cancel=cancel)


@pytest.fixture
def listed(tmp_path):
    """A list of stories: what is no text is written as JSON, what is bytes as it is."""

    def write(*lines, name="tales.jsonl"):
        path = tmp_path / name
        path.write_bytes(
            b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
        )
        return path

    return write


def delivered(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_every_line_is_delivered_as_it_asks(batch, listed, tmp_path):
    batch.fakes.planner = planner = Asked()
    whole = {"story": "rain; thunder", "duration_s": 3, "tone": "calm", "seed": 7, "name": "a night"}
    code, out, err = batch(listed(whole, b"  \r", {"story": "wind"}))
    assert code == DONE, err
    assert planner.asked == [("rain; thunder", 3.0, "calm", 7), ("wind", 2.0, "", 0)]
    assert out == [str(tmp_path / "out" / name) for name in ("a night", "tales 3")]
    for name, seconds in (("a night", 3), ("tales 3", 2)):
        assert soundfile.info(tmp_path / "out" / name / f"{name}.wav").frames == seconds * 48_000
    assert json.loads((tmp_path / "out" / "a night" / "a night.json").read_text())["settings"]["seed"] == 7
    assert [job.seed for job in batch.fakes.renderer.rendered] == [
        event_seed(7, "e1"), event_seed(7, "e2"), event_seed(0, "e1"),
    ]  # fmt: skip
    assert f"{tmp_path / 'tales.jsonl'} line 3: done" in err and "2 of 2 delivered" in err


def test_the_seed_and_the_length_of_all_are_for_lines_without_their_own(batch, listed):
    batch.fakes.planner = planner = Asked()
    code, _, _ = batch(listed({"story": "a", "seed": 0}, {"story": "b", "duration_s": 1.5}), "--seed", 5)
    assert code == DONE
    assert planner.asked == [("a", 2.0, "", 0), ("b", 1.5, "", 5)]


def test_a_list_goes_beside_the_other_sources_and_is_taken_only_where_it_is_given(batch, listed, folder, tmp_path):
    tales = listed({"story": "sea", "name": "a night"}, name="in/tales.jsonl")
    code, out, _ = batch(folder / "c.json", tales, folder / "a night.txt", tales)
    assert code == DONE
    assert out == [str(tmp_path / "out" / name) for name in ("c", "a night", "a night 2")]
    code, out, err = batch(folder)
    assert (code, len(out)) == (PROBLEM, 2)
    assert "2 of 4 delivered" in err


def test_a_line_that_fails_later_keeps_none_from_the_others(batch, listed, tmp_path):
    code, _, err = batch(listed({"story": "y" * 401, "name": "nothing"}, {"story": "x" * 401}, {"story": "wind"}))
    assert (code, delivered(tmp_path / "out")) == (PROBLEM, ["tales 3"])
    assert err.strip().endswith("error: not delivered: tales.jsonl line 1, tales.jsonl line 2")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("../../up", ".. up"),
        ("/etc/passwd", "etc passwd"),
        ("C:\\con", "C con"),
        ("con", "_con"),
        (" two \n lines ", "two lines"),
        ("a\u0000b\u001b[2J\u202e", "a b [2J"),
        ("Größe – 夜", "Größe – 夜"),
        ("x" * 120, "x" * 120),
    ],
)
def test_names_become_names_of_files_and_nothing_else(batch, listed, tmp_path, name, folder):
    code, out, err = batch(listed({"story": "rain", "name": name}))
    assert code == DONE, err
    assert delivered(tmp_path / "out") == [folder.lstrip(". ")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tales.jsonl"]


GOOD = {"story": "rain", "name": "Night"}
WRONG = [
    (b"{", "not JSON: expecting property name enclosed in double quotes at character 2"),
    (b'{"story": "rain"} {"story": "wind"}', "not JSON: extra data at character 19"),
    (b'{"story": "\xff"}', "not text in UTF-8"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"story": "x", "seed": ' + b"9" * 5_000 + b"}", "a number is too long"),
    (["rain"], "a story must be a JSON object, not a list"),
    ("rain", 'a story must be a JSON object, not "rain"'),
    (None, "a story must be a JSON object, not null"),
    ({}, "story is missing"),
    ({"text": "rain"}, '"text" is unknown; a story has story, duration_s, tone, seed, name'),
    ({"story": "x", "\ud800\u001b": 1}, "is unknown"),
    (b'{"story": "a", "story": "b"}', '"story" is there twice'),
    ({"story": ""}, "the story is empty"),
    ({"story": 3}, "the story must be text, not int"),
    ({"story": None}, "the story must be text"),
    ({"story": "half a \ud800"}, "the story holds characters that are not text"),
    ({"story": "x" * 5_001}, "the story has 5,001 characters"),
    ({"story": "x", "tone": 1}, "the tone must be text, not int"),
    ({"story": "x", "tone": "y" * 201}, "the tone has 201 characters"),
    ({"story": "x", "duration_s": float("nan")}, "NaN is not a number that a story may have"),
    ({"story": "x", "duration_s": float("-inf")}, "-Infinity is not a number"),
    (b'{"story": "x", "duration_s": 1e999}', "the total duration is inf s; allowed is 1 to 3600 s"),
    ({"story": "x", "duration_s": 10**400}, "the total duration is inf s"),
    ({"story": "x", "duration_s": 0}, "the total duration is 0 s"),
    ({"story": "x", "duration_s": 1e9}, "the total duration is 1e+09 s"),
    ({"story": "x", "duration_s": "40"}, "the total duration must be a number, not '40'"),
    ({"story": "x", "duration_s": True}, "the total duration must be a number"),
    ({"story": "x", "duration_s": None}, "the total duration must be a number"),
    ({"story": "x", "seed": -1}, "a seed is a whole number from 0 to 9007199254740991, not -1"),
    ({"story": "x", "seed": MAX_SEED + 1}, "not 9007199254740992"),
    ({"story": "x", "seed": 10**400}, "not a number that long"),
    ({"story": "x", "seed": 7.0}, "not 7.0"),
    ({"story": "x", "seed": True}, "not true"),
    ({"story": "x", "seed": None}, "not null"),
    ({"story": "x", "seed": [7]}, "not a list"),
    ({"story": "x", "name": 5}, "a name must be text, not 5"),
    ({"story": "x", "name": " \n"}, "the name is empty"),
    ({"story": "x", "name": "../"}, 'the name "../" holds nothing that the name of a file may hold'),
    ({"story": "x", "name": "n\ud800"}, "the name holds characters that are not text"),
    ({"story": "x", "name": "n" * 121}, "the name has 121 characters; at most 120 fit"),
    (GOOD, 'the name "Night" is that of line 1 already'),
    ({"story": "x", "name": "NIGHT"}, "is that of line 1 already"),
    ({"story": "x", "name": "night?."}, "is that of line 1 already"),
]


@pytest.mark.parametrize(("line", "words"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_line_is_told_with_its_number_before_anything_is_made(batch, listed, folder, tmp_path, line, words):
    batch.fakes.load = lambda *_: pytest.fail("a backend was loaded")
    tales = listed(GOOD, b"", line, {"story": "never reached", "wrong": 1})
    code, out, err = batch(folder / "a night.txt", tales)
    assert (code, out, delivered(tmp_path / "out")) == (PROBLEM, [], [])
    assert err.startswith(f"error: {tales} line 3: ") and words in err
    assert len(err.splitlines()) == 1 and len(err) < len(str(tales)) + 200
    err.encode("utf-8")


@pytest.mark.parametrize(
    ("lines", "words"), [([], "there are no stories in"), ([b" ", b"\r"], "there are no stories in")]
)
def test_a_list_without_stories_is_told(batch, listed, lines, words):
    code, out, err = batch(listed(*lines))
    assert (code, out) == (PROBLEM, []) and words in err


def test_a_list_that_is_not_there_is_told(batch, tmp_path):
    code, out, err = batch(tmp_path / "none.jsonl")
    assert (code, out) == (PROBLEM, []) and "there is no such file" in err


def test_lines_end_only_at_line_feeds_and_a_byte_order_mark_is_no_text(listed):
    text = "rain \u2028 wind \x85 sea"
    lines = b"\xef\xbb\xbf" + json.dumps({"story": text}, ensure_ascii=False).encode() + b"\r", {"story": "x"}
    one, two = read_story_list(listed(*lines))
    assert one == ListedStory(line=1, text="rain wind sea")
    assert (two.line, two.text) == (2, "x")


def test_a_list_is_not_endless(listed):
    tales = listed(*[{"story": "x"}] * (MAX_STORIES + 1))
    with pytest.raises(FormatError, match=f"line {MAX_STORIES + 1}: a list holds at most 10,000 stories"):
        read_story_list(tales)
