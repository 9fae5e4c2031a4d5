"""The grammar, with integers for tokens: whatever a model wants to write, the answer can be parsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.planner import prompts
from pipeline.planner.grammar import Grammar, Kind, Limits, Phase, State, Tags, Vocabulary
from pipeline.planner.parsing import parse_tagged

TAGS = Tags(end_thought=100, gen=101, time=102, end_time=103, end_gen=104, end_turn=105)
WORDS = {20: "rain", 21: " rain", 22: " on", 23: " roof", 24: "Rain", 25: "-", 26: " ,", 0: "0", 7: "7"}
VOCABULARY = Vocabulary(tags=TAGS, words=WORDS, thoughts=frozenset(range(30)), digits=tuple(range(10)), dot=10)
SPELLING = {
    **{digit: str(digit) for digit in range(10)}, 10: ".", **{n: f" t{n}" for n in range(11, 30)}, **WORDS,
    100: prompts.END_THINK, 101: prompts.GEN, 102: prompts.TIME, 103: prompts.END_TIME, 104: prompts.END_GEN, 105: "",
}  # fmt: skip
EVERY_TOKEN = sorted(SPELLING)


def choices(grammar: Grammar, state: State) -> list[int]:
    return [token for token in EVERY_TOKEN if grammar.permits(state, token)]


def walk(grammar: Grammar, pick) -> list[int]:
    state, written = State(), []
    while state.phase is not Phase.DONE:
        written.append(pick(choices(grammar, state)))
        state = grammar.advance(state, written[-1])
        assert len(written) < 2_000
    return written


def text_of(tokens: list[int]) -> str:
    return "".join(SPELLING[token] for token in tokens)


limits = st.builds(
    lambda least, more, thought, caption: Limits(
        min_events=least, max_events=least + more, max_thought=thought, max_caption=caption
    ),
    st.integers(1, 4), st.integers(0, 4), st.integers(1, 12), st.integers(2, 6),
)  # fmt: skip


@given(limits=limits, data=st.data())
def test_every_walk_ends_in_an_answer_that_can_be_parsed(limits, data):
    tokens = walk(Grammar(VOCABULARY, limits), lambda options: data.draw(st.sampled_from(options)))
    plan = parse_tagged(text_of(tokens))
    assert limits.min_events <= len(plan.events) <= limits.max_events
    captions = [caption.lower() for caption, _ in plan.events]
    assert len(set(captions)) == len(captions)
    assert all(seconds > 0 for _, seconds in plan.events)
    assert all(any(char.isalpha() for char in caption) for caption in captions)


@given(limits=limits, data=st.data())
def test_forced_tokens_are_what_would_have_been_chosen_one_by_one(limits, data):
    grammar, state = Grammar(VOCABULARY, limits), State()
    while state.phase is not Phase.DONE:
        for token in grammar.forced(state):
            assert choices(grammar, state) == [token]
            state = grammar.advance(state, token)
        options = choices(grammar, state)
        if options:
            assert len(options) > 1
            state = grammar.advance(state, data.draw(st.sampled_from(options)))


def test_a_caption_that_was_written_before_cannot_close_even_in_other_letters():
    grammar = Grammar(VOCABULARY, Limits(min_events=2, max_events=2))
    state = state_after(grammar, [100, 101, 20, 102, 7, 103, 104, 101, 24])  # "rain", then "Rain"
    assert TAGS.time not in grammar.allowed(state).ids
    assert grammar.permits(state, 22)
    assert TAGS.time in grammar.allowed(grammar.advance(state, 22)).ids


def test_a_repeat_at_full_length_has_to_go_on_rather_than_close():
    grammar = Grammar(VOCABULARY, Limits(min_events=2, max_events=2, max_caption=2))
    state = state_after(grammar, [100, 101, 20, 22, 102, 7, 103, 104, 101, 20, 22])
    assert grammar.allowed(state).kind is Kind.WORDS


def test_a_number_is_above_zero_and_has_no_leading_zero():
    grammar = Grammar(VOCABULARY, Limits())
    before = state_after(grammar, [100, 101, 20, 102])
    assert choices(grammar, before) == list(range(10))
    assert choices(grammar, state_after(grammar, [0], before)) == [10]
    assert choices(grammar, state_after(grammar, [0, 10], before)) == list(range(1, 10))
    assert choices(grammar, state_after(grammar, [7, 10, 0], before)) == [TAGS.end_time]
    assert choices(grammar, state_after(grammar, [7, 7, 7, 7], before)) == [10, TAGS.end_time]


def test_the_reasoning_is_bounded():
    grammar = Grammar(VOCABULARY, Limits(max_thought=3))
    assert choices(grammar, state_after(grammar, [20, 20, 20])) == [TAGS.end_thought]


def test_the_plan_ends_neither_before_the_least_nor_after_the_most_events():
    grammar = Grammar(VOCABULARY, Limits(min_events=2, max_events=2))
    one = state_after(grammar, [100, 101, 20, 102, 7, 103, 104])
    assert choices(grammar, one) == [TAGS.gen]
    two = state_after(grammar, [101, 21, 22, 102, 7, 103, 104], one)
    assert choices(grammar, two) == [TAGS.end_turn]


def test_a_forbidden_token_is_refused():
    with pytest.raises(ValueError, match="cannot come in THOUGHT"):
        Grammar(VOCABULARY, Limits()).advance(State(), TAGS.gen)


def test_limits_that_no_answer_can_meet_are_refused():
    with pytest.raises(ValueError, match="no answer can meet"):
        Limits(min_events=3, max_events=2)


def state_after(grammar: Grammar, tokens: list[int], state: State | None = None) -> State:
    state = state or State()
    for token in tokens:
        state = grammar.advance(state, token)
    return state
