"""Rules without a developer: read in Chinese, edited with faults by line, tried on the past, switched, rolled back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.rule_form import FORM, rule_form
from service.console.wiring import PATH, Console, console_of
from service.domain.errors import Conflict, Forbidden, Invalid
from service.domain.evidence import local_day
from service.domain.people import Person
from service.domain.playbooks.backtest import BacktestReport
from service.domain.playbooks.explain import explain
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.writing import write_rule
from service.usecases.backtest_playbooks import backtest_rules, soon
from service.usecases.edit_playbooks import Edit, add_rule, check_rule, find_rule, put_rule, roll_back, switch_rule
from service.usecases.view_alerts import require_operations
from service.usecases.view_backtest import BacktestedRule, view_backtest
from service.usecases.view_scope import read_scope

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
    return page(request, "playbooks.html", rules=[(rule, explain(rule.book)) for rule in rules], may_edit=may_edit)


@router.get("/playbooks/new")
def begin(request: Request, viewer: Viewer) -> Response:
    """A form for a new rule."""
    _require_editor(viewer.person)
    return _show_new(request, {})


@router.post("/playbooks/new")
def write(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Write the rule out from the form, check it, try it on the past, or keep it as an experiment."""
    _require_editor(viewer.person)
    services, person, action = console_of(request).services, viewer.person, fields.get("action", "")
    text = fields.get("text", "").replace("\r\n", "\n")[:TEXT_BYTES]
    if action == "write":
        with services.uow(write=False) as tx:
            taken = {rule.id for rule in services.rules_for(tx, person.tenant_id).rules}
        form = rule_form(
            fields, rule_id=next(name for name in map("own_rule_{}".format, count(1)) if name not in taken)
        )
        text = write_rule(form, today=local_day(services.clock.now()))
    elif action == "save":
        try:
            with services.uow() as tx:
                version = add_rule(tx, services, Edit(person.tenant_id, person.id, fields.get("note", "")[:300]), text)
            return RedirectResponse(f"{PATH}/playbooks/{version.rule_id}", 303)
        except (Invalid, Conflict) as refused:
            return _show_new(request, fields, text=text, faults=check_rule(services, text)[1] or [refused.detail])
    elif action not in {"check", "try"}:
        raise Invalid("there is no such step", code="step_unknown")
    rule, faults = check_rule(services, text)
    tried = _try(console_of(request), person, rule) if action == "try" and rule and not faults else None
    return _show_new(request, fields, text=text, faults=faults, rule=rule, tried=tried)


@router.get("/playbooks/{rule_id}")
def read(rule_id: str, request: Request, viewer: Viewer) -> Response:
    """One rule with its text and its versions."""
    require_operations(viewer.person)
    return _show(request, viewer.person, rule_id)


@router.post("/playbooks/{rule_id}")
def edit(rule_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Check, try on the past, save, switch, or roll back, by the button that was pressed."""
    _require_editor(viewer.person)
    services, person = console_of(request).services, viewer.person
    action, text = fields.get("action", ""), fields.get("text", "").replace("\r\n", "\n")[:TEXT_BYTES]
    if action in {"check", "try"}:
        rule, faults = check_rule(services, text)
        tried = _try(console_of(request), person, rule) if action == "try" and rule and not faults else None
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


def _show_new(
    request: Request,
    fields: Mapping[str, str],
    *,
    text: str = "",
    faults: Sequence[str] = (),
    rule: Rule | None = None,
    tried: Tried | None = None,
) -> Response:
    return page(
        request,
        "playbook_new.html",
        status=422 if faults else 200,
        fields=defaultdict(str, fields),
        text=text,
        faults=faults,
        explanation=explain(rule.book) if rule else "",
        tried=tried,
        form=FORM,
    )


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
        explanation=explain(seen.book),
        text=text or rule.text,
        faults=checked[1] if checked else [],
        is_checked=checked is not None,
        tried=tried,
        versions=versions,
        statuses=STATUSES,
        may_edit=person.role in EDITORS,
    )


def _try(console: Console, viewer: Person, rule: Rule) -> Tried:
    now = console.services.clock.now()
    since = now - timedelta(days=TRIED_DAYS)
    with console.services.uow(write=False) as tx:
        report = backtest_rules(tx, viewer.tenant_id, [rule], since=since, until=now, is_over=soon())
        return report, view_backtest(tx, read_scope(tx, viewer), report, since=since)


def _require_editor(viewer: Person) -> None:
    require_operations(viewer)
    if viewer.role not in EDITORS:
        raise Forbidden("rules are changed by managers and executives", code="not_leading")
