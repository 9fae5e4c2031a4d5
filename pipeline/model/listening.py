"""Audio as the language model reads it: a few projected frames a second between two marker tokens.

The encoder is a choice and stays frozen: nano's own codec (its latents), or Whisper's encoder at full size, as in
AudioStory (arXiv 2508.20088, section 3). Knows no training and no diffusion.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import soxr
import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from transformers import DynamicCache

from pipeline.errors import WeightsMissing
from pipeline.model.codec import HOP, NanoCodec
from pipeline.model.script import Script

MARKS = ("<|audio|>", "<|/audio|>")
OPENING = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{question} "
CLOSING = "<|im_end|>\n<|im_start|>assistant\n"
QUESTION = "What is heard?"
MOST_TOKENS = 48


class Ears(Protocol):
    """A frozen encoder. `width`: channels of its states; `states_hz`: how many of them a second has."""

    width: int
    states_hz: float

    def states(self, samples: np.ndarray, rate_hz: int) -> Tensor:
        """States float32 [frames, width] of mono samples [T]."""
        ...


class CodecEars:
    """Nano's codec as ears: 21.5 latent frames a second, as the diffusion transformer makes them."""

    def __init__(self, codec: NanoCodec) -> None:
        self._codec, self.width, self.states_hz = codec, codec.channels, codec.rate_hz / HOP

    @torch.inference_mode()
    def states(self, samples: np.ndarray, rate_hz: int) -> Tensor:
        """See `Ears`."""
        heard = torch.from_numpy(_at(samples, rate_hz, self._codec.rate_hz))
        return self._codec.encode(heard[None].to(next(self._codec.parameters())))[0].float()


class WhisperEars:
    """Whisper's encoder from transformers as ears: 50 states a second, of at most 30 s.

    encoder: a `WhisperModel`'s encoder; extractor: the `WhisperFeatureExtractor` that belongs to it.
    """

    def __init__(self, encoder: Any, extractor: Any) -> None:
        self._encoder, self._extractor = encoder.eval().requires_grad_(False), extractor
        self.width = int(encoder.config.d_model)
        self.states_hz = extractor.sampling_rate / extractor.hop_length / 2  # two frames of the spectrogram to a state

    @torch.inference_mode()
    def states(self, samples: np.ndarray, rate_hz: int) -> Tensor:
        """See `Ears`. What lies beyond the window that the encoder was built for is not heard."""
        rate = int(self._extractor.sampling_rate)
        heard = _at(samples, rate_hz, rate)
        given = self._extractor(heard, sampling_rate=rate, return_tensors="pt").input_features
        place = next(self._encoder.parameters())
        states = self._encoder(given.to(place)).last_hidden_state[0].float().cpu()
        return states[: max(1, int(len(heard) / rate * self.states_hz))]


def _at(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """Mono samples [T] at another rate, float32."""
    resampled = samples if rate_hz == wanted_hz else soxr.resample(samples, rate_hz, wanted_hz)
    return np.ascontiguousarray(resampled, dtype=np.float32)


def pooled(states: Tensor, every: int) -> Tensor:
    """The means of `every` states at a time: [frames, width] -> [ceil(frames / every), width]."""
    return torch.stack([part.mean(0) for part in states.split(every)])


class Listener(ModelMixin, ConfigMixin):
    """Pooled states of ears to places in the language model's input: Linear - GELU - Linear.

    every: how many states of the ears were pooled into one.
    """

    @register_to_config
    def __init__(self, width: int, hidden: int, every: int = 5) -> None:  # noqa: ARG002 - read from the configuration
        super().__init__()
        self.projector = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden))

    def forward(self, states: Tensor) -> Tensor:
        """[..., width] -> [..., hidden]."""
        return self.projector(states)


def asked(script: Script, frames: int, *, question: str = QUESTION) -> tuple[list[int], int]:
    """(ids of a question about a sound of so many frames, up to the answer; the place of the first frame).

    The ids at the frames' places only hold them open. WeightsMissing when the tokenizer lacks the marker tokens.
    """
    known = script.tokenizer.get_vocab()
    if not set(MARKS) <= set(known):
        raise WeightsMissing(f"the tokenizer lacks {' and '.join(MARKS)}: this checkpoint has not learnt to listen")
    opening, closing = (known[name] for name in MARKS)
    head = [*script.ids(OPENING.format(question=script.harmless(question))), opening]
    return [*head, *[opening] * frames, closing, *script.ids(CLOSING)], len(head)


@torch.inference_mode()
def described(llm: Any, script: Script, listener: Listener, states: Tensor, *, question: str = QUESTION) -> str:
    """What a language model says, greedily, of the states [frames, width] of ears."""
    heard = pooled(states, int(listener.config["every"]))
    ids, place = asked(script, len(heard), question=question)
    table = llm.get_input_embeddings()
    embedded = table(torch.tensor([ids], device=table.weight.device))
    embedded[0, place : place + len(heard)] = listener(heard.to(table.weight))
    cache, said = DynamicCache(config=llm.config), list[int]()
    while len(said) < MOST_TOKENS:
        out = llm(inputs_embeds=embedded, past_key_values=cache, use_cache=True, logits_to_keep=1)
        token = int(out.logits[0, -1].argmax())
        if token == script.tokens.tags.end_turn:
            break
        said.append(token)
        embedded = table(torch.tensor([[token]], device=table.weight.device))
    return script.decoded(said).strip()
