"""Sentences and clauses keep their places."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.sentences import clause_around, split_clauses, split_sentences


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("好的。明天发您!行不行？", ["好的。", "明天发您!", "行不行？"]),
        ("单价是3.5元没得谈", ["单价是3.5元没得谈"]),
        ("……行吧", ["行吧"]),
        ("嗯……再说；先这样", ["嗯……", "再说；", "先这样"]),
        ("  两边有空 。 ", ["两边有空 。"]),
        ("", []),
    ],
)
def test_a_turn_splits_into_these_sentences(text: str, pieces: list[str]) -> None:
    assert [text[a:b] for a, b in split_sentences(text)] == pieces


def test_clauses_end_at_any_sign_or_space() -> None:
    text = "价格嘛,还行 就是交期:太长"
    assert [text[a:b] for a, b in split_clauses(text)] == ["价格嘛", "还行", "就是交期", "太长"]


def test_the_clause_around_a_span_is_whole() -> None:
    text = "先说好，月底前要到货，不然就算了"
    assert text[slice(*clause_around(text, (4, 6)))] == "月底前要到货"


def test_a_sign_alone_is_its_own_clause() -> None:
    assert clause_around("，，", (0, 1)) == (0, 1)


@given(st.text(alphabet="价格。！？，,; \n…a1", max_size=30))
def test_pieces_are_in_order_and_inside(text: str) -> None:
    for spans in (split_sentences(text), split_clauses(text)):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(x[1] <= y[0] for x, y in itertools.pairwise(spans))
