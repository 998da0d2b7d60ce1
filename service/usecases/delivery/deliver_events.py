"""Deliver what is owed: claim in one transaction, send outside any, record in another.

Invariant: an attempt is recorded or its lease runs out and it is made again with the same event id; never is a
transaction open while the other side is waited for.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nlp.text.masking import Masker, load_masker
from service.domain.coaching.score_reviews import Verdict, carries_scores, without_scores
from service.domain.delivery.deliveries import CHALLENGE, PING, Event, judge_challenge, payload_of
from service.domain.delivery.robots import RobotChannels
from service.domain.ports import Clock, Ids, UnitOfWorkFactory, WebhookSender
from service.domain.privacy.pseudonyms import endpoint_key, pseudonymise, token_of
from service.usecases.coaching.review_scores import judge_event
from service.usecases.delivery.deliver_to_robots import Message, RobotDeliverer
from service.usecases.delivery.end_delivery import Owed, Records, Watch, after_attempt, unwatched
from service.usecases.privacy.count_transfers import CountSent, counter_over, uncounted
from service.usecases.services import Services, passing_keys

JudgeEvent = Callable[[Event], Verdict]


def never_reviewed(event: Event) -> Verdict:
    """Where nobody can say what was reviewed, nothing was."""
    del event
    return "required"


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads load, hides nothing


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Sends what is due, one at a time; safe to use from several threads and processes."""

    uow: UnitOfWorkFactory
    clock: Clock
    sender: WebhookSender
    owner: str
    ids: Ids
    jitter: Callable[[], float] = _jitter
    robots: RobotChannels = field(default_factory=dict)
    public_url: str = ""
    watch: Watch = unwatched
    count: CountSent = uncounted
    key_of: Callable[[str], bytes] = field(default_factory=passing_keys, repr=False)
    masker: Masker = field(default_factory=load_masker)
    judge: JudgeEvent = never_reviewed

    @classmethod
    def over(
        cls, services: Services, sender: WebhookSender, owner: str, *, robots: RobotChannels, public_url: str,
        watch: Watch
    ) -> "Deliverer":  # fmt: skip
        """The deliverer of an installation: it counts transfers, and asks what was reviewed."""
        return cls(
            services.uow,
            services.clock,
            sender,
            owner,
            services.ids,
            robots=robots,
            public_url=public_url,
            watch=watch,
            count=counter_over(services),
            key_of=services.person_key,
            judge=partial(judge_event, services),
        )

    def deliver_one(self) -> bool:
        """Handle one due delivery; False when none was due."""
        robots = self._robots()
        with self.uow() as tx:
            delivery = tx.deliveries.claim(self.owner, self.clock.now())
            if delivery is None:
                return False
            endpoint = tx.endpoints.get(delivery.tenant_id, delivery.endpoint_id)
            event = tx.events.get(delivery.tenant_id, delivery.event_id)
            if endpoint is None or event is None:
                return True  # removed this moment, and its deliveries with it
            message: Message | None = None
            if endpoint.kind != "standard":
                message = robots.prepare(tx, delivery, endpoint)
        if endpoint.kind == "standard":
            self._send(Owed(delivery, endpoint, event))
        elif message is not None:
            robots.send(message)
        return True

    def _send(self, owed: Owed) -> None:
        event_id, payload = self._rendered(owed)
        attempt = self.sender.send(
            owed.endpoint,
            event_id,
            body_of(payload),
            delivery_id=owed.delivery.id,
            number=owed.delivery.attempts + 1,
            now=self.clock.now(),
        )
        self._records().count_sent(owed, attempt)
        if owed.event.type == CHALLENGE:
            attempt = judge_challenge(attempt, str(owed.event.data.get("challenge", "")))
        with self.uow() as tx:
            ended = after_attempt(attempt, self.clock.now(), jitter=self.jitter())
            self._records().record(tx, owed, attempt, ended)

    def _rendered(self, owed: Owed) -> tuple[str, dict[str, Any]]:
        """The id that the receiver knows the event by, and its payload; the same in every attempt and replay.

        What is for `hr` changes once: it has no scores of a rep until a person reviewed them.
        """
        event, endpoint = owed.event, owed.endpoint
        payload = payload_of(event, endpoint.payload)
        if endpoint.purpose == "hr" and carries_scores(payload["data"]):
            verdict = self.judge(event)
            if verdict != "reviewed":
                payload = {**payload, "data": without_scores(payload["data"], verdict)}
        if endpoint.payload != "pseudonymised" or event.type in (CHALLENGE, PING):  # which tell of nobody
            return event.id, payload
        key = endpoint_key(self.key_of(endpoint.tenant_id), endpoint.id)
        data = pseudonymise(payload["data"], key, self.masker)
        return token_of(key, "event", event.id), {**payload, "data": data}

    def _records(self) -> Records:
        return Records(self.clock, self.ids, self.watch, self.count)

    def _robots(self) -> RobotDeliverer:
        return RobotDeliverer(
            self.uow, self.clock, self._records(), self.robots, self.jitter, self.owner, self.public_url
        )


def body_of(payload: Mapping[str, Any]) -> bytes:
    """The payload as the bytes that are signed and sent; real characters, no NaN."""
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
