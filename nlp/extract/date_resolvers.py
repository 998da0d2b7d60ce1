"""What each kind of spoken date means, given its words and the day they were said.

Policy: see `dates`. Invariant: a resolver returns None for a day the calendar does not have; first <= last.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from nlp.extract.calendar import (
    Range,
    add_months,
    day_of,
    feast_in,
    lunar_day,
    month_range,
    quarter_range,
    week_range,
    year_range,
)
from nlp.extract.date_parts import WEEKDAY, is_past, small_number, year_of
from nlp.extract.measures import measure_after
from nlp.text.numbers import read_range

_NUMERIC = r"[零〇一二两三四五六七八九十百千万0-9]"
_LAST_DAYS = 30
_NAMED_YEARS_FROM = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """A match with the text around it and the day it was said."""

    match: re.Match[str]
    text: str
    now: date

    def part(self, name: str) -> str:
        return self.match.group(name) or ""

    @property
    def past(self) -> bool:
        return is_past(self.text, self.match.end())


@dataclass(frozen=True, slots=True)
class When:
    first: date
    last: date
    approximate: bool = False


def _one(day: date | None, *, approximate: bool = False) -> When | None:
    return When(day, day, approximate) if day else None


def _span(period: Range) -> When:
    return When(*period)


def _of_month(period: Range, part: str) -> When:
    """A part of a month: its last, first or middle day, or a third of it."""
    first, last = period
    if part in ("底", "末", "尾"):
        return When(last, last, True)
    if part in ("初", "头"):
        return When(first, first, True)
    if part == "中":
        return When(first.replace(day=15), first.replace(day=15), True)
    tens = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, last.day)}[part]
    return When(first.replace(day=tens[0]), first.replace(day=tens[1]))


def resolve_full(said: Said) -> When | None:
    """2026-03-15 and 2026/3/15."""
    return _one(day_of(int(said.part("y")), int(said.part("m")), int(said.part("d"))))


def resolve_month_day(said: Said) -> When | None:
    """三月十五号, 明年3月1日, and 五月二十 without 号 where nothing counted follows."""
    end = said.match.end("date")
    if not said.part("sign") and (
        measure_after(said.text, end) or re.match(rf"{_NUMERIC}|[多来几.]|[块元毛天年]", said.text[end:])
    ):
        return None
    month, day = small_number(said.part("m")), small_number(said.part("d"))
    year = year_of(said.part("year"), said.now)
    if year:
        return _one(day_of(year, month, day))
    this = day_of(said.now.year, month, day)
    if this and (this >= said.now or said.past or (said.now - this).days <= _LAST_DAYS):
        past = this > said.now and said.past
        return _one(day_of(said.now.year - past, month, day))
    return _one(day_of(said.now.year + 1, month, day))


def resolve_month(said: Said) -> When | None:
    """八月份, 明年三月, 六月底, 八月中旬."""
    month, part = small_number(said.part("m")), said.part("part")
    year = year_of(said.part("year"), said.now)
    if year is None:
        year = said.now.year
        first, last = month_range(year, month)
        if said.past:
            year -= first > said.now
        else:
            year += last < said.now
    period = month_range(year, month)
    return _of_month(period, part) if part else _span(period)


def resolve_relative_month(said: Said) -> When | None:
    """下个月, 这个月底, 下个月十五号."""
    word = said.part("which")
    offset = {"下下": 2, "下": 1, "上上": -2, "上": -1}.get(word.replace("个", ""), 0)
    period = month_range(said.now.year, said.now.month + offset)
    if said.part("d"):
        return _one(day_of(period[0].year, period[0].month, small_number(said.part("d"))))
    return _of_month(period, said.part("part")) if said.part("part") else _span(period)


def resolve_bare_month_part(said: Said) -> When | None:
    """月底, 月中, 月底二十八号: this month's, or the next one's where the day has gone."""
    period = month_range(said.now.year, said.now.month)
    if said.part("d"):
        return _one(day_of(said.now.year, said.now.month, small_number(said.part("d"))))
    when = _of_month(period, said.part("part"))
    if when.last < said.now and not said.past:
        when = _of_month(month_range(said.now.year, said.now.month + 1), said.part("part"))
    return when


def resolve_day_of_month(said: Said) -> When | None:
    """十五号: the coming one, or the last one where the words look back."""
    day, now = small_number(said.part("d")), said.now
    offsets = (0, -1, -2) if said.past else (0, 1, 2)
    for offset in offsets:
        first, _ = month_range(now.year, now.month + offset)
        found = day_of(first.year, first.month, day)
        if found and ((found <= now) if said.past else (found >= now)):
            return _one(found)
    return None


def resolve_weekday(said: Said) -> When | None:
    """下周三, 这礼拜五, 周五; 周末 is Saturday and Sunday."""
    word, day = said.part("which").replace("个", ""), said.part("day")
    weeks = {"下下": 2, "下": 1, "上上": -2, "上": -1, "这": 0, "本": 0}.get(word)
    monday, sunday = week_range(said.now, weeks or 0)
    if day == "末":
        return When(sunday - timedelta(days=1), sunday)
    found = monday + timedelta(days=WEEKDAY[day])
    if weeks is None and said.past:
        found -= timedelta(weeks=found >= said.now)
    elif weeks is None:
        found += timedelta(weeks=found <= said.now)
    return _one(found)


def resolve_week(said: Said) -> When | None:
    """下周, 这个礼拜: Monday to Sunday."""
    word = said.part("which").replace("个", "")
    return _span(week_range(said.now, {"下下": 2, "下": 1, "上上": -2, "上": -1}.get(word, 0)))


def resolve_quarter(said: Said) -> When | None:
    """Q2, 三季度, 下个季度, 季度末."""
    now, which = said.now, said.part("which").replace("个", "")
    current = (now.month + 2) // 3
    number = said.part("n") or said.part("q")
    if number:
        quarter = small_number(number)
        year = year_of(said.part("year"), now)
        if year is None:
            over = quarter_range(now.year, quarter)[1] < now
            year = now.year + (over and not said.past)
        period = quarter_range(year, quarter)
    else:
        period = quarter_range(now.year, current + {"下": 1, "上": -1}.get(which, 0))
    return When(period[1], period[1], True) if said.part("end") else _span(period)


def resolve_half_year(said: Said) -> When | None:
    """上半年, 明年下半年."""
    year = year_of(said.part("year"), said.now) or said.now.year
    first = said.part("half") == "上"
    return When(date(year, 1 if first else 7, 1), date(year, 6, 30) if first else date(year, 12, 31))


def resolve_year(said: Said) -> When | None:
    """明年, 2025年, 年底, 明年年初."""
    named, part = said.part("year"), said.part("part")
    if not named and not part:
        return None
    year = year_of(named, said.now) or said.now.year
    if not part:
        return _span(year_range(year))
    days = {"底": (12, 31), "末": (12, 31), "尾": (12, 31), "初": (1, 1), "头": (1, 1), "中": (6, 30)}
    day = date(year, *days[part])
    if not named and day < said.now and not said.past:
        day = date(year + 1, *days[part])
    return When(day, day, True)


_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}


def resolve_near_day(said: Said) -> When | None:
    """今天, 明早, 大前天."""
    return _one(said.now + timedelta(days=_DAYS[said.part("which")]))


def resolve_offset(said: Said) -> When | None:
    """三天后, 半年前, 过两天."""
    text, at = said.text, said.match.start("n")
    if said.part("n") == "半":
        low, end = 0.5, at + 1
    else:
        number = read_range(text, at)
        if number is None or number.spelled or number.end > said.match.start("unit"):
            return None
        low, end = number.high, number.end
    if end != said.match.start("unit") and text[end : said.match.start("unit")] not in ("个", "多", "个多", "来"):
        return None
    sign = -1 if said.part("side").endswith("前") else 1
    if said.part("unit") == "年" and low >= _NAMED_YEARS_FROM:
        return None  # 2025年之后 names a year
    if said.part("unit") == "日" and (text[:at].endswith("月") or (sign < 0 and not said.past)):
        return None  # 3月28日之前 and 28日前 name a day; 十日前发的 counts days
    return _one(_moved(said.now, said.part("unit"), low, sign), approximate=low != int(low))


def _moved(now: date, unit: str, count: float, sign: int) -> date | None:
    days = {"天": 1, "日": 1, "工作日": 1, "周": 7, "星期": 7, "礼拜": 7}.get(unit)
    try:
        if unit == "工作日":
            return _after_working_days(now, int(count) * sign)
        if days:
            return now + timedelta(days=round(count * days) * sign)
        if unit == "月" and count == 0.5:
            return now + timedelta(days=15 * sign)
        return add_months(now, round(count * {"月": 1, "季度": 3, "年": 12}[unit]) * sign)
    except (ValueError, OverflowError):
        return None


def _after_working_days(now: date, days: int) -> date:
    """The day `days` working days on; public holidays where the table knows the year, weekends elsewhere."""
    step, left, day = (1 if days > 0 else -1), abs(days), now
    while left:
        day += timedelta(days=step)
        left -= _is_working_day(day)
    return day


def _is_working_day(day: date) -> bool:
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def resolve_lunar(said: Said) -> When | None:
    """腊月二十八, 正月十五, 大年初八: the coming one by the moon's calendar."""
    moon, word = said.part("moon"), said.part("d")
    if moon.endswith("年") and not word.startswith("初"):
        return None
    month, day = (12 if moon == "腊月" else 1), small_number(word)
    days = [
        found
        for year in (said.now.year - 1, said.now.year, said.now.year + 1)
        if (found := lunar_day(year, month, day))
    ]
    later = [found for found in days if found >= said.now]
    return _one(max(set(days) - set(later)) if said.past else min(later))


def resolve_feast(said: Said) -> When | None:
    """国庆, 去年春节, 年前: the coming one unless a year or the past is named."""
    name, now = said.part("name"), said.now
    end = said.match.end("date")
    if name in ("五一", "六一", "十一", "三八") and _counts(said.text, end):
        return None
    year = year_of(said.part("year"), now)
    if year is not None:
        return _one(feast_in(name, year))
    day = feast_in(name, now.year)
    if said.past:
        return _one(day if day <= now else feast_in(name, now.year - 1))
    return _one(day if day >= now else feast_in(name, now.year + 1), approximate=name in ("年前", "年后", "暑假"))


def _counts(text: str, end: int) -> bool:
    """Whether what looks like 五一 is the end of a number with a measure behind it (两千三百五一套)."""
    word = measure_after(text, end)
    return word is not None and word != "人"


def resolve_until_end(said: Said) -> When | None:
    """年内, 月内: from the day it was said to the end."""
    last = date(said.now.year, 12, 31) if said.part("of") == "年" else month_range(said.now.year, said.now.month)[1]
    return When(said.now, last)
