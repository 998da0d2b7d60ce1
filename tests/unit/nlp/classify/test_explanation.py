"""The words that decided: strongest first, overlapping ones joined, only those that spoke for the label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.explanation import CANDIDATES, deciding_clause, deciding_words, strongest
from nlp.classify.grams import GramHits
from nlp.types import Because

TEXT = "东西不错，太贵了，再说吧"


def test_the_clause_with_the_most_weight_is_chosen() -> None:
    assert TEXT[slice(*deciding_clause(TEXT, [(0, (5, 7)), (1, (9, 11))], {0: 2.0, 1: 0.5}))] == "太贵了"


def test_words_against_the_label_move_the_choice() -> None:
    places = [(0, (5, 7)), (1, (9, 11)), (2, (6, 8))]
    assert TEXT[slice(*deciding_clause(TEXT, places, {0: 1.0, 1: 0.5, 2: -2.0}))] == "再说吧"


@pytest.mark.parametrize("weights", [{0: -1.0}, {0: 0.0}], ids=["against", "nothing"])
def test_without_support_the_whole_turn_stands(weights: dict[int, float]) -> None:
    assert deciding_clause(TEXT, [(0, (5, 7))], weights) == (0, len(TEXT))


def test_blanks_before_the_clause_are_left_out() -> None:
    text = "好，  太贵"
    assert text[slice(*deciding_clause(text, [(0, (4, 6))], {0: 1.0}))] == "太贵"


def test_a_clause_that_is_blank_falls_back_to_the_turn() -> None:
    assert deciding_clause("   ", [(0, (0, 2))], {0: 1.0}) == (0, 3)


def test_overlapping_words_are_joined() -> None:
    assert deciding_words("太贵了", [(0, (0, 2)), (1, (1, 3))], {0: 1.0, 1: 0.5}) == (Because("太贵了", 1.5),)


def test_words_apart_stay_apart_and_are_ordered_by_weight() -> None:
    words = deciding_words(TEXT, [(0, (0, 2)), (1, (5, 7))], {0: 0.3, 1: 0.9})
    assert [word.text for word in words] == ["太贵", "东西"]


def test_single_characters_and_opposing_words_are_no_reasons() -> None:
    assert deciding_words("太贵了", [(0, (1, 2)), (1, (0, 2))], {0: 5.0, 1: -1.0}) == ()


def test_at_most_three_reasons() -> None:
    text = "甲乙，丙丁，戊己，庚辛"
    places = [(k, (3 * k, 3 * k + 2)) for k in range(4)]
    assert len(deciding_words(text, places, dict.fromkeys(range(4), 1.0))) == 3


@given(st.lists(st.integers(-3, 3), max_size=40))
def test_the_strongest_tokens_speak_and_of_equals_the_first(weights: list[int]) -> None:
    hit = GramHits(np.arange(100, 100 + len(weights)), np.ones(len(weights), dtype=np.float32))
    ordered = sorted((at for at in range(len(weights)) if weights[at] > 0), key=lambda at: -weights[at])
    found = strongest(hit, np.asarray(weights, dtype=np.float32))
    assert list(found.items()) == [(100 + at, float(weights[at])) for at in ordered[:CANDIDATES]]
