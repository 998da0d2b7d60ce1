"""Days that do not exist, days beyond every table, and numbers that count nothing, said on Wednesday 2026-03-11."""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items

NOW = date(2026, 3, 11)


def dates(text: str, now: date = NOW) -> list[object]:
    return [item.value for item in extract_items(text, now) if item.kind == "date"]


@pytest.mark.parametrize(
    "text",
    [
        "三十二号给您",
        "零号给您",
        "二月三十号签",
        "六月三十一号签",
        "2026年2月29日签",
        "九百九十九万天后再说",
        "一百万周之后",
        "二零二六天后",
        "一万五千三百年后",
        "1.5天后给您",
    ],
    ids=[
        "32nd",
        "0th",
        "30 February",
        "31 June",
        "no leap year",
        "too far",
        "weeks too far",
        "digits",
        "years too far",
        "part of a fraction",
    ],
)
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert dates(text) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("三十一号给您", "2026-03-31"),
        ("二月二十八号签", "2026-02-28"),
        ("2028年2月29日签", "2028-02-29"),
        ("三百天后再说", "2027-01-05"),
    ],
    ids=["31st", "28 February", "leap year", "far ahead"],
)
def test_the_nearest_day_that_exists_is_one(text: str, day: str) -> None:
    assert dates(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("三个工作日后给您", "2035-03-14"),
        ("五个工作日之前给过您", "2035-03-02"),
        ("一个工作日后给您", "2035-03-12"),
    ],
    ids=["over a weekend", "back over a weekend", "Friday to Monday"],
)
def test_beyond_the_table_of_holidays_weekends_still_count(text: str, day: str) -> None:
    assert dates(text, date(2035, 3, 9)) == [day]


def test_a_holiday_is_no_working_day_where_the_table_knows_it() -> None:
    assert dates("一个工作日后给您", date(2026, 9, 30)) == ["2026-10-08"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("一百零五天后给您", "2026-06-24"),
        ("一百二十五天后给您", "2026-07-14"),
        ("一千三百天后给您", "2029-10-01"),
        ("12000天后", "2059-01-17"),
        ("十二天后给您", "2026-03-23"),
    ],
)
def test_a_long_number_is_counted_whole(text: str, day: str) -> None:
    assert dates(text) == [day]


@pytest.mark.parametrize("text", ["2025年之后再没来过", "2025年以后"])
def test_a_year_is_not_a_count_of_years(text: str) -> None:
    assert dates(text) == [["2025-01-01", "2025-12-31"]]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("周五到周三", ["2026-03-13", "2026-03-18"]),
        ("三月五号到一号", ["2026-03-05", "2026-04-01"]),
        ("五一到国庆", ["2026-05-01", "2026-10-01"]),
    ],
    ids=["over the week's end", "over the month's end", "from feast to feast"],
)
def test_a_period_ends_after_it_began(text: str, period: list[str]) -> None:
    assert dates(text) == [period]
