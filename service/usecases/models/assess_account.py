"""An account's risk from what is stored, and where its tenant's deals die; no language model runs here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.churn.account import HORIZON, AccountRisk
from service.domain.account_facts import account_history
from service.domain.crm.events import CrmEvent
from service.domain.errors import NotFound, Unavailable
from service.domain.ports import UnitOfWork
from service.domain.stage_survival import StageSurvival, stays_of, survival
from service.usecases.services import AccountModel

HISTORY = 50
NOTICES = {
    True: "按模拟的客户历史训练，仅供参考；用自己的成交与丢单记录重新训练后才反映本公司的客户。",
    False: "按本公司的成交与丢单记录训练，仅供参考。",
}
LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class AssessedAccount:
    """The risk with what its reasons lead to: visit ids, and events by id."""

    risk: AccountRisk
    horizon_days: int
    notice: str
    visits: frozenset[str]
    events: Mapping[str, CrmEvent]


def assess_account(
    tx: UnitOfWork, model: AccountModel | None, *, tenant_id: str, account_id: str, now: datetime
) -> AssessedAccount:
    """The account's risk at `now`.

    Raises:
        NotFound: neither a visit nor an event has told of this account.
        Unavailable: there is no account risk model.
    """
    visits = tx.visits.history(tenant_id, before=now, limit=HISTORY, account_id=account_id)
    events = account_events(tx, tenant_id, account_id)
    if not visits and not events:
        raise NotFound("no visit and no event has told of such an account", code="account_not_found")
    if model is None:
        raise Unavailable("there is no account risk model; restore models/accounts", code="model_missing")
    elsewhere = list(tx.crm_events.between(tenant_id, now - LOOK_BACK, now, kinds=("opportunity",)))
    history = account_history(visits, events, now=now, elsewhere=elsewhere)
    return AssessedAccount(
        model.assess(history, now=now),
        HORIZON.days,
        NOTICES[model.simulated],
        frozenset(visit.visit_id for visit in visits),
        {event.id: event for event in events},
    )


def account_events(tx: UnitOfWork, tenant_id: str, account_id: str) -> list[CrmEvent]:
    """Events about the account, its opportunities, its visits and its tasks."""
    found = tx.crm_events.of_entity(tenant_id, "account", account_id)
    for kind in ("opportunity", "visit", "task"):
        for entity in tx.entities.linked(tenant_id, kind, account_id=account_id):
            found += tx.crm_events.of_entity(tenant_id, kind, entity.id)
    return found


def stage_survivals(tx: UnitOfWork, *, tenant_id: str, now: datetime) -> list[StageSurvival]:
    """For each stage of the last year's deals, when they die in it; the deadliest stage first."""
    events = list(tx.crm_events.between(tenant_id, now - LOOK_BACK, now, kinds=("opportunity",)))
    stays = stays_of(events, until=now)
    found = [survival(stays, stage) for stage in dict.fromkeys(stay.stage for stay in stays)]
    return sorted(found, key=lambda one: (one.insufficient, -one.lost / max(1, one.deals), one.stage))
