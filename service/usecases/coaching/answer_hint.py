"""A rep answers a hint, and the ranking learns from it.

Invariant: the answer and the hint's new status are written in one transaction.
"""

from dataclasses import dataclass, replace

from service.domain.coaching.hint_learning import features_of
from service.domain.coaching.hint_rows import (
    OUTCOMES,
    REASONS,
    HintFeedback,
    HintRow,
    Outcome,
    Reason,
    Verdict,
    admit_feedback,
)
from service.domain.errors import Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rep says of a hint."""

    verdict: Verdict
    reason: Reason = ""
    outcome: Outcome = ""
    note: str = ""


def answer_hint(tx: UnitOfWork, services: Services, *, tenant_id: str, hint_id: str, answer: Answer) -> HintRow:
    """The hint in its new state.

    Raises:
        NotFound: no such hint (`hint_not_found`). Gone, Conflict: it takes no such answer any more.
        Invalid: a reason without dismissing, an outcome without doing, or a dismissal without a reason.
    """
    row = tx.coaching.hints.get(tenant_id, hint_id)
    if row is None:
        raise NotFound("there is no such hint", code="hint_not_found")
    _check(answer)
    now = services.clock.now()
    admit_feedback(row, answer.verdict, now=now)
    hint = row.document
    tx.coaching.feedback.add(
        HintFeedback(
            id=services.ids.new("fdb"),
            tenant_id=tenant_id,
            at=now,
            hint_id=row.id,
            rep_id=row.rep_id,
            card=row.card,
            action=row.action,
            verdict=answer.verdict,
            reason=answer.reason,
            outcome=answer.outcome,
            note=answer.note,
            features=features_of(row.card, row.action, rep_id=row.rep_id, situation=hint.situation),
        )
    )
    outcome = answer.outcome or row.document.outcome
    moved = replace(row, status=answer.verdict, document=replace(hint, status=answer.verdict, outcome=outcome))
    tx.coaching.hints.put(moved)
    tx.after_commit(lambda: services.hint_learning.forget(tenant_id))
    return moved


def _check(answer: Answer) -> None:
    if answer.verdict == "dismissed" and answer.reason not in REASONS:
        raise Invalid(f"say why: reason is one of {', '.join(REASONS)}", code="reason_missing")
    if answer.verdict != "dismissed" and answer.reason:
        raise Invalid("a reason is given when a hint is dismissed", code="reason_unexpected")
    if answer.verdict != "done" and answer.outcome:
        raise Invalid(f"an outcome ({', '.join(OUTCOMES)}) is told when a hint is done", code="outcome_unexpected")
