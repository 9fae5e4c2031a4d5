"""The command line as programs see it: exit codes, stdout and stderr, and the files that are there afterwards."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.__main__ import main
from pipeline.errors import SettingsError
from pipeline.formats.timeline_json import loads, read_timeline
from pipeline.timeline import event_seed
from tests.fakes import ListPlanner, SketchRenderer

ROOT = Path(__file__).resolve().parents[1]
TALE = "rain; thunder; a dog barks"


@dataclass
class Fakes:
    """A backend of fakes, and the names and settings it was asked for."""

    renderer: SketchRenderer = field(default_factory=SketchRenderer)
    planner: ListPlanner = field(default_factory=ListPlanner)
    asked: list = field(default_factory=list)

    def load(self, name, settings):
        self.asked.append((name, settings))
        if name not in ("nano", "sketch"):
            raise SettingsError(f"there is no backend {name!r}")
        return self


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def run(fakes, capfd):
    def run(*argv):
        code = main([str(a) for a in argv], load=fakes.load)
        out = capfd.readouterr()
        return code, out.out, out.err

    return run


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_plan_prints_a_table(run, fakes):
    code, out, err = run("plan", TALE, "--duration", 9)
    assert code == 0
    assert "a dog barks" in out
    assert "9.0 s  in all" in out
    assert err == ""
    assert fakes.renderer.calls == []


def test_plan_json_is_one_object_on_stdout_and_nothing_else(run):
    code, out, err = run("plan", "Regen – “heftig”; Wind", "--duration", 8, "--seed", 3, "--tone", "calm", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["schema"] == "audiostory.timeline/1"
    timeline = loads(out)
    assert timeline.events[0].caption == "Regen – “heftig”"
    assert [e.seed for e in timeline.events] == [event_seed(3, "e1"), event_seed(3, "e2")]
    assert (timeline.story.tone, timeline.duration_s) == ("calm", 8.0)


def test_a_story_comes_from_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("wind;\nsea\n"))
    code, out, _ = run("plan", "-", "--duration", 5, "--json")
    assert code == 0
    assert [e.caption for e in loads(out).events] == ["wind", "sea"]


def test_tell_writes_the_track_and_its_timeline(run, tmp_path):
    code, out, err = run("tell", TALE, "--duration", 7.3, "--steps", 3, "-o", tmp_path / "out.wav")
    assert code == 0
    assert out.split() == [str(tmp_path / "out.wav"), str(tmp_path / "out.timeline.json")]
    assert "event 3 rendered" in err
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.samplerate, info.subtype, info.frames) == (48_000, "PCM_24", round(7.3 * 48_000))
    assert len(read_timeline(tmp_path / "out.timeline.json").events) == 3
    assert names(tmp_path) == ["out.timeline.json", "out.wav"]


@pytest.mark.parametrize(("rate", "bits"), [(44_100, 16), (48_000, 16), (44_100, 24)])
def test_rate_and_bits_are_those_asked_for(run, tmp_path, rate, bits):
    options = ("--steps", 1, "--rate", rate, "--bits", bits)
    assert run("tell", TALE, "--duration", 3, *options, "-o", tmp_path / "o.wav")[0] == 0
    info = soundfile.info(tmp_path / "o.wav")
    assert (info.samplerate, info.subtype, info.frames) == (rate, f"PCM_{bits}", 3 * rate)


def test_settings_reach_the_renderer_and_the_backend_is_the_one_named(run, fakes, tmp_path):
    options = ("--steps", 7, "--guidance", 1.5, "--backend", "sketch")
    assert run("tell", "rain", "--duration", 2, *options, "-o", tmp_path / "o.wav")[0] == 0
    (name, given_settings) = fakes.asked[0]
    assert (name, given_settings.render.steps, given_settings.render.guidance) == ("sketch", 7, 1.5)


def test_the_same_seed_gives_the_same_file_and_another_does_not(run, tmp_path):
    for name, seed in [("a", 4), ("b", 4), ("c", 5)]:
        run("tell", TALE, "--duration", 3, "--seed", seed, "--steps", 1, "-o", tmp_path / f"{name}.wav")
    a, b, c = ((tmp_path / f"{n}.wav").read_bytes() for n in "abc")
    assert a == b != c


def test_rendering_the_timeline_that_tell_wrote_gives_the_same_track(run, tmp_path):
    run("tell", TALE, "--duration", 3, "--seed", 4, "--steps", 1, "-o", tmp_path / "a.wav")
    run("render", tmp_path / "a.timeline.json", "--steps", 1, "-o", tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    run("render", tmp_path / "a.timeline.json", "--seed", 8, "--steps", 1, "-o", tmp_path / "c.wav")
    assert (tmp_path / "a.wav").read_bytes() != (tmp_path / "c.wav").read_bytes()


def test_a_timeline_written_by_hand_is_rendered(run, fakes, tmp_path):
    plan = tmp_path / "hand.json"
    plan.write_text('{"events": [{"caption": "rain", "duration_s": 2}, {"caption": "wind", "duration_s": 0.25}]}')
    assert run("render", plan, "-o", tmp_path / "o.wav", "--steps", 1)[0] == 0
    assert soundfile.info(tmp_path / "o.wav").frames == round(2.25 * 48_000)
    assert [j.caption for j in fakes.renderer.rendered] == ["rain", "wind"]
    assert read_timeline(tmp_path / "o.timeline.json").events[1].seed == event_seed(0, "e2")


def test_a_mix_too_loud_for_the_file_is_lowered_and_told(run, tmp_path, monkeypatch):
    burst = SketchRenderer._take

    def loud(self, job, given_settings):
        take = burst(self, job, given_settings)
        take.audio.samples[:] *= 6
        return take

    monkeypatch.setattr(SketchRenderer, "_take", loud)
    code, _, err = run("tell", "rain", "--duration", 2, "-o", tmp_path / "o.wav")
    assert code == 0
    assert re.search(r"lowered by 1\d\.\d dB", err)
    samples, _ = soundfile.read(tmp_path / "o.wav")
    assert abs(samples).max() == pytest.approx(10 ** (-1 / 20), abs=1e-3)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["plan", "", "--duration", "5"], "the story is empty"),
        (["plan", "x", "--duration", "nan"], "total duration is nan"),
        (["plan", "x", "--duration", "-5"], "total duration is -5"),
        (["plan", "x", "--duration", "1e9"], "total duration is 1e"),
        (["plan", "x" * 5_001, "--duration", "5"], "5,001 characters"),
        (["plan", "x", "--duration", "5", "--backend", "best"], "no backend 'best'"),
        (["plan", "caf\udce9", "--duration", "5"], "not text"),
        (["tell", "x", "--duration", "5", "-o", "{tmp}/gone/o.wav"], "folder does not exist"),
        (["tell", "x", "--duration", "5", "--steps", "0", "-o", "{tmp}/o.wav"], "steps"),
        (["tell", "x", "--duration", "5", "--guidance", "inf", "-o", "{tmp}/o.wav"], "guidance"),
        (["tell", "x", "--duration", "500", "-o", "{tmp}/o.wav"], "split the event"),
        (["render", "{tmp}/none.json", "-o", "{tmp}/o.wav"], "no such file"),
        (["render", "{tmp}", "-o", "{tmp}/o.wav"], "it is a folder"),
    ],
)
def test_a_problem_is_told_in_one_line_with_exit_code_1(run, tmp_path, argv, words):
    code, out, err = run(*[a.replace("{tmp}", str(tmp_path)) for a in argv])
    last = err.strip().splitlines()[-1]
    assert (code, out) == (1, "")
    assert last.startswith("error: ")
    assert words in last
    assert "Traceback" not in err
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["sing"],
        ["plan", "x"],
        ["plan", "x", "--duration", "long"],
        ["plan", "x", "--duration", "5", "--seed", "-1"],
        ["plan", "x", "--duration", "5", "--seed", "9007199254740992"],
        ["tell", "x", "--duration", "5"],
        ["tell", "x", "--duration", "5", "-o", "o.mp3"],
        ["tell", "x", "--duration", "5", "-o", "o.wav", "--rate", "8000"],
        ["tell", "x", "--duration", "5", "-o", "o.wav", "--bits", "32"],
        ["render", "-o", "o.wav"],
        ["export", "p.story", "-o", "out"],
        ["export", "p.story", "--preset", "best", "-o", "out"],
        ["export", "p.story", "--preset", "podcast"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(run, fakes, argv):
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert "usage" in err
    assert fakes.asked == []


def test_the_folder_is_checked_before_anything_is_loaded(run, fakes, tmp_path):
    assert run("tell", TALE, "--duration", 5, "-o", tmp_path / "gone" / "o.wav")[0] == 1
    assert fakes.asked == []


def test_the_place_of_the_timeline_is_checked_too(run, fakes, tmp_path):
    (tmp_path / "o.timeline.json").mkdir()
    code, _, err = run("tell", TALE, "--duration", 5, "-o", tmp_path / "o.wav")
    assert code == 1
    assert "o.timeline.json: it is a folder" in err
    assert fakes.asked == []


def test_help_tells_only_of_commands_that_are_there(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(word in out for word in ("plan", "tell", "render", "export", "batch"))


@settings(max_examples=6)
@given(st.integers(0, 5))
def test_ctrl_c_at_any_step_leaves_no_file(tmp_path_factory, at):
    folder, count = tmp_path_factory.mktemp("out"), iter(range(10_000))

    def interrupt(_):
        if next(count) == at:
            signal.raise_signal(signal.SIGINT)

    fakes = Fakes(renderer=SketchRenderer(before_step=interrupt))
    argv = ["tell", TALE, "--duration", "3", "--steps", "3", "-o", str(folder / "o.wav")]
    before = signal.getsignal(signal.SIGINT)
    assert main(argv, load=fakes.load) == 130
    assert names(folder) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_an_old_track_survives_a_cancelled_one(fakes, tmp_path, capfd):
    (tmp_path / "o.wav").write_bytes(b"old")
    fakes.renderer.before_step = lambda _: signal.raise_signal(signal.SIGINT)
    assert main(["tell", "rain", "--duration", "3", "-o", str(tmp_path / "o.wav")], load=fakes.load) == 130
    assert (tmp_path / "o.wav").read_bytes() == b"old"
    assert capfd.readouterr().err.strip().endswith("cancelled")


def test_an_interrupt_while_the_backend_loads_is_a_cancel():
    def load(_name, _settings):
        raise KeyboardInterrupt

    assert main(["plan", "rain", "--duration", "3"], load=load) == 130


def test_if_the_track_cannot_be_written_there_is_no_timeline_either(run, tmp_path, monkeypatch):
    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    code, _, err = run("tell", "rain", "--duration", 2, "--steps", 1, "-o", tmp_path / "o.wav")
    assert code == 1
    assert "the disk is full" in err
    assert names(tmp_path) == []


SLOW = """
import sys, time
from tests.fakes import ListPlanner, SketchRenderer
from pipeline.__main__ import main
class Backend:
    planner, renderer = ListPlanner(), SketchRenderer(before_step=lambda step: time.sleep(0.05))
