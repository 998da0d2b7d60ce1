"""What a bias report reads: the groups that are stored, codes without opening, and whom it leaves out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nlp.types import RiskLevel
from service.domain.coaching.observations import ObservationRow
from service.domain.coaching.reviews import Appeal
from service.domain.crm.entities import Entity, FieldValue
from service.domain.errors import Invalid
from service.domain.people import Person
from service.domain.privacy.bias import Comparison, Grouping
from service.usecases.privacy import read_bias as module
from service.usecases.privacy.read_bias import READ, ReadBias, read_bias
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_analysis, an_analysis_record, an_id
from tests.support.fakes import NOON
from tests.support.service import services_over
from tests.support.shelf import shipped_content

REPS = 5
DAY = timedelta(days=1)


def filled(**changes: Any) -> Services:
    """Twenty visits of two teams: the east names a price in each and is at high risk, the south does neither."""
    services = services_over(content=shipped_content(), **changes)
    for number in range(40):
        east = number < 20
        add(
            services,
            number + 1,
            rep=f"{'e' if east else 's'}{number % REPS}",
            priced=east,
            level="high" if east else "low",
        )
    with services.uow() as tx:
        for team, letter in (("东区", "e"), ("南区", "s")):
            for rep in range(REPS):
                tx.people.put(Person(f"{letter}{rep}", TENANT, "某人", "rep", NOON, team=team))
    return services


def add(
    services: Services,
    number: int,
    *,
    rep: str,
    priced: bool,
    level: RiskLevel,
    at: datetime = NOON - DAY,
    **visit: Any,
) -> None:
    told = an_analysis(an_id("vis", number))
    risk = replace(told.churn_risk, level=level)
    told = replace(told, churn_risk=risk, findings=told.findings if priced else (), versions={"turns": "turns-1"})
    told_of = {"account_id": f"acc-{rep[0]}", "channel": "面访" if rep[0] == "e" else "电话", **visit}
    with services.uow() as tx:
        tx.visits.add(a_visit(number, rep_id=rep, visited_at=at, **told_of))
        tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number), analysis=told))


def read(services: Services, by: Grouping = "team", **asked: Any) -> ReadBias:
    return read_bias(services, TENANT, actor="key:k", by=by, **asked)


def rows(found: ReadBias, kind: str, code: str) -> dict[str, Comparison]:
    (figure,) = [one for one in found.report.figures if (one.kind, one.code) == (kind, code)]
    return {row.group.label: row for row in figure.groups}


def a_record(kind: Any, entity_id: str, **fields: Any) -> Entity:
    values = {name: FieldValue(value, NOON, "e1", NOON, "e1") for name, value in fields.items()}
    return Entity(kind, entity_id, values, NOON)


def test_teams_are_compared_by_their_reps_visits() -> None:
    found = read(filled())
    price, churn = rows(found, "objection", "price"), rows(found, "churn_level", "high")
    assert {name: (row.n, row.value.value, row.marked) for name, row in price.items()} == {
        "东区": (20, 1.0, True), "南区": (20, 0.0, True)
    }  # fmt: skip
    assert {name: row.value.value for name, row in churn.items()} == {"东区": 1.0, "南区": 0.0}
    assert (found.visits, found.opened) == (40, 40)
    assert [(one.versions, one.visits) for one in found.models] == [({"turns": "turns-1"}, 40)]


def test_channels_regions_and_stores_are_what_is_stored_of_them() -> None:
    services = filled()
    with services.uow() as tx:
        tx.entities.put(TENANT, a_record("account", "acc-e", region="华东"))
        tx.entities.put(TENANT, a_record("account", "acc-s", region=7))
        tx.entities.put(TENANT, a_record("store", "acc-s"))
        tx.entities.put(OTHER_TENANT, a_record("account", "acc-s", region="华南"))
    named = {
        by: sorted(group.label for group in read(services, by).report.groups) for by in ("channel", "region", "store")
    }
    assert named == {"channel": ["电话", "面访"], "region": ["华东", "（未填）"], "store": ["acc-s", "（未填）"]}


def test_a_rep_without_a_team_is_of_no_known_group() -> None:
    services = filled()
    for number in range(41, 61):
        add(services, number, rep=f"x{number % REPS}", priced=True, level="low")
    assert [group.label for group in read(services).report.groups] == ["东区", "南区", "（未填）"]


def test_only_visits_of_the_time_asked_for_count() -> None:
    services = filled()
    for number in range(41, 61):
        add(services, number, rep=f"e{number % REPS}", priced=False, level="low", at=NOON - 100 * DAY)
    assert read(services).visits == 40
    assert read(services, since=NOON - 101 * DAY).visits == 60
    assert read(services, until=NOON - 50 * DAY).visits == 20
    assert read(services, since=NOON - DAY / 2).visits == 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"since": NOON, "until": NOON}, "instant_invalid"),
        ({"since": NOON - 367 * DAY, "until": NOON}, "window_too_long"),
        ({"since": NOON + DAY}, "instant_invalid"),
    ],
    ids=["nothing between", "more than a year", "begins after now"],
)
def test_a_time_that_cannot_be_meant_is_refused(asked: dict[str, datetime], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(filled(), **asked)
    assert refused.value.code == code


def test_skills_come_from_observations_that_no_appeal_struck_out() -> None:
    services = filled()
    with services.uow() as tx:
        for number in range(40):
            for turn in range(3):
                told = (an_id("vis", number + 1), f"{'e' if number < 20 else 's'}{number % REPS}", "acc", "value")
                value = 30 if number < 20 else 70
                tx.coaching.observations.put(
                    ObservationRow(f"o{number}-{turn}", TENANT, NOON - DAY, *told, "r", "n", value, 1.0, "talk", turn)
                )
        stray = (an_id("vis", 99), "e0", "acc", "value")
        tx.coaching.observations.put(ObservationRow("stray", TENANT, NOON - DAY, *stray, "r", "n", 0, 99.0, "talk"))
    assert {name: row.value.value for name, row in rows(read(services), "skill", "value").items()} == {
        "东区": 30.0, "南区": 70.0
    }  # fmt: skip
    with services.uow() as tx:
        touched = tuple(f"o{number}-{turn}" for number in range(40) for turn in range(3) if number % REPS == 0)
        tx.coaching.appeals.put(an_appeal(touched))
    assert [one for one in read(services).report.figures if one.kind == "skill"] == []  # four reps are left in each


def an_appeal(touches: tuple[str, ...]) -> Appeal:
    at = (TENANT, NOON, an_id("vis"), "e0")
    return Appeal("app", *at, "finding", "f1", "value", "太贵", "不是嫌贵", "upheld", observations=touches)


def test_what_was_not_opened_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENED", 30)
    found = read(filled())
    assert (found.visits, found.opened) == (40, 30)
    assert any("最近 30 次" in line for line in found.limits)
    assert rows(found, "objection", "price")["东区"].n == 20


def test_the_answer_says_what_it_cannot_say() -> None:
    services = filled()
    told = "".join(read(services).limits)
    assert all(words in told for words in ("差异不等于偏见", "by=dialect", "客户所在区域只是近似", "10 次拜访或 5 名"))
    by_dialect = "".join(read(services, "dialect").limits)
    assert "by=dialect" not in by_dialect
    assert "方言是 CRM 在拜访上填写的" in by_dialect


def test_several_versions_of_the_models_are_named() -> None:
    services = filled()
    newer = replace(an_analysis(an_id("vis", 41)), versions={"turns": "turns-2"})
    with services.uow() as tx:
        tx.visits.add(a_visit(41, rep_id="e1"))
        tx.analyses.put(an_analysis_record(visit_id=an_id("vis", 41), analysis=newer))
    found = read(services)
    assert [(one.versions["turns"], one.visits) for one in found.models] == [("turns-1", 40), ("turns-2", 1)]
    assert any("2 组模型版本" in line for line in found.limits)


def test_who_asked_is_in_the_trail_and_nothing_of_another_tenant_in_the_answer() -> None:
    services = filled()
    stranger = read_bias(services, OTHER_TENANT, actor="key:x", by="team")
    assert (stranger.visits, stranger.report.groups, stranger.report.figures, stranger.models) == (0, (), (), ())
    read(services, "channel")
    with services.uow(write=False) as tx:
        (row,) = tx.privacy.audit.find(TENANT)
    assert (row.actor, row.action, row.object, row.detail) == ("key:k", READ, "bias_report:channel", {"visits": 40})
