"""Visits written as talk, for tests of coaching: a line is `role|objections|signals|text`, as in content examples."""

from datetime import UTC, date, datetime

from nlp.types import RiskLevel
from service.domain.content.examples import ExamplePromise, ExampleVisit
from service.domain.visit import VisitRecord

TODAY = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, 5, tzinfo=UTC)


def a_talk(
    *lines: str,
    on: date = TODAY,
    visit_id: str = "",
    rep: str = "rep_1",
    account: str = "acc_1",
    stage: str = "",
    risk: RiskLevel = "low",
    keywords: dict[str, str] | None = None,
    promises: tuple[ExamplePromise, ...] = (),
) -> VisitRecord:
    """A finished visit in which these lines were said; its id names its day unless given."""
    visit = ExampleVisit(on=on, talk=lines, stage=stage, risk=risk, keywords=keywords or {}, promises=promises)
    return visit.record(visit_id or f"visit_{on:%m%d}", rep_id=rep, account_id=account)


def day(number: int) -> date:
    """A day of March 2026."""
    return date(2026, 3, number)


def a_promise(what: str, due: date | None, *, who: str = "rep", turn: int = 0) -> ExamplePromise:
    """A next step agreed in the turn."""
    return ExamplePromise.model_validate({"who": who, "what": what, "due": due, "turn": turn})
