"""`/v1/accounts/{id}/risk` and `/v1/stages/survival`: who may be lost within a month, and where deals die."""

from datetime import datetime

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.stage_survival import StageSurvival
from service.usecases.models.assess_account import AssessedAccount, assess_account, stage_survivals

router = strict_router(tags=["coaching"])


class ReasonOut(Out):
    """What raised or lowered the risk; `weight` in log-odds; the visit or event that shows it."""

    name: str
    text: str
    weight: float
    visit_id: str | None
    event_id: str | None


class AccountRiskOut(Out):
    """The probability that the account is lost within `horizon_days`, and why."""

    account_id: str
    level: str
    probability: float
    horizon_days: int
    because: list[ReasonOut]
    model: str
    notice: str
    assessed_at: str

    @classmethod
    def of(cls, account_id: str, found: AssessedAccount, now: datetime) -> "AccountRiskOut":
        """From the domain."""
        because = [
            ReasonOut(
                name=reason.name,
                text=reason.text,
                weight=reason.weight,
                visit_id=reason.source if reason.source in found.visits else None,
                event_id=reason.source if reason.source in found.events else None,
            )
            for reason in found.risk.because
        ]
        return cls(
            account_id=account_id,
            level=found.risk.level,
            probability=round(found.risk.probability, 4),
            horizon_days=found.horizon_days,
            because=because,
            model=found.risk.model,
            notice=found.notice,
            assessed_at=instant(now),
        )


class DayOut(Out):
    """One day of a stage on which deals were lost."""

    day: int
    at_risk: int
    lost: int
    alive: float
    alive_95: list[float]
    opportunities: list[str]


class StageSurvivalOut(Out):
    """One stage: how many deals, how many died in it, on which days; null figures under three deals."""

    stage: str
    deals: int
    lost: int
    median_days: float | None
    insufficient_data: bool
    deadliest_day: int | None
    days: list[DayOut]

    @classmethod
    def of(cls, found: StageSurvival) -> "StageSurvivalOut":
        """From the domain."""
        days = [
            DayOut(
                day=day.day,
                at_risk=day.at_risk,
                lost=day.lost,
                alive=round(day.alive, 4),
                alive_95=[round(day.alive_low, 4), round(day.alive_high, 4)],
                opportunities=list(day.opportunities),
            )
            for day in found.days
        ]
        return cls(
            stage=found.stage,
            deals=found.deals,
            lost=found.lost,
            median_days=None if found.median_days is None else round(found.median_days, 2),
            insufficient_data=found.insufficient,
            deadliest_day=found.deadliest.day if found.deadliest else None,
            days=days,
        )


class SurvivalOut(Out):
    """Every stage of the last year's deals, the deadliest first."""

    items: list[StageSurvivalOut]


RISK = answer(
    {
        "account_id": "acc-17",
        "level": "high",
        "probability": 0.41,
        "horizon_days": 30,
        "because": [
            {"name": "last_risk", "text": "上次拜访流失风险高", "weight": 0.72, "event_id": None,
             "visit_id": "vis_01a1f4e2c0de7b3a9d5c11f0aa42b7e1"},
            {"name": "rescheduled", "text": "近一个月会面改期", "weight": 0.44, "visit_id": None,
             "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2"},
        ],
        "model": "accounts-0f3a77b1c2d4",
        "notice": "按模拟的客户历史训练，仅供参考；用自己的成交与丢单记录重新训练后才反映本公司的客户。",
        "assessed_at": "2026-03-11T02:00:00.000Z",
    }
)  # fmt: skip
SURVIVAL = answer(
    {
        "items": [
            {
                "stage": "签约前",
                "deals": 24,
                "lost": 6,
                "median_days": 5.5,
                "insufficient_data": False,
                "deadliest_day": 3,
                "days": [{"day": 3, "at_risk": 20, "lost": 4, "alive": 0.8, "alive_95": [0.5511, 0.9198],
                          "opportunities": ["opp-3", "opp-8", "opp-12", "opp-19"]}],
            }
        ]
    }
)  # fmt: skip


@router.get(
    "/accounts/{account_id}/risk",
    response_model=AccountRiskOut,
    responses={200: RISK, **problems(404, 503)},
    openapi_extra=scoped("coaching:read"),
)
def risk(account_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """How likely the account is to be lost within a month, from its visits and what the CRM told; every reason leads
    to a visit or an event."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        found = assess_account(tx, services.accounts, tenant_id=caller.tenant_id, account_id=account_id, now=now)
    return JsonResponse(AccountRiskOut.of(account_id, found, now))


@router.get(
    "/stages/survival",
    response_model=SurvivalOut,
    responses={200: SURVIVAL, **problems()},
    openapi_extra=scoped("crm:read"),
)
def stage_survival(caller: Caller, services: Wired) -> JsonResponse:
    """Where in the cycle deals die: each stage's days with a loss, how many deals were at risk, and who was lost."""
    with services.uow(write=False) as tx:
        found = stage_survivals(tx, tenant_id=caller.tenant_id, now=services.clock.now())
    return JsonResponse(SurvivalOut(items=[StageSurvivalOut.of(one) for one in found]))
