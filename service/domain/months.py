"""Calendar months where our customers live: a skill report is about one."""

import re
from datetime import UTC, datetime

from service.domain.errors import Invalid
from service.domain.evidence import ZONE

_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)


def month_of(moment: datetime) -> str:
    """The month of a moment, as 2026-03."""
    return f"{moment.astimezone(ZONE):%Y-%m}"


def bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of the month and of the next one, in UTC.

    Raises:
        Invalid: no month such as 2026-03 (`month_invalid`).
    """
    found = _MONTH.fullmatch(month)
    if found is None:
        raise Invalid("a month is written as 2026-03", code="month_invalid")
    year, number = int(found[1]), int(found[2])
    begin = datetime(year, number, 1, tzinfo=ZONE)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZONE)
    return begin.astimezone(UTC), end.astimezone(UTC)


def before(month: str, steps: int = 1) -> str:
    """The month that lies `steps` before it."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 - steps
    return f"{count // 12:04d}-{count % 12 + 1:02d}"
