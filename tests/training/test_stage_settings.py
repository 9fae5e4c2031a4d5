"""A stage's settings file: read as it stands, and refused in one sentence where it cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.training.__main__ import main
from pipeline.training.stages.settings import StageSettings, check_stage, read_settings

CONFIGS = Path(__file__).parents[2] / "pipeline" / "training" / "configs"


@pytest.mark.parametrize("path", sorted(CONFIGS.iterdir()), ids=lambda path: path.name)
def test_the_sample_settings_can_be_read(path: Path):
    settings = read_settings(path)
    assert settings.bridging == 24 and settings.residual == 8
    assert settings.plain()["out"] == str(settings.out)


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_json_and_yaml_say_the_same(tmp_path: Path, name: str):
    (tmp_path / name).write_text(json.dumps({"out": "x", "rate": 1, "clips": "c"}))
    assert read_settings(tmp_path / name) == StageSettings(out=Path("x"), rate=1.0, clips=Path("c"))


def test_rates_are_the_papers_unless_they_are_set():
    settings = StageSettings(out=Path("x"))
    assert settings.rates("warm") == (2e-4, 2e-4)
    assert settings.rates("narrative") == (2e-5, 5e-5)
    assert StageSettings(out=Path("x"), transformer_rate=0.1).rates("narrative") == (2e-5, 0.1)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"out": "x", "stepps": 3}, "there is no setting 'stepps'; there are: out"),
        ({"steps": 3}, "the setting 'out' is missing"),
        ({"out": ""}, "out must be a path"),
        ({"out": "x", "steps": 0}, "steps must be at least 1, not 0"),
        ({"out": "x", "steps": 2.5}, "steps must be a whole number, not 2.5"),
        ({"out": "x", "steps": True}, "steps must be a whole number, not True"),
        ({"out": "x", "rate": "fast"}, "rate must be a number, not 'fast'"),
        ({"out": "x", "rate": float("nan")}, "rate must be a number"),
        ({"out": "x", "dropout": 1.5}, "dropout must be from 0 to 1"),
        ({"out": "x", "flow": -1}, "flow must not be negative"),
        ({"out": "x", "feature_scale": 0}, "feature_scale must be greater than 0"),
        ({"out": "x", "layout": "trees"}, "layout is one of branches, scripts, not 'trees'"),
        ({"out": "x", "ears": "cat"}, "ears is one of codec, whisper"),
        ({"out": "x", "width": 10, "heads": 4}, "can't be divided among 4 heads"),
        ({"out": "x", "layout": "branches", "rows": 2, "events": 3}, "events .3. must not be more than rows .2."),
        ([1], "must hold names and values"),
    ],
)
def test_bad_settings_are_one_sentence(tmp_path: Path, told: object, words: str):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(told))
    with pytest.raises(SettingsError, match=words) as found:
        read_settings(path)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("text", ["{", "a: [", "!!python/object/apply:os.system ['true']"])
def test_a_file_that_is_no_settings_is_told(tmp_path: Path, text: str):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="neither JSON nor YAML"):
        read_settings(path)
    with pytest.raises(SettingsError, match="can't be read"):
        read_settings(tmp_path / "none.json")


def test_a_stage_that_is_not_there():
    with pytest.raises(SettingsError, match="no stage 'hot'; there are: warm, whole, understanding, narrative"):
        check_stage("hot")


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["warm", str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as left:
        main(["hot", "x"])
    assert left.value.code == 2
