"""Deliveries while someone else acts: an endpoint removed or switched off in mid-air, a record that comes too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.delivery.deliveries import DISABLE_AFTER, DISABLE_MIN_FAILURES, Attempt, Delivery, Endpoint
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.delivery.end_delivery import after_attempt, why_disable
from tests.support.builders import TENANT, an_endpoint, an_event, an_id
from tests.support.fakes import NOON, FakeClock, FakeIds, FakeSender, MemoryDatabase


class Interrupted(FakeSender):
    """Something happens between the send and its record."""

    meanwhile: Callable[[], None]

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        attempt = super().send(endpoint, event_id, body, delivery_id=delivery_id, number=number, now=now)
        self.meanwhile()
        return attempt


class Post:
    """One endpoint, one event, and a hand that acts in mid-air."""

    def __init__(self, *answers: tuple[int | None, str, int | None]) -> None:
        self.clock = FakeClock()
        self.database = MemoryDatabase(FakeIds())
        self.sender = Interrupted(list(answers) or [(200, "", None)])
        self.sender.meanwhile = lambda: None
        self.deliverer = Deliverer(self.database, self.clock, self.sender, "me", FakeIds())
        with self.database() as tx:
            tx.endpoints.add(an_endpoint())
            tx.events.add(an_event())

    @property
    def delivery(self) -> Delivery:
        (delivery,) = self.database.state.deliveries.values()
        return delivery

    def remove(self) -> None:
        with self.database() as tx:
            tx.endpoints.remove(TENANT, an_id("whk"))

    def switch_off(self) -> None:
        with self.database() as tx:
            tx.endpoints.disable(TENANT, an_id("whk"), reason="by hand", now=self.clock.now())

    def take_over(self) -> None:
        """As if this process had slept past its lease and another had delivered."""
        self.sender.meanwhile = lambda: None
        self.clock.forward(minutes=2)
        assert Deliverer(self.database, self.clock, FakeSender(), "other", FakeIds()).deliver_one()


def an_attempt(**changes: object) -> Attempt:
    return replace(Attempt(an_id("dlv"), 1, NOON, 500, "http_500", 3), **changes)  # type: ignore[arg-type]


def test_an_endpoint_removed_in_mid_air_keeps_its_delivery_cancelled() -> None:
    post = Post((500, "http_500", None))
    post.sender.meanwhile = post.remove
    assert post.deliverer.deliver_one()
    assert post.delivery.state == "cancelled"
    assert post.database.state.endpoints == {}


def test_an_event_that_was_erased_is_not_sent() -> None:
    post = Post()
    post.database.state.events.clear()
    assert post.deliverer.deliver_one()
    assert post.sender.sent == []


def test_an_endpoint_switched_off_in_mid_air_keeps_the_first_reason() -> None:
    post = Post((410, "http_410", None))
    post.sender.meanwhile = post.switch_off
    post.deliverer.deliver_one()
    assert post.database.state.endpoints[an_id("whk")].disabled_reason == "by hand"


def test_a_record_that_comes_too_late_changes_neither_delivery_nor_endpoint() -> None:
    post = Post((500, "http_500", None))
    post.sender.meanwhile = post.take_over
    assert post.deliverer.deliver_one()
    endpoint = post.database.state.endpoints[an_id("whk")]
    assert (post.delivery.state, post.delivery.last_status) == ("delivered", 200)
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_without_a_hand_on_the_dice_a_retry_stays_within_a_fifth() -> None:
    waits = set()
    for _ in range(20):
        post = Post((500, "http_500", None))
        post.deliverer.deliver_one()
        waits.add((post.delivery.next_attempt_at - post.clock.now()).total_seconds())
    assert all(4 <= wait <= 6 for wait in waits)
    assert len(waits) > 1


@pytest.mark.parametrize(
    ("attempt", "state"),
    [
        (an_attempt(status=200, error=""), "delivered"),
        (an_attempt(status=204, error=""), "delivered"),
        (an_attempt(status=299, error=""), "delivered"),
        (an_attempt(status=200, error="body_too_slow"), "pending"),
        (an_attempt(status=199, error=""), "pending"),
        (an_attempt(status=300, error=""), "pending"),
        (an_attempt(status=None, error=""), "pending"),
        (an_attempt(status=410, error="http_410"), "held"),
        (an_attempt(number=10), "dead"),
        (an_attempt(number=10, status=200, error=""), "delivered"),
    ],
    ids=["200", "204", "299", "200 with a fault", "199", "300", "no answer", "410", "tenth fails", "tenth works"],
)
def test_an_attempt_leads_where_its_answer_says(attempt: Attempt, state: str) -> None:
    assert after_attempt(attempt, NOON, jitter=0.0).state == state


@pytest.mark.parametrize(
    ("failing_for", "failures", "off"),
    [
        (DISABLE_AFTER, DISABLE_MIN_FAILURES, True),
        (DISABLE_AFTER, DISABLE_MIN_FAILURES - 1, False),
        (DISABLE_AFTER - timedelta(seconds=1), DISABLE_MIN_FAILURES, False),
        (None, DISABLE_MIN_FAILURES, False),
    ],
    ids=["both", "too few", "too short", "not failing"],
)
def test_an_endpoint_is_switched_off_for_lasting_and_many_failures(
    failing_for: timedelta | None, failures: int, off: bool
) -> None:
    since = None if failing_for is None else NOON - failing_for
    endpoint = an_endpoint(failing_since=since, failures=failures)
    assert (why_disable(an_attempt(), endpoint, NOON) is not None) is off


@pytest.mark.parametrize("endpoint", [None, an_endpoint(disabled_at=NOON)], ids=["removed", "off already"])
def test_what_is_no_more_is_not_switched_off_again(endpoint: Endpoint | None) -> None:
    assert why_disable(an_attempt(status=410), endpoint, NOON) is None
