"""The real planner and the real renderer, from the command line, with every socket beyond this machine refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
STORY = "Rain falls on a tin roof. Later a dog barks and a church bell rings."
GUARD = """
import socket
_connect, _connect_ex, _resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
def _check(host):
    if isinstance(host, tuple): host = host[0]
    if str(host) not in {"127.0.0.1", "localhost", "::1"} and not str(host).startswith("/"):
        import os; os.write(2, b"NETWORK TOUCHED\\n"); os._exit(99)
def connect(self, address): _check(address); return _connect(self, address)
def connect_ex(self, address): _check(address); return _connect_ex(self, address)
def getaddrinfo(host, *a, **k): _check(host or "localhost"); return _resolve(host, *a, **k)
socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def tell(out: Path, env: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    return run(
        ["-m", "pipeline", "tell", STORY, "--duration", "9", "--seed", "7", "--steps", "6", "-o", str(out), *more], env
    )


@pytest.fixture(scope="module")
def told(guarded: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story as a track, told once."""
    track = tmp_path_factory.mktemp("told") / "a.wav"
    done = tell(track, guarded)
    assert done.returncode == 0, done.stderr
    return track


def test_the_guard_guards(guarded: dict[str, str]):
    done = run(["-c", "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"], guarded)
    assert done.returncode == 99


def test_a_story_becomes_a_track_offline_and_one_edit_changes_one_event(
    guarded: dict[str, str], told: Path, tmp_path: Path
):
    audio, rate = soundfile.read(told, always_2d=True)
    assert audio.shape == (9 * rate, 2)
    assert np.isfinite(audio).all()
    assert 1e-3 < np.sqrt((audio**2).mean()) < 0.7
    assert soundfile.info(told).subtype == "PCM_24"

    saved = json.loads(told.with_suffix(".timeline.json").read_text())
    captions = [e["caption"] for e in saved["events"]]
    assert sum(e["duration_s"] for e in saved["events"]) == pytest.approx(9.0, abs=1e-9)
    assert len(captions) >= 2
    assert len(set(captions)) == len(captions)
    assert "rain" in captions[0].lower()

    saved["events"][-1]["caption"] = "a steam train passes"
    (tmp_path / "b.json").write_text(json.dumps(saved))
    second = run(
        ["-m", "pipeline", "render", str(tmp_path / "b.json"), "--steps", "6", "-o", str(tmp_path / "b.wav")], guarded
    )
    assert second.returncode == 0, second.stderr
    other, _ = soundfile.read(tmp_path / "b.wav", always_2d=True)
    start = round(sum(e["duration_s"] for e in saved["events"][:-1]) * rate)
    before = slice(0, start - rate // 10)
    scale = np.abs(audio[before]).max() / np.abs(other[before]).max()
    assert np.abs(audio[before] - scale * other[before]).max() < 2e-3
    assert np.abs(audio[start:] - scale * other[start:]).max() > 1e-2


def test_the_same_seed_gives_the_same_file(guarded: dict[str, str], told: Path, tmp_path: Path):
    assert tell(tmp_path / "b.wav", guarded).returncode == 0
    assert (tmp_path / "b.wav").read_bytes() == told.read_bytes()
