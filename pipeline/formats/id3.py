"""A tag before the frames of an MP3 file: ID3v2.4 in UTF-8 (libsndfile would write UTF-8 marked as Latin-1).

Knows nothing of the audio that follows.
"""

from __future__ import annotations

from collections.abc import Mapping

_FRAMES = {"title": b"TIT2", "artist": b"TPE1", "date": b"TDRC", "software": b"TSSE", "comment": b"COMM"}
_UTF8 = b"\x03"
_LANGUAGE = b"und"  # not determined


def id3_tag(tags: Mapping[str, str]) -> bytes:
    """The tag of these fields (title, artist, date, software, comment); nothing for none."""
    frames = b"".join(_frame(_FRAMES[name], text) for name, text in tags.items())
    return b"ID3\x04\x00\x00" + _syncsafe(len(frames)) + frames if frames else b""


def _frame(name: bytes, text: str) -> bytes:
    language = _LANGUAGE + b"\0" if name == b"COMM" else b""
    body = _UTF8 + language + text.encode("utf-8") + b"\0"
    return name + _syncsafe(len(body)) + b"\0\0" + body


def _syncsafe(size: int) -> bytes:
    """28 bits in four bytes of seven, so that no byte looks like the beginning of a frame of audio."""
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
