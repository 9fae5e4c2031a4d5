"""Public checkpoints for tests: the reference's tiny one with its ruled weights, and one of our own at other sizes.

Both are written as the authors publish theirs: a YAML configuration that names classes, one torch file, a folder with
the transformer's configuration and the autoencoder's weights. Knows nothing of our layout.
"""

from __future__ import annotations

import json
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from diffusers import AutoencoderOobleck
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import Qwen2Config, Qwen2ForCausalLM

REFERENCE = Path(__file__).parent / "reference_tiny"
LLM = "seedx.llm.base_model.model."
OOBLECK = {
    "encoder_hidden_size": 4, "downsampling_ratios": [2, 4, 4, 8, 8], "channel_multiples": [1, 1, 1, 2, 2],
    "decoder_channels": 4, "decoder_input_channels": 64, "audio_channels": 2, "sampling_rate": 2_000,
}  # fmt: skip


def fixture() -> dict:
    """The reference's fixture.json."""
    return json.loads((REFERENCE / "fixture.json").read_text())


def ruled(key: str, shape: list[int], *, seed: int) -> Tensor:
    """A tensor by the reference's rule: a function of its key, its shape and a seed."""
    source = "tangoflux.text_encoder.shared.weight" if key.endswith("encoder.embed_tokens.weight") else key
    draw = np.random.RandomState((zlib.crc32(source.encode()) + seed) % 2**32).standard_normal(shape)
    x = draw.astype("float32").astype("float64")
    norm = key.endswith(".weight") and ("norm_" in key or "layer_norm" in key) or key.endswith("norm.weight")
    if norm:
        return torch.from_numpy((1 + 0.1 * x).astype("float32"))
    return torch.from_numpy((x * (0.8 / (np.sqrt(shape[-1]) if len(shape) > 1 else 4))).astype("float32"))


def reference_tensors() -> dict[str, Tensor]:
    """All tensors of the reference's checkpoint, in the public layout."""
    told = fixture()
    tensors = load_file(REFERENCE / "llm.safetensors")
    return tensors | {key: ruled(key, shape, seed=told["seed"]) for key, shape in told["ruled_keys"].items()}


def configuration(*, lora_alpha: float, lora_r: int, bridging: int, residual: int) -> dict:
    """What the authors' config.yaml holds, classes to instantiate included."""
    return {
        "tokenizer": {"_target_": "src.models.tokenizer.init_qwen_tokenizer.init_tokenizer"},
        "llm_model": {
            "_target_": "src.models.mllm.peft_models.get_peft_model_with_resize_embedding",
            "peft_config": {"_target_": "peft.LoraConfig", "r": lora_r, "lora_alpha": lora_alpha},
        },
        "agent_model": {"_target_": "src.models.mllm.AudioStory_llm", "t5_feature_scale": 10.0},
        "train_dataset": {"datapipes": [{"num_t5_out_tokens": bridging, "num_aud_out_tokens": residual}]},
    }


def oobleck(*, seed: int = 0) -> AutoencoderOobleck:
    """A small random autoencoder that makes audio of moderate level."""
    torch.manual_seed(seed)
    model = AutoencoderOobleck(**OOBLECK).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("weight_g"):
                value.mul_(1.5)
    return model


def write_reference(folder: Path, *, tensors: dict[str, Tensor] | None = None, config: dict | None = None) -> Path:
    """The reference's checkpoint as a public folder; `tensors` and `config` replace what it would hold."""
    told = fixture()
    main = folder / "audiostory_3b"
    flux = folder / "Flux_detokenizer"
    for part in (main, flux):
        part.mkdir(parents=True)
    options = {"lora_alpha": told["lora_alpha"], "lora_r": told["lora_r"], "bridging": 64, "residual": 8}
    (main / "config.yaml").write_text(yaml.safe_dump(config or configuration(**options)))
    torch.save(tensors if tensors is not None else reference_tensors(), main / "pytorch_model.bin")
    (flux / "config.json").write_text(json.dumps(told["transformer"]))
    (flux / "vae_config.json").write_text(json.dumps(OOBLECK))
    save_file(oobleck().state_dict(), flux / "model.safetensors")
    shutil.copytree(REFERENCE / "tokenizer", folder / "Qwen" / "tokenizer")
    shutil.copytree(REFERENCE / "llm_config", folder / "Qwen" / "llm_config")
    shutil.copytree(REFERENCE / "text_encoder", folder / "flan-t5")
    return folder


