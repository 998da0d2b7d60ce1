"""Periods, in hours: 3天, 一个半小时, 两年三个月, 五个工作日.

Policy: a day has 24 hours and so has a working day (the value is a length, the calendar is not asked), a month 30
days, a quarter 90, a year 365; half of each is half. 一年十二万 is a rate and no period. Invariant: hours > 0.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.extract.items import Item, is_free
from nlp.text.numbers import AFTER_ONE, Numeral, plain, read_range
from nlp.types import Span

_UNIT = re.compile(
    r"(?P<count>个)?(?P<half>半)?(?:来|多)?(?:"
    r"(?P<second>秒钟?)|(?P<minute>分钟)|(?P<quarter_hour>刻钟)|(?P<hour>小时|钟头|钟(?!表|点|爱|情))|"
        r"(?P<day>工作日|天(?!线|然|花|气|猫|使|平)|日(?!元|本|用|常|均|期|子))|"
        r"(?P<week>星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])|周(?!年|边|期|末|转|围|总|工|师|姐|哥|经|"
        r"[一二三四五六日]))|"
        r"(?P<month>月(?!份|底|初|中|末|饼|薪|[0-9一二三四五六七八九十]+[号日]))|(?P<quarter>季度(?!末))|"
        r"(?P<year>年(?!级|代|轻|货|会|薪|检|份|底|初|纪|内|产|均)))"
)  # fmt: skip
_UNIT_BEGINS = frozenset("个半来多秒分刻小钟工天日星礼周月季年")
# 三天到五天: a second number may follow the unit.
_JOINED = re.compile(r"\s*[到至~～—–-]")
_HOURS = {
    "second": 1 / 3600, "minute": 1 / 60, "quarter_hour": 0.25, "hour": 1, "day": 24, "week": 168, "month": 720,
    "quarter": 2160, "year": 8760,
}  # fmt: skip
_HALF = re.compile(
    r"半(?:个)?(?=小时|钟头|天|月|年(?!付|报|检|度|刊|租)|个?工作日|周|星期|个?季度)(小时|钟头|天|月(?!份|底|"
    r"初|中)|年|工作日|周|星期|"
    r"季度)"
)
_HALF_HOURS = {
    "小时": 0.5,
    "钟头": 0.5,
    "天": 12,
    "月": 360,
    "年": 4380,
    "工作日": 12,
    "周": 84,
    "星期": 84,
    "季度": 1080,
}
_FEW = re.compile(r"(?P<n>俩|仨)(?P<unit>小时|钟头|月|礼拜|星期|天|年)")
_SOME_MONTH = re.compile(r"个把(月|小时|钟头|星期|礼拜)")
_LATER = re.compile(r"(?:以|之)?[后前](?!后|面|台|期|提|轮|者|续|端)")
_PER_UNIT = re.compile(rf"一[{AFTER_ONE}]$")
# 这两天 means "these days".
_THESE = re.compile(r"[这那头前]$")
_RATE_CUE = re.compile(
    r"(?:质保|保修|维保|等|要|用|花|停|延|延长|拖|晚|早|迟|提前|推迟|试用|账期|签|租|超过|不到|满|最快|最多|"
    r"最少|至少|顶多|起码|得|需要|大概|大约|差不多|将近|近|快|给你?我?您?|期|了|就|才|再|整整|交期|工期|周期|"
    r"有效期|只有|内|用了|住|做|干)$"
)
_RATE_TAIL = re.compile(
    r"(?:左右|之?内|以内|以上|以下|吧|的时间|时间|多(?!少)|不够|够|的(?:质保|账期|保修|试用)|质保|试用|保修|呢|啊|，|,|"
    r"。|？|！|\?|!|$|通知|到货|交货)"
)
_NUMBER_SOON = re.compile(r"[^，,。！？!?；;\s]{0,6}?[0-9零一二两三四五六七八九十百千几]")
_AFTER_MONEY = re.compile(r"[块元毛角万千百十零一二两三四五六七八九0-9钱]$|出头$|左右$")


@dataclass(frozen=True, slots=True)
class _Period:
    low: float
    high: float
    start: int
    end: int
    approximate: bool
    one: bool = False


def find_durations(text: str, numerals: Sequence[Numeral], taken: Sequence[Span]) -> list[Item]:
    """Periods in the order they are said, in hours.

    Args:
        numerals: of the same text, in order.
        taken: spans other rules have read; no item touches them.
    """
    periods = [p for n in numerals if (p := _counted(text, n))] + _worded(text)
    found: list[Item] = []
    last = -1
    for period in sorted(periods, key=lambda p: p.start):
        if period.start < last or not is_free(period.start, period.end, taken):
            continue
        whole = _with_rest(text, period)
        if _THESE.search(text, 0, whole.start) and whole.high == 48:
            continue
        if _LATER.match(text, whole.end) or (whole.one and _is_rate(text, whole)):
            continue
        low, high = plain(whole.low), plain(whole.high)
        value: float | list[float] = low if low == high else [low, high]
        found.append(Item("duration", value, (whole.start, whole.end), "period", whole.approximate))
        last = whole.end
    return found


def _counted(text: str, numeral: Numeral) -> _Period | None:
    """A number with a unit of time: 三天, 一个半小时, 三到五天."""
    match = _UNIT.match(text, numeral.end) if text[numeral.end : numeral.end + 1] in _UNIT_BEGINS else None
    if match is None:
        return None
    number = numeral
    if _JOINED.match(text, match.end()) and not numeral.spelled:
        number = read_range(text, numeral.start, unit=_UNIT) or numeral
        match = _UNIT.match(text, number.end)
        if match is None:
            return None
    name = next(key for key, part in match.groupdict().items() if part and key in _HOURS)
    is_day_or_year = name in ("day", "year") and not match["count"]
    if (name == "month" and not match["count"]) or (name == "year" and (number.spelled or number.low >= 1900)):
        return None
    if match["half"] and not (match["count"] or name == "year"):
        return None
    half = 0.5 if match["half"] else 0.0
    end = match.end()
    if is_day_or_year or name in ("week", "year"):
        tail = text[end : end + 1] == "半" and text[end + 1 : end + 2] not in ("小", "个", "路", "成", "数")
        half, end = (0.5, end + 1) if tail else (half, end)
    if half == 0 and name in ("day", "week", "year") and re.match("多(?!少|花|付|要|给|出|加|送|来)", text[end:]):
        end += 1
    low, high = (number.low + half) * _HOURS[name], (number.high + half) * _HOURS[name]
    about = number.approximate or bool(re.search("[多来]", text[number.end : end]))
    return _Period(low, high, number.start, end, about, number.high == 1 and not half and name != "quarter_hour")


def _worded(text: str) -> list[_Period]:
    """半年, 仨月, 个把月: periods without a numeral."""
    found = [
        _Period(_HALF_HOURS[m[1]], _HALF_HOURS[m[1]], m.start(), m.end(), m[1] in ("天", "年"))
        for m in (_HALF.finditer(text) if "半" in text else ())
        if text[m.start() - 1 : m.start()] not in ("上", "下", "前", "后", "个")
    ]
    hours = {"小时": 1, "钟头": 1, "月": 720, "礼拜": 168, "星期": 168, "天": 24, "年": 8760}
    for m in _FEW.finditer(text) if "俩" in text or "仨" in text else ():
        length = hours[m["unit"]] * (2 if m["n"] == "俩" else 3)
        found.append(_Period(length, length, m.start(), m.end(), False))
    if "个把" in text:
        found += [_Period(hours[m[1]], hours[m[1]], m.start(), m.end(), True) for m in _SOME_MONTH.finditer(text)]
    return found


def _with_rest(text: str, period: _Period) -> _Period:
    """`period` plus a smaller part said right behind it: 两年三个月, 一小时二十分钟; 两天两夜 stays two days."""
    joint = period.end + (text[period.end : period.end + 1] == "零")
    rest = read_range(text, joint)
    if rest is None or rest.spelled:
        return period
    if text[rest.end : rest.end + 1] in ("夜", "晚"):
        return _Period(period.low, period.high, period.start, rest.end + 1, period.approximate)
    part = _counted(text, rest)
    if part is None or part.high >= period.low:
        return period
    if period.one and period.low in (24, 168) and part.high < 24:
        return period  # 一天十个钟头 says how long a day's work is
    return _Period(period.low + part.low, period.high + part.high, period.start, part.end, period.approximate)


def _is_rate(text: str, period: _Period) -> bool:
    """一天四百, 三千一个月, 一年一次: per unit, not for the length of one unit."""
    before, after = text[: period.start], text[period.end :]
    if _AFTER_MONEY.search(before) or _PER_UNIT.search(before) or before.endswith(("每", "这", "那", "有", "头", "第")):
        return True
    if _RATE_CUE.search(before):
        return False
    return bool(_NUMBER_SOON.match(after)) or not _RATE_TAIL.match(after)
