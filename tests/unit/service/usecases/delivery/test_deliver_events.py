"""The delivery schedule with a clock that tests move: every instant, every end."""

from datetime import timedelta

import pytest

from service.domain.delivery.deliveries import Delivery
from service.domain.records import Page
from service.usecases.delivery.deliver_events import Deliverer, body_of
from tests.support.builders import TENANT, an_endpoint, an_event, an_id
from tests.support.fakes import FakeClock, FakeIds, FakeSender, MemoryDatabase

SCHEDULE_S = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


class Post:
    """One endpoint, one event, a sender that answers as told."""

    def __init__(self, *answers: tuple[int | None, str, int | None], jitter: float = 0.0) -> None:
        self.clock = FakeClock()
        self.database = MemoryDatabase(FakeIds())
        self.sender = FakeSender(list(answers) or [(200, "", None)])
        self.deliverer = Deliverer(self.database, self.clock, self.sender, "me", FakeIds(), jitter=lambda: jitter)
        with self.database() as tx:
            tx.endpoints.add(an_endpoint())
            tx.events.add(an_event())

    @property
    def delivery(self) -> Delivery:
        (delivery,) = self.database.state.deliveries.values()
        return delivery

    def wait_s(self) -> float:
        return (self.delivery.next_attempt_at - self.clock.now()).total_seconds()


def test_what_is_delivered_is_not_sent_again() -> None:
    post = Post()

    assert post.deliverer.deliver_one()
    assert not post.deliverer.deliver_one()
    assert (post.delivery.state, post.delivery.attempts) == ("delivered", 1)


@pytest.mark.parametrize(
    "answer",
    [(500, "http_500", None), (302, "http_302", None), (404, "http_404", None), (None, "timeout", None)],
    ids=["500", "302", "404", "timeout"],
)
def test_anything_but_success_is_tried_again_in_five_seconds(answer: tuple[int | None, str, int | None]) -> None:
    post = Post(answer)
    post.deliverer.deliver_one()

    assert (post.delivery.state, post.wait_s()) == ("pending", 5)


def test_the_whole_schedule_is_kept_and_ends_visibly_dead() -> None:
    post = Post((500, "http_500", None))
    waits = []
    while post.deliverer.deliver_one() and post.delivery.state == "pending":
        waits.append(post.wait_s())
        post.clock.at = post.delivery.next_attempt_at

    assert waits == SCHEDULE_S
    assert sum(waits) == timedelta(hours=75, minutes=35, seconds=5).total_seconds()
    assert (post.delivery.state, post.delivery.attempts) == ("dead", 10)
    assert {event_id for _, event_id, _, _ in post.sender.sent} == {an_id("evt")}


@pytest.mark.parametrize(("jitter", "expected"), [(-1, 4), (1, 6)])
def test_jitter_moves_an_attempt_by_a_fifth_at_most(jitter: float, expected: float) -> None:
    post = Post((500, "http_500", None), jitter=jitter)
    post.deliverer.deliver_one()

    assert post.wait_s() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("asked_s", "expected_s"), [(120, 120), (1, 5), (10**9, 86400)], ids=["longer", "shorter", "over a day"]
)
def test_a_receiver_that_asks_for_patience_gets_it_within_a_day(asked_s: int, expected_s: float) -> None:
    post = Post((429, "http_429", asked_s))
    post.deliverer.deliver_one()

    assert post.wait_s() == expected_s


def test_gone_switches_the_endpoint_off_and_holds_the_delivery() -> None:
    post = Post((410, "http_410", None))
    post.deliverer.deliver_one()

    endpoint = post.database.state.endpoints[an_id("whk")]
    assert post.delivery.state == "held"
    assert endpoint.disabled_at == post.clock.now()
    assert "410" in endpoint.disabled_reason


def test_five_failing_days_and_twenty_failures_switch_the_endpoint_off() -> None:
    post = Post((500, "http_500", None))
    began = post.clock.now()
    for hour in range(2, 200):
        with post.database() as tx:
            tx.events.add(an_event(hour, occurred_at=post.clock.now()))
        while post.deliverer.deliver_one():
            pass
        post.clock.forward(hours=1)

    endpoint = post.database.state.endpoints[an_id("whk")]
    assert endpoint.disabled_at - began == timedelta(days=5)
    assert "five days" in endpoint.disabled_reason
    assert post.database.state.deliveries[max(post.database.state.deliveries)].state == "held"


def test_five_failing_days_with_few_failures_are_no_reason() -> None:
    post = Post((500, "http_500", None))
    post.deliverer.deliver_one()
    post.clock.forward(days=6)
    post.deliverer.deliver_one()

    assert post.database.state.endpoints[an_id("whk")].disabled_at is None


def test_one_success_forgets_the_failures() -> None:
    post = Post((500, "http_500", None), (200, "", None))
    post.deliverer.deliver_one()
    post.clock.forward(seconds=5)
    post.deliverer.deliver_one()

    endpoint = post.database.state.endpoints[an_id("whk")]
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_a_new_event_is_not_held_up_by_an_old_one_that_waits() -> None:
    post = Post((500, "http_500", None), (200, "", None))
    post.deliverer.deliver_one()
    with post.database() as tx:
        tx.events.add(an_event(2))

    post.deliverer.deliver_one()

    assert [event_id for _, event_id, _, _ in post.sender.sent] == [an_id("evt", 1), an_id("evt", 2)]


def test_a_process_that_died_after_sending_sends_the_same_event_again() -> None:
    post = Post()
    with post.database() as tx:
        tx.deliveries.claim("died", post.clock.now())
    post.clock.forward(seconds=61)

    post.deliverer.deliver_one()

    assert [(event_id, number) for _, event_id, _, number in post.sender.sent] == [(an_id("evt"), 1)]
    assert post.delivery.state == "delivered"


def test_an_endpoint_removed_while_it_was_claimed_is_not_called() -> None:
    post = Post()
    with post.database() as tx:
        tx.endpoints.remove(TENANT, an_id("whk"))

    assert not post.deliverer.deliver_one()
    assert post.sender.sent == []


def test_thin_and_full_differ_by_the_analysis_only() -> None:
    bodies = {}
    for kind in ("thin", "full"):
        post = Post()
        with post.database() as tx:
            tx.endpoints.update(an_endpoint(payload=kind))
            tx.events.add(an_event(2, data={"links": {}, "analysis": {"summary": "客户嫌贵"}}))
        while post.deliverer.deliver_one():
            pass
        bodies[kind] = post.sender.sent[-1][2].decode()

    assert "客户嫌贵" in bodies["full"]
    assert "客户嫌贵" not in bodies["thin"]


def test_what_cannot_be_written_as_json_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        body_of({"share": float("nan")})


def test_deliveries_can_be_listed_by_state() -> None:
    post = Post()
    post.deliverer.deliver_one()

    with post.database(write=False) as tx:
        assert [delivery.state for delivery in tx.deliveries.page(TENANT, Page(), state="delivered")] == ["delivered"]
