"""Bodies of consent: what for, after which notice, and what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from service.api.rendering import instant
from service.api.schemas.base import In, Instant, Key, Label, Milliseconds, Out
from service.api.schemas.examples import CONSENT, answer, body
from service.domain.visit import PURPOSES, Agreed, Consent, NoticeCheck, NoticeState, Purpose, Visit, lacking


def _once_each(purposes: tuple[Purpose, ...]) -> tuple[Purpose, ...]:
    if len(set(purposes)) != len(purposes):
        raise ValueError("a purpose is named twice")
    return purposes


Purposes = Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=len(PURPOSES)), AfterValidator(_once_each)]
Sha256 = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
HASH = Field(description="SHA-256 of the notice's text, in small hexadecimal digits")


class ConsentIn(In):
    """Why this conversation may be processed, and what for."""

    basis: Annotated[Label, Field(min_length=1, examples=["consent"])]
    method: Literal["verbal", "signed", "page", "notice"]
    given_at: Instant
    purposes: Annotated[
        Purposes | None,
        Field(description="What was agreed to; left out: recording, transcription and coaching, never training"),
    ] = None
    notice_version: Label = ""
    notice_sha256: Annotated[Sha256 | None, HASH] = None
    notice_at_ms: Annotated[
        Milliseconds | None, Field(description="Where in the recording a verbal consent is heard")
    ] = None
    recorded_by: Annotated[Key | None, Field(description="Who wrote this consent down")] = None
    expires_at: Instant | None = None
    voices: Annotated[
        bool, Field(strict=True, description="Without `purposes`: voices may be measured to tell speakers apart")
    ] = False

    @model_validator(mode="after")
    def _in_order(self) -> "ConsentIn":
        if self.expires_at is not None and self.expires_at <= self.given_at:
            raise ValueError("expires_at must lie after given_at")
        if self.notice_at_ms is not None and self.method != "verbal":
            raise ValueError("notice_at_ms goes with the method verbal")
        if self.purposes is None:
            return self
        if self.voices and "voices" not in self.purposes:
            raise ValueError("voices is not among the purposes: name it there")
        missing = lacking(self.purposes)
        if missing is not None:
            raise ValueError(f"the purpose {missing[0]} needs {missing[1]}")
        return self

    def consent(self) -> Consent:
        """The value that is stored."""
        digest = self.notice_sha256 or ""
        agreed = [Agreed(each, self.given_at, self.notice_version, digest)
                  for each in PURPOSES if each in (self.purposes or ())]  # fmt: skip
        return Consent(
            self.basis, self.method, self.given_at, self.notice_version, self.expires_at,
            voices=self.voices or "voices" in (self.purposes or ()), notice_sha256=digest,
            notice_at_ms=self.notice_at_ms, recorded_by=self.recorded_by or "", agreed=tuple(agreed),
        )  # fmt: skip


class PurposeOut(Out):
    """One purpose that was agreed to; `withdrawn_at` says that it was taken back."""

    purpose: Purpose
    given_at: str
    notice_version: str
    notice_sha256: str
    withdrawn_at: str | None

    @classmethod
    def of(cls, agreed: Agreed, ended: datetime | None) -> "PurposeOut":
        """From the value; `ended` is when all of the consent was withdrawn."""
        withdrawn = agreed.withdrawn_at or ended
        return cls(
            purpose=agreed.purpose,
            given_at=instant(agreed.given_at),
            notice_version=agreed.notice_version,
            notice_sha256=agreed.notice_sha256,
            withdrawn_at=withdrawn and instant(withdrawn),
        )


class NoticeCheckOut(Out):
    """What was heard of the recording notice: heard, missing, refused, or confirmed by a person.

    `held`: nothing of the visit is told until somebody confirms it or the consent is withdrawn.
    """

    state: NoticeState
    required: bool
    held: bool
    checked_at: str
    turn: int | None
    at_ms: int | None
    decided_by: str
    decided_at: str | None

    @classmethod
    def of(cls, check: NoticeCheck, *, held: bool) -> "NoticeCheckOut":
        """From the value."""
        return cls(
            state=check.state,
            required=check.required,
            held=held,
            checked_at=instant(check.checked_at),
            turn=check.turn,
            at_ms=check.at_ms,
            decided_by=check.decided_by,
            decided_at=check.decided_at and instant(check.decided_at),
        )


class ConsentOut(Out):
    """Consent as stored; one that named no purposes shows those that it is taken for."""

    basis: str
    method: str
    given_at: str
    notice_version: str
    notice_sha256: str
    notice_at_ms: int | None
    recorded_by: str
    expires_at: str | None
    withdrawn_at: str | None
    voices: bool
    purposes: list[PurposeOut]
    notice_check: NoticeCheckOut | None

    @classmethod
    def of(cls, consent: Consent) -> "ConsentOut":
        """From the value."""
        return cls(
            basis=consent.basis,
            method=consent.method,
            given_at=instant(consent.given_at),
            notice_version=consent.notice_version,
            notice_sha256=consent.notice_sha256,
            notice_at_ms=consent.notice_at_ms,
            recorded_by=consent.recorded_by,
            expires_at=consent.expires_at and instant(consent.expires_at),
            withdrawn_at=consent.withdrawn_at and instant(consent.withdrawn_at),
            voices="voices" in consent.purposes(),
            purposes=[PurposeOut.of(each, consent.withdrawn_at) for each in consent.named()],
            notice_check=consent.check and NoticeCheckOut.of(consent.check, held=consent.unverified),
        )


class ConsentMoreIn(In):
    """What was agreed to beside what the consent covers already, when, and after which notice."""

    purposes: Purposes
    given_at: Instant
    notice_version: Label = ""
    notice_sha256: Annotated[Sha256 | None, HASH] = None


class ConfirmationIn(In):
    """Who decided that the customer knew of the recording, and what they go by."""

    by: Key
    reason: Annotated[Label, Field(min_length=1)]


class ErasedOut(Out):
    """What was erased, by kind, a receipt without a word of what it was; and the consent as it now stands."""

    visit_id: str
    withdrawn: bool
    erased: dict[str, int]
    consent: ConsentOut | None

    @classmethod
    def of(cls, visit: Visit, counts: Mapping[str, int]) -> "ErasedOut":
        """From the visit and what went."""
        consent = visit.consent and ConsentOut.of(visit.consent)
        return cls(visit_id=visit.id, withdrawn=True, erased=dict(counts), consent=consent)


CONSENT_MORE_IN = body(
    {"purposes": ["training"], "given_at": "2026-03-11T11:20:00+08:00", "notice_version": "2026-03-t"}, "ConsentMoreIn"
)
CONFIRMATION_IN = body({"by": "mgr-he", "reason": "听了开头，告知在录音开始之前当面说过"}, "ConfirmationIn")
CONSENT_OUT = answer(CONSENT)
ERASED_OUT = answer(
    {
        "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
        "withdrawn": True,
        "erased": {"recordings": 1, "transcripts": 1, "analyses": 1, "events": 1, "answers": 2},
        "consent": {**CONSENT, "withdrawn_at": "2026-03-12T01:00:00.000Z"},
    }
)
