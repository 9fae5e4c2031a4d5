"""The app as data: which events are wired, what is private, what is imported where, who may be asked over HTTP."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import ASSETS
from pipeline.timeline import Story
from studio.app import build_app
from studio.panels import example_stories
from studio.web import build_web
from tests.studio.conftest import Studio

ROOT = Path(__file__).resolve().parents[2]
WITH_GRADIO = ("app", "handlers", "panels", "routes", "web")
WITHOUT_GRADIO = sorted({p.stem for p in (ROOT / "studio").glob("*.py")} - {*WITH_GRADIO, "__init__"} | {"editing"})


def test_plan_render_cancel_and_mix_are_wired(studio: Studio) -> None:
    found = {d["api_name"]: d for d in build_app(studio.service).config["dependencies"]}
    for name in ("load", "plan", "render", "cancel", "mix", "op", "follow"):
        assert found[name]["targets"], name
    assert found["cancel"]["queue"] is False
    assert found["follow"]["types"]["generator"]


def test_nothing_is_a_public_endpoint(studio: Studio) -> None:
    app = build_app(studio.service)
    assert {d["api_visibility"] for d in app.config["dependencies"]} == {"private"}
    assert app.get_api_info()["named_endpoints"] == {}
    assert app.analytics_enabled is False


def test_edits_run_one_after_another(studio: Studio) -> None:
    app = build_app(studio.service)
    by_name = {fn.api_name: fn for fn in app.fns.values()}
    assert {by_name[name].concurrency_id for name in ("op", "plan", "render")} == {"edits"}
    assert by_name["op"].concurrency_limit == 1


def test_the_app_can_be_built_twice(studio: Studio) -> None:
    assert len(build_app(studio.service).config["dependencies"]) == len(
        build_app(studio.service).config["dependencies"]
    )


@pytest.mark.parametrize("name", WITHOUT_GRADIO)
def test_the_rooms_below_the_page_know_no_gradio(name: str) -> None:
    code = f"import sys; sys.modules['gradio'] = sys.modules['torch'] = None; import studio.{name}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_no_line_of_the_page_makes_markup_of_text() -> None:
    script = (ASSETS / "studio" / "bench.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
        assert way not in script
    assert "${" not in (ASSETS / "studio" / "bench.html").read_text(encoding="utf-8")


def test_assets_name_no_host() -> None:
    for path in (ASSETS / "studio").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text and "https:" not in text and "@import" not in text, path.name


def test_panels_and_handlers_leave_the_models_alone() -> None:
    for path in (ROOT / "studio").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                assert not any(n.split(".")[0] in ("torch", "transformers", "diffusers") for n in names), path.name


def test_example_stories_are_stories() -> None:
    stories = example_stories()
    assert 6 <= len(stories) <= 8 and len({s["title"] for s in stories}) == len(stories)
    for story in stories:
        Story(text=story["text"], duration_s=story["duration_s"], tone=story["tone"])


def test_files_are_served_by_id_only(studio: Studio) -> None:
    project, other = studio.rendered(), studio.rendered()
    take = project.chosen_take(project.plan.events[0].id)
    mixed = studio.service.mix(project.id, rate_hz=48_000)
    with TestClient(build_web(studio.service)) as browser:
        base = f"/studio/{project.id}"
        assert browser.get(f"{base}/takes/{take.file}.wav").headers["content-type"] == "audio/wav"
        assert browser.get(f"{base}/takes/{take.file}.wav", headers={"Range": "bytes=0-9"}).status_code == 206
        assert browser.get(f"{base}/takes/{take.file}.json").json()["d"].startswith("M")
        assert browser.get(f"{base}/mixes/{mixed.file}.png").content[:4] == b"\x89PNG"
        assert browser.get(f"{base}/mixes/{mixed.file}.wav").content[:4] == b"RIFF"
        for wrong in (
            f"/studio/{other.id}/takes/{take.file}.wav",
            f"/studio/{other.id}/mixes/{mixed.file}.wav",
            f"{base}/mixes/{mixed.file}.npz",
            f"{base}/takes/..%2Fproject.wav",
            f"{base}/project.json",
            f"/gradio_api/file={studio.service.store.root}/{project.id}/project.json",
            "/studio-assets/../../app.py",
        ):
            assert browser.get(wrong).status_code in (403, 404), wrong


def test_serving_the_page_opens_no_connection_beyond_this_machine(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    beyond: list[object] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in ("127.0.0.1", "::1", "localhost"):
            beyond.append(address)
            raise OSError("no network here")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
    with TestClient(build_web(studio.service)) as browser:
        page = browser.get("/")
        assert page.status_code == 200 and "studio.css" in page.text
        assert browser.get("/config").status_code == 200
        style = browser.get("/studio-assets/studio.css")
        assert style.status_code == 200 and style.headers["cache-control"] == "no-cache"
        again = browser.get("/studio-assets/studio.css", headers={"If-None-Match": style.headers["etag"]})
        assert again.status_code == 304 and not again.content
    assert beyond == []
