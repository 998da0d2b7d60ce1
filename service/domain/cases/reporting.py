"""Cases of what is read by people: the daily and the weekly report, and the pressure test of a process."""

from datetime import date

from service.domain.cases.outcome import Outcome
from service.domain.cases.told import Told, as_sent, told_by
from service.domain.content.bundle import Content
from service.domain.content.case_examples import Case
from service.domain.content.pressure_cards import PressureCard
from service.domain.content.report_cards import ReportCard
from service.domain.crm.events import CrmEvent
from service.domain.crm.pressure import play
from service.domain.crm.report_days import ReportDays
from service.domain.crm.reports import active_people, conversions, progress, stalled


def of_reports(card: ReportCard, case: Case, content: Content) -> Outcome:
    """Something to say in the daily report of yesterday or the weekly one of last week, by the office's clock."""
    told, days = told_by(case, content.vocabulary), ReportDays.of(content)
    day, week = days.yesterday(case.now), days.last_week(case.now)
    today, lately = _within(told, days, day, 1), _within(told, days, week, 7)
    owners = {each.id: str(each.get("owner_id")) for each in told.entities if each.get("owner_id")}
    touched = {each.opportunity_id for each in today if each.opportunity_id}
    histories = {each: told.of_opportunity(each) for each in sorted(touched)}
    steps = progress(card.progress, today, histories)
    deals = [each for each in told.entities if each.kind == "opportunity"]
    silent = stalled(card.stalled, deals, now=min(days.bounds(day, 1)[1], case.now))
    ranking = conversions(card.ranking, lately, owners)
    week_steps = progress(card.progress, lately, {})
    figures: dict[str, object] = {
        "day": day.isoformat(),
        "week": week.isoformat(),
        "progress": [step.what for step in steps],
        "stalled": [it.opportunity_id for it in silent],
        "stalled_days": [it.days for it in silent],
        "active": sorted(active_people(today)),
        "ranking": [it.owner_id for it in ranking],
        "won": [it.won for it in ranking],
        "rates": [it.rate for it in ranking],
        "week_progress": {what: sum(it.what == what for it in week_steps) for what in {it.what for it in week_steps}},
    }
    return Outcome(bool(steps or silent or ranking), figures)


def _within(told: Told, days: ReportDays, first: date, n: int) -> list[CrmEvent]:
    begin, end = days.bounds(first, n)
    return [event for event in told.events if begin <= event.occurred_at < end]


def of_pressure(card: PressureCard, case: Case, content: Content) -> Outcome:
    """Something to say: somebody skips evidence, or writes what says nothing."""
    process = next(each for each in content.processes if each.id == card.process)
    found = play(card, process, told_by(case, content.vocabulary).events, now=case.now)
    figures: dict[str, object] = {
        "opportunities": found.opportunities,
        "is_enough": found.is_enough,
        "people": [it.person for it in found.people],
        "skips": {it.person: len(it.skips) for it in found.people},
        "others": {it.person: len(it.others) for it in found.people},
        "skipped_nodes": dict(found.skipped_nodes),
        "evaded_fields": dict(found.evaded_fields),
        "says": [it.says for it in found.people],
    }
    return Outcome(bool(found.people), figures)


def virtual_events(card: PressureCard) -> list[CrmEvent]:
    """The virtual opportunities of a card as events: what names no opportunity is about the deal it stands under."""
    found: list[CrmEvent] = []
    for deal in card.deals:
        for event in as_sent(deal.events, deal.id):
            about = {"owner_id": deal.owner} if event.kind == "opportunity" else {"opportunity_id": deal.id}
            name = f"{deal.id}:{event.id}"
            found.append(
                CrmEvent(name, event.source, event.type, event.kind, event.entity_id, event.occurred_at,
                         event.received_at, {**about, **event.data}, name)
            )  # fmt: skip
    return found
