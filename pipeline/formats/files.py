"""Writing a file whole or not at all, and saying in one sentence why not. Knows nothing of what is in it."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from pipeline.errors import FormatError
from pipeline.progress import CancelToken

_PIECE = 1 << 20

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


def read_reason(error: OSError | ValueError) -> str:
    """Why a file could not be read, in plain words; ValueError is what a name with a zero in it raises."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "reading is not allowed there"
    return reason(error) if isinstance(error, OSError) else "the name holds a character that is not allowed"


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`; FormatError where that can't even be looked at."""
    try:
        return path.is_dir()
    except OSError as error:
        raise FormatError(f"can't read {path}: {read_reason(error)}") from error


def is_file(path: Path) -> bool:
    """Whether there is a file at `path`; FormatError where that can't even be looked at."""
    try:
        return path.is_file()
    except OSError as error:
        raise FormatError(f"can't read {path}: {read_reason(error)}") from error


def read_at_most(path: Path, most: int, *, what: str) -> bytes:
    """A whole file of at most `most` bytes, which is to be `what` ("a timeline"); FormatError names the file."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise FormatError(f"can't read {path}: {read_reason(error)}") from error
    if len(data) > most:
        raise FormatError(f"{path} is larger than {most:,} bytes and can't be {what}")
    return data


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


@contextlib.contextmanager
def assembling(folder: Path, name: str, *, archive: bool = False, cancel: CancelToken | None = None) -> Iterator[Place]:
    """Give a `Place` to put files into; on success it becomes `folder`/`name`, or `name`.zip, in one move.

    `folder` is made if it is not there. A name that is taken gets a number, so nothing is ever replaced. On failure
    nothing of it stays. An OSError becomes a FormatError that names the folder.
    """
    try:
        there = folder.exists()
        if there and not folder.is_dir():
            raise FormatError(f"can't write into {folder}: it is no folder")
    except OSError as error:  # a folder on the way to it can't be looked into
        raise FormatError(f"can't write into {folder}: {reason(error)}") from error
    part = folder / f".audiostory-{uuid.uuid4().hex}.part"
    place = Place(folder=part, path=part)
    done = False
    try:
        part.mkdir(parents=True)
        yield place
        if archive:
            place.path = _free(folder, name, ".zip")
            with replacing(place.path) as packed:
                _pack(part, packed, root=place.path.stem, cancel=cancel)
        else:
            if cancel:
                cancel.raise_if_cancelled()
            place.path = _free(folder, name, "")
            part.replace(place.path)
            _sync(folder)
        done = True
    except OSError as error:
        raise FormatError(f"can't write into {folder}: {reason(error)}") from error
    except FormatError as error:  # it names the place that nobody is to see
        raise FormatError(str(error).replace(str(part), str(folder / name))) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if not done and not there:
            with contextlib.suppress(OSError):
                folder.rmdir()


@dataclass
class Place:
    """Where files are put together: `folder` meanwhile; `path`: the folder or archive that it becomes."""

    folder: Path
    path: Path


def copied(source: Path, target: Path, *, cancel: CancelToken | None = None) -> None:
    """Copy a file in pieces, whole or not at all; FormatError names the one that can't be read or written."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise FormatError(f"can't read {source}: {read_reason(error)}") from error
    with file, replacing(target) as part, part.open("wb") as out:
        _poured(file, out, cancel)


def _poured(source: BinaryIO, target: IO[bytes], cancel: CancelToken | None) -> None:
    while piece := source.read(_PIECE):
        if cancel:
            cancel.raise_if_cancelled()
        target.write(piece)


def _free(folder: Path, name: str, suffix: str) -> Path:
    """`name` in the folder, or with the first number that is not taken."""
    numbers = itertools.count(2)
    path = folder / f"{name}{suffix}"
    while os.path.lexists(path):
        path = folder / f"{name} {next(numbers)}{suffix}"
    return path


def _pack(folder: Path, archive: Path, *, root: str, cancel: CancelToken | None) -> None:
    """All files below `folder` as a zip archive with one folder `root`; sound hardly shrinks, so they are stored."""
    with zipfile.ZipFile(archive, "w", allowZip64=True) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo.from_file(path, f"{root}/{path.relative_to(folder).as_posix()}")
                with path.open("rb") as source, packed.open(entry, "w") as target:
                    _poured(source, target, cancel)


def _sync(path: Path) -> None:
    """Ask the system to put a file, or a folder's entries, on the disk. Windows cannot open folders: skipped there."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
