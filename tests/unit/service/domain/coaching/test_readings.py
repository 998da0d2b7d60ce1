"""A visit is read once for one answer, and says the same as if it were read each time."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.coaching.readings import Readings
from service.domain.content.selections import Selection
from service.domain.matching import find_matches
from service.domain.objections import open_objections, raised_objections
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_promise, a_talk, day

EARLIER = a_talk(
    "c|price||去年就贵。",
    "r||objection_handling|咱拆开看。",
    "c||budget_info|有两百万。",
    on=day(4),
    promises=(a_promise("发方案", day(13), turn=1),),
)
THIS = a_talk(
    "c|price,trust||还是贵，也没听过。",
    "r||discovery_question|跟哪家比？",
    "c|||峰谷电价差六毛。",
    on=day(18),
    keywords={"峰谷电价": "tariff_topic"},
)
ASKED: list[dict[str, Any]] = [
    {"objection": "any"},
    {"objection": "price", "state": "open"},
    {"objection": "price", "state": "handled"},
    {"signal": "budget_info"},
    {"signal": "any", "role": "rep"},
    {"keyword": "tariff_topic"},
    {"promise": {}},
]


def test_many_questions_to_one_reading_are_answered_as_each_alone() -> None:
    readings = Readings()
    answered = 0
    for keys in [*ASKED, *reversed(ASKED)]:
        selection = Selection.model_validate(keys)
        shared = find_matches(selection, visit=THIS, earlier=[EARLIER], now=NOW, readings=readings)
        assert shared == find_matches(selection, visit=THIS, earlier=[EARLIER], now=NOW)
        answered += bool(shared)
    assert answered == 2 * len(ASKED)


def test_a_visit_is_looked_through_once() -> None:
    looked: list[str] = []
    readings = Readings()

    def raised(visit: VisitRecord) -> Any:
        looked.append(visit.visit_id)
        return readings.raised(visit)

    assert open_objections([EARLIER, THIS], raised=raised) == open_objections([EARLIER, THIS])
    assert len(looked) == 2
    assert readings.raised(THIS) is readings.raised(THIS)
    assert readings.of(THIS) is readings.of(THIS)


def test_two_versions_of_one_visit_are_two_readings() -> None:
    readings = Readings()
    assert len(readings.raised(THIS)) == 2
    silent = replace(THIS, analysis=replace(THIS.analysis, findings=()))
    assert readings.raised(silent) == []
    assert readings.raised(THIS) == raised_objections(THIS)
    assert readings.of(silent).of_kind("signal") == ()


@pytest.mark.parametrize(("turn", "amount"), [(0, "三十万"), (1, None)])
def test_the_first_sum_a_turn_names_counts(turn: int, amount: str | None) -> None:
    visit = a_talk("c||budget_info|三十万到五十万吧。", "r|||好。")
    money = [
        replace(visit.analysis.findings[0], kind="entity", code="money", quote=said) for said in ("三十万", "五十万")
    ]
    named = replace(visit, analysis=replace(visit.analysis, findings=(*visit.analysis.findings, *money)))
    assert Readings().of(named).amount_in(turn) == amount
