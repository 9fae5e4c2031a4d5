"""Public names: converted once where the hub is reachable, and one helpful sentence where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pipeline.errors import WeightsMissing
from pipeline.model import hub
from pipeline.model.audiostory import AudioStoryPipeline

NAME = "TencentARC/AudioStory-3B"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with HF_HUB_OFFLINE=1, which the library reads when it is imported."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("offline")
def test_without_a_network_it_says_what_to_download_and_where_to_put_it(tmp_path: Path):
    with pytest.raises(WeightsMissing) as caught:
        AudioStoryPipeline.from_pretrained(NAME, cache=tmp_path)
    told = str(caught.value)
    for part in (NAME, "Qwen/Qwen2.5-3B-Instruct", "google/flan-t5-large", "python -m pipeline.model.convert FOLDER"):
        assert part in told
    assert told.endswith(str(tmp_path / "TencentARC--AudioStory-3B-float32"))
    assert "\n" not in told


@pytest.mark.parametrize("name", ["no/such/name", "../up", "nothing", "https://example.org/x"])
def test_what_is_no_name_is_not_asked_for(name: str, tmp_path: Path):
    with pytest.raises(WeightsMissing, match="there is no folder"):
        hub.converted(name, cache=tmp_path, download=lambda *_: pytest.fail("asked"))


def test_it_is_downloaded_and_converted_once(public_folder: Path, tmp_path: Path):
    """Weights of one repository; of the others only small files are asked for."""
    asked: dict[str, tuple[str, ...]] = {}
    places = {NAME: public_folder, "Qwen/Qwen2.5-3B-Instruct": tmp_path, "google/flan-t5-large": tmp_path}

    def download(name: str, patterns: tuple[str, ...]) -> Path:
        asked[name] = patterns
        return places[name]

    folder = hub.converted(NAME, cache=tmp_path / "cache", dtype=torch.float16, download=download)
    assert folder.name == "TencentARC--AudioStory-3B-bfloat16"
    assert "*.bin" in asked[NAME]
    assert "*.bin" not in asked["google/flan-t5-large"] and "*.safetensors" not in asked["Qwen/Qwen2.5-3B-Instruct"]
    asked.clear()
    assert hub.converted(NAME, cache=tmp_path / "cache", dtype=torch.bfloat16, download=download) == folder
    assert not asked
