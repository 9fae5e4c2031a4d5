"""The flow: order of its events, determinism by seed, early first sound, cancelling and closing at any moment."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AudioStoryError, Cancelled, MixError, PlanError, SettingsError
from pipeline.progress import CancelToken
from pipeline.renderer import Job
from pipeline.settings import RenderSettings
from pipeline.story import EventRendered, Mixed, Planned, StepDone, batches, render_timeline, rerender, seeded, tell
from pipeline.timeline import Event, Story, Timeline, event_seed, new_id, placements
from tests.fakes import ListPlanner, SketchRenderer

STORY = Story(text="rain; thunder; a dog barks; wind", duration_s=12)
QUICK = RenderSettings(steps=4)


def flow(*, seed=1, renderer=None, planner=None, cancel=None, settings=QUICK, **more):
    return tell(
        STORY,
        seed=seed,
        planner=planner or ListPlanner(),
        renderer=renderer or SketchRenderer(),
        settings=settings,
        cancel=cancel or CancelToken(),
        **more,
    )


def of_type(progress, kind):
    return [p for p in progress if isinstance(p, kind)]


class RandomIds(ListPlanner):
    """A planner that gives its events fresh ids each time."""

    def plan(self, story, *, seed, cancel):
        timeline = super().plan(story, seed=seed, cancel=cancel)
        events = tuple(Event(caption=e.caption, duration_s=e.duration_s, id=new_id()) for e in timeline.events)
        return Timeline(story=story, events=events)


def test_a_story_is_planned_rendered_and_mixed_in_this_order():
    progress = list(flow())
    assert isinstance(progress[0], Planned)
    assert isinstance(progress[-1], Mixed)
    assert sorted(p.index for p in of_type(progress, EventRendered)) == [0, 1, 2, 3]
    assert progress[-1].audio.length == 12 * 8_000
    assert progress[-1].timeline == progress[0].timeline


def test_steps_rise_to_the_total():
    steps = of_type(flow(), StepDone)
    assert all(a.done < b.done for a, b in pairwise(steps))
    assert {s.total for s in steps} == {steps[-1].done}
    assert len(steps) == steps[-1].total


def test_steps_arrive_while_the_renderer_works():
    going = threading.Event()
    renderer = SketchRenderer(before_step=lambda step: step < 2 or going.wait(10))
    stream = flow(renderer=renderer)
    seen = [next(stream) for _ in range(3)]
    assert [type(p) for p in seen] == [Planned, StepDone, StepDone]
    assert not going.is_set()
    going.set()
    assert isinstance(list(stream)[-1], Mixed)


def test_the_first_event_is_rendered_alone_and_heard_first():
    renderer = SketchRenderer()
    progress = list(flow(renderer=renderer, batch=3))
    assert renderer.calls == [1, 3]
    assert of_type(progress, EventRendered)[0].index == 0
    first = next(i for i, p in enumerate(progress) if isinstance(p, EventRendered))
    assert sum(isinstance(p, StepDone) for p in progress[:first]) == QUICK.steps


@given(st.lists(st.integers(1, 50_000), max_size=20), st.integers(1, 5))
def test_batches_hold_every_job_once_and_only_similar_lengths(lengths, size):
    jobs = [Job(event_id=f"e{i}", caption="x", seed=0, samples=n) for i, n in enumerate(lengths)]
    groups = batches(jobs, size=size)
    assert sorted((j for g in groups for j in g), key=lambda j: int(j.event_id[1:])) == jobs
    assert all(1 <= len(g) <= size and g[0].samples for g in groups)
    for group in groups:
        sizes = [j.samples for j in group]
        assert max(sizes) <= 1.5 * 1.5 * min(sizes)


def test_the_seed_decides_everything_even_if_the_planner_draws_ids():
    one, again, other = (list(flow(seed=s, planner=RandomIds()))[-1] for s in (5, 5, 6))
    assert one.timeline == again.timeline
    assert np.array_equal(one.audio.samples, again.audio.samples)
    assert not np.array_equal(one.audio.samples, other.audio.samples)
    assert [e.seed for e in one.timeline.events] == [event_seed(5, f"e{i}") for i in (1, 2, 3, 4)]


@given(st.integers(1, 6))
def test_the_size_of_a_batch_changes_no_sample(size):
    one, other = list(flow(batch=1))[-1], list(flow(batch=size))[-1]
    assert np.array_equal(one.audio.samples, other.audio.samples)


def test_a_new_seed_for_one_event_changes_no_other():
    timeline = list(flow())[0].timeline
    takes = {p.take.event_id: p.take for p in of_type(flow(), EventRendered)}
    renderer = SketchRenderer()
    kept = {name: take for name, take in takes.items() if name != "e3"}
    changed = Timeline(
        story=STORY,
        events=tuple(e if e.id != "e3" else Event(caption=e.caption, duration_s=3, id="e3") for e in timeline.events),
        reasoning=timeline.reasoning,
    )
    again = list(rerender(changed, kept, renderer=renderer, settings=QUICK, cancel=CancelToken()))
    assert [job.event_id for job in renderer.rendered] == ["e3"]
    before, after = list(flow())[-1].audio.samples, again[-1].audio.samples
    place = placements(changed, rate_hz=8_000)[2]
    end = place.start + place.render
    assert np.array_equal(before[:, : place.start], after[:, : place.start])
    assert np.array_equal(before[:, end:], after[:, end:])
    assert not np.array_equal(before, after)


def test_with_all_takes_at_hand_nothing_is_rendered():
    progress = list(flow())
    takes = {p.take.event_id: p.take for p in of_type(progress, EventRendered)}
    renderer = SketchRenderer()
    again = list(rerender(progress[0].timeline, takes, renderer=renderer, settings=QUICK, cancel=CancelToken()))
    assert [type(p) for p in again] == [Mixed]
    assert renderer.calls == []
    assert np.array_equal(again[0].audio.samples, progress[-1].audio.samples)


def test_a_take_that_no_longer_fits_is_told():
    progress = list(flow())
    takes = {p.take.event_id: p.take for p in of_type(progress, EventRendered)}
    longer = Timeline(story=STORY, events=tuple(Event(caption="x", duration_s=5, id=f"e{i}") for i in (1, 2, 3, 4)))
    with pytest.raises(MixError, match="event 1"):
        list(rerender(longer, takes, renderer=SketchRenderer(), settings=QUICK, cancel=CancelToken()))


def test_rendering_a_timeline_keeps_the_seeds_it_carries():
    timeline = seeded(ListPlanner().plan(STORY, seed=0, cancel=CancelToken()), seed=77)
    renderer = SketchRenderer()
    list(render_timeline(timeline, renderer=renderer, settings=QUICK, cancel=CancelToken()))
    assert sorted(j.seed for j in renderer.rendered) == sorted(event_seed(77, f"e{i}") for i in (1, 2, 3, 4))


def test_an_event_that_is_too_long_is_told_before_anything_is_rendered():
    renderer = SketchRenderer(max_s=2.0)
    stream = flow(renderer=renderer)
    assert isinstance(next(stream), Planned)
    with pytest.raises(PlanError, match="rain.*split the event"):
        next(stream)
    assert renderer.calls == []


def test_an_empty_plan_and_an_empty_batch_are_told():
    class Nothing(ListPlanner):
        def plan(self, story, **_):
            return Timeline(story=story, events=())

    with pytest.raises(PlanError, match="no events"):
        list(flow(planner=Nothing()))
    with pytest.raises(SettingsError, match="batch"):
        list(flow(batch=0))


TOTAL_STEPS = 3 * QUICK.steps  # batches of 1, 2 and 1 events


@given(st.integers(0, TOTAL_STEPS - 1))
def test_cancelling_at_any_step_stops_there(at):
    cancel, count = CancelToken(), iter(range(10_000))
    renderer = SketchRenderer(before_step=lambda _: next(count) == at and cancel.cancel())
    seen = []
    with pytest.raises(Cancelled):
        seen.extend(flow(renderer=renderer, cancel=cancel))
    assert next(count) == at + 1
    assert not any(thread.is_alive() for thread in renderer.threads)


def test_a_cancelled_token_stops_before_the_planner():
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(flow(cancel=cancel))


def test_cancelling_after_the_last_take_makes_no_mix():
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        for progress in flow(cancel=cancel):
            assert not isinstance(progress, Mixed)
            if isinstance(progress, EventRendered) and progress.index == 3:
                cancel.cancel()


@given(st.integers(1, TOTAL_STEPS + 4))
def test_closing_at_any_moment_cancels_and_leaves_no_thread(taken):
    cancel, renderer = CancelToken(), SketchRenderer()
    stream = flow(renderer=renderer, cancel=cancel)
    kinds = [type(next(stream)) for _ in range(taken)]
    stream.close()
    assert cancel.cancelled == (kinds != [Planned])
    assert not any(thread.is_alive() for thread in renderer.threads)


def test_closing_waits_for_a_renderer_in_the_middle_of_a_step():
    inside, going = threading.Event(), threading.Event()

    def wait(step):
        if step == 1:
            inside.set()
            going.wait(10)

    cancel, renderer = CancelToken(), SketchRenderer(before_step=wait)
    stream = flow(renderer=renderer, cancel=cancel)
    next(stream), next(stream)
    assert inside.wait(10)
    threading.Timer(0.1, going.set).start()
    stream.close()
    assert going.is_set()
    assert cancel.cancelled
    assert not any(thread.is_alive() for thread in renderer.threads)


def test_an_error_of_the_renderer_comes_out_as_it_is():
    def fail(step):
        if step == 2:
            raise ZeroDivisionError("in the model")

    cancel = CancelToken()
    with pytest.raises(ZeroDivisionError, match="in the model"):
        list(flow(renderer=SketchRenderer(before_step=fail), cancel=cancel))
    assert not cancel.cancelled


def test_a_renderer_that_loses_takes_is_found_out():
    class Forgetful(SketchRenderer):
        def render(self, jobs, **more):
            return super().render(jobs, **more)[1:]

    with pytest.raises(AudioStoryError, match="0 takes for 1 events"):
        list(flow(renderer=Forgetful()))
