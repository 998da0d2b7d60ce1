"""The alerts somebody of the console may see and act on: their own, their team's, or all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import unquote

from service.domain.errors import Forbidden, NotFound
from service.domain.evidence import Evidence, find_evidence
from service.domain.people import Person
from service.domain.playbooks.alerts import Alert
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.domain.visit import VisitRecord
from service.usecases.console.view_scope import Scope, account_name, has_account_page, read_scope
from service.usecases.services import Services

READ = 200
CLOSED_SHOWN = timedelta(days=14)
SAID_SHOWN = 3
Records = Callable[[str], VisitRecord | None]


@dataclass(frozen=True, slots=True)
class Said:
    """Words that an alert rests on; `place` is where they stand, None where the viewer may not read on."""

    quote: str
    place: Evidence | None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert as the board shows it; `left` is the time until its clock's next step, negative when overdue.

    `has_page`: the account has a page for the viewer. `topic` is what was last said of there, where the rule names it;
    `visit_id` the visit that it is about, where the viewer may see it, and `turn` where in it the first words stand.
    """

    alert: Alert
    owner: str
    account: str
    left: timedelta | None
    has_page: bool = False
    topic: str = ""
    visit_id: str = ""
    turn: int | None = None
    said: tuple[Said, ...] = ()


def concerns(scope: Scope, alert: Alert) -> bool:
    """Whether the viewer may see it: it is a rep's of theirs, or nobody's and they see everybody."""
    people = {alert.owner_id, alert.handed_to} - {""}
    if alert.handed_to == scope.viewer.id:
        return scope.viewer.active
    return any(scope.sees(one) for one in people) if people else scope.sees("")


def list_alerts(services: Services, viewer: Person, *, open_only: bool) -> tuple[list[AlertLine], Scope]:
    """Alerts of the viewer's scope, those whose clock runs out first at the top, and the scope."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        found = tx.playbooks.alerts.page(scope.tenant_id, Page(READ))
        shown = [
            alert
            for alert in found
            if concerns(scope, alert)
            and alert.state != "logged"
            and (alert.is_open or (not open_only and now - alert.raised_at < CLOSED_SHOWN))
        ]
        accounts = {alert.account_id for alert in shown if alert.account_id}
        pages = {each for each in accounts if has_account_page(tx, scope, each, before=now)}
        records = _records(tx, scope)
        lines = [_line(tx, scope, alert, records, now=now, has_page=alert.account_id in pages) for alert in shown]
    lines.sort(key=lambda line: (not line.alert.is_open, line.left is None, line.left or timedelta(0)))
    return lines, scope


def _records(tx: UnitOfWork, scope: Scope) -> Records:
    """How to come by an analysed visit that the viewer may see; each is read once, as many alerts rest on the same."""

    @cache
    def record(visit_id: str) -> VisitRecord | None:
        visit = tx.visits.get(scope.tenant_id, visit_id)
        if visit is None or not scope.sees(visit.rep_id):
            return None
        latest = tx.analyses.latest(scope.tenant_id, visit_id)
        if latest is None:
            return None
        return VisitRecord(visit.id, visit.rep_id, visit.account_id, visit.opportunity_id, visit.visited_at,
                           visit.stage, latest.analysis)  # fmt: skip

    return record


def _said(alert: Alert, records: Records) -> tuple[Said, ...]:
    """The quotes among the alert's evidence, each with the turn it stands in."""
    told = [piece for piece in alert.evidence if piece.get("quote")][:SAID_SHOWN]
    found: list[Said] = []
    for piece in told:
        quote, visit_id, turn = str(piece["quote"]), piece.get("visit_id"), piece.get("turn")
        visit = records(visit_id) if visit_id and turn is not None else None
        found.append(Said(quote, find_evidence(visit, turn=turn, quote=quote) if visit and turn is not None else None))
    return tuple(found)


def _line(tx: UnitOfWork, scope: Scope, alert: Alert, records: Records, *, now: datetime, has_page: bool) -> AlertLine:
    visit_id = unquote(alert.links.get("visit", "").rpartition("/")[2])
    visit = tx.visits.get(scope.tenant_id, visit_id) if visit_id else None
    said = _said(alert, records)
    places = [one.place for one in said if one.place is not None]
    return AlertLine(
        alert=alert,
        owner=scope.name(alert.handed_to or alert.owner_id),
        account=account_name(tx, scope.tenant_id, alert.account_id) if alert.account_id else "",
        left=alert.due_at - now if alert.due_at else None,
        has_page=has_page,
        topic=alert.links.get("last_mention", "").partition("?topic=")[2],
        visit_id=visit_id if visit is not None and scope.sees(visit.rep_id) else "",
        turn=next((place.turn for place in places if place.visit_id == visit_id), None),
        said=said,
    )


def scoped_alert(tx: UnitOfWork, scope: Scope, alert_id: str) -> Alert:
    """The alert, when the viewer may see it; else as one that does not exist (`alert_not_found`)."""
    alert = tx.playbooks.alerts.get(scope.tenant_id, alert_id)
    if alert is None or not concerns(scope, alert):
        raise NotFound("there is no such alert", code="alert_not_found")
    return alert


def require_operations(viewer: Person) -> None:
    """Refuse reps on the pages of sales operations: rules, processes, metrics (`not_leading`)."""
    if not viewer.active or viewer.role == "rep":
        raise Forbidden("this page is for trainers, managers and executives", code="not_leading")
