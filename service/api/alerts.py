"""`/v1/alerts` and `/v1/decisions`: what playbooks found, who acts on it, and what the CRM is to enforce."""

from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.purposes import Asked
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.alerts import (
    AlertFiguresOut,
    AlertMoveIn,
    AlertOut,
    AlertPageOut,
    DecisionEndIn,
    DecisionOut,
    DecisionPageOut,
    HandOverIn,
)
from service.api.schemas.playbook_examples import (
    ALERT_FIGURES,
    ALERT_MOVE_IN,
    ALERT_OUT,
    ALERT_PAGE,
    DECISION_END_IN,
    DECISION_OUT,
    DECISION_PAGE,
    HAND_OVER_IN,
)
from service.domain.errors import Invalid
from service.domain.months import month_of
from service.domain.playbooks.alerts import ALERT_STATES, DECISIONS, Alert, AlertState, Decision, alert_figures
from service.domain.playbooks.timeline import Ref
from service.domain.ports import UnitOfWork
from service.usecases.coaching.review_scores import RepMonth
from service.usecases.playbooks.answer_alert import (
    acknowledge_alert,
    act_on_alert,
    end_decision,
    find_alert,
    find_decision,
    hand_over_alert,
)

router = strict_router(tags=["playbooks"])
State = Annotated[AlertState | None, Query(description="|".join(ALERT_STATES))]
Kind = Annotated[str | None, Query(max_length=32)]
Id = Annotated[str | None, Query(max_length=255)]
DecisionFilter = Annotated[
    str | None, Query(pattern=f"^({'|'.join(sorted(DECISIONS))})$", description="|".join(sorted(DECISIONS)))
]
YesNo = Annotated[str, Query(pattern="^(true|false)$")]


@router.get(
    "/alerts",
    response_model=AlertPageOut,
    responses={200: ALERT_PAGE, **problems(409)},
    openapi_extra=scoped("alerts:read"),
)
def page(
    caller: Caller,
    services: Wired,
    asked: Asked,
    page: PageOf,
    state: State = None,
    rule: Id = None,
    owner_id: Id = None,
    subject_kind: Kind = None,
    subject_id: Id = None,
) -> JsonResponse:
    """Alerts, the newest first; `owner_id` also finds those handed to that person.

    For `purpose=hr` a person reviews every rep that one is about, or is to answer it, in its month first.
    """
    subject = _subject(subject_kind, subject_id)
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.playbooks.alerts.get, caller.tenant_id))
        found = tx.playbooks.alerts.page(
            caller.tenant_id,
            page,
            states=() if state is None else (state,),
            rule_id=rule,
            owner_id=owner_id,
            subject=subject,
        )
    asked.tells_of_each(each for alert in found for each in _about(alert))
    cursor = next_cursor([alert.id for alert in found], page)
    return JsonResponse(AlertPageOut(items=[AlertOut.of(alert) for alert in found], next_cursor=cursor))


@router.get(
    "/alert-figures",
    response_model=AlertFiguresOut,
    responses={200: ALERT_FIGURES, **problems()},
    openapi_extra=scoped("alerts:read"),
)
def figures(
    caller: Caller,
    services: Wired,
    days: Annotated[str, Query(pattern="^([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])$", description="1 to 366")]
    = "30",
) -> JsonResponse:  # fmt: skip
    """How the alerts of the last days were answered: by state, and the median time to the first action."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        found = tx.playbooks.alerts.between(
            caller.tenant_id, now - timedelta(days=int(days)), now + timedelta(seconds=1)
        )
    return JsonResponse(AlertFiguresOut.of(alert_figures(found)))


@router.get(
    "/alerts/{alert_id}",
    response_model=AlertOut,
    responses={200: ALERT_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:read"),
)
def read(alert_id: str, caller: Caller, services: Wired, asked: Asked) -> JsonResponse:
    """One alert with its evidence and everything that was done about it; `purpose=hr` as for the list."""
    with services.uow(write=False) as tx:
        alert = find_alert(tx, caller.tenant_id, alert_id)
    asked.tells_of_each(_about(alert))
    return JsonResponse(AlertOut.of(alert))


@router.post(
    "/alerts/{alert_id}/acknowledge",
    response_model=AlertOut,
    responses={200: ALERT_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:write", requestBody=ALERT_MOVE_IN, **TAKES_KEY),
)
def acknowledge(alert_id: str, body: AlertMoveIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Somebody has seen it; its clock runs on."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        who = body.who or caller.key_id
        alert = acknowledge_alert(tx, services, tenant_id=caller.tenant_id, alert_id=alert_id, who=who)
        return 200, json_bytes(AlertOut.of(alert))

    return respond_once(services, once, action)


@router.post(
    "/alerts/{alert_id}/act",
    response_model=AlertOut,
    responses={200: ALERT_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:write", requestBody=ALERT_MOVE_IN, **TAKES_KEY),
)
def act(alert_id: str, body: AlertMoveIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """It was dealt with; its clock stops."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        who = body.who or caller.key_id
        alert = act_on_alert(tx, services, tenant_id=caller.tenant_id, alert_id=alert_id, who=who, note=body.note)
        return 200, json_bytes(AlertOut.of(alert))

    return respond_once(services, once, action)


