"""A project as one zip file, and back: members are checked one by one before anything of them is written.

project.json    history.jsonl    takes/FILE.wav, .json, .safetensors      nothing else

The project's video stays behind: it may be larger than all the rest, and is chosen again where it is wanted.
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.files import replacing

MAX_MEMBERS = 50_000
MAX_BYTES = 8_000_000_000  # of an archive, packed and unpacked
MAX_TEXT_BYTES = 200_000_000
_TEXTS = ("project.json", "history.jsonl")
_TAKE = re.compile(r"takes/[0-9a-f]{12,32}\.(wav|json|safetensors|npz)")
_BLOCK = 1 << 20


def write(target: Path, folder: Path) -> None:
    """Pack a project's folder; sound is stored as it is, text compressed."""
    files = [folder / name for name in _TEXTS if (folder / name).is_file()]
    files += sorted(path for path in (folder / "takes").glob("*") if _TAKE.fullmatch(f"takes/{path.name}"))
    with replacing(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for path in files:
            name = path.relative_to(folder).as_posix()
            kind = zipfile.ZIP_DEFLATED if path.suffix in (".json", ".jsonl") else zipfile.ZIP_STORED
            packed.write(path, name, compress_type=kind)


def unpack(path: Path, folder: Path) -> None:
    """Unpack into an empty folder; FormatError names the member that does not belong into a project."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            _check(members)
            (folder / "takes").mkdir(exist_ok=True)
            for member in members:
                if not member.is_dir():
                    _extract(packed, member, folder / member.filename)
    # zipfile tells of a compression that it lacks with NotImplementedError, of a wrong password with RuntimeError
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise FormatError("this is not a project: the file is no zip archive, or is damaged") from error


def _check(members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive by its table of contents."""
    names = [member.filename for member in members]
    if len(members) > MAX_MEMBERS:
        raise FormatError(f"this archive has {len(members):,} members; a project has at most {MAX_MEMBERS:,}")
    if "project.json" not in names:
        raise FormatError("this is not a project: project.json is missing in it")
    if len(set(names)) != len(names):
        raise FormatError("this archive has two members of the same name")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise FormatError(f"this archive unpacks to more than {MAX_BYTES / 1e9:g} GB")
    for member in members:
        _check_member(member)


def _check_member(member: zipfile.ZipInfo) -> None:
    shown = f"“{member.filename[:60]}”"
    if member.filename == "takes/":
        return
    if member.filename not in _TEXTS and not _TAKE.fullmatch(member.filename):
        raise FormatError(f"this archive has a member that does not belong into a project: {shown}")
    if member.flag_bits & 0x1:
        raise FormatError(f"this archive is encrypted: {shown}")
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise FormatError(f"this archive has a member that is no file: {shown}")
    if not member.filename.endswith((".wav", ".safetensors", ".npz")) and member.file_size > MAX_TEXT_BYTES:
        raise FormatError(f"{shown} is larger than a project's texts are")


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """One member, not a byte more than its table entry says."""
    left = member.file_size
    with packed.open(member) as source, target.open("xb") as file:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise FormatError(f"“{member.filename[:60]}” is larger than the archive says")
            file.write(block)
