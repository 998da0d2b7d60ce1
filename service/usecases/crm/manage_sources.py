"""CRMs that push webhooks: register one with the secret it signs with, forget it again.

Invariant: a secret that we made is returned by the call that makes it and by no other; one that was given never is.
"""

import base64

from service.domain.crm.sources import CrmSource, Dialect
from service.domain.errors import Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.usecases.services import Services

MAX_SOURCES = 50


def register_source(
    tx: UnitOfWork, services: Services, *, tenant_id: str, kind: Dialect, secret: str | None, description: str
) -> CrmSource:
    """The new source, with the secret given or one made here.

    Raises:
        Invalid: too many sources (`too_many_sources`).
    """
    if len(tx.crm_sources.page(tenant_id, Page(MAX_SOURCES))) >= MAX_SOURCES:
        raise Invalid(f"a tenant may have {MAX_SOURCES} sources: remove one first", code="too_many_sources")
    made = base64.urlsafe_b64encode(services.ids.secret(32)).decode().rstrip("=")
    source = CrmSource(
        id=services.ids.new("src"),
        tenant_id=tenant_id,
        kind=kind,
        secrets=(secret or made,),
        created_at=services.clock.now(),
        description=description,
    )
    tx.crm_sources.add(source)
    return source


def find_source(tx: UnitOfWork, tenant_id: str, source_id: str) -> CrmSource:
    """The source, or NotFound."""
    source = tx.crm_sources.get(tenant_id, source_id)
    if source is None:
        raise NotFound("there is no such source", code="source_not_found")
    return source
