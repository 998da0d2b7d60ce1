"""Who may open the privacy section, who did what in it, and what there is to do.

Requests, times and holds, receivers, transfers, assessments and the comparison of groups concern the whole tenant:
executives alone. Held visits and reviews of scores belong to whoever leads the team. Invariant: a session that a key
opened may do no more than the key.
"""

from dataclasses import dataclass

from service.domain.errors import Forbidden
from service.domain.ports import UnitOfWork
from service.domain.privacy.assessments import AssessmentKind
from service.domain.privacy.transfers import thresholds_of, year_of
from service.usecases.console.enter_console import KEY_PERSON, Entered
from service.usecases.console.view_processors import view_unregistered
from service.usecases.console.view_scope import Scope
from service.usecases.privacy.assess_processing import all_standing
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.privacy.keep_requests import due_next
from service.usecases.services import Services

READ, WRITE, PERSONAL = "audit:read", "privacy:write", "personal:read"


@dataclass(frozen=True, slots=True)
class TenantDuties:
    """What the whole tenant has to do.

    `unapproved` are kinds of which no version was approved; `changed` counts what is done otherwise than approved;
    `unregistered` counts receivers that the register of processors does not name.
    """

    open: int
    overdue: int
    persons: int
    reached: tuple[str, ...]
    unapproved: tuple[AssessmentKind, ...]
    changed: int
    unregistered: int


def may_answer(tx: UnitOfWork, entered: Entered, needed: str) -> bool:
    """Whether this session may do what takes a scope in the API: an executive, by a key only if it has that scope."""
    if not entered.person.active or entered.person.role != "executive":
        return False
    if not entered.session.key_id:
        return True
    key = tx.api_keys.find(entered.session.key_id)
    return key is not None and bool({"admin", needed} & key.scopes)


def require_answer(tx: UnitOfWork, entered: Entered, needed: str = READ) -> None:
    """Refuse everybody else (`not_answering`)."""
    if not may_answer(tx, entered, needed):
        raise Forbidden(
            f"this page is for executives; a key that opened the console needs {needed}", code="not_answering"
        )


def actor_in(entered: Entered) -> str:
    """Who the audit trail says it was."""
    person_id = entered.person.id
    return person_id if person_id.startswith(KEY_PERSON) else f"person:{person_id}"


def name_of_actor(scope: Scope, actor: str) -> str:
    """What an actor of the audit trail is called; a key or a command as the trail has it."""
    kind, _, ref = actor.partition(":")
    return scope.name(ref) if kind == "person" else actor


def view_duties(tx: UnitOfWork, services: Services, tenant_id: str) -> TenantDuties:
    """What the whole tenant has to do now."""
    now = services.clock.now()
    asked = due_next(tx, tenant_id)
    counted = transfers_of(tx, tenant_id, year_of(now))
    standing = all_standing(tx, services, tenant_id, services.installed())
    return TenantDuties(
        open=len(asked),
        overdue=sum(each.is_overdue(now) for each in asked),
        persons=counted.persons,
        reached=tuple(each.name for each in thresholds_of(counted, services.transfer_limits) if each.reached),
        unapproved=tuple(each.kind for each in standing if each.approved is None),
        changed=sum(len(each.changes) for each in standing),
        unregistered=len(view_unregistered(tx, services, tenant_id)),
    )
