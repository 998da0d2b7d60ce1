"""Held visits that wait for a word about their recording notice, and what the tenant asks of its visits."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid
from service.domain.privacy.rules import NOTICE_RULES, NoticeRule
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_held import list_held
from service.usecases.console.view_privacy import WRITE, actor_in, may_answer, require_answer
from service.usecases.console.view_scope import read_scope, scoped_visit
from service.usecases.privacy.check_notice import confirm_notice
from service.usecases.privacy.decide_rules import change_rules, rules_of
from service.usecases.privacy.withdraw_consent import withdraw_consent

router = APIRouter()
LIST = f"{PATH}/privacy/notices"
ASKED: tuple[NoticeRule, ...] = tuple(reversed(NOTICE_RULES))


@router.get("/privacy/notices")
def listed(request: Request, viewer: Viewer) -> Response:
    """Held visits of those whom the viewer leads, and the rules."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        held = list_held(tx, read_scope(tx, viewer.person))
        rules = rules_of(tx, viewer.tenant_id, services.clock.now())
        may_write = may_answer(tx, viewer, WRITE)
    return page(request, "privacy_notices.html", held=held, rules=rules, asked=ASKED, may_write=may_write)


@router.post("/privacy/notices/{visit_id}")
def decide(visit_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """The customer knew, and the visit is released; or did not, and the consent is withdrawn with all it allowed."""
    services, decision = console_of(request).services, fields.get("decision", "")
    reason = fields.get("reason", "").strip()[:200]
    if decision not in ("confirm", "withdraw") or not reason:
        raise Invalid("say what you go by", code="reason_missing")
    if decision == "withdraw" and fields.get("sure") != "1":
        raise Invalid("tick that you know what is erased", code="erasure_unconfirmed")
    who = viewer.person.id
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        visit = scoped_visit(tx, scope, visit_id)
        scope.require_lead(visit.rep_id)
        if decision == "confirm":
            confirm_notice(tx, services, tenant_id=scope.tenant_id, visit_id=visit_id, by=who, why=reason,
                           actor=actor_in(viewer))  # fmt: skip
        elif visit.unverified:
            withdraw_consent(tx, services, tenant_id=scope.tenant_id, visit_id=visit_id, why=reason,
                             actor=actor_in(viewer))  # fmt: skip
        else:
            raise Invalid("this visit is not held", code="notice_not_missing")
    return RedirectResponse(LIST, 303)


@router.post("/privacy/rules")
def put_rules(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """What is asked of visits from now on, and what scores of people may be used for."""
    services, notice = console_of(request).services, fields.get("notice", "")
    if notice not in NOTICE_RULES:
        raise Invalid("choose whose notice must be heard", code="rule_unknown")
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        change_rules(tx, services, viewer.tenant_id, actor=actor_in(viewer), notice=notice,
                     coaching_only=fields.get("coaching_only") == "1")  # fmt: skip
    return RedirectResponse(f"{LIST}#rules", 303)
