"""Negative captions in the studio: told to the model that takes them, kept, undone, and refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from studio.handlers import Handlers
from studio.project import Project
from tests.studio.conftest import Studio, wait_until


def asked(studio: Studio, project: Project, **payload: Any) -> dict[str, Any]:
    """One request of the page, and the view that answers it."""
    revision = studio.service.store.get(project.id).revision
    return Handlers(studio.service).answer(project.id, {"revision": revision, **payload})


@pytest.fixture
def taking(studio: Studio) -> Studio:
    """A studio whose model takes negative captions."""
    studio.renderer.takes_negative = True
    wait_until(lambda: studio.service.model_state()[0] == "ready")
    return studio


def test_a_negative_caption_is_asked_for_rendered_undone_and_copied_back(taking: Studio) -> None:
    project = taking.rendered()
    event = project.plan.events[1]
    view = asked(taking, project, op="negative", id=event.id, value="a  crowd")
    assert view["notice"] == "" and view["capabilities"]["negative"] and not view["capabilities"]["negative_why"]
    assert [e["state"] for e in view["events"]] == ["rendered", "stale", "rendered"]
    assert view["events"][1]["negative"] == "a crowd"
    assert view["events"][1]["state_text"] == "stale: the negative caption changed"
    assert view["history"]["undo"] == "negative caption of event 2"
    taking.service.render(project.id)
    done = taking.settled(project.id)
    old, new = done.takes[event.id]
    assert (old.negative, new.negative, old.seed) == ("", "a crowd", new.seed)
    assert taking.renderer.rendered[-1].negative == "a crowd"
    sounds = [taking.service.take_audio(project.id, take.file).samples for take in (old, new)]
    assert (sounds[0] != sounds[1]).any()
    take = taking.service.view(project.id)["events"][1]["take"]
    assert take["negative"] == "a crowd"

    assert asked(taking, project, op="undo")["events"][1]["negative"] == "a crowd"  # first the take that was heard
    assert asked(taking, project, op="undo")["events"][1]["negative"] == ""
    assert asked(taking, project, op="redo")["events"][1]["negative"] == "a crowd"
    asked(taking, project, op="negative", id=event.id, value="")
    view = asked(taking, project, op="use_settings", id=event.id, take=new.id)
    assert view["events"][1]["negative"] == "a crowd"


def test_no_negative_caption_asks_for_what_was_always_asked_for(taking: Studio) -> None:
    project = taking.rendered()
    event = project.plan.events[0].id
    asked(taking, project, op="negative", id=event, value="wind")
    view = asked(taking, project, op="negative", id=event, value="   ")
    assert [e["state"] for e in view["events"]] == ["rendered"] * 3
    assert all(job.negative == "" for job in taking.renderer.rendered)


def test_a_sound_of_a_free_lane_has_one_too(taking: Studio) -> None:
    project = taking.planned()
    asked(taking, project, op="clip_add", lane="", caption="a bed", start=0, duration=2)
    [clip] = taking.service.view(project.id)["lanes"][0]["clips"]
    view = asked(taking, project, op="negative", id=clip["id"], value="voices")
    assert view["lanes"][0]["clips"][0]["negative"] == "voices"
    taking.service.regenerate(project.id, clip["id"])
    done = taking.settled(project.id)
    assert taking.renderer.rendered[-1].negative == "voices"
    take = done.chosen_take(clip["id"] if clip["id"] in done.sources else done.owner(clip["id"]))
    assert take is not None and take.negative == "voices"
    view = asked(taking, project, op="clip_add", lane="", event=clip["id"], take=take.id, start=4)
    assert [c["negative"] for lane in view["lanes"] for c in lane["clips"]] == ["voices", "voices"]


@pytest.mark.parametrize("value", [7, None, ["wind"], {"a": 1}, "x" * 401, "\ud800"])
def test_what_is_none_is_refused_in_a_sentence(taking: Studio, value: object) -> None:
    project = taking.planned()
    view = asked(taking, project, op="negative", id=project.plan.events[0].id, value=value)
    assert view["notice"] and view["events"][0]["negative"] == ""
    assert taking.service.store.get(project.id) == project


def test_a_model_that_takes_none_says_so_instead_of_rendering_something_else(taking: Studio) -> None:
    project = taking.rendered()
    event = project.plan.events[0].id
    asked(taking, project, op="negative", id=event, value="wind")
    taking.renderer.takes_negative = False
    before = len(taking.renderer.rendered)
    job = taking.service.regenerate(project.id, event)
    taking.settled(project.id)
    assert job.status.value == "failed" and "takes no negative caption; clear that of “rain”" in job.message
    assert len(taking.renderer.rendered) == before
    asked(taking, project, op="negative", id=event, value="")
    taking.service.regenerate(project.id, event)
    assert len(taking.settled(project.id).takes[event]) == 2


def test_pieces_of_an_event_keep_what_should_not_be_heard(taking: Studio) -> None:
    project = taking.planned()
    event = project.plan.events[0].id
    asked(taking, project, op="negative", id=event, value="wind")
    asked(taking, project, op="caption", id=event, value="a dog; a cat")
    taking.service.split_by_planner(project.id, taking.service.store.get(project.id).revision, event)
    assert [e.negative for e in taking.settled(project.id).plan.events] == ["wind", "wind", "", ""]
