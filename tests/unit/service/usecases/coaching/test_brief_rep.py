"""The briefing out of the database: this account's visits of this tenant, up to now, and nothing that runs a model."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nlp.taxonomy import Taxonomy
from nlp.types import Analysis, NextStep, Summary
from service.domain.coaching.briefing import Briefing
from service.domain.content.bundle import Content
from service.domain.records import AnalysisRecord
from service.usecases.coaching.brief_rep import brief_rep
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_analysis, an_id
from tests.support.fakes import NOON, FakeIds, MemoryDatabase
from tests.support.service import services_over

EMPTY = Content(Taxonomy(()), (), (), (), (), (), (), digest="d1")


class NoCore:
    """A rep waits: no model may run."""

    def analyze(self, transcript: Any, *, context: Any) -> Analysis:
        raise AssertionError((transcript, context))


@pytest.fixture
def services() -> Services:
    return services_over(content=EMPTY, uow=MemoryDatabase(FakeIds()), core=NoCore())


def visited(services: Services, number: int, *, analysed: bool = True, days_ago: int = 1, **changes: Any) -> None:
    """A visit of some days ago that has been summed up in its number."""
    visit = a_visit(number, visited_at=NOON - timedelta(days=days_ago), **changes)
    analysis = replace(an_analysis(visit.id), summary=Summary(f"第{number}次拜访"))
    with services.uow() as tx:
        tx.visits.add(visit)
        if analysed:
            tx.analyses.put(AnalysisRecord(visit.id, visit.tenant_id, 0, 1, analysis, NOON))


def brief(services: Services, *, account_id: str = "acc_hengtong", now: datetime = NOON) -> Briefing:
    return brief_rep(services, EMPTY, tenant_id=TENANT, account_id=account_id, stage="", now=now)


def ids(briefing: Briefing) -> list[str]:
    return [line.visit_id for line in briefing.visits]


def test_an_account_nobody_visited_has_an_empty_briefing(services: Services) -> None:
    briefing = brief(services)
    assert (briefing.visits, briefing.objections, briefing.promises, briefing.hints) == ((), (), (), ())
    assert briefing.content_digest == "d1"


def test_the_last_three_visits_are_told_newest_first_whoever_made_them(services: Services) -> None:
    for number, days_ago in ((1, 9), (2, 2), (3, 5), (4, 30)):
        visited(services, number, days_ago=days_ago, rep_id=f"rep_{number}")
    briefing = brief(services)
    assert ids(briefing) == [an_id("vis", number) for number in (2, 3, 1)]
    assert [line.rep_id for line in briefing.visits] == ["rep_2", "rep_3", "rep_1"]
    assert briefing.visits[0].text.startswith("第2次拜访")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"tenant_id": OTHER_TENANT}, False),
        ({"account_id": "acc_other"}, False),
        ({"analysed": False}, False),
        ({"days_ago": -1}, False),
    ],
    ids=["this account", "another tenant", "another account", "not analysed yet", "still to come"],
)
def test_only_analysed_visits_to_this_account_are_told(services: Services, changes: dict[str, Any], told: bool) -> None:
    visited(services, 1, **changes)
    assert ids(brief(services)) == ([an_id("vis", 1)] if told else [])


def test_the_latest_analysis_of_a_visit_is_the_one_told(services: Services) -> None:
    visited(services, 1)
    again = replace(an_analysis(an_id("vis", 1)), summary=Summary("改过的总结"), findings=())
    with services.uow() as tx:
        tx.analyses.put(AnalysisRecord(an_id("vis", 1), TENANT, 0, 2, again, NOON))
    briefing = brief(services)
    assert briefing.visits[0].text.startswith("改过的总结")
    assert briefing.objections == ()


def test_what_stands_open_is_told_with_the_customers_words(services: Services) -> None:
    visited(services, 1)
    (objection,) = brief(services).objections
    assert (objection.code, objection.title) == ("price", "price")
    assert objection.because.quote == "价格太高了"
    assert objection.because.visit_id == an_id("vis", 1)


def test_a_promise_is_told_when_its_words_were_said(services: Services) -> None:
    visit = a_visit(1, visited_at=NOON - timedelta(days=1))
    step = NextStep("rep", "发分期方案", (NOON + timedelta(days=2)).date(), 1, "我们可以分期")
    lost = replace(step, what="没说过的", quote="没说过")
    analysis = replace(an_analysis(visit.id), next_steps=(step, lost))
    with services.uow() as tx:
        tx.visits.add(visit)
        tx.analyses.put(AnalysisRecord(visit.id, TENANT, 0, 1, analysis, NOON))
    assert [promise.what for promise in brief(services).promises] == ["发分期方案"]


def test_briefing_writes_nothing(services: Services) -> None:
    database = services.uow
    assert isinstance(database, MemoryDatabase)
    visited(services, 1)
    before = database.state
    brief(services)
    assert database.state == before


def test_issue_5_what_stands_open_is_read_from_visits_older_than_those_told(services: Services) -> None:
    old = a_visit(1, visited_at=NOON - timedelta(days=40))
    step = NextStep("rep", "发分期方案", (NOON + timedelta(days=7)).date(), 1, "我们可以分期")
    analysis = replace(an_analysis(old.id), next_steps=(step,))
    with services.uow() as tx:
        tx.visits.add(old)
        tx.analyses.put(AnalysisRecord(old.id, TENANT, 0, 1, analysis, NOON))
        for number in range(2, 6):
            later = a_visit(number, visited_at=NOON - timedelta(days=30 - number))
            quiet = replace(an_analysis(later.id), findings=(), next_steps=())
            tx.visits.add(later)
            tx.analyses.put(AnalysisRecord(later.id, TENANT, 0, 1, quiet, NOON))
    briefing = brief(services)
    assert [objection.because.visit_id for objection in briefing.objections] == [old.id]
    assert [promise.what for promise in briefing.promises] == ["发分期方案"]
    assert old.id not in ids(briefing)
