"""Telling groups: within the vendor's pace, merged when it is too much, once more when it may have arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Attempt, Delivery, Endpoint
from service.domain.delivery.robots import Digest, Ending, Posted, RobotLimits, Window
from service.usecases.delivery.deliver_events import Deliverer
from tests.support.builders import TENANT, an_endpoint, an_event, an_id
from tests.support.fakes import NOON, FakeClock, FakeIds, FakeSender, MemoryDatabase

LIMITS = RobotLimits(4_096, (Window(3, 60),))
MINUTE = timedelta(minutes=1)
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6"


@dataclass
class FakeChannel:
    """A channel of three sends a minute that ends each post as it is told, the last ending repeating."""

    endings: list[Ending] = field(default_factory=lambda: ["sent"])
    parts: int = 1
    fits: int = 50
    limits: RobotLimits = LIMITS
    posts: list[tuple[str, datetime]] = field(default_factory=list)

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        return tuple({"text": f"{card.code}.{n}" if self.parts > 1 else card.code} for n in range(self.parts))

    def digest(self, cards: Sequence[Card]) -> Digest:
        held = cards[: self.fits]
        return Digest({"text": "+".join(card.code for card in held)}, len(held))

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        ending = self.endings.pop(0) if len(self.endings) > 1 else self.endings[0]
        self.posts.append((body["text"], now))
        error = "" if ending == "sent" else f"{ending}: x"
        silence = timedelta(minutes=10) if ending == "rate_limited" else timedelta(0)
        return Posted(Attempt(delivery_id, number, now, 200, error, 1), ending, silence)


class Group:
    """A robot in a group, another endpoint of the operations team, events that happen."""

    def __init__(self, *endings: Ending, **channel: Any) -> None:
        self.clock = FakeClock(NOON + 7 * MINUTE)
        self.database = MemoryDatabase(FakeIds())
        self.channel = FakeChannel(list(endings) or ["sent"], **channel)
        self.ops = FakeSender()
        self.deliverer = Deliverer(
            self.database, self.clock, self.ops, "me", FakeIds(10_000), jitter=lambda: 0.0,
            robots={"wecom": self.channel},
        )  # fmt: skip
        with self.database() as tx:
            tx.endpoints.add(an_endpoint(1, kind="wecom", secrets=(ROBOT, "")))
            tx.endpoints.add(an_endpoint(2, event_types=("webhook.exhausted", "webhook.disabled")))

    def happen(self, *numbers: int) -> None:
        with self.database() as tx:
            for number in numbers:
                tx.events.add(an_event(number, occurred_at=self.clock.now()))

    def work(self) -> None:
        while self.deliverer.deliver_one():
            pass

    def work_for(self, minutes: int) -> None:
        for _ in range(minutes * 6):
            self.work()
            self.clock.forward(seconds=10)

    def told(self) -> list[str]:
        return [text for text, _ in self.channel.posts]

    def deliveries(self) -> list[Delivery]:
        return [it for it in self.database.state.deliveries.values() if it.endpoint_id == an_id("whk", 1)]


def code(number: int) -> str:
    return an_id("evt", number)[-6:].upper()


def test_each_event_is_told_while_there_is_room() -> None:
    group = Group()
    group.happen(1, 2)
    group.work()

    assert group.told() == [code(1), code(2)]
    assert {it.state for it in group.deliveries()} == {"delivered"}


def test_what_is_too_much_for_the_window_is_merged_and_none_is_lost() -> None:
    group = Group()
    group.happen(*range(1, 8))
    group.work()

    assert group.told() == [code(1), code(2), "+".join(code(n) for n in range(3, 8))]
    assert {it.state for it in group.deliveries()} == {"delivered"}


def test_a_digest_takes_what_fits_and_the_rest_waits_for_the_window() -> None:
    group = Group(fits=4)
    group.happen(*range(1, 8))
    group.work()
    assert group.told()[2] == "+".join(code(n) for n in range(3, 7))
    assert sum(it.state == "pending" for it in group.deliveries()) == 1
    assert {it.attempts for it in group.deliveries() if it.state == "pending"} == {0}

    group.work_for(minutes=2)

    assert {it.state for it in group.deliveries()} == {"delivered"}
    assert "".join(group.told()).count(code(7)) == 1


@pytest.mark.parametrize("burst", [30, 400])
def test_however_many_happen_the_pace_is_kept_and_all_are_told(burst: int) -> None:
    group = Group(fits=20)
    group.happen(*range(1, burst + 1))
    group.work_for(minutes=12)

    assert {it.state for it in group.deliveries()} == {"delivered"}
    moments = [at for _, at in group.channel.posts]
    assert all(sum(end - MINUTE < at <= end for at in moments) <= 3 for end in moments)


def test_failed_sends_use_up_the_pace_too() -> None:
    group = Group("transient")
    group.happen(1, 2, 3, 4, 5)
    group.work_for(minutes=5)

    moments = [at for _, at in group.channel.posts]
    assert all(sum(end - MINUTE < at <= end for at in moments) <= 3 for end in moments)


def test_two_endpoints_with_one_robots_address_share_its_pace() -> None:
    group = Group()
    with group.database() as tx:
        tx.endpoints.add(an_endpoint(3, kind="wecom", secrets=(ROBOT, ""), tenant_id="ten_other"))
        for number in range(11, 15):
            tx.events.add(an_event(number, tenant_id="ten_other", occurred_at=group.clock.now()))
    group.happen(1, 2, 3)
    group.work()

    assert len(group.channel.posts) == 3


def test_what_may_have_arrived_is_told_once_more_only_and_the_operations_channel_hears_of_it() -> None:
    group = Group("ambiguous")
    group.happen(1)
    group.work_for(minutes=20)

    assert group.told() == [code(1), code(1)]
    (delivery,) = group.deliveries()
    assert (delivery.state, delivery.attempts) == ("dead", 2)
    ((_, _, body, _),) = group.ops.sent
    assert b'"type":"webhook.exhausted"' in body
    assert delivery.id.encode() in body


def test_what_a_vendor_refuses_for_good_is_dead_at_once() -> None:
    group = Group("rejected")
    group.happen(1)
    group.work_for(minutes=10)

    assert len(group.channel.posts) == 1
    assert group.deliveries()[0].state == "dead"


def test_a_busy_vendor_is_asked_three_times_more() -> None:
    group = Group("busy")
    group.happen(1)
    for _ in range(6):
        group.work()
        group.clock.forward(hours=3)

    assert len(group.channel.posts) == 4
    assert group.deliveries()[0].state == "dead"


def test_a_vendor_that_limits_us_gets_silence_and_nobody_is_blamed() -> None:
    group = Group("rate_limited", "sent")
    group.happen(1, 2)
    group.work_for(minutes=9)
    assert len(group.channel.posts) == 1
    assert group.database.state.endpoints[an_id("whk", 1)].failures == 0
    group.work_for(minutes=3)

    assert group.told()[1:] == [code(1), code(2)] or group.told()[1:] == [code(2), code(1)]
    assert {it.state for it in group.deliveries()} == {"delivered"}


def test_a_long_message_goes_on_where_it_broke_off() -> None:
    group = Group("sent", "transient", "sent", parts=3)
    group.happen(1)
    group.work()
    (delivery,) = group.deliveries()
    assert (delivery.state, delivery.parts_sent) == ("pending", 1)
    group.work_for(minutes=3)

    assert [text[-2:] for text in group.told()] == [".0", ".1", ".1", ".2"]
    assert group.deliveries()[0].state == "delivered"


def test_nothing_is_told_in_the_vendors_quiet_minute() -> None:
    group = Group(limits=RobotLimits(20_000, (Window(100, 60),), quiet_s=60))
    group.clock.at = NOON.replace(minute=30, second=10)
    group.happen(1)
    group.work()
    assert group.told() == []
    assert group.deliveries()[0].next_attempt_at == NOON.replace(minute=31, second=0)
    group.clock.forward(seconds=50)
    group.work()

    assert group.told() == [code(1)]


def test_an_exhausted_webhook_is_told_to_the_group_that_watches() -> None:
    group = Group()
    with group.database() as tx:
        watching = an_endpoint(4, kind="wecom", secrets=(ROBOT, ""), event_types=("webhook.exhausted",))
        tx.endpoints.add(watching)
        tx.endpoints.add(an_endpoint(5, event_types=("report.ready",)))
        tx.events.add(an_event(50, type="report.ready", occurred_at=group.clock.now()))
    group.ops.answers = [(500, "http_500", None)] * 9 + [(500, "http_500", None), (200, "", None)]
    for _ in range(12):
        group.work()
        group.clock.forward(hours=25)

    with group.database(write=False) as tx:
        exhausted = [e for e in tx.events.after(TENANT, None, 9) if e.type == "webhook.exhausted"]
    assert [event.data["attempts"] for event in exhausted] == [10]
    assert len(group.told()) == 1
