"""The training commands at toy size: the loss falls, and an interrupted run ends where an uninterrupted one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pipeline.errors import FormatError, SettingsError
from pipeline.model.codec import HOP, NanoCodec
from pipeline.renderer.nano import load_part
from pipeline.training import codec as codec_training
from pipeline.training import transformer as transformer_training
from pipeline.training.clips import ClipCache, build
from pipeline.training.latents import LatentCache
from pipeline.training.spectral import energy_distance

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    build(folder, split="train", count=6, workers=1)
    return folder


def losses(path: Path) -> list[float]:
    return [row["loss"] for row in map(json.loads, path.read_text().splitlines()) if "loss" in row]


def test_a_cache_holds_what_was_drawn(clips: Path):
    from pipeline.soundlab.scenes import clip

    cache = ClipCache(clips)
    drawn = clip("train", 3)
    assert len(cache) == 6
    assert cache.rows[3].captions == drawn.captions
    assert np.allclose(cache.samples(3), drawn.samples, atol=1e-4)


def test_a_missing_cache_is_told(tmp_path: Path):
    with pytest.raises(FormatError, match="no clip cache"):
        ClipCache(tmp_path)


def test_the_codec_learns_and_resumes_to_the_same_weights(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codec_training, "NanoCodec", lambda: small_codec())
    whole = codec_training.CodecRun(clips=clips, out=tmp_path / "whole", steps=6, batch=2, frames=4, save_every=3)
    straight = codec_training.train(whole)
    halves = replace(whole, out=tmp_path / "halves")
    monkeypatch.setattr(codec_training.loop, "save_checkpoint", interrupted(codec_training.loop.save_checkpoint))
    with pytest.raises(KeyboardInterrupt):
        codec_training.train(halves)
    monkeypatch.undo()
    monkeypatch.setattr(codec_training, "NanoCodec", lambda: small_codec())
    resumed = codec_training.train(halves)
    for a, b in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_decoder_alone_learns_while_the_latents_stay_as_they_are(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    start = small_codec()
    start.latent_mean.fill_(0.3)
    start.latent_std.fill_(2.0)
    start.save_pretrained(tmp_path / "start")
    monkeypatch.setattr(codec_training, "NanoCodec", small_codec)
    monkeypatch.setattr(codec_training, "load_part", lambda _, folder: NanoCodec.from_pretrained(folder))
    run = codec_training.CodecRun(
        clips=clips, out=tmp_path / "run", steps=3, batch=2, frames=4, start=tmp_path / "start", decoder_only=True
    )
    changed = codec_training.train(run)
    audio = torch.from_numpy(ClipCache(clips).samples(0))[None, : 4 * HOP]
    assert torch.equal(changed.encode(audio), start.eval().encode(audio))
    assert not torch.equal(changed.sketch.linear.weight, start.sketch.linear.weight)
    assert not torch.equal(changed.noise_gain.weight, start.noise_gain.weight)


def test_a_decoder_without_an_encoder_is_refused(clips: Path, tmp_path: Path):
    with pytest.raises(SettingsError, match="--start"):
        codec_training.CodecRun(clips=clips, out=tmp_path, decoder_only=True)


def test_words_are_left_out_at_their_rate_and_never_the_first(tmp_path: Path):
    cache = LatentCache(tiny_latents(tmp_path / "data"), channels=4)
    whole, cut = (
        cache.batch(np.random.default_rng(3), frames_per_batch=8, dropout=0.0, word_dropout=rate).condition
        for rate in (0.0, 1.0)
    )
    assert torch.equal(cut[:, 0], whole[:, 0]) and whole[:, 1:].abs().sum() > 0
    assert cut[:, 1:].abs().sum() == 0


def small_codec() -> NanoCodec:
    torch.manual_seed(1)
    return NanoCodec(wide=16, middle=16, narrow=16, channels=4)


def interrupted(save):
    def saving(path: Path, state: dict) -> None:
        save(path, state)
        raise KeyboardInterrupt

    return saving


def test_the_energy_distance_prefers_noise_over_its_mean():
    """For a noise target, independent noise scores better than a fixed sample, and than silence."""
    g = torch.Generator().manual_seed(0)
    x, a, b = (torch.randn(2, 8 * HOP, generator=g) * 0.1 for _ in range(3))
    fresh = energy_distance(x, a, b)
    assert fresh < energy_distance(x, a, a)
    assert fresh < energy_distance(x, torch.zeros_like(x), torch.zeros_like(x))


def test_the_transformer_learns_and_saves(tmp_path: Path):
    folder = tiny_latents(tmp_path / "data")
    run = transformer_training.TransformerRun(
        clips=folder, out=tmp_path / "run", steps=100, frames_per_batch=8, channels=4
    )
    transformer_training.train(run)
    curve = losses(tmp_path / "run" / "log.jsonl")
    assert curve[-1] < curve[0]
    again = load_part(transformer_training.NanoTransformer, tmp_path / "run" / "transformer")
    assert again.latent_channels == 4


def test_two_processes_train_one_transformer(tmp_path: Path):
    """They draw different batches, end with the same weights, and only the first one logs and saves."""
    folder, out = tiny_latents(tmp_path / "data"), tmp_path / "run"
    worker = [sys.executable, "-m", "tests.training.worker", str(folder), str(out)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(worker, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (load_file(out / f"process-{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert len(losses(out / "log.jsonl")) == 1
    alone = transformer_training.train(
        transformer_training.TransformerRun(
            clips=folder, out=tmp_path / "alone", steps=4, frames_per_batch=8, channels=4
        )
    )
    assert any(not torch.equal(one[key], value) for key, value in alone.state_dict().items())


def tiny_latents(folder: Path) -> Path:
    """Two clips whose captions decide the sign of their latents."""
    folder.mkdir()
    rows = [[0, 4 * HOP, ["up"], ["a"]], [4 * HOP, 4 * HOP, ["down"], ["b"]]]
    (folder / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    np.zeros(8 * HOP, np.int16).tofile(folder / "audio.i16")
    latents = np.concatenate([np.ones((4, 4)), -np.ones((4, 4))]).astype(np.float16)
    latents.tofile(folder / "latents.f16")
    np.save(folder / "frames.npy", np.array([4, 4]))
    states = np.zeros((3, 24, 384), np.float16)
    states[1, 0, 0], states[2, 0, 0] = 1, -1
    states[1:, 1, 1] = 0.5
    states.tofile(folder / "states.f16")
    return folder


def test_batches_hold_clips_of_one_length(tmp_path: Path):
    cache = LatentCache(tiny_latents(tmp_path / "data"), channels=4)
    batch = cache.batch(np.random.default_rng(0), frames_per_batch=12, dropout=1.0)
    assert batch.latents.shape == (3, 4, 4)
    assert batch.condition.abs().sum() == 0
    assert torch.allclose(batch.seconds, torch.tensor([4 * HOP / 44_100] * 3))
