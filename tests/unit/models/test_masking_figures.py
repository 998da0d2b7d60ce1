"""The published figures of masking are those of the committed rules, and the card says how they came about."""

import json

import pytest

from models.masking.measure import FOLDER, card, count, load_half, measure, parse, quality, share
from nlp.text.masking import KINDS, load_masker

FIGURES = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))


def test_the_committed_figures_are_measured_again() -> None:
    assert measure(load_masker()) == FIGURES


def test_card_and_table_show_them() -> None:
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card(FIGURES)
    assert (FOLDER / "quality.md").read_text(encoding="utf-8").strip() == quality(FIGURES)


def test_both_halves_hold_every_kind_near_misses_and_no_common_sentence() -> None:
    halves = {half: load_half(half) for half in ("building", "held_out")}
    assert sum(map(len, halves.values())) >= 300
    for sentences in halves.values():
        assert {each.kind for sentence in sentences for each in sentence.gold} == set(KINDS)
        assert sum(not sentence.gold for sentence in sentences) >= 50
    assert not {s.text for s in halves["building"]} & {s.text for s in halves["held_out"]}


def test_a_marked_line_is_read_with_its_spans() -> None:
    sentence = parse("我叫<name|王建国>，打<phone|13800001234>")
    assert sentence.text == "我叫王建国，打13800001234"
    assert [sentence.text[slice(*each.span)] for each in sentence.gold] == ["王建国", "13800001234"]


def test_a_line_with_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        parse("<nickname|阿飞>")


def test_what_is_missed_and_what_is_too_much_is_counted() -> None:
    counts = count(load_masker(), [parse("毛利太低<name|老周>那边"), parse("<name|李娜娜娜娜>")], "name")
    assert counts.right.sum() + counts.missed.sum() == 2
    assert counts.left.sum() <= counts.characters.sum()


def test_a_share_lies_in_its_interval_and_nothing_counted_is_zero() -> None:
    counts = count(load_masker(), load_half("building"), None)
    value, low, high = share(counts.right, counts.wrong + counts.missed + 1)
    assert low <= value <= high
    assert share(counts.right * 0, counts.right * 0) == [0.0, 0.0, 0.0]
