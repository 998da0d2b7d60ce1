"""How long data is kept, and what legal holds keep beyond that, as the console shows it."""

from dataclasses import dataclass

from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import RETENTION_ID, HoldRow, RetentionRow
from service.usecases.console.view_privacy import name_of_actor
from service.usecases.console.view_scope import Scope, account_name
from service.usecases.privacy.sweep_retention import retention_of
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold; `visits` counts what it covers while it stands: none, and its id may be misspelt."""

    hold: HoldRow
    subject: str
    placed_by: str
    visits: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The policy that holds (`decided`: by the tenant, else by default), and holds: those that stand, those that ended.

    Both lists begin with the newest hold.
    """

    policy: RetentionRow
    decided: bool
    standing: tuple[HoldLine, ...]
    ended: tuple[HoldLine, ...]


def view_retention(tx: UnitOfWork, services: Services, scope: Scope) -> Kept:
    """Both, of the viewer's tenant."""
    tenant_id, holds = scope.tenant_id, tx.privacy.holds.find(scope.tenant_id)
    return Kept(
        policy=retention_of(tx, tenant_id, services.clock.now()),
        decided=tx.privacy.retention.get(tenant_id, RETENTION_ID) is not None,
        standing=tuple(_line(tx, scope, hold) for hold in holds if hold.released_at is None),
        ended=tuple(_line(tx, scope, hold) for hold in holds if hold.released_at is not None),
    )


def _line(tx: UnitOfWork, scope: Scope, hold: HoldRow) -> HoldLine:
    stands = hold.released_at is None
    visits = tx.privacy.subjects.visit_ids(scope.tenant_id, hold.kind, hold.ref) if stands else []
    return HoldLine(hold, _subject(tx, scope, hold), name_of_actor(scope, hold.placed_by), len(visits))


def _subject(tx: UnitOfWork, scope: Scope, hold: HoldRow) -> str:
    if hold.kind == "person":
        return scope.name(hold.ref)
    return account_name(tx, scope.tenant_id, hold.ref) if hold.kind == "account" else hold.ref
