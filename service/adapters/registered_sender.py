"""Sends only to receivers that the register of processors names; for installations that demand it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.delivery.robots import Digest, Posted, RobotChannel, RobotLimits
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


@dataclass(frozen=True, slots=True)
class RegisteredChannel:
    """The RobotChannel port before another one: a chat group belongs to whoever runs the chat."""

    channel: RobotChannel
    uow: UnitOfWorkFactory

    @property
    def limits(self) -> RobotLimits:
        """Those of the vendor."""
        return self.channel.limits

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        """As the vendor wants it."""
        return self.channel.render(card)

    def digest(self, cards: Sequence[Card]) -> Digest:
        """As the vendor wants it."""
        return self.channel.digest(cards)

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        """One post, or a refusal that says why."""
        host = urlsplit(endpoint.secrets[0]).hostname or ""
        with self.uow(write=False) as tx:
            known = is_registered(tx, endpoint.tenant_id, ("robot",), host)
        if not known:
            return Posted(Attempt(delivery_id, number, now, None, REFUSED, latency_ms=0), "transient")
        return self.channel.send(endpoint, body, delivery_id=delivery_id, number=number, now=now)