def _adapted(stem: str, weight: Tensor, *, rank: int) -> dict[str, Tensor]:
    """A linear layer as an old PEFT keeps it, with a random update."""
    down, up = torch.randn(rank, weight.shape[1]) * 0.1, torch.randn(weight.shape[0], rank) * 0.1
    return {
        f"{stem}.weight": weight,
        f"{stem}.lora_A.default.weight": down,
        f"{stem}.lora_B.default.weight": up,
    }


def wrapped(llm: torch.nn.Module, *, rank: int) -> dict[str, Tensor]:
    """A language model's tensors as the public layout has them: adapters on all linear layers, norms saved whole."""
    tensors: dict[str, Tensor] = {}
    for name, value in llm.state_dict().items():
        stem = LLM + name.removesuffix(".weight")
        if name.endswith("_proj.weight"):
            tensors |= _adapted(stem, value.clone(), rank=rank)
        elif "norm" in name:
            tensors[f"{stem}.original_module.weight"] = value.clone()
            tensors[f"{stem}.modules_to_save.default.weight"] = value + 0.1 * torch.randn_like(value)
        else:
            tensors[LLM + name] = value.clone()
    return tensors


@dataclass(frozen=True, kw_only=True)
class Second:
    """A tiny model at other sizes than the reference's: untied embeddings, rank 4, 8 + 2 query tokens."""

    seed: int = 5
    bridging: int = 8
    residual: int = 2
    rank: int = 4
    alpha: float = 6.0
    frames: int = 21
    context: int = 512

    def llm(self) -> Qwen2ForCausalLM:
        """The language model before its adapters, random."""
        torch.manual_seed(self.seed)
        config = Qwen2Config(
            vocab_size=300, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=3,
            num_key_value_heads=1, max_position_embeddings=self.context, tie_word_embeddings=False,
            bos_token_id=None, eos_token_id=258, pad_token_id=256, initializer_range=0.2,
        )  # fmt: skip
        return Qwen2ForCausalLM(config).eval()

    @property
    def flux(self) -> dict:
        """The transformer's configuration, as published."""
        return {
            "num_layers": 2, "num_single_layers": 1, "in_channels": 64, "attention_head_dim": 128,
            "joint_attention_dim": 1024, "num_attention_heads": 1, "audio_seq_len": self.frames, "max_duration": 30,
        }  # fmt: skip

    def tensors(self) -> dict[str, Tensor]:
        """All tensors in the public layout."""
        from pipeline.model.audiostory_transformer import AudioStoryTransformer
        from pipeline.model.public_recipes import TRANSFORMER_NAMES

        tensors = wrapped(self.llm(), rank=self.rank)
        dit = AudioStoryTransformer(layers=2, single_layers=1, heads=1, audio_seq_len=self.frames)
        for name, value in dit.state_dict().items():
            ours = next(prefix for prefix in TRANSFORMER_NAMES if name.startswith(prefix))
            tensors[TRANSFORMER_NAMES[ours] + name.removeprefix(ours)] = value
        told = fixture()["ruled_keys"]
        texts = {key: shape for key, shape in told.items() if key.startswith("tangoflux.text_encoder.")}
        tensors |= {key: ruled(key, shape, seed=self.seed) for key, shape in texts.items()}
        heads = {key: shape for key, shape in told.items() if key.startswith(("seedx.", "multihead"))}
        heads |= {key: [1024, 48] for key in heads if key.endswith("projector.0.weight")}
        return tensors | {key: ruled(key, shape, seed=self.seed) for key, shape in heads.items()}

    def names(self) -> list[str]:
        """AudioStory's tokens in an order of their own."""
        from pipeline.model.query_tokens import added_names

        return list(reversed(added_names(bridging=self.bridging, residual=self.residual)))

    def write(self, folder: Path) -> Path:
        """The checkpoint as a public folder; its tokenizer lacks the tokens, and a list says what to add."""
        options = configuration(lora_alpha=self.alpha, lora_r=self.rank, bridging=self.bridging, residual=self.residual)
        told = self.llm().config.to_dict() | {"auto_map": {"AutoModelForCausalLM": "evil.Model"}}
        write_reference(folder, tensors=self.tensors(), config=options)
        (folder / "Flux_detokenizer" / "config.json").write_text(json.dumps(self.flux))
        (folder / "Qwen" / "llm_config" / "config.json").write_text(json.dumps(told))
        path = folder / "Qwen" / "tokenizer" / "tokenizer.json"
        tokenizer = json.loads(path.read_text())
        tokenizer["added_tokens"] = [token for token in tokenizer["added_tokens"] if token["id"] <= 258]
        path.write_text(json.dumps(tokenizer))
        (folder / "added_tokens.json").write_text(json.dumps(dict.fromkeys(self.names(), 1)))
        return folder
