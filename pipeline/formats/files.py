"""Writing a file whole or not at all, and saying in one sentence why not. Knows nothing of what is in it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import FormatError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed here",
    errno.EACCES: "writing is not allowed there",
    errno.EPERM: "writing is not allowed there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "the folder does not exist",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
}


def reason(error: OSError) -> str:
    """Why an operation on a file failed, in plain words."""
    return _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())


def check_writable(path: Path) -> None:
    """Raise FormatError unless a file can be written at `path`: asked before hours of work, not after."""
    try:
        if path.is_dir():
            raise FormatError(f"can't write {path}: it is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        with contextlib.suppress(FileNotFoundError):
            os.lstat(path)  # a name that is too long for the disk is found out here
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else "the name holds a character that is not allowed"
        raise FormatError(f"can't write {path}: {why}") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success it becomes `path` in one move, else it disappears.

    The data is on the disk before the move. An OSError inside becomes a FormatError that names `path`.
    """
    part = path.parent / f".audiostory-{uuid.uuid4().hex}.part"
    try:
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise FormatError(f"can't write {path}: {reason(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Ask the system to put a file, or a folder's entries, on the disk. Windows cannot open folders: skipped there."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
