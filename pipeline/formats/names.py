"""Names for delivered files: never a path, legal on every system, short enough, each used once.

Either plain words or the naming of the Universal Category System. Knows nothing of what is in the files.
"""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 120  # of a name without its suffix; 255 is the usual limit of a file system
MAX_FX_CHARS = 48
_ILLEGAL = '<>:"/\\|?*%'
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_UNNAMED = "untitled"
_PUNCTUATION = " .,;:!?–—-&+(…"
_LOOSE = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "nor",
        "then",
        "so",
        "yet",
        "as",
        "while",
        "when",
        "where",
        "until",
        "before",
        "after",
        "with",
        "without",
        "of",
        "in",
        "on",
        "at",
        "to",
        "from",
        "by",
        "for",
        "into",
        "onto",
        "over",
        "under",
        "near",
        "behind",
        "that",
        "which",
        "who",
        "whose",
        "is",
        "are",
        "its",
        "his",
        "her",
        "their",
    ]
)  # words that promise another


def file_name(text: str, *, fallback: str = _UNNAMED) -> str:
    """`text` as the name of a file without its suffix.

    Without separators of folders, control and direction characters, quotes and what Windows forbids; no dot or space
    at an end; at most MAX_BYTES bytes of UTF-8; `fallback` where nothing is left.
    """
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(" " if c in _ILLEGAL or unicodedata.category(c)[0] in "CZ" else c for c in normal)
    name = _cut(" ".join(kept.split()).strip(". "), MAX_BYTES)
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name or fallback


def whole_phrase(text: str) -> str:
    """The beginning of a longer text without the punctuation and the connectives that it would end with.

    "Rain on a roof, then" is "Rain on a roof". Where nothing else is left, the text itself.
    """
    words = text.split()
    while words and words[-1].strip(_PUNCTUATION).lower() in _LOOSE | {""}:
        words.pop()
    return " ".join(words).rstrip(_PUNCTUATION) or text.strip()


def ucs_name(*, category: str, title: str, creator: str = "", source: str = "") -> str:
    """CatID_FXName_CreatorID_SourceID, as the Universal Category System asks: underscores stand between blocks only.

    title: words for the sound, cut at MAX_FX_CHARS at the end of a word. An empty block becomes NONE.
    """
    blocks = (_block(title, most=MAX_FX_CHARS), _block(creator, most=24), _block(source, most=24))
    return file_name("_".join((category, *(block or "NONE" for block in blocks))))


class Names:
    """Gives every file of a folder a name of its own; names that differ only in case count as the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, name: str, suffix: str) -> str:
        """`name` + `suffix`, or with a number before the suffix where that is taken. suffix: with its dot."""
        wanted = file_name(name)
        for number in range(1, 1_000_000):
            tail = "" if number == 1 else f" {number}"
            full = _cut(wanted, MAX_BYTES - len(tail)) + tail + suffix
            key = unicodedata.normalize("NFKC", full).casefold()
            if key not in self._taken:
                self._taken.add(key)
                return full
        raise AssertionError("a folder holds fewer files than that")


def _cut(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8: cut after a word where that keeps half of it, else within one."""
    data = text.encode("utf-8")
    if len(data) <= most:
        return text.rstrip(". ")
    cut = data[:most].decode("utf-8", "ignore")
    words = cut if text[len(cut)] == " " else cut[: max(cut.rfind(" "), 0)]
    return (whole_phrase(words) if 2 * len(words) >= len(cut) else cut).rstrip(". ")


def _block(text: str, *, most: int) -> str:
    """Words in one block of a name: without underscores, cut after a word."""
    words = file_name(text.replace("_", " "), fallback="")
    if len(words) <= most:
        return words
    cut = words[:most]
    return whole_phrase(cut if words[most] == " " or " " not in cut else cut[: cut.rindex(" ")])
