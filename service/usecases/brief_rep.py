"""The briefing before a visit, from stored findings alone: no model runs while the rep waits."""

from datetime import datetime

from service.domain.briefing import Briefing, build_briefing
from service.domain.content.bundle import Content
from service.domain.hint_rows import hint_row
from service.usecases.coach_visit import read_mentions
from service.usecases.keep_coaching import read_given_hints
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

    Hints that were not given before are kept, so that they can be answered.

    Args:
        stage: the opportunity's stage; empty takes that of the last visit.
        rep_id: who goes.
    """
    with services.uow(write=False) as tx:
        history = read_mentions(tx, tenant_id, before=now, account_id=account_id)
        given = read_given_hints(tx, tenant_id, account_id=account_id, until=now)
        preference = services.hint_learning.preference(tx, tenant_id, content, now)
        briefing = build_briefing(
            history=history,
            content=content,
            now=now,
            stage=stage,
            given_hints=given,
            preference=preference,
            rep_id=rep_id,
        )
        new = [hint for hint in briefing.hints if tx.coaching.hints.get(tenant_id, hint.id) is None]
    if new:
        with services.uow() as tx:
            for hint in new:
                tx.coaching.hints.add(
                    hint_row(hint, tenant_id=tenant_id, visit_id=None, rep_id=rep_id, account_id=account_id, at=now)
                )
    return briefing
