"""Tell a chat group: in the robot's turn, merged where it would be too much, once more where it may have arrived.

Invariant: sends are taken from the robot's bucket in the transaction that claims the delivery, before anything is
sent, because failed sends count too; what has no room waits or goes into a digest, and nothing is dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.delivery.cards import Card, card_of, people_in
from service.domain.delivery.deliveries import Attempt, Delivery, Endpoint, next_delay, payload_of
from service.domain.delivery.robots import (
    AMBIGUOUS_AT_MOST,
    BUSY_AT_MOST,
    DIGEST_AT_MOST,
    Posted,
    RobotChannel,
    RobotChannels,
    Turn,
    noted,
    robot_key,
    silenced,
    turn_of,
)
from service.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
from service.usecases.delivery.end_delivery import Ended, Owed, Records


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be posted now, and for which deliveries."""

    endpoint: Endpoint
    owed: tuple[Owed, ...]
    bodies: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RobotDeliverer:
    """Sends claimed deliveries to robots; `public_url` is where the links in messages lead, empty for none."""

    uow: UnitOfWorkFactory
    clock: Clock
    records: Records
    channels: RobotChannels
    jitter: Callable[[], float]
    owner: str
    public_url: str = ""

    def prepare(self, tx: UnitOfWork, delivery: Delivery, endpoint: Endpoint) -> Message | None:
        """What to post for a claimed delivery, its sends taken; None when it is not the robot's turn, or it is moot."""
        channel, now = self.channels[endpoint.kind], self.clock.now()
        event = tx.events.get(delivery.tenant_id, delivery.event_id)
        if event is None:
            return None
        owed = Owed(delivery, endpoint, event)
        key = robot_key(endpoint.secrets[0])
        bucket = tx.robots.open(key)
        parts = channel.render(self._card(tx, owed))
        message = Message(endpoint, (owed,), parts[delivery.parts_sent :] or parts[-1:])
        turn = turn_of(bucket, channel.limits, now, sends=len(message.bodies))
        if turn.wait_until is not None:
            tx.deliveries.put_off(delivery, turn.wait_until)
            tx.deliveries.put_off_all(endpoint.tenant_id, endpoint.id, turn.wait_until)
            return None
        if self._is_too_much(tx.deliveries.due_beside(delivery, now), turn, channel):
            message = self._merged(tx, channel, owed)
        tx.robots.put(key, noted(bucket, channel.limits, now, sends=len(message.bodies)))
        return message

    @staticmethod
    def _is_too_much(beside: int, turn: Turn, channel: RobotChannel) -> bool:
        """Whether to merge: more is due and this is the last send that fits, or a backlog that takes minutes."""
        return beside > 0 and (turn.last or beside > 2 * channel.limits.windows[0].sends)

    def _merged(self, tx: UnitOfWork, channel: RobotChannel, first: Owed) -> Message:
        """One message for what is due now, as much of it as fits; the rest is due again at once."""
        now = self.clock.now()
        beside = tx.deliveries.claim_beside(first.delivery, self.owner, now, DIGEST_AT_MOST - 1)
        events = {each.id: tx.events.get(each.tenant_id, each.event_id) for each in beside}
        more = [Owed(each, first.endpoint, event) for each in beside if (event := events[each.id]) is not None]
        owed = (first, *more)
        digest = channel.digest([self._card(tx, each) for each in owed])
        for each in owed[digest.holds :]:
            tx.deliveries.put_off(each.delivery, now)
        return Message(first.endpoint, owed[: digest.holds], (digest.body,))

    def _card(self, tx: UnitOfWork, owed: Owed) -> Card:
        data = payload_of(owed.event, owed.endpoint.payload)["data"]
        people = {person: tx.people.get(owed.event.tenant_id, person) for person in people_in(owed.event)}
        names = {person: known.name for person, known in people.items() if known is not None}
        return card_of(owed.event, data, public_url=self.public_url, names=names)

    def send(self, message: Message) -> None:
        """Post the message, outside any transaction, and record what came of it."""
        channel, first = self.channels[message.endpoint.kind], message.owed[0].delivery
        arrived = 0
        for body in message.bodies:
            posted = channel.send(
                message.endpoint, body, delivery_id=first.id, number=first.attempts + 1, now=self.clock.now()
            )
            if posted.ending != "sent":
                break
            arrived += 1
        for owed in message.owed:
            self.records.count_sent(owed, posted.attempt)
        with self.uow() as tx:
            self._record(tx, message, posted, arrived)

    def _record(self, tx: UnitOfWork, message: Message, posted: Posted, arrived: int) -> None:
        now = self.clock.now()
        if posted.silence > timedelta(0):
            key = robot_key(message.endpoint.secrets[0])
            tx.robots.put(key, silenced(tx.robots.open(key), now + posted.silence))
        for owed in message.owed:
            delivery = owed.delivery
            attempt = _attempt_of(posted.attempt, delivery)
            earlier = tx.deliveries.attempts(delivery.tenant_id, delivery.id)
            ended = after_post(posted, attempt, earlier, now, jitter=self.jitter())
            parts = delivery.parts_sent + (arrived if len(message.owed) == 1 else 0)
            self.records.record(tx, owed, attempt, Ended(ended.state, ended.next_attempt_at, parts, ended.blames))


def _attempt_of(attempt: Attempt, delivery: Delivery) -> Attempt:
    return Attempt(
        delivery.id, delivery.attempts + 1, attempt.at, attempt.status, attempt.error, attempt.latency_ms, attempt.body
    )


def after_post(posted: Posted, attempt: Attempt, earlier: Sequence[Attempt], now: datetime, *, jitter: float) -> Ended:
    """What a post to a robot leads to; `earlier` are the delivery's attempts before this one."""
    if posted.ending == "sent":
        return Ended("delivered")
    if posted.ending == "rate_limited":
        return Ended("pending", now + posted.silence, blames=False)  # our pace was wrong, not the robot
    if posted.ending == "rejected":
        return Ended("dead")
    alike = 1 + sum(each.error.startswith(f"{posted.ending}:") for each in earlier)
    if posted.ending == "ambiguous" and alike >= AMBIGUOUS_AT_MOST:
        return Ended("dead")
    if posted.ending == "busy" and alike > BUSY_AT_MOST:
        return Ended("dead")
    delay = next_delay(attempt.number, jitter=jitter)
    return Ended("dead") if delay is None else Ended("pending", now + delay)
