"""Sends a webhook only to a receiver that the register of processors names; for installations that demand it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.ports import UnitOfWorkFactory, WebhookSender
from service.usecases.privacy.decide_privacy import is_registered

REFUSED = "processor_unregistered: the register of processors does not name this receiver"


@dataclass(frozen=True, slots=True)
class RegisteredSender:
    """The WebhookSender port before another one; what is refused is tried again later, as after any failure."""

    sender: WebhookSender
    uow: UnitOfWorkFactory

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        """One attempt, or a refusal that says why."""
        host = urlsplit(endpoint.url).hostname or ""
        with self.uow(write=False) as tx:
            known = is_registered(tx, endpoint.tenant_id, ("webhook", "crm"), host)
        if not known:
            return Attempt(delivery_id, number, now, None, REFUSED, latency_ms=0)
        return self.sender.send(endpoint, event_id, body, delivery_id=delivery_id, number=number, now=now)
