"""Tell a tenant that a request of a person is due soon or overdue, each once, and forget what was closed years ago."""

from service.domain.delivery.deliveries import Event
from service.domain.ports import UnitOfWork
from service.domain.privacy.subject_requests import REQUEST_DUE, SubjectRequestRow, Urgency, told
from service.usecases.privacy.keep_audit import SYSTEM, note
from service.usecases.privacy.sweep_retention import retention_of
from service.usecases.services import Services


def watch_requests(services: Services) -> int:
    """How many were told or forgotten, over all tenants; each in a transaction of its own."""
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    return sum(_tell(services, tenant_id) + _forget(services, tenant_id) for tenant_id in tenants)


def _tell(services: Services, tenant_id: str) -> int:
    now = services.clock.now()
    with services.uow(write=False) as tx:
        standing = tx.privacy.requests.find(tenant_id, among={"state": ["open"]})
    count = 0
    for request_id in [each.id for each in standing if each.untold(now)]:
        with services.uow() as tx:
            count += _tell_one(tx, services, tenant_id, request_id)
    return count


def _tell_one(tx: UnitOfWork, services: Services, tenant_id: str, request_id: str) -> bool:
    now = services.clock.now()
    tx.privacy.audit.hold(tenant_id)  # whoever closes it waits, or has closed it
    request = tx.privacy.requests.get(tenant_id, request_id)
    urgency = request.untold(now) if request else None
    if request is None or urgency is None:
        return False
    note(tx, services, tenant_id, SYSTEM, f"request.{urgency}", f"request:{request_id}")
    tx.privacy.requests.put(told(request, urgency, now))
    tx.events.add(_event(services, request, urgency))
    return True


def _event(services: Services, request: SubjectRequestRow, urgency: Urgency) -> Event:
    """Whose request it is stays here: the receiver reads it with a key of its own."""
    data = {
        "request_id": request.id,
        "kind": request.kind,
        "urgency": urgency,
        "received_at": request.received_at.isoformat().replace("+00:00", "Z"),
        "due_at": request.due_at.isoformat().replace("+00:00", "Z"),
        "links": {"request": f"/v1/privacy/requests/{request.id}"},
    }
    return Event(services.ids.new("evt"), request.tenant_id, REQUEST_DUE, services.clock.now(), None, 0, data)


def _forget(services: Services, tenant_id: str) -> int:
    """Requests that were closed longer ago than the audit trail goes back."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        before = now - retention_of(tx, tenant_id, now).keeps("audit")
        closed = tx.privacy.requests.find(tenant_id, among={"state": ["answered", "refused"]}, until=before)
    old = [each.id for each in closed if each.closed_at is not None and each.closed_at < before]
    if not old:
        return 0
    with services.uow() as tx:
        return tx.privacy.requests.remove(tenant_id, among={"id": old})
