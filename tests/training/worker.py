"""A training run over two processes: each trains at toy size and leaves the weights it ended with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from safetensors.torch import save_file

from pipeline.training.transformer import TransformerRun, train
from tests.training.together import together


def work() -> None:
    data, out = map(Path, sys.argv[1:])
    model = train(TransformerRun(clips=data, out=out, steps=4, frames_per_batch=8, channels=4, save_every=2))
    save_file(model.state_dict(), out / f"process-{os.environ['RANK']}.safetensors")


if __name__ == "__main__":
    together(work)
