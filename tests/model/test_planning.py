"""Laws of the rules and the planning loop: every answer parses, fits, stops when asked; only what serves is kept."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from pipeline.errors import Cancelled, PlanError, SettingsError
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.planning import write
from pipeline.model.reading import Reader
from pipeline.model.rules import Limits, Phase, TagRules
from pipeline.planner.parsing import parse_tagged
from pipeline.planner.prompts import prompt as planner_prompt
from pipeline.planner.windows import windows
from pipeline.progress import CancelToken
from pipeline.timeline import Story

LIMITS = Limits(max_events=4, max_thought=6, max_caption=5)
STORY = Story(text="Once upon a time.", duration_s=20.0)


def rules_of(pipe: AudioStoryPipeline, limits: Limits = LIMITS) -> TagRules:
    return TagRules(pipe.tokenizer, pipe.script.tokens, limits)


def random_answer(rules: TagRules, size: int, seed: int) -> list[int]:
    generator, state, ids = torch.Generator().manual_seed(seed), rules.start(), []
    while not rules.done(state):
        token = int(rules.kept(torch.randn(size, generator=generator), state).argmax())
        state, forced = rules.advance(state, token)
        ids += [token, *forced]
    return ids


@pytest.mark.parametrize("seed", range(20))
def test_noise_under_the_rules_is_a_plan(second, seed):
    """Random logits, rows beyond the tokenizer included, become text that the planner's parser reads."""
    ids = random_answer(rules_of(second), 300, seed)
    plan = parse_tagged(second.tokenizer.decode(ids))
    assert 1 <= len(plan.events) <= 4
    assert all(0 < seconds < 100 for _, seconds in plan.events)
    assert max(ids) < len(second.tokenizer)


@pytest.mark.parametrize("name", ["<t5>", "<t5_00003>", "<aud_00001>", "</aud>", "<|im_start|>", "<|/gen|>"])
def test_no_wish_of_the_model_is_stronger_than_the_rules(second, name):
    """A logit of 1e9 for a token that is never free to choose."""
    rules, token = rules_of(second), second.tokenizer.get_vocab()[name]
    wish = torch.zeros(300)
    wish[token] = 1e9
    state = rules.start()
    for _ in range(60):
        chosen = int(rules.kept(wish, state).argmax())
        assert chosen != token
        state, _ = rules.advance(state, chosen)
        if rules.done(state):
            break


def test_an_answer_never_outgrows_its_room(second):
    forced = len(second.script.tokens.forced)
    for room in range(45, 140, 19):
        limits = Limits(max_events=9, max_thought=20, max_caption=5).within(room, forced=forced)
        assert all(len(random_answer(rules_of(second, limits), 300, seed)) <= room + 1 for seed in range(8))


def test_durations_are_numbers_above_zero(second):
    rules = rules_of(second)
    digits = {str(d): second.tokenizer.get_vocab()[str(d)] for d in range(10)} | {
        ".": second.tokenizer.get_vocab()["."]
    }
    end = second.script.tokens.tags.end_time
    for text, ends, more in [
        ("0", False, "."),
        ("0.", False, "5"),
        ("12", True, "."),
        ("9.0", True, ""),
        ("1", True, "0"),
    ]:
        state = SimpleNamespace(phase=Phase.SECONDS, seconds=text, words=1, events=1, used=9)
        kept = rules.kept(torch.zeros(300), state)
        allowed = {i for i, value in enumerate(kept.tolist()) if value == 0.0}
        assert (end in allowed) == ends, text
        assert not more or digits[more] in allowed
        assert "." not in text or digits["."] not in allowed


def test_cancel_is_answered_between_tokens(second):
    token = CancelToken()

    class Cancelling(TagRules):
        def advance(self, state, choice):
            if state.words == 2:
                token.cancel()
            return super().advance(state, choice)

    rules = Cancelling(second.tokenizer, second.script.tokens, LIMITS)
    with pytest.raises(Cancelled):
        write(second.llm, [1, 2, 3], rules=rules, tokens=second.script.tokens, cancel=token)


def test_forced_tokens_are_one_call_and_no_other_states_are_kept(second, monkeypatch):
    calls: list[int] = []
    read = Reader.read
    monkeypatch.setattr(Reader, "read", lambda self, ids: calls.append(len(ids)) or read(self, ids))
    tokens = second.script.tokens
    draft = write(second.llm, [1, 2, 3], rules=rules_of(second), tokens=tokens, cancel=CancelToken())
    events = len(draft.written) - 1
    assert calls.count(1 + len(tokens.forced)) == events
    assert draft.states.shape == (events, len(tokens.forced), 48)
    assert draft.states.untyped_storage().nbytes() == draft.states.nbytes
    assert draft.reader.length == 3 + len(draft.ids)
    assert torch.is_inference(draft.states) and not second.llm.base_model._forward_hooks


def test_a_plan_is_a_timeline_and_its_states_serve(second):
    planned = second.plan(STORY, seed=3, limits=LIMITS)
    again = second.plan(STORY, seed=3, limits=LIMITS)
    assert [(e.caption, e.duration_s, e.seed) for e in planned.events] == [
        (e.caption, e.duration_s, e.seed) for e in again.events
    ]
    assert [e.seed for e in second.plan(STORY, seed=4, limits=LIMITS).events] != [e.seed for e in planned.events]
    read = second.conditioner.tokens_read
    assert len(second.condition(again)) == len(again.events)
    assert second.conditioner.tokens_read == read


def test_a_story_beyond_the_context_is_planned_in_stretches(second):
    """150 s and 10 minutes of story, cut by the planner's windows: too long at once, and fine in stretches."""
    text = "Rain falls on the old town while the bells ring. " * 12
    for total_s in (150.0, 600.0):
        story = Story(text=text, duration_s=total_s)
        with pytest.raises(PlanError, match="plan the story in stretches"):
            second.plan(story, limits=LIMITS)
        parts = [Story(text=w.text, duration_s=w.duration_s) for w in windows(text, total_s=total_s, chars=200)]
        timeline = second.plan_in_stretches(story, parts, limits=LIMITS)
        assert len(parts) <= len(timeline.events) <= 4 * len(parts)
        assert len(second.condition(timeline)) == len(timeline.events)


@pytest.mark.parametrize("tone", ["", "calm"])
def test_the_prompt_is_the_planners(second, tone):
    story = Story(text="A storm passes.", duration_s=26.5, tone=tone)
    assert second.script.prompt(story).key == planner_prompt(story.text, duration_s=26.5, tone=tone)


def test_limits_are_checked():
    with pytest.raises(SettingsError):
        Limits(max_events=0)
    with pytest.raises(PlanError, match="room for 0 tokens"):
        LIMITS.within(-5, forced=77)
