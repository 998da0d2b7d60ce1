"""What the records behind a number are called, so that people read names where the CRM has ids."""

from collections.abc import Callable, Mapping

from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.playbooks.explain import SUBJECT_NAMES
from service.domain.ports import UnitOfWork
from service.usecases.crm.read_metrics import MetricReading

Kinds = Mapping[str, str]
SHOWN = 200
TAIL = 8  # characters of an id that tell records apart
ABOVE: tuple[EntityKind, ...] = ("opportunity", "account")


def name_subjects(
    tx: UnitOfWork,
    tenant_id: str,
    reading: MetricReading,
    *,
    people: Mapping[str, str],
    sees: Callable[[str], bool],
    kinds: Kinds = SUBJECT_NAMES,
) -> dict[str, str]:
    """The names of the first two hundred subjects of a metric's value, by id.

    Args:
        people: names by id.
        sees: whether the reader may see a person's work; records of others, which count into a figure of the whole
            firm, are told by their kind alone, and so are those that belong to nobody unless the reader sees them.
        kinds: what kinds of records are called, in the reader's language.
    """
    names: dict[str, str] = {}
    for seen in reading.now.observations[:SHOWN]:
        told = [reading.events[each] for each in seen.because if each in reading.events]
        if told:
            is_seen = sees(owner_of(tx, tenant_id, told[0]))
            names[seen.subject] = (
                record_name(tx, tenant_id, told[0], people=people, kinds=kinds) if is_seen else _kind_of(told[0], kinds)
            )
    return names


def owner_of(tx: UnitOfWork, tenant_id: str, event: CrmEvent) -> str:
    """Whose record an event tells of: its owner's, else that of the deal or the account above it; empty if nobody's."""
    entity = tx.entities.get(tenant_id, event.kind, event.entity_id)
    own = event.owner_id or str((entity and (entity.get("owner_id") or entity.get("rep_id"))) or "")
    for above in ABOVE:
        known = "" if own else str((entity and entity.get(f"{above}_id")) or event.data.get(f"{above}_id") or "")
        belongs = tx.entities.get(tenant_id, above, known) if known else None
        own = own or str((belongs and (belongs.get("owner_id") or belongs.get("rep_id"))) or "")
    return own


def _kind_of(event: CrmEvent, kinds: Kinds) -> str:
    return f"{kinds[event.kind]} …{event.entity_id[-TAIL:]}"


def record_name(
    tx: UnitOfWork, tenant_id: str, event: CrmEvent, *, people: Mapping[str, str], kinds: Kinds = SUBJECT_NAMES
) -> str:
    """What the record that an event tells of is called: by its own name, by what it belongs to, by whose it is."""
    entity, kind = tx.entities.get(tenant_id, event.kind, event.entity_id), kinds[event.kind]
    own = str((entity and (entity.get("name") or entity.get("title"))) or "")
    if own:
        return own
    for above in ABOVE:
        known = str((entity and entity.get(f"{above}_id")) or event.data.get(f"{above}_id") or "")
        belongs = tx.entities.get(tenant_id, above, known) if known else None
        if belongs is not None and belongs.get("name"):
            return f"{belongs.get('name')} · {kind}"
    owner = people.get(str((entity and entity.get("owner_id")) or event.data.get("owner_id") or ""), "")
    return f"{owner} · {_kind_of(event, kinds)}" if owner else _kind_of(event, kinds)
