"""Loss cohorts: the exact test against scipy's, Holm's correction, weeks above the threshold, ranked interventions."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from service.domain.content.loss_patterns import LossPattern
from service.domain.crm.cohorts import analyse, fisher_greater, groups_above, holm, loss_rates
from service.domain.crm.events import CrmEvent
from service.domain.evidence import local_day
from tests.support.crm import an_event
from tests.support.fakes import NOON

WEEK = timedelta(weeks=1)
CELL = st.integers(0, 12)
PATTERN = LossPattern.model_validate(
    {
        "id": "p1", "title": "流失", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01",
        "lost": "account.lost", "kept": "account.renewed", "group_by": "region", "threshold": 0.15, "weeks": 2,
        "traits": [
            {"id": "industry", "title": "行业", "field": "industry"},
            {"id": "cycle", "title": "决策周期", "field": "days", "short_below": 15},
            {"id": "rivals", "title": "问过竞品", "field": "asked"},
        ],
        "interventions": [
            {"id": "idle", "title": "无关", "text": "x", "answers": ["size"]},
            {"id": "visit", "title": "驻点", "text": "x", "answers": ["rivals=true"]},
            {"id": "offer", "title": "诊断", "text": "x", "answers": ["industry"]},
            {"id": "late", "title": "另一个", "text": "x", "answers": ["size"]},
        ],
    }
)  # fmt: skip


@given(CELL, CELL, CELL, CELL)
def test_the_exact_test_agrees_with_scipy(a: int, b: int, c: int, d: int) -> None:
    expected = fisher_exact([[a, b], [c, d]], alternative="greater").pvalue if a + b + c + d else 1.0
    assert fisher_greater(a, b, c, d) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_makes_anything_likelier_and_keeps_the_order(chances: list[float]) -> None:
    corrected = holm(chances)
    assert all(chance <= better <= 1 for chance, better in zip(chances, corrected, strict=True))
    by_chance = sorted(range(len(chances)), key=lambda i: (chances[i], corrected[i]))
    assert [corrected[i] for i in by_chance] == sorted(corrected)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def ending(number: int, *, lost: bool, weeks_ago: float = 1, region: str = "西南", **data: Any) -> CrmEvent:
    verb = "lost" if lost else "renewed"
    return an_event("account", f"a-{number}", verb=verb, at=-weeks_ago * WEEK, region=region, **data)


def a_bad_region() -> list[CrmEvent]:
    """Twelve lost, nearly all manufacturers with short cycles who asked about rivals; forty kept of every kind."""
    lost = [
        ending(i, lost=True, weeks_ago=1 + i % 2, industry="制造业" if i else "零售", days=9 + i % 4, asked=i != 3)
        for i in range(12)
    ]
    kept = [
        ending(
            100 + i, lost=False, weeks_ago=1 + i % 2, industry="零售" if i % 4 else "制造业", days=i, asked=i % 5 == 0
        )
        for i in range(40)
    ]
    return lost + kept


def test_two_weeks_above_the_threshold_call_for_an_analysis() -> None:
    today = local_day(NOON)
    assert groups_above(PATTERN, a_bad_region(), today=today) == ["西南"]
    calm = [ending(i, lost=i == 0, weeks_ago=1 + i % 2) for i in range(20)]
    assert groups_above(PATTERN, calm, today=today) == []
    one_week = [ending(i, lost=True, weeks_ago=1) for i in range(5)]
    assert groups_above(PATTERN, one_week, today=today) == []
    this_week = [ending(i, lost=True, weeks_ago=0) for i in range(5)]
    assert groups_above(PATTERN, this_week, today=today) == []
    assert loss_rates(PATTERN, [an_event("account", "a", verb="lost")]) == {}


def test_common_traits_come_with_their_tables_and_events() -> None:
    events = a_bad_region()
    found = analyse(PATTERN, "西南", events)
    by_trait = {it.trait: it for it in found.findings}
    assert set(by_trait) == {"industry=制造业", "cycle=short", "rivals=true"}
    rivals = by_trait["rivals=true"]
    assert (rivals.lost_with, rivals.lost, rivals.kept_with, rivals.kept) == (11, 12, 8, 40)
    assert rivals.p < 0.001
    assert rivals.because == tuple(event.id for event in events[:12] if event.data["asked"])
    assert [it.strength for it in found.findings] == sorted((it.strength for it in found.findings), reverse=True)


def test_interventions_are_ranked_by_what_they_answer_and_three_are_named() -> None:
    proposals = analyse(PATTERN, "西南", a_bad_region()).proposals
    assert len(proposals) == 3
    assert {it.intervention.id for it in proposals[:2]} == {"visit", "offer"}
    assert proposals[0].weight >= proposals[1].weight > proposals[2].weight == 0
    assert proposals[2].intervention.id == "idle"


def test_chance_alone_is_called_no_trait() -> None:
    same = [ending(i, lost=i < 12, industry="制造业" if i % 2 else "零售", asked=i % 3 == 0) for i in range(52)]
    assert analyse(PATTERN, "西南", same).findings == ()


def test_what_is_not_known_of_a_customer_counts_neither_way() -> None:
    events = [ending(i, lost=i < 6, asked=True if i < 6 else None, days="?" if i else 3) for i in range(20)]
    assert analyse(PATTERN, "西南", events).findings == ()
    assert analyse(PATTERN, "火星", events).findings == ()
