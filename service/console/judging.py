"""Labels corrected in place, appeals, and rulings."""

from typing import Annotated, Literal, cast, get_args

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.signin import go_back
from service.console.wiring import PATH, console_of
from service.domain.coaching.reviews import AppealState, AppealSubject, Judgement, LabelVerdict, Missed
from service.domain.errors import Forbidden, Invalid, NotFound
from service.usecases.coaching.review_findings import (
    Complaint,
    add_missing,
    open_appeal,
    review_finding,
    rule_appeal,
    withdraw_label,
)
from service.usecases.console.view_appeals import list_appeals
from service.usecases.console.view_scope import read_scope, scoped_visit
from service.usecases.privacy.check_notice import confirm_notice

router = APIRouter()


@router.post("/visits/{visit_id}/findings/{finding_id}/review")
def review(visit_id: str, finding_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Right, wrong, or should be; by whoever leads the rep's team."""
    services, verdict = console_of(request).services, fields.get("verdict", "")
    if verdict not in get_args(LabelVerdict) or verdict == "missing":
        raise Invalid("say right, wrong or should_be", code="verdict_unknown")
    wanted = (fields.get("should_be", ""),) if verdict == "should_be" else ()
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        visit = scoped_visit(tx, scope, visit_id)
        scope.require_lead(visit.rep_id)
        judged = Judgement(cast(LabelVerdict, verdict), wanted, by=viewer.person.name)
        place = tx.coaching.places.get(scope.tenant_id, finding_id)
        if place is None or place.visit_id != visit.id:
            raise NotFound("this visit has no such finding", code="finding_not_found")
        label = review_finding(tx, services, tenant_id=scope.tenant_id, finding_id=finding_id, judged=judged)
    return RedirectResponse(f"{PATH}/visits/{visit_id}?turn={label.turn}#turn-{label.turn}", 303)


@router.post("/visits/{visit_id}/labels")
def missed(visit_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """What the model missed in a turn; by whoever leads the rep's team."""
    services = console_of(request).services
    kind, _, code = fields.get("label", "").partition(".")
    turn = fields.get("turn", "")
    if kind not in ("objection", "signal") or not turn.isdecimal() or len(turn) > 6:
        raise Invalid("choose a turn and a label", code="label_unknown")
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        scope.require_lead(scoped_visit(tx, scope, visit_id).rep_id)
        add_missing(
            tx, services, tenant_id=scope.tenant_id, visit_id=visit_id, by=viewer.person.name,
            missed=Missed(int(turn), cast(Literal["objection", "signal"], kind), code),
        )  # fmt: skip
    return RedirectResponse(f"{PATH}/visits/{visit_id}?turn={turn}#turn-{turn}", 303)


@router.post("/visits/{visit_id}/consent")
def confirm(visit_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """The customer knew of the recording: a visit that is held is released, by whoever leads the rep's team."""
    services, reason = console_of(request).services, fields.get("reason", "").strip()[:200]
    if not reason:
        raise Invalid("say what you go by", code="reason_missing")
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        scope.require_lead(scoped_visit(tx, scope, visit_id).rep_id)
        confirm_notice(tx, services, tenant_id=scope.tenant_id, visit_id=visit_id, by=viewer.person.id, why=reason,
                       actor=f"person:{viewer.person.id}")  # fmt: skip
    return RedirectResponse(f"{PATH}/visits/{visit_id}", 303)


@router.post("/visits/{visit_id}/labels/{label_id}/withdraw")
def withdraw(visit_id: str, label_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Take back what somebody of the team's leaders had added."""
    del fields
    services = console_of(request).services
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        visit = scoped_visit(tx, scope, visit_id)
        scope.require_lead(visit.rep_id)
        label = withdraw_label(tx, tenant_id=scope.tenant_id, label_id=label_id)
        if label.visit_id != visit.id:
            raise NotFound("this visit has no such label", code="label_not_found")
    return RedirectResponse(f"{PATH}/visits/{visit_id}?turn={label.turn}#turn-{label.turn}", 303)


@router.get("/appeals")
def appeals(
    request: Request,
    viewer: Viewer,
    state: Annotated[Literal["open", "upheld", "rejected"] | None, Query()] = None,
) -> Response:
    """Appeals of the scope, the open ones first."""
    services = console_of(request).services
    lines, scope = list_appeals(services, viewer.person, state=state)
    return page(request, "appeals.html", lines=lines, scope=scope, state=state)


@router.post("/appeals")
def contest(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """A rep contests something said about their own visit."""
    services, reason = console_of(request).services, fields.get("reason", "").strip()[:1_000]
    subject = fields.get("subject", "")
    if not reason or subject not in get_args(AppealSubject):
        raise Invalid("name a finding or an observation, and say what is wrong with it", code="reason_missing")
    complaint = Complaint(cast(AppealSubject, subject), fields.get("target_id", ""), reason)
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        appeal = open_appeal(tx, services, tenant_id=scope.tenant_id, complaint=complaint)
        scope.require_rep(appeal.rep_id)  # what is refused here is rolled back with the appeal
        if appeal.rep_id != viewer.person.id:
            raise Forbidden("an appeal is the rep's own", code="not_yours")
    return RedirectResponse(go_back(fields), 303)


@router.post("/appeals/{appeal_id}")
def decide(appeal_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Uphold or reject, with a word on why."""
    services, state = console_of(request).services, fields.get("state", "")
    if state not in ("upheld", "rejected"):
        raise Invalid("rule upheld or rejected", code="ruling_invalid")
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        appeal = tx.coaching.appeals.get(scope.tenant_id, appeal_id)
        if appeal is None or not scope.sees(appeal.rep_id):
            raise NotFound("there is no such appeal", code="appeal_not_found")
        scope.require_lead(appeal.rep_id)
        rule_appeal(tx, services, tenant_id=scope.tenant_id, appeal_id=appeal_id, state=cast(AppealState, state),
                    by=viewer.person.name, ruling=fields.get("ruling", "")[:1_000])  # fmt: skip
    return RedirectResponse(f"{PATH}/appeals", 303)
