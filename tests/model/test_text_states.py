"""MiniLM as a part of a pipeline and as nano's own text side say the same."""

from __future__ import annotations

import torch

from pipeline.model.text_states import TOKENS, WIDTH, TextStates, encoder_and_tokenizer


@torch.inference_mode()
def test_both_ways_to_the_text_states_agree():
    captions = ["", "rain on a roof", "a very long caption " * 20]
    model, tokenizer = encoder_and_tokenizer()
    batch = tokenizer(captions, max_length=TOKENS, padding="max_length", truncation=True)
    ids, mask = torch.tensor(batch["input_ids"]), torch.tensor(batch["attention_mask"])
    states = model(input_ids=ids, attention_mask=mask)[0] * mask[..., None]
    ours = TextStates().encode(captions)
    assert states.shape == ours.shape == (3, TOKENS, WIDTH)
    assert torch.allclose(states, ours, atol=1e-5)
    assert (ours[0, 2:] == 0).all() and ours[0, :2].norm(dim=-1).min() > 2.0
