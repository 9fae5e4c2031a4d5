"""The page's requests without a browser: every input becomes a view or a sentence, never an exception."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from studio.handlers import Handlers
from tests.studio.conftest import Studio


def event(**payload: Any) -> Any:
    """What Gradio hands over for a request of the bench."""
    return SimpleNamespace(_data=payload)


@pytest.fixture
def handlers(studio: Studio) -> Handlers:
    return Handlers(studio.service)


def opened(handlers: Handlers, **query: str) -> tuple[Any, ...]:
    """A page load with this query."""
    return handlers.load(SimpleNamespace(query_params=query))  # type: ignore[arg-type]


def test_each_page_load_is_a_project_of_its_own(handlers: Handlers) -> None:
    assert opened(handlers)[0] != opened(handlers)[0]


def test_a_page_opened_by_its_address_shows_its_story_and_job(handlers: Handlers, studio: Studio) -> None:
    project = studio.rendered()
    found, view, text, total, _, seed = opened(handlers, project=project.id)
    assert (found, text, total, seed) == (project.id, "rain; a passing car; thunder", 6.0, "7")
    assert view["job"]["text"] == "rendered 3 events" and not view["notice"]


@pytest.mark.parametrize("wrong", ["0" * 32, "../../etc/passwd", "<script>alert(1)</script>"])
def test_an_unknown_address_starts_a_new_project_and_says_so(handlers: Handlers, wrong: str) -> None:
    project, view, *_ = opened(handlers, project=wrong)
    assert project != wrong and "no project under this address" in view["notice"]


@pytest.mark.parametrize(
    ("text", "total", "seed", "sentence"),
    [
        ("", 30, "", "the story is empty"),
        ("  \n ", 30, "", "the story is empty"),
        ("x" * 6_000, 30, "", "at most 5,000"),
        ("rain", 0, "", "total duration is 0 s"),
        ("rain", 10_000, "", "total duration is 10000 s"),
        ("rain", None, "", "the total duration is missing"),
        ("rain", float("nan"), "", "must be a number"),
        ("rain", "soon", "", "must be a number, not “soon”"),
        ("rain", 30, "lucky", "the seed must be a whole number"),
        ("rain", 30, "-4", "the seed must be a whole number"),
        ("rain", 30, "9" * 16, "the seed must be a whole number"),
    ],
)
def test_a_bad_story_is_one_sentence_and_starts_nothing(
    handlers: Handlers, studio: Studio, text: str, total: Any, seed: str, sentence: str
) -> None:
    project, view, *_ = opened(handlers)
    answer = handlers.plan(project, view, text, total, "", seed)
    assert sentence in answer["notice"] and "\n" not in answer["notice"]
    assert not studio.service.queue.active(project)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ({"op": "duration", "value": "NaN"}, "must be a number"),
        ({"op": "duration", "value": "inf"}, "must be a number"),
        ({"op": "duration", "value": "long"}, "must be a number, not “long”"),
        ({"op": "duration", "value": ""}, "the duration is missing"),
        ({"op": "duration", "value": "-3"}, "allowed is"),
        ({"op": "duration", "value": "100000"}, "allowed is"),
        ({"op": "caption", "value": "x" * 4_000}, "4,000 characters; at most 400"),
        ({"op": "caption", "value": " "}, "a caption is empty"),
        ({"op": "caption", "value": 3}, "does not know"),
        ({"op": "caption"}, "does not know"),
        ({"op": "seed", "value": "1.5"}, "whole number"),
        ({"op": "fade", "value": "-1"}, "crossfade"),
        ({"op": "curve", "value": "steep"}, "curve"),
        ({"op": "split", "value": "0"}, "can't be split"),
        ({"op": "take", "take": "nothing"}, "does not belong"),
        ({"op": "settings", "steps": "0", "guidance": "3"}, "steps must be"),
        ({"op": "settings", "steps": "5", "guidance": "NaN"}, "guidance must be"),
        ({"op": "__class__"}, "does not know"),
        ({"op": ["caption"]}, "does not know"),
        ({}, "does not know"),
    ],
)
def test_a_bad_request_is_one_sentence_and_changes_nothing(
    handlers: Handlers, studio: Studio, payload: dict[str, Any], sentence: str
) -> None:
    project = studio.planned()
    full = {"id": project.plan.events[0].id, "revision": project.revision, "seq": 4, **payload}
    answer = handlers.op(project.id, event(**full))
    assert sentence in answer["notice"] and answer["ack"] == 4
    assert studio.service.store.get(project.id) == project


@pytest.mark.parametrize("data", [None, "op", 3, [], {"op": None}])
def test_a_request_that_is_no_request_is_told(handlers: Handlers, studio: Studio, data: Any) -> None:
    project = studio.planned()
    assert "does not know" in handlers.op(project.id, SimpleNamespace(_data=data))["notice"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "op",
    ["caption", "duration", "seed", "tone", "options", "reroll", "edge", "move", "delete", "split", "fade", "curve",
     "take", "favourite", "take_trash", "take_restore", "use_settings", "regenerate", "again", "vary", "split_plan",
     "rewrite", "clip", "clip_move", "clip_detach", "lane", "duck", "lane_move", "lane_remove", "marker", "add",
     "marker_move", "marker_remove", "remove", "duplicate", "nudge", "set", "split_at", "render_selected"],
)  # fmt: skip
def test_a_request_for_what_is_gone_is_one_sentence_and_changes_nothing(
    handlers: Handlers, studio: Studio, op: str
) -> None:
    project = studio.planned()
    words = {"value": {"favourite": True, "curve": "linear"}.get(op, "2"), "caption": "c", "edge": "end"}
    numbers = {"to": "0", "duration": "2", "at": "1", "by": "1", "start": "1", "strength": "0.5"}
    several = op in ("remove", "duplicate", "nudge", "set", "split_at", "render_selected")
    whom: dict[str, Any] = {"ids": ["gone"]} if several else {"id": "gone", "after": "gone"}
    payload = {"op": op, "take": "x", "revision": project.revision, **words, **numbers, **whom}
    assert "there is no" in handlers.op(project.id, event(**payload))["notice"]
    assert studio.service.store.get(project.id) == project and not studio.service.queue.active(project.id)


def test_each_edit_does_what_it_says(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id

    def do(**payload: Any) -> dict[str, Any]:
        revision = studio.service.store.get(project.id).revision
        answer = handlers.op(project.id, event(revision=revision, seq=1, **payload))
        assert answer["notice"] == ""
        return answer

    assert do(op="caption", id=first, value="hail")["events"][0]["caption"] == "hail"
    assert do(op="duration", id=first, value="3,5")["events"][0]["duration_s"] == 3.5
    assert do(op="seed", id=first, value="12")["events"][0]["seed"] == 12
    assert [e["n"] for e in do(op="move", id=first, to=2)["events"] if e["id"] == first] == [3]
    assert len(do(op="add", caption="a bell", duration="2", after=first)["events"]) == 4
    assert len(do(op="split", id=first, value="1")["events"]) == 5
    assert len(do(op="delete", id=first)["events"]) == 4
    second = studio.service.store.get(project.id).plan.events[0].id
    seam = do(op="fade", id=second, value="0.25")["events"][0]["seam"]
    assert seam["length_s"] == 0.25
    assert do(op="curve", id=second, value="linear")["events"][0]["seam"]["curve"] == "linear"
    assert do(op="settings", steps="9", guidance="2.5")["settings"] == {"steps": 9, "guidance": 2.5}


def test_an_older_revision_is_told_and_the_newest_state_comes_with_it(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    first = project.plan.events[0].id
    handlers.op(project.id, event(op="caption", id=first, value="hail", revision=project.revision))
    answer = handlers.op(project.id, event(op="caption", id=first, value="snow", revision=project.revision))
    assert "another window" in answer["notice"] and answer["events"][0]["caption"] == "hail"


def test_a_caption_of_html_stays_the_text_that_it_is(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    nasty = '<img src=x onerror="alert(1)"> {{value}} ${value}'
    first = project.plan.events[0].id
    answer = handlers.op(project.id, event(op="caption", id=first, value=nasty, revision=project.revision))
    assert answer["events"][0]["caption"] == nasty


def test_a_window_without_a_project_is_asked_to_reload(handlers: Handlers) -> None:
    assert "reload" in handlers.render("")["notice"]
    assert "reload" in handlers.op("", event(op="delete", id="x", revision=0))["notice"]


def test_later_views_have_later_serials(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    serials = [handlers.cancel(project.id)["serial"] for _ in range(5)]
    assert serials == sorted(set(serials))


def test_following_ends_with_the_finished_job(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    handlers.render(project.id)

    async def followed() -> list[dict[str, Any]]:
        return [view async for view in handlers.follow(project.id)]

    with ThreadPoolExecutor(1) as own_loop:
        views = own_loop.submit(lambda: asyncio.run(followed())).result()
    assert views[-1]["job"]["text"] == "rendered 3 events"
    assert [e["state"] for e in views[-1]["events"]] == ["rendered"] * 3


def test_mixing_at_an_unknown_rate_is_told(handlers: Handlers, studio: Studio) -> None:
    project = studio.rendered()
    assert "44100 or 48000" in handlers.mix(project.id, "96 kHz")["notice"]
    assert handlers.mix(project.id, "44.1 kHz")["mix"]["rate_hz"] == 44_100


def test_the_sum_of_the_durations_stands_beside_the_requested_total(handlers: Handlers, studio: Studio) -> None:
    project = studio.planned()
    assert handlers.cancel(project.id)["total_text"] == "6 s of 6 s requested"
    first = project.plan.events[0].id
    answer = handlers.op(project.id, event(op="duration", id=first, value="4", revision=project.revision))
    assert answer["total_text"] == "8 s of 6 s requested: 2 s too long"


def test_race_a_followed_view_is_never_newer_than_an_edit_that_it_has_not_seen(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit falls between the reading of a followed view and its sending."""
    service = handlers.service
    project = service.open(None)
    read = service.view
    answers: list[dict[str, Any]] = []

    def view(project_id: str) -> dict[str, Any]:
        found = read(project_id)
        if not answers:
            answers.append({})
            answers[0] = handlers._answer(project_id, lambda: None)
        return found

    monkeypatch.setattr(service, "view", view)
    followed = asyncio.run(anext(handlers.follow(project.id)))
    assert followed["serial"] < answers[0]["serial"]
