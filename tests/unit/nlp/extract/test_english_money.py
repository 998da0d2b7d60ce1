"""Amounts in English turns, written down before the rule that reads them; other currencies stay unread."""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items

TODAY = date(2026, 3, 2)
SAID = [
    ("3 million RMB", [3_000_000], "3 million RMB"),
    ("RMB 3 million for the line", [3_000_000], "3 million"),
    ("we set aside RMB 1.2 million this year", [1_200_000], "1.2 million"),
    ("CNY 2.5m including tax", [2_500_000], "2.5m"),
    ("¥80k is our ceiling", [80_000], "80k"),
    ("50k yuan at most", [50_000], "50k yuan"),
    ("500 RMB each", [500], "500 RMB"),
    ("5,000 yuan per unit", [5_000], "5,000 yuan"),
    ("12,800.50 CNY", [12_800.5], "12,800.50 CNY"),
    ("two million yuan", [2_000_000], "two million yuan"),
    ("half a million RMB", [500_000], "half a million RMB"),
    ("a billion yuan", [1_000_000_000], "a billion yuan"),
    ("Twenty thousand yuan", [20_000], "Twenty thousand yuan"),
    ("RMB 3-5 million", [[3_000_000, 5_000_000]], "3-5 million"),
    ("2 to 3 million yuan", [[2_000_000, 3_000_000]], "2 to 3 million yuan"),
    ("我们预算是 3 million RMB，你看着办", [3_000_000], "3 million RMB"),
    ("10 bn rmb", [10_000_000_000], "10 bn rmb"),
    ("about 30k RMB", [30_000], "30k RMB"),
    ("no more than RMB 2 million", [2_000_000], "2 million"),
    ("500 RMB now and 1.5 million RMB later", [500, 1_500_000], "500 RMB"),
]
SILENT = [
    "3 million users",
    "USD 3 million",
    "$3 million",
    "3 million dollars",
    "500 dollars each",
    "EUR 20k",
    "two million",
    "the RMB is strong",
    "yuan yuan",
    "5 million RMBX",
    "a yuan restaurant chain",
    "4k screen, 1080p",
]
HEDGED = ["about 30k RMB", "around RMB 2 million", "at least 3 million yuan", "under 500 RMB", "~20k yuan"]
SURE = ["30k RMB", "RMB 2 million", "we pay 3 million yuan"]


def money(text: str) -> list[object]:
    return [item.value for item in extract_items(text, TODAY) if item.kind == "money"]


@pytest.mark.parametrize(("text", "values", "quote"), SAID, ids=[text for text, *_ in SAID])
def test_an_amount_in_yuan_is_read_with_its_magnitude(text: str, values: list[object], quote: str) -> None:
    found = [item for item in extract_items(text, TODAY) if item.kind == "money"]
    assert [item.value for item in found] == values
    assert text[slice(*found[0].span)] == quote


@pytest.mark.parametrize("text", SILENT)
def test_other_currencies_and_other_things_are_no_amount_in_yuan(text: str) -> None:
    assert money(text) == []


@pytest.mark.parametrize("text", [*HEDGED, *SURE])
def test_a_hedge_makes_it_approximate(text: str) -> None:
    (item,) = extract_items(text, TODAY)
    assert item.approximate == (text in HEDGED)


def test_a_long_turn_of_figures_is_read_in_no_time() -> None:
    assert len(money("we pay 3 million yuan, " * 2_000)) == 2_000
    assert money("1" * 20_000 + " million " * 5_000) == []
