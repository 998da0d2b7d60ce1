"""Whether a tenant may bring more work into a queue; asked before anything of it is stored."""

from service.domain.admission import admit
from service.domain.ports import UnitOfWork
from service.domain.stages import Queue
from service.usecases.services import Services


def admit_work(tx: UnitOfWork, services: Services, tenant_id: str, queue: Queue) -> None:
    """Refuse where a share is full; how soon there is room is looked up only then, as it costs more.

    Raises:
        TooManyRequests, Unavailable: too much is waiting; both say when this work would begin.
    """
    limits = services.limits
    own, everybodys = tx.office.waiting(tenant_id, queue)
    if own < limits.queued_visits and everybodys < limits.queued_visits_of_all:
        return
    now = services.clock.now()
    load = tx.office.load(tenant_id, queue, now)
    admit(load, now, own_at_most=limits.queued_visits, all_at_most=limits.queued_visits_of_all)
