"""The demo's story happens on the last Tuesday, whenever it is told."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from service.demo.story import TUESDAY, last_tuesday

CHINA = timezone(timedelta(hours=8))


@given(st.integers(1_577_836_800, 2_051_222_400))
def test_the_story_is_told_of_a_tuesday_that_is_over_and_less_than_eight_days_ago(seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, tz=UTC)
    told = last_tuesday(now)
    local = told.astimezone(CHINA)
    assert (local.weekday(), local.hour, local.minute, local.second) == (TUESDAY, 10, 0, 0)
    assert local.date() < now.astimezone(CHINA).date()
    assert now.astimezone(CHINA).date() - local.date() <= timedelta(days=7)


def test_on_a_tuesday_it_is_told_of_the_one_before() -> None:
    tuesday = datetime(2026, 3, 10, 23, 0, tzinfo=CHINA)
    assert last_tuesday(tuesday) == datetime(2026, 3, 3, 10, 0, tzinfo=CHINA)
    assert last_tuesday(tuesday + timedelta(hours=1)) == datetime(2026, 3, 10, 10, 0, tzinfo=CHINA)
