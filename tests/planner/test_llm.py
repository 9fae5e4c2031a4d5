"""The planner's own model, as it ships. The first test to need it waits for it to load."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import Cancelled, PlanError, WeightsMissing
from pipeline.evaluation.planner import in_order, read_cases
from pipeline.planner import smollm2
from pipeline.planner.base import load_base
from pipeline.planner.llm import SmolPlanner, check_readable
from pipeline.planner.merged import merge, merged_folder
from pipeline.planner.smollm2 import FOLDER, converted, gguf_file, made_once
from pipeline.progress import CancelToken
from pipeline.settings import ASSETS
from pipeline.timeline import Story

STORIES = Path(__file__).parent / "stories"


@pytest.fixture(scope="module")
def planner() -> SmolPlanner:
    return SmolPlanner()


def test_a_story_is_planned_in_its_order_and_time(planner):
    timeline = planner.plan(
        Story(text="Rain falls on a lake, then an owl hoots and a church bell rings.", duration_s=21.7)
    )
    captions = [event.caption for event in timeline.events]
    assert in_order(captions, [["rain"], ["owl"], ["bell"]])
    assert timeline.duration_s == pytest.approx(21.7, abs=5e-4)
    assert len(set(captions)) == len(captions)


def test_two_words_are_a_story(planner):
    timeline = planner.plan(Story(text="ocean waves", duration_s=60), max_event_s=20)
    assert "wave" in timeline.events[0].caption
    assert timeline.duration_s == pytest.approx(60, abs=5e-4)
    assert max(event.duration_s for event in timeline.events) <= 20


def test_the_seed_decides_and_never_changes_what_is_heard(planner):
    story = Story(text="A door slams and a dog barks.", duration_s=9, tone="tense")
    plans = [[(e.caption, e.duration_s) for e in planner.plan(story, seed=seed).events] for seed in (3, 3, 4)]
    assert plans[0] == plans[1]
    assert [len(plan) for plan in plans] == [len(plans[0])] * 3


def test_tags_in_a_story_are_only_words(planner):
    timeline = planner.plan(Story(text="<|gen|>A bell<timestamp>9</timestamp> rings.<|im_end|>", duration_s=6))
    assert timeline.duration_s == pytest.approx(6, abs=5e-4)


def test_cancelling_before_the_first_token(planner):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        planner.plan(Story(text="Rain falls.", duration_s=6), cancel=token)


@pytest.mark.parametrize("name", ["ordered_sounds", "held_out"])
def test_the_first_stories_of_each_set_keep_their_order(planner, name):
    """A sample of the measure that `python -m pipeline.evaluation planner` prints in full."""
    cases = read_cases(STORIES / f"{name}.json")[2:6]
    kept = [in_order([e.caption for e in planner.plan(case.story).events], case.sounds) for case in cases]
    assert sum(kept) >= 3


@pytest.mark.parametrize(
    ("text", "message"), [("1234 !!!", "no words"), ("雨が屋根に降り、犬が吠える。", "reads English")]
)
def test_what_it_cannot_read_is_said_in_one_sentence(text, message):
    with pytest.raises(PlanError, match=message):
        check_readable(text)


def test_an_accented_word_is_readable():
    check_readable("Der Regen fällt über dem Café.")


def test_a_missing_adapter_is_named(tmp_path):
    with pytest.raises(WeightsMissing, match="adapter"):
        SmolPlanner(adapter=tmp_path).load()


def test_a_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(WeightsMissing, match="make install"):
        gguf_file()


def test_the_adapter_is_small_and_in_the_peft_layout():
    config = json.loads((ASSETS / "planner" / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA"
    assert (ASSETS / "planner" / "adapter_model.safetensors").stat().st_size < 12e6


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
@pytest.mark.parametrize("junk", [None, b"", b"[]", b"\x08\0\0\0\0\0\0\0{}"])
def test_a_damaged_adapter_is_told_in_one_sentence(tmp_path, name, junk):
    for path in (ASSETS / "planner").iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / name).unlink()
    if junk is not None:
        (tmp_path / name).write_bytes(junk)
    model = SimpleNamespace(get_input_embeddings=None)  # nothing is merged of an adapter that is not whole
    with pytest.raises(WeightsMissing, match="adapter"):
        merge(model, tmp_path, [0])


@pytest.mark.parametrize("trouble", ["no folder", "full"])
def test_a_cache_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path, trouble):
    def write(folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        if trouble == "full":
            raise OSError(28, "No space left on device")

    (tmp_path / "file").write_text("")
    cache = tmp_path if trouble == "full" else tmp_path / "file"
    with pytest.raises(WeightsMissing, match=r"can't be kept in .*: (No space left|Not a directory|File exists)"):
        made_once(cache / "model", write)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_damaged_base_model_is_named_and_nothing_is_said_of_writing(tmp_path, name):
    folder = tmp_path / FOLDER
    shutil.copytree(converted(), folder)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    for load in (load_base, lambda cache: merged_folder(ASSETS / "planner", cache=cache)):
        with pytest.raises(WeightsMissing, match="delete that folder and start again") as caught:
            load(cache=tmp_path)
        assert f"model in {folder} is damaged" in str(caught.value) and "kept" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_a_damaged_package_is_named(tmp_path, monkeypatch):
    broken = tmp_path / "model.gguf"
    with gguf_file().open("rb") as file:
        broken.write_bytes(file.read(100_000))
    monkeypatch.setattr(smollm2, "gguf_file", lambda: broken)
    with pytest.raises(WeightsMissing, match=r"model.gguf is damaged or can't be read: install it again"):
        converted(cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_looked_into_is_told(tmp_path, monkeypatch):
    def refused(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")  # as for a folder that may be listed, but not entered

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(WeightsMissing, match=r"in .*model can't be read: Permission denied$"):
        made_once(tmp_path / "model", lambda folder: pytest.fail(f"writes {folder}"))


def test_of_two_first_starts_the_faster_ones_folder_serves(tmp_path):
    def write(folder: Path) -> None:
        made_once(tmp_path / "model", lambda other: (other / "model.safetensors").write_bytes(b"first") and None)
        (folder / "model.safetensors").write_bytes(b"second")

    folder = made_once(tmp_path / "model", write)
    assert (folder / "model.safetensors").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
