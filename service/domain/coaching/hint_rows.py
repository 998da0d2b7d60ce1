"""Hints as given and what reps made of them.

Invariant: a hint's status only moves on (proposed, sent, seen, accepted, done; or dismissed; or withdrawn), and a hint
that has expired takes no feedback but an outcome of what was accepted before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from service.domain.coaching.hints import Hint, HintStatus
from service.domain.errors import Conflict, Gone
from service.domain.privacy.withdrawal import Withdrawal

Verdict = Literal["accepted", "dismissed", "done"]
Reason = Literal["", "not_now", "already_done", "wrong", "not_useful", "not_my_customer"]
Outcome = Literal["", "advanced", "unchanged", "backfired"]
REASONS: tuple[Reason, ...] = ("not_now", "already_done", "wrong", "not_useful", "not_my_customer")
OUTCOMES: tuple[Outcome, ...] = ("advanced", "unchanged", "backfired")
_MOVES: Mapping[HintStatus, frozenset[HintStatus]] = {
    "proposed": frozenset({"sent", "seen", "accepted", "dismissed", "done"}),
    "sent": frozenset({"seen", "accepted", "dismissed", "done"}),
    "seen": frozenset({"accepted", "dismissed", "done"}),
    "accepted": frozenset({"dismissed", "done"}),
    "dismissed": frozenset({"accepted"}),  # a second thought
    "done": frozenset(),
    "withdrawn": frozenset(),
}
STANDING: tuple[HintStatus, ...] = ("proposed", "sent", "seen", "accepted")  # what a rep may still act upon
SETTLED: tuple[HintStatus, ...] = ("dismissed", "done")  # what a rep has made up their mind about
OUTCOME_GRACE = timedelta(days=60)  # how an accepted hint ended may be told this long after it expired


@dataclass(frozen=True, slots=True)
class HintRow:
    """A hint given for an account; `visit_id` is None where a briefing proposed it."""

    id: str
    tenant_id: str
    at: datetime
    visit_id: str | None
    rep_id: str
    account_id: str
    card: str
    action: str
    status: HintStatus
    expires_at: datetime
    document: Hint


@dataclass(frozen=True, slots=True)
class HintFeedback:
    """What a rep answered to a hint; `features` is the situation the hint was given in, as the learner saw it."""

    id: str
    tenant_id: str
    at: datetime
    hint_id: str
    rep_id: str
    card: str
    action: str
    verdict: Verdict
    reason: Reason
    outcome: Outcome
    note: str
    features: Mapping[str, float]


def hint_row(
    hint: Hint, *, tenant_id: str, visit_id: str | None, rep_id: str, account_id: str, at: datetime
) -> HintRow:
    """The row of a hint that was just proposed."""
    return HintRow(
        id=hint.id,
        tenant_id=tenant_id,
        at=at,
        visit_id=visit_id,
        rep_id=rep_id,
        account_id=account_id,
        card=hint.card,
        action=hint.action,
        status=hint.status,
        expires_at=hint.expires_at,
        document=hint,
    )


def withdrawn_hint(row: HintRow, withdrawal: Withdrawal) -> HintRow:
    """The hint taken back, with the reason."""
    return replace(row, status="withdrawn", document=replace(row.document, status="withdrawn", withdrawn=withdrawal))


def admit_feedback(row: HintRow, verdict: Verdict, *, now: datetime) -> None:
    """Refuse feedback that the hint's state does not take.

    Raises:
        Gone: the hint expired (`hint_expired`) or was withdrawn (`hint_withdrawn`). Conflict: it was answered already
            (`hint_settled`).
    """
    if row.status == "withdrawn":
        raise Gone("this hint was withdrawn: what it rested on was struck out", code="hint_withdrawn")
    late = verdict == "done" and row.status == "accepted" and now < row.expires_at + OUTCOME_GRACE
    if now >= row.expires_at and not late:
        raise Gone("this hint has expired; its moment is over", code="hint_expired")
    if verdict != row.status and verdict not in _MOVES[row.status]:
        raise Conflict(f"this hint is {row.status} already", code="hint_settled", status_now=row.status)
