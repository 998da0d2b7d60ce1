"""The register of processors as the console shows it: who is in it, who is not, and where receivers may lie."""

from dataclasses import dataclass

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import ProcessorRow
from service.domain.privacy.transfers import year_of
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.privacy.list_receivers import unregistered_hosts
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Register:
    """All entries by name; `required`: nothing is sent to a receiver that is not in it."""

    rows: tuple[ProcessorRow, ...]
    unregistered: tuple[str, ...]
    required: bool


def view_register(tx: UnitOfWork, services: Services, tenant_id: str) -> Register:
    """The register, with what is missing from it."""
    rows = sorted(tx.privacy.processors.find(tenant_id), key=lambda row: (row.name, row.host, row.kind))
    missing = view_unregistered(tx, services, tenant_id)
    return Register(tuple(rows), missing, services.installed().processors_required)


def view_unregistered(tx: UnitOfWork, services: Services, tenant_id: str) -> tuple[str, ...]:
    """Hosts without an entry that are sent data, or were this year."""
    told = unregistered_hosts(tx, tenant_id, services.installed())
    sent = transfers_of(tx, tenant_id, year_of(services.clock.now())).unplaced
    return tuple(sorted({*told, *sent}))


def find_processor(tx: UnitOfWork, tenant_id: str, processor_id: str) -> ProcessorRow:
    """One entry.

    Raises:
        NotFound: there is none (`processor_not_found`).
    """
    row = tx.privacy.processors.get(tenant_id, processor_id)
    if row is None:
        raise NotFound("there is no such processor", code="processor_not_found")
    return row


def is_listed(tx: UnitOfWork, tenant_id: str, kind: str, host: str) -> bool:
    """Whether an entry of this kind and host stands; nobody else adds one before this unit of work ends."""
    tx.privacy.audit.hold(tenant_id)
    return bool(tx.privacy.processors.find(tenant_id, among={"kind": [kind], "host": [host.lower()]}))
