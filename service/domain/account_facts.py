"""What is known of an account, as the risk model wants it: stored visits, promises, and what the CRM told.

Invariant: nothing that happened after `now` is used, so that the same function serves today's risk and its training.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from nlp.churn.account import AccountHistory, ProcessPoint, VisitPoint
from service.domain.coaching.briefing import VISITS_SHOWN, open_promises
from service.domain.crm.events import CrmEvent
from service.domain.objections import open_objections
from service.domain.stage_survival import stays_of, usual_days
from service.domain.visit import VisitRecord

LEFT = "contact.left"
"""The type of the event by which a CRM tells that a key person has gone."""
MEETING = "scheduled_at"
"""The field of a visit or task whose later value puts a meeting off."""


def account_history(
    visits: Sequence[VisitRecord],
    events: Sequence[CrmEvent],
    *,
    now: datetime,
    elsewhere: Sequence[CrmEvent] = (),
) -> AccountHistory:
    """The account as it stood at `now`.

    Args:
        visits: its analysed visits, by any rep.
        events: CRM events about it, its opportunities, visits and tasks.
        now: the moment.
        elsewhere: stage changes of other accounts' opportunities, from which the usual stay in a stage is taken.
    """
    held = [visit for visit in visits if visit.visited_at <= now]
    told = sorted((event for event in events if event.occurred_at <= now), key=lambda event: event.order)
    recent = sorted(held, key=lambda visit: visit.visited_at, reverse=True)[:VISITS_SHOWN]
    stages = [event for event in told if event.kind == "opportunity"]
    current = [stay for stay in stays_of(stages, until=now) if stay.left_at is None]
    standing = max(current, key=lambda stay: stay.entered_at, default=None)
    others = stays_of([event for event in elsewhere if event.occurred_at <= now], until=now)
    return AccountHistory(
        visits=tuple(_visit_point(visit) for visit in held),
        open_objections=tuple(
            ProcessPoint(raised.evidence.visit_id, raised.evidence.said_at) for raised in open_objections(recent)
        ),
        overdue=tuple(
            ProcessPoint(promise.because.visit_id, promise.because.said_at)
            for promise in open_promises(recent, now=now)
            if promise.overdue
        ),
        rescheduled=tuple(_put_off(told)),
        contacts_lost=tuple(ProcessPoint(event.id, event.occurred_at) for event in told if event.type == LEFT),
        stage_since=ProcessPoint(standing.event_id, standing.entered_at) if standing else None,
        usual_stage_days=usual_days(others, standing.stage) if standing else None,
    )


def _visit_point(visit: VisitRecord) -> VisitPoint:
    risk = visit.analysis.churn_risk
    return VisitPoint(
        visit.visit_id,
        visit.visited_at,
        risk.probability if risk is not None else 0.0,
        any(step.due is not None for step in visit.analysis.next_steps),
    )


def _put_off(events: Iterable[CrmEvent]) -> Iterable[ProcessPoint]:
    """Each event that moved a meeting to a later moment."""
    planned: dict[tuple[str, str], str] = {}
    for event in events:
        moment = event.data.get(MEETING)
        if event.kind not in {"visit", "task"} or not isinstance(moment, str):
            continue
        key = (event.kind, event.entity_id)
        if key in planned and moment > planned[key]:
            yield ProcessPoint(event.id, event.occurred_at)
        planned[key] = moment
