"""Taking files out of .deb and .whl archives, member by member, never outside the folder given.

Knows nothing of audio. Reads the archives itself: nothing is installed and no script of a package is run.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.errors import FormatError

AR_MAGIC, AR_HEADER_BYTES = b"!<arch>\n", 60
MEMBER_LIMIT_BYTES, TOTAL_LIMIT_BYTES = 1 << 29, 1 << 31
BLOCK_BYTES = 1 << 20
DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, ValueError, RuntimeError, OSError,
)  # fmt: skip


def unpack(archive: Path, target: Path, *, wanted: str) -> list[Path]:
    """Write the regular files of `archive` at or below the path `wanted` to `target`, keeping their paths.

    Links, devices and names that leave `target` are refused. Raises FormatError when the archive is damaged.
    """
    members = {".deb": _deb_members, ".whl": _zip_members}.get(archive.suffix)
    if members is None:
        raise FormatError(f"{archive.name} is neither a .deb nor a .whl package")
    written: list[Path] = []
    left = TOTAL_LIMIT_BYTES
    try:
        for name, source in members(archive):
            path = safe_path(name, archive.name)
            if _within(path, PurePosixPath(wanted)):
                left -= _write(source, target / path, left, archive.name)
                written.append(target / path)
    except DAMAGE as error:
        raise FormatError(f"{archive.name} cannot be unpacked: {error}") from error
    return written


def safe_path(name: str, archive: str) -> PurePosixPath:
    """The relative path a member may be written to; FormatError when it would leave its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name or not path.parts:
        raise FormatError(f"{archive} holds a file with the unsafe name {name!r}; nothing more was unpacked")
    return path


def _within(path: PurePosixPath, wanted: PurePosixPath) -> bool:
    return path == wanted or wanted in path.parents


def _write(source: IO[bytes], path: Path, left: int, archive: str) -> int:
    """Copy a member under the limits, to a neighbouring name first, so that no half file is taken for a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    size = 0
    with part.open("wb") as out:
        while block := source.read(BLOCK_BYTES):
            size += len(block)
            if size > min(MEMBER_LIMIT_BYTES, left):
                raise FormatError(f"{archive} is unreasonably large inside; nothing more was unpacked")
            out.write(block)
    part.replace(path)
    return size


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as package:
        for info in package.infolist():
            if not info.is_dir():
                with package.open(info) as source:
                    yield info.filename, source


def _deb_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The regular files of a Debian package's data archive."""
    name, data = _deb_data(archive)
    if name.endswith(".zst"):
        raise FormatError(f"{archive.name} is compressed with zstd, which is not read here; unpack it with: dpkg -x")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as tar:
        for info in tar:
            source = tar.extractfile(info) if info.isreg() else None
            if source is not None:
                yield info.name, source


def _deb_data(archive: Path) -> tuple[str, bytes]:
    """Name and bytes of the member data.tar.* of the outer ar archive."""
    with archive.open("rb") as file:
        if file.read(len(AR_MAGIC)) != AR_MAGIC:
            raise FormatError(f"{archive.name} is not a Debian package")
        while len(header := file.read(AR_HEADER_BYTES)) == AR_HEADER_BYTES:
            name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
            if name.startswith("data.tar"):
                return name, _whole(file.read(size), size, archive)
            file.seek(size + size % 2, io.SEEK_CUR)
    raise FormatError(f"{archive.name} holds no data archive")


def _whole(data: bytes, size: int, archive: Path) -> bytes:
    if len(data) != size:
        raise FormatError(f"{archive.name} is cut short: {len(data)} of {size} bytes are there; fetch it again")
    return data
