"""Dates hold on every day they may be said: real days, in order, on the right side of the day itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.extract.extractor import extract_items

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
AHEAD = [
    "明天",
    "后天",
    "大后天",
    "下周三",
    "下周",
    "下个月",
    "下月初",
    "下个月底",
    "周五给您",
    "月底",
    "年底",
    "五一前",
    "国庆前",
    "春节前",
    "中秋节",
    "端午",
    "三天后",
    "两周后",
    "半年后",
    "下个季度",
    "明年",
    "年前",
    "元旦",
    "过两天再说",
    "十五号之前",
    "双十一",
    "除夕",
    "清明",
    "腊月二十八",
    "正月十五",
    "年内",
    "月内",
]
BEHIND = [
    "昨天",
    "前天",
    "大前天",
    "上周五",
    "上周",
    "上个月",
    "去年",
    "去年国庆",
    "三天前",
    "两年前",
    "半年前",
    "上季度",
    "前年",
    "去年十一月",
]
EVER = [
    "今天",
    "这周",
    "本月",
    "今年",
    "Q2",
    "三季度",
    "上半年",
    "八月份",
    "三月十五号",
    "二十号",
    "这个月底",
    "周末",
    "二月三十号",
    "周一到周三",
]


def _period(text: str, now: date) -> tuple[date, date]:
    """The first and last day of the one date in `text`."""
    values = [item.value for item in extract_items(text, now) if item.kind == "date"]
    assert len(values) == 1, (text, values)
    first, last = values[0] if isinstance(values[0], list) else (values[0], values[0])
    return date.fromisoformat(str(first)), date.fromisoformat(str(last))


@pytest.mark.parametrize("text", AHEAD)
@given(now=DAYS)
def test_what_lies_ahead_ends_on_or_after_the_day_it_is_said(text: str, now: date) -> None:
    first, last = _period(text, now)
    assert first <= last
    assert last >= now


@pytest.mark.parametrize("text", BEHIND)
@given(now=DAYS)
def test_what_lies_behind_begins_before_the_day_it_is_said(text: str, now: date) -> None:
    first, last = _period(text, now)
    assert first <= last
    assert first < now


@pytest.mark.parametrize("text", EVER)
@given(now=DAYS)
def test_a_period_begins_before_it_ends(text: str, now: date) -> None:
    for item in extract_items(text, now):
        if isinstance(item.value, list):
            assert item.value[0] <= item.value[1]


@given(now=DAYS, weekday=st.integers(0, 6))
def test_a_bare_weekday_is_the_next_one(now: date, weekday: int) -> None:
    day, _ = _period(f"周{'一二三四五六日'[weekday]}给您", now)
    assert day.weekday() == weekday
    assert timedelta(days=1) <= day - now <= timedelta(days=7)


@given(now=DAYS, weekday=st.integers(0, 6))
def test_a_weekday_of_next_week_lies_in_the_week_behind_sunday(now: date, weekday: int) -> None:
    day, _ = _period(f"下周{'一二三四五六日'[weekday]}", now)
    sunday = now + timedelta(days=6 - now.weekday())
    assert day == sunday + timedelta(days=weekday + 1)


@given(now=DAYS, days=st.integers(2, 60))
def test_days_later_are_counted_from_the_day(now: date, days: int) -> None:
    assert _period(f"{days}天后", now)[0] == now + timedelta(days=days)


@pytest.mark.parametrize("now", [date(1, 1, 1), date(9999, 12, 31), date(2100, 6, 1), date(1899, 2, 2)], ids=str)
@pytest.mark.parametrize("text", [*AHEAD, *BEHIND, *EVER])
def test_no_day_makes_a_date_fail(text: str, now: date) -> None:
    for item in (item for item in extract_items(text, now) if item.kind == "date"):
        value = item.value[-1] if isinstance(item.value, list) else item.value
        assert date.fromisoformat(str(value))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("三个工作日后", "2026-10-10"),
        ("一个工作日后", "2026-10-08"),
        ("十个工作日以后给结果", "2026-10-20"),
        ("两个工作日前发的", "2026-09-29"),
    ],
)
def test_working_days_leave_out_weekends_and_feasts(text: str, day: str) -> None:
    """The first week of October 2026 is a public holiday, and Saturday the tenth makes up for it."""
    values = [item.value for item in extract_items(text, date(2026, 10, 1)) if item.kind == "date"]
    assert values == [day]