sys.exit(main(sys.argv[1:], load=lambda name, settings: Backend))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
def test_a_real_ctrl_c_ends_a_real_process_with_130(tmp_path):
    argv = ["tell", TALE, "--duration", "3", "--steps", "200", "-o", str(tmp_path / "o.wav")]
    process = subprocess.Popen([sys.executable, "-c", SLOW, *argv], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("planned")
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert names(tmp_path) == []


def test_what_is_prepared_once_is_told_on_stderr():
    code = SLOW.replace(
        "sys.exit(",
        "import logging; made = Backend.planner.plan\n"
        "def plan(*a, **k): logging.getLogger('pipeline.planner').info('preparing it, once'); return made(*a, **k)\n"
        "Backend.planner.plan = plan\nsys.exit(",
    )
    argv = [sys.executable, "-c", code, "plan", TALE, "--duration", "3", "--json"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "preparing it, once\n"
    assert len(loads(done.stdout).events) == 3


@pytest.mark.skipif(os.name == "nt", reason="there is no head there")
def test_a_reader_that_leaves_early_is_no_traceback():
    code = SLOW.replace("time.sleep(0.05)", "None")
    argv = [sys.executable, "-c", code, "plan", "; ".join(f"sound {i}" for i in range(400)), "--duration", "3000"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
