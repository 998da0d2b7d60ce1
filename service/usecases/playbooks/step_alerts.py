"""The clock behind alerts: what was promised for a moment happens at it, once, whoever's process is up.

Invariant: an alert's step and everything it leads to are one transaction that holds the alert.
"""

from service.domain.playbooks.alerts import take_step
from service.usecases.playbooks.raise_alerts import Raising, effects_from
from service.usecases.services import Services


def step_alerts(services: Services, *, limit: int = 500, tenant_id: str = "") -> int:
    """Take every step that is due, of one tenant or of all, up to `limit`; how many there were."""
    count = 0
    while count < limit and _step_next(services, tenant_id):
        count += 1
    return count


def _step_next(services: Services, tenant_id: str) -> bool:
    now = services.clock.now()
    with services.uow() as tx:
        alert = tx.playbooks.alerts.claim_due(now, tenant_id=tenant_id)
        if alert is None:
            return False
        raising = Raising(tx, services, alert.tenant_id, now)
        moved, step = take_step(alert, now=now)
        tx.playbooks.alerts.update(moved)
        if step is None:
            raising.close(moved)
        else:
            raising.carry_out_all(moved, effects_from(step["effects"]))
        raising.tell()
    return True
