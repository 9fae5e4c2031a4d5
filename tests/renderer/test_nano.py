"""The shipped checkpoint renders: lengths, seeds, batches, cancelling, and what is said when it is damaged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import Cancelled, PlanError, WeightsMissing
from pipeline.progress import CancelToken
from pipeline.renderer import Job
from pipeline.renderer.nano import CODEC_HOP, NANO, NanoRenderer
from pipeline.settings import RenderSettings

QUICK = RenderSettings(steps=3)


@pytest.fixture(scope="module")
def nano() -> NanoRenderer:
    return NanoRenderer()


def job(caption: str = "rain on a tin roof", *, seed: int = 1, samples: int = 60_000, event_id: str = "e1") -> Job:
    return Job(event_id=event_id, caption=caption, seed=seed, samples=samples)


def render(nano: NanoRenderer, *jobs: Job, settings: RenderSettings = QUICK):
    return nano.render(jobs, settings=settings, cancel=CancelToken())


@pytest.mark.parametrize("samples", [1, 4_409, CODEC_HOP, 60_001])
def test_a_take_is_exactly_as_long_as_its_job(nano: NanoRenderer, samples: int):
    (take,) = render(nano, job(samples=samples))
    assert take.audio.samples.shape == (2, samples)
    assert take.latents is not None
    assert take.latents.shape[0] == -(-samples // CODEC_HOP)


def test_the_seed_decides_and_nothing_else_is_random(nano: NanoRenderer):
    (a,), (again,), (other,) = (render(nano, job(seed=s)) for s in (1, 1, 2))
    assert np.array_equal(a.audio.samples, again.audio.samples)
    assert not np.allclose(a.audio.samples, other.audio.samples)


def test_what_else_is_in_the_batch_does_not_matter(nano: NanoRenderer):
    jobs = [job(), job("a dog barks", seed=5), job("a bell rings", seed=9, samples=90_000)]
    together = render(nano, *jobs)
    for one, take in zip(jobs, together, strict=True):
        (alone,) = render(nano, one)
        assert np.allclose(alone.audio.samples, take.audio.samples, atol=2e-3)
        assert take.event_id == one.event_id


def test_the_caption_matters(nano: NanoRenderer):
    rain, bell = (render(nano, job(c), settings=RenderSettings(steps=8))[0] for c in ("heavy rain", "a church bell"))
    assert not np.allclose(rain.audio.samples, bell.audio.samples, atol=1e-2)


def test_without_a_negative_caption_the_audio_is_what_it_always_was(nano: NanoRenderer, monkeypatch):
    from pipeline.model import sampler

    plain = render(nano, job(), job("a dog barks", seed=5))
    whole = sampler.sample
    seen = []

    def watched(velocity, start, conditions, **rest):
        seen.append(conditions.unconditional)
        return whole(velocity, start, replace(conditions, unconditional=nano.texts.encode([""])), **rest)

    monkeypatch.setattr(sampler, "sample", watched)
    before = render(nano, replace(job(), negative=""), job("a dog barks", seed=5))
    assert [len(states) for states in seen] == [1] and np.array_equal(seen[0], nano.texts.encode([""]))
    for one, other in zip(plain, before, strict=True):
        assert np.array_equal(one.audio.samples, other.audio.samples) and "negative" not in one.recipe


def test_guidance_leads_away_from_a_negative_caption(nano: NanoRenderer):
    plain, same, wind, bells = (render(nano, replace(job(), negative=n))[0] for n in ("", "", "wind", "church bells"))
    assert np.array_equal(plain.audio.samples, same.audio.samples)
    assert not np.allclose(plain.audio.samples, wind.audio.samples, atol=1e-2)
    assert not np.allclose(wind.audio.samples, bells.audio.samples, atol=1e-2)
    assert (wind.recipe["negative"], wind.recipe["seed"]) == ("wind", plain.recipe["seed"])
    unguided = RenderSettings(steps=3, guidance=1.0)
    one, other = (render(nano, replace(job(), negative=n), settings=unguided)[0] for n in ("", "wind"))
    assert np.array_equal(one.audio.samples, other.audio.samples)


def test_every_job_of_a_batch_has_its_own_negative_caption(nano: NanoRenderer):
    jobs = [replace(job(), negative="wind"), job("a dog barks", seed=5), replace(job(seed=7), negative="a bell")]
    for one, take in zip(jobs, render(nano, *jobs), strict=True):
        (alone,) = render(nano, one)
        assert np.allclose(alone.audio.samples, take.audio.samples, atol=2e-3)


def test_progress_counts_every_step_of_every_group(nano: NanoRenderer):
    seen: list[tuple[int, int]] = []
    jobs = [job(), job(samples=90_000)]
    nano.render(jobs, settings=QUICK, cancel=CancelToken(), on_step=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(1, 7)]


@pytest.mark.parametrize("after", range(3))
def test_cancel_at_any_step(nano: NanoRenderer, after: int):
    token = CancelToken()
    if after == 0:
        token.cancel()
    with pytest.raises(Cancelled):
        nano.render([job()], settings=QUICK, cancel=token, on_step=lambda d, _t: token.cancel() if d == after else None)


def test_a_job_that_is_too_long_is_told(nano: NanoRenderer):
    with pytest.raises(PlanError, match=r"at most 30\.0 s"):
        render(nano, job(samples=nano.max_samples + 1))


@pytest.mark.parametrize("part", ["codec/config.json", "transformer/diffusion_pytorch_model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, part: str):
    folder = copy_of_nano(tmp_path)
    (folder / part).unlink()
    with pytest.raises(WeightsMissing, match=Path(part).name):
        NanoRenderer(folder)


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[: len(b) // 2], lambda b: b"\xff" * 64 + b[64:], lambda _: b"", lambda b: b[:-1]],
    ids=["cut", "header", "empty", "last byte"],
)
def test_damaged_weights_are_one_sentence(tmp_path: Path, damage):
    folder = copy_of_nano(tmp_path)
    path = folder / "codec" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsMissing, match="damaged"):
        render(NanoRenderer(folder), job())


@pytest.mark.parametrize("text", ["{", "[]", '{"wide": "x"}', '{"wide": 8}'])
def test_a_damaged_configuration_is_one_sentence(tmp_path: Path, text: str):
    folder = copy_of_nano(tmp_path)
    (folder / "codec" / "config.json").write_text(text)
    with pytest.raises(WeightsMissing, match="damaged"):
        render(NanoRenderer(folder), job())


def test_a_configuration_cannot_name_a_class(tmp_path: Path):
    folder = copy_of_nano(tmp_path)
    config = folder / "codec" / "config.json"
    config.write_text(config.read_text().replace("NanoCodec", "os.system"))
    (take,) = render(NanoRenderer(folder), job(samples=4_000))
    assert take.audio.length == 4_000


def copy_of_nano(tmp_path: Path) -> Path:
    return Path(shutil.copytree(NANO, tmp_path / "nano"))


def test_no_take_exceeds_full_scale_even_where_guidance_overshoots(nano: NanoRenderer):
    settings = RenderSettings(steps=3, guidance=20.0)
    takes = render(nano, job(), job("an explosion", seed=4), settings=settings)
    assert all(np.abs(t.audio.samples).max() <= 1.0 for t in takes)
    assert any(t.recipe["gain_db"] < 0 for t in takes)


def varied(
    nano: NanoRenderer, strength: float, *, seed: int = 2, samples: int = 60_000, start: np.ndarray | None = None
):
    """A take that begins from another one's latents."""
    (first,) = render(nano, job(), settings=RenderSettings(steps=8))
    latents = first.latents if start is None else start
    wish = replace(job(seed=seed, samples=samples), start=latents, strength=strength)
    (take,) = render(nano, wish, settings=RenderSettings(steps=8))
    return first, take


