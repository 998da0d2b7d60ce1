"""Folding changes how text looks, never where a character stands."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.folding import clauses, fold, folding_table

TABLE = folding_table()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢｃ", "abc"),
        ("３.５万", "0.0万"),
        ("好。", "好."),
        ("贵，太贵！", "贵,太贵!"),
        ("a b", "a,b"),
        ("「这」", '"这"'),
    ],
    ids=["full width", "digits", "full stop", "comma", "blank", "quotes"],
)
def test_one_spelling_for_what_looks_the_same(text: str, folded: str) -> None:
    assert fold(text, TABLE) == folded


@given(st.text(max_size=200))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text, TABLE)) == len(text)


@given(st.text(max_size=100))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text, TABLE)
    assert fold(once, TABLE) == once


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("太贵了，便宜点。", ["太贵了", "便宜点"]),
        ("没有标点", ["没有标点"]),
        ("", []),
        ("。。，", []),
        ("好！行？", ["好", "行"]),
    ],
    ids=["two", "none", "empty", "only marks", "short"],
)
def test_clauses_lie_between_marks(text: str, parts: list[str]) -> None:
    assert [text[begin:end] for begin, end in clauses(text)] == parts


@given(st.text(alphabet="贵了，。ab !", max_size=60))
def test_clauses_are_in_order_and_never_empty(text: str) -> None:
    spans = clauses(text)
    assert all(begin < end for begin, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
