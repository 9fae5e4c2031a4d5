"""Put what was trained into assets/nano as half-precision safetensors.

    python -m pipeline.training.ship --codec runs/codec/codec --transformer runs/transformer/transformer
    python -m pipeline.training.ship --stage runs/nano/narrative/model

The networks compute in float32 from them. Files are written to a new folder, which is then renamed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from pipeline.model.adapted import INDEX, LISTENER, TRANSFORMER, read_stage
from pipeline.renderer.nano import NANO
from pipeline.training.stages.folder import SAME

WEIGHTS = "diffusion_pytorch_model.safetensors"
STORY = NANO / "story"


def ship(source: Path, target: Path) -> None:
    """Copy one component, its floating-point tensors rounded to float16 (statistics stay float32)."""
    with _replacing(target) as part:
        _halve(source / WEIGHTS, part / WEIGHTS)
        shutil.copy(source / "config.json", part / "config.json")


def ship_stage(source: Path, target: Path) -> None:
    """Copy the folder of a stage, rounded to float16. Of its settings only what a later stage needs goes along.

    Its transformer, which serves captions alone as well, takes the place of nano's beside it; what it listens with
    stays behind, as nothing that is shipped listens.
    """
    told = read_stage(source)
    ship(source / TRANSFORMER, target.parent / TRANSFORMER)
    left = {source / TRANSFORMER, source / LISTENER}
    with _replacing(target) as part:
        for path in sorted(source.rglob("*")):
            if left & {path, *path.parents}:
                continue
            copy = part / path.relative_to(source)
            if path.suffix == ".safetensors":
                copy.parent.mkdir(exist_ok=True)
                _halve(path, copy)
            elif path.suffix == ".json":
                copy.parent.mkdir(exist_ok=True)
                shutil.copy(path, copy)
        index = json.loads((part / INDEX).read_text(encoding="utf-8"))
        index["settings"] = {name: told.settings[name] for name in SAME}
        (part / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A new folder beside `target` that takes its place when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / target.name
        part.mkdir()
        yield part
        if target.exists():
            shutil.rmtree(target)
        part.replace(target)


def _halve(source: Path, target: Path) -> None:
    weights = load_file(source)
    halved = {k: v if k.startswith("latent_") else v.to(torch.float16) for k, v in weights.items()}
    save_file(halved, target, metadata={"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description="Ship a trained codec, transformer or stage.")
    parser.add_argument("--codec", type=Path)
    parser.add_argument("--transformer", type=Path)
    parser.add_argument("--stage", type=Path, help="the folder `model` of a stage's run")
    args = parser.parse_args()
    for name in ("codec", "transformer"):
        if source := getattr(args, name):
            ship(source, NANO / name)
    if args.stage:
        ship_stage(args.stage, STORY)


if __name__ == "__main__":
    main()
