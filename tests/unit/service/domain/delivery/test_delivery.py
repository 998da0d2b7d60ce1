"""The schedule of deliveries and the payloads, as pure functions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.delivery.deliveries import DELAYS, FULL_KEY, JITTER, MAX_RETRY_AFTER, next_delay, payload_of
from tests.support.builders import an_event


def test_ten_attempts_are_spread_over_three_days() -> None:
    assert len(DELAYS) == 10
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(("failed", "seconds"), [(1, 5), (2, 300), (3, 1800), (9, 86400)])
def test_the_nth_failure_waits_for_the_nth_delay(failed: int, seconds: int) -> None:
    assert next_delay(failed, jitter=0.0) == timedelta(seconds=seconds)


@pytest.mark.parametrize("failed", [10, 11, 1000])
def test_after_the_tenth_failure_none_is_due(failed: int) -> None:
    assert next_delay(failed, jitter=0.0) is None


@given(st.integers(1, 9), st.floats(-1, 1), st.none() | st.integers(0, 10**9))
def test_no_delay_leaves_its_bounds(failed: int, jitter: float, retry_after_s: int | None) -> None:
    delay = next_delay(failed, jitter=jitter, retry_after_s=retry_after_s)

    assert delay is not None
    assert delay >= DELAYS[failed] * (1 - JITTER) - timedelta(microseconds=1)
    assert delay <= max(DELAYS[failed] * (1 + JITTER), MAX_RETRY_AFTER) + timedelta(microseconds=1)
    if retry_after_s is not None:
        assert delay >= min(timedelta(seconds=retry_after_s), MAX_RETRY_AFTER)


def test_a_payload_has_the_standards_three_members() -> None:
    payload = payload_of(an_event(7, data={"links": {"visit": "/v1/visits/x"}}), "thin")

    assert set(payload) == {"type", "timestamp", "data"}
    assert payload["timestamp"] == "2026-03-02T04:00:00.000Z"
    assert payload["data"]["sequence"] == 7
    assert payload["data"]["event_id"].startswith("evt_")


@pytest.mark.parametrize(("kind", "told"), [("thin", False), ("full", True)])
def test_only_full_endpoints_are_told_what_was_found(kind: str, told: bool) -> None:
    event = replace(an_event(), data={"links": {}, FULL_KEY: {"summary": "客户嫌贵"}})

    assert (FULL_KEY in payload_of(event, kind)["data"]) is told  # type: ignore[arg-type]
