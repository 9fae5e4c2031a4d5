"""The page's own files as text: no markup is made of words, no host is named, no file grows out of hand."""

from __future__ import annotations

import re

import pytest

from studio.panels import FOLDER

SCRIPTS = sorted(FOLDER.glob("*.js"))
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "new Function")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_a_script_makes_no_markup_of_text_and_stays_small(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text(encoding="utf-8")
    assert not [way for way in MARKUP if way in text]
    assert len(text.splitlines()) < 300


def test_every_button_of_the_page_does_something() -> None:
    acts = set(re.findall(r'data-act="([^"]+)"', (FOLDER / "bench.html").read_text(encoding="utf-8")))
    known = {name for path in SCRIPTS for name in re.findall(r"action\('([^']+)'", path.read_text(encoding="utf-8"))}
    known |= {"lane_mute", "lane_solo"}  # made in a loop
    assert acts - known == set()


def test_no_key_means_two_things() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    keys = [key for found in re.findall(r"keys: \[([^\]]*)\]", text) for key in re.findall(r"'([^']+)'", found)]
    assert len(keys) > 40
    assert len(keys) == len(set(keys))
