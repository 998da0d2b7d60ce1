"""Events come in: stored, added up, and every decision that follows at once is taken, all in one transaction."""

from collections.abc import Sequence

from service.domain.crm.events import CrmEvent
from service.domain.ports import UnitOfWork
from service.usecases.crm.check_deals import check_deals
from service.usecases.crm.close_loop import close_loops
from service.usecases.crm.decide_attribution import decide_attributions
from service.usecases.crm.decide_gates import decide_gates
from service.usecases.crm.take_events import Taken, take_events
from service.usecases.services import Services


def receive_events(tx: UnitOfWork, services: Services, tenant_id: str, events: Sequence[CrmEvent]) -> Taken:
    """Take the events, then look again at what the new ones touch."""
    taken = take_events(tx, tenant_id, events, names=services.content.vocabulary)
    if taken.accepted:
        decide_gates(tx, services, tenant_id, taken.accepted)
        decide_attributions(tx, services, tenant_id, taken.accepted)
        check_deals(tx, services, tenant_id, taken.accepted)
        close_loops(tx, services, tenant_id, taken.accepted)
    return taken
