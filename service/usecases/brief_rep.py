"""The briefing before a visit, from stored findings alone: no model runs while the rep waits."""

from datetime import datetime

from service.domain.briefing import Briefing, build_briefing
from service.domain.content.bundle import Content
from service.usecases.coach_visit import read_given_hints, read_history
from service.usecases.services import Services


def brief_rep(
    services: Services, content: Content, *, tenant_id: str, account_id: str, stage: str, now: datetime
) -> Briefing:
    """What a rep should know before going to this account; empty lists where nothing is known.

    Args:
        stage: the opportunity's stage; empty takes that of the last visit.
    """
    with services.uow(write=False) as tx:
        history = read_history(tx, tenant_id, before=now, account_id=account_id, rep_id=None)
        given = read_given_hints(tx, tenant_id, history, account_id=account_id)
    return build_briefing(history=history, content=content, now=now, stage=stage, given_hints=given)