def test_a_variation_is_nearer_to_its_take_the_weaker_it_is(nano: NanoRenderer):
    away = []
    for strength in (0.1, 0.5, 0.95):
        first, take = varied(nano, strength)
        away.append(float(np.square(take.latents - first.latents).mean()))
        assert take.recipe["strength"] == strength and take.audio.length == 60_000
    assert away == sorted(away) and away[0] < 0.3 * away[2]


def test_full_strength_is_a_take_from_noise_alone(nano: NanoRenderer):
    _, take = varied(nano, 1.0)
    (plain,) = render(nano, job(seed=2), settings=RenderSettings(steps=8))
    assert np.array_equal(take.audio.samples, plain.audio.samples) and "strength" not in take.recipe


@pytest.mark.parametrize("samples", [20_000, 150_000])
def test_latents_of_another_length_are_made_to_fit(nano: NanoRenderer, samples: int):
    _, take = varied(nano, 0.3, samples=samples)
    assert take.audio.length == samples


def test_a_variation_counts_its_own_steps(nano: NanoRenderer):
    seen: list[tuple[int, int]] = []
    start = np.zeros((30, nano.transformer.latent_channels), np.float32)
    jobs = [job(), replace(job(), start=start, strength=0.5)]
    settings = RenderSettings(steps=6)
    nano.render(jobs, settings=settings, cancel=CancelToken(), on_step=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 9) for i in range(1, 10)]


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, float("nan")])
def test_a_strength_that_is_none_is_refused(strength: float):
    with pytest.raises(PlanError, match="strength"):
        replace(job(), start=np.zeros((3, 4), np.float32), strength=strength)


@pytest.mark.parametrize(
    "start", [np.zeros((30, 3), np.float32), np.zeros((0, 64), np.float32), np.zeros(8, np.float32)]
)
def test_latents_of_another_model_are_told(nano: NanoRenderer, start: np.ndarray):
    with pytest.raises(PlanError, match="another model"):
        varied(nano, 0.5, start=start)


def test_other_weights_are_another_identity(tmp_path: Path) -> None:
    shutil.copytree(NANO, tmp_path / "nano")
    config = tmp_path / "nano" / "transformer" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert NanoRenderer(tmp_path / "nano").identity != NanoRenderer().identity
    assert NanoRenderer().identity.startswith("nano-")
