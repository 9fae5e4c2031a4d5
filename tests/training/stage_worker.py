"""A stage's run over two processes: each trains at toy size and leaves the weights it ended with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from accelerate import Accelerator, DistributedDataParallelKwargs
from safetensors.torch import save_file

from pipeline.training.stages.run import Run
from pipeline.training.stages.settings import read_settings
from tests.training import toy
from tests.training.together import together


def work() -> None:
    path, out = map(Path, sys.argv[1:])
    settings = read_settings(path)
    accelerator = Accelerator(cpu=True, kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)])
    run = Run("whole", settings, toy.base(settings), accelerator)
    run.go()
    trained = {name: value.detach().clone() for name, value in run.model.trained().items()}
    save_file(trained, out / f"process-{os.environ['RANK']}.safetensors")


if __name__ == "__main__":
    together(work)
