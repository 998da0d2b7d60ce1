"""Rules on a form: a new one written from it, a saved one changed on it; the text stays the truth behind both.

Invariant: a saved rule's form changes only what was changed on it; what it does not show, and a comment that would go,
is named before anything is kept.
"""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from nlp.yaml_edit import NotChangeable
from service.console import saved_rule_form as saved
from service.console.form_lines import FieldFault, field_faults
from service.console.guests import Posted, Viewer
from service.console.playbooks import TEXT_BYTES, Tried, require_editor, try_rule
from service.console.rendering import page, wording_of
from service.console.rule_form import NEW_LINES, offered, places_of_new, rule_form
from service.console.wiring import PATH, console_of
from service.domain.errors import Conflict, Invalid
from service.domain.evidence import local_day
from service.domain.people import Person
from service.domain.playbooks.explain import explain
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.saved_cases import ChangedCase, changed_cases, follow_cases
from service.domain.playbooks.saved_edit import edit_rule
from service.domain.playbooks.saved_form import form_of
from service.domain.playbooks.writing import write_rule
from service.usecases.playbooks.edit_playbooks import Edit, add_rule, check_rule, find_rule, put_rule
from service.usecases.services import Services

router = APIRouter()
STEPS = frozenset({"check", "try", "save", "save-experiment"})
LONGEST_NOTE = 300


@router.get("/playbooks/new")
def begin(request: Request, viewer: Viewer) -> Response:
    """A form for a new rule."""
    require_editor(viewer.person)
    return _show_new(request, {})


