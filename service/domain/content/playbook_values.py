"""The small values a playbook rule is written in: durations, clock times, matches on an event's data."""

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self, get_args
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from service.domain.content.header import Closed, Text

_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
LONGEST = dt.timedelta(days=731)
CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi", "PRC"})


@cache
def known_zones() -> frozenset[str]:
    """The names of all time zones; a walk over a folder tree, so taken once."""
    return frozenset(available_timezones())


def read_duration(value: object) -> dt.timedelta:
    """A duration as files write it: `15m`, `72h`, `30d`, `2w`; at most two years.

    Raises:
        ValueError: anything else; the message shows how to write it.
    """
    if isinstance(value, dt.timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a whole number and m, h, d or w, such as 15m, 72h, 30d, 2w")
    duration = dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > LONGEST:
        raise ValueError("at most two years (731d)")
    return duration


def write_duration(value: dt.timedelta) -> str:
    """The shortest way to write a duration that `read_duration` reads back."""
    minutes = int(value / dt.timedelta(minutes=1))
    for unit, size in (("w", 10_080), ("d", 1_440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def read_clock(value: object) -> dt.time:
    """A time of day as files write it: `18:00`.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, dt.time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a time of day such as 08:50 or 18:00")
    return dt.time(int(found[1]), int(found[2]))


Duration = Annotated[dt.timedelta, BeforeValidator(read_duration), PlainSerializer(write_duration)]
ClockTime = Annotated[dt.time, BeforeValidator(read_clock), PlainSerializer(lambda value: f"{value:%H:%M}")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,3}$")]
Plain = str | int | float | bool


def _one(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _with_other_names(types: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """The types with all names by which CRMs send them, where the reader of the file knows these."""
    families: Mapping[str, tuple[str, ...]] = (info.context or {}).get("families", {})
    return tuple(dict.fromkeys(name for type_ in types for name in families.get(type_, (type_,))))


EventTypes = Annotated[
    tuple[EventType, ...],
    BeforeValidator(_one),
    Field(min_length=1, max_length=20),
    AfterValidator(_with_other_names),
]


class Match(Closed):
    """What a value of an event's data must be; a plain value in a file means `is` with that one value."""

    is_: tuple[Plain, ...] = Field(default=(), alias="is", max_length=50)
    not_: tuple[Plain, ...] = Field(default=(), alias="not", max_length=50)
    below: float | None = None
    above: float | None = None
    contains: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_means_is(cls, value: object) -> object:
        if isinstance(value, str | int | float | bool):
            return {"is": (value,)}
        if isinstance(value, list):
            return {"is": tuple(value)}
        if isinstance(value, dict):
            return {key: (inner,) if key in ("is", "not") and not isinstance(inner, list | tuple) else inner
                    for key, inner in value.items()}  # fmt: skip
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.is_ or self.not_ or self.contains) and self.below is None and self.above is None:
            raise ValueError("say at least one of is, not, below, above, contains")
        return self

    def holds(self, value: object) -> bool:
        """Whether a value (None where the event has none) is what is asked for; True is not 1."""
        if self.is_ and not any(_same(value, wanted) for wanted in self.is_):
            return False
        if self.not_ and any(_same(value, unwanted) for unwanted in self.not_):
            return False
        if self.contains is not None and not (isinstance(value, str) and self.contains in value):
            return False
        if self.below is None and self.above is None:
            return True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.below is None or value < self.below) and (self.above is None or value > self.above)


def _same(value: object, wanted: Plain) -> bool:
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


class Schedule(Closed):
    """Fixed moments at which a rule is looked at, by Chinese time; on working days, every day or one of them."""

    at: ClockTime
    on: Literal["workday", "day", "monday", "tuesday", "wednesday", "thursday", "friday", "month_start"] = "workday"


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class BusinessHours(Closed):
    """When people work: the hours of a working day, the week's free days, the zone, and what differs from that.

    `holidays: china` knows public holidays and make-up days; left out, it is `china` in Chinese time and `none`
    elsewhere. `closed` and `worked` are single days of a firm's own, which count over everything else.
    """

    open: ClockTime = dt.time(9)
    close: ClockTime = dt.time(18)
    zone: str = "Asia/Shanghai"
    free: tuple[Weekday, ...] = Field(default=("saturday", "sunday"), max_length=6)
    holidays: Literal["china", "none"] = "none"
    closed: tuple[dt.date, ...] = Field(default=(), max_length=200)
    worked: tuple[dt.date, ...] = Field(default=(), max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _holidays_of_the_zone(cls, value: object) -> object:
        if isinstance(value, dict) and "holidays" not in value:
            is_chinese = value.get("zone", "Asia/Shanghai") in CHINESE_ZONES
            return {**value, "holidays": "china" if is_chinese else "none"}
        return value

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.open >= self.close:
            raise ValueError("opens before it closes: swap `open` and `close`")
        if self.zone not in known_zones():
            raise ValueError(f"zone: {self.zone!r} is no time zone; write one such as Asia/Shanghai or Europe/Berlin")
        if len(set(self.free)) == len(WEEKDAYS):
            raise ValueError("free: somebody has to work one day of the week")
        if both := sorted(set(self.closed) & set(self.worked)):
            raise ValueError(f"{both[0]} is both closed and worked; keep one")
        return self
