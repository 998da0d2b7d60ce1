"""Rules without a developer: read in sentences, edited with faults by line, tried on the past, switched, undone."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page, wording_of
from service.console.wiring import PATH, Console, console_of
from service.domain.errors import Forbidden, Invalid
from service.domain.people import Person
from service.domain.playbooks.backtest import BacktestReport
from service.domain.playbooks.explain import explain, explain_briefly
from service.domain.playbooks.rules import Rule
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_backtest import BacktestedRule, view_backtest
from service.usecases.console.view_scope import read_scope
from service.usecases.playbooks.backtest_playbooks import backtest_rules, soon
from service.usecases.playbooks.edit_playbooks import Edit, check_rule, find_rule, put_rule, roll_back, switch_rule

router = APIRouter()
TRIED_DAYS = 90
TEXT_BYTES = 60_000
EDITORS = frozenset({"manager", "executive"})
Tried = tuple[BacktestReport, list[BacktestedRule]]
STATUSES = ("experimental", "test", "stable", "deprecated")


@router.get("/playbooks")
def listed(request: Request, viewer: Viewer) -> Response:
    """Every rule in force, in the words of its explanation."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        rules = services.rules_for(tx, viewer.tenant_id).rules
    may_edit = viewer.person.role in EDITORS
    return page(
        request,
        "playbooks.html",
        rules=[(rule, explain_briefly(rule.book, wording_of(request))) for rule in rules],
        may_edit=may_edit,
    )


@router.get("/playbooks/{rule_id}")
def read(rule_id: str, request: Request, viewer: Viewer) -> Response:
    """One rule with its text and its versions."""
    require_operations(viewer.person)
    return _show(request, viewer.person, rule_id)


@router.post("/playbooks/{rule_id}")
def edit(rule_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Check, try on the past, save, switch, or roll back, by the button that was pressed."""
    require_editor(viewer.person)
    services, person = console_of(request).services, viewer.person
    action, text = fields.get("action", ""), fields.get("text", "").replace("\r\n", "\n")[:TEXT_BYTES]
    if action in {"check", "try"}:
        rule, faults = check_rule(services, text)
        tried = try_rule(console_of(request), person, rule) if action == "try" and rule and not faults else None
        return _show(request, person, rule_id, text=text, checked=(rule, faults), tried=tried)
    change = Edit(person.tenant_id, person.id, fields.get("note", "")[:300])
    try:
        with services.uow() as tx:
            if action == "save":
                put_rule(tx, services, change, rule_id, text)
            elif action in STATUSES:
                switch_rule(tx, services, change, rule_id, action)  # type: ignore[arg-type]
            elif action.startswith("version-") and action.removeprefix("version-").isdecimal():
                roll_back(tx, services, change, rule_id, int(action.removeprefix("version-")))
            else:
                raise Invalid("there is no such step", code="step_unknown")
    except Invalid as refused:
        if refused.code != "playbook_invalid":
            raise
        return _show(request, person, rule_id, text=text, checked=check_rule(services, text), status=422)
    return RedirectResponse(f"{PATH}/playbooks/{rule_id}", 303)


def _show(
    request: Request,
    person: Person,
    rule_id: str,
    *,
    text: str = "",
    checked: tuple[Rule | None, list[str]] | None = None,
    tried: Tried | None = None,
    status: int = 200,
) -> Response:
    services = console_of(request).services
    with services.uow(write=False) as tx:
        rule = find_rule(tx, services, person.tenant_id, rule_id)
        versions = tx.playbooks.versions.of_rule(person.tenant_id, rule_id)
    seen = (checked[0] or rule) if checked else rule
    return page(
        request,
        "playbook.html",
        status=status,
        rule=rule,
        explanation=explain(seen.book, wording_of(request)),
        text=text or rule.text,
        faults=checked[1] if checked else [],
        is_checked=checked is not None,
        tried=tried,
        versions=versions,
        statuses=STATUSES,
        may_edit=person.role in EDITORS,
    )


def try_rule(console: Console, viewer: Person, rule: Rule) -> Tried:
    """What the rule would have done in the last ninety days, for those whom the viewer sees."""
    now = console.services.clock.now()
    since = now - timedelta(days=TRIED_DAYS)
    with console.services.uow(write=False) as tx:
        report = backtest_rules(tx, viewer.tenant_id, [rule], since=since, until=now, is_over=soon())
        return report, view_backtest(tx, read_scope(tx, viewer), report, since=since)


def require_editor(viewer: Person) -> None:
    """Refuse everybody who may not change rules (`not_leading`)."""
    require_operations(viewer)
    if viewer.role not in EDITORS:
        raise Forbidden("rules are changed by managers and executives", code="not_leading")
