"""What every implementation promises of events, endpoints and deliveries."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.delivery.deliveries import Attempt, Delivery
from service.domain.delivery.ports import ReplayWish
from service.domain.delivery.robots import Bucket
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from service.domain.stages import LEASE
from tests.support.builders import OTHER_TENANT, TENANT, an_endpoint, an_event, an_id
from tests.support.fakes import NOON

SECOND = timedelta(seconds=1)


def owe(uow: UnitOfWorkFactory, events: int = 1, **endpoint: Any) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(**endpoint))
        for number in range(1, events + 1):
            tx.events.add(an_event(number))


def attempt(delivery: Delivery, status: int | None = 200, error: str = "") -> Attempt:
    return Attempt(delivery.id, delivery.attempts + 1, NOON, status, error, 12, body="ok")


def test_an_event_is_owed_to_those_who_want_its_type(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(1))
        tx.endpoints.add(an_endpoint(2, event_types=("visit.failed",)))
        tx.endpoints.add(an_endpoint(3, tenant_id=OTHER_TENANT))
        tx.endpoints.add(an_endpoint(4, disabled_at=NOON))
        tx.events.add(an_event())
        owed = {delivery.endpoint_id: delivery.state for delivery in tx.deliveries.page(TENANT, Page())}

    assert owed == {an_id("whk", 1): "pending", an_id("whk", 4): "held"}


def test_an_unproven_endpoint_is_sent_its_challenge_alone_until_it_repeats_it(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(challenge="abc"))
        tx.events.add(an_event(1))
        tx.events.add(an_event(2, type="webhook.challenge"), only=an_id("whk"))
        assert {(owed.event_id, owed.state) for owed in tx.deliveries.page(TENANT, Page())} == {
            (an_id("evt", 1), "held"),
            (an_id("evt", 2), "pending"),
        }
        claimed = tx.deliveries.claim("me", NOON)
        assert claimed is not None
        assert (claimed.event_id, tx.deliveries.claim("me", NOON)) == (an_id("evt", 2), None)
    with uow() as tx:
        assert not tx.endpoints.prove(TENANT, an_id("whk"), "another")
        assert not tx.endpoints.prove(OTHER_TENANT, an_id("whk"), "abc")
        assert tx.endpoints.prove(TENANT, an_id("whk"), "abc")
        assert not tx.endpoints.prove(TENANT, an_id("whk"), "")
        proven = tx.endpoints.get(TENANT, an_id("whk"))
        owed = tx.deliveries.claim("me", NOON)
        assert proven is not None
        assert owed is not None
        assert (proven.challenge, owed.event_id) == ("", an_id("evt", 1))


def test_secrets_and_settings_of_an_endpoint_come_back(uow: UnitOfWorkFactory) -> None:
    endpoint = an_endpoint(secrets=("whsec_new", "whsec_old"), previous_secret_until=NOON, payload="full")
    with uow() as tx:
        tx.endpoints.add(endpoint)
        assert tx.endpoints.get(TENANT, endpoint.id) == endpoint
        assert tx.endpoints.page(TENANT, Page()) == [endpoint]
        assert tx.endpoints.get(OTHER_TENANT, endpoint.id) is None
        changed = replace(endpoint, url="https://crm.example/other", secrets=("whsec_newest",))
        tx.endpoints.update(changed)
        assert tx.endpoints.get(TENANT, endpoint.id) == changed


def test_events_are_listed_in_order_after_a_cursor(uow: UnitOfWorkFactory) -> None:
    owe(uow, events=3)
    with uow(write=False) as tx:
        assert [event.id for event in tx.events.after(TENANT, None, 2)] == [an_id("evt", 1), an_id("evt", 2)]
        assert tx.events.after(TENANT, an_id("evt", 2), 9) == [an_event(3)]
        assert tx.events.after(OTHER_TENANT, None, 9) == []
        assert tx.events.get(TENANT, an_id("evt", 1)) == an_event(1)
        assert tx.events.get(OTHER_TENANT, an_id("evt", 1)) is None


def test_a_visits_events_are_numbered_from_one(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        numbers = [tx.events.next_sequence(TENANT, visit) for visit in ("v1", "v1", "v2", "v1")]

    assert numbers == [1, 2, 1, 3]


def test_a_delivery_is_claimed_once_and_recorded(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    with uow() as tx:
        claimed = tx.deliveries.claim("me", NOON)
        assert tx.deliveries.claim("other", NOON) is None
        assert tx.deliveries.record(claimed, attempt(claimed), state="delivered", next_attempt_at=None)
        delivered = tx.deliveries.get(TENANT, claimed.id)
        assert tx.deliveries.attempts(TENANT, claimed.id) == [attempt(claimed)]
        assert tx.deliveries.attempts(OTHER_TENANT, claimed.id) == []

    assert (delivered.state, delivered.attempts, delivered.last_status) == ("delivered", 1, 200)
    assert delivered.delivered_at == NOON


def test_a_failed_try_waits_for_its_next_moment(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    later = NOON + 5 * SECOND
    with uow() as tx:
        claimed = tx.deliveries.claim("me", NOON)
        tx.deliveries.record(claimed, attempt(claimed, 500, "http_500"), state="pending", next_attempt_at=later)
        assert tx.deliveries.claim("me", NOON + 4 * SECOND) is None
        again = tx.deliveries.claim("me", later)

    assert (again.attempts, again.last_status, again.last_error) == (1, 500, "http_500")


def test_a_try_whose_process_died_is_taken_over_and_the_late_record_ignored(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    after_lease = NOON + LEASE + SECOND
    with uow() as tx:
        lost = tx.deliveries.claim("me", NOON)
        taken = tx.deliveries.claim("other", after_lease)
        assert taken.id == lost.id
        assert not tx.deliveries.record(lost, attempt(lost), state="delivered", next_attempt_at=None)
        assert tx.deliveries.attempts(TENANT, lost.id) == []
        assert tx.deliveries.record(taken, attempt(taken), state="delivered", next_attempt_at=None)


@pytest.mark.parametrize(("failing_since", "expected"), [(None, 4), (NOON, 1)], ids=["healthy", "failing"])
def test_an_endpoint_gets_few_at_a_time(uow: UnitOfWorkFactory, failing_since: datetime | None, expected: int) -> None:
    owe(uow, events=6, failing_since=failing_since)
    with uow() as tx:
        claimed = [tx.deliveries.claim("me", NOON) for _ in range(6)]

    assert sum(delivery is not None for delivery in claimed) == expected


def test_a_busy_endpoint_does_not_hold_up_another(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(1, failing_since=NOON))
        for number in range(1, 4):
            tx.events.add(an_event(number))
        tx.endpoints.add(an_endpoint(2, event_types=("visit.failed",)))
        tx.events.add(an_event(9, type="visit.failed"))
        claimed = [tx.deliveries.claim("me", NOON) for _ in range(2)]

    assert [delivery.endpoint_id for delivery in claimed] == [an_id("whk", 1), an_id("whk", 2)]


def test_failures_are_counted_from_the_first_and_forgotten_on_success(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint())
        tx.endpoints.note_failure(TENANT, an_id("whk"), NOON)
        failing = tx.endpoints.note_failure(TENANT, an_id("whk"), NOON + SECOND)
        assert (failing.failures, failing.failing_since) == (2, NOON)
        assert tx.endpoints.note_failure(OTHER_TENANT, an_id("whk"), NOON) is None
        tx.endpoints.note_success(TENANT, an_id("whk"))
        assert tx.endpoints.get(TENANT, an_id("whk")) == an_endpoint()


def test_what_is_owed_to_a_disabled_endpoint_is_held_until_asked_for(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    with uow() as tx:
        tx.endpoints.disable(TENANT, an_id("whk"), reason="gone", now=NOON)
        disabled = tx.endpoints.get(TENANT, an_id("whk"))
        assert tx.deliveries.claim("me", NOON) is None
        (held,) = tx.deliveries.page(TENANT, Page(), state="held")
        assert tx.deliveries.retry(TENANT, held.id, NOON)
        assert tx.deliveries.claim("me", NOON) is None
        tx.endpoints.update(replace(disabled, disabled_at=None))
        assert tx.deliveries.claim("me", NOON).event_id == held.event_id

    assert (disabled.disabled_at, disabled.disabled_reason) == (NOON, "gone")


def test_removing_an_endpoint_cancels_what_is_owed_to_it(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    with uow() as tx:
        sending = tx.deliveries.claim("me", NOON)
        assert not tx.endpoints.remove(OTHER_TENANT, an_id("whk"))
        assert tx.endpoints.remove(TENANT, an_id("whk"))
        assert not tx.endpoints.remove(TENANT, an_id("whk"))
        assert not tx.deliveries.record(sending, attempt(sending), state="delivered", next_attempt_at=None)
        assert tx.deliveries.get(TENANT, sending.id).state == "cancelled"
        assert tx.deliveries.claim("me", NOON + LEASE + SECOND) is None


def test_a_dead_delivery_is_sent_again_on_request_with_the_same_event(uow: UnitOfWorkFactory) -> None:
    owe(uow)
    with uow() as tx:
        claimed = tx.deliveries.claim("me", NOON)
        assert not tx.deliveries.retry(TENANT, claimed.id, NOON)
        tx.deliveries.record(claimed, attempt(claimed, 500), state="dead", next_attempt_at=None)
        assert not tx.deliveries.retry(OTHER_TENANT, claimed.id, NOON)
        assert tx.deliveries.retry(TENANT, claimed.id, NOON + SECOND)
        again = tx.deliveries.claim("me", NOON + SECOND)

    assert (again.event_id, again.attempts) == (claimed.event_id, 1)


def test_deliveries_are_paged_by_endpoint_and_state(uow: UnitOfWorkFactory) -> None:
    owe(uow, events=3)
    with uow() as tx:
        tx.deliveries.claim("me", NOON)
        newest = tx.deliveries.page(TENANT, Page(1))
        rest = tx.deliveries.page(TENANT, Page(9, after=newest[0].id))
        assert len(rest) == 2
        assert len(tx.deliveries.page(TENANT, Page(), state="pending")) == 2
        assert tx.deliveries.page(TENANT, Page(), endpoint_id=an_id("whk", 9)) == []
        assert tx.deliveries.page(OTHER_TENANT, Page()) == []


def test_news_about_an_endpoint_is_not_told_to_it_and_a_ping_to_nobody_else(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(1))
        tx.endpoints.add(an_endpoint(2))
        told = tx.events.add(an_event(1), but=an_id("whk", 1))
        pinged = tx.events.add(an_event(2, type="webhook.ping"), only=an_id("whk", 1))
        found = [tx.deliveries.get(TENANT, delivery_id) for delivery_id in told + pinged]

    assert [delivery.endpoint_id for delivery in found] == [an_id("whk", 2), an_id("whk", 1)]


def test_a_robot_is_sent_one_message_at_a_time(uow: UnitOfWorkFactory) -> None:
    owe(uow, events=3, kind="wecom", secrets=("https://robot", ""))
    with uow() as tx:
        assert tx.endpoints.get(TENANT, an_id("whk")).kind == "wecom"
        assert tx.deliveries.claim("me", NOON) is not None
        assert tx.deliveries.claim("other", NOON) is None


def test_what_is_due_beside_a_delivery_is_claimed_with_it_and_put_off_without_an_attempt(
    uow: UnitOfWorkFactory,
) -> None:
    owe(uow, events=4)
    later = NOON + 60 * SECOND
    with uow() as tx:
        first = tx.deliveries.claim("me", NOON)
        assert tx.deliveries.due_beside(first, NOON) == 3
        beside = tx.deliveries.claim_beside(first, "me", NOON, 2)
        assert [each.state for each in beside] == ["sending", "sending"]
        assert tx.deliveries.due_beside(first, NOON) == 1
        assert tx.deliveries.put_off(beside[0], later)
        assert not tx.deliveries.put_off(beside[0], later)
        assert tx.deliveries.put_off_all(TENANT, an_id("whk"), later) == 1
        assert tx.deliveries.put_off_all(OTHER_TENANT, an_id("whk"), later + SECOND) == 0
        waiting = tx.deliveries.page(TENANT, Page(), state="pending")
        assert tx.deliveries.record(beside[1], attempt(beside[1]), state="pending", next_attempt_at=later, parts_sent=2)
        assert tx.deliveries.get(TENANT, beside[1].id).parts_sent == 2
        both = tx.deliveries.attempts_of(TENANT, [first.id, beside[1].id])

    assert {(each.next_attempt_at, each.attempts) for each in waiting} == {(later, 0)}
    assert [each.delivery_id for each in both] == [beside[1].id]


def test_a_replay_turns_what_it_names_and_nothing_else(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.endpoints.add(an_endpoint(event_types=("visit.analyzed", "visit.failed")))
        for number in range(1, 5):
            tx.events.add(an_event(number, occurred_at=NOON + number * SECOND))
        tx.events.add(an_event(5, type="visit.failed", occurred_at=NOON + SECOND))
        for _ in range(5):
            claimed = tx.deliveries.claim("me", NOON + 9 * SECOND)
            if claimed is not None:
                tx.deliveries.record(claimed, attempt(claimed, 500), state="dead", next_attempt_at=None)
        wish = ReplayWish(NOON + SECOND, NOON + 4 * SECOND, ("visit.analyzed",), ("dead", "held"))
        assert tx.deliveries.replay(OTHER_TENANT, an_id("whk"), wish, NOON, 9) == 0
        assert tx.deliveries.replay(TENANT, an_id("whk"), wish, NOON + 60 * SECOND, 2) == 2
        assert tx.deliveries.replay(TENANT, an_id("whk"), wish, NOON + 60 * SECOND, 9) == 1
        assert tx.deliveries.replay(TENANT, an_id("whk"), wish, NOON + 60 * SECOND, 9) == 0
        pending = tx.deliveries.page(TENANT, Page(), state="pending")

    assert sorted(each.event_id for each in pending) == [an_id("evt", n) for n in (1, 2, 3)]
    assert {each.next_attempt_at for each in pending} == {NOON + 60 * SECOND}


def test_what_was_held_too_long_is_dead(uow: UnitOfWorkFactory) -> None:
    owe(uow, events=2, disabled_at=NOON)
    with uow() as tx:
        assert tx.deliveries.expire_held(NOON) == 0
        assert tx.deliveries.expire_held(NOON + SECOND) == 2
        (newest, _) = tx.deliveries.page(TENANT, Page(), state="dead")

    assert "30 days" in newest.last_error


def test_deliveries_are_tallied_over_all_tenants(uow: UnitOfWorkFactory) -> None:
    owe(uow, events=3)
    with uow() as tx:
        claimed = tx.deliveries.claim("me", NOON)
        tx.deliveries.record(claimed, attempt(claimed), state="delivered", next_attempt_at=None)
        assert tx.deliveries.tally(NOON + 30 * SECOND) == ({"pending": 2}, 30.0)


def test_a_robots_bucket_is_kept_by_its_name(uow: UnitOfWorkFactory) -> None:
    bucket = Bucket((NOON, NOON + SECOND), NOON + 60 * SECOND)
    with uow() as tx:
        assert tx.robots.open("r1") == Bucket()
        tx.robots.put("r1", bucket)
    with uow() as tx:
        assert tx.robots.open("r1") == bucket
        assert tx.robots.open("r2") == Bucket()


def test_an_event_told_before_the_clock_was_set_back_is_owed_now(uow: UnitOfWorkFactory) -> None:
    eight_hours = timedelta(hours=8)
    with uow() as tx:
        tx.endpoints.add(an_endpoint())
        tx.events.add(an_event(occurred_at=NOON + eight_hours))
        assert tx.deliveries.claim("me", NOON) is None
        assert [tx.deliveries.bring_forward(NOON), tx.deliveries.bring_forward(NOON)] == [1, 0]
        assert tx.deliveries.claim("me", NOON) is not None


def test_what_was_put_off_stays_put_off_and_a_lease_ends_within_one_lease(uow: UnitOfWorkFactory) -> None:
    eight_hours = timedelta(hours=8)
    owe(uow, events=2)
    with uow() as tx:
        late, held = tx.deliveries.claim("me", NOON), tx.deliveries.claim("me", NOON)
        assert late is not None
        assert held is not None
        tx.deliveries.put_off(late, NOON + eight_hours)
        assert tx.deliveries.bring_forward(NOON) == 0
        assert tx.deliveries.bring_forward(NOON - eight_hours) == 2, "both were written before a set-back"
        claimed = tx.deliveries.claim("other", NOON - eight_hours + LEASE + SECOND)
        assert claimed is not None
