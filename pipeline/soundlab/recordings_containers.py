"""Readers of the containers that openly licensed recordings come in: OpenTTD's cat, Clonk's group, SoundFont 2, files.

Each reader yields (member name, reader of its audio). Knows nothing of captions, licences or packages.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from pipeline.errors import FormatError

AUDIO_SUFFIXES = frozenset({".wav", ".ogg", ".flac", ".mp3"})
GROUP_HEADER_BYTES, GROUP_ENTRY_BYTES, GROUP_NAME_BYTES = 204, 316, 260
GROUP_MASK, GROUP_DEPTH, GROUP_LIMIT_BYTES = 0xED, 12, 1 << 29
SF2_HEADER_BYTES = 46


@dataclass(frozen=True, eq=False)
class Member:
    """One recording inside a container: its name there, the text it carries, and `read() -> ([T] mono, rate_hz)`."""

    name: str
    note: str
    read: Callable[[], tuple[np.ndarray, int]]


def mono(samples: np.ndarray) -> np.ndarray:
    """[T] or [T, C] to float32 [T], the mean of the channels."""
    flat = samples if samples.ndim == 1 else samples.mean(axis=1)
    return np.ascontiguousarray(flat, dtype=np.float32)


def decoded(source: bytes | Path, name: str) -> tuple[np.ndarray, int]:
    """Decode an audio file to mono [T] and its rate; FormatError names the file when it is damaged."""
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(source) if isinstance(source, bytes) else source, dtype="float32")
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise FormatError(f"{name} cannot be decoded as audio: {error}") from error
    return mono(samples), int(rate_hz)


def _slice(data: bytes, start: int, size: int, name: str) -> bytes:
    if start < 0 or size < 0 or start + size > len(data):
        raise FormatError(f"{name} is damaged: it points at bytes beyond its end")
    return data[start : start + size]


def read_cat(path: Path) -> Iterator[Member]:
    """OpenTTD's sound catalogue: a table of (offset, size), then per sound a note and a WAV file.

    The note reads '"Title". By author. License: ...'; the title names the member.
    """
    data = path.read_bytes()
    (first,) = struct.unpack("<I", _slice(data, 0, 4, path.name))
    for index in range((first & 0x7FFFFFFF) // 8):
        offset, size = struct.unpack("<II", _slice(data, 8 * index, 8, path.name))
        yield _cat_member(data, offset & 0x7FFFFFFF, size, path.name)


def _cat_member(data: bytes, offset: int, size: int, name: str) -> Member:
    length = _slice(data, offset, 1, name)[0]
    note = _slice(data, offset + 1, length, name).rstrip(b"\0").decode("utf-8", "replace")
    wav = _slice(data, offset + 1 + length, size, name)
    title = re.match(r'"(.+?)"\.', note)
    member = title.group(1) if title else note
    return Member(member, note, lambda: decoded(wav, f"{name}: {member}"))


def _unpacked_group(raw: bytes, name: str) -> bytes:
    """A packed group is a gzip stream with another magic number; inflated under a limit."""
    if raw[:2] != b"\x1e\x8c":
        return raw
    inflater = zlib.decompressobj(31)
    try:
        data = inflater.decompress(b"\x1f\x8b" + raw[2:], GROUP_LIMIT_BYTES)
    except zlib.error as error:
        raise FormatError(f"{name} is damaged: {error}") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise FormatError(f"{name} is cut short or unreasonably large")
    return data


def _group_count(data: bytes, name: str) -> int:
    """The number of entries, from the scrambled header: bytes 0 and 2 of every three swapped, then masked."""
    head = bytearray(_slice(data, 0, GROUP_HEADER_BYTES, name))
    for at in range(0, GROUP_HEADER_BYTES - 2, 3):
        head[at], head[at + 2] = head[at + 2], head[at]
    clear = bytes(byte ^ GROUP_MASK for byte in head)
    if not clear.startswith(b"RedWolf Design GrpFolder"):
        raise FormatError(f"{name} is not a group file")
    return int(struct.unpack_from("<i", clear, 36)[0])


def _walk_group(data: bytes, file: str, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    here = f"{file}: {prefix}" if prefix else file
    if depth > GROUP_DEPTH:
        raise FormatError(f"{here} nests groups too deeply")
    count = _group_count(data, here)
    body = GROUP_HEADER_BYTES + GROUP_ENTRY_BYTES * count
    for index in range(count):
        entry = _slice(data, GROUP_HEADER_BYTES + GROUP_ENTRY_BYTES * index, GROUP_ENTRY_BYTES, here)
        name = prefix + entry[:GROUP_NAME_BYTES].split(b"\0")[0].decode("latin-1")
        _, child, size, _, offset = struct.unpack_from("<5i", entry, GROUP_NAME_BYTES)
        content = _slice(data, body + offset, size, f"{file}: {name}")
        if child:
            yield from _walk_group(content, file, name + "/", depth + 1)
        else:
            yield name, content


def read_group(path: Path) -> Iterator[Member]:
    """A Clonk group: one packed file, or a folder of the same layout. Names are like 'Fire.ocg/Blast1.wav'."""
    if path.is_dir():
        yield from read_files(path)
        return
    for name, content in _walk_group(_unpacked_group(path.read_bytes(), path.name), path.name):
        if Path(name).suffix.lower() in AUDIO_SUFFIXES:
            yield Member(name, "", lambda name=name, content=content: decoded(content, name))  # type: ignore[misc]


def _riff_chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(id, start, size) of every chunk, lists entered."""
    while start + 8 <= end:
        name, size = data[start : start + 4], struct.unpack_from("<I", data, start + 4)[0]
        if name == b"LIST":
            yield from _riff_chunks(data, start + 12, min(start + 8 + size, end))
        else:
            yield name, start + 8, size
        start += 8 + size + (size & 1)


def read_sf2(path: Path) -> Iterator[Member]:
    """The samples of a SoundFont 2 bank, 16 bit mono; the note of each is 'loop START END' in samples."""
    data = path.read_bytes()
    _slice(data, 8, struct.unpack("<I", _slice(data, 4, 4, path.name))[0], path.name)
    chunks = {name: (start, size) for name, start, size in _riff_chunks(data, 12, len(data))}
    if data[8:12] != b"sfbk" or b"shdr" not in chunks or b"smpl" not in chunks:
        raise FormatError(f"{path.name} is not a SoundFont 2 bank")
    (table, size), (base, _) = chunks[b"shdr"], chunks[b"smpl"]
    for at in range(table, table + size - 2 * SF2_HEADER_BYTES + 1, SF2_HEADER_BYTES):
        yield _sf2_member(data, _slice(data, at, SF2_HEADER_BYTES, path.name), base, path.name)


def _sf2_member(data: bytes, header: bytes, base: int, bank: str) -> Member:
    raw, start, end, loop_start, loop_end, rate_hz = struct.unpack_from("<20s5I", header)
    name = raw.split(b"\0")[0].decode("latin-1").strip()
    pcm = _slice(data, base + 2 * start, 2 * (end - start), f"{bank}: {name}")

    def read() -> tuple[np.ndarray, int]:
        return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0, rate_hz

    return Member(name, f"loop {loop_start - start} {loop_end - start}", read)


def read_files(folder: Path) -> Iterator[Member]:
    """Audio files below a folder, by their relative path; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield Member(name, "", lambda path=path, name=name: decoded(path, name))  # type: ignore[misc]


READERS: dict[str, Callable[[Path], Iterator[Member]]] = {
    "cat": read_cat, "group": read_group, "sf2": read_sf2, "files": read_files,
}  # fmt: skip
