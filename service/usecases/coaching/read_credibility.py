"""A rep's credibility radar of a month; two low months in a row lead to coaching: a course is proposed, once."""

from datetime import timedelta

from service.domain.coaching.debriefs import DebriefForm, fill_form
from service.domain.content.credibility import CredibilityCard
from service.domain.crm.credibility import TYPES, Credibility, credibility
from service.domain.crm.events import CrmEvent
from service.domain.errors import Conflict
from service.domain.months import before, bounds, month_of
from service.domain.ports import UnitOfWork
from service.usecases.coaching.give_course import course_for
from service.usecases.coaching.manage_courses import find_course
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "credibility_low"
NOTES = 3


def card_in_use(tx: UnitOfWork, services: Services, tenant_id: str) -> CredibilityCard:
    """The tenant's credibility card in use.

    Raises:
        Conflict: there is none (`no_scorecard`).
    """
    found = _card(tx, services, tenant_id)
    if found is None:
        raise Conflict("no credibility card is in use: write one in scorecards/credibility/", code="no_scorecard")
    return found


def _card(tx: UnitOfWork, services: Services, tenant_id: str) -> CredibilityCard | None:
    return next((card for card in services.content_for(tx, tenant_id).credibility_cards if card.in_use), None)


def read_credibility(tx: UnitOfWork, services: Services, tenant_id: str, rep_id: str, month: str) -> Credibility:
    """The radar of one rep and month, from CRM events and the recordings of the same visits.

    Raises:
        Invalid: no such month. Conflict: no card is in use.
    """
    card = card_in_use(tx, services, tenant_id)
    return _radar(tx, services, card, tenant_id, rep_id, month, _visits(tx, services, tenant_id, month))


def watch_credibility(services: Services) -> int:
    """Reps whose last full months, as many as the card says, were all low: coaching begins, once for each month."""
    said, last = 0, before(month_of(services.clock.now()))
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow() as tx:
            card = _card(tx, services, tenant_id)
            if card is None:
                continue
            months = [before(last, back) for back in range(card.months)]
            told = {month: _visits(tx, services, tenant_id, month) for month in months}
            for rep_id in sorted({event.owner_id for event in told[last] if event.owner_id}):
                radars = [_radar(tx, services, card, tenant_id, rep_id, month, told[month]) for month in months]
                if all(radar.value is not None and radar.value < card.low_below for radar in radars):
                    said += _coach(tx, services, card, tenant_id, radars)
    return said


def _radar(
    tx: UnitOfWork,
    services: Services,
    card: CredibilityCard,
    tenant_id: str,
    rep_id: str,
    month: str,
    told: list[CrmEvent],
) -> Credibility:
    mine = [event for event in told if event.owner_id == rep_id]
    visits = {event.entity_id for event in mine}
    # A receipt or a screenshot names the visit, not the rep.
    mine += [event for event in told if event.owner_id is None and event.entity_id in visits]
    heard = {visit_id: form for visit_id in visits if (form := _heard(tx, services, tenant_id, visit_id)) is not None}
    return credibility(card, rep_id, month, mine, heard)


def _visits(tx: UnitOfWork, services: Services, tenant_id: str, month: str) -> list[CrmEvent]:
    (begin, end), words = bounds(month), services.content_for(tx, tenant_id).vocabulary
    # A customer's receipt may come days after the visit; what is about a visit of another month is left out by its rep.
    reach = begin, end + timedelta(days=1)
    told = tx.crm_events.between(tenant_id, *reach, kinds=["visit"], types=words.accepted(*TYPES))
    return [words.folded(event) for event in told]


def _heard(tx: UnitOfWork, services: Services, tenant_id: str, visit_id: str) -> DebriefForm | None:
    visit = tx.visits.by_external(tenant_id, visit_id) or tx.visits.get(tenant_id, visit_id)
    told = visit is not None and not visit.unverified
    record = tx.analyses.latest(tenant_id, visit.id) if visit is not None and told else None
    if record is None or record.analysis.debrief is None:
        return None
    return fill_form(record.analysis.debrief, services.content.titles)


def _coach(
    tx: UnitOfWork, services: Services, card: CredibilityCard, tenant_id: str, radars: list[Credibility]
) -> bool:
    latest = radars[0]
    course = find_course(services, card.course or "")
    row = course_for(tx, services, tenant_id, latest.rep_id, course, reason=_reason(card, radars),
                     now=services.clock.now())  # fmt: skip
    data = {
        "rep_id": latest.rep_id,
        "months": [{"month": radar.month, "value": radar.value, "n": radar.n} for radar in radars],
        "course": card.course,
        "assignments": [] if row is None else [row.id],
        "advice": card.advice,
        "differences": [
            {"visit_id": found.visit_id, "axis": found.axis, "note": found.note}
            for found in latest.agreements
            if found.note
        ][:20],
    }
    because = [event_id for radar in radars for found in radar.agreements if found.note for event_id in found.because]
    decision = record_decision(
        tx,
        services,
        tenant_id,
        kind=KIND,
        subject=latest.rep_id,
        key=latest.month,
        data=data,
        because=because,
        publish="credibility.low",
    )
    if decision is not None and row is not None:
        tx.coaching.courses.add(row)
    return decision is not None


def _reason(card: CredibilityCard, radars: list[Credibility]) -> str:
    """What the trainer reads before approving: the months with their values, then what differed most recently."""
    months = "，".join(f"{radar.month} {radar.value:.0%}" for radar in reversed(radars) if radar.value is not None)
    notes = list(dict.fromkeys(found.note for found in radars[0].agreements if found.note))[:NOTES]
    return (
        f"{card.title}：{months}，都低于{card.low_below:.0%}。"
        + ("；".join(notes) + "。" if notes else "")
        + card.advice
    )
