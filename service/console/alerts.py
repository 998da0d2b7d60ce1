"""The alert board: what is open, whose clock runs, who does what about it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid, NotFound
from service.usecases.console.view_alerts import READ, AlertLine, list_alerts, scoped_alert
from service.usecases.console.view_scope import read_scope
from service.usecases.playbooks.answer_alert import acknowledge_alert, act_on_alert, hand_over_alert

router = APIRouter()
FEW = 4  # alerts of one rule that are shown at once
STEPS_TOLD = ("acknowledged", "handed_over", "acted", "expired", "withdrawn", "logged")


@router.get("/alerts")
def board(request: Request, viewer: Viewer, show: Annotated[str, Query(pattern="^(open|all)$")] = "open") -> Response:
    """Alerts of the scope, those of one rule together, the most pressing first."""
    services = console_of(request).services
    lines, scope = list_alerts(services, viewer.person, open_only=show == "open")
    people = sorted((one for one in scope.people.values() if one.active), key=lambda one: (one.team, one.name))
    groups: dict[str, list[AlertLine]] = {}
    for line in lines:
        groups.setdefault(line.alert.title, []).append(line)
    groups = {title: _each_first(grouped) for title, grouped in groups.items()}
    names = {one.id: one.name for one in scope.people.values()}
    return page(request, "alerts.html", lines=lines, groups=list(groups.items()), people=people, names=names,
                show=show, few=FEW, most=READ, told=STEPS_TOLD, now=services.clock.now())  # fmt: skip


@router.post("/alerts/{alert_id}/{move}")
def answer(alert_id: str, move: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Acknowledge, act, hand over."""
    services, tenant_id, who = console_of(request).services, viewer.tenant_id, viewer.person.id
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        scoped_alert(tx, scope, alert_id)
        if move == "acknowledge":
            acknowledge_alert(tx, services, tenant_id=tenant_id, alert_id=alert_id, who=who)
        elif move == "act":
            note = fields.get("note", "")[:500]
            act_on_alert(tx, services, tenant_id=tenant_id, alert_id=alert_id, who=who, note=note)
        elif move == "hand-over":
            to = fields.get("to", "")
            if to not in scope.people or not scope.people[to].active:
                raise Invalid("hand it to somebody who is here", code="person_unknown")
            hand_over_alert(tx, services, tenant_id=tenant_id, alert_id=alert_id, to=to, who=who)
        else:
            raise NotFound("there is no such step", code="alert_not_found")
    return RedirectResponse(f"{PATH}/alerts#alert-{alert_id}", 303)


def _each_first(lines: Sequence[AlertLine]) -> list[AlertLine]:
    """The lines with the most pressing of each wording first: what was raised again and again hides nothing else."""
    first: dict[str, AlertLine] = {}
    for line in lines:
        first.setdefault(line.alert.text, line)
    return [*first.values(), *(line for line in lines if first[line.alert.text] is not line)]
