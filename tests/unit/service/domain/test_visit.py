"""A visit's day is where it was made, and consent holds until it ends or is taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.domain.visit import Consent
from tests.support.builders import a_visit
from tests.support.fakes import NOON


@pytest.mark.parametrize(
    ("ends", "withdrawn", "holds"),
    [
        (None, None, True),
        (NOON + timedelta(seconds=1), None, True),
        (NOON, None, False),
        (NOON - timedelta(days=1), None, False),
        (None, NOON, False),
        (NOON + timedelta(days=9), NOON, False),
    ],
    ids=["no end", "before its end", "at its end", "after its end", "taken back", "taken back before its end"],
)
def test_consent_holds_until_it_ends_or_is_taken_back(
    ends: datetime | None, withdrawn: datetime | None, holds: bool
) -> None:
    consent = Consent("contract", "verbal", NOON - timedelta(days=30), expires_at=ends, withdrawn_at=withdrawn)
    assert consent.holds_at(NOON) is holds


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Shanghai", date(2026, 3, 4)),
        ("Asia/Urumqi", date(2026, 3, 3)),
        ("UTC", date(2026, 3, 3)),
    ],
)
def test_the_day_is_that_of_the_place(zone: str, day: date) -> None:
    visit = a_visit(visited_at=datetime(2026, 3, 3, 16, 30, tzinfo=UTC), timezone=zone)
    assert visit.date == day
    assert visit.context().date == day
