"""Laws of the codec, on an untrained one: lengths, alignment, and what its heads can express."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.model.codec import BINS, FINE_FFT, FRAMES_PER_LATENT, HOP, Excitation, Heads, NanoCodec

SMALL = {"wide": 16, "middle": 16, "narrow": 16, "channels": 4}


@pytest.fixture(scope="module")
def codec() -> NanoCodec:
    torch.manual_seed(0)
    return NanoCodec(**SMALL).eval()


@pytest.mark.parametrize("length", [1, HOP - 1, HOP, HOP + 1, 5 * HOP + 7])
def test_frames_cover_the_audio(codec: NanoCodec, length: int):
    with torch.inference_mode():
        assert codec.encode(torch.zeros(1, length)).shape == (1, -(-length // HOP), 4)


@pytest.mark.parametrize("channels", [1, 2])
def test_decoding_gives_a_whole_number_of_frames(codec: NanoCodec, channels: int):
    with torch.inference_mode():
        audio = codec.decode(torch.zeros(2, 3, 4), generators=[torch.Generator()] * 2, channels=channels)
    assert audio.shape == (2, channels, 3 * HOP)
    assert torch.isfinite(audio).all()


def test_the_noise_is_the_generators_and_nothing_else_is_random(codec: NanoCodec):
    def decode(seed: int) -> torch.Tensor:
        with torch.inference_mode():
            return codec.decode(torch.ones(1, 4, 4), generators=[torch.Generator().manual_seed(seed)])

    state = torch.get_rng_state()
    assert torch.equal(decode(1), decode(1))
    assert not torch.equal(decode(1), decode(2))
    assert torch.equal(state, torch.get_rng_state())


def test_a_steady_tone_needs_only_steady_heads(codec: NanoCodec):
    """A constant amplitude in one bin, turned by its carrier, is a sine at the bin's frequency."""
    frames, k = 6 * FRAMES_PER_LATENT, 40
    time = torch.arange(frames) * (256 / FINE_FFT)
    tonal = torch.zeros(1, BINS, frames, dtype=torch.complex64)
    tonal[0, k] = 0.5 * torch.polar(torch.ones(frames), 2 * torch.pi * k * time)
    silent, nothing = torch.zeros(1, BINS, frames), torch.zeros(1, frames * 256)
    audio = codec.synthesise(Heads(tonal, silent, silent), Excitation(nothing, nothing))[0].numpy()
    middle = audio[4096:-4096] * np.hanning(len(audio) - 8192)
    spectrum = np.abs(np.fft.rfft(middle))
    peak_hz = np.argmax(spectrum) * 44_100 / len(middle)
    assert abs(peak_hz - k * 44_100 / FINE_FFT) < 44_100 / len(middle) * 2
    assert spectrum.max() ** 2 / (spectrum**2).sum() > 0.3


@pytest.mark.parametrize("kind", ["noise", "grains"])
def test_a_unit_gain_returns_the_excitation(codec: NanoCodec, kind: str):
    drawn = Excitation.draw((1, 8 * HOP), torch.Generator().manual_seed(1))
    frames = 8 * FRAMES_PER_LATENT
    gains = {"noise": torch.zeros(1, BINS, frames), "grains": torch.zeros(1, BINS, frames)}
    gains[kind] += 1
    heads = Heads(torch.zeros(1, BINS, frames, dtype=torch.complex64), gains["noise"], gains["grains"])
    out, wanted = codec.synthesise(heads, drawn), getattr(drawn, kind)
    assert torch.allclose(out[:, 2048:-2048], wanted[:, 2048:-2048], atol=2e-4)


def test_excitations_have_unit_variance_and_grains_are_sparse():
    drawn = Excitation.draw((4, 1 << 20), torch.Generator().manual_seed(5))
    assert drawn.noise.var() == pytest.approx(1.0, rel=0.02)
    assert drawn.grains.var() == pytest.approx(1.0, rel=0.2)
    assert (drawn.grains != 0).float().mean() == pytest.approx(1 / 256, rel=0.05)


@pytest.mark.parametrize("own", [0.0, 0.3, 1.0])
def test_a_blend_of_excitations_keeps_the_power(own: float):
    a, b = (Excitation.draw((1 << 20,), torch.Generator().manual_seed(s)) for s in (6, 7))
    assert a.blended(b, own).noise.var() == pytest.approx(1.0, rel=0.02)


def test_standardised_latents_decode_as_the_raw_ones(codec: NanoCodec):
    codec.latent_mean.fill_(0.3)
    codec.latent_std.fill_(2.0)
    audio = torch.randn(1, 4 * HOP, generator=torch.Generator().manual_seed(2)) * 0.1
    with torch.inference_mode():
        raw = codec.raw_latents(audio)
        assert torch.allclose(codec.encode(audio) * 2.0 + 0.3, raw, atol=1e-5)


def test_trunk_and_sketch_start_as_principal_components(codec: NanoCodec):
    """Features that lie in as many dimensions as there are channels come back whole, and latents are whitened."""
    g = torch.Generator().manual_seed(3)
    width = codec.features.width
    basis = torch.randn(4, 4 * width, generator=g)
    seen = torch.randn(500, 4, generator=g) @ basis + 0.5
    with torch.random.fork_rng():
        codec.start_from(seen)
        latents = codec.trunk(seen.reshape(1, 2000, width))
        back = codec.sketch(latents).reshape(500, -1)
    assert torch.allclose(back, seen, atol=1e-2)
    assert torch.allclose(latents[0].std(0), torch.ones(4), atol=0.05)
