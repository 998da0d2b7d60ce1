"""Drift of one tenant: the last days beside the time before, of the same model alone, the worst first."""

from dataclasses import replace
from datetime import timedelta

from nlp.types import ChurnRisk, Explanation, Finding, Turn
from service.usecases.models.watch_drift import watch_drift
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_analysis, an_analysis_record, an_id
from tests.support.fakes import NOON, FakeIds, MemoryDatabase

TURNS = tuple(Turn(i, "你们太贵了", "customer" if i % 2 else "rep") for i in range(20))


def a_finding(turn: int, score: float) -> Finding:
    explanation = Explanation("turns", "1")
    return Finding(f"f{turn}", "objection", "price", score, turn, "customer", (0, 5), "你们太贵了", explanation)


def stored(database: MemoryDatabase, number: int, days_ago: float, found: int, *, model: str = "turns-1",
           tenant: str = TENANT) -> None:  # fmt: skip
    """A visit in which `found` of twenty turns carry a price objection."""
    findings = tuple(a_finding(turn, 0.6) for turn in range(found))
    analysis = replace(
        an_analysis(an_id("vis", number)),
        turns=TURNS,
        findings=findings,
        churn_risk=ChurnRisk("low", 0.2),
        versions={"turns": model},
    )
    visited = NOON - timedelta(days=days_ago)
    with database() as tx:
        tx.visits.add(a_visit(number, tenant_id=tenant, visited_at=visited))
        tx.analyses.put(an_analysis_record(visit_id=an_id("vis", number), tenant_id=tenant, analysis=analysis))


def test_what_comes_much_more_often_than_before_is_told_first() -> None:
    database = MemoryDatabase(FakeIds())
    for number in range(1, 31):
        stored(database, number, 20 + number % 7, 1)
        stored(database, 100 + number, 1 + number % 7, 6)
    with database(write=False) as tx:
        report = watch_drift(tx, TENANT, now=NOON, days=14)
    assert (report.model, report.visits, report.visits_before) == ("turns-1", 30, 30)
    first, risk = report.codes
    rates = (round(first.rate_before, 4), round(first.rate, 4))
    assert (first.code, first.state, rates) == ("objection/price", "drifted", (0.05, 0.3))
    assert (risk.code, risk.state) == ("churn_risk", "steady")


def test_another_models_findings_and_another_tenants_are_left_out() -> None:
    database = MemoryDatabase(FakeIds())
    stored(database, 1, 1, 2, model="turns-2")
    stored(database, 2, 30, 9, model="turns-1")
    stored(database, 3, 30, 3, model="turns-2")
    stored(database, 4, 1, 9, model="turns-2", tenant=OTHER_TENANT)
    with database(write=False) as tx:
        report = watch_drift(tx, TENANT, now=NOON, days=14)
    assert (report.model, report.visits, report.visits_before) == ("turns-2", 1, 1)
    assert {one.state for one in report.codes} == {"too_few"}


def test_without_visits_there_is_nothing_to_tell() -> None:
    with MemoryDatabase(FakeIds())(write=False) as tx:
        report = watch_drift(tx, TENANT, now=NOON, days=14)
    assert (report.model, report.visits, report.codes) == ("", 0, ())
