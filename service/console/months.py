"""Going from one month's page to the next."""

from datetime import datetime

from service.domain.months import before, month_of


def neighbours(month: str, now: datetime) -> tuple[str, str | None]:
    """The month before, and the one after; None where that one has not begun."""
    later = before(month, -1)
    return before(month), later if later <= month_of(now) else None
