"""Create a visit; the CRM's own id makes a repeat harmless, and lets consent and dialect follow later."""

from dataclasses import replace
from datetime import datetime

from service.domain.errors import Conflict
from service.domain.ports import UnitOfWork
from service.domain.visit import Consent, Visit


def create_visit(tx: UnitOfWork, visit: Visit, *, now: datetime) -> tuple[Visit, bool]:
    """The stored visit, and whether it is new.

    Raises:
        Conflict: the external id already names another visit (other rep, account, time or dialect).
    """
    if visit.external_id:
        known = tx.visits.by_external(visit.tenant_id, visit.external_id)
        if known is not None:
            same = replace(visit, id=known.id, created_at=known.created_at, consent=known.consent)
            if "" in (visit.dialect, known.dialect):
                same = replace(same, dialect=known.dialect)
            if same != known:
                raise Conflict("this external_id already names another visit", code="external_id_taken")
            if visit.dialect != known.dialect == "":
                known = replace(known, dialect=visit.dialect)
                tx.visits.update(known)
            return _agreed(tx, known, visit.consent, now), False
    stored = replace(visit, created_at=now)
    tx.visits.add(stored)
    return stored, True


def _agreed(tx: UnitOfWork, known: Visit, consent: Consent | None, now: datetime) -> Visit:
    """The known visit with a consent that came later; one that still holds, or was withdrawn, is not replaced."""
    standing = known.consent
    if consent is None or (standing is not None and (standing.withdrawn_at is not None or standing.holds_at(now))):
        return known
    agreed = replace(known, consent=consent)
    tx.visits.update(agreed)
    return agreed
