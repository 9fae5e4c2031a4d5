"""The command line of AudioStory's training: python -m pipeline.training STAGE CONFIG.

STAGE is warm (bridging states learn the text encoder's), whole (and the sound), understanding (and hearing), or
narrative (and reasoning, over whole narratives). Scenes, which is none of the paper's, teaches residual tokens to say
what surrounds an event, from text alone. CONFIG is a JSON or YAML file of settings; see
`pipeline.training.stages.settings` and the samples in pipeline/training/configs.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from pipeline.errors import AudioStoryError
from pipeline.settings import offline
from pipeline.training.stages.settings import STAGES, read_settings


def main(arguments: list[str] | None = None) -> int:
    """0 done; 1 a problem told in one line; 2 wrong usage; 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.training", description="Train a stage of AudioStory.")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("config", type=Path)
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    offline()
    try:
        settings = read_settings(args.config)
        from pipeline.training.stages.run import train

        print(train(args.stage, settings))
    except (AudioStoryError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
