"""Change a tenant's rules: add, replace, switch, roll back; every change is a version with its author, none rewritten.

Invariant: a text that does not read, or whose own examples fail, is never stored; a change counts from its moment on,
and nobody is alarmed about what lies before it and is over.
"""

import re
from dataclasses import dataclass
from typing import get_args

from nlp.errors import ContentInvalid
from service.domain.content.playbooks import PlaybookStatus
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.playbooks.ports import PlaybookVersion
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.stories import failures_of
from service.domain.ports import UnitOfWork
from service.usecases.services import Services

OWN_RULES = 500
_STATUS_LINE = re.compile(r"^status:[^\n]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes what, and why."""

    tenant_id: str
    author: str
    note: str = ""


def find_rule(tx: UnitOfWork, services: Services, tenant_id: str, rule_id: str) -> Rule:
    """The rule as it stands for the tenant, or NotFound."""
    book = services.rules_for(tx, tenant_id)
    rule = next((rule for rule in book.rules if rule.id == rule_id), None)
    if rule is None:
        raise NotFound("there is no such playbook", code="playbook_not_found")
    return rule


def check_rule(services: Services, text: str) -> tuple[Rule | None, list[str]]:
    """The rule a text holds, and what is wrong with it: faults with their lines, and examples that fail."""
    try:
        rule = services.playbooks.reader.read(text, source="playbook")
    except ContentInvalid as fault:
        return None, str(fault).splitlines()
    return rule, list(failures_of(rule))


def add_rule(tx: UnitOfWork, services: Services, edit: Edit, text: str) -> PlaybookVersion:
    """A new rule of the tenant.

    Raises:
        Invalid: the text is wrong (`playbook_invalid`, every fault with its line). Conflict: the id is taken.
    """
    rule = _must_hold(services, text)
    book = services.rules_for(tx, edit.tenant_id)
    if any(standing.id == rule.id for standing in book.rules):
        raise Conflict(f"there is a playbook {rule.id} already: change it with PUT", code="playbook_exists")
    if len(tx.playbooks.versions.current(edit.tenant_id)) >= OWN_RULES:
        raise Invalid(f"a tenant may have {OWN_RULES} rules of its own: retire some", code="too_many_playbooks")
    return _store(tx, services, edit, rule.id, rule.book.subject, text)


def put_rule(tx: UnitOfWork, services: Services, edit: Edit, rule_id: str, text: str) -> PlaybookVersion:
    """The tenant's version of a rule that exists.

    Raises:
        NotFound. Invalid: the text is wrong, or is another rule's (`playbook_id_differs`).
    """
    standing = find_rule(tx, services, edit.tenant_id, rule_id)
    rule = _must_hold(services, text)
    if rule.id != standing.id:
        raise Invalid(f"the text's id is {rule.id}: keep {rule_id}, or add it as a new one", code="playbook_id_differs")
    return _store(tx, services, edit, rule_id, rule.book.subject, text)


def switch_rule(
    tx: UnitOfWork, services: Services, edit: Edit, rule_id: str, status: PlaybookStatus
) -> PlaybookVersion:
    """The rule with another status: experimental (logs only), test, stable or deprecated (off)."""
    if status not in get_args(PlaybookStatus):
        raise Invalid(f"status is one of {', '.join(get_args(PlaybookStatus))}", code="status_unknown")
    standing = find_rule(tx, services, edit.tenant_id, rule_id)
    text = _STATUS_LINE.sub(f"status: {status}", standing.text, count=1)
    rule = _must_hold(services, text)
    return _store(tx, services, edit, rule_id, rule.book.subject, text)


def roll_back(tx: UnitOfWork, services: Services, edit: Edit, rule_id: str, version: int) -> PlaybookVersion:
    """The rule as it was in an earlier version; 0 is the shipped one.

    Raises:
        NotFound: no such version, or nothing was shipped under this id. Invalid: that text no longer holds.
    """
    standing = find_rule(tx, services, edit.tenant_id, rule_id)
    if version == 0:
        if not any(rule.id == rule_id for rule in services.playbooks.shipped.rules):
            raise NotFound("nothing was shipped under this id: name one of its versions", code="version_not_found")
        return _store(tx, services, edit, rule_id, standing.book.subject, "")
    versions = tx.playbooks.versions.of_rule(edit.tenant_id, rule_id)
    former = next((each for each in versions if each.version == version), None)
    if former is None:
        raise NotFound("there is no such version of this playbook", code="version_not_found")
    if former.text:
        _must_hold(services, former.text)
    return _store(tx, services, edit, rule_id, standing.book.subject, former.text)


def _must_hold(services: Services, text: str) -> Rule:
    rule, faults = check_rule(services, text)
    if rule is None or faults:
        raise Invalid("; ".join(faults[:3]), code="playbook_invalid", faults=faults[:50])
    return rule


def _store(tx: UnitOfWork, services: Services, edit: Edit, rule_id: str, subject: str, text: str) -> PlaybookVersion:
    known = tx.playbooks.versions.of_rule(edit.tenant_id, rule_id)
    now = services.clock.now()
    version = PlaybookVersion(
        id=services.ids.new("pbv"),
        tenant_id=edit.tenant_id,
        rule_id=rule_id,
        version=known[0].version + 1 if known else 1,
        text=text,
        author=edit.author,
        note=edit.note,
        created_at=now,
    )
    tx.playbooks.versions.add(version)
    for subject_id in tx.playbooks.links.subjects(edit.tenant_id, subject):
        tx.playbooks.watches.mark(edit.tenant_id, (subject, subject_id), now)
    return version