@router.post("/playbooks/new")
def write(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Write the rule out from the form, check it, try it on the past, or keep it as an experiment."""
    require_editor(viewer.person)
    services, person, action = console_of(request).services, viewer.person, fields.get("action", "")
    if action == "write":
        return _written(request, services, person, fields)
    text = fields.get("text", "").replace("\r\n", "\n")[:TEXT_BYTES]
    if action == "save":
        try:
            with services.uow() as tx:
                change = Edit(person.tenant_id, person.id, fields.get("note", "")[:LONGEST_NOTE])
                version = add_rule(tx, services, change, text)
            return RedirectResponse(f"{PATH}/playbooks/{version.rule_id}", 303)
        except (Invalid, Conflict) as refused:
            told = check_rule(services, text)[1] or [refused.detail]
            return _show_new(request, fields, text=text, faults=field_faults(told, {}))
    if action not in {"check", "try"}:
        raise Invalid("there is no such step", code="step_unknown")
    rule, told = check_rule(services, text)
    tried = try_rule(console_of(request), person, rule) if action == "try" and rule and not told else None
    return _show_new(request, fields, text=text, faults=field_faults(told, {}), rule=rule, tried=tried)


def _written(request: Request, services: Services, person: Person, fields: Mapping[str, str]) -> Response:
    with services.uow(write=False) as tx:
        taken = {rule.id for rule in services.rules_for(tx, person.tenant_id).rules}
    rule_id = next(name for name in map("own_rule_{}".format, count(1)) if name not in taken)
    form, faults = rule_form(fields, rule_id=rule_id)
    if form is None:
        return _show_new(request, fields, faults=faults)
    text = write_rule(form, today=local_day(services.clock.now()))
    rule, told = check_rule(services, text)
    return _show_new(request, fields, text=text, faults=field_faults(told, places_of_new(fields)), rule=rule)


def _show_new(
    request: Request,
    fields: Mapping[str, str],
    *,
    text: str = "",
    faults: Sequence[FieldFault] = (),
    rule: Rule | None = None,
    tried: Tried | None = None,
) -> Response:
    wording = wording_of(request)
    return page(
        request,
        "playbook_new.html",
        status=422 if faults else 200,
        fields=defaultdict(str, fields),
        text=text,
        faults=faults,
        explanation=explain(rule.book, wording) if rule else "",
        tried=tried,
        form=offered(wording),
        lines=NEW_LINES,
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form that was sent back leads to: the text, the rule in it, and what stands in the way of keeping it."""

    text: str
    rule: Rule | None = None
    faults: tuple[FieldFault, ...] = ()
    cases: tuple[ChangedCase, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it can be kept."""
        return self.rule is not None and not self.faults and not self.cases


@router.get("/playbooks/{rule_id}/form")
def open_form(rule_id: str, request: Request, viewer: Viewer) -> Response:
    """A saved rule on its form."""
    require_editor(viewer.person)
    return _show_saved(request, _standing(request, viewer.person, rule_id))


@router.post("/playbooks/{rule_id}/form")
def send_form(rule_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Look at what the changes make of the rule, try it on the past, or keep it, as it runs or as an experiment."""
    require_editor(viewer.person)
    services, person, action = console_of(request).services, viewer.person, fields.get("action", "")
    if action not in STEPS:
        raise Invalid("there is no such step", code="step_unknown")
    rule = _standing(request, person, rule_id)
    if fields.get("base") != rule.version:
        return _show_saved(request, rule, Draft(rule.text, None, (FieldFault("", "fault.meanwhile"),)), status=409)
    draft = _drafted(services, rule, fields)
    if not action.startswith("save"):
        tried = try_rule(console_of(request), person, draft.rule) if action == "try" and draft.rule else None
        return _show_saved(request, rule, draft, fields, tried=tried)
    if not draft.holds:
        return _show_saved(request, rule, draft, fields, status=422)
    with services.uow() as tx:
        change = Edit(person.tenant_id, person.id, fields.get("note", "")[:LONGEST_NOTE])
        put_rule(tx, services, change, rule_id, draft.text)
    return RedirectResponse(f"{PATH}/playbooks/{rule_id}", 303)


def _standing(request: Request, person: Person, rule_id: str) -> Rule:
    services = console_of(request).services
    with services.uow(write=False) as tx:
        return find_rule(tx, services, person.tenant_id, rule_id)


def _drafted(services: Services, rule: Rule, fields: Mapping[str, str]) -> Draft:
    """The rule with what was changed on its form."""
    form = form_of(rule.text)
    changes, faults = saved.changes_of(form, fields)
    if faults:
        return Draft(rule.text, None, tuple(faults))
    if fields.get("action") == "save-experiment":
        changes = replace(changes, values={**changes.values, ("status",): "experimental"})
    try:
        edited = edit_rule(rule.text, changes)
        text, (found, told) = edited.text, check_rule(services, edited.text)
        if found is not None and told and fields.get("follow"):
            text = follow_cases(edited.text, found)
            found, told = check_rule(services, text)
    except NotChangeable as reason:
        return Draft(rule.text, None, (FieldFault("", "fault.unchangeable", {"reason": reason}),))
    cases = tuple(changed_cases(found)) if found is not None else ()
    wrong = () if cases else tuple(field_faults(told, saved.places_of_saved(form)))
    return Draft(text, found, wrong, cases, edited.lost)


def _show_saved(
    request: Request,
    rule: Rule,
    draft: Draft | None = None,
    fields: Mapping[str, str] | None = None,
    *,
    tried: Tried | None = None,
    status: int = 200,
) -> Response:
    wording, form = wording_of(request), form_of(rule.text)
    seen = draft.rule if draft and draft.rule else rule
    return page(
        request,
        "playbook_form.html",
        status=422 if draft and draft.faults and status == 200 else status,
        rule=rule,
        saved=form,
        fields=defaultdict(str, fields if fields is not None else saved.shown_values(form)),
        draft=draft,
        faults=draft.faults if draft else (),
        explanation=explain(seen.book, wording),
        changes=_changed_lines(rule.text, draft.text) if draft else [],
        tried=tried,
        form=offered(wording),
        lines=saved.lines_of(form, wording),
        new_lines=saved.NEW_LINES,
        choices=saved.CHOICES,
        name_of=saved.name_of,
        role_field=saved.role_field,
        roles_of=saved.roles_of,
    )


def _changed_lines(before: str, after: str) -> list[str]:
    """The lines of the text that differ, each with its sign."""
    told = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in list(told)[2:] if not line.startswith("@@")]
