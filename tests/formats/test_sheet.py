"""The delivery sheet and the timeline's picture: well formed, whatever the words, and without anything from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from pipeline.arrangement import Marker
from pipeline.formats.metadata import EventNote, Metadata
from pipeline.formats.sheet import Sheet, sheet_html
from pipeline.formats.timeline_svg import WIDTH, timeline_svg
from tests.formats.sessions import described

EVIL = "</title><script>alert('x')</script><img src=//x.y onerror=\"1\">&"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_timeline_is_well_formed_and_in_its_place():
    told = described()
    lanes = [
        replace(lane, name=EVIL, clips=tuple(replace(clip, name=EVIL) for clip in lane.clips))
        for lane in told.session.lanes
    ]
    evil = replace(
        told, title=EVIL, session=replace(told.session, lanes=tuple(lanes)), markers=(Marker(at_s=1, name=EVIL),)
    )
    root = ElementTree.fromstring(timeline_svg(evil, low=[-0.5, -1.5], high=[0.5, 1.0]))
    assert root.tag == f"{SVG}svg"
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {"svg", "title", "path", "text", "g"}
    groups = root.findall(f"{SVG}g")
    assert len(groups) == sum(len(lane.clips) for lane in lanes)
    places = [float(x) for node in root.iter(f"{SVG}path") for x in re.findall(r"[ML]([\d.]+) ", node.get("d"))]
    assert max(places) <= WIDTH
    first = groups[0].find(f"{SVG}path").get("d")
    second = groups[1].find(f"{SVG}path").get("d")
    start = lambda path: float(re.match(r"M([\d.]+)", path).group(1))  # noqa: E731
    scale = (start(second) - start(first)) / (2.0 / 6.437)
    assert abs(scale - (WIDTH - 132)) < 0.5


def test_an_empty_mix_has_a_picture_too():
    told = described()
    empty = replace(told, session=replace(told.session, lanes=(), length=0), markers=())
    ElementTree.fromstring(timeline_svg(empty))


def test_the_sheet_escapes_every_text():
    note = EventNote(caption=EVIL, start_s=0, duration_s=1, seed=3, model=EVIL, lane=EVIL)
    sheet = Sheet(
        metadata=Metadata(title=EVIL, story=EVIL, creator=EVIL, software=EVIL, events=(note,)),
        rate_hz=48_000,
        length=48_000,
        figures={EVIL: (None, float("-inf"))},
        sentences=(EVIL,),
        files={EVIL: 1_234},
        credits={EVIL: EVIL},
    )
    text = sheet_html(sheet)
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;") == 13
    assert "default-src 'none'" in text
    assert "not known" in text
    assert "-∞" in text
    assert "1,234" in text


def test_a_sheet_of_nothing_is_a_page():
    text = sheet_html(Sheet(metadata=Metadata(), rate_hz=48_000, length=0))
    assert text.startswith("<!doctype html>")
    assert "Untitled" in text
