"""The table of query tokens: counts, brackets, lookup by name, and what is said when a tokenizer lacks them."""

from __future__ import annotations

import pytest

from pipeline.errors import SettingsError, WeightsMissing
from pipeline.model.query_tokens import TAGS, QueryNames, added_names, query_tokens


class Vocabulary:
    """A tokenizer as far as the table asks it."""

    def __init__(self, names, *, start: int = 100) -> None:
        self.ids = {name: start + 3 * index for index, name in enumerate(names)}

    def get_vocab(self):
        return self.ids


NAMES = ["<|im_end|>", *added_names()]


def test_sixty_four_and_eight_by_default_with_their_brackets():
    table = query_tokens(Vocabulary(NAMES))
    assert (table.bridging.count, table.residual.count) == (64, 8)
    assert (len(table.bridging.ids), len(table.residual.ids), len(table.forced)) == (66, 10, 77)
    assert QueryNames("t5", 2).all == ("<t5>", "<t5_00000>", "<t5_00001>", "</t5>")


@pytest.mark.parametrize(("bridging", "residual"), [(64, 8), (1, 1), (16, 3), (64, 0)])
def test_slices_point_at_the_query_tokens_within_what_is_forced(bridging, residual):
    known = Vocabulary(NAMES)
    table = query_tokens(known, bridging=bridging, residual=residual)
    names = {index: name for name, index in known.ids.items()}
    written = [names[index] for index in table.forced]
    assert written[table.bridging_slice] == [f"<t5_{i:05d}>" for i in range(bridging)]
    assert written[table.residual_slice] == [f"<aud_{i:05d}>" for i in range(residual)]
    assert written[-1] == TAGS["end_gen"]
    assert ("<aud>" in written) == (residual > 0)


def test_ids_come_from_the_tokenizer_not_from_an_order():
    forwards, backwards = query_tokens(Vocabulary(NAMES)), query_tokens(Vocabulary(NAMES[::-1]))
    assert forwards.bridging.ids == tuple(sorted(forwards.bridging.ids))
    assert backwards.bridging.ids[1] > backwards.bridging.ids[2]


def test_a_tokenizer_without_them_is_told_in_one_sentence():
    with pytest.raises(
        WeightsMissing, match=r"lacks 82 of AudioStory's tokens \(<\|think\|>, .*…\): use the tokenizer"
    ):
        query_tokens(Vocabulary(["<|im_end|>"]))
    with pytest.raises(WeightsMissing, match=r"lacks 1 of AudioStory's tokens \(<aud_00007>\)"):
        query_tokens(Vocabulary([name for name in NAMES if name != "<aud_00007>"]))


@pytest.mark.parametrize("counts", [{"bridging": 0}, {"bridging": -1}, {"residual": 1.5}, {"residual": True}])
def test_counts_are_whole_numbers_and_an_event_has_a_bridge(counts):
    with pytest.raises(SettingsError):
        query_tokens(Vocabulary(NAMES), **counts)
