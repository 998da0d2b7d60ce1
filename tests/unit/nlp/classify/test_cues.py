"""Cue classes: longest word of a class wins, different classes may overlap."""

import pytest

from nlp.classify.cues import Cues
from nlp.classify.folding import folding_table

LINES = ["expensive: 贵 太贵 贵了", "negation: 不 不要", "want: 要 想要", "", "a line without a colon"]


@pytest.fixture(name="cues")
def built() -> Cues:
    return Cues(LINES, folding_table())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("太贵", ["expensive"]),
        ("太贵了", ["expensive", "expensive"]),
        ("不要", ["negation", "want"]),
        ("便宜", []),
        ("", []),
    ],
    ids=["longest of a class", "overlapping words of a class", "two classes at one place", "none", "empty"],
)
def test_classes_found(cues: Cues, text: str, found: list[str]) -> None:
    assert [name for _, _, name in cues.find(text)] == found


def test_hits_carry_their_place_in_reading_order(cues: Cues) -> None:
    hits = cues.find("我不要太贵")
    assert hits == sorted(hits, key=lambda hit: hit[0])
    assert [("我不要太贵"[begin:end], name) for begin, end, name in hits] == [
        ("不要", "negation"),
        ("要", "want"),
        ("太贵", "expensive"),
    ]


def test_words_are_folded_like_the_text_they_search() -> None:
    cues = Cues(["brand: ＡＢ"], folding_table())
    assert [name for _, _, name in cues.find("ab")] == ["brand"]


def test_a_word_of_two_classes_hits_both() -> None:
    cues = Cues(["one: 换", "two: 换"], folding_table())
    assert [name for _, _, name in cues.find("换")] == ["one", "two"]
