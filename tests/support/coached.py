"""Visits that were analysed and coached, stored through the real stage: what use cases and routes of coaching read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from service.domain.ports import Supervisor
from service.domain.records import AnalysisRecord
from service.domain.visit import Consent, Visit
from service.usecases.coaching.coach_visit import CoachStage
from service.usecases.services import Services
from tests.support.builders import TENANT, a_run, an_id
from tests.support.talks import a_talk

PRICE_LEFT_OPEN = ("c|price||两万八一把太贵了。", "r|||嗯，这个我们再说。")
PRICE_ANSWERED = (
    "c|price||两万八一把太贵了。",
    "r||objection_handling|您刚才说一个月返工两百件，一件料加工时大概六十，一年就是十几万，这台一年半能回来。",
)
ASKED = ("r||discovery_question|现在这道工序一天停几次？", "c||pain_point|一天停三回，每回二十分钟。")


def coached(
    services: Services,
    number: int,
    *lines: str,
    at: datetime,
    rep: str = "rep-1",
    account: str = "acc-1",
    tenant: str = TENANT,
    timed: bool = True,
    **talk: Any,
) -> str:
    """Store the visit and its analysis, run the coach stage, and give the visit's id; turns last nine seconds each."""
    visit_id = an_id("vis", number)
    record = a_talk(*(lines or PRICE_LEFT_OPEN), on=at.date(), visit_id=visit_id, rep=rep, account=account, **talk)
    turns = tuple(
        replace(turn, start_ms=10_000 * turn.i, end_ms=10_000 * turn.i + 9_000) if timed else turn
        for turn in record.analysis.turns
    )
    analysis = replace(record.analysis, turns=turns)
    visit = Visit(
        id=visit_id,
        tenant_id=tenant,
        rep_id=rep,
        account_id=account,
        visited_at=at,
        created_at=at,
        stage=record.stage,
        consent=Consent("consent", "verbal", at),
    )
    with services.uow() as tx:
        tx.visits.add(visit)
        tx.analyses.put(AnalysisRecord(visit_id, tenant, 0, 1, analysis, services.clock.now()))
    coach_again(services, visit_id, tenant=tenant)
    return visit_id


def coach_again(services: Services, visit_id: str, *, tenant: str = TENANT) -> None:
    """Run the coach stage over what is stored, as the runner does."""
    run = replace(a_run(stage="coach"), visit_id=visit_id, tenant_id=tenant)
    stage = CoachStage(services, services.content)
    result = stage(run, Supervisor())
    with services.uow() as tx:
        result.effects(tx)


def own_coaching(services: Services, client: Any) -> dict[str, str]:
    """One of everything coaching keeps for the tenant, by the name of the path parameter that leads to it."""
    client.put("/v1/people", json={"people": [{"id": "rep-9", "name": "林", "role": "rep", "team": "team-9"}]})
    at = services.clock.now() - timedelta(hours=1)
    visit_id = coached(services, 901, *PRICE_LEFT_OPEN, at=at, rep="rep-9", account="acc-9")
    with services.uow(write=False) as tx:
        hint = tx.coaching.hints.find(TENANT, among={"visit_id": [visit_id]})[0]
        place = tx.coaching.places.find(TENANT, among={"visit_id": [visit_id]})[0]
    given = {"course": "listen_then_speak", "reason": "练一遍", "by": "trainer-9"}
    course = client.post("/v1/reps/rep-9/courses", json=given).json()
    missed = {"turn": 1, "kind": "signal", "code": "commitment", "by": "t"}
    label = client.post(f"/v1/visits/{visit_id}/labels", json=missed).json()
    contested = {"subject": "finding", "target_id": place.id, "reason": "不是嫌贵"}
    return {
        "rep_id": "rep-9",
        "team": "team-9",
        "account_id": "acc-9",
        "hint_id": hint.id,
        "finding_id": place.id,
        "assignment_id": course["id"],
        "label_id": label["id"],
        "appeal_id": client.post("/v1/appeals", json=contested).json()["id"],
    }


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/v1/reps/{rep_id}/courses"): {"json": {"course": "price_unfold", "reason": "练", "by": "t"}},
    ("post", "/v1/reps/{rep_id}/skills/review"): {"json": {"month": "2026-02", "digest": "0" * 64, "by": "mgr-1"}},
    ("post", "/v1/course-assignments/{assignment_id}/decision"): {"json": {"decision": "decline", "by": "t"}},
    ("post", "/v1/course-assignments/{assignment_id}/completion"): {"json": {"answer": "先问再说"}},
    ("post", "/v1/hints/{hint_id}/feedback"): {"json": {"verdict": "accepted"}},
    ("post", "/v1/visits/{visit_id}/checklist"): {"json": {"answers": {"quantified_pain": True}}},
    ("post", "/v1/visits/{visit_id}/proof"): {"files": {"file": ("a.pdf", b"%PDF-1.7")}},
    ("post", "/v1/visits/{visit_id}/debrief"): {"json": {"by": "rep-9"}},
    ("post", "/v1/findings/{finding_id}/review"): {"json": {"verdict": "right", "by": "t"}},
    ("post", "/v1/visits/{visit_id}/labels"): {"json": {"turn": 0, "kind": "objection", "code": "need", "by": "t"}},
    ("post", "/v1/appeals/{appeal_id}/ruling"): {"json": {"state": "rejected", "ruling": "听过了", "by": "t"}},
}
