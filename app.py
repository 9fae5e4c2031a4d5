"""Start the studio: arguments, backend, page. See `--help`."""

from __future__ import annotations

import argparse
import logging
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import AudioStoryError
from pipeline.settings import Settings, offline


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.py", description="AudioStory Studio: stories to sound, in your browser.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on; 0 takes a free one")
    parser.add_argument("--projects", type=Path, help="folder for projects (default: in the user's data folder)")
    parser.add_argument(
        "--backend", default="nano", help="nano (default), audiostory, or audiostory:FOLDER or :NAME of a checkpoint"
    )
    parser.add_argument("--device", default="auto", help="torch device (default: a GPU if there is one, else cpu)")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound before anything is loaded, so that a port in use is told at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise AudioStoryError(f"can't listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from error
    return listener


def _serve(args: argparse.Namespace) -> None:
    """Serve until interrupted; raises AudioStoryError when the model cannot be loaded."""
    settings = Settings(backend=args.backend, device=args.device)
    if args.projects:
        settings = replace(settings, projects=args.projects)
    listener = _listening(args.host, args.port)

    import uvicorn

    from studio.service import StudioService
    from studio.store import Store
    from studio.web import build_web

    def load():
        from pipeline import backends

        return backends.load(settings.backend, settings)

    service = StudioService(Store(settings.projects), load, model=settings.backend)
    server = uvicorn.Server(uvicorn.Config(build_web(service), log_level="warning"))
    trouble: list[str] = []

    def on_failure(message: str) -> None:
        trouble.append(message)
        server.should_exit = True

    host = f"[{args.host}]" if ":" in args.host else args.host
    sys.stdout.write(f"AudioStory Studio is at http://{host}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    threading.Timer(0.1, service.start, kwargs={"on_failure": on_failure}).start()
    try:
        server.run(sockets=[listener])
    finally:
        service.close()
    if trouble:
        raise AudioStoryError(trouble[0])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the studio; 0 when it was stopped, 1 with one sentence when it could not run."""
    args = _parsed(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pipeline").setLevel(logging.INFO)  # the first start says that it prepares the language model
    offline(backend=args.backend)
    try:
        _serve(args)
    except AudioStoryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
