"""The calendar behind spoken dates: ends of months, quarters, feasts by the sun and by the moon.

Invariant: pure arithmetic over a given day; feasts of the moon come from lunardate's table (1900 to 2099).
"""

from calendar import monthrange
from datetime import date, timedelta

Range = tuple[date, date]

_SOLAR = {
    "元旦": (1, 1), "情人节": (2, 14), "三八": (3, 8), "妇女节": (3, 8),
    "五一": (5, 1), "劳动节": (5, 1), "六一": (6, 1), "儿童节": (6, 1),
    "618": (6, 18), "六一八": (6, 18), "暑假": (7, 1), "教师节": (9, 10), "国庆": (10, 1),
    "十一": (10, 1), "双十一": (11, 11), "双11": (11, 11),
    "双十二": (12, 12), "双12": (12, 12), "圣诞": (12, 25), "平安夜": (12, 24),
}  # fmt: skip
_LUNAR = {
    "春节": (1, 1), "过年": (1, 1), "过完年": (1, 1), "过了年": (1, 1), "年前": (1, 1),
    "年后": (1, 1), "大年初一": (1, 1), "元宵": (1, 15), "正月十五": (1, 15),
    "端午": (5, 5), "七夕": (7, 7), "中元": (7, 15), "中秋": (8, 15), "重阳": (9, 9), "腊八": (12, 8),
}  # fmt: skip
FEASTS = tuple(sorted({*_SOLAR, *_LUNAR, "清明", "除夕", "大年三十", "年三十"}, key=len, reverse=True))


def feast_in(name: str, year: int) -> date:
    """The day of a feast in the calendar year `year`; `name` is one of FEASTS."""
    if name in _SOLAR:
        return date(year, *_SOLAR[name])
    if name == "清明":
        # Valid for 1901-2099: the solar term falls on 4 or 5 April, seldom on the 6th before 2000.
        return date(year, 4, int(year % 100 * 0.2422 + 4.81) - (year % 100) // 4)
    if name in ("除夕", "大年三十", "年三十"):
        return feast_in("春节", year) - timedelta(days=1)
    return _from_moon(year, *_LUNAR[name])


def _from_moon(year: int, month: int, day: int) -> date:
    from lunardate import LunarDate

    days: list[date] = [LunarDate(lunar_year, month, day).to_solar_date() for lunar_year in (year, year - 1)]
    # A feast of the twelfth month may fall twice into one year and not at all into the next.
    return next((found for found in days if found.year == year), days[0])


def lunar_day(year: int, month: int, day: int) -> date | None:
    """The day of a lunar date in the lunar year `year`, or None where that month has no such day."""
    from lunardate import LunarDate

    try:
        found: date = LunarDate(year, month, day).to_solar_date()
    except ValueError:
        return None
    return found


def month_range(year: int, month: int) -> Range:
    """First and last day of a month; months beyond 1..12 run into the neighbouring years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def quarter_range(year: int, quarter: int) -> Range:
    """First and last day of a quarter; quarters beyond 1..4 run into the neighbouring years."""
    year, quarter = year + (quarter - 1) // 4, (quarter - 1) % 4 + 1
    return month_range(year, quarter * 3 - 2)[0], month_range(year, quarter * 3)[1]


def year_range(year: int) -> Range:
    """First and last day of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def week_range(day: date, weeks: int) -> Range:
    """Monday and Sunday of the week that lies `weeks` weeks after the one of `day`."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it has fewer."""
    first, last = month_range(day.year, day.month + months)
    return min(first.replace(day=min(day.day, last.day)), last)


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
