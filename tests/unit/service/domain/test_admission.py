"""Who is refused, with what, and when they may expect to begin."""

from datetime import timedelta

import pytest

from service.domain.admission import QueueLoad, admit, expected_wait
from service.domain.errors import ServiceError, TooManyRequests, Unavailable
from tests.support.fakes import NOON


@pytest.mark.parametrize(
    ("load", "minutes"),
    [
        (QueueLoad(0, 0, 0, 0), 0),
        (QueueLoad(5, 5, 1, 0), 5),
        (QueueLoad(5, 5, 1, 10), 5),
        (QueueLoad(5, 5, 1, 50), 1),
        (QueueLoad(1, 1_000, 2, 10), 2),
        (QueueLoad(999, 1_000, 2, 10), 1_000),
    ],
    ids=["empty", "pace unknown", "one a minute", "five a minute", "little beside much", "much beside little"],
)
def test_the_wait_is_what_is_ahead_at_the_present_pace(load: QueueLoad, minutes: float) -> None:
    assert expected_wait(load) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("load", "refusal", "code"),
    [
        (QueueLoad(9, 99, 20, 10), None, ""),
        (QueueLoad(10, 20, 2, 10), TooManyRequests, "queue_full"),
        (QueueLoad(10, 100, 2, 10), TooManyRequests, "queue_full"),
        (QueueLoad(0, 100, 20, 10), Unavailable, "service_full"),
    ],
    ids=["room", "own share", "own share first", "everybody's"],
)
def test_a_full_share_is_told_apart_from_a_full_service(
    load: QueueLoad, refusal: type[ServiceError] | None, code: str
) -> None:
    if refusal is None:
        admit(load, NOON, own_at_most=10, all_at_most=100)
        return
    with pytest.raises(refusal) as refused:
        admit(load, NOON, own_at_most=10, all_at_most=100)
    assert refused.value.code == code
    assert str(refused.value.fields["estimated_start"]) >= "2026-03-02T04:00:00Z"


@pytest.mark.parametrize(("ended", "seconds"), [(10_000_000, 60), (10, 1_200), (0, 1_200), (1, 3_600)])
def test_one_is_asked_to_come_back_within_a_minute_and_an_hour(ended: int, seconds: int) -> None:
    with pytest.raises(TooManyRequests) as refused:
        admit(QueueLoad(20, 20, 1, ended), NOON, own_at_most=10, all_at_most=100)
    assert refused.value.fields["retry_after_s"] == seconds
