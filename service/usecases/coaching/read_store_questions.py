"""What customers ask a store, from the CRM's events and from recorded talks."""

from datetime import timedelta

from service.domain.crm.events import EntityKind
from service.domain.errors import NotFound
from service.domain.playbooks.asked import ASKED
from service.domain.playbooks.frequent_questions import FrequentQuestion, frequent_questions
from service.domain.ports import UnitOfWork
from service.usecases.services import Services

STORE: EntityKind = "store"
MOST_FACTS = 5_000


def read_store_questions(
    tx: UnitOfWork, services: Services, tenant_id: str, store_id: str, *, days: int
) -> list[FrequentQuestion]:
    """The questions of a store's last days, the most frequent first.

    Raises:
        NotFound: no event has told of such a store (`store_not_found`).
    """
    facts = tx.playbooks.links.facts(tenant_id, (STORE, store_id), types=(ASKED,), newest=MOST_FACTS)
    if not facts and tx.entities.get(tenant_id, STORE, store_id) is None:
        raise NotFound("no event has told of such a store", code="store_not_found")
    now = services.clock.now()
    since = now - timedelta(days=days)
    return frequent_questions((fact for fact in facts if since <= fact.at <= now), at=now)
