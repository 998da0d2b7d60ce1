"""The form on which a new rule is filled in: what it offers, and what somebody chose."""

from collections.abc import Mapping
from typing import Any, cast, get_args

from service.domain.content.playbook_actions import ROLES
from service.domain.content.playbooks import Severity
from service.domain.crm.events import KINDS
from service.domain.errors import Invalid
from service.domain.playbooks.explain import ROLE_NAMES, SEVERITY_NAMES, SUBJECT_NAMES
from service.domain.playbooks.writing import FormCondition, Look, RuleForm, Unit

LINES = 3
LONGEST_NAME, MOST = 200, 9_999
FORM: Mapping[str, Any] = {
    "lines": range(1, LINES + 1),
    "looks": get_args(Look),
    "units": get_args(Unit),
    "subjects": {kind: SUBJECT_NAMES[kind] for kind in KINDS},
    "roles": {role: ROLE_NAMES[role] for role in ROLES},
    "severities": {level: SEVERITY_NAMES[level] for level in get_args(Severity)},
    "fields": ("budget_status", "stage", "next_action", "decision_state", "grade", "amount"),
    "events": ("order.created", "call.logged", "message.sent", "visit.completed", "quote.created", "payment.received"),
}


def rule_form(fields: Mapping[str, str], *, rule_id: str) -> RuleForm:
    """What was filled in; a line without a look is left out.

    Raises:
        Invalid: something that the rule cannot do without is missing (`form_incomplete`).
    """
    conditions = [found for line in FORM["lines"] if (found := _condition(fields, line)) is not None]
    to = [role for role in ROLES if fields.get(f"to_{role}")]
    title, text = fields.get("title", "").strip(), fields.get("said", "").strip()
    if not (conditions and to and title and text):
        raise Invalid("a rule needs a name, a condition, somebody to tell, and words", code="form_incomplete")
    return RuleForm(
        id=rule_id,
        title=title[:60],
        subject=_one_of(fields.get("subject", ""), FORM["subjects"], "opportunity"),
        conditions=conditions,
        to=to,
        text=text[:1_000],
        severity=_one_of(fields.get("severity", ""), FORM["severities"], "medium"),
        cooldown_days=_number(fields.get("cooldown_days", ""), 0),
        answer_hours=_number(fields.get("answer_hours", ""), 0),
        then_to=_one_of(fields.get("then_to", ""), FORM["roles"], ""),
    )


def _condition(fields: Mapping[str, str], line: int) -> FormCondition | None:
    look, name = fields.get(f"look_{line}", ""), fields.get(f"name_{line}", "").strip()[:LONGEST_NAME]
    if look not in FORM["looks"] or not name:
        return None
    return FormCondition(
        look=cast(Look, look),
        name=name,
        amount=_number(fields.get(f"amount_{line}", ""), 1),
        unit=cast(Unit, _one_of(fields.get(f"unit_{line}", ""), FORM["units"], "hours")),
        times=_number(fields.get(f"times_{line}", ""), 1),
        value=fields.get(f"value_{line}", "").strip()[:LONGEST_NAME],
    )


def _one_of(value: str, known: Any, otherwise: str) -> str:  # noqa: ANN401 - whatever holds the known values
    return value if value in known else otherwise


def _number(value: str, otherwise: int) -> int:
    return min(int(value), MOST) if value.isascii() and value.isdecimal() and len(value) <= 6 else otherwise
