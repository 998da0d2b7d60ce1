"""The form on which a new rule is filled in: what it offers, and what somebody chose."""

from collections.abc import Mapping
from typing import Any, get_args

from service.console.form_lines import FieldFault, LineFields, line_names, line_of, number_of, typed
from service.domain.content.playbook_actions import ROLES
from service.domain.content.playbooks import Severity
from service.domain.crm.events import KINDS
from service.domain.playbooks.conditions import INPUTS, UNITS
from service.domain.playbooks.wordings import Wording
from service.domain.playbooks.writing import RuleForm, name_for

LINES = 3
FIELDS = ("budget_status", "stage", "next_action", "decision_state", "grade", "amount")
EVENTS = ("order.created", "call.logged", "message.sent", "visit.completed", "quote.created", "payment.received")
NEW_LINES = tuple(LineFields(number, line_names("", f"_{number}")) for number in range(1, LINES + 1))
LONGEST_TITLE, LONGEST_TEXT = 60, 1_000


def offered(wording: Wording) -> Mapping[str, Any]:
    """What the form offers to choose from, in one language."""
    return {
        "units": UNITS,
        "inputs": INPUTS,
        "subjects": {kind: wording.subjects[kind] for kind in KINDS},
        "roles": {role: wording.roles[role] for role in ROLES},
        "severities": {level: wording.severities[level] for level in get_args(Severity)},
        "days": wording.days,
        "fields": FIELDS,
        "events": EVENTS,
    }


def rule_form(fields: Mapping[str, str], *, rule_id: str) -> tuple[RuleForm | None, list[FieldFault]]:
    """What was filled in, or every field that is wrong; a line without a look is left out."""
    read = [line_of(fields, line.names) for line in NEW_LINES]
    conditions = [line for line, _ in read if line is not None]
    faults = [fault for _, found in read for fault in found]
    to = [role for role in ROLES if fields.get(f"to_{role}")]
    title, text = typed(fields, "title", LONGEST_TITLE), typed(fields, "said", LONGEST_TEXT)
    then_to = next((role for role in ROLES if role == fields.get("then_to")), "")
    missing = {"title": not title, "look_1": not conditions and not faults, "to_owner": not to, "said": not text}
    faults += [FieldFault(name, f"fault.{name}") for name, is_missing in missing.items() if is_missing]
    numbers = {name: number_of(fields, name) or 0 for name in ("cooldown_days", "answer_hours")}
    faults += [FieldFault(name, "fault.number", {"most": 9_999}) for name, number in numbers.items()
               if not number and typed(fields, name) not in ("", "0")]  # fmt: skip
    if conditions and all(line.look in ("empty", "pending") for line in conditions):
        faults.append(FieldFault("look_1", "fault.asleep"))
    if bool(numbers["answer_hours"]) != bool(then_to):
        faults.append(FieldFault("then_to" if numbers["answer_hours"] else "answer_hours", "fault.answer"))
    if faults:
        return None, faults
    return RuleForm(
        id=rule_id,
        title=title,
        subject=next((kind for kind in KINDS if kind == fields.get("subject")), "opportunity"),
        conditions=conditions,
        to=to,
        text=text,
        severity=next((level for level in get_args(Severity) if level == fields.get("severity")), "medium"),
        cooldown_days=numbers["cooldown_days"],
        answer_hours=numbers["answer_hours"],
        then_to=then_to,
    ), []


def places_of_new(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields behind the keys of the file that is written from them."""
    places = {"title": "title", "description": "title", "severity": "severity", "cooldown": "cooldown_days",
              "clock": "answer_hours", "actions": "said", "actions.0.notify.to": "to_owner", "subject": "subject",
              "condition": "look_1", "when": "look_1"}  # fmt: skip
    taken: list[str] = []
    for line in NEW_LINES:
        condition, _ = line_of(fields, line.names)
        if condition is not None:
            taken.append(name_for(condition, taken))
            places[f"when.{taken[-1]}"] = line.names["name"]
    return places
