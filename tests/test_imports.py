"""The arrows of the architecture: imports point down, and the domain needs neither torch nor gradio."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = ("errors", "settings", "timeline", "arrangement", "audio", "progress", "renderer", "mixer", "formats", "story")
RANK = {
    "pipeline": 0,
    "pipeline.errors": 0,
    "pipeline.settings": 1,
    "pipeline.timeline": 1,
    "pipeline.audio": 1,
    "pipeline.arrangement": 2,
    "pipeline.progress": 1,
    "pipeline.planner": 2,
    "pipeline.model": 2,
    "pipeline.renderer": 3,
    "pipeline.mixer": 3,
    "pipeline.formats": 3,
    "pipeline.story": 4,
    "pipeline.backends": 5,
    "pipeline.pictures": 4,
    "pipeline.delivery": 5,
    "pipeline.soundlab": 6,
    "pipeline.training": 7,
    "pipeline.evaluation": 7,
    "pipeline.batch": 6,
    "pipeline.commands": 7,
    "pipeline.__main__": 8,
    "studio": 0,
    "studio.takes": 7,
    "studio.remembering": 7,
    "studio.project": 8,
    "studio.states": 9,
    "studio.editing": 9,
    "studio.codec": 9,
    "studio.payload": 9,
    "studio.jobs": 9,
    "studio.drawing": 9,
    "studio.takefiles": 9,
    "studio.history": 10,
    "studio.operations": 10,
    "studio.replanning": 10,
    "studio.items": 10,
    "studio.journal": 11,
    "studio.store": 12,
    "studio.recordings": 8,
    "studio.archive": 8,
    "studio.wishes": 10,
    "studio.bringing": 13,
    "studio.exports": 13,
    "studio.videos": 13,
    "studio.receiving": 13,
    "studio.exportable": 13,
    "studio.measuring": 14,
    "studio.exporting": 15,
    "studio.thrown": 12,
    "studio.library": 14,
    "studio.files": 14,
    "studio.mixing": 13,
    "studio.remixing": 14,
    "studio.rendering": 14,
    "studio.planning": 14,
    "studio.view": 15,
    "studio.service": 16,
    "studio.requests": 17,
    "studio.asking": 17,
    "studio.panels": 18,
    "studio.handlers": 19,
    "studio.routes": 20,
    "studio.app": 20,
    "studio.export_routes": 20,
    "studio.web": 21,
}
SURFACE = 18  # other parts of the studio: above the service, below the app
LEAVES = ("pipeline.soundlab", "pipeline.training", "pipeline.evaluation")
FILES = sorted(path for package in ("pipeline", "studio") for path in (ROOT / package).rglob("*.py"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer(module: str) -> str:
    """The part of the architecture that a module belongs to: its first two names."""
    return ".".join(module.split(".")[:2])


def imported(tree: ast.AST):
    """Modules of ours that a file imports anywhere in it, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            found = [f"{base}.{alias.name}" if base in ("pipeline", "studio") else base for alias in node.names]
        else:
            continue
        yield from ((name, node.lineno) for name in found if name.split(".")[0] in ("pipeline", "studio"))


def rank(part: str) -> int | None:
    return RANK.get(part, SURFACE if part.startswith("studio.") else None)


def points_down(here: str, there: str) -> bool:
    if here == there or "." not in there or there.endswith("__version__"):
        return True
    if there in LEAVES and here not in LEAVES:
        return False
    below, own = rank(there), rank(here)
    return below is not None and own is not None and below < own


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_imports_never_point_up(path):
    here = layer(dotted(path))
    assert rank(here) is not None, f"{here} has no place in the architecture: give it one in RANK"
    for name, line in imported(parsed(path)):
        there = layer(name)
        assert points_down(here, there), f"{path.relative_to(ROOT)}:{line}: {here} imports {there}"


def test_an_arrow_that_points_up_would_be_seen():
    assert not points_down("pipeline.mixer", "pipeline.story")
    assert not points_down("pipeline.story", "studio.service")
    assert not points_down("pipeline.mixer", "pipeline.formats")
    assert not points_down("pipeline.backends", "pipeline.training")
    found = list(imported(ast.parse("def f():\n    from pipeline import story\n    import studio.app as a")))
    assert found == [("pipeline.story", 2), ("studio.app", 3)]


def run_without(*modules: str, code: str) -> None:
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in modules)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {blocked}{code}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_domain_needs_neither_torch_nor_gradio():
    folders = [ROOT / "pipeline" / name for name in ("formats", "delivery")]
    formats = ", ".join(dotted(path) for folder in folders for path in sorted(folder.glob("*.py")))
    run_without(
        "torch", "gradio", "transformers", "diffusers",
        code=f"import {', '.join(f'pipeline.{name}' for name in DOMAIN)}, {formats}, pipeline.__main__",
    )  # fmt: skip


def test_a_whole_story_is_told_without_torch():
    code = (
        "from tests.fakes import *; from pipeline.story import tell; from pipeline.timeline import Story; "
        "story = Story(text='rain; wind', duration_s=3); "
        "last = list(tell(story, seed=1, planner=ListPlanner(), renderer=SketchRenderer(), "
        "settings=RenderSettings(steps=2), cancel=CancelToken()))[-1]; assert last.audio.duration_s == 3"
    )
    run_without("torch", "gradio", code=code)


def test_no_file_of_the_library_imports_gradio():
    for path in FILES:
        if path.is_relative_to(ROOT / "pipeline"):
            for node in ast.walk(parsed(path)):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not any(name.split(".")[0] == "gradio" for name in names), path


@pytest.mark.parametrize("argv", [["--help"], ["tell", "--help"], ["batch", "--help"]], ids=" ".join)
def test_help_is_there_at_once(argv):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", *argv], cwd=ROOT, capture_output=True, text=True
    )
    brought = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert done.returncode == 0 and "usage" in done.stdout
    assert "pipeline.commands.parser" in brought
    assert not {"torch", "gradio", "matplotlib", "transformers", "diffusers", "scipy"} & brought
