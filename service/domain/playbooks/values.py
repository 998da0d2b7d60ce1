"""How values of CRM fields are read (numbers, instants) and shown to people; nothing here guesses."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
SHOWN = 120
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def as_number(value: object) -> float:
    """The number a value is or plainly says (`"12.5"`); NaN for anything else."""
    if isinstance(value, bool):
        return nan
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 and isfinite(value) else nan
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return nan


def as_text(value: object) -> str:
    """The text a value is; the number or true/false it is, as text; empty for none, lists and mappings."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, int | float) else ""


def instant_of(value: object) -> datetime | None:
    """The moment an ISO date or date and time names, in Chinese time where it names no zone; None for anything else."""
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _MOMENT.fullmatch(value)):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):  # 30 February, the year 0
        return None


def local_date(moment: datetime) -> date:
    """The calendar day of a moment where our customers live."""
    return moment.astimezone(ZONE).date()


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, without invisible characters, never taken for a template."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, timedelta):
        return spoken(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%m月%d日 %H:%M}"
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if isfinite(value) else "（无）"
    text = value if isinstance(value, str) else "、".join(map(shown, value)) if isinstance(value, list) else ""
    plain = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}).strip()
    return (kept if len(kept) <= SHOWN else kept[: SHOWN - 1] + "…") or "（无）"


def spoken(duration: timedelta) -> str:
    """A duration in at most two units: 3天2小时, 45分钟."""
    if duration < ZERO_TIME:
        return f"超出{spoken(-duration)}"
    days, rest = divmod(duration, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    parts = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    named = [f"{number}{unit}" for number, unit in parts if number]
    return "".join(named[:2]) or "0分钟"


ZERO_TIME = timedelta(0)
