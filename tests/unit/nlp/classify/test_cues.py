"""Cue classes: longest word of a class wins, different classes may overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("我不要太贵", {"negation": "不要", "want": "要", "expensive": "太贵"}),
        ("贵就不要，太贵了", {"negation": "不要", "want": "要", "expensive": "贵"}),
        ("便宜", {}),
    ],
    ids=["the longest word", "the first place, though a longer word comes later", "none"],
)
def test_each_class_is_placed_where_it_first_stands(cues: Cues, text: str, places: dict[str, str]) -> None:
    first = cues.first_of_each(text)
    assert {name: text[slice(*span)] for name, span in first.items()} == places
    assert all(
        span[0] == min(begin for begin, _, own in cues.find(text) if own == name) for name, span in first.items()
    )


@given(st.text(alphabet="不要太贵了想便", max_size=12))
def test_the_first_place_is_that_of_the_first_hit(text: str) -> None:
    cues = Cues(LINES, folding_table())
    hits = {name: (begin, end) for begin, end, name in reversed(cues.find(text))}
    assert cues.first_of_each(text) == hits
