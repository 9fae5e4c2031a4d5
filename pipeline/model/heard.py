"""Latents to audio, decoding only what is heard: the frames under the wanted samples and the decoder's reach past them.

A convolutional decoder hears a little into the future. How far is read off its layers, so that audio cut from a short
decode is the audio cut from the long one. Knows no events.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import torch
from diffusers import AutoencoderOobleck
from torch import Tensor, nn

from pipeline.model.codec import HOP, NanoCodec
from pipeline.model.reading import execution_device

Autoencoder: TypeAlias = AutoencoderOobleck | NanoCodec


def hop_of(autoencoder: Autoencoder) -> int:
    """Samples per latent frame."""
    if isinstance(autoencoder, NanoCodec):
        return HOP
    return math.prod(autoencoder.config["downsampling_ratios"])


def rate_of(autoencoder: Autoencoder) -> int:
    """Samples a second."""
    return int(autoencoder.config["rate_hz" if isinstance(autoencoder, NanoCodec) else "sampling_rate"])


def frames_needed(decoder: nn.Module, samples: int) -> int:
    """How many latent frames the first `samples` of a convolutional decoder's output depend on.

    Walks from the last output sample back through the layers: a convolution reaches half its (dilated) kernel further,
    a transposed one of stride s as far as the last input whose kernel touches it.
    """
    last = samples - 1
    for layer in reversed([m for m in decoder.modules() if isinstance(m, (nn.Conv1d, nn.ConvTranspose1d))]):
        (stride,), (pad,), (dilation,), (kernel,) = layer.stride, layer.padding, layer.dilation, layer.kernel_size
        if isinstance(layer, nn.ConvTranspose1d):
            last = (last + pad) // stride
        else:
            last = last * stride + (kernel - 1) * dilation - pad
    return last + 1


@torch.inference_mode()
def decode_heard(autoencoder: Autoencoder, latents: Tensor, *, samples: int, generator: torch.Generator) -> Tensor:
    """The first `samples` of the audio [C, samples] of one event's latents [frames, channels].

    The generator is for decoders that draw noise, as nano's does; it must be a CPU one.
    """
    latents = latents.to(execution_device(autoencoder), next(iter(autoencoder.parameters())).dtype)
    if isinstance(autoencoder, NanoCodec):
        return _nano(autoencoder, latents, generator)[:, :samples].float()
    oobleck: Any = autoencoder
    frames = min(frames_needed(oobleck.decoder, samples), latents.shape[0])
    return oobleck.decode(latents[:frames].T[None]).sample[0, :, :samples].float()


def _nano(codec: Any, latents: Tensor, generator: torch.Generator) -> Tensor:
    """Nano's decoder is no convolution of its input alone (it draws noise by length), so all frames are decoded."""
    hook = getattr(codec, "_hf_hook", None)
    if hook is not None:
        hook.pre_forward(codec)  # its `decode` is not the call that the hook listens to
    seed = int(torch.randint(2**53, (1,), generator=generator))
    own = torch.Generator(latents.device).manual_seed(seed)
    return codec.decode(latents[None], generators=[own])[0]
