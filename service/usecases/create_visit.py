"""Create a visit; the CRM's own id makes a repeat harmless."""

from dataclasses import replace
from datetime import datetime

from service.domain.errors import Conflict
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit


def create_visit(tx: UnitOfWork, visit: Visit, *, now: datetime) -> tuple[Visit, bool]:
    """The stored visit, and whether it is new.

    Raises:
        Conflict: the external id already names another visit (other rep, account or time).
    """
    if visit.external_id:
        known = tx.visits.by_external(visit.tenant_id, visit.external_id)
        if known is not None:
            same = replace(visit, id=known.id, created_at=known.created_at, consent=known.consent)
            if same != known:
                raise Conflict("this external_id already names another visit", code="external_id_taken")
            return known, False
    stored = replace(visit, created_at=now)
    tx.visits.add(stored)
    return stored, True
