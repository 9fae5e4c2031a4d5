"""Every operation of the page, from payload to view; and what an API may send that is none."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.arrangement import session
from studio.handlers import Handlers
from studio.operations import EDITS
from studio.requests import WORKS
from studio.web import build_web
from tests.studio.conftest import Studio, wait_until


@pytest.fixture
def handlers(studio: Studio) -> Handlers:
    return Handlers(studio.service)


def send(handlers: Handlers, project_id: str, **payload: Any) -> dict[str, Any]:
    """One request against the newest revision."""
    revision = handlers.service.store.get(project_id).revision
    return handlers.answer(project_id, {"revision": revision, "seq": 1, **payload})


def good(handlers: Handlers, project_id: str, **payload: Any) -> dict[str, Any]:
    """A request that is carried out."""
    answer = send(handlers, project_id, **payload)
    assert answer["notice"] == "", payload
    return answer


def test_the_times_of_ducking_stay_while_its_amount_is_zero(handlers: Handlers, studio: Studio) -> None:
    pid = studio.rendered().id
    lane = good(handlers, pid, op="lane_add", name="beds")["lanes"][0]["id"]

    def ducked(**asked: object) -> tuple[Any, int]:
        view = good(handlers, pid, op="duck", id=lane, **asked)
        return view["lanes"][0]["duck"], view["history"]["undos"]

    undos = handlers.shown(pid)["history"]["undos"]
    assert ducked(amount="0", attack="0.1", release="0.6") == (None, undos)  # as it was: no step
    typed = {"amount_db": 0.0, "attack_s": 0.3, "release_s": 0.6}
    assert ducked(amount="0", attack="0.3", release="0.6") == (typed, undos + 1)
    assert ducked(amount="0.0", attack="0.3", release="0.6") == (typed, undos + 1)
    assert ducked(amount="12", attack="0.3", release="0.6") == ({**typed, "amount_db": 12.0}, undos + 2)
    assert ducked(amount="0", attack="0.3", release="0.6") == (typed, undos + 3)
    done = studio.service.store.get(pid)
    heard = session(done.begun, dict.fromkeys([event.id for event in done.plan.events], "x"), rate_hz=8_000)
    assert heard.lanes[-1].name == "beds" and heard.lanes[-1].duck is None  # nothing is heard of it


def test_a_desk_is_built_and_taken_back_step_by_step(handlers: Handlers, studio: Studio) -> None:
    project = studio.rendered()
    pid, first = project.id, project.plan.events[0].id
    before = handlers.shown(pid)
    lane = good(handlers, pid, op="lane_add", name="beds")["lanes"][0]["id"]
    clip = good(handlers, pid, op="clip_add", lane=lane, start="0,5", caption="wind", duration=2)["lanes"][0]["clips"][
        0
    ]
    assert (clip["start_s"], clip["state"], clip["lane"]) == (0.5, "missing", lane)
    cid = clip["id"]
    steps: list[tuple[dict[str, Any], Any]] = [
        ({"op": "clip", "id": cid, "offset": 0.25, "duration": 1.5, "fade_in": 0.2, "fade_out_curve": "linear"},
         lambda v: (v["lanes"][0]["clips"][0]["offset_s"], v["lanes"][0]["clips"][0]["fade_in_s"]) == (0.25, 0.2)),
        ({"op": "clip_move", "id": cid, "start": 3}, lambda v: v["lanes"][0]["clips"][0]["start_s"] == 3),
        ({"op": "caption", "id": cid, "value": "storm"}, lambda v: v["lanes"][0]["clips"][0]["name"] == "storm"),
        ({"op": "set", "ids": [cid, first], "gain": -6, "mute": True}, lambda v: v["events"][0]["gain_db"] == -6),
        ({"op": "lane", "id": lane, "solo": True, "pan": -0.5}, lambda v: not v["events"][1]["heard"]),
        ({"op": "lane", "id": "story", "gain": -3}, lambda v: v["story_lane"]["gain_db"] == -3),
        ({"op": "duck", "id": lane, "amount": 6}, lambda v: v["lanes"][0]["duck"]["amount_db"] == 6),
        ({"op": "duplicate", "ids": [cid]}, lambda v: len(v["lanes"][0]["clips"]) == 2),
        ({"op": "split_at", "ids": [first], "at": 1}, lambda v: len(v["events"]) == 4),
        ({"op": "nudge", "ids": [cid], "by": 0.01}, lambda v: v["lanes"][0]["clips"][0]["start_s"] == 3.01),
        ({"op": "edge", "id": first, "edge": "end", "by": 0.5, "rule": "roll"}, lambda v: v["total_s"] == 6),
        ({"op": "duration", "id": first, "value": 2.5, "carry": True}, lambda v: v["total_s"] == 7),
        ({"op": "story_fade", "side": "out", "length": 1, "curve": "s_curve"},
         lambda v: v["story_lane"]["fade_out_s"] == 1),
        ({"op": "marker_add", "at": 1.5, "name": "<i>"}, lambda v: v["markers"][0]["name"] == "<i>"),
        ({"op": "master", "gain": -2}, lambda v: v["master_db"] == -2),
        ({"op": "options", "id": first, "steps": 3, "locked": True, "variations": "2"},
         lambda v: v["events"][0]["locked"]),
        ({"op": "options", "id": first, "steps": "", "locked": False}, lambda v: v["events"][0]["steps"] is None),
        ({"op": "title", "value": "Storm & <Sea>"}, lambda v: v["title"] == "Storm & <Sea>" and v["named"]),
        ({"op": "remove", "ids": [cid, first]}, lambda v: len(v["events"]) == 3),
        ({"op": "lane_remove", "id": lane}, lambda v: v["lanes"] == []),
    ]  # fmt: skip
    for payload, holds in steps:
        assert holds(good(handlers, pid, **payload)), payload
    while (view := handlers.shown(pid))["history"]["undos"] > before["history"]["undos"]:
        good(handlers, pid, op="undo")
    for name in ("events", "lanes", "markers", "title", "master_db", "story_lane"):
        assert view[name] == before[name], name
    while handlers.shown(pid)["history"]["redo"]:
        view = good(handlers, pid, op="redo")
    assert view["lanes"] == [] and view["title"] == "Storm & <Sea>" and len(view["events"]) == 3


def test_undo_is_called_by_what_it_takes_back(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    third = project.plan.events[2].id
    view = good(handlers, project.id, op="caption", id=third, value="hail")
    assert view["history"] == {"undo": "caption of event 3", "redo": None, "undos": 2, "redos": 0}
    view = good(handlers, project.id, op="undo")
    assert view["history"]["redo"] == "caption of event 3" and view["events"][2]["caption"] == "thunder"


def test_work_of_the_queue_is_asked_for(handlers: Handlers, studio: Studio) -> None:
    project = studio.rendered()
    pid, first = project.id, project.plan.events[0].id
    for payload in (
        {"op": "regenerate", "id": first, "count": "2"},
        {"op": "vary", "id": first, "strength": "0,5"},
        {"op": "render_selected", "ids": [first]},
        {"op": "render", "what": "all"},
        {"op": "rewrite", "id": first},
    ):
        good(handlers, pid, **payload)
        studio.settled(pid)
    assert len(studio.service.store.get(pid).takes[first]) == 5
    good(handlers, pid, op="continue", text="a door; a bell", duration=4)
    assert len(studio.settled(pid).plan.events) == 5
    assert "invents none" in send(handlers, pid, op="continue", text=" ", duration=4)["notice"]
    good(handlers, pid, op="cancel_all")
    assert "no such job" in send(handlers, pid, op="cancel_job", job=99)["notice"]
    assert "not rendered yet" in send(handlers, pid, op="mix")["notice"]
    good(handlers, pid, op="render")
    studio.settled(pid)
    good(handlers, pid, op="mix", rate="44100")
    wait_until(lambda: not studio.service.remixer.busy(pid))
    assert handlers.shown(pid)["mix"]["rate_hz"] == 44_100


def test_a_pasted_timeline_keeps_what_it_does_not_change(handlers: Handlers, studio: Studio) -> None:
    project = studio.rendered()
    with TestClient(build_web(studio.service)) as browser:
        lines = browser.get(f"/studio/{project.id}/timeline.txt").text
    assert lines.splitlines()[0] == "rain | 2.0"
    view = good(handlers, project.id, op="text_in", text=lines.replace("thunder", "a <b>bang</b>"))
    assert [event["state"] for event in view["events"]] == ["rendered", "rendered", "missing"]
    assert view["events"][2]["caption"] == "a <b>bang</b>"
    assert "line 1" in send(handlers, project.id, op="text_in", text="no duration here")["notice"]
    good(handlers, project.id, op="undo")
    assert studio.states(project.id) == ["rendered"] * 3


WRONG = [None, 3, -1.5, True, "", "x" * 5_000, "NaN", "inf", "../..", [], ["x"] * 3, {}, {"a": 1}, "9" * 400, "\ud800"]


@pytest.mark.parametrize("op", sorted({*EDITS, *WORKS} - {"undo", "redo", "cancel_all", "mix", "plan_again", "render"}))
def test_wrong_kinds_and_ids_are_one_sentence_each_and_never_an_exception(
    handlers: Handlers, studio: Studio, op: str
) -> None:
    project = studio.planned()
    names = "id ids value take lane start duration name at by to gain steps strength text count edge side caption after"
    names = f"{names} event amount fit job"
    for wrong in WRONG:
        answer = send(handlers, project.id, op=op, **dict.fromkeys(names.split(), wrong))
        assert "\n" not in answer["notice"] and len(answer["notice"]) < 400, (op, wrong)
        assert studio.settled(project.id).plan.events, (op, wrong)


@pytest.mark.parametrize("revision", [None, "", -1, "x", 1.5, [], True])
def test_a_revision_that_is_none_is_told(handlers: Handlers, studio: Studio, revision: Any) -> None:
    project = studio.planned()
    for op in ("undo", "title", "text_in", "plan_again"):
        payload = {"op": op, "value": "x", "text": "a | 2", "revision": revision}
        assert handlers.answer(project.id, payload)["notice"]
    assert studio.service.store.get(project.id) == project


def test_two_tabs_undo_and_the_older_one_is_told(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    stale = project.revision
    good(handlers, project.id, op="title", value="one")
    for op in ("undo", "redo"):
        assert "another window" in handlers.answer(project.id, {"op": op, "revision": stale})["notice"]


def test_two_users_on_different_projects_do_not_meet(handlers: Handlers, studio: Studio) -> None:
    one, two = studio.rendered(), studio.rendered()
    foreign = one.plan.events[0].id
    take = one.chosen_take(foreign).id
    good(handlers, one.id, op="lane_add", name="mine")
    assert "does not belong" in send(handlers, two.id, op="favourite", id=foreign, take=take, value=True)["notice"]
    own = two.plan.events[0].id
    assert "does not belong" in send(handlers, two.id, op="take", id=own, take=take)["notice"]
    assert studio.service.store.get(two.id) == two and handlers.shown(two.id)["lanes"] == []


def test_requests_over_http_are_the_same_and_need_the_pages_header(studio: Studio) -> None:
    project = studio.planned()
    with TestClient(build_web(studio.service)) as browser:
        address, guard = f"/studio/{project.id}/op", {"X-Studio": "1"}
        payload = {"op": "title", "value": "over http", "revision": project.revision, "seq": 7}
        assert browser.post(address, json=payload).status_code == 403
        answer = browser.post(address, json=payload, headers=guard).json()
        assert (answer["title"], answer["ack"], answer["notice"]) == ("over http", 7, "")
        for body in (b"", b"[", b"[" * 100_000, b"\xff\xfe", b"null", b'"op"'):
            assert "does not know" in browser.post(address, content=body, headers=guard).json()["notice"]
        assert browser.post(address, content=b" " * 2_000_001, headers=guard).status_code == 413
        gone = browser.post(f"/studio/{'0' * 32}/op", json=payload, headers=guard).json()
        assert "no project under this address" in gone["notice"]
