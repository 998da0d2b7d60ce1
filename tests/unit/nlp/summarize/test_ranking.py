"""Ranking: central, preferred, varied."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.summarize.ranking import choose, rank, similarities

TEXTS = ["价格 太 贵 预算 不够", "价格 预算 紧张", "食堂 红烧肉 好吃", "交期 太 长", "价格 高"]


def _likeness() -> np.ndarray:
    return similarities(TEXTS, cut=str.split)


def test_texts_that_share_words_are_alike() -> None:
    likeness = _likeness()
    assert likeness[0, 1] > 0
    assert likeness[0, 2] == 0
    assert likeness[0, 1] == pytest.approx(likeness[1, 0])


def test_function_words_do_not_make_texts_alike() -> None:
    assert similarities(["的 了 价格", "的 了 交期"], cut=str.split)[0, 1] == 0


def test_a_text_that_others_repeat_ranks_above_one_that_stands_alone() -> None:
    scores = rank(_likeness(), [1.0] * len(TEXTS))
    assert scores[0] > scores[2]
    assert float(scores.sum()) == pytest.approx(1.0, abs=1e-3)


def test_a_preferred_text_ranks_first_even_when_it_stands_alone() -> None:
    assert int(np.argmax(rank(_likeness(), [1, 1, 20, 1, 1]))) == 2


def test_the_choice_avoids_saying_the_same_twice() -> None:
    likeness = np.array([[1, 0.95, 0], [0.95, 1, 0], [0, 0, 1]], dtype=np.float32)
    assert choose(np.array([0.5, 0.48, 0.4], dtype=np.float32), likeness, most=2) == [0, 2]


def test_nothing_can_be_chosen_from_nothing() -> None:
    assert choose(np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32), most=3) == []


@given(st.lists(st.text(alphabet="价格贵交期 长预算", max_size=12), min_size=1, max_size=8))
def test_any_talk_can_be_ranked(texts: list[str]) -> None:
    likeness = similarities(texts, cut=str.split)
    scores = rank(likeness, [1.0] * len(texts))
    assert np.isfinite(scores).all()
    assert sorted(choose(scores, likeness, most=len(texts))) == list(range(len(texts)))
