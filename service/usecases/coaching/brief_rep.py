"""The briefing before a visit, from stored findings alone: no model runs while the rep waits."""

from dataclasses import replace
from datetime import datetime

from service.domain.coaching.briefing import Briefing, build_briefing
from service.domain.coaching.hint_rows import HintRow, hint_row
from service.domain.coaching.hints import Hint
from service.domain.content.bundle import Content
from service.usecases.coaching.coach_visit import read_mentions
from service.usecases.coaching.keep_coaching import read_given_hints
from service.usecases.coaching.read_facts import read_facts
from service.usecases.services import Services


def brief_rep(
    services: Services,
    content: Content,
    *,
    tenant_id: str,
    account_id: str,
    stage: str,
    now: datetime,
    rep_id: str = "",
) -> Briefing:
    """What a rep should know before going to this account; empty lists where nothing is known.

    Hints that were not given before are kept, so that they can be answered; those that were say what became of them.
    What has expired or was withdrawn, and is called for again, is given anew.

    Args:
        stage: the opportunity's stage; empty takes that of the last visit.
        rep_id: who goes.
    """
    with services.uow(write=False) as tx:
        history = read_mentions(tx, tenant_id, before=now, account_id=account_id)
        given = read_given_hints(tx, tenant_id, account_id=account_id, until=now, rep_id=rep_id)
        preference = services.hint_learning.preference(tx, tenant_id, content, now)
        briefing = build_briefing(
            history=history,
            content=content,
            now=now,
            stage=stage,
            given_hints=given,
            preference=preference,
            rep_id=rep_id,
            facts=read_facts(tx, content, tenant_id=tenant_id, account_id=account_id, now=now),
        )
        told = [hint.id for hint in briefing.hints]
        rows = {row.id: row for row in tx.coaching.hints.find(tenant_id, among={"id": told})} if told else {}
    known = {hint_id: row for hint_id, row in rows.items() if _stands(row, now)}
    new = [hint for hint in briefing.hints if hint.id not in known]
    if new:
        with services.uow() as tx:
            for hint in new:
                row = hint_row(hint, tenant_id=tenant_id, visit_id=None, rep_id=rep_id, account_id=account_id, at=now)
                if not tx.coaching.hints.add(row) and hint.id in rows:
                    tx.coaching.hints.put(row)
    return replace(briefing, hints=tuple(_as_kept(hint, known.get(hint.id)) for hint in briefing.hints))


def _stands(row: HintRow, now: datetime) -> bool:
    """Whether the rep may still answer it, so that it is this hint that is told again."""
    return row.status != "withdrawn" and now < row.expires_at


def _as_kept(hint: Hint, row: HintRow | None) -> Hint:
    """The hint with what has become of it since it was first given."""
    if row is None:
        return hint
    return replace(hint, status=row.status, outcome=row.document.outcome, expires_at=row.expires_at)
