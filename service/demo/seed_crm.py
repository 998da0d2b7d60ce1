"""Sends the demo CRM's story in through the use case of `POST /v1/events`, and has the rules look at it.

The rules know that the past is over: an alert is raised only for what still holds now.
"""

from collections.abc import Sequence
from datetime import datetime

from service.demo.crm_story import TASK_DAYS, TOLD_BACK, first_told, read_in_pieces, tell_crm
from service.domain.crm.cloudevents import from_envelope
from service.usecases.crm.receive_events import receive_events
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from service.usecases.services import Services

PIECE = 100
ROUNDS = 40  # of five hundred subjects each: far more than the story has, should a rule ever stay due


def seed_crm(services: Services, *, tenant_id: str, reps: Sequence[str], task_days: int = TASK_DAYS) -> int:
    """How many events were new; none when the story was told before."""
    now = services.clock.now()
    told_at = _told_at(services, tenant_id, reps[0]) or now.replace(microsecond=0)
    envelopes = tell_crm(reps, now=told_at, task_days=task_days)
    taken = 0
    for piece in read_in_pieces(envelopes, PIECE):
        events = [from_envelope(envelope, now=now) for envelope in piece]
        with services.uow() as tx:
            taken += len(receive_events(tx, services, tenant_id, events).accepted)
    if taken:
        for _ in range(ROUNDS):
            if not evaluate_playbooks(services, tenant_id=tenant_id):
                break
    return taken


def _told_at(services: Services, tenant_id: str, rep: str) -> datetime | None:
    """The moment at which this tenant was first told the story, so that it is the same story again."""
    with services.uow(write=False) as tx:
        events = tx.crm_events.of_entity(tenant_id, "plan", first_told(rep))
    return min(event.occurred_at for event in events) + TOLD_BACK if events else None
