"""Scores: the base and the lines add up, every line has its reason, bands meet at their edges."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.domain.content.health_cards import HealthCard
from service.domain.content.processes import Process
from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import state_of
from service.domain.crm.scoring import Score, score
from tests.support.crm import an_event, process_data
from tests.support.fakes import NOON

DAY = timedelta(days=1)
PROCESS = Process.model_validate(process_data())
BANDS: list[dict[str, Any]] = [
    {"id": "red", "title": "红", "color": "red", "below": 60},
    {"id": "yellow", "title": "黄", "color": "yellow", "up_to": 85},
    {"id": "green", "title": "绿", "color": "green"},
]


def card(*rules: dict[str, Any], **changes: Any) -> HealthCard:
    head = {"id": "c1", "title": "分", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01"}
    found = [{"id": f"r{i}", "note": "n", **rule} for i, rule in enumerate(rules)]
    return HealthCard.model_validate({**head, "process": "made", "rules": found, "bands": BANDS, **changes})


def scored(found: HealthCard, *events: CrmEvent, days: float = 0) -> Score:
    now = NOON + days * DAY
    opportunity = replay("opportunity", "opp-1", [event for event in events if event.kind == "opportunity"])
    return score(found, state_of(PROCESS, "opp-1", events, now=now), opportunity, events, now=now)


START = an_event(stage="方案设计", owner_id="rep-1")


@pytest.mark.parametrize(
    ("rule", "days", "points", "reason"),
    [
        ({"points": -3, "when": {"on": "late_node", "node": "review"}}, 5, -6, "评审晚了2天，至今未交"),
        ({"points": -8, "when": {"on": "missing_node", "node": "reports"}}, 0, -16, "报告还差2份（应有2份）"),
        (
            {"points": -5, "when": {"on": "stale_field", "field": "stage", "older_than": "72h"}},
            4,
            -5,
            "已有4天没有变化",
        ),
        (
            {"points": -5, "when": {"on": "stale_field", "field": "budget", "older_than": "72h"}},
            0,
            -5,
            "从未填写budget",
        ),
        ({"points": -7, "when": {"on": "silence", "longer_than": "3d"}}, 4, -7, "已有4天没有动静"),
        (
            {"points": -7, "when": {"on": "silence", "longer_than": "3d", "of": "visit.completed"}},
            0,
            -7,
            "从未有过记录",
        ),
        ({"points": -1, "at_most": 1, "when": {"on": "missing_node", "node": "reports"}}, 0, -1, "报告还差2份"),
    ],
)
def test_each_cause_costs_its_points_and_says_why(rule: dict[str, Any], days: int, points: float, reason: str) -> None:
    found = scored(card(rule), START, days=days)
    (line,) = found.lines
    assert line.points == points
    assert reason in line.reason
    assert found.value == 100 + points


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"points": -3, "when": {"on": "late_node", "node": "review"}}, 2),
        ({"points": -3, "when": {"on": "late_node", "node": "nowhere"}}, 20),
        ({"points": -5, "when": {"on": "stale_field", "field": "stage", "older_than": "72h"}}, 3),
        ({"points": -7, "when": {"on": "silence", "longer_than": "3d"}}, 3),
        ({"points": -9, "when": {"on": "skipped_stage"}}, 0),
        ({"points": -9, "when": {"on": "event", "match": "quote.submitted"}}, 0),
    ],
)
def test_what_has_not_happened_costs_nothing(rule: dict[str, Any], days: int) -> None:
    assert scored(card(rule), START, days=days).lines == ()


def test_a_node_of_a_stage_not_begun_is_not_missing_yet() -> None:
    rule = {"points": -8, "when": {"on": "missing_node", "node": "reports"}}
    assert scored(card(rule), an_event(stage="需求确认")).value == 100


def test_events_count_within_their_window_and_skips_name_who_jumped() -> None:
    said: dict[str, Any] = {"opportunity_id": "opp-1", "concession": 0.15}
    quotes = [an_event("quote", f"q{i}", verb="submitted", at=i * DAY, **said) for i in range(4)]
    match = {"types": "quote.submitted", "where": {"concession": {"above": 0.12}}}
    rule = {"points": -5, "when": {"on": "event", "within": "2d", "match": match}}
    skipped = {"points": -15, "when": {"on": "skipped_stage"}}
    found = scored(card(rule, skipped), an_event(stage="报价"), *quotes, days=4)
    assert [line.points for line in found.lines] == [-10, -15]
    assert found.lines[0].because == (quotes[2].id, quotes[3].id)
    assert "缺2项就进入报价" in found.lines[1].reason
    assert found.value == 75


@pytest.mark.parametrize(
    ("lost", "band"), [(0, "green"), (14, "green"), (15, "yellow"), (40, "yellow"), (41, "red"), (100, "red")]
)
def test_bands_meet_where_the_user_said(lost: int, band: str) -> None:
    """Red under 60, yellow from 60 to 85, green over 85."""
    found = card({"points": -lost, "when": {"on": "silence", "longer_than": "3d", "of": "visit.completed"}})
    assert scored(found, START).band.id == band


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=6))
def test_the_value_is_the_base_and_its_lines_within_floor_and_ceiling(points: list[int]) -> None:
    when = {"on": "silence", "longer_than": "3d", "of": "visit.completed"}
    found = scored(card(*({"points": point, "when": when} for point in points)), START)
    assert found.value == min(max(100 + sum(line.points for line in found.lines), 0), 100)
    assert len(found.lines) == len(points)


@pytest.mark.parametrize(
    ("bands", "fault"),
    [
        (list(reversed(BANDS)), "each band but the last"),
        ([*BANDS[:2], {**BANDS[2], "up_to": 99}], "the last has neither"),
        ([BANDS[1], BANDS[0], BANDS[2]], "must rise"),
    ],
)
def test_bands_with_gaps_are_refused(bands: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        card({"points": -1, "when": {"on": "skipped_stage"}}, bands=bands)
