"""When was it last said: an account's talks by topic, from what is stored."""

from service.domain.coaching.last_mentions import Mention, find_mentions
from service.domain.errors import NotFound
from service.domain.records import Page
from service.usecases.services import Services

VISITS_READ = 30


def read_timeline(
    services: Services, *, tenant_id: str, account_id: str, topic: str | None, limit: int
) -> list[Mention]:
    """Mentions of a topic by this customer and those who talked to them, the newest first.

    Raises:
        NotFound: nobody has visited such an account (`account_not_found`).
    """
    with services.uow(write=False) as tx:
        if not tx.visits.page(tenant_id, Page(1), account_id=account_id):
            raise NotFound("there is no such account", code="account_not_found")
        # A keyword's category is an attribute, not a code: those visits are read without asking the database first.
        known = {label.code for label in services.content.taxonomy.labels}
        visits = tx.visits.history(
            tenant_id,
            before=services.clock.now(),
            limit=VISITS_READ,
            account_id=account_id,
            about=topic if topic in known else None,
        )
    return find_mentions(visits, topic, titles=services.content.titles, limit=limit)
