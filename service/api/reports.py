"""Reports and analyses over CRM events: daily, weekly, a rep's plan, credibility and coefficients, losses, tests."""

from datetime import date
from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.purposes import Asked
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.coefficients import COEFFICIENTS, CoefficientsOut
from service.api.schemas.report_examples import CREDIBILITY, DAILY, LOSSES, PLAN, PRESSURE, PRESSURE_IN, WEEKLY
from service.api.schemas.reports import (
    CredibilityOut,
    DailyOut,
    LossesOut,
    LossOut,
    PlanOut,
    PressureIn,
    PressureOut,
    WeeklyOut,
)
from service.domain.errors import Invalid
from service.domain.months import month_of
from service.usecases.coaching.read_credibility import card_in_use, read_credibility
from service.usecases.crm.find_loss_pattern import loss_data, read_losses
from service.usecases.crm.keep_coefficients import read_coefficients
from service.usecases.crm.make_reports import daily, days_for, weekly
from service.usecases.crm.play_pressure_test import play_pressure_test
from service.usecases.crm.read_plan import read_plan, require_crm_rep

router = strict_router(tags=["crm"])
_DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
Day = Annotated[str | None, Query(pattern=_DAY, description="Such as 2026-03-10")]
Month = Annotated[
    str | None, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2026-03; this month where left out")
]


@router.get(
    "/reports/daily",
    response_model=DailyOut,
    responses={200: DAILY, **problems(409)},
    openapi_extra=scoped("crm:read"),
)
def daily_report(caller: Caller, services: Wired, asked: Asked, day: Day = None) -> JsonResponse:
    """Key progress of a day (yesterday where left out, by the office's clock), deals silent for too long.

    For `purpose=hr` a person reviews everybody it tells of first, in the day's month.
    """
    chosen, named = _date(day), _Named()
    with services.uow(write=False) as tx:
        wanted = chosen or days_for(tx, services, caller.tenant_id).yesterday(services.clock.now())
        found = DailyOut(**daily(tx, services, caller.tenant_id, wanted, sees=named))
    asked.tells_of_each(named.in_month(wanted))
    return JsonResponse(found)


@router.get(
    "/reports/weekly",
    response_model=WeeklyOut,
    responses={200: WEEKLY, **problems(409)},
    openapi_extra=scoped("crm:read"),
)
def weekly_report(caller: Caller, services: Wired, asked: Asked, week: Day = None) -> JsonResponse:
    """Conversion ranking of the week a day lies in (last week where left out), progress, stalled deals, usage.

    For `purpose=hr` nobody is ranked before a person has reviewed everybody it tells of, in the month of that day.
    """
    chosen, named = _date(week), _Named()
    with services.uow(write=False) as tx:
        wanted = chosen or days_for(tx, services, caller.tenant_id).last_week(services.clock.now())
        found = WeeklyOut(**weekly(tx, services, caller.tenant_id, wanted, sees=named))
    asked.tells_of_each(named.in_month(wanted))
    return JsonResponse(found)


@router.get(
    "/reps/{rep_id}/plan",
    response_model=PlanOut,
    responses={200: PLAN, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def plan(rep_id: str, caller: Caller, services: Wired, asked: Asked, week: Day = None) -> JsonResponse:
    """A rep's week as a grid of customer, product and time, its quotas, and attainment by the hour.

    For `purpose=hr` a person reviews the month in which the week begins first.
    """
    with services.uow(write=False) as tx:
        found = read_plan(tx, services, caller.tenant_id, rep_id, _date(week))
    asked.tells_of(rep_id, month=month_of(found.week))
    return JsonResponse(PlanOut.of(found))


@router.get(
    "/reps/{rep_id}/credibility",
    response_model=CredibilityOut,
    responses={200: CREDIBILITY, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def credibility(rep_id: str, caller: Caller, services: Wired, asked: Asked, month: Month = None) -> JsonResponse:
    """How far a rep's own words agree with recordings, customers' receipts, locations and screenshots; advisory.

    For `purpose=hr` a person reviews the rep's month first.
    """
    with services.uow(write=False) as tx:
        card = card_in_use(tx, services, caller.tenant_id)
        require_crm_rep(tx, caller.tenant_id, rep_id)
        wanted = month or month_of(services.clock.now())
        found = read_credibility(tx, services, caller.tenant_id, rep_id, wanted)
    asked.tells_of(rep_id, month=wanted)
    return JsonResponse(CredibilityOut.of(found, low_below=card.low_below))


@router.get(
    "/reps/{rep_id}/lead-coefficients",
    response_model=CoefficientsOut,
    responses={200: COEFFICIENTS, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def lead_coefficients(rep_id: str, caller: Caller, services: Wired, asked: Asked) -> JsonResponse:
    """By what leads were given to a rep: the coefficient of each day as it stood at midnight, and the events behind.

    For `purpose=hr` a person reviews the last month that is over first.
    """
    with services.uow(write=False) as tx:
        require_crm_rep(tx, caller.tenant_id, rep_id)
        found = read_coefficients(tx, caller.tenant_id, rep_id)
    asked.tells_of(rep_id)
    return JsonResponse(CoefficientsOut.of(rep_id, found))


@router.get(
    "/loss-patterns",
    response_model=LossesOut,
    responses={200: LOSSES, **problems()},
    openapi_extra=scoped("crm:read"),
)
def losses(
    caller: Caller,
    services: Wired,
    group: Annotated[str, Query(min_length=1, max_length=128, description="the region, such as 西南")],
) -> JsonResponse:
    """What a region's lost customers have in common against those it kept, and interventions by their strength."""
    with services.uow(write=False) as tx:
        found = read_losses(tx, services, caller.tenant_id, group)
    items = [LossOut(pattern=it.id, threshold=it.threshold, **loss_data(analysis)) for it, analysis in found]
    return JsonResponse(LossesOut(items=items))


@router.post(
    "/processes/{process_id}/pressure-test",
    response_model=PressureOut,
    responses={200: PRESSURE, **problems(404, 409)},
    openapi_extra=scoped("crm:read", requestBody=PRESSURE_IN),
)
def pressure_test(process_id: str, body: PressureIn, caller: Caller, services: Wired) -> JsonResponse:
    """Replay virtual opportunities against a process: who skips nodes, who writes 「其他」; nothing is stored.

    Without events the ten that ship with the process are played, or those the tenant has put in their place.
    """
    with services.uow(write=False) as tx:
        content = services.content_for(tx, caller.tenant_id)
    return JsonResponse(PressureOut.of(play_pressure_test(services, content, process_id, body.events)))


class _Named(set[str]):
    """Everybody a report asks about while it is made; it may tell of all of them."""

    def __call__(self, person_id: str) -> bool:
        self.add(person_id)
        return True

    def in_month(self, day: date) -> list[tuple[str, str]]:
        """Each with the month of a day."""
        return [(person_id, f"{day:%Y-%m}") for person_id in self]


def _date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Invalid("the day is no day of any calendar", code="day_invalid") from None
