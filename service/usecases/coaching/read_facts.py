"""What the CRM says of an account right now, for hints and live cues: two queries, and none where nothing asks."""

from datetime import datetime

from service.domain.content.bundle import Content
from service.domain.crm.facts import AccountRecords, KnownFact, asked_of, known_facts
from service.domain.ports import UnitOfWork


def read_facts(
    tx: UnitOfWork,
    content: Content,
    *,
    tenant_id: str,
    account_id: str,
    now: datetime,
    opportunity_id: str | None = None,
) -> dict[str, KnownFact]:
    """The facts of `prompts/facts/` that hold for the account at `now`, by id.

    Args:
        opportunity_id: what it is about; other opportunities of the account then say nothing.
    """
    kinds, types = asked_of(content.fact_cards)
    entities = tx.entities.of_account(tenant_id, account_id, kinds) if kinds else []
    if not entities:
        return {}
    places = [(entity.kind, entity.id) for entity in entities]
    events = tx.crm_events.newest(tenant_id, places, types) if types else []
    records = AccountRecords(tuple(entities), tuple(events))
    return known_facts(content.fact_cards, records, now=now, opportunity_id=opportunity_id)
