"""A sales visit: who went to whom, when, and whether the customer agreed to be recorded.

Invariant: `visited_at` is timezone-aware UTC; the visit's calendar date is taken in the visit's own time zone,
because 明天 means tomorrow where it was said.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from nlp.types import Analysis, VisitContext


@dataclass(frozen=True, slots=True)
class Consent:
    """Why this conversation may be processed: basis, how it was given, and until when it holds.

    `voices`: those who speak agreed separately that their voices are measured, to tell them apart.
    """

    basis: str
    method: str
    given_at: datetime
    notice_version: str = ""
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None
    voices: bool = False

    def holds_at(self, now: datetime) -> bool:
        """Whether processing is allowed at `now`."""
        return self.withdrawn_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, call, store talk or chat with a customer, as the CRM knows it."""

    id: str
    tenant_id: str
    rep_id: str
    account_id: str
    visited_at: datetime
    created_at: datetime
    opportunity_id: str | None = None
    external_id: str | None = None
    industry: str = ""
    channel: str = ""
    stage: str = ""
    place: str = ""
    timezone: str = "Asia/Shanghai"
    competitors: tuple[str, ...] = ()
    consent: Consent | None = None

    @property
    def date(self) -> date:
        """The calendar day of the visit where it took place."""
        return self.visited_at.astimezone(ZoneInfo(self.timezone)).date()

    def context(self) -> VisitContext:
        """What the language core needs to know of this visit."""
        return VisitContext(self.id, self.date, self.industry, self.channel, self.stage, self.competitors, self.place)


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A finished visit with what was found in it: one line of an account's or a rep's history."""

    visit_id: str
    rep_id: str
    account_id: str
    opportunity_id: str | None
    visited_at: datetime
    stage: str
    analysis: Analysis
