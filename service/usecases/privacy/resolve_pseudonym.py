"""Whom a receiver means by a token: found by trying what is still kept, and written down."""

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.pseudonyms import endpoint_key, find_named
from service.domain.privacy.rules import stone_of
from service.usecases.delivery.manage_endpoints import find_endpoint
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services

_OF_VISITS = ("visit", "opportunity", "external")


def resolve_pseudonym(
    tx: UnitOfWork, services: Services, tenant_id: str, endpoint_id: str, token: str, *, actor: str
) -> tuple[str, str]:
    """(what it is, its id): person, account, visit, opportunity or external.

    Raises:
        NotFound: no such endpoint; or nobody who is still kept has this token there (`pseudonym_unknown`).
    """
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
    key = endpoint_key(services.person_key(tenant_id), endpoint.id)
    places: dict[tuple[str, str], set[str]] = {}
    for family, name, visit_id in tx.privacy.subjects.names(tenant_id):
        places.setdefault((family, name), set()).add(visit_id)
    found = find_named(token, key, places)
    if found is None or (found[0] in _OF_VISITS and all(_erased(tx, tenant_id, each) for each in places[found])):
        raise NotFound("nobody who is still kept has this token there", code="pseudonym_unknown")
    note(tx, services, tenant_id, actor, "pseudonym.resolved", f"pseudonym:{token}", detail={"endpoint": endpoint.id})
    return found


def _erased(tx: UnitOfWork, tenant_id: str, visit_id: str) -> bool:
    """Whether a visit's row stands only to refuse what is sent later."""
    return tx.privacy.tombstones.get(tenant_id, stone_of(tenant_id, "visit", visit_id)) is not None
