"""Parts said behind a number: what continues it, and what begins something new."""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items

NOW = date(2026, 3, 11)


def items(text: str) -> list[tuple[str, object]]:
    return [(item.kind, item.value) for item in extract_items(text, NOW)]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("两年三个月", 19_680),
        ("两年零三个月", 19_680),
        ("一小时二十分钟", 1.3333),
        ("两天两夜", 48),
        ("三天三晚", 72),
        ("两年半", 21_900),
    ],
    ids=["and months", "with a zero", "and minutes", "and nights", "and evenings", "and a half"],
)
def test_a_smaller_part_behind_a_time_belongs_to_it(text: str, hours: float) -> None:
    assert items(f"要{text}") == [("duration", hours)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一天十个小时", [("duration", 10)]),
        ("两个一小时", [("quantity", 2), ("duration", 1)]),
        ("三个月到五个月", [("duration", [2160, 3600])]),
    ],
    ids=["a day's work", "how many of them", "from and to"],
)
def test_a_time_beside_another_is_read_apart_or_as_a_range(text: str, found: list[tuple[str, object]]) -> None:
    assert items(text) == found


@pytest.mark.parametrize(("text", "value"), [("四米五", 4.5), ("两千度", 2000), ("一万五千度电", 15_000)])
def test_a_measure_is_counted(text: str, value: float) -> None:
    assert items(f"要{text}") == [("quantity", value)]


@pytest.mark.parametrize("text", ["三十度", "十几", "一千多", "一千多少"])
def test_a_number_that_measures_nothing_is_no_item(text: str) -> None:
    assert items(text) == []


@pytest.mark.parametrize(("text", "value"), [("八毛五", 0.85), ("四毛五一斤", 0.45), ("三点五八块", 3.58)])
def test_small_money_keeps_its_last_digit(text: str, value: float) -> None:
    assert items(text) == [("money", value)]
