"""Selections find what they name, where they look for it, and how often it has to be there."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.content.selections import Selection
from service.domain.matching import find_matches
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day

EARLIER = a_talk(
    "c|price||去年就贵。",
    "r||objection_handling|咱拆开看。",
    "c||budget_info|有两百万。",
    "r||commitment|周五发您。",
    on=day(4),
    promises=(a_promise("发方案", day(13), turn=3), a_promise("回话", day(25), who="customer", turn=2)),
)
THIS = a_talk(
    "c|price,trust||还是贵，也没听过。",
    "r||discovery_question|跟哪家比？",
    "c|||峰谷电价差六毛。",
    on=day(18),
    keywords={"峰谷电价": "tariff_topic"},
)


def quotes(keys: dict[str, Any], *, visit: VisitRecord | None = THIS) -> list[str]:
    selection = Selection.model_validate(keys)
    return [match.evidence.quote for match in find_matches(selection, visit=visit, earlier=[EARLIER], now=NOW)]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({"objection": "price"}, ["去年就贵。", "还是贵，也没听过。"], id="one_type_over_all_visits"),
        pytest.param({"objection": "price", "state": "open"}, ["还是贵，也没听过。"], id="only_open"),
        pytest.param({"objection": "price", "state": "handled"}, ["去年就贵。"], id="only_handled"),
        pytest.param({"objection": "any", "scope": "this"}, ["还是贵，也没听过。"], id="two_types_in_one_turn"),
        pytest.param({"objection": "price", "scope": "earlier"}, ["去年就贵。"], id="only_earlier"),
        pytest.param({"objection": "price", "visits": 0}, ["还是贵，也没听过。"], id="no_visit_back"),
        pytest.param({"objection": "delivery"}, [], id="a_type_nobody_raised"),
        pytest.param({"objection": "price", "in_visits": 2}, ["去年就贵。", "还是贵，也没听过。"], id="in_two_visits"),
        pytest.param({"objection": "trust", "in_visits": 2}, [], id="not_in_two_visits"),
        pytest.param({"objection": "price", "at_least": 3}, [], id="not_three_times"),
        pytest.param({"objection": "price", "max_age_days": 7}, ["还是贵，也没听过。"], id="too_old"),
        pytest.param({"signal": "discovery_question", "role": "rep"}, ["跟哪家比？"], id="signal_of_the_rep"),
        pytest.param({"signal": "discovery_question", "role": "customer"}, [], id="wrong_role"),
        pytest.param({"keyword": "tariff_topic"}, ["峰谷电价差六毛。"], id="keyword_quotes_its_whole_turn"),
        pytest.param({"keyword": "energy_topic"}, [], id="another_category"),
        pytest.param({"promise": {"by": "rep", "due": "overdue"}}, ["周五发您。"], id="own_promise_overdue"),
        pytest.param({"promise": {"by": "customer", "due": "overdue"}}, [], id="customers_is_not_due_yet"),
        pytest.param({"promise": {"by": "customer", "due": "upcoming"}}, ["有两百万。"], id="customers_is_coming"),
        pytest.param({"promise": {"due": "dated"}}, ["有两百万。", "周五发您。"], id="any_dated_promise"),
        pytest.param({"promise": {"due": "undated"}}, [], id="no_undated_promise"),
    ],
)
def test_a_selection_finds_what_it_names(keys: dict[str, Any], expected: list[str]) -> None:
    assert quotes(keys) == expected


def test_a_finding_its_detector_doubts_can_be_left_out() -> None:
    assert quotes({"objection": "price", "scope": "this", "min_score": 0.9}) == ["还是贵，也没听过。"]
    assert quotes({"objection": "price", "scope": "this", "min_score": 0.95}) == []


def test_before_a_visit_only_history_is_searched() -> None:
    assert quotes({"objection": "price"}, visit=None) == ["去年就贵。"]


def test_an_undated_promise_is_found_as_such() -> None:
    visit = a_talk("r||commitment|回头发您。", promises=(a_promise("发方案", None),))
    assert quotes({"promise": {"by": "rep", "due": "undated"}}, visit=visit) == ["回头发您。"]
    assert quotes({"promise": {"by": "rep", "due": "upcoming"}}, visit=visit) == []


def test_a_promise_for_next_season_is_not_upcoming_yet() -> None:
    visit = a_talk("r||commitment|五月十二号装。", promises=(a_promise("安装", date(2026, 5, 12)),))
    assert quotes({"promise": {"by": "rep", "due": "upcoming"}, "scope": "this"}, visit=visit) == []
    assert quotes({"promise": {"by": "rep", "due": "dated"}, "scope": "this"}, visit=visit) == ["五月十二号装。"]


def test_a_promise_without_a_quote_takes_its_turns_words() -> None:
    steps = tuple(replace(step, quote="") for step in EARLIER.analysis.next_steps)
    visit = replace(EARLIER, analysis=replace(EARLIER.analysis, next_steps=steps))
    found = find_matches(Selection.model_validate({"promise": {}}), visit=visit, earlier=[], now=NOW)
    assert [match.evidence.quote for match in found] == ["有两百万。", "周五发您。"]


def test_a_finding_whose_quote_is_not_in_its_turn_matches_nothing() -> None:
    wrong = tuple(replace(found, quote="别人说的话") for found in THIS.analysis.findings)
    visit = replace(THIS, analysis=replace(THIS.analysis, findings=wrong))
    for keys in ({"objection": "any"}, {"signal": "any"}, {"keyword": "any"}):
        assert quotes({**keys, "scope": "this"}, visit=visit) == []


def test_only_the_newest_visits_are_looked_at() -> None:
    older = [a_talk("c|need||用不上。", on=day(number)) for number in (1, 2, 3)]
    selection = Selection.model_validate({"objection": "need", "scope": "earlier", "visits": 2})
    found = find_matches(selection, visit=None, earlier=older, now=NOW + timedelta(days=1))
    assert [match.evidence.visit_id for match in found] == ["visit_0302", "visit_0303"]


def test_the_amount_said_in_the_same_turn_comes_along() -> None:
    said = EARLIER.analysis.findings
    budget = next(found for found in said if found.code == "budget_info")
    money = replace(budget, kind="entity", code="money", quote="两百万", span=(1, 4))
    visit = replace(EARLIER, analysis=replace(EARLIER.analysis, findings=(*said, money)))
    (match,) = find_matches(Selection.model_validate({"signal": "budget_info"}), visit=visit, earlier=[], now=NOW)
    assert match.amount == "两百万"
