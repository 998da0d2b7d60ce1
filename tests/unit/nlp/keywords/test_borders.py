"""Which words an edge cuts: looked up by halving, and the same as looking at every word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.keywords.borders import Borders
from nlp.text.segmentation import Segmenter


@dataclass
class Cuts:
    """Cuts where it is told to, and counts how often it is asked."""

    words: Sequence[str]
    asked: int = 0

    def cut(self, text: str, hmm: bool = True) -> Sequence[str]:
        del text, hmm
        self.asked += 1
        return self.words

    def has_word(self, word: str) -> bool:
        return word in self.words

    def suggest_freq(self, word: str) -> int:
        return len(word)


@dataclass
class Words:
    segmenter: Segmenter


def borders_of(words: Sequence[str]) -> tuple[Borders, Cuts]:
    cuts = Cuts(words)
    return Borders(cast(Any, Words(Segmenter(cast(Any, cuts), "rjieba"))), "".join(words)), cuts


@given(
    st.lists(st.sampled_from(["经", "经销", "经销商", "机会", "不多"]), min_size=1, max_size=9),
    st.data(),
)
def test_the_words_that_an_edge_cuts(words: list[str], data: st.DataObject) -> None:
    borders, _ = borders_of(words)
    length = len("".join(words))
    start = data.draw(st.integers(0, length - 1))
    end = data.draw(st.integers(start + 1, length))
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word)))
        at += len(word)
    expected = [(a, b) for a, b in spans if a < start < b or a < end < b]
    assert list(borders._cut(start, end)) == expected


@pytest.mark.parametrize(
    ("words", "span", "straddled"),
    [
        (("经销商", "机会", "不多"), (2, 4), True),
        (("商机", "不多"), (0, 2), False),
        (("报价单", "发"), (0, 2), False),
        (("生产能力",), (1, 3), True),
        (("经销商", "机会", "不多"), (2, 6), False),
        (("ERP", "系统"), (0, 3), False),
    ],
    ids=["of two words", "a word", "opens a word", "inside a word", "long enough", "Latin"],
)
def test_a_term_made_of_pieces_is_none(words: tuple[str, ...], span: tuple[int, int], straddled: bool) -> None:
    assert borders_of(words)[0].straddled(*span) is straddled


def test_a_text_is_cut_into_words_once_and_only_when_asked() -> None:
    borders, cuts = borders_of(("经销商", "机会", "不多"))
    assert cuts.asked == 0
    for start in range(5):
        borders.straddled(start, start + 2)
    assert cuts.asked >= 1
    before = cuts.asked
    borders.plausible("商机", 2, 4)
    assert cuts.asked == before
