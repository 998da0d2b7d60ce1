"""Rivals: by the visit's list always, by phrase only where rivals are the topic."""

import pytest

from nlp.extract.competitors import find_rivals


def test_a_listed_rival_is_found_whatever_the_case() -> None:
    found = find_rivals("我们在用ZetaFlow，赛瑞也看过", ["zetaflow", "赛瑞"])
    assert [(m.name, m.rule) for m in found] == [("zetaflow", "listed"), ("赛瑞", "listed")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("人家报得比你低", "人家"),
        ("另一家已经来过了", "另一家"),
        ("竞品参数比你们好", "竞品"),
        ("隔壁那家送货快", "隔壁那家"),
        ("现在用的那家挺好", "现在用的"),
    ],
)
def test_a_phrase_counts_where_the_turn_speaks_of_rivals(text: str, words: str) -> None:
    spans = [m.span for m in find_rivals(text, [], about_rivals=True)]
    assert any(text[a:b].startswith(words[:2]) for a, b in spans)
    assert find_rivals(text, []) == []


def test_a_name_before_that_house_is_read() -> None:
    found = find_rivals("我们找了宏科那边报价", [], about_rivals=True)
    assert ("宏科", "named") in [(m.name, m.rule) for m in found]


def test_the_longest_listed_name_wins() -> None:
    assert [m.name for m in find_rivals("赛瑞医疗来过", ["赛瑞", "赛瑞医疗"])] == ["赛瑞医疗"]


def test_an_empty_list_finds_nothing() -> None:
    assert find_rivals("今天天气不错", [""]) == []
