"""Put a trained codec and transformer into assets/nano as half-precision safetensors.

    python -m pipeline.training.ship --codec runs/codec/codec --transformer runs/transformer/transformer

The renderer computes in float32 from them. Files are written to a new folder and renamed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from pipeline.renderer.nano import NANO

WEIGHTS = "diffusion_pytorch_model.safetensors"


def ship(source: Path, target: Path) -> None:
    """Copy one component, its floating-point tensors rounded to float16 (statistics stay float32)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / target.name
        part.mkdir()
        weights = load_file(source / WEIGHTS)
        halved = {k: v if k.startswith("latent_") else v.to(torch.float16) for k, v in weights.items()}
        save_file(halved, part / WEIGHTS, metadata={"format": "pt"})
        shutil.copy(source / "config.json", part / "config.json")
        if target.exists():
            shutil.rmtree(target)
        part.replace(target)


def main() -> None:
    parser = argparse.ArgumentParser(description="Ship a trained codec and transformer.")
    parser.add_argument("--codec", type=Path)
    parser.add_argument("--transformer", type=Path)
    args = parser.parse_args()
    for name in ("codec", "transformer"):
        if source := getattr(args, name):
            ship(source, NANO / name)


if __name__ == "__main__":
    main()
