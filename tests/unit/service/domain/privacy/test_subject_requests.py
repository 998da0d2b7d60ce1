"""When a request is due: working days over holidays, calendar days, and what nobody was told of it yet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.privacy.subject_requests import (
    RequestTime,
    SubjectRequestRow,
    Urgency,
    due_times,
    first_due,
    told,
)
from tests.support.builders import TENANT
from tests.support.fakes import NOON

ZONE = "Asia/Shanghai"


def a_request(**changes: Any) -> SubjectRequestRow:
    made = SubjectRequestRow("req_1", TENANT, NOON, "copy", "person", "rep-1", "email", NOON, "working_days",
                             NOON + timedelta(days=16), NOON + timedelta(days=20), "key:k")  # fmt: skip
    return replace(made, **changes)


DUE: dict[str, tuple[str, RequestTime, str, str]] = {
    "an ordinary Monday": ("2026-03-09T10:00", "working_days", "2026-03-25", "2026-03-31"),
    "just before midnight": ("2026-03-09T23:59", "working_days", "2026-03-25", "2026-03-31"),
    "on a Saturday": ("2026-03-14T10:00", "working_days", "2026-03-31", "2026-04-04"),
    "over the National Day, which has a make-up Saturday": ("2026-09-21T10:00", "working_days", "2026-10-14",
                                                            "2026-10-20"),
    "thirty days": ("2026-03-09T10:00", "calendar_days", "2026-04-02", "2026-04-09"),
}  # fmt: skip


@pytest.mark.parametrize(("came", "time", "warn", "due"), DUE.values(), ids=DUE.keys())
def test_the_last_day_ends_where_the_office_is(came: str, time: RequestTime, warn: str, due: str) -> None:
    warn_at, due_at = due_times(datetime.fromisoformat(f"{came}+08:00"), time, zone=ZONE)
    assert [warn_at, due_at] == [datetime.fromisoformat(f"{day}T00:00:00+08:00") for day in (warn, due)]


SIX_YEARS_MIN = 6 * 365 * 24 * 60


@given(
    st.integers(0, SIX_YEARS_MIN).map(lambda span: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=span)),
    st.sampled_from(["working_days", "calendar_days"]),
)
def test_there_is_always_time_to_act_on_the_warning(came: datetime, time: RequestTime) -> None:
    warn_at, due_at = due_times(came, time, zone=ZONE)
    assert came < warn_at < due_at
    assert due_at - warn_at >= timedelta(days=4)
    assert due_at - came >= timedelta(days=15)


UNTOLD: dict[str, tuple[dict[str, Any], timedelta, Urgency | None]] = {
    "new": ({}, timedelta(days=1), None),
    "the warning's first moment": ({}, timedelta(days=16), "due_soon"),
    "warned": ({"warned_at": NOON}, timedelta(days=17), None),
    "its last moment is over": ({"warned_at": NOON}, timedelta(days=20), "overdue"),
    "overdue without a warning": ({}, timedelta(days=25), "overdue"),
    "told to be overdue": ({"overdue_told_at": NOON}, timedelta(days=25), None),
    "answered in time": ({"state": "answered"}, timedelta(days=25), None),
}


@pytest.mark.parametrize(("changes", "later", "urgency"), UNTOLD.values(), ids=UNTOLD.keys())
def test_what_nobody_was_told_yet(changes: dict[str, Any], later: timedelta, urgency: Urgency | None) -> None:
    request = a_request(**changes)
    assert request.untold(NOON + later) == urgency
    if urgency is not None:
        assert told(request, urgency, NOON + later).untold(NOON + later) is None


def test_a_request_is_overdue_only_while_it_is_open() -> None:
    late = NOON + timedelta(days=20)
    assert a_request().is_overdue(late)
    assert not a_request().is_overdue(late - timedelta(seconds=1))
    assert not a_request(state="refused").is_overdue(late)


def test_what_is_due_first_comes_first_and_what_is_closed_is_left_out() -> None:
    later = a_request(id="req_2", due_at=NOON + timedelta(days=30))
    closed = a_request(id="req_3", state="answered", due_at=NOON)
    assert first_due([later, closed, a_request()]) == [a_request(), later]
