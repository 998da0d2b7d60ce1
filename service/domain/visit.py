"""A sales visit: who went to whom, when, and what the customer agreed to.

Invariant: `visited_at` is timezone-aware UTC; the visit's calendar date is taken in the visit's own time zone,
because 明天 means tomorrow where it was said.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from nlp.types import Analysis, VisitContext

Purpose = Literal["recording", "transcription", "coaching", "training", "voices"]
PURPOSES: tuple[Purpose, ...] = ("recording", "transcription", "coaching", "training", "voices")
"""What can be agreed to: `recording` audio is taken and kept; `transcription` what was said is written down and read
(transcript, findings, summary, alerts); `coaching` hints, courses and skill values for the rep; `training` texts go
into files that models learn from; `voices` voices are measured, to tell speakers apart."""
BASE: Purpose = "transcription"
"""Without it nothing is left to do: to withdraw it is to withdraw all."""
NEEDS: tuple[tuple[Purpose, Purpose], ...] = (
    ("recording", BASE), ("coaching", BASE), ("training", BASE), ("voices", "recording")
)  # fmt: skip
UNNAMED: tuple[Purpose, ...] = ("recording", "transcription", "coaching")
"""What a consent covers that names no purposes, as those of older versions do: never training, which needs its own."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One purpose that was agreed to: when, after which notice (its version and the SHA-256 of its text)."""

    purpose: Purpose
    given_at: datetime
    notice_version: str = ""
    notice_sha256: str = ""
    withdrawn_at: datetime | None = None


NoticeState = Literal["heard", "missing", "refused", "confirmed"]
UNVERIFIED: frozenset[Purpose] = frozenset({"recording", "transcription"})
"""What may go on while nobody knows whether a required notice was given: nothing that tells anybody of the talk."""


@dataclass(frozen=True, slots=True)
class NoticeCheck:
    """What was heard of the spoken notice in the talk's beginning, and what a person decided where it was not.

    `required`: whether this visit's consent rests on it. `turn` and `at_ms` say where it stands, None where nowhere.
    """

    state: NoticeState
    required: bool
    checked_at: datetime
    transcript_version: int
    turn: int | None = None
    at_ms: int | None = None
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Why this conversation may be processed: basis, how it was given, what for, and until when it holds.

    `agreed`: the purposes by name; empty where the consent named none, then `UNNAMED` says what it covers.
    `voices`: the same for voices where no purposes are named. `notice_at_ms`: where in the recording a spoken
    consent is heard. `recorded_by`: who wrote it down.
    """

    basis: str
    method: str
    given_at: datetime
    notice_version: str = ""
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None
    voices: bool = False
    notice_sha256: str = ""
    notice_at_ms: int | None = None
    recorded_by: str = ""
    agreed: tuple[Agreed, ...] = ()
    check: NoticeCheck | None = None

    @property
    def unverified(self) -> bool:
        """Whether it rests on a spoken notice that nobody heard, or that the customer refused: a person decides."""
        check = self.check if self.withdrawn_at is None else None
        return check is not None and check.required and check.state in {"missing", "refused"}

    def holds_at(self, now: datetime) -> bool:
        """Whether processing is allowed at `now`."""
        return self.withdrawn_at is None and (self.expires_at is None or now < self.expires_at)

    def named(self) -> tuple[Agreed, ...]:
        """Every purpose it was given for, withdrawn or not; those of a consent that names none, by the rule."""
        if self.agreed:
            return self.agreed
        covered = (*UNNAMED, "voices") if self.voices else UNNAMED
        return tuple(Agreed(each, self.given_at, self.notice_version, self.notice_sha256)
                     for each in PURPOSES if each in covered)  # fmt: skip

    def purposes(self) -> tuple[Purpose, ...]:
        """What it covers as long as it holds: given, and not withdrawn."""
        if self.withdrawn_at is not None:
            return ()
        return tuple(each.purpose for each in self.named() if each.withdrawn_at is None)

    def covers(self, purpose: Purpose, now: datetime) -> bool:
        """Whether something may be done for this purpose at `now`."""
        held = self.unverified and purpose not in UNVERIFIED
        return self.holds_at(now) and purpose in self.purposes() and not held

    def without(self, purposes: Collection[Purpose], at: datetime) -> "Consent":
        """The consent after these purposes, and all that need them, were withdrawn; all of it, when its base was."""
        gone = dependent_on(purposes)
        agreed = tuple(
            replace(each, withdrawn_at=at) if each.purpose in gone and each.withdrawn_at is None else each
            for each in self.named()
        )
        ended = at if BASE in gone and self.withdrawn_at is None else self.withdrawn_at
        return replace(self, agreed=agreed, withdrawn_at=ended)


def dependent_on(purposes: Collection[Purpose]) -> frozenset[Purpose]:
    """The purposes, and those that cannot be without them."""
    found = set(purposes)
    for purpose, needed in NEEDS:  # in an order in which what is needed comes first
        if needed in found:
            found.add(purpose)
    return frozenset(found)


def lacking(purposes: Collection[Purpose]) -> tuple[Purpose, Purpose] | None:
    """A purpose among them, and one that it needs and that is not; None where none is missing."""
    return next(((each, needed) for each, needed in NEEDS if each in purposes and needed not in purposes), None)


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
    dialect: str = ""

    def covers(self, purpose: Purpose, now: datetime) -> bool:
        """Whether its customer agreed to this purpose, and the consent holds at `now`."""
        return self.consent is not None and self.consent.covers(purpose, now)

    @property
    def unverified(self) -> bool:
        """Whether nothing of its talk may be told, because a notice that was required was not heard."""
        return self.consent is not None and self.consent.unverified

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


@dataclass(frozen=True, slots=True)
class LabelledVisit:
    """An analysed visit with the codes that its latest analysis names, of every kind and without the words."""

    visit_id: str
    rep_id: str
    account_id: str
    channel: str
    dialect: str
    codes: frozenset[str]
