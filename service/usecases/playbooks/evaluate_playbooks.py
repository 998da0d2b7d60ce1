"""Everything playbooks do of their own accord, in order: take in events, look at who is due, move the clocks on."""

from service.usecases.crm.judge_events import judge_events
from service.usecases.playbooks.advance_subjects import advance_due
from service.usecases.playbooks.step_alerts import step_alerts
from service.usecases.services import Services


def evaluate_playbooks(services: Services, *, tenant_id: str = "") -> int:
    """One round; how many events, subjects and steps it dealt with. Any number of processes may run it at once.

    Args:
        tenant_id: whose; every tenant's where it is empty.
    """
    return (
        judge_events(services, tenant_id=tenant_id)
        + advance_due(services, tenant_id=tenant_id)
        + step_alerts(services, tenant_id=tenant_id)
    )
