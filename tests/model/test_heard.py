"""Decoding what is heard: the same audio as a whole decode, from the frames that it depends on and no others."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderOobleck

from pipeline.model.codec import NanoCodec
from pipeline.model.heard import decode_heard, frames_needed, hop_of
from tests.model import public

FRAMES = 43


@pytest.fixture(scope="module")
def autoencoder() -> AutoencoderOobleck:
    """In float64, so that only what truly differs does: a random decoder makes much of float32's rounding."""
    return public.oobleck().double()


@pytest.fixture(scope="module")
def latents() -> torch.Tensor:
    return torch.randn(FRAMES, 64, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def whole(autoencoder: AutoencoderOobleck, latents: torch.Tensor) -> torch.Tensor:
    """All frames decoded: [2, frames * 2048]."""
    with torch.no_grad():
        return autoencoder.decode(latents.double().T[None]).sample[0]


@pytest.mark.parametrize("samples", [1, 700, 2048, 10_000, 40_961, 80_000, FRAMES * 2048])
def test_the_audio_is_unchanged(autoencoder, latents, whole, samples: int):
    heard = decode_heard(autoencoder, latents, samples=samples, generator=torch.Generator())
    assert heard.shape == (2, samples)
    assert torch.allclose(heard, whole[:, :samples].float(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("samples", [1, 5_000, 20_481])
def test_no_frame_beyond_the_reach_matters_and_the_last_within_it_does(autoencoder, latents, whole, samples: int):
    """Noise after the frames that are needed changes nothing; one frame too few does."""
    needed = frames_needed(autoencoder.decoder, samples)
    assert samples / hop_of(autoencoder) <= needed <= samples / hop_of(autoencoder) + 12
    other = latents.double()
    other[needed:] = 100.0
    with torch.no_grad():
        changed = autoencoder.decode(other.T[None]).sample[0, :, :samples]
        other[needed - 1] = 100.0
        too_few = autoencoder.decode(other.T[None]).sample[0, :, :samples]
    assert torch.allclose(changed, whole[:, :samples], rtol=0, atol=1e-10)
    assert (too_few - whole[:, :samples]).abs().max() > 1e-4


def test_the_full_size_decoder_reaches_a_few_frames_ahead():
    with torch.device("meta"):
        decoder = AutoencoderOobleck().decoder
    five_s = 5 * 44_100
    assert frames_needed(decoder, 645 * 2048) >= 645
    assert -(-five_s // 2048) < frames_needed(decoder, five_s) <= -(-five_s // 2048) + 9


def test_nanos_decoder_draws_its_noise_from_the_generator():
    torch.manual_seed(0)
    codec = NanoCodec(channels=8, wide=16, middle=16, narrow=8, low_bins=8, oscillators=2).eval()
    latents = torch.randn(4, 8)

    def decoded(seed: int) -> torch.Tensor:
        return decode_heard(codec, latents, samples=5_000, generator=torch.Generator().manual_seed(seed))

    assert decoded(1).shape == (2, 5_000)
    assert torch.equal(decoded(1), decoded(1))
    assert not torch.equal(decoded(1), decoded(2))