@router.post(
    "/alerts/{alert_id}/hand-over",
    response_model=AlertOut,
    responses={200: ALERT_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:write", requestBody=HAND_OVER_IN, **TAKES_KEY),
)
def hand_over(alert_id: str, body: HandOverIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Give it to somebody else; that is a first action, and the clock runs on."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        who = body.who or caller.key_id
        alert = hand_over_alert(tx, services, tenant_id=caller.tenant_id, alert_id=alert_id, to=body.to, who=who)
        return 200, json_bytes(AlertOut.of(alert))

    return respond_once(services, once, action)


@router.get(
    "/decisions",
    response_model=DecisionPageOut,
    responses={200: DECISION_PAGE, **problems(409)},
    openapi_extra=scoped("alerts:read"),
)
def decisions(
    caller: Caller,
    services: Wired,
    asked: Asked,
    page: PageOf,
    kind: DecisionFilter = None,
    standing: YesNo = "false",
    subject_kind: Kind = None,
    subject_id: Id = None,
) -> JsonResponse:
    """Decisions, the newest first; with `standing=true` those the CRM is to enforce now.

    For `purpose=hr` a person reviews every rep that the alert behind one is about, in its month, first.
    """
    subject = _subject(subject_kind, subject_id)
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.playbooks.decisions.get, caller.tenant_id))
        found = tx.playbooks.decisions.page(
            caller.tenant_id, page, subject=subject, kind=kind, standing=standing == "true"
        )
        about = [each for decision in found for each in _behind(tx, decision)] if asked.for_hr else []
    asked.tells_of_each(about)
    cursor = next_cursor([decision.id for decision in found], page)
    return JsonResponse(DecisionPageOut(items=[DecisionOut.of(decision) for decision in found], next_cursor=cursor))


@router.get(
    "/decisions/{decision_id}",
    response_model=DecisionOut,
    responses={200: DECISION_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:read"),
)
def read_decision(decision_id: str, caller: Caller, services: Wired, asked: Asked) -> JsonResponse:
    """One decision; `purpose=hr` as for the list."""
    with services.uow(write=False) as tx:
        decision = find_decision(tx, caller.tenant_id, decision_id)
        about = _behind(tx, decision)
    asked.tells_of_each(about)
    return JsonResponse(DecisionOut.of(decision))


@router.post(
    "/decisions/{decision_id}/end",
    response_model=DecisionOut,
    responses={200: DECISION_OUT, **problems(404, 409)},
    openapi_extra=scoped("alerts:write", requestBody=DECISION_END_IN, **TAKES_KEY),
)
def end(decision_id: str, body: DecisionEndIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """End a decision: approve what is locked (a second person), lift a freeze, take a deal out of the pool."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        decision = end_decision(tx, services, tenant_id=caller.tenant_id, decision_id=decision_id,
                                who=body.who or caller.key_id, reason=body.reason)  # fmt: skip
        return 200, json_bytes(DecisionOut.of(decision))

    return respond_once(services, once, action)


def _about(alert: Alert) -> list[RepMonth]:
    """Whom an alert judges by what it says: its subject where that is a person, and whoever is to answer it."""
    named = {alert.owner_id, alert.handed_to, alert.subject_id if alert.subject_kind == "person" else ""}
    return [(person_id, month_of(alert.at)) for person_id in named if person_id]


def _behind(tx: UnitOfWork, decision: Decision) -> list[RepMonth]:
    alert = tx.playbooks.alerts.get(decision.tenant_id, decision.alert_id)
    own = [(decision.subject_id, month_of(decision.made_at))] if decision.subject_kind == "person" else []
    return own + (_about(alert) if alert is not None else [])


def _subject(kind: str | None, subject_id: str | None) -> Ref | None:
    if (kind is None) != (subject_id is None):
        raise Invalid("name subject_kind and subject_id together, or neither", code="subject_incomplete")
    return None if kind is None or subject_id is None else (kind, subject_id)
