"""The measures measure: distance laws, and a judge that hears what is plainly there."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.judge import HOP, JUDGE_RATE_HZ, PATCH, WINDOW, Judge, patches
from pipeline.evaluation.renderer import diversity, frechet

RATE_HZ = 44_100


def test_frechet_distance_is_zero_for_the_same_set_and_grows_with_a_shift():
    a = np.random.default_rng(0).standard_normal((400, 8))
    assert abs(frechet(a, a)) < 1e-2
    assert frechet(a, a + 1.0) == pytest.approx(8.0, abs=0.05)


def test_diversity_is_zero_for_equal_seeds():
    sets = [np.full((3, 4), float(i)) for i in range(3)]
    assert diversity(sets) == 0.0
    rng = np.random.default_rng(0)
    assert 0.01 < diversity([s + 0.1 * rng.standard_normal(s.shape) for s in sets]) < 1.0


@pytest.mark.parametrize("seconds", [0.1, 0.975, 1.5, 5.0])
def test_patches_cover_the_clip(seconds: float):
    found = patches(np.zeros(round(seconds * RATE_HZ)), RATE_HZ)
    frames = 1 + (max(round(seconds * JUDGE_RATE_HZ), WINDOW + HOP * (PATCH - 1)) - WINDOW) // HOP
    assert found.shape == (1 + (frames - PATCH) // 48, 1, 96, 64)


def test_the_judge_hears_silence_noise_and_a_siren():
    judge, t = Judge(), np.arange(5 * RATE_HZ) / RATE_HZ
    assert judge.hear(np.zeros(5 * RATE_HZ)).top(judge.names, 1) == ["Silence"]
    noise = np.random.default_rng(0).standard_normal(5 * RATE_HZ) * 0.2
    assert {"Static", "White noise", "Noise"} & set(judge.hear(noise).top(judge.names))
    wail = np.sign(np.sin(2 * np.pi * np.cumsum(900 + 350 * np.sin(2 * np.pi * 0.3 * t)) / RATE_HZ)) * 0.2
    assert any("iren" in n or "larm" in n for n in judge.hear(wail).top(judge.names))
