"""An ffmpeg binary, where one is at hand: found, run with an argument list, fed, cancelled, and its last words told.

Looked for on the PATH, then in the optional package imageio-ffmpeg. Knows nothing of formats.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import FormatError, MissingDependency
from pipeline.progress import CancelToken

_POLL_S = 0.1
_QUIET = ("-hide_banner", "-nostats", "-loglevel", "error", "-y")


def find_ffmpeg(*, need: str) -> str:
    """Path of a binary; MissingDependency tells what `need` it is for and how to get one."""
    on_path = shutil.which("ffmpeg")
    if on_path:
        return on_path
    with contextlib.suppress(ImportError, RuntimeError):  # RuntimeError: the package is there without its binary
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    raise MissingDependency(f"{need} needs ffmpeg: install it, or run: pip install imageio-ffmpeg")


@contextlib.contextmanager
def feeding(
    arguments: Sequence[str], *, binary: str, cancel: CancelToken | None = None
) -> Iterator[Callable[[bytes], None]]:
    """Run `binary` with these arguments; what is given to the function goes to its standard input.

    At the end it is waited for; FormatError with ffmpeg's last line where it failed. Whatever is raised inside, and
    Cancelled while it is waited for, ends the process.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # an argument list: nothing is ever read by a shell
            [binary, *_QUIET, *(argument.replace("\0", "") for argument in arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        assert process.stdin is not None
        try:
            yield _ignoring_the_end(process.stdin.write)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            _wait(process, cancel)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()
        if process.returncode:
            said.seek(0)
            raise FormatError(f"ffmpeg stopped: {_last_line(said.read())}")


def run_ffmpeg(arguments: Sequence[str], *, binary: str, cancel: CancelToken | None = None) -> None:
    """Run `binary` to its end with nothing on its standard input; raises as `feeding`."""
    with feeding(arguments, binary=binary, cancel=cancel):
        pass


def _ignoring_the_end(write: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has ended: its exit code and last words say why
            write(data)

    return feed


def _wait(process: subprocess.Popen[bytes], cancel: CancelToken | None) -> None:
    while True:
        if cancel:
            cancel.raise_if_cancelled()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
            return


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it did not say why"


def file_argument(path: Path) -> str:
    """A path as ffmpeg takes it for a file, whatever it begins with: never an option, never a protocol."""
    return f"file:{path}"
